"""Files of weights come back whole, or not at all and with one clear error."""

import json
import os
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dendrograd.errors import NotAFileError
from dendrograd.nn import MLP, StateError, load, save


@pytest.fixture
def file(tmp_path):
    return tmp_path / "model.safetensors"


def test_a_model_comes_back_bit_for_bit(file):
    model, other = MLP(2, [3, 2], seed=0), MLP(2, [3, 2], seed=1)
    model.parameters()[0].data = float("nan")
    model.parameters()[1].data = 5e-324
    save(file, model)
    other.load_state_dict(load(file).state)
    assert [p.data.hex() for p in other.parameters()] == [
        p.data.hex() for p in model.parameters()
    ]
    assert load(str(file)).metadata == {}


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=20), max_size=4))
def test_metadata_come_back_as_they_were(tmp_path_factory, notes):
    file = tmp_path_factory.getbasetemp() / "notes.safetensors"
    notes.pop("__metadata__", None)
    save(file, {"w": [1.0]}, notes)
    assert load(file).metadata == notes


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3).T,
        np.arange(6.0)[::2],
        np.array(3.0),
        np.zeros((0, 4)),
        np.arange(4, dtype=">f8"),
        np.arange(4, dtype=np.float32),
        np.array([True, False]),
        np.array([[1, 2], [3, 4]], dtype=np.int16),
    ],
    ids=lambda a: f"{a.dtype} {a.shape}",
)
def test_arrays_of_every_layout_keep_shape_and_numbers(file, array):
    save(file, {"a": array})
    found = load(file).state["a"]
    assert found.shape == array.shape
    assert found.dtype == array.dtype.newbyteorder("=")
    assert found.tolist() == array.tolist()


def test_what_is_loaded_does_not_hang_on_the_file(file):
    save(file, {"a": np.arange(5.0)})
    state = load(file).state
    save(file, {"a": np.zeros(5)})
    state["a"][0] = 7.0
    assert state["a"].tolist() == [7.0, 1.0, 2.0, 3.0, 4.0]


def whole(file):
    save(file, MLP(2, [3, 2], seed=0), {"note": "x"})
    return file.read_bytes()


