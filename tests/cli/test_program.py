"""The program as a process of its own: exit codes, one line for an error, what it imports."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from oxtui.cli import main
from tests.cli.conftest import Run
from tests.cli.stores import ids, write_session

PROGRAM = (sys.executable, "-m", "oxtui")
CHECK_IMPORTS = """
import sys
from oxtui.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    loaded = {name.partition(".")[0] for name in sys.modules}
    print(end.code, sorted(loaded & {"textual", "rich", "markdown_it"}), file=sys.stderr)
"""


def process(
    *arguments: object, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **(env or {})},
        check=False,
    )


def in_terminal(
    *arguments: object, keys: bytes = b"", interrupt: bool = False, columns: int = 80
) -> tuple[int, str]:
    """Runs the program in a terminal, answers its question; returns its code and its output."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "", "LINES": ""}
    child = subprocess.Popen(
        [*PROGRAM, *map(str, arguments)], stdin=theirs, stdout=theirs, stderr=theirs, env=env
    )
    os.close(theirs)
    output, deadline, next_interrupt = b"", time.monotonic() + 30, 0.0
    try:
        while time.monotonic() < deadline:
            if b"[y/N]" in output and (keys or interrupt):
                os.write(ours, keys)
                keys = b""
                if interrupt and time.monotonic() > next_interrupt:
                    # Again after a while: one that comes just before the read is not noticed.
                    child.send_signal(signal.SIGINT)
                    next_interrupt = time.monotonic() + 3
            if select.select([ours], [], [], 0.05)[0]:
                try:
                    output += os.read(ours, 65_536)
                except OSError:  # the other side is closed
                    break
        return child.wait(10), output.decode().replace("\r\n", "\n")
    finally:
        child.kill()
        child.wait()
        os.close(ours)


