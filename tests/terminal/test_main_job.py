"""The installed program, from its start to a clean terminal."""

import json
import re
import signal
import subprocess
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from oxtui.demo import write_demo
from tests.terminal.terminal import OXTUI, Terminal

CRON = "Retry the failed cron jobs"
# What a program may have turned on must be off again: mouse, focus, paste, screen, cursor.
LEFT_ON = re.compile(rb"\x1b\[\?(\d+)([hl])")
TURNS = r" (\d+)/\1 "
MODES = {b"1000", b"1002", b"1003", b"1006", b"1004", b"1049", b"2004"}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A demo store that nobody writes to."""
    base = tmp_path / "store"
    write_demo(base, now=datetime.now(UTC))
    return base


@pytest.fixture
def home(own_home: Path) -> Path:
    return own_home


@pytest.fixture
def opened(base: Path, home: Path) -> Generator[Terminal]:
    with Terminal([OXTUI, "open", str(base)], home) as terminal:
        terminal.until("40 sessions in 6 projects")
        yield terminal


def session_titled(base: Path, title: str) -> Path:
    for path in (base / "sessions").glob("*.json"):
        if title in path.read_text():
            return path
    raise AssertionError(title)


def content(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


def assert_clean(terminal: Terminal) -> None:
    """Every mode that was turned on is off again, and the cursor is seen."""
    last = dict(LEFT_ON.findall(bytes(terminal.written)))
    assert {number for number in MODES & last.keys() if last[number] != b"l"} == set()
    assert last[b"25"] == b"h"
    assert b"1049" in last


def find(terminal: Terminal, title: str) -> None:
    """Puts the cursor on a session and reads it."""
    terminal.type(f"/{title}\rj\r")
    terminal.until(lambda text: f"─ {title}" in text)


def test_open_read_grab_drop_see_and_quit(opened: Terminal, base: Path) -> None:
    path = session_titled(base, CRON)
    home = content(path)["project_id"]
    find(opened, CRON)
    opened.type("g\tmweb")
    opened.until("Move 1 session to website")
    opened.press("enter")
    opened.until("Moved 1 session to website")
    moved = content(path)
    assert moved["project_id"] != home
    opened.press("u")
    opened.until("Undone")
    assert content(path)["project_id"] == home
    opened.press("q")
    assert opened.ended() == 0
    assert_clean(opened)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (f"/{CRON}\rj\rgt\tmweb\r", "Moved 1 session to website"),
        (f"/{CRON}\rj\r\tMweb\r", "Moved 1 session to website"),
        (f"/{CRON}\rjrAnother title\r", "Another title"),
        (f"/{CRON}\rjd\t\ru", "Undone"),
        ("nfresh\r", "Added the project fresh"),
        ("P\t\r", "36 sessions in"),
    ],
)
def test_keys_that_arrive_together_do_what_they_say(
    opened: Terminal, typed: str, shown: str
) -> None:
    opened.type(typed)
    opened.until(shown)
    opened.type("q")
    assert opened.ended() == 0


def test_what_another_program_writes_is_seen_at_once(opened: Terminal, base: Path) -> None:
    path = session_titled(base, CRON)
    find(opened, CRON)
    opened.type("G")  # at its end it follows
    session = content(path)
    now = "2026-01-02T03:04:05.123456789Z"
    session["user_messages"].append({"content": "written by another program", "timestamp": now})
    temp = path.with_name(f"{path.name}.4242.0f0f.tmp")
    temp.write_text(json.dumps(session, indent=2, ensure_ascii=False))
    temp.replace(path)
    opened.until("written by another program")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_terminal_clean(opened: Terminal, number: signal.Signals) -> None:
    opened.send(number)
    opened.ended()
    assert_clean(opened)


def test_the_demo_is_written_to_while_it_runs(home: Path) -> None:
    with Terminal([OXTUI, "demo"], home) as terminal:
        terminal.until("40 sessions in 6 projects")
        terminal.until(lambda text: "─ Roll out 2.14" in text and re.search(TURNS, text))
        before = re.search(TURNS, terminal.text)
        assert before is not None
        more = int(before[1]) + 1
        terminal.until(f" {more}/{more} ")
        terminal.press("q")
        assert terminal.ended() == 0
        assert_clean(terminal)


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (200, 60), (40, 12), (20, 6)])
def test_every_size_is_drawn_and_left(base: Path, home: Path, columns: int, lines: int) -> None:
    with Terminal([OXTUI, "open", str(base)], home, columns, lines) as terminal:
        terminal.until("Sessions")
        for key, shown in (("?", "Keys"), ("P", "Prune"), ("C", "Settings"), ("H", "History")):
            terminal.press(key)
            terminal.until(f"─ {shown}"[:15])
            terminal.press("esc")
            terminal.gone(f"─ {shown}"[:15])
        terminal.press("q")
        assert terminal.ended() == 0
        assert_clean(terminal)


def test_without_a_store_it_says_where_it_looked(tmp_path: Path, home: Path) -> None:
    with Terminal([OXTUI], home) as terminal:
        terminal.until("No store here")
        terminal.until(lambda text: "/.oxios/workspace" in re.sub(r"\s*│\s*", "", text))
        terminal.until("oxtui demo")
        terminal.press("q")
        assert terminal.ended() == 0


def test_without_a_terminal_it_is_one_line_and_exit_2(base: Path, home: Path) -> None:
    for command in ([OXTUI], [OXTUI, "open", str(base)], [OXTUI, "demo"]):
        run = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=dict(Terminal.environment(home)),
            timeout=30,
            check=False,
        )
        assert run.returncode == 2
        assert run.stdout == ""
        assert len(run.stderr.splitlines()) == 1


def test_ascii_draws_no_character_beyond_it(base: Path, home: Path) -> None:
    for path in (base / "sessions").glob("*.json"):
        path.unlink()
    session_id = "ascii"
    now = "2026-01-02T03:04:05Z"
    session = {"id": session_id, "user_id": "u", "created_at": now, "updated_at": now}
    session |= {"user_messages": [{"content": "plain", "timestamp": now}], "metadata": {}}
    (base / "sessions" / f"{session_id}.json").write_text(json.dumps(session))
    with Terminal([OXTUI, "open", "--ascii", str(base)], home) as terminal:
        terminal.until("1 session in")
        terminal.press("?")
        terminal.until("Everywhere")
        terminal.press("esc")
        terminal.gone("Everywhere")
        text = terminal.until("plain")
        assert {c for c in text if not c.isascii()} <= set("한국어문서")  # a project's name
        terminal.press("q")
        assert terminal.ended() == 0
