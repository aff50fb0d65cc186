"""What a first look at a store shows, read before anybody asks for it.

Importing a user interface takes longer than reading this, and much of both is waiting for the disk.
"""

import threading
from collections.abc import Mapping, Sequence
from heapq import nlargest
from pathlib import Path
from typing import Final

import msgspec

from oxtui.locations import cache_folder
from oxtui.store.projects.catalog import ProjectCatalog, read_projects
from oxtui.store.summaries.index import SummaryIndex
from oxtui.store.summaries.scan import Entry, read_entry, session_files
from oxtui.store.values import SessionId

_NEWEST: Final = 100


class Found(msgspec.Struct, frozen=True):
    """What there is to be shown first, which nobody has compared with the disk yet.

    Attributes:
        entries: What an earlier run knew; in a first run the newest sessions.
        unkept: Those of them that are not in the index.
        catalog: The projects.
    """

    entries: Mapping[SessionId, Entry]
    unkept: Sequence[Entry]
    catalog: ProjectCatalog


class Ahead:
    """Reads what is to be shown first, once, in whatever thread comes first.

    Attributes:
        index: What an earlier run knew is kept there.
    """

    def __init__(self, base: Path) -> None:
        self.index = SummaryIndex(cache_folder(base))
        self._base = base
        self._lock = threading.Lock()
        self._found: Found | None = None

    def begin(self) -> None:
        """Begins to read in the background."""
        threading.Thread(target=self.read, name="ahead", daemon=True).start()

    @property
    def found(self) -> Found | None:
        """What was found; None as long as that is not known."""
        return self._found

    def read(self) -> Found:
        """What was found, as soon as that is known."""
        with self._lock:
            if self._found is None:
                self._found = self._read()
            return self._found

    def _read(self) -> Found:
        catalog = read_projects(self._base)
        kept = self.index.load()
        if kept:
            return Found(kept, (), catalog)
        newest = _newest(self._base / "sessions")
        return Found({entry.session_id: entry for entry in newest}, newest, catalog)


def _newest(folder: Path) -> list[Entry]:
    """The sessions whose files were written last; none if the folder can't be listed."""
    times: list[tuple[int, str]] = []
    try:
        for each in session_files(folder):
            try:
                times.append((each.stat(follow_symlinks=False).st_mtime_ns, each.name))
            except FileNotFoundError:
                continue  # gone since it was listed
    except OSError:
        return []  # a scan says so
    entries = (read_entry(folder / name) for _, name in nlargest(_NEWEST, times))
    return [entry for entry in entries if entry is not None]
