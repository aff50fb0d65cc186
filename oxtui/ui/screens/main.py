"""The main screen: the tree of sessions, the session that is read, and what keeps both true."""

import asyncio
import gc
import logging
import time
from contextlib import aclosing
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual import on, work
from textual.binding import Binding, BindingType
from textual.worker import (
    get_current_worker,  # pyright: ignore[reportUnknownVariableType] - of any result
)

from oxtui.errors import OxtuiError, SearchStoppedError, WriteFailedError
from oxtui.locations import cache_folder, config_paths, home_shortened, state_folder
from oxtui.sanitize import sanitize
from oxtui.store.library import Library, LibraryChange
from oxtui.store.locking import may_be_interrupted
from oxtui.store.prune import foresee_prune
from oxtui.store.remembered import recall, remember
from oxtui.store.values import SessionId, SessionSettings
from oxtui.ui.freshness import Freshness
from oxtui.ui.options import Options
from oxtui.ui.screens.panes import PaneScreen
from oxtui.ui.screens.warm_up import ASKING, READING, SHOWING, warm_up
from oxtui.ui.sidebar.messages import SessionHighlighted, SessionOpened
from oxtui.ui.sidebar.state import SidebarState
from oxtui.ui.status import prune_outlook
from oxtui.units import plural

if TYPE_CHECKING:
    from pydantic import JsonValue

    from oxtui.store.search.client import Search
    from oxtui.store.watch import Watching
    from oxtui.ui.reading import Reader

_FRESH_EVERY_S: Final = 20
_OUTLOOK_DELAY_S: Final = 0.5
_OUTLOOK_LATEST_S: Final = 5.0
_PROGRESS_EVERY_S: Final = 0.2
_QUIET: Final = 10
_RECOVERED_S: Final = 30
_LOG: Final = logging.getLogger(__name__)


