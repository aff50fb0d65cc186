"""What was done is known after a restart, whatever happened to the journal's last line."""

from pathlib import Path

import pytest

from oxtui.errors import ChangedError, NotFoundError, UnreadableError, WriteFailedError
from oxtui.store import regular_files
from oxtui.store.changes import Edited, Restored, Trashed
from oxtui.store.journal import Journal
from oxtui.store.regular_files import FileState
from oxtui.store.stretches import FileMark


@pytest.fixture
def base(tmp_path: Path) -> Path:
    made = tmp_path / "store"
    made.mkdir()
    return made


def trashed(name: str) -> Trashed:
    return Trashed(f"sessions/{name}.json", f"entry-{name}", 3)


def noted(base: Path, *names: str, template: str = "Moved %n to the trash") -> str:
    act = Journal(base).begin("delete", template)
    for name in names:
        act.note(trashed(name))
    return act.act_id


def test_acts_are_there_for_another_instance_the_last_one_first(base: Path) -> None:
    assert Journal(base).history() == []
    first = noted(base, "a")
    second = noted(base, "b", "c")
    acts = Journal(base).history()
    assert [act.act_id for act in acts] == [second, first]
    assert [act.label for act in acts] == [
        "Moved 2 sessions to the trash",
        "Moved 1 session to the trash",
    ]
    assert acts[0].changes == [trashed("b"), trashed("c")]
    assert not acts[0].undone


def test_every_kind_of_change_is_read_as_it_was_written(base: Path) -> None:
    changes = [
        Edited("sessions/한.json", 3, b"\xff\x00", b"", FileMark("aa", 1), FileMark("bb", -2)),
        trashed("a\nb"),
        Restored("sessions/a.json", "entry-a", 3, FileMark("aa", 1)),
        Restored("sessions/a.json", "entry-a", 3, None),
    ]
    act = Journal(base).begin("move", "Moved %n")
    for change in changes:
        act.note(change)
    assert Journal(base).history()[0].changes == changes


def test_an_act_that_changed_nothing_is_none(base: Path) -> None:
    noted(base)
    assert not Journal(base).path.exists()
    act = Journal(base).begin("delete", "Moved %n to the trash")
    with pytest.raises(ChangedError), act.noting(trashed("a")):
        raise ChangedError("x")
    assert act.changes == []
    assert Journal(base).history() == []
    with pytest.raises(NotFoundError, match="nothing to undo"):
        Journal(base).to_undo()


def test_what_was_noted_and_could_not_be_done_is_void(base: Path) -> None:
    act = Journal(base).begin("delete", "Moved %n to the trash")
    with act.noting(trashed("a")):
        pass
    with pytest.raises(OSError, match="full"), act.noting(trashed("b")):
        raise OSError("full")
    with act.noting(trashed("c")):
        pass
    assert Journal(base).history()[0].changes == act.changes == [trashed("a"), trashed("c")]


def test_a_change_is_known_before_it_is_done(base: Path) -> None:
    with Journal(base).begin("delete", "Moved %n to the trash").noting(trashed("a")):
        assert Journal(base).to_undo().changes == [trashed("a")]


def test_undo_goes_back_and_redo_forward(base: Path) -> None:
    first, second = noted(base, "a"), noted(base, "b")
    journal = Journal(base)
    with pytest.raises(NotFoundError, match="nothing to redo"):
        journal.to_redo()
    assert journal.to_undo().act_id == second
    journal.note_reversal(second, undone=True, changes=[trashed("b2")])
    assert journal.to_undo().act_id == first
    assert journal.to_redo().changes == [trashed("b2")]
    journal.note_reversal(first, undone=True, changes=[trashed("a2")])
    assert journal.to_redo().act_id == first
    journal.note_reversal(first, undone=False, changes=[trashed("a3")])
    assert journal.to_redo().act_id == second
    assert journal.to_undo().changes == [trashed("a3")]


def test_after_a_new_act_there_is_nothing_to_redo(base: Path) -> None:
    first = noted(base, "a")
    Journal(base).note_reversal(first, undone=True, changes=[trashed("a")])
    third = noted(base, "c")
    with pytest.raises(NotFoundError):
        Journal(base).to_redo()
    Journal(base).note_reversal(third, undone=True, changes=[trashed("c")])
    assert Journal(base).to_redo().act_id == third
    Journal(base).note_reversal(third, undone=False, changes=[trashed("c")])
    with pytest.raises(NotFoundError):
        Journal(base).to_redo()


