"""Deleted files of a store: they are moved, never removed, until somebody empties the trash.

An entry is a folder `.oxtui/trash/<entry id>/` that holds the file under the path it had in the
store. Moving is one rename, so the file keeps its bytes, mode and times, and is always in exactly
one of the two places.
"""

import os
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

import msgspec

from oxtui.errors import ChangedError, NotFoundError, UnreadableError, WriteFailedError
from oxtui.store.locking import OXTUI_FOLDER
from oxtui.store.noting import Noting, unnoted
from oxtui.store.ownership import make_folder
from oxtui.store.refusals import explained
from oxtui.store.rename import rename_new
from oxtui.store.summaries.entries import FileIdentity

TRASH_FOLDER: Final = Path(OXTUI_FOLDER, "trash")
"""Where the trash is, relative to the store."""

_DIGITS: Final = 20
_SUFFIXES: Final = (".json", ".md")


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
        self.folder = base / TRASH_FOLDER

    def put(
        self,
        file: str,
        expected: FileIdentity | None = None,
        entry_id: str | None = None,
        noting: Noting[TrashEntry] = unnoted,
    ) -> TrashEntry:
        """Moves a file of the store to the trash.

        Args:
            file: Its path relative to the store.
            expected: The state in which it was looked at; None takes it in whatever state it is.
            entry_id: The entry that it was before, and is to be again if there is none such.
            noting: Entered right before it is moved, and left when it is.

        Raises:
            NotFoundError: It is not there.
            ChangedError: It is in another state than expected, and was left where it is.
            WriteFailedError: The system refused, or it could not be noted.
        """
        source = self._base / file
        if entry_id is None or (self.folder / entry_id).exists():
            entry_id = f"{time.time_ns():0{_DIGITS}d}-{uuid4().hex[:8]}"
        try:
            found = FileIdentity.of(source.lstat())
            if expected not in (None, found):
                raise _written_since(file)
            entry = TrashEntry(entry_id, file, deleted_ns(entry_id), found.size)
            make_folder(self.path_of(entry).parent, parents=True)
            with noting(entry):
                self._take(source, entry, expected)
        except FileNotFoundError as error:
            raise NotFoundError(f"{file} is not there any more.") from error
        except OSError as error:
            raise WriteFailedError(f"{file} was not deleted: {explained(error)}") from error
        finally:
            self._discard(entry_id, file)
        return entry

    def _take(self, source: Path, entry: TrashEntry, expected: FileIdentity | None) -> None:
        target = self.path_of(entry)
        source.rename(target)
        if expected in (None, FileIdentity.of(target.lstat())):
            return
        # If a newer one was written meanwhile, both are kept, this one in the trash.
        with suppress(FileExistsError):
            rename_new(target, source)
        raise _written_since(entry.file)

    def entries(self) -> list[TrashEntry]:
        """What is in the trash, the last deleted first.

        Raises:
            UnreadableError: It can't be listed.
        """
        try:
            folders = sorted(self.folder.iterdir(), reverse=True)
            return [entry for folder in folders for entry in _entries_in(folder)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UnreadableError(
                f"{error.filename or self.folder} can't be listed: {explained(error)}"
            ) from error

    def path_of(self, entry: InTrash) -> Path:
        """Where an entry's file is."""
        return self.folder / entry.entry_id / entry.file

    def restore(self, entry: InTrash) -> FileIdentity:
        """Moves a file back to where it was, and returns the state that it is in.

        Raises:
            ChangedError: By now another file has its name.
            NotFoundError: It is not in the trash any more.
            WriteFailedError: The system refused.
        """
        target = self._base / entry.file
        try:
            make_folder(target.parent, parents=True)
            source = self.path_of(entry)
            identity = FileIdentity.of(source.lstat())
            _move_back(source, target)
        except FileExistsError as error:
            raise ChangedError(
                f"{entry.file} is there again, so the deleted one stays in the trash. "
                "Move the new one away first, then restore."
            ) from error
        except FileNotFoundError as error:
            raise NotFoundError(f"{entry.file} is not in the trash any more.") from error
        except OSError as error:
            raise WriteFailedError(f"{entry.file} was not restored: {explained(error)}") from error
        self._discard(entry.entry_id, entry.file)
        return identity

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
                shutil.rmtree(self.folder / entry.entry_id)
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
        with suppress(OSError):
            for entry in list(self.folder.iterdir()):
                for folder, _, names in os.walk(entry, topdown=False):
                    for name in names:
                        path = Path(folder, name)
                        with suppress(OSError):
                            _finish_moving_back(path, self._base / path.relative_to(entry))
                    with suppress(OSError):  # it holds something
                        Path(folder).rmdir()

    def _discard(self, entry_id: str, file: str) -> None:
        """Removes the folders of an entry that holds no file, or not any more."""
        with suppress(OSError):  # they hold one
            for folder in Path(file).parents:
                (self.folder / entry_id / folder).rmdir()


def _move_back(source: Path, target: Path) -> None:
    try:
        rename_new(source, target)
    except FileExistsError:
        if not _finish_moving_back(source, target):
            raise


def _finish_moving_back(source: Path, target: Path) -> bool:
    """Whether it was one file with two names, and has only one now.

    Where a file can't be moved without replacing another one, it gets its second name before it
    loses its first; a crash in between leaves both.
    """
    one, other = source.lstat(), target.lstat()
    if (one.st_dev, one.st_ino) != (other.st_dev, other.st_ino):
        return False
    source.unlink()
    return True


def _written_since(file: str) -> ChangedError:
    return ChangedError(f"{file} was written since it was looked at, and was left alone.")


def deleted_ns(entry_id: str) -> int:
    """When an entry came to the trash, nanoseconds since the epoch; 0 if that is not known."""
    digits = entry_id[:_DIGITS]
    return int(digits) if digits.isdecimal() else 0


def _entries_in(folder: Path) -> Iterable[TrashEntry]:
    for path in _files_in(folder):
        try:
            size = path.lstat().st_size
        except FileNotFoundError:
            continue  # restored or destroyed meanwhile
        file = path.relative_to(folder).as_posix()
        yield TrashEntry(folder.name, file, deleted_ns(folder.name), size)


def _files_in(folder: Path) -> Iterable[Path]:
    """What was deleted: whatever has the name of a file, be it a folder or a link."""
    try:
        for path in folder.iterdir():
            if path.suffix in _SUFFIXES or path.is_symlink() or not path.is_dir():
                yield path
            else:
                yield from _files_in(path)
    except (FileNotFoundError, NotADirectoryError):
        return  # restored or destroyed meanwhile, or nothing of ours
