"""The program itself: help, versions, statuses, streams, terminals and Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from commands import Command

from dendrograd import implementation
from dendrograd.__main__ import main
from dendrograd.errors import GraphError
from dendrograd.native import advice

pytestmark = pytest.mark.long

COMMANDS = ("demo", "draw", "check")


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m dendrograd` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "dendrograd", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "80", **environment},
        timeout=60,
        check=False,
    )


def test_the_version_is_that_of_the_package(command: Command) -> None:
    first, *rest = command("--version").out.splitlines()
    assert first == f"dendrograd {version('dendrograd')} ({implementation})"
    assert rest == [advice()] * bool(advice())


def test_the_version_says_how_to_get_the_class_in_c_where_it_is_not_built(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dendrograd.native.advice", lambda: "install a compiler")
    assert command("--version").out.splitlines()[1:] == ["install a compiler"]
    told = command("demo", "--epochs", "1").out
    assert told.startswith("install a compiler\n")
    assert told.count("install a compiler") == 1


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_lists_every_command(command: Command, arguments: tuple[str, ...]) -> None:
    told = command(*arguments)
    assert (told.status, told.err) == (0, "")
    assert all(name in told.out for name in COMMANDS)
    assert "Begin with: dendrograd demo" in told.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_that_names_it(
    command: Command, name: str
) -> None:
    told = command(name, "--help")
    assert told.status == 0
    assert f"Example: dendrograd {name} " in " ".join(told.out.split())


def test_brackets_in_help_are_shown(command: Command) -> None:
    assert "sum([x, y])" in command("draw", "--help").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nosuch",), "No such command 'nosuch' (see dendrograd --help)"),
        (("--nope",), "No such option: --nope (see dendrograd --help)"),
        (("demo", "--nope"), "No such option: --nope (see dendrograd demo --help)"),
        (("demo", "extra"), "(see dendrograd demo --help)"),
        (("demo", "--epochs", "many"), "Invalid value for '--epochs'"),
        (("demo", "--seed", "-1"), "Invalid value for '--seed'"),
        (("check",), "Missing argument"),
    ],
)
def test_wrong_use_is_one_line_and_says_where_to_read_on(
    command: Command, arguments: tuple[str, ...], message: str
) -> None:
    assert message in command(*arguments).refusal


def test_the_module_is_the_program(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("dendrograd")
    if not script.exists():
        pytest.skip(f"no script {script}; the package is not installed here")
    arguments = ["draw", "x * y", "x=2", "y=3"]
    direct = subprocess.run(
        [script, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    module = process(*arguments)
    assert (module.returncode, module.stdout) == (direct.returncode, direct.stdout)
    assert direct.stdout.startswith("value 6.0\n")


def test_wrong_use_has_status_2_on_stderr_alone() -> None:
    done = process("draw", "x.real", "x=1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "error: an expression cannot hold an attribute: 'x.real'",
        "  x.real",
        "  ^^^^^^",
    ]


def test_long_errors_stay_on_one_line_in_a_narrow_pipe(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    told = command("check", "x" * 150 + ".py:f")
    assert len(told.err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("draw", "θ + 1", "θ=2"), ("--help",)])
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_a_terminal_without_unicode_gets_escapes_and_no_traceback(
    encoding: str, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = TextIOWrapper(BytesIO(), encoding=encoding)  # as Python opens stdout
    monkeypatch.setattr("sys.stdout", screen)
    assert main(arguments) == 0
    screen.seek(0)
    if "draw" in arguments:
        assert ("θ" if encoding == "utf-8" else r"\u03b8") in screen.read()


def test_a_process_whose_stdout_is_ascii_writes_escapes() -> None:
    done = process("draw", "θ + 1", "θ=2", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert r"\u03b8" in done.stdout


def test_colours_are_for_terminals_that_want_them(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {"FORCE_COLOR": "1", "TERM": "xterm"}
    done = process("--help", **wanted)  # typer looks when it is imported
    assert "\x1b[" in done.stdout
    for environment in ({}, {"NO_COLOR": "1", **wanted}):
        for name, setting in environment.items():
            monkeypatch.setenv(name, setting)
        told = command("draw", "x", "x=1")
        assert "\x1b[3" not in told.out  # no colour; bold is none


def test_an_interrupt_has_status_130_and_leaves_nothing_behind(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-u", "-m", "dendrograd", "demo", "--epochs", "100000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        # a shell's background jobs, a CI runner's say, are started with SIGINT ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # no threads here
    )
    try:
        assert child.stdout is not None
        for line in child.stdout:
            if line.startswith("epoch"):
                break
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
    finally:
        child.kill()
    assert child.returncode == 130, (out, err)
    assert re.fullmatch(
        r"(fit: ended by Ctrl-C .*\n)?stopped; nothing was written\n", err
    )
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_leaves_early_causes_no_traceback(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-u", "-m", "dendrograd", "demo", "--epochs", "3000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.readline()
    child.stdout.close()
    start = time.monotonic()
    assert child.wait(timeout=30) != 0
    assert time.monotonic() - start < 20
    assert "Traceback" not in child.stderr.read()
    child.stderr.close()
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_of_ours_shows_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def mistake(*_: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr("dendrograd.cli.draw.run", mistake)
    with pytest.raises(RuntimeError, match="ours"):
        main(["draw", "x", "x=1"])


def test_an_error_of_the_engine_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    def refuse(*_: object) -> None:
        raise GraphError("a cycle")

    monkeypatch.setattr("dendrograd.cli.draw.run", refuse)
    assert command("draw", "x", "x=1").refusal == "a cycle"


def test_a_stream_that_is_no_terminal_takes_the_text_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdout", StringIO())
    assert main(["draw", "x * y", "x=2", "y=3"]) == 0
    assert sys.stdout.getvalue().startswith("value 6.0\n")


def test_a_command_that_is_stopped_says_so_with_status_130(
    monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dendrograd.cli.draw.run", stop)
    assert command("draw", "x", "x=1") == (130, "", "stopped; nothing was written\n")


def test_an_interrupt_before_a_command_runs_is_told_alike(
    monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dendrograd.cli.app.app", stop)
    assert command("draw", "x", "x=1") == (130, "", "stopped; nothing was written\n")
