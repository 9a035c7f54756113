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

With Value in C this takes about a minute, and in pure Python TIMES times as long, with
the same bits. `--draw tree.html` also draws the tree behind the loss of one name: a box
for each letter, which opens into layers, then heads, then single numbers.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.progress import track

from dendrograd import Value, dot, mean, no_grad, relu, scope, softmax
from dendrograd.nn import Adam, LinearLR, Module, cross_entropy
from dendrograd.viz import draw

Row: TypeAlias = list[Value]
Memory: TypeAlias = list[tuple[Row, Row]]  # the key and the value of each token so far

NAMES = Path(__file__).with_name("names.txt")  # README.md beside it tells its source
TOKENS = ".abcdefghijklmnopqrstuvwxyz"  # the mark, number 0, begins and ends a name
LONGEST = 16  # tokens to read: the mark and 15 letters


def encode(name: str) -> list[int]:
    """Return the numbers of a name's tokens: of "ada", [0, 1, 4, 1, 0]."""
    return [TOKENS.index(token) for token in f".{name}."]


def matrix(rows: int, columns: int, rng: Random) -> list[Row]:
    """Return parameters that start small, and at random so that no two stay equal."""
    return [[Value(rng.gauss(0.0, 0.08)) for _ in range(columns)] for _ in range(rows)]


def add(x: Row, y: Row) -> Row:
    return [a + b for a, b in zip(x, y, strict=True)]


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


class Perceptron(Module):
    """Where a token thinks by itself: wide, relu, and narrow again."""

    def __init__(self, width: int, rng: Random) -> None:
        self.wide = Linear(width, 4 * width, rng)
        self.narrow = Linear(4 * width, width, rng)

    def forward(self, x: Row) -> Row:
        return self.narrow([relu(h) for h in self.wide(x)])


class Block(Module):
    """A layer of the transformer. Both parts add to x, so gradients pass by them."""

    def __init__(self, width: int, heads: int, rng: Random) -> None:
        self.attention = Attention(width, heads, rng)
        self.perceptron = Perceptron(width, rng)

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

    def empty(self) -> list[Memory]:
        """Return the memories with which a name begins."""
        return [[] for _ in self.blocks]


def loss_of(model: GPT, names: list[str]) -> Value:
    """Return the mean of -log p(next token) over all tokens of the names."""
    losses = []
    for name in names:
        memories = model.empty()
        for place, (token, target) in enumerate(pairwise(encode(name))):
            with scope(f"{TOKENS[token]} then {TOKENS[target]}"):
                logits = model(token, place, memories)
                losses.append(cross_entropy(logits, target))
    return mean(losses)


def loss_of_counts(names: list[str], held_out: list[str], context: int) -> float:
    """Return the same mean for a table of how often what follows `context` tokens.

    This is what the GPT has to beat. A count starts at 0.1 and not at 0, since what was
    never seen is not impossible.
    """
    padding = "." * (context - 1)
    seen: dict[str, Counter[str]] = {}
    losses = []
    for part, known in ((names, True), (held_out, False)):
        for name in part:
            text = f"{padding}.{name}."
            for i in range(len(padding) + 1, len(text)):
                counts = seen.setdefault(text[i - context : i], Counter())
                if known:
                    counts[text[i]] += 1
                else:
                    total = counts.total() + 0.1 * len(TOKENS)
                    losses.append(-math.log((counts[text[i]] + 0.1) / total))
    return mean(losses)


def invent(model: GPT, rng: Random, temperature: float) -> str:
    """Return a name, drawn token by token; a low temperature prefers likely tokens."""
    name, token, memories = "", 0, model.empty()
    with no_grad():
        for place in range(LONGEST):
            logits = model(token, place, memories)
            shares = softmax(logit / temperature for logit in logits)
            token = rng.choices(range(len(TOKENS)), [p.data for p in shares])[0]
            if token == 0:
                break
            name += TOKENS[token]
    return name
