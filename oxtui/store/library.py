"""The live catalogue of a store: what is there, and what just changed.

It lives on the event loop: its mappings change only there, and listeners are called there. Files
are read in worker threads.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

import msgspec

from oxtui.errors import NotFoundError
from oxtui.store.projects import Project, ProjectCatalog, ProjectStorage, read_projects
from oxtui.store.state_store import StateStore
from oxtui.store.summaries import Entry, SessionEntry, UnreadableEntry, read_entry, scan
from oxtui.store.values import SessionId
from oxtui.store.watch import StoreChange, StoreWatcher

_BATCH = 500


class LibraryChange(msgspec.Struct, frozen=True):
    """What is different since the last change that listeners were told.

    Attributes:
        changed: Sessions that are new or whose summary is another one now.
        removed: Sessions that are gone.
        unreadable: Whether the files that can't be read, or their reasons, changed.
        projects: Whether a project was added, renamed, removed or reordered.
    """

    changed: frozenset[SessionId] = frozenset()
    removed: frozenset[SessionId] = frozenset()
    unreadable: bool = False
    projects: bool = False


class ScanProgress(msgspec.Struct, frozen=True):
    """How far a scan is."""

    done: int
    total: int


Listener = Callable[[LibraryChange], None]


class Library:
    """The sessions and projects of a store, in memory.

    A session whose file can't be read any more keeps its last good state in `entries`, and is in
    `unreadable` as well.

    Attributes:
        store: Where they come from.
        problem: Why the sessions folder can't be listed; None when it can.
        scanning: How far a running scan is; None when none runs.
    """

    def __init__(self, store: StateStore) -> None:
        self.store = store
        self.problem: str | None = None
        self.scanning: ScanProgress | None = None
        self._entries: dict[SessionId, SessionEntry] = {}
        self._unreadable: dict[SessionId, UnreadableEntry] = {}
        self._catalog = ProjectCatalog((), ProjectStorage.FILES)
        self._listeners: list[Listener] = []
        self._scan_lock = asyncio.Lock()
        self._refresh_lock = asyncio.Lock()
        self._read_during_scan: set[SessionId] = set()

    @property
    def entries(self) -> Mapping[SessionId, SessionEntry]:
        """All sessions that can be read, or could be."""
        return self._entries

    @property
    def unreadable(self) -> Mapping[SessionId, UnreadableEntry]:
        """All files of sessions that can't be read."""
        return self._unreadable

    @property
    def projects(self) -> Sequence[Project]:
        """The projects, in their order."""
        return self._catalog.projects

    @property
    def catalog(self) -> ProjectCatalog:
        """The projects, and where they come from."""
        return self._catalog

    def entry(self, session_id: SessionId) -> SessionEntry:
        """A session.

        Raises:
            NotFoundError: There is none of this id, or none that can be read.
        """
        entry = self._entries.get(session_id)
        if entry is not None:
            return entry
        broken = self._unreadable.get(session_id)
        why = f"can't be read: {broken.reason}" if broken else "is not there"
        raise NotFoundError(f"Session {session_id} {why}.")

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` with each change from now on; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def load(self) -> None:
        """Reads the projects and every session, telling listeners as they come."""
        await self.refresh_projects()
        await self.rescan()

    async def rescan(self) -> None:
        """Compares everything with the disk and reads what is different."""
        async with self._scan_lock:
            self._read_during_scan.clear()
            known: dict[SessionId, Entry] = {**self._entries, **self._unreadable}
            loop = asyncio.get_running_loop()
            abandoned = threading.Event()

            def run() -> None:
                self._scan(known, loop, abandoned)

            try:
                await asyncio.to_thread(run)
                self.problem = None
            except OSError as error:
                self.problem = f"{self.store.sessions_path} can't be listed: {error.strerror}"
            finally:
                abandoned.set()
                self.scanning = None
            self._tell(LibraryChange())

    def _scan(
        self,
        known: Mapping[SessionId, Entry],
        loop: asyncio.AbstractEventLoop,
        abandoned: threading.Event,
    ) -> None:
        def progress(done: int, total: int) -> None:
            loop.call_soon_threadsafe(setattr, self, "scanning", ScanProgress(done, total))

        seen: set[SessionId] = set()
        batch: list[Entry] = []
        for entry in scan(self.store.sessions_path, known, progress):
            if abandoned.is_set():
                return
            seen.add(entry.session_id)
            if known.get(entry.session_id) is not entry:
                batch.append(entry)
            if len(batch) >= _BATCH:
                loop.call_soon_threadsafe(self._take_scanned, batch, ())
                batch = []
        loop.call_soon_threadsafe(self._take_scanned, batch, known.keys() - seen)

    def _take_scanned(self, entries: Iterable[Entry], gone: Iterable[SessionId]) -> None:
        """Takes what a scan read, except what was read again since."""
        fresh = self._read_during_scan
        self._take(
            [entry for entry in entries if entry.session_id not in fresh],
            [session_id for session_id in gone if session_id not in fresh],
        )

    async def refresh(self, session_ids: Iterable[SessionId]) -> None:
        """Reads these sessions again."""
        wanted = list(session_ids)
        folder = self.store.sessions_path

        def read() -> list[Entry | None]:
            return [read_entry(folder / f"{session_id}.json") for session_id in wanted]

        # One after the other: what was read first must not be taken last.
        async with self._refresh_lock:
            found = await asyncio.to_thread(read)
        self._read_during_scan.update(wanted)
        gone = [i for i, entry in zip(wanted, found, strict=True) if entry is None]
        self._take([entry for entry in found if entry is not None], gone)

    async def refresh_projects(self) -> None:
        """Reads the projects again; names that can't be read just now are kept."""
        catalog = await asyncio.to_thread(read_projects, self.store.base_path)
        if catalog.problem and not catalog.projects:
            catalog = replace(catalog, projects=self._catalog.projects)
        if catalog != self._catalog:
            self._catalog = catalog
            self._tell(LibraryChange(projects=True))

    async def follow(
        self, watcher: StoreWatcher, on_settings: Callable[[], None] | None = None
    ) -> None:
        """Keeps up with what other programs do, until cancelled.

        Args:
            watcher: Says what changed on disk.
            on_settings: Called when config.toml may have changed.
        """
        async with aclosing(watcher.changes()) as changes:
            async for change in changes:
                await self.take_in(change)
                if change.settings and on_settings:
                    on_settings()

    async def take_in(self, change: StoreChange) -> None:
        """Reads again what may be different on disk."""
        if change.sessions:
            await self.refresh(change.sessions)
        if change.projects:
            await self.refresh_projects()
        if change.rescan:
            await self.rescan()

    def _take(self, entries: Iterable[Entry], gone: Iterable[SessionId]) -> None:
        changed: set[SessionId] = set()
        unreadable = False
        for entry in entries:
            session_id = entry.session_id
            if isinstance(entry, SessionEntry):
                unreadable |= self._unreadable.pop(session_id, None) is not None
                if self._entries.get(session_id) != entry:
                    self._entries[session_id] = entry
                    changed.add(session_id)
            elif self._unreadable.get(session_id) != entry:
                self._unreadable[session_id] = entry
                unreadable = True
        removed = frozenset(i for i in gone if self._entries.pop(i, None) is not None)
        for session_id in gone:
            unreadable |= self._unreadable.pop(session_id, None) is not None
        if changed or removed or unreadable:
            self._tell(LibraryChange(frozenset(changed), removed, unreadable))

    def _tell(self, change: LibraryChange) -> None:
        for listener in tuple(self._listeners):
            listener(change)
