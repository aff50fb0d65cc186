"""Helpers read what reading here reads, and nobody notices when they can't."""

import os
import subprocess
from pathlib import Path

import pytest

from oxtui.store.summaries import helpers
from oxtui.store.summaries.helpers import read_with_helpers
from oxtui.store.summaries.reader import SHARE
from oxtui.store.summaries.scan import Entry, UnreadableEntry, read_entry, scan
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
def two_cores(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Helpers wherever the test runs; those that were started."""
    started: list[subprocess.Popen[bytes]] = []
    start = helpers._start  # pyright: ignore[reportPrivateUsage] - the seam of the module

    def note(folder: Path) -> subprocess.Popen[bytes]:
        started.append(start(folder))
        return started[-1]

    monkeypatch.setattr(helpers, "_cores", lambda: 2)
    monkeypatch.setattr(helpers, "_start", note)
    return started


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def here(folder: Path, names: list[str]) -> list[Entry | None]:
    return [read_entry(folder / name) for name in names]


def test_they_read_what_is_there_in_the_order_asked_for(
    folder: Path, two_cores: list[subprocess.Popen[bytes]]
) -> None:
    names = [*names_in(folder)[::-1], "gone.json"]
    assert list(read_with_helpers(folder, names)) == here(folder, names)
    assert len(two_cores) == 2
    assert all(helper.returncode is not None for helper in two_cores)


def test_a_large_scan_uses_them(
    folder: Path, two_cores: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oxtui.store.summaries.scan._WORTH_HELPERS", 500)
    found = {entry.session_id: entry for entry in scan(folder, {})}
    assert two_cores
    assert found == {e.session_id: e for e in here(folder, names_in(folder)) if e}
    assert sum(isinstance(entry, UnreadableEntry) for entry in found.values()) == 22


def test_who_has_enough_leaves_none_behind(
    folder: Path, two_cores: list[subprocess.Popen[bytes]]
) -> None:
    reading = read_with_helpers(folder, names_in(folder))
    for _ in range(2 * SHARE):
        next(reading)
    reading.close()
    assert all(helper.returncode is not None for helper in two_cores)


def test_what_a_killed_helper_leaves_is_read_here(
    folder: Path, two_cores: list[subprocess.Popen[bytes]]
) -> None:
    names = names_in(folder)
    reading = read_with_helpers(folder, names)
    found = [next(reading) for _ in range(SHARE + 1)]
    two_cores[0].kill()
    assert [*found, *reading] == here(folder, names)


@pytest.mark.parametrize("program", ["/bin/true", "/bin/cat", "/nowhere/python"])
def test_without_an_interpreter_everything_is_read_here(
    folder: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr("sys.executable", program)
    names = names_in(folder)
    assert list(read_with_helpers(folder, names)) == here(folder, names)
