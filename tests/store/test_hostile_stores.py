"""A store may come from anybody: no command on it, and no look at it, does anything outside it.

Nor is what came with it carried out, and nothing waits for what never comes. Each test runs all
commands and the application on a store of `hostile_stores`. With OXTUI_TEST_HOSTILE=1 every kind
of thing lies at every place once; else each kind, and each place, is tried at least once.
"""

import json
import os
import shutil
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests import hostile_stores as hostile
from tests.answering import HUNG, OPEN, RECOVER, Answer, Answering, answering
from tests.hostile_stores import (
    ENTRY,
    KINDS,
    LEAVES,
    PLACES,
    PROJECT,
    TOGETHER,
    World,
    differences,
    world,
)

THOROUGH: Final = bool(os.environ.get("OXTUI_TEST_HOSTILE"))

LOOKS: Final = (
    ("list",),
    ("show", "one"),
    ("show", "x"),
    ("search", "hello"),
    ("check",),
    ("history",),
    ("trash", "list"),
    ("projects",),
    ("config", "get"),
    ("export", "one"),
    (OPEN,),
)
"""What changes nothing at all."""

MOVE: Final = ("move", "one", "two", "--project", PROJECT)
ACTS: Final = (
    ("undo",),
    ("redo",),
    ("export", "one", "-o", "{exports}/one.md"),
    ("export", "x", "-o", "{exports}/x.json"),
    MOVE,
    ("move", "one", "two", "--unfiled"),
    ("rename", "one", "Another"),
    ("rename", "x", "Another"),
    ("projects", "add", "new"),
    ("projects", "rename", "api", "other"),
    ("config", "set", "max_sessions", "5"),
    ("undo",),
    ("undo",),
    ("redo",),
    ("delete", "two", "x"),
    ("undo",),
    ("trash", "restore", "gone"),
    ("prune", "--max-sessions", "1", "--yes"),
    (OPEN if THOROUGH else RECOVER,),
    ("check",),
    ("list",),
)
ENDING: Final = (
    ("trash", "empty", "--yes"),
    ("history",),
    *[("undo",)] * 8,
)
UNDO_ELSEWHERE: Final = ("undo", "--made-elsewhere", "--yes")

Command = Sequence[str]


@pytest.fixture(scope="module")
def run() -> Generator[Answering]:
    """Runs commands, each in a process of its own."""
    with answering() as run:
        yield run


@pytest.fixture
def made() -> Generator[World]:
    """A world in which nothing is hostile yet."""
    with world() as made:
        yield made


class Trial:
    """Commands on a store, and what was wrong with what they did.

    Attributes:
        wrong: A line for each thing.
        hung: Whether a command did not end; no other is run then.
    """

    def __init__(self, run: Answering, made: World, *, base: Path | None = None) -> None:
        """Prepares to run commands on a store, which is `base` if another path is to lead there."""
        self._run = run
        self._made = made
        self._base = base or made.base
        self.wrong: list[str] = []
        self.hung = False

    def look(self, *commands: Command) -> None:
        """Runs commands that must change nothing, be it outside the store or in it."""
        before = {**self._made.outside(), **self._made.inside()}
        for command in commands:
            self.answer(command)
            after = {**self._made.outside(), **self._made.inside()}
            self._compare(command, before, after)
            before = after

    def act(self, *commands: Command, sessions_are_linked: bool = False) -> None:
        """Runs commands that must change nothing outside the store."""
        before = self._made.outside(sessions_are_linked=sessions_are_linked)
        for command in commands:
            self.answer(command)
            after = self._made.outside(sessions_are_linked=sessions_are_linked)
            self._compare(command, before, after)
            before = after

    def answer(self, command: Command) -> Answer:
        """Runs a command, which has to end and to say in words what is wrong."""
        if self.hung:
            return Answer(HUNG, "", "")
        exports = str(self._made.root / "exports")
        arguments = [each.format(exports=exports) for each in command]
        answer = self._run(
            self._base, *arguments, env=self._made.env, as_nobody=self._made.wants_nobody
        )
        if answer.code == HUNG:
            self.hung = True
            self._note(command, "never ended")
        elif answer.code not in (0, 1, 2) or "Traceback" in answer.said:
            self._note(command, f"{answer.code} {answer.said[-700:]}")
        return answer

    def refuse(self, command: Command) -> None:
        """Runs a command that has to be refused, in one message."""
        before = _files_in(self._made.base / "sessions")
        answer = self.answer(command)
        if answer.code == 0:
            self._note(command, "was not refused")
        if len(answer.said.splitlines()) != 1:
            self._note(command, f"said not one line, but {answer.said!r}")
        self._compare(command, before, _files_in(self._made.base / "sessions"))

    def _compare(self, command: Command, before: hostile.Snapshot, after: hostile.Snapshot) -> None:
        for line in differences(before, after):
            self._note(command, line)

    def _note(self, command: Command, what: str) -> None:
        self.wrong.append(f"{' '.join(command)}: {what}")


