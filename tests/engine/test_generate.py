"""What is generated from the table is what stands in the repository."""

import inspect
import typing
from pathlib import Path

import pytest
from implementations import NATIVE

from dendrograd import Value
from dendrograd.generate import outputs, stubs

STUBS = stubs()
FROM_TABLE = [path for path in outputs() if path not in STUBS]


@pytest.mark.parametrize("path", FROM_TABLE, ids=lambda path: path.name)
def test_generated_text_is_up_to_date(path):
    fresh = outputs()[path]
    assert path.read_text(encoding="utf-8") == fresh, (
        "rewrite it: python -m dendrograd.generate"
    )


def test_every_module_has_one_stub_for_type_checkers_and_no_stub_is_stale():
    folder = Path(__file__).parents[2] / "typings"
    written = {path: path.read_text("utf-8") for path in folder.rglob("*.pyi")}
    assert written == STUBS, "rewrite them: python -m dendrograd.generate"


def test_every_typed_method_is_installed():
    typed = next(text for path, text in outputs().items() if path.suffix == ".pyi")
    names = [
        line.split("(")[0].split()[-1] for line in typed.splitlines() if "def " in line
    ]
    assert len(names) > 70
    assert all(callable(getattr(Value, name, None)) for name in names)
    assert list(inspect.signature(Value).parameters)[-1] == "label"
    assert NATIVE or typing.get_type_hints(Value.__init__)["label"] is str
