"""A GPT that invents names, with a Value for every number: `python microgpt.py`.

Andrej Karpathy's microgpt (2026) shows that a GPT is small enough to be written with
scalars, so that nothing about it is hidden. This is such a model in the words of
dendrograd. Read it from the top:

1. a name is a list of tokens: its letters, with a mark before and after;
2. a token and its place become a row of numbers, x;
3. attention adds to x what it finds in the tokens before, a perceptron what it makes
   of that, and the row that comes out gives every possible next token a score, a logit;
4. the loss is -log p of the token that does come next, and Adam makes it smaller;
5. the trained model invents a name: it draws a token, reads it, and draws the next.

With Value in C this takes about a minute, and in pure Python about eight times as long,
with the same result. `--draw tree.html` also draws the tree of a loss: a box for each
letter of a name, which opens into layers and heads, and these into single numbers.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Annotated, TypeAlias

import typer

from dendrograd import Value, dot, mean, no_grad, relu, scope, softmax
from dendrograd.nn import Adam, LinearLR, Module, Sequential, cross_entropy
from dendrograd.viz import draw

Row: TypeAlias = list[Value]
Memory: TypeAlias = list[tuple[Row, Row]]  # the key and the value of each token so far

NAMES = Path(__file__).with_name("names.txt")  # README.md beside it tells its source
TOKENS = ".abcdefghijklmnopqrstuvwxyz"  # the mark, number 0, begins and ends a name
LONGEST = 16  # tokens to read: the mark and 15 letters
BATCH, RATE, BETAS = 4, 0.02, (0.85, 0.99)  # names in a step, and how far Adam goes
TEMPERATURE = 0.8  # below 1, likely tokens are drawn more often than was learnt


def encode(name: str) -> list[int]:
    """Return the numbers of a name's tokens: of "ada", [0, 1, 4, 1, 0]."""
    return [TOKENS.index(token) for token in f".{name}."]


def matrix(rows: int, columns: int, rng: Random) -> list[Row]:
    """Return parameters that start small, and at random so that no two stay equal."""
    return [[Value(rng.gauss(0.0, 0.08)) for _ in range(columns)] for _ in range(rows)]


def add(x: Row, y: Row) -> Row:
    return [a + b for a, b in zip(x, y, strict=True)]


def relus(x: Row) -> Row:
    return [relu(a) for a in x]


