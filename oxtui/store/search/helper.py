"""The other core: a copy of the search worker that takes half of what there is to search."""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from oxtui.store.search.chunks import Chunk, Finder
from oxtui.store.search.index import SearchIndex
from oxtui.store.values import SessionId

_READ_BYTES: Final = 1 << 16
_WORTH_BYTES: Final = 8 << 20
_END_OF_CHUNK: Final = b"/"  # in no name of a file, as NUL
_END_OF_NAME: Final = b"\0"


def shared(chunks: Sequence[Chunk]) -> tuple[list[Chunk], list[Chunk]]:
    """What to search oneself, and what to leave to a helper.

    That is nothing if it is not worth it. What was never compared with its checksums is not left to
    a helper, which could not say so.
    """
    theirs = [chunk for chunk in chunks[1::2] if chunk.trusted]
    if (os.cpu_count() or 1) < 2 or sum(chunk.length for chunk in theirs) < _WORTH_BYTES:
        return list(chunks), []
    left = set(map(id, theirs))
    return [chunk for chunk in chunks if id(chunk) not in left], theirs


class Helper:
    """A copy of this process, as it is now, that searches some chunks and ends.

    Attributes:
        remaining: The chunks that it has not been through; empty once it is done.
    """

    def __init__(self, index: SearchIndex, chunks: Sequence[Chunk], find: Finder) -> None:
        self.remaining = list(reversed(chunks))
        self._received = bytearray()
        self._output, into = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            try:
                _work(index, chunks, find, into)
            finally:
                os._exit(0)
        os.close(into)

    def fileno(self) -> int:
        """What can be read from when it has found something, or has ended."""
        return self._output

    def receive(self) -> list[SessionId] | None:
        """What it has found since; None once it has ended, whether it got through or not."""
        got = os.read(self._output, _READ_BYTES)
        if not got:
            self.stop()
            return None
        self._received += got
        *whole, rest = bytes(self._received).split(_END_OF_CHUNK)
        self._received[:] = rest
        found: list[SessionId] = []
        for chunk in whole:
            self.remaining.pop()
            found += [SessionId(os.fsdecode(name)) for name in chunk.split(_END_OF_NAME) if name]
        return found

    def stop(self) -> None:
        """Ends it."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._output)


def _work(index: SearchIndex, chunks: Sequence[Chunk], find: Finder, into: int) -> None:
    for chunk in chunks:
        names = [os.fsencode(each) for each in index.found_in(chunk, find)]
        report = _END_OF_NAME.join(names) + _END_OF_CHUNK
        while report:
            report = report[os.write(into, report) :]
