"""A program that nothing happens to sleeps."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oxtui.demo import write_demo
from tests.terminal.terminal import OXTUI, Terminal

_MEASURED_S = 5.0
_MOST = 25
"""Wake-ups of all its threads in that time; one that looks ten times a second has twice as many."""


@pytest.mark.parametrize("before", ["", "\t", "/cron", "?"], ids=["list", "session", "search", "?"])
def test_nothing_wakes_it(tmp_path: Path, own_home: Path, before: str) -> None:
    base = tmp_path / "store"
    write_demo(base, now=datetime.now(UTC))
    # It is not asked how often the watcher of files looks.
    command = [OXTUI, "open", "--poll", "3600", str(base)]
    with Terminal(command, own_home) as terminal:
        terminal.until("40 sessions in 6 projects")
        terminal.until("next prune: 4 sessions")
        terminal.type(before)
        counts = [wakes(terminal)]
        # What began with it is done at some time, and from then on it is quiet.
        terminal.until(lambda _: is_quiet(terminal, counts))
        written = len(terminal.written)
        before_wakes = wakes(terminal)
        end = time.monotonic() + _MEASURED_S
        terminal.until(lambda _: time.monotonic() > end)
        assert wakes(terminal) - before_wakes < _MOST
        assert len(terminal.written) - written < 500  # ages


def is_quiet(terminal: Terminal, counts: list[int]) -> bool:
    """Whether not much woke it in the last second or so."""
    counts.append(wakes(terminal))
    return len(counts) > 20 and counts[-1] - counts[-20] < 4


def wakes(terminal: Terminal) -> int:
    """How often any thread went to sleep so far."""
    found = 0
    for pid in terminal.processes:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            status = (thread / "status").read_text()
            found += int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])
    return found
