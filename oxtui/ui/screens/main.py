"""The main screen: it puts together what shows a store and what acts on it, and routes."""

import time
from collections.abc import Callable, Coroutine
from functools import cached_property, partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Event
from textual.screen import Screen

from oxtui.locations import home_shortened, state_folder
from oxtui.sanitize import sanitize
from oxtui.store.library import Library
from oxtui.store.own_writes import OwnWrites
from oxtui.store.remembered import recall, remember
from oxtui.ui.clipboard import problem_with
from oxtui.ui.footer import KeyFooter
from oxtui.ui.freshness import Freshness
from oxtui.ui.messages import CopyRequested, TextSought
from oxtui.ui.options import Options
from oxtui.ui.own_keys import OwnKeys
from oxtui.ui.panes import Panes
from oxtui.ui.screens.messages import (
    ActReported,
    EmptyTrashRequested,
    RedoRequested,
    RestoreRequested,
    UndoRequested,
)
from oxtui.ui.screens.presenter import Presenter
from oxtui.ui.screens.reporting import Reporter
from oxtui.ui.sidebar.messages import (
    DragChanged,
    MoveRequested,
    NewProjectRequested,
    PinRequested,
    ProjectRenameRequested,
    RenameRequested,
    SessionHighlighted,
    SessionOpened,
    SessionsDropped,
    StoreRequest,
    TrashRequested,
    WriteRefused,
)
from oxtui.ui.sidebar.state import SidebarState
from oxtui.ui.sidebar.widget import Sidebar
from oxtui.ui.status import StatusLine
from oxtui.ui.timeline.messages import ExportRequested, FilterRequested, LedgerRequested

if TYPE_CHECKING:
    from pydantic import JsonValue

    from oxtui.ui.screens.requests import Requests
    from oxtui.ui.screens.reviews import Reviews
    from oxtui.ui.screens.session_dialogs import SessionDialogs
    from oxtui.ui.timeline.widget import Timeline


