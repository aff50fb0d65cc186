"""The tree on the screen: what the user looks at is held where it is."""

import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import TYPE_CHECKING, ClassVar, Final

from textual.geometry import Size

from oxtui.glyphs import UNICODE, Glyphs
from oxtui.store.library import LibraryChange
from oxtui.store.values import SessionId
from oxtui.ui.catalogue import Catalogue
from oxtui.ui.sidebar import messages
from oxtui.ui.sidebar.painting import ScenePane
from oxtui.ui.sidebar.rows import RowKey
from oxtui.ui.sidebar.scene import Hold, Scene
from oxtui.ui.sidebar.state import SidebarState
from oxtui.ui.sidebar.style import COMPONENTS, CSS

if TYPE_CHECKING:
    from textual.timer import Timer

_AGES_EVERY_SECONDS: Final = 20


class SidebarView(ScenePane):
    """Shows sessions in groups, and keeps what the user looks at in its place."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)
    DEFAULT_CSS = CSS
    REST_SECONDS: ClassVar[float] = 0.08
    """How long the cursor stays on a session before that is told."""
    FRUGAL_REST_SECONDS: ClassVar[float] = 0.25
    """The same where every byte counts."""

    def __init__(
        self,
        *,
        glyphs: Glyphs = UNICODE,
        now_ns: Callable[[], int] = time.time_ns,
        frugal: bool = False,
        id: str | None = None,  # noqa: A002 - as every widget names it
        classes: str | None = None,
    ) -> None:
        """Makes an empty sidebar.

        Args:
            glyphs: The marks to draw.
            now_ns: The clock, in nanoseconds since the epoch.
            frugal: Whether every byte to the terminal counts: it then scrolls rarely and by half a
                pane, and a session has to be stayed on for longer.
            id: The widget's id.
            classes: The widget's CSS classes.
        """
        super().__init__(Scene(now_ns), glyphs, id=id, classes=classes)
        self._frugal = frugal
        self._placed = False
        self._wanted: RowKey | None = None
        self._suggested: RowKey | None = None
        self._unfiltered: RowKey | None = None
        self._led_to: RowKey | None = None
        self._resting: Timer | None = None
        self._rests_at = 0.0
        self._told: SessionId | None = None

    # What is shown

    def show(self, catalogue: Catalogue) -> None:
        """Shows a catalogue, which is from then on read whenever a line is painted."""
        held = self._hold()
        self._scene.rows.show(catalogue)
        self._scene.forget(tuple(self._scene.selected))
        self._regain(held)

    def apply(self, change: LibraryChange) -> None:
        """Shows what changed in the catalogue; what the user looks at stays where it is."""
        held, before = self._hold(), self._scene.cursor_key
        self._scene.rows.apply(change)
        self._scene.forget(chain(change.removed, change.changed))
        if self._scene.rows.forest.newest() is None and self._wanted is None:
            self._wanted = before  # the store may come back, and it with it
        self._restore(held)
        # Without the focus who reads goes on reading, also what is gone by now; and in a store that
        # changes all the time nobody would be told of where the cursor is.
        if self.has_focus and self._resting is None:
            self._rest()

    def say_gone(self, *, is_gone: bool) -> None:
        """Says whether the folder of the sessions is not there any more, where there are none."""
        if self._scene.is_gone != is_gone:
            held = self._hold()
            self._scene.is_gone = is_gone
            self._regain(held)

    def set_filter(self, text: str) -> None:
        """Leaves only sessions whose title or id contains `text`, and their groups open.

        Without a text all are there again, and what was found stays in sight; if nothing was, the
        session that the cursor was on before.
        """
        before = self._scene.rows.forest.filter_text
        if text == before:
            return
        if not before:
            self._unfiltered = self._scene.cursor_key
        held, found = self._hold(), self._scene.cursor_key
        self._scene.rows.set_filter(text)
        if text:
            self._regain(held)
            self._go(self._scene.cursor)
            self._go_to_a_hit(found)
        else:
            chosen = found if found is not None and found.session is not None else self._unfiltered
            chosen = None if chosen is None else self._scene.rows.current(chosen)
            if chosen is not None and chosen.session is not None:
                self._scene.rows.set_open([chosen.group], is_open=True)
            self._regain(held)
            self._go(self._scene.rows.index_of(chosen) if chosen else self._scene.cursor)
        if not (before and text):
            self.refresh_bindings()

    def set_within(self, sessions: AbstractSet[SessionId]) -> None:
        """Leaves also these sessions, which have the text of the filter somewhere in them."""
        held, before = self._hold(), self._scene.cursor_key
        self._scene.rows.set_within(sessions)
        self._restore(held)
        self._go_to_a_hit(before)

    def _go_to_a_hit(self, before: RowKey | None) -> None:
        """While there is a filter, from where that led to where the cursor was without it.

        If that is not let through, from a header to the first session that is.

        Args:
            before: Where the cursor was before the filter let other sessions through.
        """
        rows = self._scene.rows
        if not rows.forest.filter_text:
            return
        led = before is None or before in (self._led_to, self._unfiltered)
        home = rows.index_of(self._unfiltered) if led and self._unfiltered else None
        if home is not None and self._unfiltered and self._unfiltered.session is not None:
            self._go(home)
        elif self._scene.cursor_session is None and len(rows) > 1:
            self._go(1)
        self._led_to = self._scene.cursor_key

    def prepare_filter(self) -> None:
        """Does ahead, as when the user begins to type, what the first letter would wait for."""
        self._scene.rows.forest.prepare_filter()

    def set_live(self, sessions: AbstractSet[SessionId]) -> None:
        """Marks the sessions that are being written just now, and no others."""
        self._scene.live = sessions
        self._repaint()

    def set_unseen(self, sessions: AbstractSet[SessionId]) -> None:
        """Marks the sessions that changed since they were last read, and no others."""
        self._scene.unseen = sessions
        self._repaint()

    @property
    def cursor_session(self) -> SessionId | None:
        """The session that the cursor is on; None on a header."""
        return self._scene.cursor_session

    @property
    def cursor_line(self) -> int | None:
        """The line that the cursor is on, from 0, whether or not it is in sight."""
        return None if self._scene.cursor is None else self._scene.y_of(self._scene.cursor)

    @property
    def acting_on(self) -> tuple[SessionId, ...]:
        """What a key acts on: the selected sessions, else the one of the cursor."""
        return self._scene.acting_on

    @property
    def state(self) -> SidebarState:
        """What is to be remembered until the next run."""
        rows = self._scene.rows
        cursor = self._wanted or self._scene.cursor_key
        return SidebarState(
            open_groups=tuple(sorted(rows.open_groups)),
            cursor_group=cursor.group if cursor is not None and self._placed else None,
            cursor_session=cursor.session if cursor is not None and self._placed else None,
            order=rows.forest.order.value,
            flat=rows.forest.flat,
        )

    def restore(self, state: SidebarState) -> None:
        """Takes up where an earlier run was; its cursor also once its row comes to be there."""
        rows = self._scene.rows
        rows.sort_by(state.sorting)
        rows.set_flat(flat=state.flat)
        rows.set_open(state.open_groups, is_open=True)
        self._wanted = state.cursor
        self._placed = state.cursor is not None
        self._resize()
        self._place()
        self._repaint()

    def settle(self) -> None:
        """In a first run suggests the newest session of all that are there by now.

        Unless the user went anywhere since another one was.
        """
        rows, suggested = self._scene.rows, self._suggested
        newest = rows.forest.newest()
        at_work = self._scene.drag is not None or not self.has_focus
        if suggested is None or suggested.session == newest or at_work:
            return
        rows.set_open([suggested.group], is_open=False)
        self._placed = False
        self._resize()
        self._place()
        self._repaint()

    def _resize(self) -> None:
        size = Size(self.size.width, self._scene.height)
        if size != self.virtual_size:
            self.virtual_size = size

    def on_mount(self) -> None:
        """Keeps ages up to date."""
        self.set_interval(_AGES_EVERY_SECONDS, self._repaint)
        self._resize()
        self._place()

    def on_resize(self) -> None:
        """Keeps the cursor in sight."""
        self._resize()
        self._scroll_to_cursor()

    def on_mouse_scroll_down(self) -> None:
        """Leaves the user where that leads."""
        self._suggested = None

    def on_mouse_scroll_up(self) -> None:
        """Leaves the user where that leads."""
        self._suggested = None

    def _hold(self) -> Hold:
        return self._scene.hold(self.scroll_offset.y, self.size.height)

    def on_focus(self) -> None:
        """Tells where the cursor came to meanwhile."""
        self._rest()

    def _regain(self, held: Hold) -> None:
        """Puts what the user looks at back to where it was, after what they did."""
        self._restore(held)
        self._rest()

    def _restore(self, held: Hold) -> None:
        """Puts what the user looks at back to where it was."""
        top = self._scene.regain(held)
        self._resize()
        if self.is_mounted:
            self.scroll_to(y=top, animate=False)
        self._place()
        self._repaint()

    def _place(self) -> None:
        """Puts the cursor where it was in the last run; in a first run on the newest session."""
        rows = self._scene.rows
        if not self._placed and (newest := rows.forest.newest()) is not None:
            self._wanted = self._suggested = rows.key_of(newest)
            self._placed = True
            if self._wanted is not None:
                rows.set_open([self._wanted.group], is_open=True)
                self._resize()
        if self._wanted is None:
            return
        wanted = rows.current(self._wanted)
        index = rows.index_of(wanted)
        if index is None:
            self._scene.cursor = rows.index_of(RowKey(wanted.group)) or self._scene.cursor
        else:
            self._wanted = None
            self._scene.cursor = index
            self._scroll_to_cursor()
            self._rest()

    # The cursor

    def _go(self, index: int | None) -> None:
        """Puts the cursor on a row, as near as there is one."""
        rows, before = len(self._scene.rows), self.cursor_line
        self._placed, self._wanted, self._suggested = True, None, None
        self._scene.cursor = min(max(0, index or 0), rows - 1) if rows else None
        self._scroll_to_cursor()
        if before is not None and before != self.cursor_line:
            self._repaint_line(before)
        if self.cursor_line is not None:
            self._repaint_line(self.cursor_line)
        self._rest()

    def _scroll_to_cursor(self) -> None:
        if self._scene.cursor is not None:
            y = self._scene.y_of(self._scene.cursor)
            self._scroll_to_lines(y, y)

    def _scroll_to_lines(self, first: int, last: int) -> None:
        """Scrolls no further than it takes for the lines to be in sight, the first above all."""
        top, height = self.scroll_offset.y, self.size.height
        if not height:
            return
        lowest = last - height + 1
        y = min(max(top, lowest), first)
        if self._frugal and y > top:
            y = max(y, min(top + height // 2, first))
        elif self._frugal and y < top:
            y = min(y, max(top - height // 2, lowest))
        self.scroll_to(y=y, animate=False)

    def _rest(self) -> None:
        """Tells which session the cursor is on, once it stays there."""
        self._rests_at = time.monotonic() + self._rest_s
        if self._resting is None and self.is_mounted and self._scene.cursor_session != self._told:
            self._resting = self.set_timer(self._rest_s, self._rested)

    def _rested(self) -> None:
        """Tells it, unless there was another move meanwhile: one timer does for many moves."""
        self._resting = None
        left = self._rests_at - time.monotonic()
        if left > 0:
            self._resting = self.set_timer(left, self._rested)
        else:
            self._tell()

    @property
    def _rest_s(self) -> float:
        return self.FRUGAL_REST_SECONDS if self._frugal else self.REST_SECONDS

    def tell(self) -> None:
        """Tells at once what would be told once the cursor rests."""
        if self._resting is not None:
            self._tell()

    def _tell(self) -> None:
        session_id = self._scene.cursor_session
        if session_id != self._told:
            self._told = session_id
            self.post_message(messages.SessionHighlighted(session_id))
