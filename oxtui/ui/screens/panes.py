"""Where things are on the main screen: two panes, a filter, and which of them has the keys."""

import asyncio
from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, Final

from textual import events, getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from oxtui.store.library import Library, LibraryChange
from oxtui.store.names import is_utf8
from oxtui.ui.divider import Divider
from oxtui.ui.footer import KeyFooter
from oxtui.ui.keymap import only_in
from oxtui.ui.messages import CopyRequested
from oxtui.ui.options import Options
from oxtui.ui.own_keys import OwnKeys
from oxtui.ui.screens.session import SessionScreen
from oxtui.ui.search_field import SearchField
from oxtui.ui.sidebar.messages import (
    DragChanged,
    FilterCleared,
    OrderChanged,
)
from oxtui.ui.sidebar.widget import Sidebar
from oxtui.ui.status import StatusLine
from oxtui.ui.timeline.bindings import AREA as TIMELINE
from oxtui.ui.timeline.messages import ErrorNotFound, HitNotFound, WentAround
from oxtui.ui.typeahead import READING, REQUESTS

_NARROW: Final = "-narrow"
_READING: Final = "-reading"
_FILTERING: Final = "-filtering"
_LEAST_WIDTH: Final = 24
_WIDTH_STEP: Final = 4
_DIVIDER_WIDTH: Final = 1
_MOST_COPIED: Final = 100_000


