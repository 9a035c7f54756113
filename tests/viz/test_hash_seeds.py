"""The same program draws the same bytes, however a process orders its sets."""

import json
import os
import subprocess
import sys

import pytest
import seeds

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def drawn():
    """Return {kind: text} of processes with three hash seeds: four seconds for all."""
    return [
        json.loads(
            subprocess.run(
                [sys.executable, seeds.__file__],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                check=True,
            ).stdout
        )
        for seed in ("0", "1", "4242")
    ]


@pytest.mark.parametrize("kind", seeds.KINDS)
def test_the_same_bytes_for_every_hash_seed(kind, drawn):
    first, *others = [texts[kind] for texts in drawn]
    assert all(other == first for other in others)


def test_much_is_drawn_of_every_kind(drawn):
    texts = drawn[0]
    assert texts["formats"].count("<svg") > 4
    assert texts["dot"].count("->") > 50
    assert min(map(len, texts.values())) > 2000


def test_a_set_would_be_noticed():
    code = "print({f'x{i}' for i in range(9)})"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(outputs) == 3
