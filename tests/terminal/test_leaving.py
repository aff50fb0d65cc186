"""However the program ends, the terminal is as it was, and no work is half done."""

import json
import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oxtui.demo import write_demo
from tests.terminal.terminal import OXTUI, Terminal

SWITCH = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
KITTY = re.compile(rb"\x1b\[(>\d+|<\d*)u")
SEEN = "40 sessions in 6 projects"
FIRST = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
# The cursor is shown and lines are wrapped unless a program says otherwise.
ON_AT_FIRST = {b"25", b"7"}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = tmp_path / "store"
    write_demo(base, now=datetime.now(UTC))
    return base


@pytest.fixture
def opened(base: Path, own_home: Path) -> Generator[Terminal]:
    with Terminal([OXTUI, "open", str(base)], own_home) as terminal:
        terminal.until(SEEN)
        yield terminal


def left_on(written: bytes) -> set[bytes]:
    """The modes that are not as they were before all this was written."""
    last = {
        number: how for numbers, how in SWITCH.findall(written) for number in numbers.split(b";")
    }
    depth = 0
    for kitty in KITTY.findall(written):
        depth = depth + 1 if kitty.startswith(b">") else max(0, depth - 1)
    left = {number for number, how in last.items() if (how == b"h") != (number in ON_AT_FIRST)}
    return left | ({b"kitty"} if depth else set())


def assert_clean(terminal: Terminal) -> None:
    """Every mode is as it was, and nothing was said."""
    written = bytes(terminal.written)
    assert b"\x1b[?1049h" in written
    assert left_on(written) == set()
    after = written.rpartition(b"\x1b[?1049l")[2]
    assert b"Traceback" not in after
    lines = re.sub(rb"\x1b\[[<>=?]?[\d;]*[a-z]|\x1b[()=>]?.?", b"", after).decode().split()
    assert lines == []
    assert terminal.modes == terminal.modes_before


@pytest.mark.parametrize("key", ["q", "\x11", ":quit\r\r"])
def test_quit(opened: Terminal, key: str) -> None:
    opened.type(key)
    assert opened.ended() == 0
    assert_clean(opened)


def test_quit_while_the_rest_of_the_screen_comes(base: Path, own_home: Path) -> None:
    for _ in range(8):
        with Terminal([OXTUI, "open", str(base)], own_home) as terminal:
            terminal.until(SEEN)
            terminal.press("q")
            assert terminal.ended() == 0
            assert_clean(terminal)


@pytest.mark.parametrize("number", FIRST)
@pytest.mark.parametrize("times", [1, 2, 20])
def test_a_signal(opened: Terminal, number: signal.Signals, times: int) -> None:
    for _ in range(times):
        opened.send(number)
    assert opened.ended() == FIRST[number]
    assert_clean(opened)


@pytest.mark.parametrize("key", ["P", "C", "H", "?", "/cron", "m", ":", "nx"])
def test_a_signal_in_the_middle_of_something(opened: Terminal, key: str) -> None:
    opened.type(key)
    opened.send(signal.SIGTERM)
    assert opened.ended() == 143
    assert_clean(opened)


def test_a_signal_while_a_dialog_opens(base: Path, own_home: Path) -> None:
    for _ in range(5):
        with Terminal([OXTUI, "open", str(base)], own_home) as terminal:
            terminal.until(SEEN)
            terminal.type(":")
            terminal.send(signal.SIGTERM)
            assert terminal.ended() == 143
            assert_clean(terminal)


def test_a_signal_before_anything_is_drawn(base: Path, own_home: Path) -> None:
    for wait_s in (0.1, 0.2, 0.3, 0.4, 0.6):
        with Terminal([OXTUI, "open", str(base)], own_home) as terminal:
            time.sleep(wait_s)
            terminal.send(signal.SIGTERM)
            assert terminal.ended() in (143, -signal.SIGTERM)
            assert left_on(bytes(terminal.written)) == set()


