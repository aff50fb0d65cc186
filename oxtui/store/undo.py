"""Taking back a change, unless somebody else built on it since."""

from pathlib import Path

from oxtui.errors import ChangedError, NotFoundError, UnreadableError
from oxtui.store.changes import (
    Change,
    Edited,
    FileMark,
    ProjectEdited,
    Restored,
    SettingsEdited,
    Trashed,
    sha256,
)
from oxtui.store.durable import FileState, compare_and_swap, read_state
from oxtui.store.locking import store_lock
from oxtui.store.projects.catalog import undo_project_change
from oxtui.store.settings import undo_settings_change
from oxtui.store.summaries.scan import FileIdentity
from oxtui.store.trash import Trash, TrashEntry


def take_back(base: Path, change: Change) -> Change:
    """Makes the files what they were before a change: bytes, name, mode and time.

    To be called in a worker thread.

    Returns:
        What this did, which can be taken back in turn.

    Raises:
        ChangedError: Somebody else wrote the file since; it is left alone.
        NotFoundError: The file, or what was in the trash, is gone.
        WriteFailedError: The system refused.
    """
    if isinstance(change, ProjectEdited):
        return ProjectEdited(undo_project_change(base, change.change))
    if isinstance(change, SettingsEdited):
        return SettingsEdited(undo_settings_change(change.change))
    with store_lock(base):
        if isinstance(change, Edited):
            return _edit_back(base, change)
        if isinstance(change, Trashed):
            return restore(base, change.entry_id, change.file)
        return _trash_again(base, change)


def name_of(change: Change) -> str:
    """What a change was made to: the id of a session, the name of a project, or of a file."""
    if isinstance(change, ProjectEdited):
        return change.change.new_name or change.change.old_name or change.change.project
    if isinstance(change, SettingsEdited):
        return "config.toml"
    return Path(change.file).stem


def _edit_back(base: Path, change: Edited) -> Edited:
    path = base / change.file
    try:
        now = read_state(path)
    except FileNotFoundError as error:
        raise NotFoundError(f"{change.file} is not there any more.") from error
    if sha256(now.content) != change.after.sha256:
        raise ChangedError(f"{change.file} was written since, and was left as it is.")
    before = change.taken_back(now.content)
    compare_and_swap(path, now.content, before, mtime_ns=change.before.mtime_ns)
    return Edited.between(change.file, now, FileState(before, change.before.mtime_ns))


def restore(base: Path, entry_id: str, file: str) -> Restored:
    """Moves an entry of the trash back to where it was; to be called under the store's lock.

    Raises:
        ChangedError: By now another file has its name.
        NotFoundError: It is not in the trash any more.
        WriteFailedError: The system refused.
    """
    identity = Trash(base).restore(TrashEntry(entry_id, file, 0, 0))
    _, mark = _looked_at(base / file)
    return Restored(file, entry_id, identity.size, mark)


def _trash_again(base: Path, change: Restored) -> Trashed:
    identity, mark = _looked_at(base / change.file)
    if mark != change.mark:
        raise ChangedError(f"{change.file} was written since, and was left as it is.")
    entry = Trash(base).put(change.file, identity, change.entry_id)
    return Trashed(change.file, entry.entry_id, entry.size)


def _looked_at(path: Path) -> tuple[FileIdentity, FileMark | None]:
    """The state of a file that is there, and its mark; None for what is no file."""
    try:
        identity = FileIdentity.of(path.lstat())
        try:
            return identity, FileMark.of(*read_state(path))
        except UnreadableError:
            return identity, None
    except FileNotFoundError as error:
        raise NotFoundError(f"{path.name} is not there any more.") from error
