"""A book of options: prices and Greeks of the formula of Black and Scholes, and a picture.

pip install '.[plot]' && python examples/black_scholes.py

The formula is plain scalar Python. `value_and_grad` differentiates it and `compile` runs it
over all strikes and spot prices at once. Implied volatilities come from quoted prices by
Newton's method, whose slope is vega. Writes black_scholes.png.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

import numpy as np
from matplotlib.figure import Figure

import dendrograd as dg

RATE, TIME, VOL = 0.03, 0.5, 0.2
NAMES = ("price", "delta", "gamma", "vega", "theta", "rho")


def call(spot, strike, vol, time, rate):
    """Return the price of the right to buy at the strike."""
    spread = vol * dg.sqrt(time)
    d1 = (dg.log(spot / strike) + rate * time) / spread + 0.5 * spread
    discounted = strike * dg.exp(-rate * time)
    return spot * dg.ndtr(d1) - discounted * dg.ndtr(d1 - spread)


LANES = (0, 0, 0, None, None)  # a spot price, a strike and a volatility for each option
BOOK = dg.value_and_grad(dg.compile(call, in_axes=LANES), (0, 2, 3, 4))
GAMMA = dg.compile(dg.grad(dg.grad(call)), in_axes=LANES)


def greeks(spots, strikes, vols) -> dict[str, np.ndarray]:
    """Return price and Greeks of each option; theta is the change as time goes by."""
    price, (delta, vega, theta, rho) = BOOK(spots, strikes, vols, TIME, RATE)
    gamma = GAMMA(spots, strikes, vols, TIME, RATE)
    return dict(zip(NAMES, (price, delta, gamma, vega, -theta, rho), strict=True))


def implied(quotes: np.ndarray, spots: np.ndarray, strikes: np.ndarray) -> np.ndarray:
    """Return the volatilities at which the formula gives the quotes."""
    # Newton never overshoots from where the second derivative of the price is 0
    vols = np.sqrt(2.0 * np.abs(np.log(spots / strikes) + RATE * TIME) / TIME) + 1e-3
    for _ in range(20):
        price, slopes = BOOK(spots, strikes, vols, TIME, RATE)
        vols = vols - (price - quotes) / slopes[1]
    return vols


def main(folder: Path) -> dict[str, np.ndarray]:
    spots = np.repeat(np.linspace(60.0, 140.0, 81), 3)
    options = spots, np.tile([90.0, 100.0, 110.0], 81), np.full(243, VOL)
    greeks(*options)  # recorded here, once
    start = perf_counter()
    book = greeks(*options)
    print(f"{len(spots)} options: {1e3 * (perf_counter() - start):.1f} ms")
    strikes, spot = np.linspace(80.0, 120.0, 9), np.full(9, 100.0)
    smile = VOL + 0.5 * np.log(strikes / spot) ** 2
    found = implied(greeks(spot, strikes, smile)["price"], spot, strikes)
    print(f"implied volatilities: off by at most {np.abs(found - smile).max():.0e}")
    figure = Figure(figsize=(9.0, 5.0), layout="constrained")
    axes = figure.subplots(2, 3).flat
    for ax, (name, numbers) in zip(axes, book.items(), strict=True):
        ax.plot(spots[::3], numbers.reshape(81, 3), label=["90", "100", "110"])
        ax.set(title=name, xlabel="spot price")
    figure.axes[0].legend(title="strike")
    figure.savefig(folder / "black_scholes.png")
    print("wrote black_scholes.png")
    return book


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
