"""Helpers read what reading here reads, and nobody notices when they can't."""

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from oxtui.store.summaries import helpers
from oxtui.store.summaries.entries import Entry, UnreadableEntry, read_entry, read_named
from oxtui.store.summaries.helpers import read_with_helpers
from oxtui.store.summaries.reader import SHARE, shares_of
from oxtui.store.summaries.scan import scan
from tests.store.files import settle
from tests.store.samples import plain_session, pretty


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of every kind, in more shares than there are helpers."""
    made = tmp_path / "sessions"
    made.mkdir()
    for number in range(5 * SHARE + 7):
        name = f"s{number:04}"
        (made / f"{name}.json").write_bytes(pretty(plain_session(name, user_id=f"u{number}")))
    for number in range(0, 5 * SHARE, 50):
        (made / f"s{number:04}.json").write_bytes(b"{" * number)
    times = {"created_at": "0001-01-01T00:00:00Z", "updated_at": "9999-12-31T23:59:59Z"}
    (made / "s0333.json").write_bytes(pretty(plain_session("s0333", **times)))
    (made / "s0444.json").unlink()
    (made / "s0444.json").mkdir()
    (made / "한\n.json").write_bytes(pretty(plain_session("x")))
    Path(os.fsdecode(os.fsencode(made) + b"/\xff.json")).touch()
    settle(made)
    return made


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Helpers wherever the test runs; interpreters, since pytest may have threads."""
    monkeypatch.setattr(helpers, "_cores", lambda: 2)
    monkeypatch.setattr(helpers, "_is_alone", lambda: False)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The interpreters that a test starts."""
    found: list[subprocess.Popen[bytes]] = []
    start = helpers._interpreter  # pyright: ignore[reportPrivateUsage] - the seam of the module

    def note(folder: str, names: int, tickets: int, answers: int) -> subprocess.Popen[bytes]:
        found.append(start(folder, names, tickets, answers))
        return found[-1]

    monkeypatch.setattr(helpers, "_interpreter", note)
    return found


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def here(folder: Path, names: list[str]) -> list[Entry | None]:
    return [read_entry(folder / name) for name in names]


def test_they_read_what_is_there_in_the_order_asked_for(
    folder: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    names = [*names_in(folder)[::-1], "gone.json"]
    assert list(read_with_helpers(folder, names)) == here(folder, names)
    assert len(started) == 2
    assert all(helper.returncode is not None for helper in started)


def test_they_do_the_reading(
    folder: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the first share is there, which may be read here, or several may until one starts."""
    names = [name for name in names_in(folder) if name.startswith("s0")]
    reading = read_with_helpers(folder, names)
    found = [next(reading)]
    only_what_helpers_leave = {"s0333.json"}  # what can't be packed

    def read(folder: str, name: str) -> Entry | None:
        assert name in only_what_helpers_leave
        return read_named(folder, name)

    monkeypatch.setattr(helpers, "read_named", read)
    monkeypatch.setattr(helpers, "read_share", None)
    found += reading
    assert started
    assert found == here(folder, names)


COPYING = """
import os, sys
from pathlib import Path
from oxtui.store.summaries import helpers
from oxtui.store.summaries.entries import read_entry

folder, cores, stays = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "stays"
helpers._cores = lambda: cores
forked, fork = [], os.fork

def note():
    pid = fork()
    if pid:
        forked.append(pid)
    elif not stays:
        os._exit(1)
    return pid

os.fork = note
names = sorted(os.listdir(folder))[::-1]
print("before", end="")  # and once, though a copy has it in its buffer too
found = list(helpers.read_with_helpers(folder, names))
assert found == [read_entry(folder / name) for name in names]
assert len(forked) == cores - 1
reading = helpers.read_with_helpers(folder, names)
next(reading)
reading.close()
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    print(" after")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a copy is made only where threads are seen")
@pytest.mark.parametrize("cores", [2, 3])
@pytest.mark.parametrize("stays", ["stays", "goes"])
def test_a_process_of_one_thread_copies_itself(folder: Path, cores: int, stays: str) -> None:
    """And reads itself, also what a copy leaves that dies; none is left behind."""
    done = subprocess.run(
        [sys.executable, "-c", COPYING, folder, str(cores), stays],
        capture_output=True,
        check=False,
        text=True,
    )
    assert (done.stderr, done.stdout) == ("", "before after\n")


def test_a_process_of_several_threads_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    waiting = threading.Event()
    other = threading.Thread(target=waiting.wait)
    other.start()
    try:
        assert not helpers._is_alone()  # pyright: ignore[reportPrivateUsage]
    finally:
        waiting.set()
        other.join()


def test_a_large_scan_uses_them(
    folder: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oxtui.store.summaries.scan._WORTH_HELPERS", 500)
    found = {entry.session_id: entry for entry in scan(folder, {})}
    assert started
    assert found == {e.session_id: e for e in here(folder, names_in(folder)) if e}
    assert sum(isinstance(entry, UnreadableEntry) for entry in found.values()) == 12


def test_who_has_enough_leaves_none_behind(
    folder: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    open_before = sum(1 for _ in Path("/dev/fd").iterdir())
    reading = read_with_helpers(folder, names_in(folder))
    for _ in range(2 * SHARE):
        next(reading)
    reading.close()
    assert started
    assert all(helper.returncode is not None for helper in started)
    assert sum(1 for _ in Path("/dev/fd").iterdir()) == open_before


def test_what_a_killed_helper_leaves_is_read_here(
    folder: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    names = names_in(folder)
    reading = read_with_helpers(folder, names)
    found = [next(reading)]
    for helper in started:
        helper.kill()
    assert [*found, *reading] == here(folder, names)


@pytest.mark.parametrize("program", ["/bin/true", "/bin/cat", "/nowhere/python"])
def test_without_an_interpreter_everything_is_read_here(
    folder: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr("sys.executable", program)
    names = names_in(folder)
    assert list(read_with_helpers(folder, names)) == here(folder, names)


def test_without_descriptors_everything_is_read_here(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> tuple[int, int]:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("os.pipe", refuse)
    names = names_in(folder)
    assert list(read_with_helpers(folder, names)) == here(folder, names)


def test_millions_of_files_are_few_shares() -> None:
    for count in (1, SHARE, 5 * SHARE + 1, 999_999, 1_000_001):
        shares = shares_of(["x"] * count)
        assert len(shares) <= 1_000
        assert sum(map(len, shares)) == count