def _files_in(folder: Path) -> hostile.Snapshot:
    return hostile.snapshot(folder.iterdir(), (), ())


# Every kind of thing at every place


class Case(NamedTuple):
    """Something hostile at some places of a store."""

    name: str
    kind: str
    places: tuple[hostile.Place, ...]


def _cases() -> Iterable[Case]:
    groups: list[tuple[tuple[hostile.Place, ...], list[str]]]
    if THOROUGH:
        groups = [((place,), list(KINDS)) for place in PLACES]
    else:
        groups = [(LEAVES, list(KINDS))]
        for number, places in enumerate(TOGETHER):
            kinds = [kind for kind in KINDS if KINDS[kind].suits(places[0])]
            other = 1 + number * 5 % (len(kinds) - 1)
            groups.append((places, [kinds[0], kinds[other]]))
    for places, kinds in groups:
        for kind in kinds:
            if suited := tuple(place for place in places if KINDS[kind].suits(place)):
                name = "leaves" if places is LEAVES else " and ".join(each.path for each in places)
                # Folders that deep take their time to be made and removed.
                at = suited[:2] if kind == "deep folder" else suited
                yield Case(f"{name}: {kind}", kind, at)


_NEEDED: Final = (hostile.OWN, hostile.LOCK, hostile.ID, hostile.JOURNAL)
"""What every act needs."""


@pytest.mark.parametrize("case", sorted(_cases()), ids=lambda case: case.name)
def test_whatever_lies_there_nothing_happens_outside(
    case: Case, made: World, run: Answering
) -> None:
    hostile.put(made, case.kind, *case.places)
    trial = Trial(run, made)
    trial.look(*LOOKS)
    if case.kind in hostile.REFUSED and set(case.places) & set(_NEEDED):
        trial.refuse(MOVE)
        trial.refuse(("delete", "one", "two"))
        trial.refuse(("prune", "--max-sessions", "1", "--yes"))
    linked = hostile.SESSIONS in case.places and case.kind in ("relative link", "absolute link")
    trial.act(*ACTS, UNDO_ELSEWHERE, *ENDING, sessions_are_linked=linked)
    assert not trial.wrong, "\n".join(trial.wrong)


def test_a_store_that_is_reached_by_a_link_is_as_any_other(made: World, run: Answering) -> None:
    link = made.root / "link"
    link.symlink_to("store")
    trial = Trial(run, made, base=link)
    trial.look(*LOOKS)
    trial.act(*ACTS, *ENDING)
    assert not trial.wrong, "\n".join(trial.wrong)


def test_sessions_that_are_a_link_stay_usable(made: World, run: Answering) -> None:
    hostile.put(made, "relative link", hostile.SESSIONS)
    trial = Trial(run, made)
    for command in (("rename", "one", "Mine"), ("delete", "two"), ("undo",), MOVE):
        assert trial.answer(command).code == 0, command
    assert (
        json.loads((made.victim / "sessions/one.json").read_text())["metadata"]["title"] == "Mine"
    )
    assert (made.victim / "sessions/two.json").exists()
    assert not trial.wrong, "\n".join(trial.wrong)


