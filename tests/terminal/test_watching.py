"""The installed program where the system tells it of no changes, or of too many."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.terminal.terminal import OXTUI, Terminal

# A user namespace has limits of its own, which can be lowered without touching anybody else's.
LIMITED = """
import ctypes, os, sys
if ctypes.CDLL(None).unshare(0x10000000):  # CLONE_NEWUSER
    sys.exit(77)
try:
    with open("/proc/self/uid_map", "w") as ids:
        ids.write(f"0 {sys.argv[1]} 1")
    with open(f"/proc/sys/user/max_inotify_{sys.argv[2]}", "w") as limit:
        limit.write("0")
except OSError:
    sys.exit(77)
os.execv(sys.argv[3], sys.argv[3:])
"""
WRITER = """
import os, sys
folder, first, last, text = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
for n in range(first, last):
    path = f"{folder}/s{n:05}.json"
    with open(path + ".1.x.tmp", "w") as file:
        file.write(text.replace("ID", f"s{n:05}"))
    os.rename(path + ".1.x.tmp", path)
"""
SESSION = json.dumps(
    {
        "id": "ID",
        "user_id": "u",
        "created_at": "2026-01-02T03:04:05Z",
        "updated_at": "2026-01-02T03:04:05Z",
        "user_messages": [],
        "agent_responses": [],
        "metadata": {"title": "TITLE"},
    }
)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = tmp_path / "store"
    (base / "sessions").mkdir(parents=True)
    write(base, 0, 3)
    return base


@pytest.fixture
def opened(base: Path, own_home: Path) -> Generator[Terminal]:
    with Terminal([OXTUI, "open", str(base)], own_home) as terminal:
        terminal.until("3 sessions in")
        terminal.until("inotify")
        yield terminal


def write(base: Path, first: int, last: int, title: str = "written") -> None:
    """Has another program write sessions."""
    text = SESSION.replace("TITLE", title)
    command = [sys.executable, "-c", WRITER, str(base / "sessions"), str(first), str(last), text]
    subprocess.run(command, check=True)


def left(terminal: Terminal) -> None:
    terminal.type("q")
    assert terminal.ended() == 0


@pytest.mark.parametrize("limit", ["instances", "watches"])
def test_without_inotify_it_polls_and_says_why(base: Path, own_home: Path, limit: str) -> None:
    uid = str(base.stat().st_uid)
    command = [sys.executable, "-c", LIMITED, uid, limit, OXTUI, "open", str(base)]
    if subprocess.run([*command[:5], "/bin/true"], check=False).returncode:
        pytest.skip("no user namespaces here")
    with Terminal(command, own_home) as terminal:
        terminal.until(f"polling every 2 s: no inotify {limit} left")
        terminal.until("3 sessions")
        write(base, 3, 4)
        terminal.until("4 sessions")
        left(terminal)


def test_polling_that_was_asked_for_is_no_warning(base: Path, own_home: Path) -> None:
    with Terminal([OXTUI, "open", "--poll", "0.2", str(base)], own_home) as terminal:
        terminal.until("polling every 0.2 s")
        assert "0.2 s:" not in terminal.text
        write(base, 3, 4)
        terminal.until("4 sessions in")
        left(terminal)


def woken(pid: int) -> int:
    """How often the event loop of a process went to sleep so far."""
    status = Path(f"/proc/{pid}/task/{pid}/status").read_text()
    return int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])


def test_nothing_is_looked_at_again_and_again_while_nothing_happens(opened: Terminal) -> None:
    deadline = time.monotonic() + 40  # until everything is read, and ages are written every 20 s
    while time.monotonic() < deadline:
        before = woken(opened.pid)
        time.sleep(2)
        if woken(opened.pid) - before < 4:
            break
    else:
        pytest.fail("it never slept for two seconds")
    left(opened)


def test_10000_files_at_once(opened: Terminal, base: Path) -> None:
    write(base, 3, 10_000)
    opened.until("10,000 sessions in")
    opened.until("inotify")
    left(opened)


def test_more_events_than_the_system_keeps_while_it_is_stopped(
    opened: Terminal, base: Path
) -> None:
    """Four events a file, and the system keeps 16,384; what came last is lost."""
    opened.send(signal.SIGSTOP)
    write(base, 3, 4_500)
    write(base, 4_500, 4_510, "after the flood")
    for number in range(3):
        (base / f"sessions/s{number:05}.json").unlink()
    opened.send(signal.SIGCONT)
    opened.until("4,507 sessions in")
    opened.type("/after the flood")
    opened.until("10 of 4,507 sessions")
    opened.type("\r")
    left(opened)


def test_a_sessions_folder_that_is_replaced(opened: Terminal, base: Path) -> None:
    (base / "sessions").rename(base / "aside")
    opened.until("0 sessions in")
    (base / "new").mkdir()
    (base / "new").rename(base / "sessions")
    write(base, 0, 5)
    opened.until("5 sessions in")
    shutil.rmtree(base / "sessions")
    (base / "aside").rename(base / "sessions")
    opened.until("3 sessions in")
    write(base, 3, 4)
    opened.until("4 sessions in")
    opened.until("inotify")
    left(opened)


def test_a_store_that_is_removed_and_comes_back(opened: Terminal, base: Path) -> None:
    base.rename(base.with_name("aside"))
    opened.until("polling every 2 s: the store is gone")
    base.with_name("aside").rename(base)
    opened.until("inotify")
    opened.until("3 sessions in")
    write(base, 3, 4)
    opened.until("4 sessions in")
    left(opened)


def test_a_clock_that_was_set_back(base: Path, own_home: Path) -> None:
    """A file of the same size that is older than it was."""
    with Terminal([OXTUI, "open", "--poll", "0.2", str(base)], own_home) as terminal:
        terminal.until("written")
        for title, when in (("WRITTEN", 1_000_000_000), ("Written", 4_000_000_000)):
            write(base, 0, 1, title)
            os.utime(base / "sessions/s00000.json", (when, when))
            terminal.until(title)
        left(terminal)