class PaneScreen(SessionScreen):
    """The sidebar on the left, the timeline on the right; under 80 columns one at a time.

    Attributes:
        sidebar: The left pane.
        status: The line below them.
        chosen_width: The width that the user gave the sidebar; None if they did not.
    """

    app = getters.app(OwnKeys)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "other_pane", "Other pane", show=False, id="app.other_pane"),
        Binding("shift+tab", "other_pane", "Other pane", show=False, id="app.other_pane_back"),
        Binding("slash", "filter", "Search", key_display="/", id="app.filter"),
        Binding(
            "left_square_bracket",
            "step_session(-1)",
            "Session above",
            show=False,
            key_display="[",
            id="timeline.session_above",
        ),
        Binding(
            "right_square_bracket",
            "step_session(1)",
            "Session below",
            show=False,
            key_display="]",
            id="timeline.session_below",
        ),
        Binding("escape", "back", "Back", show=False, id="app.back"),
        Binding(
            "less_than_sign",
            "narrower",
            "Narrower sidebar",
            show=False,
            key_display="<",
            id="app.narrower",
        ),
        Binding(
            "greater_than_sign",
            "wider",
            "Wider sidebar",
            show=False,
            key_display=">",
            id="app.wider",
        ),
    ]
    DEFAULT_CSS = """
    PaneScreen {
        layout: vertical;
        & #panes { height: 1fr; }
        & #left { width: 38; height: 1fr; }
        & #sidebar { height: 1fr; }
        & #timeline { width: 1fr; height: 1fr; }
        &.-filtering #filter { display: block; }
    }
    PaneScreen.-narrow {
        & Divider { display: none; }
        & #left { width: 1fr; }
        & #timeline { display: none; }
        & #panes.-reading #timeline { display: block; }
        & #panes.-reading #left { display: none; }
    }
    """

    def __init__(self, options: Options, library: Library) -> None:
        super().__init__(options, library)
        self.sidebar = Sidebar(glyphs=options.glyphs, frugal=options.low_bandwidth, id="sidebar")
        self.status = StatusLine(glyphs=options.glyphs, id="status")
        self.chosen_width: int | None = None
        self._panes = Horizontal(id="panes")
        library.subscribe(self._look_for_folder)

    def compose(self) -> ComposeResult:
        """The left pane, the status line and the footer; what the right one is of comes later."""
        with self._panes:
            with Vertical(id="left"):
                yield self.sidebar
                yield SearchField(id="filter")
            yield Divider()
        yield self.status
        yield KeyFooter()

    def _look_for_folder(self, change: LibraryChange) -> None:
        """Finds out whether sessions went one by one, or with their folder."""
        if self.library.entries or self.library.unreadable:
            self.sidebar.say_gone(is_gone=False)
        elif change.removed:
            self._look_whether_gone()

    @work(group="folder", exclusive=True)
    async def _look_whether_gone(self) -> None:
        there = await asyncio.to_thread(self.library.store.sessions_path.is_dir)
        self.sidebar.say_gone(is_gone=not there)

    # Panes

    def bring_timeline(self) -> None:
        """Puts the right pane where it belongs, unless it is there, or the screen is closing."""
        if self._panes.is_attached and not self.timeline.is_attached:
            self._panes.mount(self.timeline)
            self.timeline.clear("Choose a session on the left to read it.")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leaves the keys to a drag while there is one."""
        return action != "filter" or self.sidebar.drag_state is None

    def action_other_pane(self) -> None:
        """Goes to the other pane."""
        if self.timeline.has_focus:
            self.go_to_sidebar()
        else:
            self.go_to_timeline()

    def action_back(self) -> None:
        """Goes one level back."""
        if isinstance(self.focused, SearchField):
            self._end_filter(keep=False)
        elif self.focused is not self.sidebar:
            self.go_to_sidebar()

    async def on_key(self, event: events.Key) -> None:
        """From the sidebar, does in the timeline what a key does only there."""
        if (action := self._passed_on(event)) is None:
            return
        event.stop()
        self.bring_timeline()
        if self.has_class(_NARROW):
            self.go_to_timeline()
        await self.app.run_action(action, self.timeline)

    def _passed_on(self, event: events.Event) -> str | None:
        if isinstance(event, events.Key) and self.sidebar.has_focus:
            return self._timeline_actions.get(event.key)
        return None

    @cached_property
    def _timeline_actions(self) -> Mapping[str, str]:
        return only_in(TIMELINE, self.app.areas_now())

    def await_for(self, event: events.Event) -> frozenset[str]:
        """What a key waits for: one for the session that is read, until it is there."""
        is_for_session = self.timeline.has_focus or self._passed_on(event)
        if not is_for_session or self._steps(event):
            return REQUESTS
        self.sidebar.tell()  # the cursor need not rest any longer
        return READING

    def _steps(self, event: events.Event) -> bool:
        """Whether a key goes to another session, which need not wait for this one."""
        active = self.active_bindings.get(event.key) if isinstance(event, events.Key) else None
        return active is not None and active.node is self

    def go_to_timeline(self) -> None:
        """Gives the timeline the keys, and on a narrow screen all the room."""
        self.bring_timeline()
        self._panes.add_class(_READING)
        self.set_focus(self.timeline)

    def go_to_sidebar(self) -> None:
        """Gives the sidebar the keys, and on a narrow screen all the room."""
        self._panes.remove_class(_READING)
        self.set_focus(self.sidebar)

    def deselect(self) -> None:
        """Lets go of what was selected, which may be out of sight by now."""
        self.sidebar.clear_selection()

    def action_step_session(self, step: int) -> None:
        """Reads the session above or below in the sidebar."""
        if not self.sidebar.step_session(step) and self.timeline.has_focus:
            where = "below" if step > 0 else "above"
            self.notify(f"No session {where} in the groups that are open.", timeout=2, markup=False)

    @on(Divider.Dragged)
    def resize_panes(self, message: Divider.Dragged) -> None:
        """Gives the sidebar the width that the divider was dragged to."""
        self._change_width(message.column)

    def action_narrower(self) -> None:
        """Makes the sidebar narrower."""
        self._change_width(self.query_one("#left").size.width - _WIDTH_STEP)

    def action_wider(self) -> None:
        """Makes the sidebar wider."""
        self._change_width(self.query_one("#left").size.width + _WIDTH_STEP)

    def _change_width(self, width: int) -> None:
        if not self.has_class(_NARROW):
            self.set_width(min(width, self._most_columns))

    def set_width(self, width: int) -> None:
        """Gives the sidebar so many columns, as soon and as far as both panes stay usable."""
        self.chosen_width = max(_LEAST_WIDTH, width)
        self._fit_width()

    @property
    def _most_columns(self) -> int:
        return max(_LEAST_WIDTH, self.size.width - _LEAST_WIDTH - _DIVIDER_WIDTH)

    def _fit_width(self) -> None:
        """Applies the width that was chosen, which a terminal may be too small for just now."""
        if self.chosen_width is not None:
            beside = not self.has_class(_NARROW)
            fitting = min(self.chosen_width, self._most_columns) if beside else None
            self.query_one("#left").styles.width = fitting

    def on_resize(self) -> None:
        """Keeps both panes usable."""
        self.call_next(self._fit_width)  # by then it is known whether they are beside each other

    def on_screen_suspend(self) -> None:
        """Shows no keys while they belong to what is above this screen."""
        self.query_one(KeyFooter).visible = False

    def on_screen_resume(self) -> None:
        """Shows them again."""
        self.query_one(KeyFooter).visible = True

    # The filter

    def action_filter(self) -> None:
        """Goes to the field that filters sessions."""
        self.go_to_sidebar()
        self.add_class(_FILTERING)
        self.call_after_refresh(self.sidebar.prepare_filter)
        self.set_focus(self.query_one(SearchField))

    @on(SearchField.Changed)
    def filter_as_typed(self, message: SearchField.Changed) -> None:
        """Leaves only sessions with the text: in their title at once, then anywhere in them."""
        self.sidebar.set_filter(message.value)
        self.look_for(message.value)

    def look_for(self, text: str) -> None:
        """Called with the text of the filter as it is typed; for a screen to override."""

    @on(SearchField.Submitted)
    def filter_taken(self) -> None:
        """Goes to what the filter left."""
        self._end_filter(keep=bool(self.query_one(SearchField).value))

    @on(FilterCleared)
    def filter_cleared(self) -> None:
        """Empties the field after the sidebar let go of the filter."""
        self._end_filter(keep=False)

    def _end_filter(self, *, keep: bool) -> None:
        field = self.query_one(SearchField)
        if not keep:
            field.value = ""
            self.remove_class(_FILTERING)
        self.set_focus(self.sidebar)

    @on(CopyRequested)
    def copy(self, message: CopyRequested) -> None:
        """Sends a text to the terminal's clipboard, which does not answer."""
        text = message.text
        problem = None
        if len(text) > _MOST_COPIED:
            problem = f"Too long for a terminal's clipboard: {len(text):,} characters."
        elif not is_utf8(text):
            problem = "This name is not UTF-8, so a terminal's clipboard can't hold it."
        if problem is not None:
            self.notify(problem, severity="warning", markup=False)
            return
        self.app.copy_to_clipboard(text)
        said = f"{message.what} was sent to the terminal's clipboard."
        self.notify(said, timeout=2, markup=False)

    @on(DragChanged)
    def show_drag(self, message: DragChanged) -> None:
        """Says what dropping would do."""
        state = message.state
        keys = {"drop": "drops", "back": "cancels"}
        hints = [f"{key} {does}" for action, does in keys.items() if (key := self.key_of(action))]
        unmatched = state is not None and state.typed and state.target is None
        hint = "“Move to a project” makes new ones" if unmatched else "other letters narrow"
        hint = ", ".join([*hints, hint.translate(self.options.glyphs.punctuation)])
        self.status.update_status(dragging=f"{state.description}   {hint}" if state else "")

    @on(OrderChanged)
    def show_order(self, message: OrderChanged) -> None:
        """Says how sessions are sorted now."""
        self.notify(f"Sessions {message.description}.", timeout=2, markup=False)

    @on(HitNotFound)
    def no_hit(self, message: HitNotFound) -> None:
        """Says that there is no other hit, to who goes from one to the next."""
        if self.timeline.has_focus:
            searches = self.advice("filter", "does")
            text = "The only hit." if message.on_one else "No hit in this session."
            said = text if message.query else f"Nothing is looked for.{searches}"
            self.notify(said, timeout=2, markup=False)

    @on(ErrorNotFound)
    def no_error(self, message: ErrorNotFound) -> None:
        """Says that there is no other error."""
        text = "The only error." if message.on_one else "No error in this session."
        self.notify(text, timeout=2, markup=False)

    @on(WentAround)
    def went_around(self, message: WentAround) -> None:
        """Says that what is shown now does not come after what was shown before."""
        first, then = ("last", "first") if message.forwards else ("first", "last")
        self.notify(f"After the {first} {message.what}, the {then}.", timeout=2, markup=False)