@pytest.mark.parametrize(
    "command",
    [["list"], ["--help"], ["show", "a"], ["move", "a", "--unfiled"], ["rename", "a", "x"],
     ["delete", "a"], ["trash"], ["prune", "--dry-run"], ["projects"], ["config"], ["history"],
     ["undo"], ["export", "a", "--format", "html"], ["check"]],
    ids=lambda command: command[0],
)  # fmt: skip
def test_no_command_imports_what_only_the_application_needs(
    command: list[str], tmp_path: Path
) -> None:
    write_session(tmp_path, "a")
    store = [] if command == ["--help"] else ["-s", str(tmp_path)]
    ended = subprocess.run(
        [sys.executable, "-c", CHECK_IMPORTS, *store, *command],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stderr.splitlines()[-1].endswith(" []")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "command",
    [["list"], ["show", "x"], ["check"], ["prune", "--dry-run"], ["trash"], ["projects"],
     ["config"], ["history"], ["undo"]],
    ids=" ".join,
)  # fmt: skip
def test_no_store_is_exit_2_and_one_line_that_says_what_to_do(
    command: list[str], run: Run, tmp_path: Path
) -> None:
    result = run("-s", tmp_path / "nowhere", *command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert "--store DIR" in result.stderr


@pytest.mark.parametrize(
    "command",
    [["nosuch"], ["list", "--nosuch"], ["--nosuch"], ["list", "--limit", "0"], ["show"],
     ["list", "--store"], ["list", "--store", ""], ["export", "x", "--format", "pdf"],
     ["projects", "add"], ["trash", "restore"], ["-s"], ["open", "--poll", "x"]],
    ids=" ".join,
)  # fmt: skip
def test_wrong_use_is_exit_2_and_one_line(command: list[str]) -> None:
    ended = process(*command)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("oxtui: ")
    assert ended.stderr.count("\n") == 1
    assert "--help" in ended.stderr


@pytest.mark.parametrize("command", [[], ["open"], ["--read-only"], ["demo"], ["open", "/nowhere"]])
def test_without_a_terminal_the_application_is_one_line_and_exit_2(command: list[str]) -> None:
    ended = process(*command)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert "terminal" in ended.stderr


def test_every_command_takes_the_store_and_helps(run: Run) -> None:
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        options = {option for parameter in command.params for option in parameter.opts}
        assert name == "demo" or {"-s", "--store"} <= options
        assert run(name, "--help").exit_code == 0
        assert command.get_short_help_str()


def test_a_reader_that_goes_away_is_not_an_error(tmp_path: Path) -> None:
    for number in range(200):
        write_session(tmp_path, f"{number:03}", metadata={"title": "long " * 4_000})
    command = [*PROGRAM, "-s", str(tmp_path), "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout
        assert child.stderr
        child.stdout.read(10)
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait() == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_an_output_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    write_session(tmp_path, "a")
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*PROGRAM, "-s", str(tmp_path), "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr == "oxtui: The output was cut off: No space left on device.\n"


def test_a_sessions_folder_that_is_none_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sessions").write_text("a file")
    result = run("-s", tmp_path, "list")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1


def test_an_output_that_is_not_utf_8_still_gets_its_lines(tmp_path: Path) -> None:
    write_session(tmp_path, "a", metadata={"title": "한국어"})
    env = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    assert process("-s", tmp_path, "list", env=env).stdout.rstrip().endswith("???")
    assert process("-s", tmp_path, "show", "a", env=env).returncode == 0
    as_json = process("-s", tmp_path, "list", "--json", env=env)
    assert json.loads(as_json.stdout)[0]["title"] == "한국어"


def test_a_terminal_gets_headings_and_lines_that_fit(tmp_path: Path) -> None:
    write_session(tmp_path, "0f2a52b4-1111", metadata={"title": "昨夜のエラーログ" * 20})
    write_session(tmp_path, "0f2a52b4-2222", metadata={"title": "short"})
    code, output = in_terminal("-s", tmp_path, "list", columns=50)
    heading, *lines = output.splitlines()
    assert code == 0
    assert heading.split() == ["ID", "AGE", "TURNS", "PROJECT", "TITLE"]
    assert {line.split()[0] for line in lines} == {"0f2a52b4-1", "0f2a52b4-2"}
    assert any(line.endswith("…") for line in lines)


def test_a_terminal_gets_no_control_characters_of_a_file(tmp_path: Path) -> None:
    path = write_session(tmp_path, "a")
    path.write_text(path.read_text().replace("Hello", "\x9b2J\x7f\u202e"), "utf-8")
    for command in (["show", "a"], ["show", "a", "--json"], ["export", "a", "--format", "json"]):
        code, output = in_terminal("-s", tmp_path, *command)
        assert code == 0
        assert not set(output) & {"\x9b", "\x7f", "\u202e"}


@pytest.mark.parametrize(("answer", "code", "left"), [(b"y\r", 0, set[str]()), (b"\r", 1, {"a"})])
def test_prune_asks_in_a_terminal(answer: bytes, code: int, left: set[str], tmp_path: Path) -> None:
    write_session(tmp_path, "a", updated_at="2026-01-01T00:00:00Z")
    limits = ("--ttl-hours", 1, "--max-sessions", 0)
    ended, output = in_terminal("-s", tmp_path, "prune", *limits, keys=answer)
    assert "1 session" in output
    assert ended == code
    assert ids(tmp_path) == left


def test_interrupting_a_question_is_exit_130(tmp_path: Path) -> None:
    write_session(tmp_path, "a")
    process("-s", tmp_path, "delete", "a")
    code, output = in_terminal("-s", tmp_path, "trash", "empty", interrupt=True)
    assert code == 130
    assert "final" in output
    assert "Traceback" not in output
    assert process("-s", tmp_path, "trash").returncode == 0


def test_a_read_only_store_is_read_and_not_written(run: Run, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everything")
    write_session(tmp_path, "a")
    tmp_path.chmod(0o500)
    try:
        assert run("-s", tmp_path, "list").exit_code == 0
        result = run("-s", tmp_path, "delete", "a")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "can't be written" in result.stderr
    finally:
        tmp_path.chmod(0o700)


def test_the_demo_can_only_be_written(run: Run, tmp_path: Path) -> None:
    base = tmp_path / "demo"
    assert run("demo", "--write", base, "--sessions", 3, "--seed", 1).exit_code == 0
    assert len(ids(base)) == 5
    again = run("demo", "--write", base)
    assert again.exit_code == 2
    assert again.stderr.count("\n") == 1


def test_completion_offers_the_commands() -> None:
    env = {"_OXTUI_COMPLETE": "bash_complete", "COMP_WORDS": "oxtui re", "COMP_CWORD": "1"}
    assert process(env=env).stdout.split() == ["plain,rename", "plain,redo"]


def test_a_current_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    result = subprocess.run(
        ["sh", "-c", script, "sh", gone, *PROGRAM, "-s", ".", "list"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "oxtui: The current folder is not there any more.\n"


def test_a_demo_in_a_theme_that_there_is_not_says_only_that() -> None:
    code, output = in_terminal("demo", "--theme", "nonsense", columns=200)
    assert code == 2
    assert "There is no theme nonsense" in output
    assert "Warning" not in output
