"""The process that reads, keeps and searches the texts of a store, so that no key has to wait.

Started by `Search` as `python -m oxtui.store.search_worker BASE CACHE`; ends with its input.
"""

import os
import select
import sys
import time
from collections import deque
from pathlib import Path
from typing import IO, Final

from oxtui.store.models import SessionId
from oxtui.store.search_chunks import Chunk, finder
from oxtui.store.search_index import SearchIndex, hit_of
from oxtui.store.search_protocol import (
    LENGTH,
    REQUESTS,
    Found,
    LookAgain,
    Request,
    Seek,
    Show,
    Shown,
    Survey,
    framed,
    query_of,
)

_NICENESS: Final = 5
_BATCH: Final = 500
_BATCH_S: Final = 0.03
_READ_BYTES: Final = 1 << 16


class Seeking:
    """A search that is under way, and then kept up to date."""

    def __init__(self, seek: Seek, chunks: list[Chunk]) -> None:
        self.number = seek.number
        self.needle = seek.needle
        self.find = finder(seek.needle)
        self.chunks = deque(chunks)
        self._hits: set[SessionId] = set()
        self._found: list[SessionId] = []
        self._lost: list[SessionId] = []
        self._sent_s = 0.0
        self._was_done = False

    def take(self, session_ids: list[SessionId]) -> None:
        """Notes hits."""
        fresh = [each for each in session_ids if each not in self._hits]
        self._hits.update(fresh)
        self._found += fresh

    def take_not(self, session_id: SessionId) -> None:
        """Notes that a session is no hit, or not any more."""
        if session_id in self._hits:
            self._hits.remove(session_id)
            self._lost.append(session_id)

    def report(self, unread: int) -> Found | None:
        """What to tell now, if it is time to."""
        done = not self.chunks and not unread
        news = bool(self._found or self._lost) or done != self._was_done
        now = time.monotonic()
        due = done or len(self._found) >= _BATCH or now - self._sent_s >= _BATCH_S
        if not due or not (news or (unread and not done)):
            return None
        names, lost = map(_names, (self._found, self._lost))
        self._found, self._lost = [], []
        self._sent_s, self._was_done = now, done
        return Found(self.number, names, lost, unread, done)


class Worker:
    """Answers requests, and in between searches and reads, a little at a time."""

    def __init__(self, base: Path, index: SearchIndex, output: IO[bytes]) -> None:
        self._base = base
        self._index = index
        self._output = output
        self._shows: deque[Show] = deque()
        self._seeking: Seeking | None = None

    def take(self, request: Request) -> None:
        """Takes in a request."""
        match request:
            case LookAgain():
                self._index.look_again(SessionId(os.fsdecode(name)) for name in request.names)
            case Survey():
                for session_id in self._index.survey():
                    if self._seeking:
                        self._seeking.take_not(session_id)
            case Show():
                self._shows.append(request)
            case Seek():
                chunks = self._index.chunks() if request.needle else []
                self._seeking = Seeking(request, chunks) if request.needle else None

    def step(self) -> bool:
        """Does what is most urgent; False when there is nothing to do."""
        if self._shows:
            self._show(self._shows.popleft())
        elif self._seeking and self._seeking.chunks:
            chunk = self._seeking.chunks.popleft()
            self._seeking.take(self._index.found_in(chunk, self._seeking.find))
        elif self._index.pending:
            self._read_next(self._seeking)
        else:
            self._index.flush()
            return self._index.tidy()
        if self._seeking:
            self._tell(self._seeking.report(len(self._index.pending)))
        return True

    def _read_next(self, seeking: Seeking | None) -> None:
        session_id, text = self._index.read_next()
        if seeking is None:
            return
        if seeking.needle in text:
            seeking.take([session_id])
        else:
            seeking.take_not(session_id)

    def _show(self, show: Show) -> None:
        session_id = SessionId(os.fsdecode(show.name))
        hit = hit_of(self._base, session_id, query_of(show.needle), show.most)
        self._tell(Shown(show.number, hit.count, hit.snippets))

    def _tell(self, answer: Found | Shown | None) -> None:
        if answer:
            self._output.write(framed(answer))
            self._output.flush()


def serve(base: Path, cache: Path, source: int, output: IO[bytes]) -> None:
    """Works until `source`, a file descriptor, ends."""
    index = SearchIndex(base, cache)
    index.open()
    worker = Worker(base, index, output)
    received = bytearray()
    busy = True
    try:
        while True:
            if select.select([source], [], [], 0 if busy else None)[0]:
                got = os.read(source, _READ_BYTES)
                if not got:
                    return
                received += got
                for request in _requests(received):
                    worker.take(request)
            busy = worker.step()
    finally:
        index.close()


def _requests(received: bytearray) -> list[Request]:
    """The requests that have come in whole, which are taken out of `received`."""
    found: list[Request] = []
    while len(received) >= LENGTH.size:
        (length,) = LENGTH.unpack_from(received)
        end = LENGTH.size + length
        if len(received) < end:
            break
        found.append(REQUESTS.decode(received[LENGTH.size : end]))
        del received[:end]
    return found


def _names(session_ids: list[SessionId]) -> list[bytes]:
    return [os.fsencode(each) for each in session_ids]


def main() -> None:
    """Runs the worker on its standard input and output."""
    os.nice(_NICENESS)
    base, cache = map(Path, sys.argv[1:3])
    try:
        serve(base, cache, sys.stdin.fileno(), sys.stdout.buffer)
    except BrokenPipeError:  # the application is gone
        os._exit(0)


if __name__ == "__main__":
    main()
