"""The file of the journal: lines of JSON, each with a proof of who wrote it; see `origin`.

A line that a crash cut off, or that another version wrote, is passed over.
"""

import errno
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec

from oxtui.errors import UnreadableError, WriteFailedError
from oxtui.store.changes import Change
from oxtui.store.journal_names import JOURNAL
from oxtui.store.origin import Origin
from oxtui.store.own_folder import open_file_at, own_folder, own_path
from oxtui.store.refusals import explained
from oxtui.store.regular_files import write_all


class Began(msgspec.Struct, frozen=True, tag="began"):
    """An act was begun, whose changes follow."""

    act_id: str
    at: str
    kind: str
    template: str


class Did(msgspec.Struct, frozen=True, tag="did"):
    """A change that is about to be done."""

    act_id: str
    change: Change


class Voided(msgspec.Struct, frozen=True, tag="voided"):
    """The last change of an act was noted, but not done."""

    act_id: str


class Reversed(msgspec.Struct, frozen=True, tag="turned"):
    """An act was taken back, or done again.

    Attributes:
        act_id: The act.
        at: When.
        undone: Whether it was taken back.
        changes: What did so; none if it can't be reversed any more.
        rest_id: The identity of the act that what is left of it is from now on.
        rest: What of its changes is left to be reversed, since the system refused.
    """

    act_id: str
    at: str
    undone: bool
    changes: list[Change]
    rest_id: str = ""
    rest: list[Change] = []


Line = Began | Did | Voided | Reversed

_LINE: Final = msgspec.json.Decoder(Line)
_LONGEST_LINE: Final = 64 << 20
_LARGEST: Final = 1 << 30
_BESIDE: Final = ThreadPoolExecutor(1, "journal")
_REFUSED_BY_THE_DISK: Final = frozenset({errno.EIO, errno.ENOSPC, errno.EDQUOT})


class JournalFile:
    """The lines of the journal of one store. All writing to be done under the store's lock."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._origin: tuple[tuple[int, int], Origin | None] | None = None

    @property
    def path(self) -> Path:
        """Where it is, to be shown."""
        return own_path(self._base, JOURNAL)

    def append(self, *lines: Line) -> None:
        """Adds lines.

        Raises:
            WriteFailedError: The system refused.
        """
        # A line that a crash cut off must not swallow the one after it.
        records = map(msgspec.json.encode, lines)
        try:
            with own_folder(self._base, make=True) as folder:
                origin = self._origin_in(folder)
                descriptor = open_file_at(folder, JOURNAL, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            text = b"".join(b"\n" + (origin.proved(r) if origin else r) for r in records)
            try:
                write_all(descriptor, text)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise self._not_written(error) from error

    def _origin_in(self, folder: int) -> Origin | None:
        """What proves lines, which is looked for once as long as the folder is the same."""
        status = os.fstat(folder)
        place = status.st_dev, status.st_ino
        if self._origin is None or self._origin[0] != place:
            self._origin = place, Origin.made(self._base)
        return self._origin[1]

    def check_writable(self) -> None:
        """Refuses to go on where nothing can be noted.

        Raises:
            WriteFailedError: Something else is there, or the system refuses.
        """
        try:
            with own_folder(self._base) as folder:
                os.close(open_file_at(folder, JOURNAL, os.O_WRONLY | os.O_APPEND))
        except FileNotFoundError:
            return  # it is made when it is needed
        except OSError as error:
            raise self._not_written(error) from error

    def _not_written(self, error: OSError) -> WriteFailedError:
        return WriteFailedError(f"{self.path} was not written: {explained(error)}")

    def sync(self) -> None:
        """Brings what was noted to the disk, as far as the file system can.

        Raises:
            WriteFailedError: It could, and the disk refused.
        """
        try:
            with own_folder(self._base) as folder:
                descriptor = open_file_at(folder, JOURNAL, os.O_RDONLY)
            try:
                os.fdatasync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            if error.errno in _REFUSED_BY_THE_DISK:
                raise self._not_written(error) from error

    def begin_sync(self) -> "Future[None]":
        """Begins to bring what was noted to the disk while the caller syncs something else.

        A file system commits together what is synced at the same time.
        """
        return _BESIDE.submit(self.sync)

    def read(self) -> Iterator[tuple[Line, bool]]:
        """Each line, and whether it was written here, by this user.

        Raises:
            UnreadableError: The file can't be read.
        """
        try:
            origin = Origin.known(self._base)
            with own_folder(self._base) as folder:
                descriptor = open_file_at(folder, JOURNAL, os.O_RDONLY)
            with os.fdopen(descriptor, "rb") as lines:
                if os.fstat(descriptor).st_size > _LARGEST:
                    raise UnreadableError(
                        f"{self.path} is larger than {_LARGEST >> 30} GB. Move it away, then try "
                        "again."
                    )
                while line := lines.readline(_LONGEST_LINE):  # there may be more than fit in memory
                    if len(line) == _LONGEST_LINE:
                        raise UnreadableError(
                            f"{self.path} has a line of more than {_LONGEST_LINE >> 20} MB, which "
                            "oxtui never writes. Move the file away, then try again."
                        )
                    line = line.rstrip(b"\n")
                    try:
                        yield _LINE.decode(line), bool(origin and origin.proves(line))
                    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                        continue  # cut off by a crash, of a newer version, or made to deceive
        except FileNotFoundError:
            return
        except OSError as error:
            raise UnreadableError(f"{self.path} can't be read: {explained(error)}") from error

    def replace(self, lines: Iterable[tuple[Line, bool]]) -> None:
        """Writes lines in place of all, durably.

        Args:
            lines: Each line, and whether it is to be proved as written here.

        Raises:
            WriteFailedError: The system refused; it is as it was.
        """
        temp = f"{JOURNAL}.{uuid4().hex}.tmp"
        try:
            origin = Origin.known(self._base)
            with own_folder(self._base) as folder:
                descriptor = open_file_at(folder, temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
                try:
                    for line, ours in lines:
                        record = msgspec.json.encode(line)
                        record = origin.proved(record) if origin and ours else record
                        write_all(descriptor, b"\n" + record)
                    os.fsync(descriptor)
                    os.rename(temp, JOURNAL, src_dir_fd=folder, dst_dir_fd=folder)
                    os.fsync(folder)
                except OSError:
                    os.unlink(temp, dir_fd=folder)
                    raise
                finally:
                    os.close(descriptor)
        except OSError as error:
            raise self._not_written(error) from error
