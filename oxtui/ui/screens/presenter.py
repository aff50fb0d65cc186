"""From the store to the screen: what is there, what changes, what is read and looked for."""

import asyncio
import gc
import time
from contextlib import aclosing
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from textual.screen import Screen
from textual.worker import (
    get_current_worker,  # pyright: ignore[reportUnknownVariableType] - of any result
)

from oxtui.errors import SearchStoppedError
from oxtui.locations import cache_folder, config_paths
from oxtui.sanitize import sanitize
from oxtui.store.library import Library, LibraryChange
from oxtui.store.locking import may_be_interrupted
from oxtui.store.values import SessionId
from oxtui.ui.freshness import Freshness
from oxtui.ui.options import Options
from oxtui.ui.outlook import Outlook
from oxtui.ui.panes import Panes
from oxtui.ui.screens.reporting import Reporter
from oxtui.ui.screens.warm_up import ASKING, READING, SHOWING, warm_up
from oxtui.ui.status import StatusLine
from oxtui.units import plural

# None of these is needed for the first frame.
if TYPE_CHECKING:
    from textual.timer import Timer

    from oxtui.store.search.client import Search
    from oxtui.store.watch import Watching
    from oxtui.ui.reading import Reader

_FRESH_EVERY_S: Final = 20
_PROGRESS_EVERY_S: Final = 0.2