def test_an_act_that_was_given_up_stands_in_nobodys_way(base: Path) -> None:
    first, second = noted(base, "a"), noted(base, "b")
    journal = Journal(base)
    journal.note_reversal(second, undone=True, changes=[])
    assert journal.to_undo().act_id == first
    assert journal.history()[0].given_up
    assert journal.history()[0].label == "Moved 1 session to the trash"
    journal.note_reversal(first, undone=True, changes=[trashed("a")])
    assert journal.to_redo().act_id == first


def test_what_is_still_to_be_turned_is_the_next_to_be_undone_or_redone(base: Path) -> None:
    act_id = noted(base, "a", "b")
    journal = Journal(base)
    journal.note_reversal(act_id, undone=True, changes=[trashed("b2")], rest=[trashed("a")])
    rest = journal.to_undo()
    assert (rest.changes, rest.undone, rest.kind) == ([trashed("a")], False, "delete")
    journal.note_reversal(rest.act_id, undone=True, changes=[trashed("a2")])
    journal.note_reversal(act_id, undone=False, changes=[trashed("b3")])
    assert journal.to_redo().changes == [trashed("a2")]
    journal.note_reversal(rest.act_id, undone=False, changes=[trashed("x")], rest=[trashed("y")])
    assert journal.to_redo().changes == [trashed("y")]


def test_a_line_that_was_cut_off_costs_nothing_but_itself(base: Path) -> None:
    noted(base, "a", "b")
    path = Journal(base).path
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        names = [
            change.entry_id
            for act in Journal(base).history()
            for change in act.changes
            if isinstance(change, Trashed)
        ]
        assert names == ["entry-a", "entry-b"][: len(names)]
        act_id = noted(base, "c")
        assert Journal(base).history()[0].act_id == act_id


def test_lines_of_another_version_and_rubbish_are_passed_over(base: Path) -> None:
    first = noted(base, "a")
    with Journal(base).path.open("ab") as file:
        file.write(b'\n{"type":"later","x":1}\n\xff\xfe\n[]\n{"type":"did","act_id":"?"}\n')
        file.write(b'{"type":"turned","act_id":"unknown","at":"","undone":true,"changes":[]}')
    second = noted(base, "b")
    assert [act.act_id for act in Journal(base).history()] == [second, first]


def test_names_of_projects_are_not_counted(base: Path) -> None:
    Journal(base).begin("project", "Added the project 100%night").note(trashed("x"))
    assert Journal(base).history()[0].label == "Added the project 100%night"
    noted(base, "a", template="Moved %n to 100%night")
    assert Journal(base).history()[0].label == "Moved 1 session to 100%night"


def test_a_journal_that_is_no_file_is_a_clear_error(base: Path) -> None:
    Journal(base).path.mkdir(parents=True)
    with pytest.raises(UnreadableError, match="there is a folder, none of oxtui's"):
        Journal(base).history()
    with pytest.raises(WriteFailedError, match=r"journal\.jsonl was not written"):
        Journal(base).begin("move", "Moved %n").note(trashed("a"))


def test_a_journal_is_read_however_large_it_grew(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted(base, *map(str, range(10)))
    monkeypatch.setattr(regular_files, "LARGEST", 400)
    (act,) = Journal(base).history()
    assert len(act.changes) == 10
    assert Journal(base).last_noted() == (act.act_id, trashed("9"))


def state(content: bytes) -> FileState:
    return FileState(content, 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b""),
        (b"", b"a"),
        (b"a", b""),
        (b"abc", b"abc"),
        (b"aaaa", b"aa"),
        (b"aa", b"aaaa"),
        (b"abcdef", b"abXdef"),
        (b"x" * 300_000 + b"old" + b"y" * 300_000, b"x" * 300_000 + b"newer" + b"y" * 300_000),
        (b"x" * 65_536, b"x" * 65_537),
    ],
)
def test_an_edit_holds_what_it_takes_to_take_it_back_and_no_more(
    before: bytes, after: bytes
) -> None:
    edited = Edited.between("f", state(before), state(after))
    assert edited.taken_back(after) == before
    assert len(edited.removed) + len(edited.inserted) <= max(8, abs(len(before) - len(after)))
