"""CSV files: read as named columns, and every fault told by file, row and column."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dendrograd.cli.errors import CommandError
from dendrograd.cli.table import Table, read_table


def read(folder: Path, content: str | bytes) -> Table:
    file = folder / "data.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(file)


def refusal(folder: Path, content: str | bytes, columns: tuple[str, ...] = ()) -> str:
    with pytest.raises(CommandError) as caught:
        read(folder, content).numbers(columns)
    message = str(caught.value)
    assert message.startswith(f"{folder / 'data.csv'}: ")
    return message.removeprefix(f"{folder / 'data.csv'}: ")


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,2\n3,4\n",
        "a;b\n1;2\n3;4",
        "a\tb\r\n1\t2\r\n3\t4\r\n",
        "\ufeffa,b\n1,2\n3,4\n",
        " a , b \n\n 1 , 2 \n\n3,4\n\n",
        '"a","b"\n"1","2"\n"3","4"\n',
        "a,b\n,\n1,2\n3,4\n,\n",
    ],
)
def test_delimiters_marks_blank_lines_and_quotes_make_no_difference(
    tmp_path: Path, content: str
) -> None:
    table = read(tmp_path, content)
    assert table.columns == ("a", "b")
    assert table.numbers(["b", "a"]) == [[2.0, 1.0], [4.0, 3.0]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("\n\n  \n", "the file is empty"),
        ("a,b\n", "a header line but no rows below it"),
        ("a,b\n1,2\n3\n", "row 2 (line 3) has 1 cells, but the header names 2 columns"),
        ("a,b\n1,2,3\n", "row 1 (line 2) has 3 cells, but the header names 2 columns"),
        ("a,a\n1,2\n", "columns 1 and 2 are both named 'a'"),
        ("a,,b\n1,2,3\n", "column 2 has no name in the header"),
        ('a,b\n1,"2\n', "line 2: unexpected end of data"),
        (b"a,b\n1,\xff\n", "line 2 is not UTF-8 text (byte 0xff)"),
        ("a,b\n1,2\n".encode("utf-16"), "line 1 is not UTF-8 text (byte 0xff)"),
        ("a,b\n1," + "9" * 200_000, "line 2: field larger than field limit"),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    assert refusal(tmp_path, content).startswith(message)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("x", "'x' is not a number"),
        ("", "the cell is empty; fill it or drop the row"),
        ("NaN", "'NaN' is no value; fill it or drop the row"),
        ("NA", "'NA' is no value"),
        ("-nan", "'-nan' is not a finite number"),
        ("inf", "'inf' is not a finite number"),
        ("1e999", "'1e999' is not a finite number"),
        ("-1e151", "'-1e151' is too large to be squared"),
        ("1_000", "'1_000' is not a number"),
        ('"3,14"', "'3,14' is not a number; write the decimal comma as a point"),
        ("0x10", "'0x10' is not a number"),
        ("\x1b[31m", r"'\x1b[31m' is not a number"),
        ("y" * 99, "'" + "y" * 37 + "...' is not a number"),
    ],
)
def test_a_cell_that_is_no_number_is_told_by_row_line_and_column(
    tmp_path: Path, cell: str, message: str
) -> None:
    told = refusal(tmp_path, f'a,b\n\n1,2\n3,"4\n"\n{cell},5\n', ("b", "a"))
    assert told.startswith(f"row 3 (line 6), column 'a': {message}")


def test_a_missing_column_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    message = refusal(tmp_path, "a,b\n1,2\n", ("c",))
    assert message == "no column 'c'; the columns are 'a', 'b'"


def test_an_empty_cell_among_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"row 2 \(line 3\), column 'b'"):
        read(tmp_path, "a,b\n1,yes\n2,\n").texts("b")


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no such file"):
        read_table(tmp_path / "absent.csv")
    with pytest.raises(CommandError, match="is a folder, not a CSV file"):
        read_table(tmp_path)
    with pytest.raises(CommandError, match="cannot be read"):
        read_table(Path("a\0b"))


@pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() == 0,
    reason="root and Windows may read every file",
)
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("a\n1\n")
    file.chmod(0)
    with pytest.raises(CommandError, match="Permission denied"):
        read_table(file)


NAMES = st.lists(
    st.text("abcxyz éß,;\"'", min_size=1).map(lambda s: f"k{s.strip()}"),
    min_size=2,
    max_size=4,
    unique=True,
)


@settings(max_examples=150)
@given(NAMES, st.data())
def test_numbers_written_by_csv_come_back_with_every_bit(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], data: st.DataObject
) -> None:
    finite = st.floats(-1e150, 1e150)
    row = st.lists(finite, min_size=len(names), max_size=len(names))
    rows = data.draw(st.lists(row, min_size=1, max_size=5))
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_NONNUMERIC).writerows([names, *rows])
    header_commas = file.getvalue().split("\r\n")[0].count(",")
    if any(file.getvalue().split("\r\n")[0].count(d) > header_commas for d in ";\t"):
        return  # semicolons in names outnumber the commas between them
    table = read(tmp_path_factory.mktemp("csv"), file.getvalue())
    assert table.columns == tuple(names)
    assert table.numbers(names) == rows


@settings(max_examples=150)
@given(
    st.binary(max_size=60) | st.text("a1,;\t\n\r\"' .-e", max_size=60).map(str.encode)
)
def test_any_bytes_are_a_table_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    message = "data.csv"
    try:
        table = read(tmp_path_factory.getbasetemp(), content)
        rows = table.numbers(table.columns)
    except CommandError as error:
        message, rows = str(error), []
    assert "data.csv" in message
    assert all(len(row) == len(table.columns) for row in rows)
