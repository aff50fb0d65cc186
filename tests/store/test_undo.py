"""Undo when something came in between: a crash, a full disk, a journal that somebody else wrote."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from oxtui.errors import NotFoundError, WriteFailedError
from oxtui.locations import oxios_home
from oxtui.store import undo
from oxtui.store.acts import Acts
from oxtui.store.changes import (
    Change,
    Edited,
    Restored,
    SettingsEdited,
    Trashed,
)
from oxtui.store.config_edit import SettingsChange
from oxtui.store.fields import moved, with_fields
from oxtui.store.journal import Journal
from oxtui.store.journal_file import JournalFile
from oxtui.store.noting import Noting
from oxtui.store.recovery import recover
from oxtui.store.regular_files import FileState
from oxtui.store.reversal_mark import ReversalMark, Unfinished
from oxtui.store.state_store import StateStore
from oxtui.store.stretches import FileMark, sha256
from oxtui.store.trash import TrashEntry
from oxtui.store.values import SessionId
from tests.store.samples import plain_session, pretty

KILLS = int(os.environ.get("OXTUI_TEST_KILLS", "6"))
NAMES = [SessionId(name) for name in "abcd"]
State = dict[str, tuple[bytes, int, int]]


@pytest.fixture
def filled(store: StateStore) -> StateStore:
    """Sessions of different modes and ages."""
    store.sessions_path.mkdir()
    for number, name in enumerate(NAMES):
        path = store.session_path(name)
        path.write_bytes(pretty(plain_session(name)))
        path.chmod((0o600, 0o644, 0o660, 0o640)[number])
        os.utime(path, ns=(5, 1_700_000_000_123_456_789 + number))
    return store


def state_of(store: StateStore) -> State:
    """Bytes, mode and time of modification of every file beside the sessions."""
    return {
        path.name: (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns)
        for path in store.sessions_path.iterdir()
    }


def journal_of(store: StateStore) -> Journal:
    journal = Journal(store.base_path)
    journal.path.parent.mkdir(exist_ok=True)
    return journal


# What was noted, and then this process ended


async def test_a_move_that_was_noted_and_never_done_is_nothing_to_take_back(
    filled: StateStore,
) -> None:
    path = filled.session_path(NAMES[0])
    before = state_of(filled)
    state = FileState(path.read_bytes(), path.stat().st_mtime_ns)
    after = FileState(with_fields(state.content, moved("p2")), 7)
    edited = Edited.between("sessions/a.json", state, after)
    journal_of(filled).begin("move", "Moved %n to web").note(edited)
    assert not (await Acts(filled).undo()).failures
    assert state_of(filled) == before


async def test_a_delete_that_was_noted_and_never_done_is_nothing_to_take_back(
    filled: StateStore,
) -> None:
    before = state_of(filled)
    size = len(before["a.json"][0])
    entry_id = f"{9 * 10**18:020d}-x"
    journal_of(filled).begin("delete", "x").note(Trashed("sessions/a.json", entry_id, size))
    assert not (await Acts(filled).undo()).failures
    assert state_of(filled) == before


async def test_a_restore_that_was_noted_and_never_done_is_nothing_to_take_back(
    filled: StateStore,
) -> None:
    content, _, mtime_ns = state_of(filled)["a.json"]
    await Acts(filled).delete([NAMES[0]])
    (entry,) = filled.trash.entries()
    mark = FileMark.of(content, mtime_ns)
    restored = Restored(entry.file, entry.entry_id, entry.size, mark)
    journal_of(filled).begin("restore", "Restored %n").note(restored)
    assert not (await Acts(filled).undo()).failures
    assert filled.trash.entries() == [entry]
    assert not (await Acts(filled).undo()).failures
    assert "a.json" in state_of(filled)


async def test_a_file_that_oxios_made_anew_is_not_taken_for_the_deleted_one(
    filled: StateStore,
) -> None:
    content = filled.session_path(NAMES[0]).read_bytes()
    acts = Acts(filled)
    await acts.delete([NAMES[0]])
    await acts.empty_trash(filled.trash.entries())
    filled.session_path(NAMES[0]).write_bytes(content)
    report = await acts.undo()
    assert "not in the trash any more" in report.failures[0].reason


@pytest.mark.parametrize("name", ["move", "delete"])
async def test_an_undo_that_was_cut_short_is_gone_on_with(filled: StateStore, name: str) -> None:
    acts = Acts(filled)
    before = state_of(filled)
    await (acts.move(NAMES, "p2", "web") if name == "move" else acts.delete(NAMES))
    after = state_of(filled)
    for change in (await acts.history())[0].changes[2:]:
        undo.take_back(filled.base_path, change)
    report = await acts.undo()
    assert not report.failures
    assert sorted(report.done) == NAMES
    assert state_of(filled) == before
    for change in (await acts.history())[0].changes[:2]:
        undo.take_back(filled.base_path, change)
    report = await acts.redo()
    assert not report.failures
    assert state_of(filled) == after
    await acts.undo()
    assert state_of(filled) == before


_BATCH = """
import asyncio, sys
from pathlib import Path
from oxtui.store.acts import Acts
from oxtui.store.state_store import StateStore
store = StateStore(Path(sys.argv[1]))
names = sorted(path.stem for path in store.sessions_path.iterdir())
async def run():
    acts = Acts(store)
    print("ready", flush=True)
    for number in range(1000):
        await acts.move(names, f"p{number}", "web")
        await acts.delete(names)
        await acts.undo()
        await acts.pin(names, pinned=number % 2 == 0)