DAMAGES = {
    "empty": lambda b: b"",
    "cut short": lambda b: b[:-8],
    "cut in the header": lambda b: b[:40],
    "too long": lambda b: b + b"12345678",
    "a picture": lambda b: b"\x89PNG\r\n\x1a\n" + b,
    "text": lambda b: b"a,b,c\n1,2,3\n",
    "a huge header": lambda b: struct.pack("<Q", 2**60) + b[8:],
    "a header of 0": lambda b: struct.pack("<Q", 0) + b[8:],
    "no JSON": lambda b: b[:8] + b"?" + b[9:],
    "another shape": lambda b: b.replace(b'"shape":[3,2]', b'"shape":[3,9]'),
    "an unknown type": lambda b: b.replace(b'"F64"', b'"F99"', 1),
    "a type without numbers in NumPy": lambda b: b.replace(b'"F64"', b'"C64"', 1),
    "offsets out of the file": lambda b: b.replace(
        b'"data_offsets":[0', b'"data_offsets":[9'
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_one_clear_error_that_names_it(file, damage):
    content = DAMAGES[damage](whole(file))
    assert content != whole(file)
    file.write_bytes(content)
    with pytest.raises(StateError, match=r"model\.safetensors") as caught:
        load(file)
    assert caught.value.__cause__ is None
    assert "\n" not in str(caught.value)


def test_every_cut_and_every_changed_header_byte_is_an_error_or_harmless(file):
    content = whole(file)
    header = 8 + struct.unpack("<Q", content[:8])[0]
    for i in range(0, header, 3):
        for damaged in (content[:i], content[:i] + b"\xff" + content[i + 1 :]):
            file.write_bytes(damaged)
            with pytest.raises(StateError, match=r"model\.safetensors"):
                load(file)


def written(file, dtype, content, shape):
    """Write a file of one entry as the format's page says: length, header, bytes."""
    held = {"dtype": dtype, "shape": shape, "data_offsets": [0, len(content)]}
    header = json.dumps({"w": held, "__metadata__": {"by": "hand"}}).encode()
    file.write_bytes(struct.pack("<Q", len(header)) + header + content)


def test_bfloat16_is_widened_without_a_change(file):
    bits = [0x3F80, 0xC049, 0x0001, 0x7F7F, 0xFF80, 0x8000]
    numbers = [1.0, -3.140625, 2.0**-133, (2.0 - 2.0**-7) * 2.0**127, -np.inf, -0.0]
    written(file, "BF16", struct.pack("<6H", *bits), [2, 3])
    saved = load(file)
    found = saved.state["w"]
    assert (found.dtype, found.shape) == (np.float32, (2, 3))
    assert [x.hex() for x in found.ravel().tolist()] == [x.hex() for x in numbers]
    assert saved.metadata == {"by": "hand"}
    written(file, "BF16", struct.pack("<H", 0x7FC0), [])
    assert np.isnan(load(file).state["w"]).shape == ()
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(StateError, match=r"cannot be read as a safetensors file"):
        load(file)


@pytest.mark.parametrize(
    ("dtype", "size"), [("F8_E4M3", 1), ("F8_E5M2", 1), ("C64", 8)]
)
def test_a_type_that_no_array_has_is_named_and_not_called_damage(file, dtype, size):
    written(file, dtype, bytes(2 * size), [2])
    with pytest.raises(
        StateError, match=rf"safetensors: 'w' holds {dtype}, .* float32"
    ):
        load(file)


def test_a_state_does_not_give_what_a_mask_hides():
    model = MLP(2, [1], seed=0)
    state = model.state_dict()
    key = next(iter(state))
    before = state[key].tolist()
    state[key] = np.ma.masked_array(state[key] + 1.0, mask=np.ones_like(state[key]))
    with pytest.raises(StateError, match=rf"{key} hides entries under a mask"):
        model.load_state_dict(state)
    assert model.state_dict()[key].tolist() == before


def test_a_missing_file_and_a_folder_are_the_systems_errors(tmp_path, file):
    with pytest.raises(FileNotFoundError, match=r"model\.safetensors"):
        load(file)
    with pytest.raises(OSError, match=r"irectory|ermission"):
        load(tmp_path)
    with pytest.raises(FileNotFoundError):
        save(tmp_path / "no" / "model.safetensors", {"a": [1.0]})


@pytest.mark.parametrize(
    ("state", "notes", "message"),
    [
        ({"a": np.ma.masked_array([1.0, 2.0], mask=[0, 1])}, None, "'a' hides entries"),
        (
            {"a": [[1.0], [1.0, 2.0]]},
            None,
            "rows of 'a' differ .* every row the same number",
        ),
        *[
            ({"a": np.longdouble([1.0])}, None, r"'a' holds .* round it with .astype")
            for _ in range(np.dtype(np.longdouble).itemsize > 8)  # as double, elsewhere
        ],
        ({"a": ["text"]}, None, "'a' holds <U4"),
        ({"a": [1j]}, None, "'a' holds complex128"),
        ({"a": None}, None, "'a' holds object"),
        ({3: [1.0]}, None, "3 holds float64"),
        ({"__metadata__": [1.0]}, None, "'__metadata__' cannot name an entry"),
        ({"__metadata__": [1.0]}, {"n": "3"}, "'__metadata__' cannot name an entry"),
        ({"a": [1.0]}, {"n": 3}, r"'n': 3 are not both strings"),
        ({"a": [1.0]}, {3: "n"}, r"3: 'n' are not both strings"),
    ],
)
def test_what_cannot_be_kept_is_refused_before_anything_is_written(
    file, state, notes, message
):
    save(file, {"old": [1.0]})
    with pytest.raises(StateError, match=message):
        save(file, state, notes)
    assert list(load(file).state) == ["old"]
    assert os.listdir(file.parent) == [file.name]


def test_an_interrupted_write_leaves_the_old_file_and_no_other(file, monkeypatch):
    save(file, {"old": [1.0]})

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save(file, {"new": [1.0]})
    assert os.listdir(file.parent) == [file.name]
    assert list(load(file).state) == ["old"]


def test_a_link_to_a_model_stays_and_a_folder_in_its_place_is_refused(tmp_path):
    save(tmp_path / "real.safetensors", {"old": [1.0]})
    (tmp_path / "link.safetensors").symlink_to("real.safetensors")
    save(tmp_path / "link.safetensors", {"new": [1.0]})
    assert (tmp_path / "link.safetensors").is_symlink()
    assert list(load(tmp_path / "real.safetensors").state) == ["new"]
    with pytest.raises(NotAFileError, match="is a directory"):
        save(tmp_path, {"new": [1.0]})


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_new_file_has_the_permissions_of_any_new_file(file, tmp_path):
    save(file, {"a": [1.0]})
    (tmp_path / "other").write_text("x")
    assert file.stat().st_mode == (tmp_path / "other").stat().st_mode
