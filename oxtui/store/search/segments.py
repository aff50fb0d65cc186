"""Folded texts of sessions in files, and finding bytes in them.

A segment is two files: `N.text`, texts one after the other, and `N.rows`, which says whose they are
and what state of which file they were read from. Nothing in them is trusted: rows carry a checksum,
and each text is compared with its own when it is read for the first time. So nothing has to be
synced to the disk, and a file that is cut off, old or overwritten costs only reading anew.

Texts are appended. Those of sessions that are gone are overwritten first and lose their rows then,
and what has no row is cut off by who has the right to write: whatever a crash comes between, no
text stays in a file that nobody knows to be there.
"""

import fcntl
import io
import os
import stat
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
from oxtui.store.search.chunks import Chunk, IsGone, Record
from oxtui.store.summaries.entries import FileIdentity
from oxtui.store.values import SessionId

# Folding follows the Unicode of the Python that did it.
MAGIC: Final = f"oxtui search 1, Unicode {unicodedata.unidata_version}\n".encode()
EDGE: Final = b"\xff"  # before and after each text; in no UTF-8, so nothing is found across it
SEGMENT_BYTES: Final = 32 << 20
FOLDER: Final = "search"
"""Where the segments are, relative to the cache of a store."""

_ROW: Final = struct.Struct("<QQq?QQIH")
_ROW_END: Final = struct.Struct("<QQIH")
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
        self._text, self._rows = text, rows
        self._paths: tuple[Path, ...] = paths
        self._unwritten: list[bytes] = []
        self._changed_ns = 0

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
            text = _opened(path)
        except (OSError, UnreadableError):
            return None
        made = cls(text, None, (rows, path))
        status = os.fstat(text.fileno())
        made.size, made._changed_ns = status.st_size, status.st_mtime_ns
        for record in _rows(content):
            if record.offset + record.length <= made.size:
                made._file(record)
        return made

    @property
    def records(self) -> Iterator[Record]:
        """Whose texts, in their order."""
        return (record for chunk in self.chunks for record in chunk.records)

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

    def forget(self, is_gone: IsGone) -> None:
        """Overwrites all texts of some sessions, older ones too.

        Raises:
            OSError: It could not be done; the segment should be detached.
        """
        rest = [chunk.without(is_gone) for chunk in self.chunks]
        if all(new is chunk for new, chunk in zip(rest, self.chunks, strict=True)):
            return
        for record in self.records:
            if is_gone(record.session_id):
                self._text.seek(record.offset)
                _write(self._text, EDGE * record.length)
        self.chunks = [chunk for chunk in rest if chunk.records]
        if self.kept:
            with open(self._paths[0], "r+b", buffering=0, opener=open_regular) as rows:
                _write(rows, b"".join((MAGIC, *map(_row, self.records))))
                rows.truncate()
            self._unwritten.clear()
        if self._rows:
            self._rows.seek(0, os.SEEK_END)

    def trim(self) -> None:
        """Cuts off what was written behind the last text that a row speaks of.

        Raises:
            OSError: It could not be done.
        """
        self.size = max((record.offset + record.length for record in self.records), default=0)
        if self._text.seek(0, os.SEEK_END) > self.size:
            self._text.truncate(self.size)

    def look_again(self) -> None:
        """Has texts compared once more, if another process has written since to those loaded."""
        if self.kept and isinstance(self._text, io.FileIO):
            changed_ns = os.fstat(self._text.fileno()).st_mtime_ns
            for chunk in self.chunks if changed_ns != self._changed_ns else ():
                chunk.trusted = False
            self._changed_ns = changed_ns

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

    def detach(self) -> None:
        """Removes the files; who has them open, as this process has, can go on reading."""
        self.seal()
        for path in self._paths:
            with suppress(OSError):
                path.unlink()
        self._paths = ()

    def _file(self, record: Record) -> None:
        if not self.chunks or not self.chunks[-1].takes(record):
            self.chunks.append(Chunk(self.read))
        self.chunks[-1].add(record)


def exclusive(folder: Path) -> IO[bytes] | None:
    """The right to write the cache, until it is closed; None if it is not to be had."""
    with suppress(OSError):
        make_private_folder(folder)
        path = folder / "lock"
        if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
            path.unlink()  # with it nobody would ever have the right
        file = open(path, "ab", opener=open_private)  # noqa: SIM115 - kept open
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
        else:
            return file
    return None


def load_all(folder: Path, *, ours: bool) -> Iterator[Segment]:
    """The segments of a cache, the oldest first.

    Args:
        folder: The cache.
        ours: Whether this process has the right to write it. Then what is of no use is removed.
    """
    for name in sorted({path.stem for path in _paths_in(folder)}):
        rows = folder / f"{name}.rows"
        segment = Segment.load(rows)
        if segment is not None and ours:
            segment = _trimmed(segment)
        if segment is not None:
            yield segment
        elif ours:
            for path in (rows.with_suffix(".text"), rows):
                with suppress(OSError):
                    path.unlink()


def forget_texts(cache: Path, is_gone: IsGone) -> bool:
    """Overwrites all texts of some sessions in the cache of a store.

    Returns:
        Whether it is done; False if another process has the right to write it, or nobody can.
    """
    folder = cache / FOLDER
    if not _may_hold(folder, is_gone):
        return True
    right = exclusive(folder)
    if right is None:
        return False
    with right:
        for segment in load_all(folder, ours=True):
            try:
                segment.forget(is_gone)
            except OSError:
                segment.detach()
            segment.close()
    return True


def _may_hold(folder: Path, is_gone: IsGone) -> bool:
    """Whether there is anything to forget, or to be cut off; a quick look that checks nothing."""
    paths = _paths_in(folder)
    texts = {path.stem for path in paths if path.suffix == ".text"}
    for rows in (path for path in paths if path.suffix == ".rows"):
        texts.discard(rows.stem)
        try:
            content = read_regular(rows)
            written = rows.with_suffix(".text").lstat().st_size
        except (OSError, UnreadableError):
            return True
        at = len(MAGIC)
        end = 0
        while at + _ROW.size <= len(content):
            at += _ROW.size
            offset, length, _, named = _ROW_END.unpack_from(content, at - _ROW_END.size)
            if is_gone(SessionId(os.fsdecode(content[at : at + named]))):
                return True
            at += named + _CHECKSUM.size
            end = max(end, offset + length)
        if end < written:
            return True
    return bool(texts)


def _paths_in(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix in (".rows", ".text")]
    except OSError:
        return []


def _opened(path: Path) -> io.FileIO:
    """The texts of a segment, to be written as well if may be."""
    try:
        return open(path, "r+b", buffering=0, opener=open_regular)
    except OSError:
        return open(path, "rb", buffering=0, opener=open_regular)


def _trimmed(segment: Segment) -> Segment | None:
    try:
        segment.trim()
    except OSError:
        segment.close()
        return None
    return segment


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
