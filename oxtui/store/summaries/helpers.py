"""Reading the summaries of thousands of files in several processes at once."""

import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from oxtui.store.summaries.blocks import unpack
from oxtui.store.summaries.reader import LENGTH, SHARE
from oxtui.store.summaries.scan import SUFFIX, Entry, read_entry
from oxtui.store.values import SessionId

_READER: Final = "oxtui.store.summaries.reader"
_MOST: Final = 4


def read_with_helpers(folder: Path, names: Sequence[str]) -> Generator[Entry | None]:
    """As `read_entry` for each name, in their order; what a helper fails to read is read here."""
    yield from (read_entry(folder / name) for name in names[:SHARE])
    rest = names[SHARE:]
    shares = [rest[at : at + SHARE] for at in range(0, len(rest), SHARE)]
    helpers = _started(folder, _cores())
    try:
        for number, helper in enumerate(helpers):
            _feed(helper, shares[number :: len(helpers)])
        texts: dict[str | None, str | None] = {}
        for number, share in enumerate(shares):
            found: dict[SessionId, Entry] = {}
            if helpers:
                _take(helpers[number % len(helpers)], found, texts)
            for name in share:
                entry = found.get(SessionId(name[: -len(SUFFIX)]))
                yield entry or read_entry(folder / name)
    finally:
        for helper in helpers:
            _end(helper)


def _cores() -> int:
    """How many processes can run at once, as far as that pays."""
    if sys.platform == "linux":
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return min(cores, _MOST) if cores > 1 else 0


def _started(folder: Path, count: int) -> list[subprocess.Popen[bytes]]:
    """So many helpers, or fewer."""
    helpers: list[subprocess.Popen[bytes]] = []
    try:
        while len(helpers) < count:
            helpers.append(_start(folder))
    except OSError:
        pass  # those that there are do it, or we do
    return helpers


def _start(folder: Path) -> subprocess.Popen[bytes]:
    """A helper in a session of its own, so that ctrl+c is left to its parent."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter, and a list of arguments
        (sys.executable, "-P", "-m", _READER, str(folder.absolute())),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,
    )


def _feed(helper: subprocess.Popen[bytes], shares: Sequence[Sequence[str]]) -> None:
    assert helper.stdin
    with suppress(BrokenPipeError), helper.stdin as pipe:
        pipe.write(b"".join(os.fsencode(name) + b"\0" for share in shares for name in share))


def _take(
    helper: subprocess.Popen[bytes],
    found: dict[SessionId, Entry],
    texts: dict[str | None, str | None],
) -> None:
    """Takes the next answer of a helper; nothing, if it has ended."""
    assert helper.stdout
    head = helper.stdout.read(LENGTH.size)
    if len(head) == LENGTH.size:
        (length,) = LENGTH.unpack(head)
        content = helper.stdout.read(length)
        if len(content) == length:
            unpack(content, found, texts)


def _end(helper: subprocess.Popen[bytes]) -> None:
    helper.kill()
    for pipe in (helper.stdin, helper.stdout):
        if pipe:
            with suppress(BrokenPipeError):
                pipe.close()
    helper.wait()
