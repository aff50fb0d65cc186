"""The index: it always says what reading the files says, and none that is broken hurts."""

import os
import random
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from oxtui.locations import cache_folder
from oxtui.store.summaries import summarize as summarizing
from oxtui.store.summaries.entries import (
    UNSETTLED,
    Entry,
    FileIdentity,
    SessionEntry,
    UnreadableEntry,
)
from oxtui.store.summaries.index import SummaryIndex, read_all
from oxtui.store.summaries.scan import scan
from oxtui.store.timestamps import Timestamp
from oxtui.store.values import SessionId, SessionSummary
from tests.store.files import settle
from tests.store.samples import plain_session, pretty

NAMES = ("a", "b", "c")


def write(folder: Path, name: str, **fields: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    temp = folder / f"{name}.json.1.tmp"
    temp.write_bytes(pretty(plain_session(name, **fields)))
    return temp.replace(folder / f"{name}.json")


def described(entries: Iterable[Entry]) -> dict[SessionId, object]:
    """Everything that entries say, but not whether they have settled."""
    return {
        e.session_id: (
            (e.identity, e.summary, e.summary.created_at.text, e.summary.updated_at.text)
            if isinstance(e, SessionEntry)
            else (e.identity, e.reason)
        )
        for e in entries
    }


def read(folder: Path) -> dict[SessionId, object]:
    return described(scan(folder, {}))


def indexed(folder: Path, index: SummaryIndex) -> dict[SessionId, Entry]:
    """What a run of oxtui finds that begins with the index, and then leaves in it."""
    known = index.load().entries
    found = {entry.session_id: entry for entry in scan(folder, known)}
    new = [entry for entry in found.values() if known.get(entry.session_id) is not entry]
    index.update(found.values(), new, known.keys() - found.keys())
    return found


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "store" / "sessions"
    for name in NAMES:
        write(folder, name)
    write(folder, "child", parent_session_id="a", agent_responses=[], active_seed_id="seed")
    write(folder, "other", id="another", created_at="2026-08-22T23:34:52+09:00")
    write(folder, "bare", user_messages=[], metadata={}, project_id=None)
    write(folder, "far", updated_at="9999-12-31T23:59:59Z", created_at="0001-01-01T00:00:00Z")
    write(folder, "pinned", metadata={"oxtui.pinned": True, "title": "세션 🚢"})
    (folder / "broken.json").write_text("{")
    (folder / "folder.json").mkdir()
    settle(folder)
    return folder.parent


@pytest.fixture
def index(base: Path) -> SummaryIndex:
    """What a run left that read everything."""
    made = SummaryIndex(cache_folder(base))
    indexed(base / "sessions", made)
    return made


def cache_file(base: Path) -> Path:
    (found,) = cache_folder(base).iterdir()
    return found


def test_it_holds_what_was_read(base: Path, index: SummaryIndex) -> None:
    kept = SummaryIndex(cache_folder(base)).load().entries
    assert described(kept.values()) == described(index.load().entries.values())
    expected = read(base / "sessions")
    del expected[SessionId("far")]  # its times are beyond 64 bits of nanoseconds
    assert described(kept.values()) == expected


def test_what_it_knows_is_not_read(base: Path, index: SummaryIndex) -> None:
    known = index.load().entries
    found = {entry.session_id: entry for entry in scan(base / "sessions", known)}
    assert {name for name, entry in found.items() if known.get(name) is not entry} == {"far"}


def test_equal_texts_are_one_in_memory(base: Path, index: SummaryIndex) -> None:
    write(base / "sessions", "later")
    settle(base / "sessions")
    indexed(base / "sessions", index)
    entries = [e for e in index.load().entries.values() if isinstance(e, SessionEntry)]
    assert len({id(entry.summary.user_id) for entry in entries}) == 1
    assert all(e.summary.id is e.session_id for e in entries if e.summary.id == e.session_id)


def test_what_has_not_settled_is_not_kept(base: Path, index: SummaryIndex) -> None:
    write(base / "sessions", "a", user_id="other")
    (entry,) = (e for e in scan(base / "sessions", index.load().entries) if e.session_id == "a")
    assert entry.changed_ns == UNSETTLED
    index.add([entry])
    kept = index.load().entries[SessionId("a")]
    assert isinstance(kept, SessionEntry)
    assert kept.summary.user_id == "default"


def test_of_what_is_kept_of_a_session_the_last_counts(base: Path, index: SummaryIndex) -> None:
    folder = base / "sessions"
    (folder / "a.json").write_text("{")
    write(folder, "broken")
    settle(folder)
    indexed(folder, index)
    kept = index.load()
    assert {"a", "folder"} == kept.unreadable.keys()
    assert "broken" in kept.sessions
    assert not kept.sessions.keys() & kept.unreadable.keys()
    (folder / "a.json").unlink()
    indexed(folder, index)
    assert {"folder"} == index.load().unreadable.keys()


def test_what_is_gone_is_forgotten(base: Path, index: SummaryIndex) -> None:
    (base / "sessions" / "a.json").unlink()
    indexed(base / "sessions", index)
    assert SessionId("a") not in index.load().entries
    index.add((), [SessionId("b"), SessionId("never"), SessionId("\udcff")])
    assert SessionId("b") not in index.load().entries
    write(base / "sessions", "a")
    settle(base / "sessions")
    indexed(base / "sessions", index)
    assert {"a", "b"} <= index.load().entries.keys()


def test_it_does_not_grow_without_end(base: Path, index: SummaryIndex) -> None:
    sizes: list[int] = []
    for number in range(300):
        os.utime(base / "sessions" / "a.json", ns=(number, number))
        entries = list(scan(base / "sessions", {}))
        (entry,) = (entry for entry in entries if entry.session_id == "a")
        settled = structs.replace(entry, changed_ns=1)
        entries[entries.index(entry)] = settled
        index.update(entries, [settled], ())
        sizes.append(cache_file(base).stat().st_size)
    assert max(sizes) < 200_000
    assert SessionId("b") in index.load().entries


def titled(name: str, title: str) -> SessionEntry:
    instant = Timestamp.from_ns(1_700_000_000 * 10**9)
    summary = SessionSummary(
        name, "default", 1, title, None, None, instant, instant, None, False, False
    )
    return SessionEntry(SessionId(name), FileIdentity(1, 2, 3), summary, 4)


@pytest.mark.parametrize("seed", range(12))
def test_no_byte_of_what_is_gone_stays(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    index = SummaryIndex(tmp_path / "cache")
    there: dict[SessionId, SessionEntry] = {}
    earlier: set[str] = set()
    for step in range(25):
        names = [f"s{dice.randrange(3_000)}" for _ in range(dice.choice((1, 5, 40, 1_200)))]
        added = {
            SessionId(n): titled(
                n, f"<{n} at {step}> {'세션 x' * dice.randrange(12)} <{n} at {step}>"
            )
            for n in names
        }
        gone = dice.sample(sorted(there), min(len(there), dice.choice((0, 1, 3, 60, 900))))
        for name in gone:
            del there[name]
        there |= added
        if dice.random() < 0.2:
            index.update(there.values(), added.values(), gone)
        else:
            index.add((), gone)
            index.add(added.values())
        earlier.update(gone)
        (path,) = (tmp_path / "cache").iterdir()
        content = path.read_bytes()
        # Twice in each title, since one of them may lie across two pages of the file.
        found = {name.decode() for name in re.findall(rb"<(s\d+) at ", content)}
        assert added.keys() <= found
        assert not found & (earlier - there.keys())
    assert SummaryIndex(tmp_path / "cache").load().entries == there


def test_a_list_leaves_no_title_of_what_was_removed(base: Path) -> None:
    folder = base / "sessions"
    for number in range(40):
        write(folder, f"n{number}", metadata={"title": f"<title {number}>"})
    settle(folder)
    read_all(base)
    assert b"<title 7>" in cache_file(base).read_bytes()
    (folder / "n7.json").unlink()
    read_all(base)
    assert b"<title 7>" not in cache_file(base).read_bytes()
    assert b"<title 8>" in cache_file(base).read_bytes()


def test_what_cannot_be_taken_out_goes_with_all_the_rest(base: Path, index: SummaryIndex) -> None:
    with closing(sqlite3.connect(cache_file(base), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        index.add((), [SessionId("a")])
        assert not list(cache_folder(base).iterdir())
        other.execute("ROLLBACK")
    assert described(indexed(base / "sessions", index).values()) == read(base / "sessions")


def test_where_there_is_no_index_none_is_made_to_take_something_out(base: Path) -> None:
    SummaryIndex(cache_folder(base)).add((), [SessionId("a")])
    assert not cache_folder(base).exists()


# Whatever happens to the files


def replace(folder: Path, name: str, user: int) -> None:
    write(folder, name, user_id=f"u{user}")


def edit(folder: Path, name: str, user: int) -> None:
    """Writes other bytes of the same number into the file, whose time shows it."""
    path = folder / f"{name}.json"
    if path.exists():
        with path.open("r+b") as file:
            file.write(pretty(plain_session(name, user_id=f"u{user}")))


def edit_and_set_back(folder: Path, name: str, user: int) -> None:
    """As `edit`, and the file's time is as it was."""
    path = folder / f"{name}.json"
    if path.exists():
        then = path.stat().st_mtime_ns
        edit(folder, name, user)
        os.utime(path, ns=(then, then))


def replace_with_its_time(folder: Path, name: str, user: int) -> None:
    path = folder / f"{name}.json"
    if path.exists():
        then = path.stat().st_mtime_ns
        replace(folder, name, user)
        os.utime(path, ns=(then, then))


def truncate(folder: Path, name: str, user: int) -> None:
    (folder / f"{name}.json").write_bytes(b"{" * user)


def delete(folder: Path, name: str, user: int) -> None:
    del user
    (folder / f"{name}.json").unlink(missing_ok=True)


def set_time(folder: Path, name: str, user: int) -> None:
    if (folder / f"{name}.json").exists():
        os.utime(folder / f"{name}.json", (user, user))


def rename(folder: Path, name: str, user: int) -> None:
    if (folder / f"{name}.json").exists():
        (folder / f"{name}.json").replace(folder / f"{NAMES[user % len(NAMES)]}.json")


def swap(folder: Path, name: str, user: int) -> None:
    """Two files in each other's place, each with its inode, size and times."""
    one, other = folder / f"{name}.json", folder / f"{NAMES[user % len(NAMES)]}.json"
    if one.exists() and other.exists() and one != other:
        one.rename(folder / "aside")
        other.rename(one)
        (folder / "aside").rename(other)


ACTS: list[Callable[[Path, str, int], None]] = [
    replace,
    edit,
    edit_and_set_back,
    replace_with_its_time,
    truncate,
    delete,
    set_time,
    rename,
    swap,
]
SOME_ACTS = st.lists(
    st.tuples(st.sampled_from(ACTS), st.sampled_from(NAMES), st.integers(0, 9)), max_size=6
)


@settings(max_examples=60)
@given(st.lists(st.tuples(SOME_ACTS, st.booleans()), min_size=2, max_size=4))
def test_it_always_says_what_reading_the_files_says(
    rounds: list[tuple[list[tuple[Callable[[Path, str, int], None], str, int]], bool]],
) -> None:
    with TemporaryDirectory() as place:
        folder, cache = Path(place, "sessions"), Path(place, "cache")
        for name in NAMES:
            write(folder, name, user_id="u0")
        settle(folder)
        indexed(folder, SummaryIndex(cache))
        for acts, settling in rounds:
            for act, name, user in acts:
                act(folder, name, user)
            if settling:
                settle(folder)
            assert described(indexed(folder, SummaryIndex(cache)).values()) == read(folder)


# Whatever happens to the index


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def overwrite(path: Path) -> None:
    path.write_bytes(b"no database" * 1_000)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def link_to_zeros(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 << 30)


def execute(*statements: str) -> Callable[[Path], None]:
    def act(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)

    return act


def flip_a_title(path: Path) -> None:
    content = path.read_bytes()
    assert "세션".encode() in content
    path.write_bytes(content.replace("세션".encode(), "바다".encode()))


DAMAGES = [
    cut_off,
    empty,
    overwrite,
    flip_a_title,
    Path.unlink,
    execute("PRAGMA user_version = 99"),
    execute("PRAGMA user_version = 0"),
    execute("DROP TABLE blocks"),
    execute("DROP TABLE blocks", "CREATE TABLE blocks (number, title)"),
    execute("UPDATE blocks SET content = 'text'"),
    execute("UPDATE blocks SET checksum = 'text'"),
    execute("UPDATE blocks SET content = x'90', checksum = 2535165966"),
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_or_old_index_is_made_anew(
    base: Path, index: SummaryIndex, damage: Callable[[Path], None]
) -> None:
    folder = base / "sessions"
    damage(cache_file(base))
    assert described(indexed(folder, index).values()) == read(folder)
    known = SummaryIndex(cache_folder(base)).load().entries
    assert len(known) == len(read(folder)) - 1
    index.add(())


@pytest.mark.parametrize("make", [os.mkfifo, link_to_zeros, make_sparse])
@pytest.mark.parametrize("beside", ["", "-journal", "-wal", "-shm"])
def test_what_lies_in_its_place_or_beside_it_holds_up_nobody(
    base: Path, index: SummaryIndex, beside: str, make: Callable[[Path], object]
) -> None:
    path = cache_file(base).with_name(f"summaries.sqlite{beside}")
    path.unlink(missing_ok=True)
    make(path)
    program = f"""
from oxtui.store.summaries.index import *
SummaryIndex(Path({str(cache_folder(base))!r})).add((), ["a"])
print(len(read_all(Path({str(base)!r}))))"""
    # In a process of its own, since nothing else ends one that waits for a FIFO.
    command = (sys.executable, "-c", program)
    counted = subprocess.run(command, capture_output=True, check=True, timeout=20).stdout
    assert int(counted) == len(read(base / "sessions"))
    assert described(indexed(base / "sessions", index).values()) == read(base / "sessions")
    kept = SummaryIndex(cache_folder(base)).load().entries
    assert len(kept) == len(read(base / "sessions")) - 1


@pytest.mark.timeout(20)
@pytest.mark.parametrize("damage", [make_folder, make_fifo])
def test_one_that_cannot_be_opened_is_done_without(
    base: Path, index: SummaryIndex, damage: Callable[[Path], object]
) -> None:
    damage(cache_file(base))
    assert described(indexed(base / "sessions", index).values()) == read(base / "sessions")


def test_one_that_cannot_be_written_is_done_without(base: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    index = SummaryIndex(tmp_path / "file" / "cache")
    assert described(indexed(base / "sessions", index).values()) == read(base / "sessions")
    assert index.load().entries == {}


def test_one_that_is_locked_is_done_without_at_once(base: Path, index: SummaryIndex) -> None:
    folder = base / "sessions"
    write(folder, "a", user_id="other")
    settle(folder)
    with closing(sqlite3.connect(cache_file(base), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert index.load().entries == {}
        assert described(indexed(folder, index).values()) == read(folder)
        other.execute("ROLLBACK")
    assert len(index.load()) == len(read(folder)) - 1
    assert described(indexed(folder, index).values()) == read(folder)


def test_two_at_once_keep_what_both_read(base: Path) -> None:
    folder = base / "sessions"
    settle(folder)
    entries = [e for e in scan(folder, {}) if e.session_id != "far"]

    def run(part: list[Entry]) -> None:
        index = SummaryIndex(cache_folder(base))
        for entry in part:
            index.add([entry])
            index.load()

    runs = [threading.Thread(target=run, args=(entries[n::2],)) for n in (0, 1)]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    known = SummaryIndex(cache_folder(base)).load().entries
    assert known.keys() <= {entry.session_id for entry in entries}
    assert described(known.values()).items() <= read(folder).items()
    assert known


def test_a_list_is_read_once(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = base / "sessions"
    for number in range(40):
        write(folder, f"n{number}")
    settle(folder)
    assert described(read_all(base)) == read(folder)

    def refuse(data: bytes) -> None:
        raise AssertionError(data)

    (folder / "far.json").unlink()
    monkeypatch.setattr(summarizing, "summarize", refuse)
    again = read_all(base)
    assert len(again) == len(list(folder.iterdir()))
    assert sum(isinstance(entry, UnreadableEntry) for entry in again) == 2


def test_what_lists_need_imports_no_models() -> None:
    modules = (
        "oxtui.store.summaries.index, oxtui.store.projects.catalog, oxtui.store.summaries.reader"
    )
    program = f"import sys, {modules}; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
