"""What a user does to a store: each act on many sessions at once, noted so it can be taken back.

An act goes on when it fails for one of its sessions, and reports what was done and what was not.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from oxtui.errors import (
    ChangedError,
    InvalidValueError,
    NotFoundError,
    OxtuiError,
    ReadOnlyError,
    WriteFailedError,
)
from oxtui.store.act_report import ActReport, Failure
from oxtui.store.changes import Change, Edited, ProjectEdited, Restored, SettingsEdited, Trashed
from oxtui.store.erase import erase_destroyed
from oxtui.store.fields import FieldsChange, Recorded, moved_if_elsewhere, titled
from oxtui.store.fields import pinned as with_pin
from oxtui.store.forgetting import forget_sessions
from oxtui.store.journal import Act, ActKind, Journal, OpenAct, labelled
from oxtui.store.layout import session_file
from oxtui.store.locking import store_lock
from oxtui.store.names import is_utf8
from oxtui.store.noting import Noted, Noting, unnoted
from oxtui.store.own_writes import OwnWrites
from oxtui.store.projects.catalog import (
    ProjectChange,
    add_project,
    rename_project,
)
from oxtui.store.prune import PruneRow
from oxtui.store.reversal_mark import ReversalMark, Unfinished
from oxtui.store.session_files import FileEdit, set_fields
from oxtui.store.settings import SettingsChange, SettingsValue, write_settings
from oxtui.store.state_store import StateStore
from oxtui.store.trash import Looked, TrashEntry
from oxtui.store.undo import Reversal, announce, restore, sessions_of, sync_changes
from oxtui.store.values import SessionId

_NOTHING_TO_DO: Final = "Nothing to do: it was so already"

_Name = TypeVar("_Name", bound=str)
_Result = TypeVar("_Result")


Progress = Callable[[int, int], None]


class Acts:
    """The acts of a user on one store, one after the other.

    Every method that takes sessions raises `ReadOnlyError` when nothing may be written; everything
    else that goes wrong is in the report.
    """

    def __init__(
        self, store: StateStore, progress: Progress | None = None, own: OwnWrites | None = None
    ) -> None:
        """Prepares to act.

        Args:
            store: On what.
            progress: Called after each session of an act, with how many are done and of how many.
            own: Told of the states that sessions are about to get.
        """
        self._store = store
        self._journal = Journal(store.base_path)
        self._progress = progress
        self._own = own or OwnWrites({})
        self._one_at_a_time = asyncio.Lock()

    async def move(
        self, session_ids: Iterable[SessionId], project_id: str | None, name: str
    ) -> ActReport:
        """Moves sessions to a project, or out of any; `name` is the project's, for the report."""
        return await self._edit(
            "move", f"Moved %n to {name}", session_ids, moved_if_elsewhere(project_id)
        )

    async def rename(self, session_id: SessionId, title: str) -> ActReport:
        """Gives a session a title; an empty one gives it back the title of its first message.

        Raises:
            InvalidValueError: The title can't be written, since it is not UTF-8.
        """
        if not is_utf8(title):
            raise InvalidValueError("The title is not UTF-8, and was not written.")
        template = f"Renamed %n to “{title}”" if title else "Cleared the title of %n"
        return await self._edit("rename", template, [session_id], titled(title))

    async def pin(self, session_ids: Iterable[SessionId], *, pinned: bool) -> ActReport:
        """Keeps sessions from oxtui's prune, or no longer."""
        template = "Pinned %n" if pinned else "Unpinned %n"
        return await self._edit("pin", template, session_ids, with_pin(keep=pinned))

    async def delete(self, session_ids: Iterable[SessionId]) -> ActReport:
        """Moves sessions to the trash."""
        return await self._trash("delete", "Moved %n to the trash", dict.fromkeys(session_ids))

    async def prune(self, rows: Iterable[PruneRow]) -> ActReport:
        """Moves exactly these sessions to the trash, each in the state in which it was shown."""
        shown = {row.session_id: row.entry.was_read_from for row in rows}
        return await self._trash("prune", "Pruned %n", shown)

    async def restore(self, entries: Iterable[TrashEntry]) -> ActReport:
        """Moves files from the trash to where they were."""
        wanted = {entry.entry_id: entry for entry in entries}

        def one(entry_id: str, act: OpenAct) -> None:
            restore(self._store.base_path, wanted[entry_id], act.noting)

        return await self._each("restore", "Restored %n", list(wanted), one)

    async def empty_trash(self, entries: Iterable[TrashEntry]) -> int:
        """Destroys entries of the trash for good, and whatever else holds what was in them.

        Returns:
            How many files are gone.

        Raises:
            ReadOnlyError: Nothing may be written.
            WriteFailedError: The system refused.
        """
        self._check_writable()
        going = list(entries)

        def empty() -> int:
            with store_lock(self._store.base_path):
                gone = self._store.trash.empty(going)
                erase_destroyed(self._store.base_path, going)
            named = {SessionId(entry.name): entry.file for entry in going}
            sessions = [name for name, file in named.items() if file == session_file(name)]
            forget_sessions(self._store.base_path, sessions)
            return gone

        return await asyncio.to_thread(empty)

    async def add_project(self, name: str, icon: str = "") -> ProjectChange:
        """Adds a project.

        Raises:
            OxtuiError: It was not added; the message says why.
        """
        return await self._project(
            f"Added the project {name}",
            lambda base, noting: add_project(base, name, icon, noting),
        )

    async def rename_project(self, project_id: str, name: str) -> ProjectChange:
        """Gives a project another name.

        Raises:
            OxtuiError: It was not renamed; the message says why.
        """
        return await self._project(
            f"Renamed a project to {name}",
            lambda base, noting: rename_project(base, project_id, name, noting),
        )

    async def configure(self, config: Path, values: SettingsValue) -> SettingsChange:
        """Changes settings in config.toml.

        Raises:
            OxtuiError: They were not changed; the message says why.
        """
        self._check_writable()
        async with self._one_at_a_time:
            return await self._alone(
                "config",
                _set(values),
                lambda noting: write_settings(config, values, lambda c: noting(SettingsEdited(c))),
            )

    async def history(self) -> list[Act]:
        """All acts, the last one first."""
        return await asyncio.to_thread(self._journal.history)

    async def undo(self, *, made_elsewhere: bool = False) -> ActReport:
        """Takes back the last act that is not taken back yet.

        Args:
            made_elsewhere: Whether it is one that nothing proves to be this user's own.

        Raises:
            MadeElsewhereError: There is only one that was made elsewhere, and none is wanted.
            NotFoundError: There is none.
        """
        self._check_writable()
        wanted = partial(self._journal.to_undo, made_elsewhere=made_elsewhere)
        async with self._one_at_a_time:
            return await self._reverse(wanted, undone=True)

    async def to_undo(self, *, made_elsewhere: bool = False) -> Act:
        """The act that `undo` would take back; arguments and errors as there."""
        return await asyncio.to_thread(self._journal.to_undo, made_elsewhere=made_elsewhere)

    async def redo(self) -> ActReport:
        """Does again what was taken back last, if nothing else was done since.

        Raises:
            NotFoundError: There is nothing like that.
        """
        self._check_writable()
        async with self._one_at_a_time:
            return await self._reverse(self._journal.to_redo, undone=False)

    async def _reverse(self, wanted: Callable[[], Act], *, undone: bool) -> ActReport:
        reversal, mark = await asyncio.to_thread(self._begun, wanted, undone)
        changes, noted = reversal.changes, False

        def take(change: Change, *, last: bool) -> bool:
            reversal.take(change)
            if not last:
                return False
            done = _noted(reversal)
            self._settle(reversal.done, self._journal.file.begin_sync().result)
            return done

        try:
            for number, change in enumerate(changes, 1):
                noted = await asyncio.to_thread(take, change, last=number == len(changes))
                if self._progress:
                    self._progress(number, len(changes))
            if noted:
                mark.clear()
        finally:
            mark.close()
        return ActReport(
            reversal.label,
            tuple(change.name for change in reversal.done),
            tuple(Failure(*failure) for failure in reversal.failures),
            sum(map(_size, reversal.done)),
            sessions_of(reversal.done),
            bool(reversal.done),
        )

    def _begun(self, wanted: Callable[[], Act], undone: bool) -> tuple[Reversal, ReversalMark]:
        act, base = wanted(), self._store.base_path

        def noting(change: Change) -> AbstractContextManager[None]:
            announce(self._own, change, undone=undone)
            return unnoted(change)

        mark = ReversalMark.set(base, Unfinished(act.act_id, undone))
        try:
            _check_is_next(act, wanted)
        except OxtuiError:
            mark.clear()
            mark.close()
            raise
        return Reversal(base, act, undone=undone, noting=noting), mark

    async def _edit(
        self,
        kind: ActKind,
        template: str,
        session_ids: Iterable[SessionId],
        change: FieldsChange,
    ) -> ActReport:
        def one(session_id: SessionId, act: OpenAct) -> None:
            def noting(edit: FileEdit) -> AbstractContextManager[Noted]:
                edited = Edited.between(file, edit.before, edit.after, recorded.fields)
                return act.noting_on_disk(edited)

            recorded = Recorded(change)
            file = session_file(session_id)
            path = self._store.session_path(session_id)
            if set_fields(path, recorded, noting) is None:
                raise NotFoundError(f"Session {session_id} is not there.")

        return await self._each(kind, template, list(session_ids), one)

    async def _trash(
        self, kind: ActKind, template: str, looked: Mapping[SessionId, Looked | None]
    ) -> ActReport:
        def one(session_id: SessionId, act: OpenAct) -> None:
            self._store.session_path(session_id)  # refuses what leads out of the folder
            self._store.trash.put(
                session_file(session_id),
                looked[session_id],
                noting=lambda entry: act.noting(_trashed(entry)),
            )

        return await self._each(kind, template, list(looked), one)

    async def _each(
        self,
        kind: ActKind,
        template: str,
        names: list[_Name],
        one: Callable[[_Name, OpenAct], None],
    ) -> ActReport:
        """Does something to each of `names`, in a worker thread and under the store's lock."""
        self._check_writable()
        names = list(dict.fromkeys(names))
        if names:
            await asyncio.to_thread(self._check_lock)  # one reason, and not one for each
        act = self._journal.begin(kind, template, partial(announce, self._own, undone=False))
        done: list[str] = []
        failures: list[Failure] = []

        def do(name: _Name, *, last: bool) -> None:
            try:
                with store_lock(self._store.base_path):
                    one(name, act)
                done.append(name)
            except OxtuiError as error:
                failures.append(Failure(name, error.message))
            if last and act.changes:
                self._settle(act.changes, act.begin_sync().result)

        async with self._one_at_a_time:
            for number, name in enumerate(names, 1):
                await asyncio.to_thread(do, name, last=number == len(names))
                if self._progress:
                    self._progress(number, len(names))
        size = sum(map(_size, act.changes))
        label = labelled(template, len(done)) if act.changes or not done else _NOTHING_TO_DO
        return ActReport(
            label,
            tuple(done),
            tuple(failures),
            size,
            sessions_of(act.changes),
            changed=bool(act.changes),
        )

    def _settle(self, changes: Sequence[Change], synced: Callable[[], object]) -> None:
        """Brings an act to the disk before it is reported, once for all that it changed.

        Content was synced before it got its name, and so was the note of it. So this is about
        names, and about notes of what went to the trash, which gives it back without them too.

        Args:
            changes: What was changed.
            synced: Waits for the journal, whose sync was begun.
        """
        sync_changes(self._store.base_path, changes)
        with suppress(WriteFailedError):
            synced()

    async def _project(
        self, template: str, act: Callable[[Path, Noting[ProjectChange]], ProjectChange]
    ) -> ProjectChange:
        self._check_writable()
        base = self._store.base_path
        async with self._one_at_a_time:
            return await self._alone(
                "project", template, lambda noting: act(base, lambda c: noting(ProjectEdited(c)))
            )

    async def _alone(
        self, kind: ActKind, template: str, act: Callable[[Noting[Change]], _Result]
    ) -> _Result:
        """Does an act of one change that brings itself to the disk."""

        def locked() -> _Result:
            with store_lock(self._store.base_path):
                result = act(self._journal.begin(kind, template).noting)
            with suppress(WriteFailedError):  # what was done is no failure
                self._journal.file.sync()
            return result

        return await asyncio.to_thread(locked)

    def _check_lock(self) -> None:
        with store_lock(self._store.base_path):
            self._journal.file.check_writable()

    def _check_writable(self) -> None:
        if self._store.read_only:
            raise ReadOnlyError(f"Nothing is changed here: {self._store.read_only}.")


def _check_is_next(act: Act, wanted: Callable[[], Act]) -> None:
    """Refuses an act that another oxtui may have reversed before it was marked.

    Raises:
        ChangedError: It did.
        OxtuiError: That can't be known.
    """
    if wanted() != act:
        raise ChangedError("Another oxtui did something here just now. Look, then try again.")


def _noted(reversal: Reversal) -> bool:
    """Puts a reversal that is done into the journal, or says why that could not be."""
    try:
        reversal.note()
    except WriteFailedError as error:
        reversal.failures.append((reversal.act.label, f"{error.message} What was done stays done."))
        return False
    return True


def _set(values: SettingsValue) -> str:
    new = (f"{key} = {str(value).lower()}" for key, value in values.items())
    return f"Set {', '.join(new)} in config.toml"


def _trashed(entry: TrashEntry) -> Trashed:
    return Trashed(entry.file, entry.entry_id, entry.size)


def _size(change: Change) -> int:
    return change.size if isinstance(change, Trashed | Restored) else 0
