"""When each step of a loop is shown, and the style sheet that moves it.

An animation of CSS has no script: its keys say what a property is at a percentage of
one round, and all animations of a file have rounds of one length. A class that ends in
the number of a step, `w7`, is moved in that step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dendrograd.viz.formats.paint import line_kind, weights
from dendrograd.viz.layout.layered import Layout
from dendrograd.viz.markup import short
from dendrograd.viz.style import shade

from .steps import Steps

__all__ = ["Clock", "arrivals", "motion", "timed"]

GIVEN, COMPUTED, HANDED, ADDED, HOLD = 0.8, 1.6, 3.0, 4.8, 5.0  # seconds of a step
FADE, FLOW = 0.25, 0.9  # seconds that a change takes, and a gradient along an arrow
FAINT = "opacity:.65"  # text on a box that is not computed yet has a contrast of 4.9
HIDDEN, SHOWN = "opacity:0", "opacity:1"


@dataclass(frozen=True, slots=True)
class Clock:
    """When each step begins, in seconds, then the hold; and how long one round takes."""

    starts: tuple[float, ...]
    total: float

    def end(self, k: int) -> float:
        """Return when a step is over; the last one of all is the hold."""
        return self.starts[k + 1] if k + 1 < len(self.starts) else self.total


def timed(steps: Steps) -> Clock:
    """Return when each step is shown: the more there is to read, the longer."""
    starts, now = list[float](), 0.3
    for step in steps.steps:
        starts.append(now)
        if step.phase == "forward":
            leaf = steps.picture.boxes[step.box].kind == "leaf"
            now += GIVEN if leaf else COMPUTED
        else:
            adds = step.arrow >= 0 and bool(step.before)
            now += ADDED if adds else HANDED
    return Clock((*starts, now), now + HOLD)


def arrivals(steps: Steps) -> dict[int, list[int]]:
    """Return for each box the steps in which its gradient grows."""
    gains: dict[int, list[int]] = {}
    for k, step in enumerate(steps.steps):
        if step.gains >= 0:
            gains.setdefault(step.gains, []).append(k)
    return gains


class Sheet:
    """Keys and rules of one file; `prefix` keeps them apart from those of others."""

    def __init__(self, prefix: str, clock: Clock) -> None:
        self.prefix, self.clock = prefix, clock

    def move(self, selector: str, name: str, *keys: tuple[float, str]) -> str:
        """Return a rule and its keys: what some elements are at some seconds."""
        total = self.clock.total
        inside = "".join(
            f"{short(100 * min(at, total) / total)}%{{{what}}}" for at, what in keys
        )
        scoped = ",".join(f"#{self.prefix} {part}" for part in selector.split(","))
        return (
            f"@keyframes {self.prefix}{name}{{{inside}}}"
            f"{scoped}{{animation:{self.prefix}{name} {short(total)}s linear infinite}}"
        )

    def during(self, selector: str, name: str, start: float, end: float) -> str:
        """Return the rule of what is seen from one moment to another."""
        keys = [(0.0, HIDDEN), (start, HIDDEN), (start + FADE, SHOWN)]
        keys += [(end - FADE, SHOWN), (end, HIDDEN)]
        return self.move(selector, name, *keys, (self.clock.total, HIDDEN))

    def since(self, selector: str, name: str, start: float, *two: str) -> str:
        """Return the rule of what changes once, from the first state to the second."""
        first, second = two
        keys = [(0.0, first), (start, first), (start + FADE, second)]
        return self.move(selector, name, *keys, (self.clock.total, second))


def motion(steps: Steps, layout: Layout, clock: Clock, prefix: str) -> Iterator[str]:
    """Yield the style sheet that plays the steps."""
    sheet = Sheet(prefix, clock)
    done, back = len(steps.steps), clock.starts[steps.backward]
    yield sheet.during(".forward", "forward", 0.0, back)
    yield sheet.during(".backward", "backward", back, clock.starts[done])
    grown = ((0.0, "transform:scaleX(0)"), (clock.total, "transform:scaleX(1)"))
    yield sheet.move(".progress", "progress", *grown)
    yield f"#{prefix} .progress{{opacity:1}}"
    for k in range(done + 1):
        yield sheet.during(f".w{k}", f"w{k}", clock.starts[k], clock.end(k))
    yield from _forward(steps, clock, sheet)
    yield from _sums(steps, clock, sheet)
    yield from _lines(steps, layout, clock, sheet)


def _forward(steps: Steps, clock: Clock, sheet: Sheet) -> Iterator[str]:
    """Yield how boxes get their data, and arrows their local derivatives."""
    ids = f"#{sheet.prefix}"
    for k, step in enumerate(steps.steps[: steps.backward]):
        start = clock.starts[k]
        arrows = enumerate(steps.picture.arrows)
        labels = [f"{ids}l{i}" for i, arrow in arrows if arrow.dst == step.box]
        new = ",".join([f"{ids}b{step.box} .data", *labels])
        yield sheet.since(f"{ids}b{step.box}", f"f{k}", start, FAINT, SHOWN)
        yield sheet.since(new, f"d{k}", start, HIDDEN, SHOWN)


def _sums(steps: Steps, clock: Clock, sheet: Sheet) -> Iterator[str]:
    """Yield how gradients grow: the partial sums of each box, and its tint."""
    boxes = steps.picture.boxes
    step = shade(box.adjoint for box in boxes if box.adjoint is not None)
    computed = {
        s.box: clock.starts[k] for k, s in enumerate(steps.steps[: steps.backward])
    }
    for box, when in arrivals(steps).items():
        place = f"#{sheet.prefix}b{box}"
        lands = [clock.starts[k] + FLOW * (steps.steps[k].arrow >= 0) for k in when]
        yield sheet.during(f".p{box}", f"p{box}", computed[box], lands[0] + FADE)
        for k, start, end in zip(when, lands, lands[1:], strict=False):
            yield sheet.during(f".q{k}", f"q{k}", start, end + FADE)
        yield sheet.since(f"{place} .grad", f"g{box}", lands[-1], HIDDEN, SHOWN)
        tint, keys = "fill:var(--zero)", [(0.0, "fill:var(--zero)")]
        for k, start in zip(when, lands, strict=True):
            keys.append((start, tint))
            tint = f"fill:var(--{step(steps.total(steps.steps[k]))})"
            keys.append((start + FADE, tint))
        yield sheet.move(f"{place} .box", f"t{box}", *keys, (clock.total, tint))


def _lines(steps: Steps, layout: Layout, clock: Clock, sheet: Sheet) -> Iterator[str]:
    """Yield how a gradient runs back along its arrow, which then has its colour."""
    arrows = steps.picture.arrows
    width = weights(arrows)
    when = {s.arrow: k for k, s in enumerate(steps.steps) if s.arrow >= 0}
    for k in when.values():
        yield _flow(k, clock, sheet)
    lines = {(s.arrows, s.last): None for s in layout.segments}  # a trunk has pieces
    for through, last in lines:
        landed = clock.starts[max(when.get(i, steps.backward) for i in through)] + FLOW
        total = sum(arrows[i].contribution for i in through)
        strong = 1.5 if any(arrows[i].strong for i in through) else 0.0
        kind, name = line_kind(total), "_".join(map(str, through))
        grey = "stroke:var(--flat);stroke-width:.9;stroke-dasharray:none"
        own = f"stroke:var(--{kind});stroke-width:{short(width(total) + strong)};"
        own += f"stroke-dasharray:{'5 3' if kind == 'down' else 'none'}"
        if last:
            line = f"#{sheet.prefix}a{name}"
            yield sheet.since(line, f"a{name}", landed, grey, own)
            tip = ("fill:var(--flat)", f"fill:var(--{kind})")
            yield sheet.since(f"{line}+.tip", f"h{name}", landed, *tip)
        else:
            trunk = f'[data-through="{" ".join(map(str, through))}"]'
            yield sheet.since(trunk, f"u{name}", landed, grey, own)


def _flow(k: int, clock: Clock, sheet: Sheet) -> str:
    """Return how a gradient runs along its arrow in a step, from the tip to the tail."""
    start, end = clock.starts[k], clock.end(k)
    far, near = "stroke-dashoffset:-1", "stroke-dashoffset:0"
    keys = [(0.0, f"opacity:0;{far}"), (start, f"opacity:0;{far}")]
    keys += [(start + 0.05, f"opacity:.5;{far}"), (start + FLOW, f"opacity:.5;{near}")]
    keys += [(end - FADE, f"opacity:.5;{near}"), (end, f"opacity:0;{near}")]
    return sheet.move(f".o{k}", f"o{k}", *keys, (clock.total, f"opacity:0;{near}"))