asyncio.run(run())
"""


def act_and_die(base: Path, after_s: float) -> None:
    """Acts in a process of its own until it is killed."""
    command = [sys.executable, "-c", _BATCH, str(base)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(after_s)
        process.send_signal(signal.SIGKILL)


async def test_whenever_it_is_killed_everything_can_be_taken_back(filled: StateStore) -> None:
    before = state_of(filled)
    chance = random.Random(4)
    for _ in range(KILLS):
        act_and_die(filled.base_path, chance.uniform(0.0, 0.2))
        present = {p.stem for p in filled.sessions_path.glob("*.json")}
        trashed = {entry.name for entry in filled.trash.entries()}
        assert sorted([*present, *trashed]) == NAMES
        acts = Acts(StateStore(filled.base_path))
        for _ in await acts.history():
            try:
                report = await acts.undo()
            except NotFoundError:
                break
            assert not report.failures
        now = {name: state for name, state in state_of(filled).items() if "tmp" not in name}
        assert now == before


# What the system refuses


async def test_what_the_system_refused_is_tried_again_by_the_next_undo(
    filled: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state_of(filled)
    acts = Acts(filled)
    await acts.move(NAMES[:3], "p2", "web")
    moved_state = state_of(filled)

    real = undo.take_back

    def refuse_b(
        base: Path, change: Change, noting: Noting[Change], *, made_elsewhere: bool
    ) -> Change:
        if change.name == "b":
            raise WriteFailedError("No space left on device.")
        return real(base, change, noting, made_elsewhere=made_elsewhere)

    with monkeypatch.context() as patched:
        patched.setattr(undo, "take_back", refuse_b)
        report = await acts.undo()
        assert sorted(report.done) == ["a", "c"]
        assert [failure.name for failure in report.failures] == ["b"]
    assert [act.label for act in await acts.history()] == [
        "Moved 1 session to web",
        "Moved 2 sessions to web",
    ]
    report = await Acts(filled).undo()
    assert report.done == ("b",)
    assert state_of(filled) == before
    with pytest.raises(NotFoundError):
        await acts.undo()
    with monkeypatch.context() as patched:
        patched.setattr(undo, "take_back", refuse_b)
        assert not (await acts.redo()).done
        assert not (await acts.redo()).done
    await acts.redo()
    await acts.redo()
    assert state_of(filled) == moved_state


async def test_an_undo_that_cannot_be_noted_is_done_and_says_so(
    filled: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state_of(filled)
    acts = Acts(filled)
    await acts.move(NAMES, "p2", "web")

    def full(*_: object) -> None:
        raise WriteFailedError("journal.jsonl was not written: No space left on device.")

    with monkeypatch.context() as patched:
        patched.setattr(JournalFile, "append", full)
        report = await acts.undo()
    assert sorted(report.done) == NAMES
    assert "No space left" in report.failures[0].reason
    assert state_of(filled) == before
    assert not (await acts.undo()).failures
    assert state_of(filled) == before


async def test_a_name_that_no_file_can_have_is_a_failure_like_others(filled: StateStore) -> None:
    acts = Acts(filled)
    long = SessionId("x" * 300)
    for report in (
        await acts.move([long, NAMES[0]], "p2", "web"),
        await acts.delete([long, NAMES[1]]),
    ):
        assert len(report.done) == 1
        assert [failure.name for failure in report.failures] == [long]
        assert "File name too long" in report.failures[0].reason


# What others wrote into the journal


NO_MARK = FileMark.of(b"", 0)
OUTSIDE: dict[str, Callable[[Path], Change]] = {
    "edit": lambda path: Edited(str(path), 0, b"x", b"", NO_MARK, NO_MARK),
    "edit above": lambda _: Edited("../outside.json", 0, b"x", b"", NO_MARK, NO_MARK),
    "trash": lambda path: Restored(str(path), "e", 1, None),
    "trash above": lambda _: Restored("sessions/../../outside.json", "e", 1, None),
    "entry": lambda _: Restored("sessions/a.json", "../../../outside", 1, None),
    "restore": lambda _: Trashed("../outside.json", "e", 1),
    "restored entry": lambda _: Trashed("sessions/new.json", "../..", 1),
}


@pytest.mark.parametrize("name", OUTSIDE)
async def test_nothing_leads_out_of_the_store(filled: StateStore, name: str) -> None:
    outside = filled.base_path.parent / "outside.json"
    outside.write_bytes(b"")
    os.utime(outside, ns=(0, 0))
    before = state_of(filled)
    journal_of(filled).begin("move", "x").note(OUTSIDE[name](outside))
    report = await Acts(filled).undo()
    assert not report.done
    assert report.failures
    assert (outside.read_bytes(), outside.stat().st_mtime_ns) == (b"", 0)
    assert state_of(filled) == before
    with pytest.raises(NotFoundError, match="nothing to undo"):
        await Acts(filled).undo()


LINKS: dict[str, tuple[str, str]] = {
    "a folder of the store": ("seeds", "seeds/evil.json"),
    "a folder of the trash": (".oxtui/trash/e/sessions", "sessions/evil.json"),
    "an entry": (".oxtui/trash/e", "sessions/evil.json"),
    "no session": ("sessions", "sessions/evil.desktop"),
}


@pytest.mark.parametrize("name", LINKS)
async def test_no_link_leads_out_of_the_store(store: StateStore, name: str) -> None:
    outside = store.base_path.parent / "outside"
    outside.mkdir()
    link, file = LINKS[name]
    trashed = store.base_path / ".oxtui/trash/e" / file
    if "trash" in link:
        (store.base_path / link).parent.mkdir(parents=True)
        (outside / file).parent.mkdir(exist_ok=True)
        for path in (outside / "evil.json", outside / file):
            path.write_text("theirs")
    else:
        trashed.parent.mkdir(parents=True)
        trashed.write_text("theirs")
    (store.base_path / link).symlink_to(outside)
    before = sorted(outside.rglob("*"))
    act = journal_of(store).begin("delete", "x")
    act.note(Trashed(file, "e", 6))
    ReversalMark.set(store.base_path, Unfinished(act.act_id, undone=True)).close()
    assert [told.startswith("Not undone") for told in recover(store.base_path)] == [True]
    assert (await Acts(store).restore([TrashEntry("e", file, 0, 6)])).failures
    assert sorted(outside.rglob("*")) == before


SECRET = b'[net]\ncommand = "evil"\n'


@pytest.mark.parametrize(
    ("folder", "why"), [("other", "not the configuration"), ("~", "no change of")]
)
async def test_only_settings_of_the_store_are_taken_back(
    store: StateStore, folder: str, why: str
) -> None:
    path = (oxios_home() if folder == "~" else store.base_path.parent / "other") / "config.toml"
    change = SettingsChange(str(path), FileMark(sha256(SECRET), 1), None, 0, SECRET, b"")
    act = journal_of(store).begin("config", "x")
    act.note(SettingsEdited(change))
    (failure,) = (await Acts(store).undo()).failures
    assert why in failure.reason
    assert not path.exists()


async def test_a_journal_that_is_a_link_is_not_followed(filled: StateStore) -> None:
    journal = journal_of(filled)
    outside = filled.base_path.parent / "outside"
    outside.write_text("")
    journal.path.symlink_to(outside)
    with pytest.raises(WriteFailedError, match="is a link"):
        await Acts(filled).move([NAMES[0]], "p2", "web")
    assert outside.read_text() == ""
    journal.path.unlink()
    os.mkfifo(journal.path)
    with pytest.raises(WriteFailedError, match="is a FIFO"):
        await Acts(filled).delete([NAMES[0]])


async def test_rubbish_in_the_journal_costs_nothing_but_itself(filled: StateStore) -> None:
    before = state_of(filled)
    acts = Acts(filled)
    path = journal_of(filled).path
    rubbish = [b"\n\xff\xfe{", b'\n{"type":"did","act_id":', b"\nnull\n[]\n5", b"\n" + b"[" * 9_999]
    for number, text in enumerate(rubbish):
        await acts.move(NAMES, f"p{number}", "web")
        with path.open("ab") as file:
            file.write(text)
    for _ in rubbish:
        assert not (await Acts(filled).undo()).failures
    assert state_of(filled) == before


async def test_two_lines_of_one_act_are_no_two_acts(filled: StateStore) -> None:
    await Acts(filled).delete(NAMES[:2])
    lines = journal_of(filled).path.read_bytes().split(b"\n")[1:]
    assert [json.loads(line)["type"] for line in lines] == ["began", "did", "did"]


# What passes


async def test_what_is_only_away_is_undone_when_it_is_back(filled: StateStore) -> None:
    before, acts = state_of(filled), Acts(filled)
    await acts.move(NAMES, "p2", "web")
    aside = filled.sessions_path.rename(filled.base_path / "aside")
    report = await acts.undo()
    assert not report.done
    assert len(report.failures) == len(NAMES)
    assert [act.state for act in await acts.history()] == ["done"]
    aside.rename(filled.sessions_path)
    assert not (await acts.undo()).failures
    assert state_of(filled) == before


async def test_a_session_that_is_gone_for_good_stands_in_nobodys_way(filled: StateStore) -> None:
    acts = Acts(filled)
    await acts.move(NAMES[:1], "p2", "web")
    await acts.move(NAMES[1:2], "p2", "web")
    filled.session_path(NAMES[1]).unlink()
    assert (await acts.undo()).failures
    assert (await acts.undo()).done == (NAMES[0],)


async def test_settings_of_a_store_that_was_moved_are_undone_when_it_is_back(
    filled: StateStore,
) -> None:
    config = filled.base_path / "config.toml"
    config.write_text("[session]\nmax_sessions = 5\n")
    await Acts(filled).configure(config, {"max_sessions": 7})
    moved = StateStore(filled.base_path.rename(filled.base_path.parent / "moved"))
    (failure,) = (await Acts(moved).undo()).failures
    assert "not the configuration that is in use here" in failure.reason
    assert [act.state for act in await Acts(moved).history()] == ["done"]
    moved.base_path.rename(filled.base_path)
    assert not (await Acts(filled).undo()).failures
    assert "max_sessions = 5" in config.read_text()
