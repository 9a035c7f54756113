"""Units that have stopped to learn: dead ones and saturated ones, found in a graph.

A *unit* is a node with parameters among its operands, as the weighted sum w · x + b of a
neuron is. Its *activation* is everything that the call of the model computes from this
node alone: tanh of it, or its product with a sigmoid of itself, whichever operations
those are. The *slope* is the derivative of what leaves the activation with respect to
the weighted sum; every gradient that the unit's parameters get has it as a factor.

A rectifier is off, with output and slope 0, for many inputs; a unit that is off for all
of them is *dead* (Lu et al., "Dying ReLU and Initialization", 2019). A unit whose output
has come close to a limit, as that of tanh at 1, is *saturated*: its slope is tiny without
its being off (Glorot and Bengio, "Understanding the difficulty of training deep
feedforward neural networks", 2010).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dendrograd import Value, toposort

__all__ = ["TINY", "Unit", "units"]

TINY = 0.01  # a slope below which a unit hardly learns
MOST = 0.5  # the share of inputs from which on a unit counts as saturated


@dataclass
class Unit:
    """What was seen of one unit.

    name       what the names of its parameters begin with
    seen       for how many inputs it was computed
    off        for how many its outputs and their slopes were 0
    saturated  for how many others every slope was below TINY
    """

    name: str
    seen: int = 0
    off: int = 0
    saturated: int = 0

    @property
    def dead(self) -> bool:
        """Whether it was off for every input."""
        return self.off == self.seen

    @property
    def stuck(self) -> bool:
        """Whether it was saturated for most of the inputs."""
        return not self.dead and self.saturated > MOST * self.seen


def units(losses: Iterable[Value], parameters: Mapping[str, Value]) -> list[Unit]:
    """Return the units in the graphs of some losses, in the order of their parameters.

    Only what ran inside a call of a module or a `scope` is looked at: what a loss does
    with an output is not an activation.

    >>> from dendrograd import scope
    >>> w = Value(-1.0)
    >>> with scope("net"):
    ...     outputs = [(w * x).relu() for x in (1.0, 2.0, 3.0)]
    >>> units(outputs, {"w": w})
    [Unit(name='w', seen=3, off=3, saturated=0)]
    """
    names = {id(value): name for name, value in parameters.items()}
    place = {name: i for i, name in enumerate(parameters)}
    by_owner: dict[tuple[str, ...], Unit] = {}
    done: set[int] = set()
    for loss in losses:
        nodes = [node for node in toposort(loss) if id(node) not in done]
        done |= {id(node) for node in nodes}
        users = _users(nodes)
        for node in nodes:
            owned = tuple([names[id(p)] for p in node.parents if id(p) in names])
            if owned and node.call.path:
                _look(by_owner.setdefault(owned, Unit(_common(owned))), node, users)
    ordered = sorted(by_owner, key=lambda owned: place[owned[0]])
    names_used = Counter(unit.name for unit in by_owner.values())
    for owned in ordered:
        if names_used[by_owner[owned].name] > 1:
            by_owner[owned].name = owned[0]
    return [by_owner[owned] for owned in ordered]


def _common(names: tuple[str, ...]) -> str:
    """Return the dotted beginning that names share; all of a single one."""
    first, *others = (name.split(".") for name in names)
    if not others:
        return names[0]
    shared = 0
    for words in zip(first, *others, strict=False):
        if len(set(words)) > 1:
            break
        shared += 1
    return ".".join(first[:shared]) or names[0]


def _users(nodes: Iterable[Value]) -> dict[int, list[Value]]:
    """Return for each node what it is an operand of, in topological order."""
    users: dict[int, list[Value]] = {}
    for node in nodes:
        for parent in dict.fromkeys(node.parents):
            users.setdefault(id(parent), []).append(node)
    return users


def _look(unit: Unit, node: Value, users: Mapping[int, list[Value]]) -> None:
    """Note what one input did to a unit whose weighted sum is this node."""
    ends = _ends(node, users)
    unit.seen += 1
    if all(slope == 0.0 and end.data == 0.0 for end, slope in ends):
        unit.off += 1
    elif all(abs(slope) < TINY for _, slope in ends):
        unit.saturated += 1


def _ends(node: Value, users: Mapping[int, list[Value]]) -> list[tuple[Value, float]]:
    """Return what leaves the activation, with d end / d node.

    The activation grows from the node by whatever has operands in it alone and ran in
    the same call of the model: forward mode along a graph that is one node wide.
    """
    model = node.call.path[:1]
    slope: dict[int, float] = {id(node): 1.0}
    inside = [node]
    for one in inside:  # grows as it goes; a node enters with the last of its operands
        for user in users.get(id(one), ()):
            operands = list(zip(user.parents, user.partials, strict=True))
            if id(user) in slope or user.call.path[:1] != model:
                continue
            if all(id(parent) in slope for parent, _ in operands):
                slope[id(user)] = sum(p * slope[id(parent)] for parent, p in operands)
                inside.append(user)
    return [
        (one, slope[id(one)])
        for one in inside
        if id(one) not in users or any(id(u) not in slope for u in users[id(one)])
    ]