class MainScreen(Screen[None]):
    """Shows a library, and has done what its user asks for.

    Attributes:
        library: What is in the store.
        panes: The list of sessions and the session that is read.
        status: The line below them.
        own_writes: Which states of its sessions were written here.
    """

    app = getters.app(OwnKeys)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("P", "prune", "Prune", id="app.prune"),
        Binding("C", "config", "Config", id="app.config"),
        Binding("u", "undo", "Undo", id="app.undo"),
        Binding("U", "redo", "Redo", show=False, id="app.redo"),
        Binding("A", "set_again", "Redo Oxios' reverts", show=False, id="app.set_again"),
        Binding("H", "history", "History and trash", show=False, id="app.history"),
        Binding("R", "rescan", "Rescan", show=False, id="app.rescan"),
    ]

    def __init__(self, options: Options, library: Library) -> None:
        super().__init__()
        self.options = options
        self.library = library
        self.panes = Panes(options, id="panes")
        self.status = StatusLine(glyphs=options.glyphs, id="status")
        self.own_writes = OwnWrites(library.entries)
        self._remembered = state_folder(options.base) / "screen.json"

    def compose(self) -> ComposeResult:
        """The panes, the status line and the footer."""
        yield self.panes
        yield self.status
        yield KeyFooter()

    @property
    def sidebar(self) -> Sidebar:
        """The list of sessions."""
        return self.panes.sidebar

    @property
    def timeline(self) -> "Timeline":
        """The session that is read."""
        return self.panes.timeline

    @cached_property
    def reporter(self) -> Reporter:
        """Says what came of acts."""
        return Reporter(
            self.app, self.library, self.own_writes, self.status, glyphs=self.options.glyphs
        )

    @cached_property
    def presenter(self) -> Presenter:
        """Shows what is in the store."""
        return Presenter(self, self.panes, self.status, self.library, self.reporter, self.options)

    # The first frame need not wait for these.

    @cached_property
    def _requests(self) -> "Requests":
        from oxtui.ui.screens.requests import Requests

        return Requests(
            self.app,
            self.library,
            self.own_writes,
            self.reporter,
            self.sidebar,
            glyphs=self.options.glyphs,
        )

    @cached_property
    def _reviews(self) -> "Reviews":
        from oxtui.ui.screens.reviews import Reviews

        return Reviews(self.app, self.library, self.reporter, self.presenter.outlook, self.options)

    @cached_property
    def _session_dialogs(self) -> "SessionDialogs":
        from oxtui.ui.screens.session_dialogs import SessionDialogs

        return SessionDialogs(
            self.app, self.library, self.timeline, self.reporter, glyphs=self.options.glyphs
        )

    # From one run to the next

    def on_mount(self) -> None:
        """Takes up where an earlier run was."""
        self._restore()
        read_only = self.library.store.read_only
        self.sidebar.read_only = read_only
        self.status.update_status(
            store=home_shortened(self.options.base), read_only=read_only is not None
        )
        self.presenter.show()
        self.sidebar.focus()

    def _restore(self) -> None:
        value = recall(self._remembered)
        remembered = value if isinstance(value, dict) else {}
        fresh = remembered.get("fresh")
        self.presenter.fresh = Freshness.from_json(fresh, time.time_ns(), self.own_writes)
        self.sidebar.restore(SidebarState.from_json(remembered.get("sidebar")))
        width = remembered.get("width")
        if isinstance(width, int):
            self.panes.set_width(width)

    async def on_unmount(self) -> None:
        """Remembers what the next run begins with."""
        value = {
            "fresh": self.presenter.fresh.to_json(
                time.time_ns(), self.library.entries, checked=self.library.checked
            ),
            "sidebar": cast("JsonValue", self.sidebar.state.to_json()),
            "width": self.panes.chosen_width,
        }
        remember(self._remembered, value)
        await self.presenter.close()

    def on_screen_suspend(self) -> None:
        """Shows no keys while they belong to what is above this screen."""
        self.query_one(KeyFooter).visible = False

    def on_screen_resume(self) -> None:
        """Shows them again."""
        self.query_one(KeyFooter).visible = True

    # What the user asks for

    def await_for(self, event: Event) -> frozenset[str]:
        """What a key waits for."""
        return self.panes.await_for(event)

    def _request(self, doing: Callable[[], Coroutine[object, object, None]]) -> None:
        """Has something done that the next key waits for."""
        self.run_worker(doing, group="requests")

    @on(SessionHighlighted)
    def highlight(self, message: SessionHighlighted) -> None:
        """Shows the session that the cursor rests on."""
        if message.session_id is not None:
            self.presenter.open(message.session_id)

    @on(SessionOpened)
    def open(self, message: SessionOpened) -> None:
        """Shows a session and goes to it."""
        self.presenter.open(message.session_id)
        self.panes.go_to_timeline()

    @on(TextSought)
    def look_for(self, message: TextSought) -> None:
        """Looks for a text in all sessions."""
        self.presenter.look_for(message.text)

    def action_rescan(self) -> None:
        """Compares everything with the disk."""
        self.run_worker(self.presenter.rescan, group="rescan", exclusive=True)

    @on(SessionsDropped)
    @on(MoveRequested)
    @on(TrashRequested)
    @on(RenameRequested)
    @on(PinRequested)
    @on(NewProjectRequested)
    @on(ProjectRenameRequested)
    def answer(self, message: StoreRequest) -> None:
        """Does to the store what the sidebar was asked for."""
        self._request(partial(self._requests.answer, message))

    @on(WriteRefused)
    def refuse(self, message: WriteRefused) -> None:
        """Says why a key does nothing here."""
        self.reporter.notify(sanitize(message.reason), severity="warning")

    @on(UndoRequested)
    def action_undo(self) -> None:
        """Takes back the last act."""
        self._request(self._requests.undo)

    @on(RedoRequested)
    def action_redo(self) -> None:
        """Does again what was taken back last."""
        self._request(self._requests.redo)

    def action_set_again(self) -> None:
        """Sets again what Oxios took back."""
        self._request(self._requests.set_again)

    def action_prune(self) -> None:
        """Shows what a prune would take, and takes what is left of it."""
        self._request(self._reviews.prune)

    def action_config(self) -> None:
        """Changes what Oxios prunes."""
        self._request(self._reviews.configure)

    def action_history(self) -> None:
        """Shows what was done, and what is in the trash."""
        self.run_worker(self._reviews.show_history, group="history", exclusive=True)

    @on(ActReported)
    def show_act(self) -> None:
        """Shows in the history what was just done."""
        self._request(self._reviews.refresh_history)

    @on(RestoreRequested)
    def restore(self, message: RestoreRequested) -> None:
        """Brings something back from the trash."""
        self._request(partial(self._reviews.restore, message.entry))

    @on(EmptyTrashRequested)
    def empty_trash(self, message: EmptyTrashRequested) -> None:
        """Destroys what is in the trash."""
        self._request(partial(self._reviews.empty_trash, message.entries))

    @on(FilterRequested)
    def filter_by_tool(self) -> None:
        """Shows only the calls of a tool."""
        self._request(self._session_dialogs.filter_by_tool)

    @on(LedgerRequested)
    def show_ledger(self) -> None:
        """Shows what each tool took."""
        self._request(self._session_dialogs.show_ledger)

    @on(ExportRequested)
    def export(self) -> None:
        """Writes the session that is read to a file."""
        self._request(self._session_dialogs.export)

    @on(CopyRequested)
    def copy(self, message: CopyRequested) -> None:
        """Sends a text to the terminal's clipboard, which does not answer."""
        if (problem := problem_with(message.text)) is not None:
            self.reporter.notify(problem, severity="warning")
            return
        self.app.copy_to_clipboard(message.text)
        self.reporter.notify(f"{message.what} was sent to the terminal's clipboard.", timeout=2)

    @on(DragChanged)
    def show_drag(self, message: DragChanged) -> None:
        """Says what dropping would do."""
        state = message.state
        keys = {"drop": "drops", "back": "cancels"}
        hints = [f"{key} {does}" for name, does in keys.items() if (key := self.app.key_of(name))]
        unmatched = state is not None and state.typed and state.target is None
        hint = "“Move to a project” makes new ones" if unmatched else "other letters narrow"
        hint = ", ".join([*hints, hint.translate(self.options.glyphs.punctuation)])
        self.status.update_status(dragging=f"{state.description}   {hint}" if state else "")
