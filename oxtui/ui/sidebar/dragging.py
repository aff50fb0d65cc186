"""Taking rows of the tree up and dropping them on a project, with keys and with the pointer."""

from collections.abc import Iterable
from functools import cached_property
from typing import Final

from textual import events
from textual.binding import ActiveBinding
from textual.message import Message
from textual.reactive import reactive

from oxtui.store.library import LibraryChange
from oxtui.store.values import SessionId
from oxtui.ui.catalogue import Catalogue
from oxtui.ui.sidebar import drag, messages
from oxtui.ui.sidebar.bindings import ONLY_WHILE_DRAGGING, WHILE_DRAGGING
from oxtui.ui.sidebar.drag import DragState
from oxtui.ui.sidebar.pointer import Pointer, Pressed
from oxtui.ui.sidebar.rows import HeaderRow
from oxtui.ui.sidebar.view import SidebarView

_NO_SESSION: Final = "The cursor is on a group, not on a session. Select its sessions first."
_NONE_THERE: Final = "The cursor is on a group without sessions."
_LETTERS_TOO: Final = "-_.,+&#@() "


class DragView(SidebarView):
    """A tree whose sessions can be selected, and dragged from project to project."""

    read_only: reactive[str | None] = reactive(None)
    """Why keys that change the store are not obeyed; None when they are."""

    _top_before_drag: int = 0

    @cached_property
    def _pointer(self) -> Pointer:
        return Pointer()

    def show(self, catalogue: Catalogue) -> None:
        """Shows a catalogue, which is from then on read whenever a line is painted."""
        super().show(catalogue)
        self._refresh_drag()

    def apply(self, change: LibraryChange) -> None:
        """Shows what changed in the catalogue; what the user looks at stays where it is."""
        super().apply(change)
        self._refresh_drag()

    @property
    def drag_state(self) -> DragState | None:
        """What is being moved; None for nothing."""
        return self._scene.drag

    def clear_selection(self) -> None:
        """Deselects everything."""
        self._toggle(tuple(self._scene.selected))

    def _toggle(self, sessions: Iterable[SessionId]) -> None:
        sessions, selected = dict.fromkeys(sessions), self._scene.selected
        if not sessions:
            return
        before = bool(selected)
        if sessions.keys() <= selected.keys():
            for session in sessions:
                del selected[session]
        else:
            selected |= sessions
        self._repaint()
        if before != bool(selected):
            self.refresh_bindings()

    def _ask(self, request: Message) -> None:
        if self.read_only is None:
            self.post_message(request)
        else:
            self._refuse()

    def _refuse(self, reason: str = "") -> None:
        """Says why something is not done, above all that nothing can be."""
        if self.read_only is not None:
            reason = f"Nothing is changed here: {self.read_only}."
        self.post_message(messages.WriteRefused(reason))

    def _given(self) -> tuple[SessionId, ...]:
        """What a key acts on; says so if that is nothing."""
        sessions = self.acting_on
        if not sessions and self._scene.cursor_key is not None:
            row = self._scene.cursor_row
            is_empty = isinstance(row, HeaderRow) and not row.count
            self._refuse(_NONE_THERE if is_empty else _NO_SESSION)
        return sessions

    def _changeable(
        self, done: str, sessions: Iterable[SessionId] | None = None
    ) -> tuple[SessionId, ...]:
        """Those of what a key acts on whose files can be changed; says so if none can."""
        given = self._given() if sessions is None else tuple(sessions)
        able = tuple(self._scene.homes(given))
        if given and not able:
            self._refuse(f"A file that cannot be read cannot be {done}.")
        return able

    # Dragging

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In a drag only what belongs to it can be done, and back only from something."""
        if self._scene.drag is not None:
            return action in WHILE_DRAGGING
        if action == "back":
            return bool(self._scene.selected or self._scene.rows.forest.filter_text)
        return action not in ONLY_WHILE_DRAGGING

    def action_grab(self) -> None:
        """Takes up what a key acts on, to be dropped on a project."""
        self._grab(self._given())

    def action_drop(self) -> None:
        """Asks for what was taken up to go where it is; without a target waits for one."""
        state = self._scene.drag
        if state is None or state.target is None:
            return
        target = state.target
        moving = tuple(sid for sid, home in state.homes.items() if home != target.group)
        self._drag(None)
        if moving:
            self.clear_selection()
            self.post_message(messages.SessionsDropped(moving, target.project_id))

    def action_next_target(self) -> None:
        """Goes to the next target."""
        if self._scene.drag is not None:
            self._drag(drag.next_target(self._scene.drag))

    def action_previous_target(self) -> None:
        """Goes to the previous target."""
        if self._scene.drag is not None:
            self._drag(drag.previous_target(self._scene.drag))

    def action_back(self) -> None:
        """Leaves the drag, else the selection, else the filter."""
        if self._scene.drag is not None:
            self._drag(None)
        elif self._scene.selected:
            self.clear_selection()
        else:
            self.set_filter("")
            self.post_message(messages.FilterCleared())

    def watch_read_only(self, read_only: str | None) -> None:
        """Ends a drag that could not be finished."""
        if read_only is not None and self._scene.drag is not None:
            self._drag(None)

    def _grab(self, sessions: tuple[SessionId, ...]) -> bool:
        homes = self._scene.homes(sessions) if self._changeable("moved", sessions) else {}
        if homes and self.read_only is not None:
            self._refuse()
        elif homes:
            self._top_before_drag = self.scroll_offset.y
            self._drag(drag.grab(homes, self._scene.rows.targets()))
        return self._scene.drag is not None

    def _drag(self, state: DragState | None, *, follow: bool = True) -> None:
        """Begins, changes or ends a drag."""
        before, self._scene.drag = self._scene.drag, state
        if state == before:
            return
        if (state is None) != (before is None):
            key = self._scene.cursor_key
            self._scene.rows.show_all_targets(show=state is not None)
            if key is not None:
                self._scene.cursor = self._scene.rows.index_of(key)
            self.refresh_bindings()
        self._resize()
        if before is None and self._scene.rows.forest.flat:
            self.scroll_to(y=0, animate=False)  # where the projects are now
        if state is None:
            self.scroll_to(y=self._top_before_drag, animate=False)
            self._scroll_to_cursor()
        elif follow and (lines := self._scene.target_lines):
            self._scroll_to_lines(*lines)
        self._repaint()
        self.post_message(messages.DragChanged(state))

    def _refresh_drag(self) -> None:
        """Goes on with a drag after the catalogue changed."""
        if self._scene.drag is not None:
            homes = self._scene.homes(self._scene.drag.sessions)
            targets = self._scene.rows.targets()
            self._drag(drag.refreshed(self._scene.drag, homes, targets) if homes else None)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """In a drag letters narrow the projects, so that they do nothing else."""
        return self._scene.drag is not None and _is_letter(character)

    def take_key(self, event: events.Key) -> bool:
        """In a drag takes letters, and lets few others pass."""
        return self._scene.drag is not None and self._take_while_dragging(self._scene.drag, event)

    def _take_while_dragging(self, state: DragState, event: events.Key) -> bool:
        active = self.screen.active_bindings.get(event.key)
        is_letter = _is_letter(event.character) and (event.character != " " or bool(state.typed))
        if active is not None and active.node is self and not (is_letter and state.typed):
            return False  # it goes to a project, drops or cancels
        if event.key == "backspace":
            self._drag(drag.backspace(state))
        elif is_letter:
            self._drag(drag.typed(state, event.character or ""))
        elif active is not None:
            # What is around it waits for the drag to end, but help does not.
            return active.node is not self.app or (event.is_printable and not _is_help(active))
        else:
            return event.is_printable
        return True

    def on_blur(self) -> None:
        """Leaves a drag when another widget is turned to, but not with the whole terminal."""
        if self._scene.drag is not None and self.screen.focused not in (None, self):
            self._drag(None)

    # The pointer

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Puts the cursor on the row; what follows may be a drag."""
        offset = event.get_content_offset(self)
        if offset is None or event.button != 1 or self._scene.drag is not None:
            return
        index = self._scene.index_at(offset.y + self.scroll_offset.y)
        if index is None:
            return
        self._go(index)
        if self._scene.cursor_session is not None:
            self._pointer.down(event.screen_y)
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """With the button down takes up rows, and goes to the project below the pointer."""
        y = event.get_content_offset_capture(self).y
        pointed = self._scene.index_at(y + self.scroll_offset.y)  # before ghosts push rows down
        if self._pointer.leaves(event.screen_y) and not self._grab(self._under_pointer()):
            self._release()
        if self._pointer.pressed is not Pressed.DRAG or self._scene.drag is None:
            return
        if not 0 < y < self.size.height - 1:
            self.scroll_to(y=self.scroll_offset.y + (1 if y > 0 else -1), animate=False)
        group = None if pointed is None else self._scene.rows.key(pointed).group
        self._drag(drag.point_at(self._scene.drag, group), follow=False)

    def _under_pointer(self) -> tuple[SessionId, ...]:
        session = self._scene.cursor_session
        if session is None or session in self._scene.selected:
            return self.acting_on
        return (session,)

    def on_mouse_up(self) -> None:
        """Drops what was dragged; beside the projects it stays where it was."""
        state = self._scene.drag
        if self._release() and state is not None:
            if state.target is None:
                self._drag(None)
            else:
                self.action_drop()

    def _release(self) -> bool:
        self.release_mouse()
        return self._pointer.up()


def _is_letter(character: str | None) -> bool:
    return character is not None and (character.isalnum() or character in _LETTERS_TOO)


def _is_help(active: ActiveBinding) -> bool:
    return active.binding.action == "help"