class Presenter:
    """Shows a store in the panes and in the status line, and keeps that true.

    Attributes:
        fresh: What was written lately, and what nobody has seen yet.
        outlook: What Oxios' next prune would take.
    """

    def __init__(
        self,
        screen: Screen[None],
        panes: Panes,
        status: StatusLine,
        library: Library,
        reporter: Reporter,
        options: Options,
    ) -> None:
        """Makes one, which shows nothing yet.

        Args:
            screen: Whose workers and timers do it.
            panes: Where sessions are listed and read.
            status: Where is said what goes on.
            library: What is in the store.
            reporter: Says what went wrong.
            options: How the application was started.
        """
        self._screen = screen
        self._panes = panes
        self._status = status
        self._library = library
        self._reporter = reporter
        self._options = options
        self._can_read = asyncio.Event()
        self._progress: Timer | None = None
        self.fresh = Freshness(time.time_ns())
        self.outlook = Outlook(screen, library, status, options.config)

    @cached_property
    def _search(self) -> "Search":
        from oxtui.store.search.client import Search

        return Search(self._options.base, cache_folder(self._options.base))

    @cached_property
    def _reader(self) -> "Reader":
        from oxtui.ui.reading import Reader

        return Reader(self._library, self._panes.timeline)

    def show(self) -> None:
        """Shows what an earlier run knew, and reads the store once that is on the screen."""
        self._library.take_ahead()
        self._panes.sidebar.show(self._library)
        self._freshen(frozenset(self._library.entries))
        self._status.show_library(self._library, self._options.location.note)
        self._library.subscribe(self._on_change)
        self._screen.set_interval(_FRESH_EVERY_S, self._age)
        self._progress = self._screen.set_interval(_PROGRESS_EVERY_S, self._show_scan, pause=True)
        self._library.on_scan = self._progress.resume
        self._screen.call_after_refresh(self._begin)

    async def close(self) -> None:
        """Lets go of everything that runs beside the application."""
        await self._search.close()
        await self._library.close()

    def _begin(self) -> None:
        """Begins what the first frame did not have to wait for."""
        gc.freeze()  # what is there by now stays
        gc.enable()
        self._screen.run_worker(self._warm_up, group="warm-up")
        self._screen.run_worker(self._live, group="live")

    async def _warm_up(self) -> None:
        await asyncio.to_thread(warm_up, SHOWING)
        self._panes.bring_timeline()
        await asyncio.to_thread(warm_up, READING)
        self._can_read.set()
        await asyncio.to_thread(warm_up, ASKING)

    # The store

    async def _live(self) -> None:
        """Reads the store, then keeps up with it."""
        await self._library.wait_ahead()
        from oxtui.store.watch import StoreWatcher  # nobody waits for it by now

        base = self._options.base
        watcher = StoreWatcher(base, config_paths(base), self._options.poll_s, self._on_watching)
        if may_be_interrupted(base):
            await self._reporter.recover(thorough=False)  # before anybody can act
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.outlook.read_settings())
            tasks.create_task(self._library.follow(watcher, self._on_settings))
            tasks.create_task(self._load())

    async def _load(self) -> None:
        await self._library.load()
        self._panes.sidebar.settle()
        gc.freeze()  # else a full collection stops the keys, the longer the more sessions there are
        try:
            await self._search.start()  # so that the first search finds everything read
        except SearchStoppedError as error:
            self._reporter.say(error)
        await self._reporter.recover(thorough=True)

    async def rescan(self) -> None:
        """Compares everything with the disk."""
        await self._library.refresh_projects()
        await self._library.rescan()
        if (problem := self._library.problem) is not None:
            self._reporter.notify(sanitize(problem), title="Not compared", severity="warning")
            return
        compared = f"{plural(len(self._library.entries), 'session')} compared."
        self._reporter.notify(compared, timeout=2)

    def _on_watching(self, watching: "Watching") -> None:
        self._status.update_status(watching=str(watching))

    def _on_settings(self) -> None:
        self._screen.run_worker(self.outlook.read_settings, group="settings", exclusive=True)

    def _on_change(self, change: LibraryChange) -> None:
        self._look_for_folder(change)
        if self._reader.session_id in change.removed and self._panes.timeline.has_focus:
            text = "The session that you are reading was removed. It stays until you leave it."
            self._reporter.notify(text, severity="warning")
        self._panes.sidebar.apply(change)
        self.fresh.forget(change.removed)
        self._freshen(change.changed, self._reader.session_id)
        self._search.update(change.touched)
        if change.unreadable:
            self._search.survey()
        if self._reader.is_stale(change):
            self._screen.run_worker(self._reader.follow, group="following", exclusive=True)
        self._status.show_library(self._library, self._options.location.note)
        self.outlook.look()

    def _look_for_folder(self, change: LibraryChange) -> None:
        """Finds out whether sessions went one by one, or with their folder."""
        if self._library.entries or self._library.unreadable:
            self._panes.sidebar.say_gone(is_gone=False)
        elif change.removed:
            self._screen.run_worker(self._look_whether_gone, group="folder", exclusive=True)

    async def _look_whether_gone(self) -> None:
        there = await asyncio.to_thread(self._library.store.sessions_path.is_dir)
        self._panes.sidebar.say_gone(is_gone=not there)

    def _show_scan(self) -> None:
        self._status.show_scan(self._library.scanning)
        if self._library.scanning is None and self._progress is not None:
            self._progress.pause()

    # Marks

    def _freshen(self, changed: frozenset[SessionId], reading: SessionId | None = None) -> None:
        """Marks what was written lately."""
        self.fresh.take(changed, self._library.entries, time.time_ns(), reading)
        self._show_marks()

    def _age(self) -> None:
        if self.fresh.age(self._library.entries, time.time_ns()):
            self._show_marks()

    def _show_marks(self) -> None:
        self._panes.sidebar.set_live(self.fresh.live)
        self._panes.sidebar.set_unseen(self.fresh.unseen)

    # Reading

    def open(self, session_id: SessionId) -> None:
        """Shows a session in the timeline."""
        opening = partial(self._open, session_id)
        self._screen.run_worker(opening, group="reading", exclusive=True)

    async def _open(self, session_id: SessionId) -> None:
        await self._can_read.wait()  # the list comes first
        await self._reader.open(session_id)
        if self.fresh.read(session_id):
            self._show_marks()

    # Searching

    def look_for(self, text: str) -> None:
        """Looks for a text in everything that was said, thought, called and answered."""
        self._screen.run_worker(partial(self._find, text), group="search", exclusive=True)

    async def _find(self, text: str) -> None:
        self._reader.look_for(text)
        found: set[SessionId] = set()
        try:
            async with aclosing(self._search.find(text)) as batches:
                async for batch in batches:
                    if batch.done:  # what comes now is what changes; keys do not wait for it
                        get_current_worker().update(completed_steps=1, total_steps=1)
                    found.update(batch.found)
                    found.difference_update(batch.lost)
                    self._panes.sidebar.set_within(frozenset(found))
                    reading = f"still reading {plural(batch.unread, 'session')}"
                    self._status.update_status(searching=reading if batch.unread else "")
        except SearchStoppedError as error:
            self._status.update_status(searching="")
            self._reporter.say(error)