def test_a_link_in_the_trash_is_not_followed_after_a_crash(made: World, run: Answering) -> None:
    entry = made.base / ".oxtui/trash" / ENTRY
    shutil.rmtree(entry)
    entry.symlink_to("../../../victim/work")
    (made.base / "src").symlink_to("../victim/work/src")
    trial = Trial(run, made)
    trial.look((OPEN,), ("list",))
    trial.act(("rename", "one", "Another"), (OPEN,), ("rename", "one", "Other"), *ACTS, *ENDING)
    assert not trial.wrong, "\n".join(trial.wrong)


def test_the_trash_is_emptied_in_the_store_only(made: World, run: Answering) -> None:
    """An entry whose file would be outside has neither temp files nor saved ones of its own."""
    (made.base / "src").symlink_to("../victim")
    entry = made.base / ".oxtui/trash" / ENTRY
    for name in ("file.json", "text"):
        (made.victim / name).unlink()
        (entry / "src").mkdir(exist_ok=True)
        (entry / "src" / name).write_text("gone")
    trial = Trial(run, made)
    trial.act(("trash", "empty", "--yes"))
    assert not trial.wrong, "\n".join(trial.wrong)
    assert not entry.exists()


# Databases


def _view(made: World) -> None:
    endless = "WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c)"
    hostile.put_schema(
        made.base, f"CREATE VIEW projects AS {endless} SELECT id, 'x' AS name, '' AS emoji FROM c"
    )


def _generated(made: World) -> None:
    large = "'x' || hex(zeroblob(400000000))"
    hostile.put_schema(
        made.base,
        f"CREATE TABLE projects (id PRIMARY KEY, emoji, name AS ({large}))",
        "INSERT INTO projects VALUES ('p', '')",
    )


def _trigger(made: World) -> None:
    hostile.make_database(made.base / "kernel.db", wal=False)
    count = "SELECT count(*) FROM c"
    endless = f"WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c) {count}"
    hostile.put_schema(
        made.base,
        *(
            f"CREATE TRIGGER {when}_t AFTER {when} ON projects BEGIN "
            f"INSERT INTO projects(id) SELECT * FROM ({endless}); END"
            for when in ("INSERT", "UPDATE", "DELETE")
        ),
    )


def _hot_journal(made: World) -> None:
    hostile.put_hot_journal(made.base, made.victim / "text")


def _virtual(made: World) -> None:
    hostile.put_schema(made.base, "CREATE VIRTUAL TABLE projects USING fts5(id, name, emoji)")


@pytest.mark.parametrize("put", [_view, _generated, _trigger, _hot_journal, _virtual])
def test_a_database_can_do_nothing(
    put: Callable[[World], None], made: World, run: Answering
) -> None:
    put(made)
    trial = Trial(run, made)
    trial.look(*LOOKS)
    trial.act(*ACTS, *ENDING)
    assert not trial.wrong, "\n".join(trial.wrong)


# Journals


def _no_proof(made: World, changes: Mapping[str, Mapping[str, object]]) -> None:
    (made.base / ".oxtui/journal.jsonl").write_text(hostile.journal(changes))


def _proof_made_up(made: World, changes: Mapping[str, Mapping[str, object]]) -> None:
    text = hostile.journal(changes, "0123456789abcdef" * 4)
    (made.base / ".oxtui/journal.jsonl").write_text(text)
    turning = '{"act_id":"forged-trashed","undone":true,"proof":"' + "0" * 64 + '"}'
    (made.base / ".oxtui/turning").write_text(turning)


FORGED: Final = (
    "sessions/forged.json", "sessions/stays.json", "sessions/back.json", f"projects/{PROJECT}.json",
    "config.toml", f".oxtui/trash/{ENTRY}/sessions/back.json",
)  # fmt: skip


def _about_forged(made: World) -> list[bytes | None]:
    paths = (made.base / each for each in FORGED)
    return [path.read_bytes() if path.exists() else None for path in paths]


