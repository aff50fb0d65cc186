"""Reading the summaries of thousands of files in several processes at once.

Each process takes the ticket of a share, reads that, and takes the next. So it does not matter how
quick each of them is, nor whether one comes late, or fails.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from signal import SIGKILL
from typing import Final, NamedTuple, NoReturn, cast

import msgspec

from oxtui.store.layout import session_id_of
from oxtui.store.summaries.blocks import Unpacked
from oxtui.store.summaries.entries import Entry, read_named
from oxtui.store.summaries.reader import (
    HEAD,
    answer,
    read_share,
    shares_of,
    take_ticket,
    write_tickets,
)

_READER: Final = "oxtui.store.summaries.reader"
_MOST: Final = 4


class _Helper(NamedTuple):
    """A process that reads, the pipe that its answers come out of, and what ends it."""

    answers: int
    end: Callable[[], None]


def read_with_helpers(folder: Path, names: Sequence[str]) -> Generator[Entry | None]:
    """As `read_entry` for each name, in their order; what a helper fails to read is read here.

    A process of one thread reads as much as its helpers do. Another has better things to do, such
    as answering keys, and reads only until the first share is there: nobody waits for helpers.
    """
    place, shares = str(folder.absolute()), shares_of(names)
    alone = _is_alone()
    try:
        team = _Team(place, names, copies=alone)
    except OSError:  # no more descriptors, say
        yield from read_share(place, names)
        return
    done: dict[int, Sequence[Entry | None]] = {}
    with closing(team):
        for number, share in enumerate(shares):
            while number not in done:
                ticket = take_ticket(team.tickets) if alone or number == 0 else None
                if ticket is not None:
                    done[ticket] = read_share(place, shares[ticket])
                if not team.collect(done, wait=ticket is None) and ticket is None:
                    done[number] = read_share(place, share)  # whoever had it is gone
            yield from done.pop(number)


class _Team:
    """Some helpers, and the tickets that they and this process take."""

    def __init__(self, folder: str, names: Sequence[str], *, copies: bool) -> None:
        self._folder, self._shares = folder, shares_of(names)
        self._found = Unpacked()
        self._helpers: list[_Helper] = []
        self._answers = DefaultSelector()
        self.tickets, put = os.pipe()
        write_tickets(put, len(self._shares))
        os.close(put)
        with suppress(OSError):  # those that there are do it, or we do
            if copies:
                self._copy(names, _cores() - 1)
            else:
                self._start(names, _cores())
        for helper in self._helpers:
            self._answers.register(helper.answers, EVENT_READ)

    def close(self) -> None:
        """Ends the helpers."""
        self._answers.close()
        os.close(self.tickets)
        for helper in self._helpers:
            helper.end()
            os.close(helper.answers)

    def collect(self, done: dict[int, Sequence[Entry | None]], *, wait: bool) -> bool:
        """Takes the answers that are there.

        Args:
            done: What was read of each share.
            wait: Whether to wait for one.

        Returns:
            Whether there may be more.
        """
        if not self._answers.get_map():
            return False
        for key, _ in self._answers.select(None if wait else 0):
            found = self._answer(key.fd)
            if found is None:
                self._answers.unregister(key.fd)
            else:
                done[found[0]] = found[1]
        return True

    def _answer(self, pipe: int) -> tuple[int, Sequence[Entry | None]] | None:
        """A share and what a helper read of it; None if the helper has ended."""
        head = _read(pipe, HEAD.size)
        if len(head) < HEAD.size:
            return None
        number, length = cast("tuple[int, int]", HEAD.unpack(head))
        try:
            self._found.take(_read(pipe, length))
            names = self._shares[number]
        except (msgspec.MsgspecError, IndexError):
            return None
        return number, [
            self._found.get(session_id_of(name)) or read_named(self._folder, name) for name in names
        ]

    def _copy(self, names: Sequence[str], count: int) -> None:
        """Helpers that are copies of this process: they need not read the program first."""
        for _ in range(count):
            answers, put = os.pipe()
            pid = os.fork()
            if pid == 0:
                for each in (answers, *(helper.answers for helper in self._helpers)):
                    os.close(each)
                _help(self._folder, names, self.tickets, put)
            os.close(put)
            self._helpers.append(_Helper(answers, partial(_end_copy, pid)))

    def _start(self, names: Sequence[str], count: int) -> None:
        """Helpers that run an interpreter of their own."""
        with tempfile.TemporaryFile() as listing:
            listing.write(b"".join(os.fsencode(name) + b"\0" for name in names))
            listing.flush()
            for _ in range(count):
                answers, put = os.pipe()
                try:
                    process = _interpreter(self._folder, listing.fileno(), self.tickets, put)
                except OSError:
                    os.close(answers)
                    raise
                finally:
                    os.close(put)
                self._helpers.append(_Helper(answers, partial(_end_interpreter, process)))


def _is_alone() -> bool:
    """Whether this process has no other threads, whose locks a copy would hold for ever."""
    try:
        return sys.platform == "linux" and _threads() == 1
    except OSError:
        return False


def _threads() -> int:
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def _cores() -> int:
    """How many processes can run at once, as far as that pays."""
    if sys.platform == "linux":
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return min(cores, _MOST) if cores > 1 else 0


def _help(folder: str, names: Sequence[str], tickets: int, answers: int) -> NoReturn:
    """What a copy does, in a session of its own, so that ctrl+c is left to its parent."""
    try:
        os.setsid()
        answer(folder, names, tickets, answers)
    finally:
        os._exit(0)  # what there would be to be cleaned up is its parent's


def _interpreter(folder: str, names: int, tickets: int, answers: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter, and a list of arguments
        (sys.executable, "-P", "-m", _READER, folder, str(tickets), str(answers)),
        stdin=names,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(tickets, answers),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,
    )


def _end_copy(pid: int) -> None:
    os.kill(pid, SIGKILL)
    os.waitpid(pid, 0)


def _end_interpreter(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _read(pipe: int, length: int) -> bytes:
    """So many bytes, or what there is before the end."""
    parts: list[bytes] = []
    while length and (part := os.read(pipe, min(length, 1 << 20))):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
