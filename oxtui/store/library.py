"""The live catalogue of a store: what is there, and what just changed.

It lives on the event loop: its mappings change only there, and listeners are called there. Files
are read in worker threads.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import structs

from oxtui.errors import NotFoundError
from oxtui.store.journal_names import sessions_in_journal
from oxtui.store.layout import session_file
from oxtui.store.projects.catalog import Project, ProjectCatalog, ProjectStorage, read_projects
from oxtui.store.read_ahead import Found, ReadAhead
from oxtui.store.refusals import reason
from oxtui.store.state_store import StateStore
from oxtui.store.summaries.entries import Entry, SessionEntry, UnreadableEntry, read_entry
from oxtui.store.summaries.scan import scan
from oxtui.store.values import SessionId

if TYPE_CHECKING:
    from oxtui.store.watch import StoreWatcher

_BATCH: Final = 500
_BREATHE_EVERY: Final = 200
_BREATH_S: Final = 0.0005
_KEEP_EVERY: Final = 2_000
_KEEP_REFRESHED: Final = 64
_KEEP_REFRESHED_S: Final = 30
_RETRY_PROJECTS_S: Final = 2.0
_REST_TO_WORK: Final = 10


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

    @property
    def touched(self) -> frozenset[SessionId]:
        """Sessions that are new, another or gone."""
        return self.changed | self.removed if self.removed else self.changed


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
        on_scan: Called when it begins to be known how far a scan is.
        checked: Whether everything was compared with the disk since the start.
    """

    def __init__(self, store: StateStore, ahead: ReadAhead | None = None) -> None:
        """Knows nothing yet.

        Args:
            store: Where sessions come from.
            ahead: What was begun to be read of it, if it was.
        """
        self.store = store
        self.problem: str | None = None
        self.on_scan: Callable[[], None] | None = None
        self._scanning: ScanProgress | None = None
        self.checked = False
        self._entries: dict[SessionId, SessionEntry] = {}
        self._unreadable: dict[SessionId, UnreadableEntry] = {}
        self._catalog = ProjectCatalog((), ProjectStorage.FILES)
        self._catalog_read = False
        self._troubled = asyncio.Event()
        self._listeners: list[Listener] = []
        self._scan_lock = asyncio.Lock()
        self._refresh_lock = asyncio.Lock()
        self._read_during_scan: set[SessionId] = set()
        self._ahead: ReadAhead | None = ahead or ReadAhead(store.base_path)
        self._index = self._ahead.index
        self._unkept_ahead: Sequence[Entry] = ()
        self._rescans_wanted = 0
        self._rescans_done = 0
        self._unkept: set[SessionId] = set()
        self._kept_at = time.monotonic()

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

    @property
    def scanning(self) -> ScanProgress | None:
        """How far a running scan is; None when none runs."""
        return self._scanning

    @scanning.setter
    def scanning(self, progress: ScanProgress | None) -> None:
        begins = self._scanning is None and progress is not None
        self._scanning = progress
        if begins and self.on_scan:
            self.on_scan()

    def project_name(self, project_id: str) -> str | None:
        """The name of a project; None if it is not known."""
        named = (p.name for p in self.projects if p.project_id == project_id)
        return next(named, None)

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
        """Reads the projects and every session, telling listeners as they come.

        The first that comes is what an earlier run knew, at once; then what is different on disk.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.refresh_projects())
            tasks.create_task(self.rescan())

    def take_ahead(self) -> None:
        """Takes what was read ahead, if that is known by now; `load` compares it with the disk."""
        found = self._ahead.found if self._ahead else None
        if found is not None:
            self._take_found(found)

    async def wait_ahead(self) -> None:
        """Takes what was read ahead as soon as it is known."""
        if self._ahead is not None:
            self._take_found(await asyncio.to_thread(self._ahead.read))

    async def close(self) -> None:
        """Keeps for the next run what was read."""
        await self._keep_refreshed()

    async def rescan(self) -> None:
        """Compares everything with the disk and reads what is different."""
        self._rescans_wanted += 1
        wanted = self._rescans_wanted
        await self.wait_ahead()
        async with self._scan_lock:
            if self._rescans_done >= wanted:
                return  # one that began later is done
            self._read_during_scan.clear()
            known: dict[SessionId, Entry] = {**self._entries, **self._unreadable}
            unkept, self._unkept_ahead = self._unkept_ahead, ()
            loop = asyncio.get_running_loop()
            abandoned = threading.Event()

            def run() -> int:
                begins = self._rescans_wanted
                self._scan(known, unkept, loop, abandoned)
                return begins

            try:
                self._rescans_done = await asyncio.to_thread(run)
                self.problem = None
                self.checked = True
            except OSError as error:
                self.problem = f"{self.store.sessions_path} can't be listed: {reason(error)}"
            finally:
                abandoned.set()
                self.scanning = None
            self._tell(LibraryChange())

    def _scan(
        self,
        known: dict[SessionId, Entry],
        unkept_before: Sequence[Entry],
        loop: asyncio.AbstractEventLoop,
        abandoned: threading.Event,
    ) -> None:
        """Reads what is different from what is `known`, and leaves in that what is gone."""

        def progress(done: int, total: int) -> None:
            loop.call_soon_threadsafe(setattr, self, "scanning", ScanProgress(done, total))

        seen: list[Entry] = []
        batch: list[Entry] = []
        unkept = list(unkept_before)
        for entry in scan(self.store.sessions_path, known, progress):
            if abandoned.is_set():
                self._index.add(unkept)
                return
            seen.append(entry)
            if len(seen) % _BREATHE_EVERY == 0:
                abandoned.wait(_BREATH_S)  # lets the keys go first, which need the same interpreter
            if known.pop(entry.session_id, None) is not entry:
                batch.append(entry)
                unkept.append(entry)
            if len(batch) >= _BATCH:
                loop.call_soon_threadsafe(self._take_scanned, batch, ())
                batch = []
            if len(unkept) >= _KEEP_EVERY:
                self._index.add(unkept)
                unkept = []
        gone = known.keys()
        loop.call_soon_threadsafe(self._take_scanned, batch, gone)
        self._index.update(seen, unkept, gone)
        if seen:  # else the folder is away, and may come back
            there = {entry.session_id for entry in seen}
            self._erase((gone | sessions_in_journal(self.store.base_path)) - there)

    def _erase(self, gone: Collection[SessionId]) -> None:
        """Leaves nothing in the store of sessions that others removed."""
        if gone and not self.store.read_only:
            from oxtui.store.erase import erase_vanished  # mostly nothing is gone

            erase_vanished(self.store.base_path, gone)

    def _take_found(self, found: Found) -> None:
        """Takes what was read ahead, once, except what was read again since."""
        if self._ahead is None:
            return
        self._ahead = None
        self._unkept_ahead = found.unkept
        if not self._catalog_read:
            self._take_catalog(found.catalog)
        there = self._entries.keys() | self._unreadable.keys() | self._read_during_scan
        if found.kept and not there:
            self._entries.update(found.kept.sessions)
            self._unreadable.update(found.kept.unreadable)
            changed = frozenset(found.kept.sessions)
            self._tell(LibraryChange(changed, unreadable=bool(found.kept.unreadable)))
        else:
            self._take([entry for entry in found.entries if entry.session_id not in there], ())

    def _take_scanned(self, entries: Iterable[Entry], gone: Collection[SessionId]) -> None:
        """Takes what a scan read, except what was read again since."""
        fresh = self._read_during_scan
        self._take(
            [entry for entry in entries if entry.session_id not in fresh],
            [session_id for session_id in gone if session_id not in fresh],
        )

    async def refresh(self, session_ids: Iterable[SessionId]) -> None:
        """Reads these sessions again."""
        wanted = list(session_ids)
        base = self.store.base_path

        def read() -> list[Entry | None]:
            return [read_entry(base / session_file(session_id)) for session_id in wanted]

        # One after the other: what was read first must not be taken last.
        async with self._refresh_lock:
            found = await asyncio.to_thread(read)
        self._read_during_scan.update(wanted)
        gone = [i for i, entry in zip(wanted, found, strict=True) if entry is None]
        self._take([entry for entry in found if entry is not None], gone)
        self._unkept.update(wanted)
        since = time.monotonic() - self._kept_at
        if len(self._unkept) >= _KEEP_REFRESHED or since >= _KEEP_REFRESHED_S:
            await self._keep_refreshed()

    async def _keep_refreshed(self) -> None:
        """Keeps what was refreshed; by now most of the files have settled."""
        unkept, self._unkept = self._unkept, set()
        self._kept_at = time.monotonic()
        base = self.store.base_path

        def keep() -> None:
            found = {i: read_entry(base / session_file(i)) for i in unkept}
            gone = [session_id for session_id, entry in found.items() if entry is None]
            self._index.add((entry for entry in found.values() if entry is not None), gone)
            if self._entries:
                self._erase(gone)

        if unkept:
            await asyncio.to_thread(keep)

    async def refresh_projects(self) -> None:
        """Reads the projects again; names that can't be read just now are kept."""
        self._take_catalog(await asyncio.to_thread(read_projects, self.store.base_path))

    async def _retry_projects(self) -> None:
        """Reads the projects again as long as not all can be read: the end of a lock is not told.

        What takes long is tried less often.
        """
        pause_s = _RETRY_PROJECTS_S
        while True:
            await self._troubled.wait()
            await asyncio.sleep(pause_s)
            if self._troubled.is_set():
                begun = time.monotonic()
                await self.refresh_projects()
                pause_s = max(_RETRY_PROJECTS_S, _REST_TO_WORK * (time.monotonic() - begun))

    def _take_catalog(self, catalog: ProjectCatalog) -> None:
        self._catalog_read = True
        catalog = catalog.with_names_of(self._catalog)
        if catalog.problem:
            self._troubled.set()
        else:
            self._troubled.clear()
        if catalog != self._catalog:
            self._catalog = catalog
            self._tell(LibraryChange(projects=True))

    async def follow(
        self, watcher: "StoreWatcher", on_settings: Callable[[], None] | None = None
    ) -> None:
        """Keeps up with what other programs do, until cancelled.

        Args:
            watcher: Says what changed on disk.
            on_settings: Called when config.toml may have changed.
        """
        async with aclosing(watcher.changes()) as changes, asyncio.TaskGroup() as tasks:
            retrying = tasks.create_task(self._retry_projects())
            async for change in changes:
                if change.rescan:
                    rescan = tasks.create_task(self.rescan())
                    if watcher.watching.polling_s is not None:
                        await rescan  # nothing else comes, and the pause counts from its end
                if change.sessions:
                    await self.refresh(change.sessions)
                if change.projects:
                    await self.refresh_projects()
                if change.settings and on_settings:
                    on_settings()
            retrying.cancel()

    def _take(self, entries: Iterable[Entry], gone: Collection[SessionId]) -> None:
        changed: set[SessionId] = set()
        unreadable = False
        for entry in entries:
            session_id = entry.session_id
            if isinstance(entry, SessionEntry):
                unreadable |= self._unreadable.pop(session_id, None) is not None
                before = self._entries.get(session_id)
                if not (before and _says_the_same(before, entry)):
                    changed.add(session_id)
                self._entries[session_id] = entry
            else:
                broken = self._unreadable.get(session_id)
                unreadable |= not (broken and _says_the_same(broken, entry))
                self._unreadable[session_id] = entry
        removed = frozenset(i for i in gone if self._entries.pop(i, None) is not None)
        for session_id in gone:
            unreadable |= self._unreadable.pop(session_id, None) is not None
        if changed or removed or unreadable:
            self._tell(LibraryChange(frozenset(changed), removed, unreadable))

    def _tell(self, change: LibraryChange) -> None:
        for listener in tuple(self._listeners):
            listener(change)


def _says_the_same(one: Entry, other: Entry) -> bool:
    return structs.replace(one, changed_ns=0) == structs.replace(other, changed_ns=0)