@pytest.mark.parametrize("write", [_no_proof, _proof_made_up])
def test_what_nobody_proves_is_not_carried_out(
    write: Callable[[World, Mapping[str, Mapping[str, object]]], None],
    made: World,
    run: Answering,
) -> None:
    changes = hostile.forged_changes(made)
    write(made, changes)
    before = _about_forged(made)
    trial = Trial(run, made)
    trial.look(*LOOKS)
    others = [each for each in ACTS if each[0] not in ("projects", "config", "prune")]
    trial.act(*others, *[("undo",)] * 8, *[("redo",)] * 8, (OPEN,))
    assert _about_forged(made) == before
    history = json.loads(trial.answer(("history", "--json")).out)
    forged = [act for act in history if act["label"].startswith("Forged")]
    assert len(forged) == len(changes)
    assert all(act["made_elsewhere"] and not act["undone"] for act in forged)
    for _ in changes:
        trial.act(UNDO_ELSEWHERE)
    after = _about_forged(made)
    assert all(old != new for old, new in zip(before, after, strict=True)), after
    assert not trial.wrong, "\n".join(trial.wrong)


def test_what_leads_outside_is_not_carried_out_even_if_asked_for(
    made: World, run: Answering
) -> None:
    changes = hostile.outward_changes(made)
    trial = Trial(run, made)
    for name, change in changes.items():
        _no_proof(made, {name: change})
        trial.act(("undo",), UNDO_ELSEWHERE)
    (made.base / "config.toml").unlink()  # so that it is another one's
    for path in (None, made.victim / "config.toml"):
        if path:
            (made.base / "config.toml").symlink_to(path)
        for name in ("settings of the home", "settings of the victim"):
            _no_proof(made, {name: changes[name]})
            trial.act(("undo",), UNDO_ELSEWHERE)
    shutil.rmtree(made.base / "sessions")
    (made.base / "sessions").symlink_to("../victim/sessions")
    one = (made.victim / "sessions/one.json").read_bytes()
    _no_proof(made, {"x": hostile.edited("sessions/one.json", one, b"Hello", b"Theirs")})
    trial.act(("undo",), UNDO_ELSEWHERE)
    shutil.rmtree(made.base / "projects")
    (made.base / "kernel.db").unlink()
    (made.base / "projects").symlink_to("../victim/projects")
    text = (made.victim / "projects" / f"{PROJECT}.json").read_text()
    _no_proof(
        made, {"x": hostile.project_edited(PROJECT, "projects", text, text.replace("api", "no"))}
    )
    trial.act(("undo",), UNDO_ELSEWHERE)
    assert not trial.wrong, "\n".join(trial.wrong)


def test_what_lacks_something_is_said_to_be_wrong(made: World, run: Answering) -> None:
    hostile.make_database(made.base / "kernel.db", wal=False)
    trial = Trial(run, made)
    for name, change in hostile.incomplete_changes().items():
        _no_proof(made, {name: change})
        trial.look(("history",))
        trial.act(("undo",), UNDO_ELSEWHERE)
    assert not trial.wrong, "\n".join(trial.wrong)


def _whole(mine: Path, copy: Path) -> None:
    shutil.copytree(mine / ".oxtui", copy / ".oxtui")


def _journal_and_id(mine: Path, copy: Path) -> None:
    (copy / ".oxtui").mkdir(mode=0o700)
    for name in ("id", "journal.jsonl"):
        shutil.copy(mine / ".oxtui" / name, copy / ".oxtui")
    (copy / ".oxtui/lock").write_text("1")


def _journal_only(mine: Path, copy: Path) -> None:
    (copy / ".oxtui").mkdir(mode=0o700)
    shutil.copytree(mine / ".oxtui/trash", copy / ".oxtui/trash")
    shutil.copy(mine / ".oxtui/journal.jsonl", copy / ".oxtui")


def _with_a_mark(mine: Path, copy: Path) -> None:
    _whole(mine, copy)
    (copy / ".oxtui/lock").write_text("1")
    lines = (mine / ".oxtui/journal.jsonl").read_bytes().split()
    turned = [line for line in lines if line.startswith(b'{"type":"turned"')]
    (copy / ".oxtui/turning").write_bytes(turned[-1])


