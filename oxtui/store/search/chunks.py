"""Texts that lie together in a segment, and finding bytes in them."""

import re
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from oxtui.store.summaries.entries import FileIdentity
from oxtui.store.values import SessionId

_CHUNK_BYTES: Final = 1 << 20
# `re` is the quicker one for what is short, `find` for what is long.
_SHORT_BYTES: Final = 5

Finder = Callable[[bytearray, int, int], int]
IsGone = Callable[[SessionId], bool]
Reader = Callable[[int, int, bytearray], bool]


class Record(msgspec.Struct, frozen=True, gc=False):
    """The text of a session, as it was read from one state of its file.

    Attributes:
        session_id: The session.
        identity: The state of the file.
        settled: Whether the file was old enough when read that a later write shows in its identity.
        offset: Where the text begins in its segment.
        length: Its bytes; 0 for a file that is no session.
        checksum: Its CRC-32.
    """

    session_id: SessionId
    identity: FileIdentity
    settled: bool
    offset: int
    length: int
    checksum: int


class Chunk:
    """Texts that lie together and are read as one.

    Attributes:
        read: Reads a number of bytes from a place of its segment; False if they are not there.
        records: Whose texts, in their order.
        newest: The latest time at which one of the files was written, nanoseconds since the epoch.
        trusted: Whether the checksums were compared.
    """

    __slots__ = ("_starts", "newest", "read", "records", "trusted")

    def __init__(self, read: Reader) -> None:
        self.read = read
        self.records: list[Record] = []
        self.newest = 0
        self.trusted = False
        self._starts: list[int] = []

    @property
    def offset(self) -> int:
        """Where it begins in its segment."""
        return self._starts[0]

    @property
    def length(self) -> int:
        """Its bytes."""
        last = self.records[-1]
        return last.offset + last.length - self._starts[0]

    def add(self, record: Record) -> None:
        """Takes a text that lies behind the others."""
        self.records.append(record)
        self._starts.append(record.offset)
        self.newest = max(self.newest, record.identity.mtime_ns)

    def takes(self, record: Record) -> bool:
        """Whether a text may join the others."""
        end = record.offset + record.length
        return record.offset >= self._starts[-1] and end - self._starts[0] <= _CHUNK_BYTES

    def without(self, is_gone: IsGone) -> "Chunk":
        """The same without the texts of some sessions; itself if it has none of theirs."""
        rest = [record for record in self.records if not is_gone(record.session_id)]
        if len(rest) == len(self.records):
            return self
        made = Chunk(self.read)
        made.trusted = self.trusted
        for record in rest:
            made.add(record)
        return made

    def found(self, content: bytearray, find: Finder) -> Iterator[Record]:
        """The texts in which something is found, `content` being what was read of the chunk."""
        at, end = 0, self.length
        while (at := find(content, at, end)) >= 0:
            record = self.records[bisect_right(self._starts, at + self.offset) - 1]
            past = record.offset + record.length - self.offset
            if at < past:
                yield record
            at = max(at + 1, past)

    def damaged(self, content: bytearray) -> list[Record]:
        """The texts that are not what was written."""
        with memoryview(content) as view:
            return [each for each in self.records if self._checksum(view, each) != each.checksum]

    def _checksum(self, view: memoryview, record: Record) -> int:
        start = record.offset - self.offset
        return zlib.crc32(view[start : start + record.length])


def finder(needle: bytes) -> Finder:
    """What finds `needle` in the quickest way: from a start up to an end, -1 for nowhere."""
    if len(needle) >= _SHORT_BYTES:
        return lambda content, start, end: content.find(needle, start, end)
    search = re.compile(re.escape(needle)).search

    def find(content: bytearray, start: int, end: int) -> int:
        found = search(content, start, end)
        return found.start() if found else -1

    return find
