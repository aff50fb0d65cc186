"""Taking back a change, unless somebody else built on it since."""

import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Final

from oxtui.errors import (
    ChangedError,
    InvalidNameError,
    InvalidValueError,
    NotFoundError,
    OxtuiError,
    UnreadableError,
    WriteFailedError,
)
from oxtui.locations import config_path, oxios_home
from oxtui.store.changes import (
    Change,
    Edited,
    FileChange,
    ProjectEdited,
    Restored,
    SettingsEdited,
    Trashed,
)
from oxtui.store.compare_and_swap import swap
from oxtui.store.config_edit import is_as_before as is_setting_as_before
from oxtui.store.durable import sync_folder
from oxtui.store.journal import Act, Journal
from oxtui.store.layout import SESSIONS, is_session_name, session_id_of
from oxtui.store.locking import store_lock
from oxtui.store.names import check_name
from oxtui.store.noting import Noted, Noting, unnoted
from oxtui.store.own_writes import OwnWrites
from oxtui.store.projects.catalog import ProjectChange, undo_project_change
from oxtui.store.projects.catalog import is_as_before as is_project_as_before
from oxtui.store.refusals import explained
from oxtui.store.regular_files import FileState, read_state
from oxtui.store.settings import SettingsChange, check_not_linked, undo_settings_change
from oxtui.store.stretches import FileMark, sha256
from oxtui.store.summaries.entries import FileIdentity
from oxtui.store.trash import InTrash, Trash, deleted_ns
from oxtui.store.values import SessionId

_SESSIONS: Final = Path(SESSIONS)
_NOT_READ: Final = ""
"""The hash of a file that this user may move, and may not read."""

_FOR_GOOD: Final = (ChangedError, NotFoundError, InvalidNameError, InvalidValueError)
_REVERSED: Final = {
    (True, True): "Undone",
    (True, False): "Not undone",
    (False, True): "Redone",
    (False, False): "Not redone",
}


def take_back(
    base: Path,
    change: Change,
    noting: Noting[Change] = unnoted,
    *,
    made_elsewhere: bool = False,
) -> Change:
    """Makes the files what they were before a change: bytes, name, mode and time.

    Where that is so already, since an undo was cut short or the change was never done, nothing is
    done. What is done is safe on the disk once `folders_of` the change are synced. To be called in
    a worker thread.

    Args:
        base: The store.
        change: The change.
        noting: Entered right before a file of a session gets what it had, and left when it has it.
        made_elsewhere: Whether nothing proves that this user made the change: then the sessions
            must be in the store's own folder.

    Returns:
        What this did, which can be taken back in turn.

    Raises:
        ChangedError: Somebody else wrote the file since; it is left alone.
        InvalidNameError: It was no change to this store.
        NotFoundError: The file, or what was in the trash, is gone.
        UnreadableError: By now it is no file.
        WriteFailedError: The system refused.
    """
    _check_inside(base, change, made_elsewhere=made_elsewhere)
    with store_lock(base):
        if isinstance(change, ProjectEdited):
            return ProjectEdited(_project_back(base, change.change))
        if isinstance(change, SettingsEdited):
            return SettingsEdited(_settings_back(change.change))
        if isinstance(change, Edited):
            return _edit_back(base, change, noting)
        if isinstance(change, Trashed):
            done = _restored_already(base, change)
            return done or restore(base, change, noting)
        return _trashed_already(base, change) or _trash_again(base, change)


class Reversal:
    """Taking an act back or doing it again: all its changes, the last one first.

    Attributes:
        act: The act.
        changes: Its changes, in the order in which they are to be reversed.
        done: What was done so far.
        failures: What was not, and why.
    """

    def __init__(
        self, base: Path, act: Act, *, undone: bool, noting: Noting[Change] = unnoted
    ) -> None:
        """Prepares to reverse an act.

        Args:
            base: The store.
            act: The act.
            undone: Whether it is to be taken back.
            noting: As that of `take_back`.
        """
        self._base = base
        self._noting = noting
        self.act = act
        self._undone = undone
        self._rest: list[Change] = []
        self.changes: list[Change] = act.changes[::-1]
        self.done: list[Change] = []
        self.failures: list[tuple[str, str]] = []

    @property
    def label(self) -> str:
        """What it did, for the user."""
        did = _REVERSED[self._undone, bool(self.done)]
        return f"{did}: {self.act.label_for(len(self.done) or len(self.changes))}"

    def take(self, change: Change) -> None:
        """Reverses one of the changes, or notes why not. To be called in a worker thread."""
        try:
            done = take_back(
                self._base, change, self._noting, made_elsewhere=self.act.made_elsewhere
            )
            self.done.append(done)
        except OxtuiError as error:
            self.failures.append((change.name, error.message))
            if not (isinstance(error, _FOR_GOOD) and _is_all_there(self._base, change)):
                self._rest.insert(0, change)

    def note(self) -> None:
        """Puts what was done into the journal.

        Nothing, if the system refused everything, so that the next undo tries it again. What can
        never be reversed, since others went on with it, is noted as if it were, or it would stand
        in the way of all that was done before it. What the system refused of the rest becomes an
        act of its own, which the next undo tries again.

        Raises:
            WriteFailedError: The system refused. Trying it again finds that it is done.
        """
        if self.done or not self._rest:
            with store_lock(self._base):
                Journal(self._base).note_reversal(
                    self.act.act_id, undone=self._undone, changes=self.done, rest=self._rest
                )