def normed(x: Row) -> Row:
    """Return x over its root mean square: every layer sees numbers of about 1."""
    scale = (dot(x, x) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


class Linear(Module):
    """A matrix times x; an output is one node, the dot product with a row."""

    def __init__(self, inputs: int, outputs: int, rng: Random) -> None:
        self.weight = matrix(outputs, inputs, rng)

    def forward(self, x: Row) -> Row:
        return [dot(row, x) for row in self.weight]


class Attention(Module):
    """Where tokens meet: each takes in a weighted mean of the values so far.

    A token asks by its query. The better that matches the key of another token (or its
    own), the more weight has that token's value. Each head sees a slice of the rows, so
    heads can learn to ask for different things.
    """

    def __init__(self, width: int, heads: int, rng: Random) -> None:
        self.query = Linear(width, width, rng)
        self.key = Linear(width, width, rng)
        self.value = Linear(width, width, rng)
        self.mix = Linear(width, width, rng)
        size = width // heads
        self.slices = [slice(i * size, (i + 1) * size) for i in range(heads)]

    def forward(self, x: Row, memory: Memory) -> Row:
        query = self.query(x)
        memory.append((self.key(x), self.value(x)))
        found: Row = []
        for i, head in enumerate(self.slices):
            with scope(f"head {i}"):
                q = query[head]
                scores = [dot(q, key[head]) / math.sqrt(len(q)) for key, _ in memory]
                weights = softmax(scores)
                columns = zip(*(value[head] for _, value in memory), strict=True)
                found += [dot(weights, column) for column in columns]
        return self.mix(found)


class Block(Module):
    """Attention, then a perceptron. Each adds to x, so gradients also pass it by."""

    def __init__(self, width: int, heads: int, rng: Random) -> None:
        self.attention = Attention(width, heads, rng)
        wide, narrow = Linear(width, 4 * width, rng), Linear(4 * width, width, rng)
        self.perceptron = Sequential(wide, relus, narrow)

    def forward(self, x: Row, memory: Memory) -> Row:
        x = add(x, self.attention(normed(x), memory))
        return add(x, self.perceptron(normed(x)))


class GPT(Module):
    """From a token, its place and the memory of each block to the logits of the next."""

    def __init__(self, width: int, heads: int, layers: int, rng: Random) -> None:
        self.token = matrix(len(TOKENS), width, rng)
        self.place = matrix(LONGEST, width, rng)
        self.blocks = [Block(width, heads, rng) for _ in range(layers)]
        self.logits = Linear(width, len(TOKENS), rng)

    def forward(self, token: int, place: int, memories: list[Memory]) -> Row:
        x = normed(add(self.token[token], self.place[place]))
        for block, memory in zip(self.blocks, memories, strict=True):
            x = block(x, memory)
        return self.logits(x)


def loss_of(model: GPT, names: list[str]) -> Value:
    """Return the mean of -log p(next token) over all tokens of the names."""
    losses: list[Value] = []
    for name in names:
        memories: list[Memory] = [[] for _ in model.blocks]
        for place, (token, target) in enumerate(pairwise(encode(name))):
            with scope(f"{TOKENS[token]} then {TOKENS[target]}"):
                logits = model(token, place, memories)
                losses.append(cross_entropy(logits, target))
    return mean(losses)


def train(model: GPT, names: list[str], steps: int, rng: Random) -> Iterator[float]:
    """Yield the loss of each step of Adam, whose rate falls to 0 in a line."""
    optimizer = Adam(model.parameters(), lr=RATE, betas=BETAS)
    schedule = LinearLR(optimizer, 1.0, 0.0, total_iters=steps)
    for _ in range(steps):
        loss = loss_of(model, rng.sample(names, BATCH))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        yield loss.data


def invent(model: GPT, rng: Random) -> str:
    """Return a name that is drawn from the model, token by token."""
    name, token = "", 0
    memories: list[Memory] = [[] for _ in model.blocks]
    with no_grad():
        for place in range(LONGEST):
            logits = model(token, place, memories)
            shares = softmax(logit / TEMPERATURE for logit in logits)
            token = rng.choices(range(len(TOKENS)), [p.data for p in shares])[0]
            if token == 0:
                break
            name += TOKENS[token]
    return name


def loss_of_counts(names: list[str], others: list[str], size: int) -> float:
    """Return the loss on others of counting what follows each `size` tokens in names.

    Counts begin at 0.1 (about the best for these names), since what was not seen is not
    impossible. Without a context, size = 0, only how frequent letters are is known.
    """

    def contexts(names: list[str]) -> Iterator[tuple[str, str]]:
        for text in ("." * size + name + "." for name in names):
            yield from ((text[i - size : i], text[i]) for i in range(size, len(text)))

    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for before, token in contexts(names):
        seen[before][token] += 1
    start = 0.1
    return mean(
        -math.log((seen[c][t] + start) / (seen[c].total() + start * len(TOKENS)))
        for c, t in contexts(others)
    )


def main(
    steps: Annotated[int, typer.Option(min=0, help="Steps of training.")] = 2000,
    width: Annotated[int, typer.Option(min=1, help="Numbers in a row.")] = 16,
    heads: Annotated[int, typer.Option(min=1, help="A divisor of width.")] = 4,
    layers: Annotated[int, typer.Option(min=1, help="Blocks.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same names.")] = 0,
    tree: Annotated[Path | None, typer.Option("--draw", help="As tree.html.")] = None,
) -> None:
    """Train a GPT on names, compare it with counting, and let it invent 20 names."""
    if width % heads:
        raise typer.BadParameter(f"--heads {heads} does not divide --width {width}")
    rng = Random(seed)
    names = NAMES.read_text("utf-8").split()
    rng.shuffle(names)
    tenth = len(names) // 10
    others, names = names[:tenth], names[tenth:]
    print("loss per token on names that are held out, if one counts")
    for size, what in enumerate(("letters", "pairs of letters", "triples")):
        print(f"  {what:16}  {loss_of_counts(names, others, size):.3f}")
    model = GPT(width, heads, layers, rng)
    print(f"a GPT of {len(model.parameters()):,} parameters learns, step by step")
    losses: list[float] = []
    every = max(1, steps // 10)
    for loss in train(model, names, steps, rng):
        losses.append(loss)
        if len(losses) % every == 0:
            print(f"  {len(losses):16}  {mean(losses[-every:]):.3f}", flush=True)
    with no_grad():
        print(f"  names held out    {loss_of(model, others).data:.3f}")
    print("and invents (* is in the list)")
    known = {*names, *others}
    for name in (invent(model, rng) for _ in range(20)):
        print(f"  {name}{' *' * (name in known)}")
    if tree:
        model.zero_grad()
        loss_of_one = loss_of(model, [min(others, key=len)])
        loss_of_one.label = "loss"
        loss_of_one.backward()
        draw(loss_of_one, fold=1).save(tree)


if __name__ == "__main__":
    typer.run(main)
