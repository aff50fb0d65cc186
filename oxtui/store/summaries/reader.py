"""Reading the summaries of thousands of files, a share at a time, for another process.

Started by `helpers`: as a copy of that process, which calls `answer`, or anew, as
`python -m oxtui.store.summaries.reader FOLDER TICKETS ANSWERS`, the last two being descriptors. The
names of the files are then its input, which is a file, each ending in NUL.
"""

import gc
import os
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from oxtui.store.summaries.blocks import can_be_packed, pack
from oxtui.store.summaries.entries import Entry, read_named

HEAD: Final = struct.Struct("<LQ")
"""What an answer begins with: the number of the share, and the length of the block after it."""

SHARE: Final = 100
_MOST_SHARES: Final = 1_000
"""Their tickets are in a pipe that nobody reads yet, and any pipe holds 4,096 bytes."""

_TICKET: Final = struct.Struct("<L")


def shares_of(names: Sequence[str]) -> list[Sequence[str]]:
    """The names of files in the parts that are read in one go."""
    size = max(SHARE, -(-len(names) // _MOST_SHARES))
    return [names[at : at + size] for at in range(0, len(names), size)]


def write_tickets(descriptor: int, count: int) -> None:
    """Puts a ticket for each share into a pipe, out of which whoever has time takes the next."""
    os.write(descriptor, b"".join(map(_TICKET.pack, range(count))))


def take_ticket(descriptor: int) -> int | None:
    """The number of a share that nobody has taken yet; None when there is none left."""
    ticket = os.read(descriptor, _TICKET.size)
    return _TICKET.unpack(ticket)[0] if ticket else None


def read_share(folder: str, share: Sequence[str]) -> list[Entry | None]:
    """As `read_entry`, for each file of a share."""
    return [read_named(folder, name) for name in share]


def answer(folder: str, names: Sequence[str], tickets: int, answers: int) -> None:
    """Reads shares as long as there are tickets, and writes down what it read of each.

    What can't be packed is left out.

    Raises:
        BrokenPipeError: Nobody wants to know any more.
    """
    gc.disable()  # what is read has no cycles
    shares = shares_of(names)
    while (number := take_ticket(tickets)) is not None:
        entries = read_share(folder, shares[number])
        block = pack(entry for entry in entries if entry and can_be_packed(entry))
        rest = memoryview(HEAD.pack(number, len(block)) + block)
        while rest:
            rest = rest[os.write(answers, rest) :]


def main() -> None:
    """Reads what is asked for, and ends."""
    folder, tickets, answers = sys.argv[1:]
    listing = sys.stdin.fileno()  # of all helpers, so none may move its position
    listed = os.pread(listing, os.fstat(listing).st_size, 0)
    names = [os.fsdecode(name) for name in listed.split(b"\0")[:-1]]
    with suppress(BrokenPipeError):
        answer(folder, names, int(tickets), int(answers))


if __name__ == "__main__":
    main()