def sync_changes(base: Path, changes: Iterable[Change]) -> None:
    """Brings the names that changes gave to files to the disk: first where files were moved to."""
    trash, folders = Trash(base), dict.fromkeys(_folders_of(base, changes))
    moved = [change for change in changes if isinstance(change, Trashed | Restored)]
    for change in moved:
        if isinstance(change, Trashed):
            trash.sync(change)
    for folder in folders:
        sync_folder(folder)
    for change in moved:
        if isinstance(change, Restored):
            trash.sync(change)


def _folders_of(base: Path, changes: Iterable[Change]) -> Iterable[Path]:
    return ((base / change.file).parent for change in changes if isinstance(change, FileChange))


def _is_all_there(base: Path, change: Change) -> bool:
    """Whether the folder that a change was made in is there: else its file may be as well, later.

    The same for a configuration of which this run has another one.
    """
    if isinstance(change, SettingsEdited):
        return Path(change.change.path).parent.is_dir()
    return all(folder.is_dir() for folder in _folders_of(base, [change]))


def sessions_of(changes: Iterable[Change]) -> tuple[SessionId, ...]:
    """The sessions whose files these changes changed, each once."""
    files = (Path(c.file) for c in changes if isinstance(c, FileChange))
    ours = (file for file in files if file.parent == _SESSIONS and is_session_name(file.name))
    return tuple(dict.fromkeys(session_id_of(file.name) for file in ours))


def announce(own: OwnWrites, change: Change, *, undone: bool) -> None:
    """Says which state a session is about to get, before anybody can see it.

    Args:
        own: Whom.
        change: What is about to be done.
        undone: Whether that takes another change back.
    """
    for session_id in sessions_of([change]):
        if isinstance(change, Edited):
            told = own.takes_back if undone else own.edits
            told(session_id, change.before.mtime_ns, change.after.mtime_ns)
        elif isinstance(change, Restored) and change.mark:
            own.restores(session_id, change.mark.mtime_ns)


def _check_inside(base: Path, change: Change, *, made_elsewhere: bool) -> None:
    """Refuses what leads out of the store: anybody may have written the journal, and made links."""
    if isinstance(change, FileChange):
        _check_file(base, change.file)
        if made_elsewhere:
            _check_folder(base, Path(change.file).parent)
    if isinstance(change, Trashed | Restored):
        check_name(change.entry_id)
    if isinstance(change, SettingsEdited):
        _check_config(base, change.change.path, made_elsewhere=made_elsewhere)


def _check_config(base: Path, path: str, *, made_elsewhere: bool) -> None:
    """Refuses to change another configuration than the one that this run found by itself.

    What was made elsewhere is not about that of the user's home either.
    """
    config = config_path(base)
    check_not_linked(config)
    if path != os.path.realpath(config) or (made_elsewhere and config.parent == oxios_home()):
        raise WriteFailedError(
            f"{path} is not the configuration that is in use here, and was left as it is."
        )


def _check_file(base: Path, file: str) -> None:
    path = Path(file)
    for name in path.parts:
        check_name(name)
    if path.parent != _SESSIONS:
        _check_folder(base, path.parent)
    elif not is_session_name(path.name):  # this one folder may be a link, and lead anywhere
        raise InvalidNameError(f"{file} is no session.")


def _check_folder(base: Path, folder: Path) -> None:
    if Path(os.path.realpath(base / folder)) != Path(os.path.realpath(base), folder):
        raise InvalidNameError(f"{folder} is a link out of the store, so nothing is moved there.")


def restore(base: Path, entry: InTrash, noting: Noting[Change] = unnoted) -> Restored:
    """Moves an entry of the trash back to where it was; to be called under the store's lock.

    Args:
        base: The store.
        entry: The entry.
        noting: Entered right before it is moved, and left when it is.

    Raises:
        ChangedError: By now another file has its name.
        InvalidNameError: It would not be in the store.
        NotFoundError: It is not in the trash any more.
        WriteFailedError: The system refused, or it could not be noted.
    """
    _check_file(base, entry.file)
    check_name(entry.entry_id)
    trash = Trash(base)
    identity, mark = _looked_at_in_trash(trash, entry)
    change = Restored(entry.file, entry.entry_id, identity.size, mark)
    with noting(change):
        trash.restore(entry)
    return change


