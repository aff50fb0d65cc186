"""What a user does to a store: each act on many sessions at once, noted so it can be taken back.

An act goes on when it fails for one of its sessions, and reports what was done and what was not.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from oxtui.errors import (
    ChangedError,
    InvalidValueError,
    NotFoundError,
    OxtuiError,
    ReadOnlyError,
    WriteFailedError,
)
from oxtui.store.changes import Change, Edited, ProjectEdited, Restored, SettingsEdited, Trashed
from oxtui.store.journal import Act, ActKind, Journal, labelled
from oxtui.store.locking import store_lock
from oxtui.store.models import PIN_KEY, Session, SessionId
from oxtui.store.names import is_utf8
from oxtui.store.projects.catalog import ProjectChange, add_project, rename_project
from oxtui.store.prune import PruneRow
from oxtui.store.session_files import SessionChange
from oxtui.store.settings import SettingsChange, SettingsValue, write_settings
from oxtui.store.state_store import SESSIONS, StateStore
from oxtui.store.trash import TrashEntry
from oxtui.store.undo import name_of, restore, take_back

_Name = TypeVar("_Name", bound=str)


class Failure(msgspec.Struct, frozen=True):
    """Something that an act was not done to, and why."""

    name: str
    reason: str


class ActReport(msgspec.Struct, frozen=True):
    """What an act did.

    Attributes:
        label: What it did, for the user; counts only what was done.
        done: What it was done to: ids of sessions, or names.
        failures: What it was not done to.
        size: Bytes that were moved to the trash or back.
    """

    label: str
    done: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    size: int = 0


Progress = Callable[[int, int], None]


class Acts:
    """The acts of a user on one store, one after the other.

    Every method that takes sessions raises `ReadOnlyError` when nothing may be written; everything
    else that goes wrong is in the report.
    """

    def __init__(self, store: StateStore, progress: Progress | None = None) -> None:
        """Prepares to act.

        Args:
            store: On what.
            progress: Called after each session of an act, with how many are done and of how many.
        """
        self._store = store
        self._journal = Journal(store.base_path)
        self._progress = progress
        self._one_at_a_time = asyncio.Lock()

    async def move(
        self, session_ids: Iterable[SessionId], project_id: str | None, name: str
    ) -> ActReport:
        """Moves sessions to a project, or out of any; `name` is the project's, for the report."""

        def change(session: Session) -> None:
            if session.project != project_id:
                session.move_to_project(project_id)

        return await self._edit("move", f"Moved %n to {name}", session_ids, change)

    async def rename(self, session_id: SessionId, title: str) -> ActReport:
        """Gives a session a title; an empty one gives it back the title of its first message.

        Raises:
            InvalidValueError: The title can't be written, since it is not UTF-8.
        """
        if not is_utf8(title):
            raise InvalidValueError("The title is not UTF-8, and was not written.")

        def change(session: Session) -> None:
            if title:
                session.metadata["title"] = title
            else:
                session.metadata.pop("title", None)

        template = f"Renamed %n to “{title}”" if title else "Took back the title of %n"
        return await self._edit("rename", template, [session_id], change)

    async def pin(self, session_ids: Iterable[SessionId], *, pinned: bool) -> ActReport:
        """Keeps sessions from oxtui's prune, or no longer."""

        def change(session: Session) -> None:
            if pinned:
                session.metadata[PIN_KEY] = True
            else:
                session.metadata.pop(PIN_KEY, None)

        return await self._edit(
            "pin", "Pinned %n" if pinned else "Unpinned %n", session_ids, change
        )

    async def delete(self, session_ids: Iterable[SessionId]) -> ActReport:
        """Moves sessions to the trash."""

        async def one(session_id: SessionId) -> Change:
            return _trashed(await self._store.trash_session(session_id))

        return await self._each("delete", "Moved %n to the trash", list(session_ids), one)

    async def prune(self, rows: Iterable[PruneRow]) -> ActReport:
        """Moves exactly these sessions to the trash, each in the state in which it was shown."""
        shown = {row.session_id: row.entry.identity for row in rows}

        async def one(session_id: SessionId) -> Change:
            return _trashed(await self._store.trash_session(session_id, shown[session_id]))

        return await self._each("prune", "Pruned %n", list(shown), one)

    async def restore(self, entries: Iterable[TrashEntry]) -> ActReport:
        """Moves files from the trash to where they were."""
        wanted = {entry.entry_id: entry for entry in entries}

        async def one(entry_id: str) -> Change:
            return await asyncio.to_thread(self._restore, wanted[entry_id])

        return await self._each("restore", "Restored %n", list(wanted), one)

    async def empty_trash(self, entries: Iterable[TrashEntry]) -> int:
        """Destroys entries of the trash for good; returns how many files are gone.

        Raises:
            ReadOnlyError: Nothing may be written.
            WriteFailedError: The system refused.
        """
        self._check_writable()
        going = list(entries)

        def empty() -> int:
            with store_lock(self._store.base_path):
                return self._store.trash.empty(going)

        return await asyncio.to_thread(empty)

    async def add_project(self, name: str, icon: str = "") -> ProjectChange:
        """Adds a project.

        Raises:
            OxtuiError: It was not added; the message says why.
        """
        return await self._project(f"Added the project {name}", add_project, name, icon)

    async def rename_project(self, project_id: str, name: str) -> ProjectChange:
        """Gives a project another name.

        Raises:
            OxtuiError: It was not renamed; the message says why.
        """
        template = f"Renamed a project to {name}"
        return await self._project(template, rename_project, project_id, name)

    async def configure(self, config: Path, values: SettingsValue) -> SettingsChange:
        """Changes settings in config.toml.

        Raises:
            OxtuiError: They were not changed; the message says why.
        """
        self._check_writable()
        async with self._one_at_a_time:
            change = await asyncio.to_thread(write_settings, config, values)
            if not change.is_empty:
                await self._note(
                    "config", "Changed settings in config.toml", SettingsEdited(change)
                )
        return change

    async def history(self) -> list[Act]:
        """All acts, the last one first."""
        return await asyncio.to_thread(self._journal.history)

    async def undo(self) -> ActReport:
        """Takes back the last act that is not taken back yet.

        Raises:
            NotFoundError: There is none.
        """
        self._check_writable()
        async with self._one_at_a_time:
            return await self._turn(await asyncio.to_thread(self._journal.to_undo), undone=True)

    async def redo(self) -> ActReport:
        """Does again what was taken back last, if nothing else was done since.

        Raises:
            NotFoundError: There is nothing like that.
        """
        self._check_writable()
        async with self._one_at_a_time:
            return await self._turn(await asyncio.to_thread(self._journal.to_redo), undone=False)

    async def _turn(self, act: Act, *, undone: bool) -> ActReport:
        done: list[Change] = []
        failures: list[Failure] = []
        for_good = True
        for number, change in enumerate(reversed(act.changes), 1):
            try:
                done.append(await asyncio.to_thread(take_back, self._store.base_path, change))
            except OxtuiError as error:
                failures.append(Failure(name_of(change), error.message))
                for_good &= isinstance(error, ChangedError | NotFoundError)
            if self._progress:
                self._progress(number, len(act.changes))
        if done:
            await asyncio.to_thread(self._journal.turn, act.act_id, undone=undone, changes=done)
        elif for_good:
            # It would stand in the way of all that was done before it.
            await asyncio.to_thread(self._journal.give_up, act.act_id, undone=undone)
        label = f"{_turned(undone, done)}: {act.label_for(len(done) or len(act.changes))}"
        size = sum(map(_size, done))
        return ActReport(label, tuple(map(name_of, done)), tuple(failures), size)

    async def _edit(
        self,
        kind: ActKind,
        template: str,
        session_ids: Iterable[SessionId],
        change: SessionChange,
    ) -> ActReport:
        async def one(session_id: SessionId) -> Change | None:
            edit = await self._store.edit_session(session_id, change)
            if edit is None:
                raise NotFoundError(f"Session {session_id} is not there.")
            if edit.after is edit.before:
                return None
            return Edited.between(f"{SESSIONS}/{session_id}.json", edit.before, edit.after)

        return await self._each(kind, template, list(session_ids), one)

    async def _each(
        self,
        kind: ActKind,
        template: str,
        names: list[_Name],
        one: Callable[[_Name], Awaitable[Change | None]],
    ) -> ActReport:
        """Does something to each of `names`; what was done already counts as done."""
        self._check_writable()
        async with self._one_at_a_time:
            return await self._each_in_turn(kind, template, list(dict.fromkeys(names)), one)

    async def _each_in_turn(
        self,
        kind: ActKind,
        template: str,
        names: list[_Name],
        one: Callable[[_Name], Awaitable[Change | None]],
    ) -> ActReport:
        act_id: str | None = None
        done: list[str] = []
        failures: list[Failure] = []
        moved = 0
        for number, name in enumerate(names, 1):
            try:
                change = await one(name)
            except OxtuiError as error:
                failures.append(Failure(name, error.message))
                change = None
            else:
                done.append(name)
            if change is not None:
                moved += _size(change)
                try:
                    act_id = act_id or await asyncio.to_thread(self._journal.begin, kind, template)
                    await asyncio.to_thread(self._journal.note, act_id, change)
                except WriteFailedError as error:
                    failures.append(Failure(name, f"{error.message} It was done, for good."))
            if self._progress:
                self._progress(number, len(names))
        return ActReport(labelled(template, len(done)), tuple(done), tuple(failures), moved)

    async def _project(
        self, template: str, act: Callable[[Path, str, str], ProjectChange], one: str, other: str
    ) -> ProjectChange:
        self._check_writable()
        async with self._one_at_a_time:
            change = await asyncio.to_thread(act, self._store.base_path, one, other)
            await self._note("project", template, ProjectEdited(change))
        return change

    async def _note(self, kind: ActKind, template: str, change: Change) -> None:
        def note() -> None:
            self._journal.note(self._journal.begin(kind, template), change)

        await asyncio.to_thread(note)

    def _restore(self, entry: TrashEntry) -> Change:
        with store_lock(self._store.base_path):
            return restore(self._store.base_path, entry.entry_id, entry.file)

    def _check_writable(self) -> None:
        if self._store.read_only:
            raise ReadOnlyError(f"Nothing is changed here: {self._store.read_only}.")


def _trashed(entry: TrashEntry) -> Trashed:
    return Trashed(entry.file, entry.entry_id, entry.size)


def _turned(undone: bool, done: list[Change]) -> str:
    if not done:
        return "Could not take back" if undone else "Could not do again"
    return "Took back" if undone else "Did again"


def _size(change: Change) -> int:
    return change.size if isinstance(change, Trashed | Restored) else 0
