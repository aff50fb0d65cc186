"""What a first look at a store shows, got before anybody asks for it."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from oxtui.locations import cache_folder
from oxtui.store import newest
from oxtui.store.layout import SESSIONS, SUFFIX
from oxtui.store.projects.catalog import ProjectCatalog, read_projects
from oxtui.store.summaries.blocks import Unpacked
from oxtui.store.summaries.entries import Entry, read_entry
from oxtui.store.summaries.index import SummaryIndex

_NEWEST: Final = 50  # what a terminal has room for


class Found(msgspec.Struct, frozen=True):
    """What there is to be shown first, which nobody has compared with the disk yet.

    Attributes:
        kept: What an earlier run knew, as far as that is so.
        unkept: In a first run the newest sessions, which are not in the index.
        catalog: The projects.
    """

    kept: Unpacked
    unkept: Sequence[Entry]
    catalog: ProjectCatalog

    @property
    def entries(self) -> list[Entry]:
        """All of them."""
        return [*self.kept.entries.values(), *self.unkept]


class ReadAhead:
    """Gets what is to be shown first.

    Attributes:
        index: What an earlier run knew is kept there.
    """

    def __init__(self, base: Path) -> None:
        self.index = SummaryIndex(cache_folder(base))
        self._base = base
        self._folder = base / SESSIONS
        self._lock = threading.Lock()
        self._helper: subprocess.Popen[bytes] | None = None
        self._found: Found | None = None

    def begin(self) -> None:
        """Reads what an earlier run knew; if there was none, has the newest sessions looked for.

        The first is work for this interpreter, so that a thread for it would gain nothing; the
        other is mostly waiting for the system, and another process can do that meanwhile.
        """
        with self._lock:
            kept = self.index.load()
            if kept:
                self._found = Found(kept, (), read_projects(self._base))
                return
            with suppress(OSError):  # else it is looked for here
                self._helper = _started(self._folder)

    @property
    def found(self) -> Found | None:
        """What was found; None as long as that is not known."""
        if self._found is None and self._helper is not None and self._helper.poll() is not None:
            return self.read()
        return self._found

    def read(self) -> Found:
        """What was found, as soon as that is known; can be called from any thread."""
        with self._lock:
            if self._found is None:
                self._found = self._read()
            return self._found

    def _read(self) -> Found:
        catalog = read_projects(self._base)
        if self._helper is not None:
            output, _ = self._helper.communicate()
            names: Iterable[str] = map(os.fsdecode, output.split(b"\0")[:-1])
        elif kept := self.index.load():
            return Found(kept, (), catalog)
        else:
            names = _newest(self._folder)
        entries = [e for e in (read_entry(self._folder / name) for name in names) if e]
        return Found(Unpacked(), entries, catalog)


def _newest(folder: Path) -> list[str]:
    try:
        return newest.newest(str(folder), SUFFIX, _NEWEST)
    except OSError:
        return []  # a scan says so


def _started(folder: Path) -> subprocess.Popen[bytes]:
    """The process that looks for the newest sessions; its output fits into a pipe."""
    command = (sys.executable, "-I", "-S", newest.__file__, str(folder), SUFFIX, str(_NEWEST))
    return subprocess.Popen(  # noqa: S603 - our own interpreter, and a list of arguments
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