class MainScreen(PaneScreen):
    """Shows a library and does what its user asks for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("R", "rescan", "Rescan", show=False, id="app.rescan"),
    ]

    def __init__(self, options: Options, library: Library) -> None:
        super().__init__(options, library)
        self._remembered = state_folder(options.base) / "screen.json"
        self._fresh = Freshness(time.time_ns())
        self._changed_at = 0.0
        self._looking_ahead = False
        self._can_read = asyncio.Event()

    @cached_property
    def _search(self) -> "Search":
        from oxtui.store.search.client import Search  # none of these is needed for the first frame

        return Search(self.options.base, cache_folder(self.options.base))

    @cached_property
    def _reader(self) -> "Reader":
        from oxtui.ui.reading import Reader

        return Reader(self.library, self.timeline)

    def on_mount(self) -> None:
        """Takes up where an earlier run was, and begins to read the store."""
        self._restore()
        self.library.take_ahead()
        self.sidebar.read_only = self.library.store.read_only
        self.sidebar.show(self.library)
        self._freshen(frozenset(self.library.entries))
        self.status.update_status(
            store=home_shortened(self.options.base),
            read_only=self.library.store.read_only is not None,
        )
        self._count()
        self.library.subscribe(self._on_library_change)
        self.set_interval(_FRESH_EVERY_S, self._age)
        self.set_interval(_PROGRESS_EVERY_S, self._show_scan)
        self.sidebar.focus()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """Begins what the first frame did not have to wait for."""
        gc.freeze()  # what is there by now stays
        gc.enable()
        self._warm_up()
        self._live()

    @work(group="warm-up")
    async def _warm_up(self) -> None:
        await asyncio.to_thread(warm_up, SHOWING)
        self.bring_timeline()
        await asyncio.to_thread(warm_up, READING)
        self._can_read.set()
        await asyncio.to_thread(warm_up, ASKING)

    # The store

    @work(group="live", exit_on_error=True)
    async def _live(self) -> None:
        """Reads the store, then keeps up with it."""
        await self.library.wait_ahead()
        from oxtui.store.watch import StoreWatcher  # nobody waits for it by now

        base = self.options.base
        watcher = StoreWatcher(base, config_paths(base), self.options.poll_s, self._on_watching)
        if may_be_interrupted(base):
            await self._recover(thorough=False)  # before anybody can act
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.read_settings())
            tasks.create_task(self.library.follow(watcher, self._on_settings))
            tasks.create_task(self._load())

    async def _load(self) -> None:
        await self.library.load()
        self.sidebar.settle()
        gc.freeze()  # else a full collection stops the keys, the longer the more sessions there are
        try:
            await self._search.start()  # so that the first search finds everything read
        except SearchStoppedError as error:
            self.say(error)
        await self._recover(thorough=True)

    async def _recover(self, *, thorough: bool) -> None:
        """Sees to what a crash left, and says what of it matters."""
        if self.library.store.read_only is not None:
            return

        def recovered() -> tuple[str, ...]:
            from oxtui.store.recovery import recover  # mostly there is nothing to recover

            return recover(self.options.base, thorough=thorough)

        try:
            told = await asyncio.to_thread(recovered)
        except OxtuiError as error:
            self.say(error)
            return
        if told:
            self.notify(
                sanitize(" ".join(told)),
                title="Finished what a crash interrupted",
                timeout=_RECOVERED_S,
                markup=False,
            )

    def _on_library_change(self, change: LibraryChange) -> None:
        if self._reader.session_id in change.removed and self.timeline.has_focus:
            text = "The session that you were reading is gone; another program removed it."
            self.notify(text, severity="warning", markup=False)
        self.sidebar.apply(change)
        self._fresh.forget(change.removed)
        self._freshen(change.changed, self._reader.session_id)
        self._search.update(change.touched)
        if change.unreadable:
            self._search.survey()
        if self._reader.is_stale(change):
            self._follow_session()
        self._count()
        self._look_ahead()

    def _freshen(self, changed: frozenset[SessionId], reading: SessionId | None = None) -> None:
        """Marks what was written lately."""
        self._fresh.take(changed, self.library.entries, time.time_ns(), reading)
        self._show_marks()

    def _count(self) -> None:
        """Says how much there is."""
        library = self.library
        self.status.update_status(
            sessions=len(library.entries),
            projects=len(library.projects),
            unreadable=len(library.unreadable),
            problem=library.problem or library.catalog.problem or self.options.location.note,
            checked=library.checked,
        )

    def _on_watching(self, watching: "Watching") -> None:
        self.status.update_status(watching=str(watching))

    def _on_settings(self) -> None:
        self.run_worker(self.read_settings, group="settings", exclusive=True)

    async def read_settings(self) -> SessionSettings:
        """What config.toml says now, which the outlook then goes by."""
        settings = await super().read_settings()
        self._look_ahead()
        return settings

    def _look_ahead(self) -> None:
        """Has it worked out what Oxios' next prune would take, once changes have settled."""
        self._changed_at = time.monotonic()
        # What an earlier run knew may have changed.
        if self.settings is not None and self.library.checked and not self._looking_ahead:
            self._looking_ahead = True
            self._foresee()

    @work(group="outlook")
    async def _foresee(self) -> None:
        """Waits for changes to settle, but not for ever: there may always be a session running."""
        seen, latest = 0.0, time.monotonic() + _OUTLOOK_LATEST_S
        while seen != self._changed_at:
            due = min(latest, self._changed_at + _OUTLOOK_DELAY_S)
            if (wait_s := due - time.monotonic()) > 0:
                await asyncio.sleep(wait_s)
                continue
            seen = self._changed_at
            await self._show_outlook()
            latest = time.monotonic() + _OUTLOOK_LATEST_S
        self._looking_ahead = False

    async def _show_outlook(self) -> None:
        if (settings := self.settings) is None:
            return
        entries = list(self.library.entries.values())
        going, size = await asyncio.to_thread(
            foresee_prune, entries, settings.prune_config(), time.time_ns()
        )
        outlook = prune_outlook(going, size, auto_prune=settings.auto_prune)
        self.status.update_status(prune="config.toml is wrong" if settings.problem else outlook)

    def _age(self) -> None:
        if self._fresh.age(self.library.entries, time.time_ns()):
            self._show_marks()

    def _show_marks(self) -> None:
        self.sidebar.set_live(self._fresh.live)
        self.sidebar.set_unseen(self._fresh.unseen)

    def _show_scan(self) -> None:
        scan = self.library.scanning
        running = scan is not None and scan.total > scan.done
        scanning = f"Reading {scan.done:,} of {scan.total:,} sessions" if scan and running else ""
        if scanning != self.status.status.scanning:
            self.status.update_status(scanning=scanning)

    # Reading

    @on(SessionHighlighted)
    def highlight(self, message: SessionHighlighted) -> None:
        """Shows the session that the cursor rests on."""
        if message.session_id is not None:
            self._open_session(message.session_id)

    @on(SessionOpened)
    def open(self, message: SessionOpened) -> None:
        """Shows a session and goes to it."""
        self._open_session(message.session_id)
        self.go_to_timeline()

    @work(group="reading", exclusive=True)
    async def _open_session(self, session_id: SessionId) -> None:
        await self._can_read.wait()  # the list comes first
        await self._reader.open(session_id)
        if self._fresh.read(session_id):
            self._show_marks()

    @work(group="following", exclusive=True)
    async def _follow_session(self) -> None:
        await self._reader.follow()

    # Searching

    def look_for(self, text: str) -> None:
        """Looks for a text in everything that was said, thought, called and answered."""
        self._find(text)

    @work(group="search", exclusive=True)
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
                    self.sidebar.set_within(frozenset(found))
                    reading = f"still reading {plural(batch.unread, 'session')}"
                    self.status.update_status(searching=reading if batch.unread else "")
        except SearchStoppedError as error:
            self.status.update_status(searching="")
            self.say(error)

    # Doing

    @work(group="rescan", exclusive=True)
    async def action_rescan(self) -> None:
        """Compares everything with the disk."""
        await self.library.refresh_projects()
        await self.library.rescan()
        if (problem := self.library.problem) is not None:
            self.notify(sanitize(problem), title="Not compared", severity="warning", markup=False)
            return
        compared = f"{plural(len(self.library.entries), 'session')} compared."
        self.notify(compared, timeout=2, markup=False)

    def show_progress(self, done: int, total: int) -> None:
        """Shows how far an act on many sessions is."""
        acting = f"{done:,} of {total:,} sessions" if total > _QUIET and done < total else ""
        if acting != self.status.status.acting:
            self.status.update_status(acting=acting)

    def say(self, error: OxtuiError) -> None:
        """Shows what went wrong, which is the end of what was being done."""
        self.show_progress(0, 0)
        super().say(error)

    # From one run to the next

    def _restore(self) -> None:
        value = recall(self._remembered)
        remembered = value if isinstance(value, dict) else {}
        fresh = remembered.get("fresh")
        self._fresh = Freshness.from_json(fresh, time.time_ns(), self.own_writes)
        self.sidebar.restore(SidebarState.from_json(remembered.get("sidebar")))
        width = remembered.get("width")
        if isinstance(width, int):
            self.set_width(width)

    async def on_unmount(self) -> None:
        """Remembers what the next run begins with."""
        await self._search.close()
        value = {
            "fresh": self._fresh.to_json(
                time.time_ns(), self.library.entries, checked=self.library.checked
            ),
            "sidebar": cast("JsonValue", self.sidebar.state.to_json()),
            "width": self.chosen_width,
        }
        try:
            remember(self._remembered, value)
        except (OSError, WriteFailedError) as error:
            _LOG.warning("the state of the screen was not remembered: %s", error)
        await self.library.close()
