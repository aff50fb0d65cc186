"""Folded texts of sessions in files that are only ever appended to, and finding bytes in them.

A segment is two files: `N.text`, texts one after the other, and `N.rows`, which says whose they are
and what state of which file they were read from. Nothing in them is trusted: rows carry a checksum,
and each text is compared with its own when it is read for the first time. So nothing has to be
synced to the disk, and a file that is cut off, old or overwritten costs only reading anew.
"""

import fcntl
import io
import os
import struct
import tempfile
import time
import unicodedata
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, Self

from oxtui.errors import UnreadableError
from oxtui.store.private import make_private_folder, open_private
from oxtui.store.regular_files import open_regular, read_regular
from oxtui.store.search.chunks import Chunk, Record
from oxtui.store.summaries.entries import FileIdentity
from oxtui.store.values import SessionId

# Folding follows the Unicode of the Python that did it.
MAGIC: Final = f"oxtui search 1, Unicode {unicodedata.unidata_version}\n".encode()
EDGE: Final = b"\xff"  # before and after each text; in no UTF-8, so nothing is found across it
SEGMENT_BYTES: Final = 32 << 20

_ROW: Final = struct.Struct("<QQq?QQIH")
_CHECKSUM: Final = struct.Struct("<I")

_File = io.FileIO | io.BytesIO


class Segment:
    """A file of texts, and the rows that say whose they are.

    Attributes:
        chunks: All texts.
        size: Bytes of texts.
    """

    def __init__(self, text: _File, rows: _File | None, paths: tuple[Path, ...]) -> None:
        self.chunks: list[Chunk] = []
        self.size = 0
        self._text, self._rows, self._paths = text, rows, paths
        self._unwritten: list[bytes] = []

    @classmethod
    def create(cls, folder: Path) -> Self:
        """A new one in `folder`.

        Raises:
            OSError: There can be none.
        """
        name = str(time.time_ns())
        paths = (folder / f"{name}.rows", folder / f"{name}.text")
        rows = open(paths[0], "xb", buffering=0, opener=open_private)  # noqa: SIM115 - kept open
        try:
            text = open(paths[1], "x+b", buffering=0, opener=open_private)  # noqa: SIM115
        except OSError:
            rows.close()
            raise
        made = cls(text, rows, paths)
        made._unwritten.append(MAGIC)
        return made

    @classmethod
    def temporary(cls, folder: Path) -> Self:
        """One that nobody else sees and that is gone when it is closed, in `folder` if may be.

        Raises:
            OSError: There is no place for temporary files.
        """
        try:
            file = tempfile.TemporaryFile("w+b", buffering=0, dir=folder)  # noqa: SIM115 - kept open
        except OSError:  # /tmp may be in memory, so it comes second
            file = tempfile.TemporaryFile("w+b", buffering=0)  # noqa: SIM115 - kept open
        return cls(file, None, ())

    @classmethod
    def in_memory(cls) -> Self:
        """One for when there is no disk to write to."""
        return cls(io.BytesIO(), None, ())

    @classmethod
    def load(cls, rows: Path) -> Self | None:
        """The one that `rows` belongs to, as far as it can be read; None for none."""
        path = rows.with_suffix(".text")
        try:
            content = read_regular(rows)
            if not content.startswith(MAGIC):
                return None
            text = open(path, "rb", buffering=0, opener=open_regular)  # noqa: SIM115 - kept open
        except (OSError, UnreadableError):
            return None
        made = cls(text, None, (rows, path))
        made.size = os.fstat(text.fileno()).st_size
        for record in _rows(content):
            if record.offset + record.length <= made.size:
                made._file(record)
        return made

    @property
    def kept(self) -> bool:
        """Whether it outlives the process."""
        return bool(self._paths)

    def append(
        self, session_id: SessionId, identity: FileIdentity, settled: bool, text: bytes
    ) -> Record:
        """Writes a text.

        Raises:
            OSError: It could not be written; the segment should not be written to any more.
        """
        offset = self.size
        self._text.seek(offset)
        _write(self._text, text)
        self.size += len(text)
        record = Record(session_id, identity, settled, offset, len(text), zlib.crc32(text))
        self._file(record)
        if self._rows:
            self._unwritten.append(_row(record))
        return record

    def flush(self) -> None:
        """Makes what was appended known to whoever loads the segment from now on.

        Raises:
            OSError: It could not be written.
        """
        if self._rows and self._unwritten:
            _write(self._rows, b"".join(self._unwritten))
            self._unwritten.clear()

    def seal(self) -> None:
        """Says that nothing more will be appended."""
        if self._rows:
            self._rows.close()
            self._rows = None

    def read(self, offset: int, length: int, into: bytearray) -> bool:
        """Reads texts; False if they are not there."""
        if len(into) < length:
            into.extend(bytes(length - len(into)))
        done = 0
        try:
            with memoryview(into) as view:
                while done < length and (got := self._read(offset + done, view[done:length])):
                    done += got
        except OSError:
            return False
        return done == length

    def _read(self, offset: int, into: memoryview) -> int:
        if isinstance(self._text, io.FileIO):  # whose position is shared with a forked process
            return os.preadv(self._text.fileno(), [into], offset)
        self._text.seek(offset)
        return self._text.readinto(into)

    def close(self) -> None:
        """Lets go of the files."""
        self.seal()
        self._text.close()

    def remove(self) -> None:
        """Removes the files; who has them open can go on reading."""
        self.close()
        for path in self._paths:
            with suppress(OSError):
                path.unlink()

    def _file(self, record: Record) -> None:
        if not self.chunks or not self.chunks[-1].takes(record):
            self.chunks.append(Chunk(self.read))
        self.chunks[-1].add(record)


def exclusive(folder: Path) -> IO[bytes] | None:
    """The right to write the cache, until it is closed; None if it is not to be had."""
    with suppress(OSError):
        make_private_folder(folder)
        file = open(folder / "lock", "ab", opener=open_private)  # noqa: SIM115 - kept open
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
        else:
            return file
    return None


def rows_in(folder: Path) -> list[Path]:
    """The rows of all segments in a cache, the oldest first."""
    try:
        return sorted(folder.glob("*.rows"))
    except OSError:
        return []


def remove(rows: Path) -> None:
    """Removes the files of a segment that can't be used."""
    for path in (rows, rows.with_suffix(".text")):
        with suppress(OSError):
            path.unlink()


def _write(file: _File, content: bytes) -> None:
    with memoryview(content) as rest:
        done = 0
        while done < len(rest):
            done += file.write(rest[done:])


def _row(record: Record) -> bytes:
    name = os.fsencode(record.session_id)
    row = _ROW.pack(
        record.identity.inode,
        record.identity.size,
        record.identity.mtime_ns,
        record.settled,
        record.offset,
        record.length,
        record.checksum,
        len(name),
    )
    return row + name + _CHECKSUM.pack(zlib.crc32(row + name))


def _rows(content: bytes) -> Iterator[Record]:
    at = len(MAGIC)
    while at + _ROW.size <= len(content):
        inode, size, mtime_ns, settled, offset, length, checksum, named = _ROW.unpack_from(
            content, at
        )
        end = at + _ROW.size + named
        row, ending = content[at:end], content[end : end + _CHECKSUM.size]
        if ending != _CHECKSUM.pack(zlib.crc32(row)):
            return  # whatever follows, its beginning is not known
        session_id = SessionId(os.fsdecode(row[_ROW.size :]))
        identity = FileIdentity(inode, size, mtime_ns)
        yield Record(session_id, identity, settled, offset, length, checksum)
        at = end + _CHECKSUM.size
