"""Deleted files of a store: they are moved, never removed, until somebody empties the trash.

An entry is a folder `.oxtui/trash/<entry id>/` that holds the file under the path it had in the
store. Moving is one rename, so the file keeps its bytes, mode and times, and is always in exactly
one of the two places. Where the sessions are on another disk, it is a copy that is on the disk
before the original goes; what a crash leaves twice then is seen to by `tidy`.
"""

import errno
import os
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Final, Protocol
from uuid import uuid4

import msgspec

from oxtui.errors import ChangedError, NotFoundError, OxtuiError, UnreadableError, WriteFailedError
from oxtui.store.leases import open_without_writers
from oxtui.store.noting import Noting, unnoted
from oxtui.store.own_folder import (
    own_folder,
    own_path,
)
from oxtui.store.ownership import make_folder
from oxtui.store.refusals import explained
from oxtui.store.regular_files import FileState, read_state
from oxtui.store.rename import rename_new
from oxtui.store.summaries.entries import FileIdentity
from oxtui.store.trash_files import (
    copy_and_remove,
    destroy,
    files_of,
    finish_moving_back,
    folders_in,
    is_ours,
    move_back,
    names_in,
    remove_what_is_empty,
)

_TRASH: Final = "trash"
_DIGITS: Final = 20

Looked = Callable[[os.stat_result], bool]
"""Whether a file of this status is in the state in which it was looked at."""


class InTrash(Protocol):
    """What says where in the trash a file is."""

    @property
    def entry_id(self) -> str:
        """The identity of its entry."""
        ...

    @property
    def file(self) -> str:
        """Where it was, relative to the store."""
        ...


class TrashEntry(msgspec.Struct, frozen=True):
    """A file in the trash.

    Attributes:
        entry_id: Its identity in the trash.
        file: Where it was, relative to the store: `sessions/<id>.json`.
        deleted_ns: When it was deleted, nanoseconds since the epoch.
        size: Bytes.
    """

    entry_id: str
    file: str
    deleted_ns: int
    size: int

    @property
    def name(self) -> str:
        """The stem of the file: for a session its id."""
        return Path(self.file).stem


