"""What was done to the store, and what is in its trash."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar, Final

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from oxtui.glyphs import UNICODE, Glyphs
from oxtui.store.changes import Change, Restored, Trashed
from oxtui.store.journal import Act
from oxtui.store.timestamps import Timestamp
from oxtui.store.trash import TrashEntry
from oxtui.store.undo import sessions_of
from oxtui.store.values import SessionId
from oxtui.ui.dialogs.cells import Cell
from oxtui.ui.dialogs.confirm import Confirm
from oxtui.ui.dialogs.dialog import CANCEL, Dialog, DialogButton
from oxtui.ui.dialogs.row_list import RowList
from oxtui.ui.screens import messages
from oxtui.ui.text import plain
from oxtui.units import age, plural, size

_AGE_WIDTH: Final = 4
_SIZE_WIDTH: Final = 7
_STATE_WIDTH: Final = 9
_NAMED: Final = 5


class ActList(RowList):
    """What was done, the last act first."""

    def __init__(self, glyphs: Glyphs, title_of: Callable[[SessionId], str]) -> None:
        """Makes an empty list; `title_of` says what a session is called."""
        super().__init__(glyphs=glyphs, list_id="acts")
        self.border_title = "History"
        self.acts: Sequence[Act] = ()
        self._title_of = title_of
        self._trashed: Mapping[str, str] = {}
        self._glyphs = glyphs
        self._now_ns = 0

    def show_acts(
        self, acts: Sequence[Act], trashed: Mapping[str, str], problem: str, now_ns: int
    ) -> None:
        """Shows these acts, with ages as of now; the cursor stays on its act.

        `trashed` says what sessions in the trash are called, by the ids of their entries. Where the
        acts can't be read, `problem` says why.
        """
        at = self.acts[self.cursor].act_id if self.cursor < len(self.acts) else None
        cursor = next((i for i, act in enumerate(acts) if act.act_id == at), 0)
        self.acts, self._trashed, self._now_ns = acts, trashed, now_ns
        nothing = plain(problem) or "Nothing was done yet."
        self.show_rows(len(acts), cursor=cursor, nothing=nothing)
        self.border_subtitle = "" if problem else plural(len(acts), "act")

    def cells(self, index: int, width: int) -> Sequence[Cell]:
        """When, what, to which sessions, and its state unless it simply is done."""
        act = self.acts[index]
        state = "" if act.state == "done" else act.state
        return [
            Cell(self._age(act), "muted", width=_AGE_WIDTH, right=True, gap=0),
            Cell(self._said(act), "muted" if state else ""),
            Cell(state, "warning", width=_STATE_WIDTH, gap=1),
        ]

    def _said(self, act: Act) -> str:
        names = [plain(name).strip() for name in map(self._name_of, act.changes[:_NAMED]) if name]
        return f" {self._glyphs.separator} ".join([plain(act.label), *names])

    def _name_of(self, change: Change) -> str:
        """What the session of a change is called; empty if it is of something else."""
        trashed = ""
        if isinstance(change, Trashed | Restored):
            trashed = self._trashed.get(change.entry_id, "")
        return trashed or "".join(map(self._title_of, sessions_of([change])))

    def _age(self, act: Act) -> str:
        try:
            return age(self._now_ns - Timestamp.parse(act.at).ns)
        except ValueError:
            return ""


class TrashList(RowList):
    """What was deleted, the last one first."""

    def __init__(self, glyphs: Glyphs) -> None:
        """Makes an empty list."""
        super().__init__(glyphs=glyphs, list_id="trash")
        self.border_title = "Trash"
        self.entries: Sequence[TrashEntry] = ()
        self._titles: Mapping[str, str] = {}
        self._now_ns = 0

    def show_entries(
        self, entries: Sequence[TrashEntry], titles: Mapping[str, str], problem: str, now_ns: int
    ) -> None:
        """Shows these entries, with ages as of now; the cursor stays on its entry.

        Where they can't be read, `problem` says why.
        """
        current = self.entry
        at = [i for i, each in enumerate(entries) if current and each.entry_id == current.entry_id]
        cursor = at[0] if at else self.cursor
        self.entries, self._titles, self._now_ns = entries, titles, now_ns
        nothing = plain(problem) or "The trash is empty."
        self.show_rows(len(entries), cursor=cursor, nothing=nothing)
        total = size(sum(entry.size for entry in entries))
        self.border_subtitle = "" if problem else f"{plural(len(entries), 'file')}, {total}"

    @property
    def entry(self) -> TrashEntry | None:
        """The entry of the cursor; None if there are none."""
        return self.entries[self.cursor] if self.cursor < len(self.entries) else None

    def cells(self, index: int, width: int) -> Sequence[Cell]:
        """When, what, how large."""
        entry = self.entries[index]
        title = plain(self._titles.get(entry.entry_id, "")).strip()
        return [
            Cell(age(self._now_ns - entry.deleted_ns), "muted", _AGE_WIDTH, right=True, gap=0),
            Cell(title or plain(entry.name)),
            Cell(size(entry.size), "muted", _SIZE_WIDTH, right=True, gap=1),
        ]


class HistoryScreen(Dialog[None]):
    """Shows acts and trash, and asks for them to be taken back, restored, destroyed.

    It changes nothing itself: it posts messages, and is told what is there then.
    """

    DEFAULT_CSS = """
    HistoryScreen {
        .dialog--box { max-width: 130; height: 100%; max-height: 36; overflow: hidden; }
        #history-lists { height: 1fr; layout: vertical; }
        RowList { width: 1fr; }
    }
    HistoryScreen.-beside #history-lists { layout: horizontal; }
    HistoryScreen.-narrow #cancel { display: none; }
    """
    AUTO_FOCUS = "#acts"
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [
        *Dialog.HORIZONTAL_BREAKPOINTS,
        (100, "-beside"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "undo", "Undo the last act", id="history.undo"),
        Binding("U", "redo", "Redo", id="history.redo"),
        Binding("r", "restore", "Restore", id="history.restore"),
        Binding("E", "empty", "Empty the trash", id="history.empty"),
        Binding("H,q", "cancel", "Close", show=False, id="history.close"),
    ]

    def __init__(
        self,
        acts: Sequence[Act] = (),
        entries: Sequence[TrashEntry] = (),
        titles: Mapping[str, str] | None = None,
        *,
        title_of: Callable[[SessionId], str] = str,
        now_ns: Callable[[], int] = time.time_ns,
        glyphs: Glyphs = UNICODE,
    ) -> None:
        """Makes the screen.

        Args:
            acts: What was done, the last act first.
            entries: What is in the trash, the last deleted first.
            titles: Of sessions in the trash, by the ids of their entries, as far as known.
            title_of: Says what a session in the store is called.
            now_ns: The clock, in nanoseconds since the epoch.
            glyphs: The marks to draw.
        """
        super().__init__("History and trash", "tab other list, esc close")
        self._now_ns = now_ns
        self._acts = ActList(glyphs, title_of)
        self._trash = TrashList(glyphs)
        self._shown = (acts, entries, titles or {})
        self._problems = ("", "")
        self._on_screen = False
        self._undo = DialogButton("u Undo", "undo")
        self._restore = DialogButton("r Restore", "restore")
        self._empty = DialogButton("E Empty", "empty", destructive=True)

    def compose_body(self) -> Iterable[Widget]:
        """The two lists."""
        yield Container(self._acts, self._trash, id="history-lists", classes="dialog--body")

    def compose_buttons(self) -> Iterable[Widget]:
        """What can be done with them."""
        yield self._undo
        yield self._restore
        yield self._empty
        yield DialogButton("Close", CANCEL)

    def on_mount(self) -> None:
        """Shows what it knows by now."""
        self._on_screen = True
        self._show_history()

    def refresh_history(
        self,
        acts: Sequence[Act],
        entries: Sequence[TrashEntry],
        titles: Mapping[str, str] | None = None,
        *,
        acts_problem: str = "",
        trash_problem: str = "",
    ) -> None:
        """Shows what there is now, or why that is not known; cursors stay where they are."""
        self._shown = (acts, entries, titles or {})
        self._problems = (acts_problem, trash_problem)
        if self._on_screen:
            self._show_history()

    def show_titles(self, titles: Mapping[str, str]) -> None:
        """Shows what more sessions in the trash are called, by the ids of their entries."""
        acts, entries, known = self._shown
        self._shown = (acts, entries, {**known, **titles})
        if self._on_screen:
            self._show_history()

    def _show_history(self) -> None:
        acts, entries, titles = self._shown
        acts_problem, trash_problem = self._problems
        now_ns = self._now_ns()
        self._acts.show_acts(acts, titles, acts_problem, now_ns)
        self._trash.show_entries(entries, titles, trash_problem, now_ns)
        self._undo.disabled = all(act.state not in ("done", "elsewhere") for act in acts)
        self._restore.disabled = self._empty.disabled = not entries

    def action_undo(self) -> None:
        """Asks for the last act to be taken back."""
        self.post_message(messages.UndoRequested())

    def action_redo(self) -> None:
        """Asks for what was taken back to be done again."""
        self.post_message(messages.RedoRequested())

    def action_restore(self) -> None:
        """Asks for the entry of the cursor to be restored; from the acts, goes to the entries."""
        if self._acts.has_focus:
            self._trash.focus()
        elif (entry := self._trash.entry) is not None:
            self.post_message(messages.RestoreRequested(entry))
        else:
            self.notify("There is nothing in the trash to restore.", timeout=2, markup=False)

    @work(group="history-empty", exclusive=True)
    async def action_empty(self) -> None:
        """Asks whether everything in the trash is to be destroyed."""
        entries = tuple(self._trash.entries)
        if not entries:
            return
        total = size(sum(entry.size for entry in entries))
        files = plural(len(entries), "file")
        message = f"{files}, {total}, destroyed for good. Nothing brings them back."
        if await self.app.push_screen_wait(
            Confirm("Empty the trash?", message, f"Destroy {files}")
        ):
            self.post_message(messages.EmptyTrashRequested(entries))

    def on_row_list_row_chosen(self, event: RowList.RowChosen) -> None:
        """Restores what was chosen in the trash."""
        if event.row_list is self._trash:
            self.action_restore()

    def press(self, button_id: str) -> None:
        """Does what a button is for."""
        match button_id:
            case "undo":
                self.action_undo()
            case "restore":
                self.action_restore()
            case "empty":
                self.action_empty()
            case _:
                super().press(button_id)
