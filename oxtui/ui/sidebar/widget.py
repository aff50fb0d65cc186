"""The left pane: what keys and the pointer do to the tree of projects and sessions."""

from typing import ClassVar, Final

from textual import events
from textual.binding import BindingType

from oxtui.ui.messages import CopyRequested
from oxtui.ui.sidebar import messages
from oxtui.ui.sidebar.bindings import BINDINGS
from oxtui.ui.sidebar.dragging import DragView
from oxtui.ui.sidebar.forest import ALL
from oxtui.ui.sidebar.groups import Order
from oxtui.ui.sidebar.render import FOLD_WIDTH
from oxtui.ui.sidebar.rows import HeaderRow, RowKey

_ORDERS: Final = {
    Order.UPDATED: "newest first",
    Order.FAILED: "failed ones first",
    Order.CREATED: "last created first",
    Order.TITLE: "by title",
    Order.SIZE: "largest first",
}


class Sidebar(DragView, can_focus=True):
    """The sessions of a store, to be chosen, filed and moved.

    It changes nothing on disk: what the user wants is told upward as a message.
    """

    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    # Moving the cursor

    def action_cursor_down(self) -> None:
        """Goes down a row."""
        self._by(1)

    def action_cursor_up(self) -> None:
        """Goes up a row."""
        self._by(-1)

    def action_first(self) -> None:
        """Goes to the first row."""
        self._go(0)

    def action_last(self) -> None:
        """Goes to the last row."""
        self._go(len(self._scene.rows) - 1)

    def action_half_page_down(self) -> None:
        """Goes down half of what is in sight."""
        self._by(self.size.height // 2)

    def action_half_page_up(self) -> None:
        """Goes up half of what is in sight."""
        self._by(-(self.size.height // 2))

    def action_page_down(self) -> None:
        """Goes down as much as is in sight."""
        self._by(self.size.height - 1)

    def action_page_up(self) -> None:
        """Goes up as much as is in sight."""
        self._by(1 - self.size.height)

    def step_session(self, step: int) -> bool:
        """Goes to the session below or above, past what is no session; whether there is one."""
        rows, index = self._scene.rows, self._scene.cursor
        while index is not None and 0 <= (index := index + step) < len(rows):
            if rows.key(index).session is not None:
                self._go(index)
                return True
        return False

    def _by(self, rows: int) -> None:
        if self._scene.cursor is not None:
            self._go(self._scene.cursor + rows)

    # Folds and order

    def action_fold(self) -> None:
        """From a session goes to its group's header; on a header folds the group."""
        row, cursor = self._scene.cursor_row, self._scene.cursor
        if isinstance(row, HeaderRow):
            self._fold(row, is_open=False)
        elif row is not None and cursor is not None:
            self._go(self._scene.rows.header_above(cursor))

    def action_unfold(self) -> None:
        """On a header opens the group, and goes into one that is open."""
        row = self._scene.cursor_row
        if not isinstance(row, HeaderRow):
            return
        if not row.is_open:
            self._fold(row, is_open=True)
        elif row.count:
            self.action_cursor_down()

    def action_order(self) -> None:
        """Sorts by the next order."""
        orders = list(Order)
        rows, held = self._scene.rows, self._hold()
        rows.sort_by(orders[(orders.index(rows.forest.order) + 1) % len(orders)])
        self._regain(held)
        self._scroll_to_cursor()
        self._tell_order()

    def action_flat(self) -> None:
        """Shows all sessions in one list, or in the tree of their projects."""
        rows, held, before = self._scene.rows, self._hold(), self._scene.cursor_key
        rows.set_flat(flat=not rows.forest.flat)
        row = rows.current(before) if before and before.session else RowKey(ALL)
        rows.set_open([row.group], is_open=True)
        self._regain(held)
        self._go(rows.index_of(row))
        self._tell_order()

    def _tell_order(self) -> None:
        forest = self._scene.rows.forest
        where = "all in one list" if forest.flat else "by project"
        self.post_message(messages.OrderChanged(f"{_ORDERS[forest.order]}, {where}"))

    def _fold(self, row: HeaderRow, *, is_open: bool) -> None:
        held = self._hold()
        self._scene.rows.set_open([row.key.group], is_open=is_open)
        self._regain(held)
        header = self._scene.rows.index_of(row.key)
        if is_open and header is not None:
            last = header + min(row.count, self.size.height // 2)
            self._scroll_to_lines(self._scene.y_of(header), self._scene.y_of(last))

    # Selecting

    def action_select(self) -> None:
        """Selects the session, or no longer, and goes on; on a header the whole group."""
        session = self._scene.cursor_session
        if session is None:
            self.action_select_group()
        else:
            self._toggle([session])
            self.action_cursor_down()

    def action_select_group(self) -> None:
        """Selects every session of the group that is not filtered out, or none of them."""
        key = self._scene.cursor_key
        if key is not None:
            self._toggle(self._scene.rows.forest.sessions_in(key.group))

    # Asking for things

    def action_read(self) -> None:
        """Opens the session to be read; on a header opens or folds the group."""
        row = self._scene.cursor_row
        if isinstance(row, HeaderRow):
            self._fold(row, is_open=not row.is_open)
        elif row is not None:
            self.post_message(messages.SessionOpened(row.session_id))

    def action_move_to(self) -> None:
        """Asks for a project to move to."""
        if sessions := self._changeable("moved"):
            self._ask(messages.MoveRequested(sessions))

    def action_trash(self) -> None:
        """Asks for sessions to go to the trash."""
        if sessions := self._given():
            hidden = sum(not self._scene.rows.is_shown(session_id) for session_id in sessions)
            self._ask(messages.TrashRequested(sessions, hidden))

    def action_pin(self) -> None:
        """Asks for sessions to be pinned, or no longer."""
        if sessions := self._changeable("pinned"):
            self._ask(messages.PinRequested(sessions))

    def action_rename(self) -> None:
        """Asks for another title of the session, or another name of the project."""
        row = self._scene.cursor_row
        if not isinstance(row, HeaderRow):
            if row is not None and self._changeable("renamed", [row.session_id]):
                self._ask(messages.RenameRequested(row.session_id))
            return
        project = self._scene.rows.forest.projects.get(row.key.group)
        if project is not None:
            self._ask(messages.ProjectRenameRequested(project.project_id))
        else:
            self._ask(messages.WriteRefused("This group is no project that has a name to change."))

    def action_new_project(self) -> None:
        """Asks for a new project; in a filter goes to what was found, as its key does elsewhere."""
        if self._scene.rows.forest.filter_text and self._scene.cursor_session is not None:
            self.action_read()
        else:
            self._ask(messages.NewProjectRequested())

    def action_copy_id(self) -> None:
        """Asks for ids to be copied: of what a key acts on, else of the project."""
        row = self._scene.cursor_row
        if sessions := self.acting_on:
            what = "The id" if len(sessions) == 1 else f"A list of {len(sessions):,} ids"
            self.post_message(CopyRequested("\n".join(sessions), what))
        elif isinstance(row, HeaderRow) and (project := row.project_id):
            self.post_message(CopyRequested(project, "The id of the project"))

    def on_click(self, event: events.Click) -> None:
        """Folds at the mark of a header; twice reads, or folds."""
        offset = event.get_content_offset(self)
        if self._pointer.swallow_click() or offset is None or self._scene.drag is not None:
            return
        index = self._scene.index_at(offset.y + self.scroll_offset.y)
        if index is None or index != self._scene.cursor:
            return
        row = self._scene.cursor_row
        if isinstance(row, HeaderRow) and offset.x < FOLD_WIDTH and event.chain == 1:
            self._fold(row, is_open=not row.is_open)
        elif event.ctrl and row is not None and not isinstance(row, HeaderRow):
            self._toggle([row.session_id])
        elif event.chain == 2 and not (isinstance(row, HeaderRow) and offset.x < FOLD_WIDTH):
            self.action_read()