class Trash:
    """The trash of one store. A move is safe on the disk once both folders are synced."""

    def __init__(self, base: Path) -> None:
        self._base = base

    @property
    def folder(self) -> Path:
        """Where it is, to be shown."""
        return own_path(self._base, _TRASH)

    def path_of(self, entry: InTrash) -> Path:
        """Where an entry's file is, to be shown."""
        return self.folder / entry.entry_id / entry.file

    def put(
        self,
        file: str,
        looked: Looked | None = None,
        entry_id: str | None = None,
        noting: Noting[TrashEntry] = unnoted,
    ) -> TrashEntry:
        """Moves a file of the store to the trash.

        Args:
            file: Its path relative to the store.
            looked: Whether it still is what was looked at; None takes it in whatever state it is.
            entry_id: The entry that it was before, and is to be again if there is none such.
            noting: Entered right before it is moved, and left when it is.

        Raises:
            NotFoundError: It is not there.
            ChangedError: It is in another state than expected, and was left where it is.
            WriteFailedError: The system refused, somebody has it open for writing, or it could not
                be noted.
        """
        source = self._base / file
        try:
            with ExitStack() as stack:
                with suppress(UnreadableError, PermissionError):  # it can be moved, and not read
                    stack.enter_context(open_without_writers(source))
                found = source.lstat()
                if looked and not looked(found):
                    raise _written_since(file)
                trash = stack.enter_context(own_folder(self._base, _TRASH, make=True))
                if entry_id is None or _is_there(entry_id, trash):
                    entry_id = f"{time.time_ns():0{_DIGITS}d}-{uuid4().hex[:8]}"
                entry = TrashEntry(entry_id, file, deleted_ns(entry_id), found.st_size)
                try:
                    folder = stack.enter_context(self._opened(entry, make=True))
                    with noting(entry):
                        self._take(source, folder, found)
                except (OSError, OxtuiError):
                    self._discard(entry)
                    raise
        except FileNotFoundError as error:
            raise NotFoundError(f"{file} is not there any more.") from error
        except OSError as error:
            raise WriteFailedError(f"{file} was not deleted: {explained(error)}") from error
        return entry

    def _take(self, source: Path, folder: int, found: os.stat_result) -> None:
        try:
            os.rename(source, source.name, dst_dir_fd=folder)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            copy_and_remove(source, folder)
            return
        taken = os.lstat(source.name, dir_fd=folder)
        if FileIdentity.of(taken) == FileIdentity.of(found):
            return
        # If a newer one was written meanwhile, both are kept, this one in the trash.
        with suppress(FileExistsError):
            rename_new(source.name, source, src_dir_fd=folder)
        raise _written_since(source.name)

    def entries(self) -> list[TrashEntry]:
        """What is in the trash, the last deleted first.

        Raises:
            UnreadableError: It can't be listed.
        """
        found: list[TrashEntry] = []
        try:
            with own_folder(self._base, _TRASH) as trash:
                for entry_id in sorted(folders_in(trash), reverse=True):
                    for file, status in files_of(trash, entry_id):
                        entry = TrashEntry(entry_id, file, deleted_ns(entry_id), status.st_size)
                        found.append(entry)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UnreadableError(f"{self.folder} can't be listed: {explained(error)}") from error
        return found

    def left_alone(self) -> list[str]:
        """The names of what lies in the trash and is none of oxtui's: links, and things like it."""
        with suppress(OSError), own_folder(self._base, _TRASH) as trash:
            return sorted(name for name in names_in(trash) if not is_ours(name, trash))
        return []

    def status_of(self, entry: InTrash) -> os.stat_result:
        """What `lstat` says of an entry's file.

        Raises:
            FileNotFoundError: It is not in the trash.
            OSError: The system refused.
        """
        with self._opened(entry) as folder:
            return os.lstat(_name(entry), dir_fd=folder)

    def holds(self, entry: InTrash) -> bool:
        """Whether an entry's file is in the trash.

        Raises:
            UnreadableError: That can't be seen.
        """
        try:
            self.status_of(entry)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise UnreadableError(
                f"{self.path_of(entry)} can't be read: {explained(error)}"
            ) from error
        return True

    def read(self, entry: InTrash) -> FileState:
        """What an entry's file holds.

        Raises:
            UnreadableError: It is no regular file.
            OSError: The system refused.
        """
        with self._opened(entry) as folder:
            return read_state(_name(entry), dir_fd=folder)

    def sync(self, entry: InTrash) -> None:
        """Brings to the disk that an entry's file is there, or not any more."""
        with suppress(OSError), self._opened(entry) as folder:
            os.fsync(folder)

    def restore(self, entry: InTrash) -> None:
        """Moves a file back to where it was.

        Raises:
            ChangedError: By now another file has its name.
            NotFoundError: It is not in the trash any more.
            WriteFailedError: The system refused.
        """
        target = self._base / entry.file
        try:
            with self._opened(entry) as folder:
                os.lstat(_name(entry), dir_fd=folder)
                make_folder(target.parent, parents=True)
                move_back(folder, target)
        except FileExistsError as error:
            raise ChangedError(
                f"{entry.file} is there again, so the deleted one stays in the trash. "
                "Move the new one away first, then restore."
            ) from error
        except FileNotFoundError as error:
            raise NotFoundError(f"{entry.file} is not in the trash any more.") from error
        except OSError as error:
            raise WriteFailedError(f"{entry.file} was not restored: {explained(error)}") from error
        self._discard(entry)

    def empty(self, entries: Iterable[TrashEntry]) -> int:
        """Destroys entries for good.

        Returns:
            How many files are gone.

        Raises:
            WriteFailedError: The system refused; the rest is still in the trash.
        """
        gone = 0
        for entry in entries:
            try:
                with own_folder(self._base, _TRASH) as trash:
                    destroy(trash, entry.entry_id)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise WriteFailedError(
                    f"{entry.file} is still in the trash: {explained(error)}"
                ) from error
            gone += 1
        return gone

    def tidy(self) -> None:
        """Finishes restores, and removes folders of entries, that a crash left.

        To be called under the store's lock.
        """
        with suppress(OSError), own_folder(self._base, _TRASH) as trash:
            for entry_id in folders_in(trash):
                for file, _ in list(files_of(trash, entry_id)):
                    entry = TrashEntry(entry_id, file, 0, 0)
                    with suppress(OSError, OxtuiError), self._opened(entry) as folder:
                        finish_moving_back(folder, self._base / file)
                remove_what_is_empty(trash, entry_id)

    @contextmanager
    def _opened(self, entry: InTrash, *, make: bool = False) -> Generator[int]:
        """Opens the folder in which an entry's file lies."""
        parts = PurePosixPath(entry.file).parent.parts
        with own_folder(self._base, _TRASH, entry.entry_id, *parts, make=make) as folder:
            yield folder

    def _discard(self, entry: InTrash) -> None:
        """Removes the folders of an entry that holds no file, or not any more."""
        parts = (entry.entry_id, *PurePosixPath(entry.file).parent.parts)
        with suppress(OSError):  # they hold one
            for count in reversed(range(len(parts))):
                with own_folder(self._base, _TRASH, *parts[:count]) as folder:
                    os.rmdir(parts[count], dir_fd=folder)


def deleted_ns(entry_id: str) -> int:
    """When an entry came to the trash, nanoseconds since the epoch; 0 if that is not known."""
    digits = entry_id[:_DIGITS]
    return int(digits) if digits.isdecimal() else 0


def _name(entry: InTrash) -> str:
    return PurePosixPath(entry.file).name


def _is_there(name: str, folder: int) -> bool:
    try:
        os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def _written_since(file: str) -> ChangedError:
    return ChangedError(f"{file} was written since it was looked at, and was left alone.")
