"""The process that reads, keeps and searches the texts of a store, so that no key has to wait.

Started by `Search` as `python -m oxtui.store.search.worker BASE CACHE`; ends with its input.
"""

import os
import select
import sys
import time
from collections import deque
from pathlib import Path
from typing import IO, Final

from oxtui.store.search.chunks import finder
from oxtui.store.search.helper import Helper, shared
from oxtui.store.search.index import SearchIndex
from oxtui.store.search.protocol import (
    LENGTH,
    REQUESTS,
    Found,
    LookAgain,
    Request,
    Seek,
    Survey,
    framed,
)
from oxtui.store.values import SessionId

_NICENESS: Final = 5
_BATCH: Final = 500
_BATCH_S: Final = 0.03
_READ_BYTES: Final = 1 << 16


class Seeking:
    """A search that is under way, and then kept up to date."""

    def __init__(self, seek: Seek, index: SearchIndex) -> None:
        self.number = seek.number
        self.needle = seek.needle
        self._index = index
        self._find = finder(seek.needle)
        own, theirs = shared(index.chunks())
        self._chunks = deque(own)
        self._helper = Helper(index, theirs, self._find) if theirs else None
        self._hits: set[SessionId] = set()
        self._found: list[SessionId] = []
        self._lost: list[SessionId] = []
        self._sent_s = 0.0
        self._was_done = False

    @property
    def helper(self) -> Helper | None:
        """What to listen to meanwhile."""
        return self._helper

    @property
    def is_through(self) -> bool:
        """Whether all was searched that was read before."""
        return not self._chunks and self._helper is None

    @property
    def is_waiting(self) -> bool:
        """Whether only the helper has something left to do."""
        return not self._chunks and self._helper is not None

    def step(self) -> None:
        """Searches one chunk, if there is one left."""
        if self._chunks:
            self.take(self._index.found_in(self._chunks.popleft(), self._find))

    def listen(self) -> None:
        """Takes what the helper found, or does what it left undone."""
        if self._helper is None:
            return
        found = self._helper.receive()
        if found is None:
            self._chunks.extend(reversed(self._helper.remaining))
            self._helper = None
        else:
            # The helper knows only what there was when it began.
            self.take([each for each in found if self._index.holds(each)])

    def stop(self) -> None:
        """Ends it."""
        if self._helper:
            self._helper.stop()
            self._helper = None

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
        done = self.is_through and not unread
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

    def __init__(self, index: SearchIndex, output: IO[bytes]) -> None:
        self._index = index
        self._output = output
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
            case Seek():
                self.stop()
                self._seeking = Seeking(request, self._index) if request.needle else None

    @property
    def helper(self) -> Helper | None:
        """What may have found something for the search that is under way."""
        return self._seeking.helper if self._seeking else None

    def listen(self) -> None:
        """Takes what the helper has to say."""
        if self._seeking:
            self._seeking.listen()
            self._report()

    def stop(self) -> None:
        """Ends the search that is under way."""
        if self._seeking:
            self._seeking.stop()
            self._seeking = None

    def step(self) -> bool:
        """Does what is most urgent; False when there is nothing to do."""
        if self._seeking and not self._seeking.is_through:
            if self._seeking.is_waiting:
                return False
            self._seeking.step()
            self._report()
        elif self._index.pending:
            self._read_next(self._seeking)
            self._report()
        else:
            self._report()  # sessions that are gone leave nothing to read
            self._index.flush()
            return bool(self._index.pending) or self._index.verify_next() or self._index.tidy()
        return True

    def _report(self) -> None:
        found = self._seeking and self._seeking.report(len(self._index.pending))
        if found:
            self._output.write(framed(found))
            self._output.flush()

    def _read_next(self, seeking: Seeking | None) -> None:
        session_id, text = self._index.read_next()
        if seeking is None:
            return
        if seeking.needle in text:
            seeking.take([session_id])
        else:
            seeking.take_not(session_id)


def serve(base: Path, cache: Path, source: int, output: IO[bytes]) -> None:
    """Works until `source`, a file descriptor, ends."""
    index = SearchIndex(base, cache)
    index.open()
    worker = Worker(index, output)
    received = bytearray()
    busy = True
    try:
        while True:
            helper = worker.helper
            sources = [source] if helper is None else [source, helper.fileno()]
            ready = select.select(sources, [], [], 0 if busy else None)[0]
            if source in ready:
                got = os.read(source, _READ_BYTES)
                if not got:
                    return
                received += got
                for request in _requests(received):
                    worker.take(request)
            elif ready:
                worker.listen()
            busy = worker.step()
    finally:
        worker.stop()
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
