"""Finding sessions by what was said, thought, called and answered in them.

The application uses `Search`, which leaves all work to a process of its own. The commands use
`search_store`, which gives the same answer in theirs.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from oxtui.errors import OxtuiError, SearchStoppedError
from oxtui.store.layout import SESSIONS, session_id_of
from oxtui.store.search.chunks import finder
from oxtui.store.search.index import SearchIndex
from oxtui.store.search.process import ended, started
from oxtui.store.search.protocol import (
    ANSWERS,
    LENGTH,
    Found,
    LookAgain,
    Request,
    Seek,
    Survey,
    framed,
    needle_of,
)
from oxtui.store.summaries.index import SummaryIndex
from oxtui.store.summaries.scan import session_files
from oxtui.store.values import SessionId

_RESTARTS: Final = 3


class SearchBatch(msgspec.Struct, frozen=True):
    """What a search has to say since its last batch.

    Attributes:
        found: Sessions in which the query stands, roughly the newest first.
        lost: Sessions of earlier batches in which it does not stand any more.
        unread: How many sessions still have to be read; their hits are yet to come.
        done: Whether everything was searched. Batches after that say what changed since.
    """

    found: tuple[SessionId, ...]
    lost: tuple[SessionId, ...]
    unread: int
    done: bool


class _Running:
    """The search that the worker is at."""

    def __init__(self, seek: Seek) -> None:
        self.seek = seek
        self.batches: asyncio.Queue[SearchBatch | OxtuiError | None] = asyncio.Queue()


class Search:
    """Full text of one store, as it is on disk.

    Everything is done by a worker process, which is started by the first call that needs it, and
    again if something ends it. To be used on one event loop.
    """

    def __init__(self, base: Path, cache: Path) -> None:
        self._base, self._cache = base, cache
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()
        self._listening: asyncio.Task[None] | None = None
        self._ended = 0
        self._missed = False
        self._closed = False
        self._number = 0
        self._running: _Running | None = None

    async def start(self) -> None:
        """Has the sessions read that are new since the last time, in the background.

        Raises:
            SearchStoppedError: The worker can't be started, or the search was closed.
        """
        async with self._starting:
            if self._closed:
                raise SearchStoppedError("Search was closed.")
            if self._process is None:
                await self._start()

    async def close(self) -> None:
        """Ends the worker, and every search with it."""
        self._closed = True
        async with self._starting:
            listening, self._listening = self._listening, None
            process, self._process = self._process, None
        if listening:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
        self._end_running(None)
        if process:
            await ended(process)

    def update(self, session_ids: Iterable[SessionId]) -> None:
        """Says that sessions were written, are new or gone; they are searched anew in a moment."""
        if self._process is None:  # which looks at everything when it starts
            self._missed = True
        elif names := [os.fsencode(session_id) for session_id in session_ids]:
            self._send(LookAgain(names))
            self._missed = True

    def survey(self) -> None:
        """Says that anything may have changed on disk."""
        self._send(Survey())
        self._missed = True

    async def find(self, query: str) -> AsyncGenerator[SearchBatch]:
        """The sessions in which `query` stands; an empty one stands nowhere.

        Goes on after everything was searched, with what changes on disk, until another search
        begins, the generator is closed, or the search is.

        Raises:
            SearchStoppedError: The worker can't be started, or keeps ending.
        """
        needle = needle_of(query)
        self._stop_running()
        if not needle:
            yield SearchBatch((), (), 0, True)
            return
        self._number += 1
        running = self._running = _Running(Seek(self._number, needle))
        try:
            await self.start()
            if self._running is running:  # else another one began meanwhile
                self._send(running.seek)
            while batch := await running.batches.get():
                if isinstance(batch, OxtuiError):
                    raise batch
                yield batch
        finally:
            if self._running is running:
                self._running = None
                self._send(Seek(running.seek.number, b""))

    async def _start(self) -> None:
        self._missed = False
        process = await started(self._base, self._cache)
        self._process = process
        self._listening = asyncio.create_task(self._listen(process))
        if self._missed:  # the worker may have looked before the change came
            self._send(Survey())

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
                self._take(ANSWERS.decode(await process.stdout.readexactly(length)))
        self._process = None
        await ended(process)
        await self._start_again()

    def _take(self, found: Found) -> None:
        self._ended = 0
        running = self._running
        if running and running.seek.number == found.number:
            running.batches.put_nowait(_batch(found))

    async def _start_again(self) -> None:
        """Goes on after the worker ended, if anybody is waiting for it."""
        if not self._running:
            return
        self._ended += 1
        try:
            if self._ended > _RESTARTS:
                raise SearchStoppedError("Search ended again and again. Search again to retry.")
            await self.start()
        except SearchStoppedError as error:
            self._ended = 0
            self._end_running(error)
            return
        if self._running:
            self._send(self._running.seek)

    def _send(self, request: Request) -> None:
        """Tells the worker, if there is one; one that is started later looks at everything."""
        if self._process and self._process.stdin and not self._process.stdin.is_closing():
            self._process.stdin.write(framed(request))

    def _stop_running(self) -> None:
        running, self._running = self._running, None
        if running:
            running.batches.put_nowait(None)
            self._send(Seek(running.seek.number, b""))

    def _end_running(self, error: SearchStoppedError | None) -> None:
        running, self._running = self._running, None
        if running:
            running.batches.put_nowait(error)


def search_store(base: Path, query: str, cache: Path) -> Iterator[SessionId]:
    """The sessions of a store in which `query` stands, roughly the newest first.

    What had to be read for it is kept in `cache`, if that can be written, and nothing there of
    sessions that are gone.
    """
    needle = needle_of(query)
    if not needle:
        return
    find = finder(needle)
    index = SearchIndex(base, cache)
    try:
        index.open()
        kept = index.chunks()
        yield from _found_by_reading(index, needle)
        for chunk in kept:
            yield from index.found_in(chunk, find)
        yield from _found_by_reading(index, needle)  # what turned out to be damaged
        while index.tidy():
            pass
    finally:
        index.survey()  # what was removed meanwhile, maybe by who could not write the cache
        index.close()
        with suppress(OSError):
            there = {session_id_of(each.name) for each in session_files(base / SESSIONS)}
            SummaryIndex(cache).keep_only(there)


def _found_by_reading(index: SearchIndex, needle: bytes) -> Iterator[SessionId]:
    while index.pending:
        session_id, text = index.read_next()
        if needle in text:
            yield session_id


def _batch(found: Found) -> SearchBatch:
    return SearchBatch(_ids(found.names), _ids(found.lost), found.unread, found.done)


def _ids(names: list[bytes]) -> tuple[SessionId, ...]:
    return tuple(SessionId(os.fsdecode(name)) for name in names)
