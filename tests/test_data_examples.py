"""The programs in examples/ for people with data learn what they say, and write it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest

FOLDER = Path(__file__).resolve().parents[1] / "examples"
heavy = pytest.mark.heavy("a net is trained for a second")
NAMES = ("black_scholes", "digits", "logistic", "moons", "table")


@pytest.fixture(scope="module")
def examples() -> Iterator[dict[str, Any]]:
    """The programs as modules; their folder is on the path while this file runs."""
    sys.path.append(str(FOLDER))
    yield {name: importlib.import_module(name) for name in NAMES}
    sys.path.remove(str(FOLDER))


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_short_enough_to_be_read_at_once(name: str) -> None:
    assert len((FOLDER / f"{name}.py").read_text("utf-8").splitlines()) < 80


@heavy
def test_digits_are_read_right_97_times_in_100(
    examples: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net, X, y = examples["digits"].learnt()
    assert net.score(X, y) >= 0.97
    rows = X[:2]
    figure = examples["digits"].picture(
        list(rows), [net.explain(r) for r in rows], [1, 2]
    )
    top, bottom = figure.axes[0], figure.axes[2]
    np.testing.assert_array_equal(top.images[0].get_array(), rows[0].reshape(8, 8))
    assert bottom.get_title() == f"score {net.explain(rows[0]).score.data:.2f}"
    figure.savefig(tmp_path / "digits.png")
    assert "rows not trained on" in capsys.readouterr().out


@heavy
def test_the_standard_errors_of_a_logistic_regression_are_those_of_statsmodels(
    examples: dict[str, Any], tmp_path: Path
) -> None:
    from statsmodels.api import Logit, add_constant

    found = examples["logistic"].main(tmp_path)
    X, y = examples["logistic"].table()
    wanted = Logit(y, add_constant(X)).fit(disp=0)
    np.testing.assert_allclose(found["estimate"], wanted.params, rtol=1e-4)
    np.testing.assert_allclose(found["error"], wanted.bse, rtol=1e-4)
    assert (tmp_path / "logistic.png").stat().st_size > 1000


@heavy
def test_the_moons_are_told_apart_and_the_picture_shows_the_probabilities(
    examples: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moons = examples["moons"]
    net, X, y = moons.learnt()
    assert net.score(X, y) >= 0.95
    ax = moons.picture(net, X, y, 3).axes[0]
    *_, zero, one, ring = ax.collections
    np.testing.assert_array_equal(zero.get_offsets(), X[y == 0])
    np.testing.assert_array_equal(one.get_offsets(), X[y == 1])
    np.testing.assert_array_equal(ring.get_offsets(), X[3:4])
    moons.main(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"moons.png", "moons.svg"}
    assert "points not trained on" in capsys.readouterr().out


def test_the_greeks_are_the_textbook_formulas_and_volatilities_come_back(
    examples: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from scipy.stats import norm

    b = examples["black_scholes"]
    found = b.main(tmp_path)
    spots, strikes = np.repeat(np.linspace(60.0, 140.0, 81), 3), [90.0, 100.0, 110.0]
    strikes = np.tile(strikes, 81)
    spread = b.VOL * np.sqrt(b.TIME)
    d1 = (np.log(spots / strikes) + b.RATE * b.TIME) / spread + spread / 2.0
    paid = strikes * np.exp(-b.RATE * b.TIME) * norm.cdf(d1 - spread)
    decay = -spots * norm.pdf(d1) * b.VOL / (2.0 * np.sqrt(b.TIME)) - b.RATE * paid
    textbook = {
        "price": spots * norm.cdf(d1) - paid,
        "delta": norm.cdf(d1),
        "gamma": norm.pdf(d1) / (spots * spread),
        "vega": spots * norm.pdf(d1) * np.sqrt(b.TIME),
        "theta": decay,
        "rho": b.TIME * paid,
    }
    assert found.keys() == textbook.keys()
    for name, numbers in textbook.items():
        np.testing.assert_allclose(found[name], numbers, rtol=1e-9, atol=1e-11)
    assert float(capsys.readouterr().out.split("at most ")[1].split()[0]) < 1e-12
    assert (tmp_path / "black_scholes.png").stat().st_size > 1000


def test_a_table_with_words_gaps_and_dates_becomes_a_model_that_can_be_loaded(
    examples: dict[str, Any], tmp_path: Path
) -> None:
    data = pd.read_csv(str(files("dendrograd.cli") / "penguins.csv"))
    data["island"] = np.where(data["species"] == "Gentoo", "Biscoe", "Dream")
    data.loc[3, "bill_length_mm"] = data.loc[5, "species"] = data.loc[7, "island"] = (
        None
    )
    data["seen"] = pd.date_range("2008-11-01", periods=len(data))[::-1]
    data["hemisphere"] = "south"
    data.to_csv(tmp_path / "mine.csv", index=False)
    model = examples["table"].main(tmp_path / "mine.csv", "species", tmp_path)
    predictions = pd.read_csv(tmp_path / "predictions.csv", index_col=0)
    assert (predictions["truth"] == predictions["predicted"]).mean() > 0.95
    loaded = joblib.load(tmp_path / "model.joblib")
    rows = predictions[model.feature_names_in_]
    assert loaded.predict(rows).tolist() == predictions["predicted"].tolist()
    assert "island_Biscoe" in (tmp_path / "answer.svg").read_text("utf-8")
    assert (
        predictions["seen"].between(14184, 14184 + len(data)).all()
    )  # days since 1970
    assert "hemisphere" not in predictions
    with pytest.raises(
        SystemExit, match="bill_depth_mm has too many classes; docs/dat"
    ):
        examples["table"].main(tmp_path / "mine.csv", "bill_depth_mm", tmp_path)