@pytest.mark.parametrize("take", [_whole, _journal_and_id, _journal_only, _with_a_mark])
def test_proofs_from_another_store_prove_nothing(
    take: Callable[[Path, Path], None], made: World, run: Answering
) -> None:
    mine = made.home / "mine"
    shutil.copytree(made.base, mine)
    shutil.rmtree(mine / ".oxtui")
    own = [
        ("rename", "one", "Mine"),
        ("delete", "two"),
        ("projects", "rename", "api", "mine"),
        ("config", "set", "max_sessions", "5"),
        ("rename", "x", "Mine"),
        ("undo",),
    ]
    for command in own:
        assert run(mine, *command, env=made.env).code == 0
    shutil.rmtree(made.base)
    shutil.copytree(mine, made.base, ignore=shutil.ignore_patterns(".oxtui"))
    take(mine, made.base)
    config = (made.base / "config.toml").read_bytes()
    files = ("sessions/one.json", "sessions/x.json", f"projects/{PROJECT}.json")
    before = [(made.base / each).read_bytes() for each in files]
    trial = Trial(run, made)
    trial.look(("history",), ("list",), (OPEN,))
    trial.act(("undo",), ("redo",), (OPEN,))
    write = ("move", "stranger", "--unfiled")
    hostile.write_session(made.base / "sessions/stranger.json")
    for command in (write, ("rename", "stranger", "x"), ("undo",), ("undo",), ("redo",), ("redo",)):
        trial.act(command)
    assert [(made.base / each).read_bytes() for each in files] == before
    assert (made.base / "config.toml").read_bytes() == config
    assert not (made.base / "sessions/two.json").exists()
    history = json.loads(trial.answer(("history", "--json")).out)
    copied = [act for act in history if "stranger" not in act["sessions"]]
    assert len(copied) == len(own) - 1
    assert all(act["made_elsewhere"] for act in copied)
    trial.act(*[UNDO_ELSEWHERE] * len(own))
    assert not trial.wrong, "\n".join(trial.wrong)


def test_temp_files_that_came_with_a_store_are_never_put_in_place(
    made: World, run: Answering
) -> None:
    """Not even once the user has changed something there, which makes the store their own."""
    there = hostile.write_session(made.base / "sessions/forged.json", pinned=True, title="Mine")
    theirs = there.replace(b"Mine", b"Theirs")
    sessions = made.base / "sessions"
    (sessions / hostile.temp_name("forged.json", b"something", there)).write_bytes(theirs)
    removed = hostile.temp_name("removed.json", theirs, b"").replace("-8000-", "-8123-")
    (sessions / removed).write_bytes(theirs)
    trial = Trial(run, made)
    trial.look(*LOOKS)
    trial.act(("rename", "one", "Another"), ("rename", "one", "Other"), (OPEN,), ("list",))
    assert (sessions / "forged.json").read_bytes() == there
    assert not (sessions / "removed.json").exists()
    assert not trial.wrong, "\n".join(trial.wrong)


def _deep_line(path: Path) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    path.write_text(f'{{"type":"did","act_id":"a","x":{deep}}}\n{deep}\n')


def _sparse_lines(path: Path) -> None:
    with path.open("wb") as file:
        for number in range(1_600):
            file.seek(number * (60 << 20))
            file.write(b"\n")


def _not_utf8(path: Path) -> None:
    line = b'{"type":"began","act_id":"\xff","at":"","kind":"move","template":"\\ud800 %n"}\n'
    path.write_bytes(line.replace(b"\xff", b"a") + line)


@pytest.mark.parametrize("write", [_deep_line, _sparse_lines, _not_utf8])
def test_a_journal_of_anything_is_read_or_refused(
    write: Callable[[Path], None], made: World, run: Answering
) -> None:
    write(made.base / ".oxtui/journal.jsonl")
    trial = Trial(run, made)
    trial.look(("history",), ("list",), (OPEN,))
    trial.act(("undo",), ("rename", "one", "Another"), ("undo",), UNDO_ELSEWHERE, *ENDING[:2])
    assert not trial.wrong, "\n".join(trial.wrong)