def _project_back(base: Path, change: ProjectChange) -> ProjectChange:
    with suppress(UnreadableError):  # then it is said why it can't be written
        if is_project_as_before(base, change):
            return change.inverse
    return undo_project_change(base, change)


def _settings_back(change: SettingsChange) -> SettingsChange:
    try:
        done = is_setting_as_before(change)
        return change.inverse if done else undo_settings_change(change)
    except UnreadableError as error:
        raise UnreadableError(f"{Path(change.path).name}: {error.message}") from error


def _edit_back(base: Path, change: Edited, noting: Noting[Change]) -> Edited:
    path = base / change.file
    try:
        now = read_state(path)
    except FileNotFoundError as error:
        raise NotFoundError(f"{change.file} is not there any more.") from error
    except OSError as error:
        raise _unreadable(path, error) from error
    found = sha256(now.content)
    if FileMark(found, now.mtime_ns) != change.before:
        if found != change.after.sha256:
            return _fields_back(path, now, change, noting)
        before = change.taken_back(now.content)
        if sha256(before) != change.before.sha256:
            raise InvalidValueError(f"{change.file}: what is noted of it is no edit of oxtui's.")
        with noting(change.inverse):
            swap(path, now.content, before, mtime_ns=change.before.mtime_ns)
    return change.inverse


def _fields_back(path: Path, now: FileState, change: Edited, noting: Noting[Change]) -> Edited:
    """Sets back what an edit set, on top of what others wrote since."""
    from oxtui.store.fields import Recorded, set_back  # mostly nobody wrote
    from oxtui.store.session_files import FileEdit, set_fields

    if change.fields is None:
        raise _written_since(change.file)
    recorded = Recorded(set_back(change.fields))
    edited = Edited.between(change.file, now, now)

    def note(edit: FileEdit) -> AbstractContextManager[Noted]:
        nonlocal edited
        edited = Edited.between(change.file, edit.before, edit.after, recorded.fields)
        return noting(edited)

    try:
        set_fields(path, recorded, note)
    except (ChangedError, UnreadableError) as error:
        raise _written_since(change.file) from error
    return edited


def _restored_already(base: Path, change: Trashed) -> Restored | None:
    """What a restore would have done that is done: the very file is there, and not in the trash."""
    if Trash(base).holds(change):
        return None
    try:
        identity, mark = _looked_at(base / change.file)
    except NotFoundError:
        return None
    if identity.size != change.size or identity.mtime_ns > deleted_ns(change.entry_id):
        return None
    return Restored(change.file, change.entry_id, identity.size, mark)


def _trashed_already(base: Path, change: Restored) -> Trashed | None:
    """What a delete would have done that is done: the very file is in the trash, and not there."""
    if (base / change.file).exists():
        return None
    try:
        _, mark = _looked_at_in_trash(Trash(base), change)
    except NotFoundError:
        return None
    same = _is_same(mark, change.mark)
    return Trashed(change.file, change.entry_id, change.size) if same else None


def _trash_again(base: Path, change: Restored) -> Trashed:
    identity, mark = _looked_at(base / change.file)
    if identity.size != change.size or not _is_same(mark, change.mark):
        raise _written_since(change.file)
    entry = Trash(base).put(change.file, identity.is_of, change.entry_id)
    return Trashed(change.file, entry.entry_id, entry.size)


def _is_same(one: FileMark | None, other: FileMark | None) -> bool:
    """Whether two marks are of one state, as far as it could be read."""
    if one and other and _NOT_READ in (one.sha256, other.sha256):
        return one.mtime_ns == other.mtime_ns
    return one == other


def _written_since(file: str) -> ChangedError:
    return ChangedError(f"{file} was written since, and was left as it is.")


def _unreadable(path: Path, error: OSError) -> UnreadableError:
    return UnreadableError(f"{path.name} can't be read: {explained(error)}")


def _looked_at(path: Path) -> tuple[FileIdentity, FileMark | None]:
    """The state of a file that is there, and its mark; None for what is no file."""
    try:
        return _state_of(path.lstat(), lambda: read_state(path))
    except FileNotFoundError as error:
        raise NotFoundError(f"{path.name} is not there any more.") from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _looked_at_in_trash(trash: Trash, entry: InTrash) -> tuple[FileIdentity, FileMark | None]:
    try:
        return _state_of(trash.status_of(entry), lambda: trash.read(entry))
    except FileNotFoundError as error:
        raise NotFoundError(f"{entry.file} is not in the trash any more.") from error
    except OSError as error:
        raise _unreadable(trash.path_of(entry), error) from error


def _state_of(
    status: os.stat_result, read: Callable[[], FileState]
) -> tuple[FileIdentity, FileMark | None]:
    identity = FileIdentity.of(status)
    try:
        return identity, FileMark.of(*read())
    except PermissionError:
        return identity, FileMark(_NOT_READ, identity.mtime_ns)
    except UnreadableError:
        return identity, None
