"""The texts of all sessions of a store, kept so that searching does not read the files again.

What is kept is a cache: each text is tied to the state of the file that it came from, and one whose
file is in another state by now is not looked at. One process at a time writes the cache. Another
one on the same store reads what is there and keeps what it has to read itself in temporary files,
and so does one that cannot write.

The texts of sessions that are gone are overwritten: what was destroyed in the store is not to be
found here. Who has no right to write the cache leaves that to who has it and will look as well,
and tries again whenever it looks itself.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from oxtui.errors import InvalidNameError, UnreadableError
from oxtui.store.layout import SESSIONS, SUFFIX, session_file, session_id_of
from oxtui.store.names import check_name
from oxtui.store.regular_files import read_regular
from oxtui.store.search.chunks import Chunk, Finder, Record
from oxtui.store.search.segments import (
    EDGE,
    FOLDER,
    SEGMENT_BYTES,
    Segment,
    exclusive,
    forget_texts,
    load_all,
)
from oxtui.store.search.text import SearchHit, hit_in, passages
from oxtui.store.summaries.entries import FileIdentity
from oxtui.store.summaries.scan import session_files
from oxtui.store.values import SessionId

_SMALL_BYTES: Final = 8 << 20
_SMALL_ONES: Final = 8
_FLUSH_RECORDS: Final = 512
_UNSETTLED_NS: Final = 2 * 10**9  # the coarsest clock of a file system in use
_LARGE_BYTES: Final = 8 << 20


class SearchIndex:
    """What can be searched, and what has to be read before it can.

    Attributes:
        pending: Sessions whose files are new, or in another state than their text, in the order in
            which they are to be read.
    """

    def __init__(self, base: Path, cache: Path) -> None:
        self.pending: dict[SessionId, None] = {}
        self._sessions = base / SESSIONS
        self._cache, self._folder = cache, cache / FOLDER
        self._records: dict[SessionId, Record] = {}
        self._gone: set[SessionId] = set()
        self._segments: list[Segment] = []
        self._writing: Segment | None = None
        self._places: list[Callable[[], Segment | None]] = [
            self._keeping,
            self._temporary,
            Segment.in_memory,
        ]
        self._lock: IO[bytes] | None = None
        self._unflushed = 0
        self._untidy = True
        self._buffer = bytearray()

    def open(self) -> None:
        """Takes what the cache has, and finds out what is different on disk."""
        self._lock = exclusive(self._folder)
        for segment in load_all(self._folder, ours=self._lock is not None):
            self._segments.append(segment)
            self._records.update((each.session_id, each) for each in segment.records)
        self.survey()

    def survey(self) -> list[SessionId]:
        """Compares with the disk; `pending` is what differs, the newest first.

        While the sessions folder can't be listed, everything stays as it is.

        Returns:
            The sessions that are gone.
        """
        try:
            there = dict(self._on_disk())
        except OSError:
            return []
        differing = [
            (identity.mtime_ns, session_id)
            for session_id, identity in there.items()
            if not self._is_known(session_id, identity)
        ]
        differing.sort(reverse=True)
        self.pending = {session_id: None for _, session_id in differing}
        gone = [session_id for session_id in self._records if session_id not in there]
        for session_id in gone:
            del self._records[session_id]
        kept = {record.session_id for segment in self._segments for record in segment.records}
        self._gone = kept - there.keys()
        return gone

    def look_again(self, session_ids: Iterable[SessionId]) -> None:
        """Puts those whose files are different before all others that are to be read."""
        first: dict[SessionId, None] = {}
        for session_id in session_ids:
            try:
                status = self._path(session_id).lstat()
            except (OSError, ValueError):
                first[session_id] = None
            else:
                if not self._is_known(session_id, FileIdentity.of(status)):
                    first[session_id] = None
        self.pending = first | {each: None for each in self.pending if each not in first}

    def _on_disk(self) -> Iterator[tuple[SessionId, FileIdentity]]:
        for each in session_files(self._sessions):
            with suppress(FileNotFoundError):  # gone since it was listed
                identity = FileIdentity.of(each.stat(follow_symlinks=False))
                yield session_id_of(each.name), identity

    def _is_known(self, session_id: SessionId, identity: FileIdentity) -> bool:
        record = self._records.get(session_id)
        return record is not None and record.settled and record.identity == identity

    def _path(self, session_id: SessionId) -> Path:
        return self._sessions / f"{session_id}{SUFFIX}"

    def read_next(self) -> tuple[SessionId, bytes]:
        """Reads the next session that is pending; its folded text, which is empty for none."""
        session_id = next(iter(self.pending))
        del self.pending[session_id]
        path = self._path(session_id)
        try:
            check_name(session_id)
            identity = FileIdentity.of(path.lstat())
            text = _folded_text(path)
        except (OSError, InvalidNameError) as error:
            self._records.pop(session_id, None)
            if isinstance(error, FileNotFoundError):
                self._gone.add(session_id)
            return session_id, b""
        self._gone.discard(session_id)
        settled = time.time_ns() - identity.mtime_ns > _UNSETTLED_NS
        self._append(session_id, identity, settled, text)
        self._unflushed += 1
        if self._unflushed >= _FLUSH_RECORDS:
            self.flush()
        return session_id, text

    def chunks(self) -> list[Chunk]:
        """All that is kept, the newest first."""
        if not self._lock:
            for segment in self._segments:
                segment.look_again()
        found = [chunk for segment in self._segments for chunk in segment.chunks]
        found.sort(key=lambda chunk: chunk.newest, reverse=True)
        return found

    def found_in(self, chunk: Chunk, find: Finder) -> list[SessionId]:
        """The sessions in whose text something is found, the newest first.

        Sessions whose texts turn out to be damaged become pending.
        """
        length = chunk.length
        buffer = self._buffer if length <= _LARGE_BYTES else bytearray()
        damaged = chunk.records
        if chunk.read(chunk.offset, length, buffer):
            damaged = () if chunk.trusted else chunk.damaged(buffer)
            chunk.trusted = True
        self._distrust(damaged)
        if damaged is chunk.records:
            return []
        hits = [record for record in chunk.found(buffer, find) if self._is_valid(record)]
        hits.sort(key=lambda record: record.identity.mtime_ns, reverse=True)
        return [record.session_id for record in hits]

    def verify_next(self) -> bool:
        """Compares one chunk with its checksums, so that no search has to; False for none left."""
        for chunk in self.chunks():
            if not chunk.trusted:
                self.found_in(chunk, _nothing)
                return True
        return False

    def _distrust(self, records: Iterable[Record]) -> None:
        for record in records:
            if self._records.get(record.session_id) is record:
                del self._records[record.session_id]
                self.pending.setdefault(record.session_id)

    def holds(self, session_id: SessionId) -> bool:
        """Whether the text of a session is there and not known to be outdated."""
        return session_id in self._records and session_id not in self.pending

    def _is_valid(self, record: Record) -> bool:
        return self._records.get(record.session_id) is record and self.holds(record.session_id)

    def flush(self) -> None:
        """Lets others, and the next start, know what was read, and forgets what is gone."""
        self._unflushed = 0
        if self._writing is not None:
            try:
                self._writing.flush()
            except OSError:
                self._writing = None
        if self._gone:
            self._forget()

    def _forget(self) -> None:
        for segment in self._segments:
            if self._lock or not segment.kept:
                try:
                    segment.forget(self._gone.__contains__)
                except OSError:
                    segment.detach()
        if self._lock or forget_texts(self._cache, self._gone.__contains__):
            self._gone.clear()

    def tidy(self) -> bool:
        """Takes one segment apart, if most of it is outdated or there are too many small ones.

        Returns:
            Whether there may be more to do.
        """
        if not self._untidy:
            return False
        ours = [each for each in self._segments if self._lock or not each.kept]
        done = [each for each in ours if each is not self._writing]
        small = [each for each in done if each.size < _SMALL_BYTES]
        if len(small) <= _SMALL_ONES:
            small = [each for each in done if 2 * self._used(each) < each.size]
        self._untidy = bool(small) and self._move_out(small[0])
        return self._untidy

    def _used(self, segment: Segment) -> int:
        records = segment.records
        return sum(r.length for r in records if self._records.get(r.session_id) is r)

    def _move_out(self, segment: Segment) -> bool:
        content = bytearray()
        for chunk in segment.chunks:
            if not chunk.read(chunk.offset, chunk.length, content):
                continue
            self._distrust(chunk.damaged(content))
            for record in chunk.records:
                if self._records.get(record.session_id) is record:
                    start = record.offset - chunk.offset
                    text = bytes(content[start : start + record.length])
                    self._append(record.session_id, record.identity, record.settled, text)
        self.flush()
        if segment.kept and not (self._writing and self._writing.kept):
            return False  # there is no place for it any more, so it stays where it is
        self._distrust(segment.records)
        self._segments.remove(segment)
        segment.detach()
        segment.close()
        return True

    def close(self) -> None:
        """Ends writing, and lets go of everything."""
        self.flush()
        for segment in self._segments:
            segment.close()
        if self._lock:
            self._lock.close()

    def _append(
        self, session_id: SessionId, identity: FileIdentity, settled: bool, text: bytes
    ) -> None:
        while True:
            if self._writing is None or self._writing.size >= SEGMENT_BYTES:
                self._writing = self._begun()
            try:
                record = self._writing.append(session_id, identity, settled, text)
            except OSError:
                self._end_writing(self._writing)
            else:
                self._records[session_id] = record
                return

    def _begun(self) -> Segment:
        """A new segment to write to, in the first place that has not refused yet."""
        self.flush()
        if self._writing is not None:
            self._writing.seal()
        while (made := self._places[0]()) is None:
            del self._places[0]
        self._segments.append(made)
        self._untidy = True
        return made

    def _end_writing(self, segment: Segment) -> None:
        """Writes no more to where the end of a segment could not be written."""
        with suppress(OSError):
            segment.trim()
            segment.flush()
        segment.seal()
        self._writing = None
        del self._places[0]  # else what is small would be taken there, and what is large refused

    def _keeping(self) -> Segment | None:
        with suppress(OSError):
            return Segment.create(self._folder) if self._lock else None
        return None

    def _temporary(self) -> Segment | None:
        with suppress(OSError):
            return Segment.temporary(self._folder)
        return None


def _nothing(content: bytearray, start: int, end: int) -> int:
    del content, start, end
    return -1


def hit_of(base: Path, session_id: SessionId, query: str, most: int) -> SearchHit:
    """How often `query` stands in the file of a session now, and the first `most` places."""
    try:
        check_name(session_id)
        data = read_regular(base / session_file(session_id))
        return hit_in(session_id, passages(data), query, most)
    except (OSError, UnreadableError, InvalidNameError):
        return SearchHit(session_id, 0, ())


def _folded_text(path: Path) -> bytes:
    """What is searched of a file; nothing, if it is not a session that Oxios reads."""
    try:
        found = passages(read_regular(path))
        parts = [passage.text.casefold() for passage in found if passage.text]
    except UnreadableError:
        return b""
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    return EDGE.join((b"", *encoded, b"")) if parts else b""
