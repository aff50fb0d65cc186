"""The two panes of the main screen, the field that filters, and which of them has the keys."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from oxtui.ui.divider import Divider
from oxtui.ui.keymap import only_in
from oxtui.ui.messages import TextSought
from oxtui.ui.options import Options
from oxtui.ui.own_keys import OwnKeys
from oxtui.ui.search_field import SearchField
from oxtui.ui.sidebar.bindings import AREA as SIDEBAR
from oxtui.ui.sidebar.messages import FilterCleared, OrderChanged
from oxtui.ui.sidebar.widget import Sidebar
from oxtui.ui.timeline.bindings import AREA as TIMELINE
from oxtui.ui.timeline.messages import ErrorNotFound, HitNotFound, WentAround
from oxtui.ui.typeahead import READING, REQUESTS

if TYPE_CHECKING:
    from oxtui.ui.timeline.widget import Timeline

_NARROW: Final = "-narrow"
_NARROW_BELOW: Final = 80
_READING: Final = "-reading"
_FILTERING: Final = "-filtering"
_LEAST_WIDTH: Final = 24
_WIDTH_STEP: Final = 4
_DIVIDER_WIDTH: Final = 1


class Panes(Horizontal):
    """The sidebar on the left, the timeline on the right; one at a time on a narrow screen.

    Attributes:
        sidebar: The left pane.
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
    Panes {
        height: 1fr;
        & #left { width: 38; height: 1fr; }
        & #sidebar { height: 1fr; }
        & #timeline { width: 1fr; height: 1fr; }
        &.-filtering #filter { display: block; }
        &.-narrow {
            & Divider { display: none; }
            & #left { width: 1fr; }
            & #timeline { display: none; }
            &.-reading #timeline { display: block; }
            &.-reading #left { display: none; }
        }
    }
    """

    def __init__(self, options: Options, *, id: str | None = None) -> None:  # noqa: A002 - as every widget names it
        super().__init__(id=id)
        self._options = options
        self.sidebar = Sidebar(glyphs=options.glyphs, frugal=options.low_bandwidth, id="sidebar")
        self.chosen_width: int | None = None

    @cached_property
    def timeline(self) -> "Timeline":
        """The right pane."""
        from oxtui.ui.timeline.widget import Timeline  # which the first frame need not wait for

        return Timeline(glyphs=self._options.glyphs, id="timeline")

    def compose(self) -> ComposeResult:
        """The left pane; the right one comes later."""
        with Vertical(id="left"):
            yield self.sidebar
            yield SearchField(id="filter")
        yield Divider()

    # Which pane has the keys

    def bring_timeline(self) -> None:
        """Puts the right pane where it belongs, unless it is there, or all of it is closing."""
        if self.is_attached and not self.timeline.is_attached:
            self.mount(self.timeline)
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
        if not self.sidebar.has_focus:
            self.go_to_sidebar()

    def go_to_timeline(self) -> None:
        """Gives the timeline the keys, and on a narrow screen all the room."""
        self.bring_timeline()
        self.add_class(_READING)
        self.screen.set_focus(self.timeline)

    def go_to_sidebar(self) -> None:
        """Gives the sidebar the keys, and on a narrow screen all the room."""
        self.remove_class(_READING)
        self.screen.set_focus(self.sidebar)

    def action_step_session(self, step: int) -> None:
        """Reads the session above or below in the sidebar."""
        if not self.sidebar.step_session(step) and self.timeline.has_focus:
            where = "below" if step > 0 else "above"
            self.notify(f"No session {where} in the groups that are open.", timeout=2, markup=False)

    # What the other pane does

    async def on_key(self, event: events.Key) -> None:
        """From the sidebar, does in the timeline what a key does only there."""
        if (action := self._passed_on(event)) is not None:
            event.stop()
            await self._do_in_timeline(action)

    def other_bindings(self) -> Sequence[Binding]:
        """The bindings of the pane that does not have the keys."""
        other = SIDEBAR if self.screen.focused is self.timeline else TIMELINE
        return next(area.bindings for area in self.app.areas_now() if area.title == other)

    async def do_in_other(self, action: str) -> None:
        """Does something in the pane that does not have the keys."""
        if self.screen.focused is not self.timeline:
            await self._do_in_timeline(action)
            return
        self.go_to_sidebar()  # where is seen what it is done to
        await self.app.run_action(action, self.sidebar)

    async def _do_in_timeline(self, action: str) -> None:
        self.bring_timeline()
        if self._is_narrow:
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
        if not is_for_session or self._is_for_others(event):
            return REQUESTS
        self.sidebar.tell()  # the cursor need not rest any longer
        return READING

    def _is_for_others(self, event: events.Event) -> bool:
        """Whether a key is not the timeline's, such as one that goes to another session."""
        active = None
        if isinstance(event, events.Key):
            active = self.screen.active_bindings.get(event.key)
        return active is not None and active.node in (self, self.screen)

    # How wide they are

    @property
    def _is_narrow(self) -> bool:
        return self.has_class(_NARROW)

    @on(Divider.Dragged)
    def resize(self, message: Divider.Dragged) -> None:
        """Gives the sidebar the width that the divider was dragged to."""
        self._change_width(message.column)

    def action_narrower(self) -> None:
        """Makes the sidebar narrower."""
        self._change_width(self.query_one("#left").size.width - _WIDTH_STEP)

    def action_wider(self) -> None:
        """Makes the sidebar wider."""
        self._change_width(self.query_one("#left").size.width + _WIDTH_STEP)

    def _change_width(self, width: int) -> None:
        if not self._is_narrow:
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
            fitting = None if self._is_narrow else min(self.chosen_width, self._most_columns)
            self.query_one("#left").styles.width = fitting

    def on_mount(self) -> None:
        """Has one pane at a time in the first frame already, if there is no room for two."""
        self._look_whether_narrow(self.app.size.width)

    def on_resize(self, event: events.Resize) -> None:
        """Keeps both panes usable."""
        self._look_whether_narrow(event.size.width)
        self._fit_width()

    def _look_whether_narrow(self, width: int) -> None:
        # A breakpoint of Textual's would style all widgets anew when they were just shown.
        self.set_class(width < _NARROW_BELOW, _NARROW)

    # The filter

    def action_filter(self) -> None:
        """Goes to the field that filters sessions."""
        self.go_to_sidebar()
        self.add_class(_FILTERING)
        self.call_after_refresh(self.sidebar.prepare_filter)
        self.screen.set_focus(self.query_one(SearchField))

    @on(SearchField.Changed)
    def filter_as_typed(self, message: SearchField.Changed) -> None:
        """Leaves only sessions with the text: in their title at once, then anywhere in them."""
        self.sidebar.set_filter(message.value)
        self.post_message(TextSought(message.value))

    @on(SearchField.Submitted)
    def filter_taken(self) -> None:
        """Goes to what the filter left."""
        self._end_filter(keep=bool(self.query_one(SearchField).value))

    @on(SearchField.Stepped)
    def step_from_field(self, message: SearchField.Stepped) -> None:
        """Goes through what the filter leaves, while it is typed."""
        self.action_step_session(message.step)

    @on(SearchField.Left)
    @on(FilterCleared)
    def filter_cleared(self) -> None:
        """Lets go of the filter."""
        self._end_filter(keep=False)

    def _end_filter(self, *, keep: bool) -> None:
        if not keep:
            self.query_one(SearchField).value = ""
            self.remove_class(_FILTERING)
        self.screen.set_focus(self.sidebar)

    # What a key came to

    @on(OrderChanged)
    def show_order(self, message: OrderChanged) -> None:
        """Says how sessions are sorted now."""
        self.notify(f"Sessions: {message.description}.", timeout=2, markup=False)

    @on(HitNotFound)
    def no_hit(self, message: HitNotFound) -> None:
        """Says that there is no other hit, to who goes from one to the next."""
        if self.timeline.has_focus:
            text = "The only hit." if message.on_one else "No hit in this session."
            nothing = f"Nothing is looked for.{self.app.advice('filter', 'does')}"
            self.notify(text if message.query else nothing, timeout=2, markup=False)

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