def test_bytes_that_are_no_text_are_not_the_end(opened: Terminal) -> None:
    for junk in (b"\xff", b"\x1b[M\xe0\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"\x1b[<\xff;1;1M"):
        opened.write(junk)
    # What comes along with such bytes is lost.
    opened.until(lambda text: "sessions compared" in text or opened.type("R"))
    opened.type("q")
    assert opened.ended() == 0
    assert_clean(opened)


def test_a_terminal_that_is_gone(opened: Terminal) -> None:
    opened.hang_up()
    assert opened.reaped() == 129


def test_a_terminal_that_is_gone_without_a_signal(base: Path, own_home: Path) -> None:
    """As when what held it is no session leader."""
    master, slave = os.openpty()
    program = subprocess.Popen(
        [OXTUI, "open", str(base)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=dict(Terminal.environment(own_home)),
        start_new_session=True,
    )
    os.close(slave)
    drawn = b""
    while SEEN.encode() not in drawn:
        drawn += os.read(master, 65_536)
    os.close(master)
    assert program.wait(20) == 129


def a_session(base: Path) -> Path:
    return next(
        path for path in (base / "sessions").glob("*.json") if path.read_bytes()[-1:] == b"}"
    )


def stopped(terminal: Terminal) -> None:
    """Waits until the program is stopped, and takes in what it wrote before that."""
    terminal.until(lambda _: os.waitid(os.P_PID, terminal.pid, os.WSTOPPED | os.WNOHANG))
    terminal.drained()


@pytest.mark.parametrize("how", ["ctrl+z", "SIGTSTP"])
def test_suspended_and_resumed(opened: Terminal, base: Path, how: str) -> None:
    for _ in range(2):
        if how == "ctrl+z":
            opened.type("\x1a")
        else:
            opened.send(signal.SIGTSTP)
        stopped(opened)
        assert_clean(opened)
        a_session(base).unlink()
        opened.send(signal.SIGCONT)
        opened.until("─ Sessions")
    opened.until("38 sessions")
    opened.type("q")
    assert opened.ended() == 0
    assert_clean(opened)


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP])
def test_what_was_on_the_screen_is_there_again(opened: Terminal, number: signal.Signals) -> None:
    opened.send(number)
    stopped(opened)
    since = len(opened.written)
    opened.send(signal.SIGCONT)
    for text in ("Sessions", "Unreadable", "Search"):
        opened.until(lambda _, text=text: text.encode() in opened.written[since:])


STOPPED = """
import os, signal
from oxtui.ui.driver import SturdyDriver

class Stopped(SturdyDriver):
    stopped = False
    def write(self, data):
        if "40 sessions" in data and not self.stopped:
            self.stopped = True
            with self._writer_thread._queue.mutex:  # what is written goes into that queue
                os.kill(os.getpid(), signal.SIGTSTP)
        super().write(data)
"""


def test_suspended_in_the_middle_of_a_write(base: Path, own_home: Path, tmp_path: Path) -> None:
    (tmp_path / "stopping.py").write_text(STOPPED)
    surroundings = [f"PYTHONPATH={tmp_path}", "TEXTUAL_DRIVER=stopping:Stopped"]
    with Terminal(["/usr/bin/env", *surroundings, OXTUI, "open", str(base)], own_home) as terminal:
        stopped(terminal)
        assert_clean(terminal)
        terminal.send(signal.SIGCONT)
        terminal.until("40 sessions")
        terminal.type("q")
        assert terminal.ended() == 0


def test_stopped_without_being_told(opened: Terminal, base: Path) -> None:
    for left in (39, 38):
        opened.send(signal.SIGSTOP)
        stopped(opened)
        a_session(base).unlink()
        opened.send(signal.SIGCONT)
        opened.until(f"{left} sessions")
    opened.type("q")
    assert opened.ended() == 0
    assert_clean(opened)


FAILING = """
from textual.drivers.linux_driver import LinuxDriver

class Failing(LinuxDriver):
    writes = 0
    def write(self, data):
        self.writes += 1
        if self.writes == {nth}:
            raise OSError(5, "Input/output error")
        super().write(data)
"""


@pytest.mark.parametrize("nth", [1, 2, 5, 15, 20])
def test_a_failure_of_the_terminal_is_one_line(
    base: Path, own_home: Path, tmp_path: Path, nth: int
) -> None:
    (tmp_path / "failing.py").write_text(FAILING.format(nth=nth))
    surroundings = [f"PYTHONPATH={tmp_path}", "TEXTUAL_DRIVER=failing:Failing"]
    with Terminal(["/usr/bin/env", *surroundings, OXTUI, "open", str(base)], own_home) as terminal:
        assert terminal.ended() == 1
        said = bytes(terminal.written).rpartition(b"oxtui: The application crashed. ")[2]
        assert said.count(b"\n") == 1
        assert b"Traceback" not in terminal.written
        assert left_on(bytes(terminal.written)) == set()
        assert terminal.modes == terminal.modes_before
    assert "Input/output error" in (own_home / ".local/state/oxtui/crash.txt").read_text()


def test_a_failure_before_anything_is_drawn_is_one_line(base: Path, own_home: Path) -> None:
    command = ["/usr/bin/env", "TEXTUAL_DRIVER=nowhere:Driver", OXTUI, "open", str(base)]
    with Terminal(command, own_home) as terminal:
        assert terminal.ended() == 1
        assert terminal.written.rpartition(b"oxtui: ")[2].count(b"\n") == 1
        assert b"Traceback" not in terminal.written
    assert "nowhere" in (own_home / ".local/state/oxtui/crash.txt").read_text()


def test_the_shell_is_killed(base: Path, own_home: Path) -> None:
    command = ["/bin/bash", "--norc", "-i", "-c", f"set -m; {OXTUI} open {base} & echo $!; fg"]
    with Terminal(command, own_home) as terminal:
        terminal.until(SEEN)
        child = int(Path(f"/proc/{terminal.pid}/task/{terminal.pid}/children").read_text())
        terminal.send(signal.SIGKILL)
        descriptor = os.pidfd_open(child)
        ready, _, _ = select.select([descriptor], [], [], 15)
        os.close(descriptor)
        assert ready


COUNT = 1_500


def many(base: Path) -> dict[str, bytes]:
    """Sessions that a prune takes, all of them."""
    (base / "sessions").mkdir(parents=True)
    session: dict[str, object] = {"user_id": "u", "agent_responses": [], "metadata": {}}
    session |= {"created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z"}
    session["user_messages"] = []
    contents: dict[str, bytes] = {}
    for index in range(COUNT):
        name = f"s{index:04}.json"
        contents[name] = json.dumps({"id": f"s{index:04}", **session}).encode()
        (base / "sessions" / name).write_bytes(contents[name])
    return contents


def test_a_signal_in_the_middle_of_a_long_prune(tmp_path: Path, own_home: Path) -> None:
    base = tmp_path / "many"
    contents = many(base)
    with Terminal([OXTUI, "open", str(base)], own_home) as terminal:
        terminal.until("1,500 sessions in")
        terminal.type("P\t\r")
        terminal.until(lambda text: re.search(r"^ [\d,]+ of 1,500 sessions", text, re.MULTILINE))
        terminal.send(signal.SIGTERM)
        assert terminal.ended() == 143
        assert_clean(terminal)
    kept = {path.name: path.read_bytes() for path in (base / "sessions").iterdir()}
    trashed = json.loads(oxtui(own_home, base, "trash", "list", "--json"))
    assert 0 < len(trashed) < COUNT
    assert kept.keys() | {Path(entry["file"]).name for entry in trashed} == contents.keys()
    assert len(kept) + len(trashed) == COUNT
    oxtui(own_home, base, "undo")
    assert {path.name: path.read_bytes() for path in (base / "sessions").iterdir()} == contents


def oxtui(home: Path, base: Path, *arguments: str) -> str:
    run = subprocess.run(
        [OXTUI, "-s", str(base), *arguments],
        env=dict(Terminal.environment(home)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout
