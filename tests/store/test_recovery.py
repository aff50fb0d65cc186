"""What the next start does with what a crash left."""

import os
import time
from pathlib import Path
from uuid import uuid4

import pytest

from oxtui.errors import NotFoundError
from oxtui.store.acts import Acts
from oxtui.store.journal import Journal
from oxtui.store.locking import may_be_interrupted, store_lock
from oxtui.store.recovery import recover
from oxtui.store.reversal_mark import ReversalMark, Unfinished
from oxtui.store.state_store import StateStore
from oxtui.store.temp_files import INCOMPLETE
from oxtui.store.temp_names import Swap, parse_temp, saved_of, saved_path, temp_path
from oxtui.store.values import SessionId
from tests.store.crashing import A
from tests.store.wholeness import HOURS_AGO_NS, fill, grow_old, holdings, temp_files

ONE_HOUR_NS = HOURS_AGO_NS // 2
DEAD = 2**22 + 1  # more than the system gives out
OLD, OURS, THEIRS, OTHER = b'{"old": 1}', b'{"ours": 1}', b'{"theirs": 1}', b"{}"


@pytest.fixture
def store(tmp_path: Path) -> StateStore:
    return fill(tmp_path / "store", database=False)


def crash(store: StateStore) -> None:
    """Leaves the lock as a process does that is killed while it holds it."""
    with store_lock(store.base_path):
        pass
    (store.base_path / ".oxtui/lock").write_bytes(b"1")


def oxios_temp(path: Path) -> Path:
    """A name such as Oxios gives to a temp file."""
    return path.with_name(f"{path.name}.{os.getpid()}.{uuid4()}.tmp")


def left(path: Path, content: bytes, swap: Swap | None, *, mode: int = 0o644) -> Path:
    """A temp file that a process left which is no more."""
    temp = temp_path(path, swap) if swap else oxios_temp(path)
    temp = temp.with_name(temp.name.replace(f".{os.getpid()}.", f".{DEAD}."))
    temp.write_bytes(content)
    temp.chmod(mode)
    return temp


def test_a_name_says_what_a_swap_is_about(tmp_path: Path) -> None:
    for name in ("x.json", "a.b.json", "한 \n.json", ".1.json"):
        for swap in (Swap.of(OLD, OURS), Swap.of(OLD, None), Swap.blind(), None):
            path = tmp_path / name
            said = parse_temp((temp_path(path, swap) if swap else oxios_temp(path)).name)
            assert said is not None
            assert said == (name, os.getpid(), swap)
        assert saved_of(saved_path(tmp_path / name).name) == name
    assert Swap.of(OLD, None).removes
    assert not Swap.of(OLD, OURS).removes
    for name in ("c.json.4242.0f0f.tmp", "x.json.tmp", "x.tmp", f"x.json.a.{uuid4()}.tmp", ".tmp"):
        assert parse_temp(name) is None


def test_temp_files_that_hold_nothing_go_after_an_hour_and_others_never(store: StateStore) -> None:
    folder = store.sessions_path
    (folder / "a.json").write_bytes(OLD)
    young = [left(folder / "a.json", content, None) for content in (b"", OLD)]
    staying = [
        folder / "c.json.4242.0f0f.tmp",
        folder / "notes.tmp",
        left(folder / "a.json", THEIRS, None),  # the only copy of a turn, not moved into place
        left(folder / "new.json", THEIRS, None),
        oxios_temp(folder / "a.json"),  # of a process that runs
    ]
    going = [
        left(folder / "a.json", OLD, None),
        left(folder / "new.json", b"", None),
        left(store.base_path / "projects/x.json", b"", None),
        left(store.base_path / "config.toml", b"", None),
    ]
    for path in (*staying[:2], staying[-1]):
        path.write_bytes(b"")
    grow_old([*staying, *going])
    then = time.time_ns() - ONE_HOUR_NS + 10**9 * 60
    for path in young:
        os.utime(path, ns=(then, then))
    assert recover(store.base_path, thorough=True) == ()
    assert sorted(temp_files(store.base_path)) == sorted([*young, *staying])


def test_a_store_in_order_is_neither_listed_nor_written(
    store: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(store.base_path.rglob("*"))

    def listing(_: object) -> list[str]:
        raise AssertionError("listed")

    assert recover(store.base_path, thorough=True) == ()
    monkeypatch.setattr(os, "listdir", listing)
    assert recover(store.base_path) == ()
    assert not may_be_interrupted(store.base_path)
    assert sorted(store.base_path.rglob("*")) == before


def test_what_another_oxtui_is_just_doing_is_left_to_it(store: StateStore) -> None:
    with store_lock(store.base_path):
        temp = left(store.sessions_path / "a.json", b"{", Swap.of(OLD, OURS), mode=INCOMPLETE)
        assert not may_be_interrupted(store.base_path)
        assert recover(store.base_path) == ()
        assert temp.exists()
    mark = ReversalMark.set(store.base_path, Unfinished("act", undone=True))
    assert may_be_interrupted(store.base_path)
    assert ReversalMark.left(store.base_path) is None
    mark.close()
    assert recover(store.base_path) == ()
    assert not may_be_interrupted(store.base_path)


@pytest.mark.parametrize(
    ("held", "mode", "there"),
    [
        pytest.param(OURS, 0o644, OLD, id="not swapped yet"),
        pytest.param(OURS[:4], INCOMPLETE, OLD, id="half written"),
        pytest.param(OURS[:4], INCOMPLETE, THEIRS, id="half written, and others wrote"),
        pytest.param(OURS[:4], INCOMPLETE, OURS, id="half written, and it is in place"),
        pytest.param(OLD, 0o644, OURS, id="swapped"),
        pytest.param(OLD, 0o644, THEIRS, id="swapped, and others wrote"),
        pytest.param(OURS, 0o644, THEIRS, id="swapped back"),
        pytest.param(THEIRS, 0o644, THEIRS, id="put back by an earlier start"),
        pytest.param(OLD, 0o644, None, id="swapped, and others removed it"),
    ],
)
def test_a_temp_file_that_holds_nothing_of_its_own_goes_at_once(
    store: StateStore, held: bytes, mode: int, there: bytes | None
) -> None:
    path = store.session_path(SessionId("x"))
    if there is not None:
        path.write_bytes(there)
    left(path, held, Swap.of(OLD, OURS), mode=mode)
    crash(store)
    assert recover(store.base_path) == ()
    assert temp_files(store.base_path) == []
    assert (path.read_bytes() if path.exists() else None) == there


def test_what_another_program_wrote_is_put_back(store: StateStore) -> None:
    path = store.session_path(SessionId("x"))
    path.write_bytes(OURS)
    temp = left(path, THEIRS, Swap.of(OLD, OURS))
    os.utime(temp, ns=(5, 1_234_567_890))
    crash(store)
    (told,) = recover(store.base_path)
    assert told == "What another program had written to x.json is in place again."
    assert path.read_bytes() == THEIRS
    assert path.stat().st_mtime_ns == 1_234_567_890
    assert temp_files(store.base_path) == []
    assert recover(store.base_path) == ()


@pytest.mark.parametrize("there", [b'{"more of theirs": 1}', None], ids=["written", "removed"])
def test_what_another_program_wrote_is_kept_beside_what_was_written_since(
    store: StateStore, there: bytes | None
) -> None:
    path = store.session_path(SessionId("x"))
    if there is not None:
        path.write_bytes(there)
    left(path, THEIRS, Swap.of(OLD, OURS))
    crash(store)
    (told,) = recover(store.base_path)
    (saved,) = temp_files(store.base_path)
    assert told.endswith(f"is kept beside it as {saved.name}.")
    assert saved.read_bytes() == THEIRS
    assert saved_of(saved.name) == "x.json"
    assert (path.read_bytes() if path.exists() else None) == there
    assert recover(store.base_path, thorough=True) == ()
    assert saved.exists()


@pytest.mark.parametrize("there", [None, b"newer = 1"], ids=["put back", "kept beside"])
def test_what_was_taken_aside_to_be_removed_comes_back(
    store: StateStore, there: bytes | None
) -> None:
    path = store.base_path / "config.toml"
    path.unlink()
    if there:
        path.write_bytes(there)
    left(path, b"theirs = 1", Swap.of(OLD, None))
    (told,) = recover(store.base_path, thorough=True)
    assert "config.toml" in told
    if there:
        (saved,) = temp_files(store.base_path)
        assert saved.read_bytes() == b"theirs = 1"
    assert path.read_bytes() == (there or b"theirs = 1")


async def test_an_undo_that_was_begun_is_finished_and_told(store: StateStore) -> None:
    acts, before = Acts(store), holdings(store)
    await acts.move([A, SessionId("b")], "p2", "web")
    (act,) = await acts.history()
    ReversalMark.set(store.base_path, Unfinished(act.act_id, undone=True)).close()
    assert recover(store.base_path) == ("Undone: Moved 2 sessions to web.",)
    assert holdings(store) == before
    with pytest.raises(NotFoundError):
        await acts.undo()
    assert not (await acts.redo()).failures


async def test_only_the_change_that_nobody_did_is_void(store: StateStore) -> None:
    acts = Acts(store)
    await acts.delete([A])
    crash(store)
    assert recover(store.base_path) == ()
    (act,) = await acts.history()
    await acts.empty_trash(store.trash.entries())
    crash(store)
    recover(store.base_path)
    assert await acts.history() == [act]  # it was done, though nothing shows that any more
    open_act = Journal(store.base_path).begin("delete", "Moved %n to the trash")
    entry = store.trash.put("sessions/b.json")
    from oxtui.store.changes import Trashed

    open_act.note(Trashed("sessions/b.json", entry.entry_id, entry.size))
    open_act.note(Trashed("sessions/c.json", "0-never", 1))
    crash(store)
    recover(store.base_path)
    assert [len(each.changes) for each in await acts.history()] == [1, 1]


async def test_a_change_that_was_not_noted_yet_does_not_void_the_one_before(
    store: StateStore,
) -> None:
    acts, before = Acts(store), holdings(store)
    await acts.rename(A, "done")
    path = store.session_path(A)
    now = path.read_bytes()
    left(path, b"{}", Swap.of(now, b"{}"))  # the next one was killed before it was noted
    crash(store)
    assert recover(store.base_path) == ()
    assert not (await acts.undo()).failures
    assert holdings(store) == before


async def test_a_journal_that_cannot_be_read_stops_nobody(store: StateStore) -> None:
    await Acts(store).rename(A, "done")
    journal = Journal(store.base_path).path
    journal.unlink()
    journal.mkdir()
    crash(store)
    assert recover(store.base_path) == ()
    assert not may_be_interrupted(store.base_path)


def test_what_came_with_a_store_is_not_taken_for_what_a_crash_left(tmp_path: Path) -> None:
    base = tmp_path / "strange"
    (base / "sessions").mkdir(parents=True)
    path = base / "sessions/x.json"
    path.write_bytes(OURS)
    temp = left(path, THEIRS, Swap.of(OLD, OURS))
    while time.time_ns() - temp.lstat().st_ctime_ns < 50_000_000:  # a clock may be behind
        time.sleep(0.001)
    with store_lock(base):
        pass
    (base / ".oxtui/lock").write_bytes(b"1")
    assert recover(base, thorough=True) == ()
    assert temp.exists()
    assert path.read_bytes() == OURS
    later = left(path, THEIRS, Swap.of(OTHER, OURS))
    assert len(recover(base, thorough=True)) == 1
    assert (temp.exists(), later.exists()) == (True, False)
