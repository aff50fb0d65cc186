"""Pruning: a plan to be looked through, changed and agreed to."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from oxtui.glyphs import UNICODE, Glyphs
from oxtui.store.projects.catalog import NO_PROJECT
from oxtui.store.prune import PrunePlan, PruneRow
from oxtui.store.values import PruneConfig
from oxtui.ui.catalogue import Catalogue
from oxtui.ui.dialogs.cells import Cell
from oxtui.ui.dialogs.dialog import ACCEPT, CANCEL, DialogButton
from oxtui.ui.dialogs.planning import PlanningDialog
from oxtui.ui.dialogs.review import Review, nothing_goes, totals
from oxtui.ui.dialogs.row_list import RowList
from oxtui.ui.text import plain, short_id
from oxtui.units import age, plural, size

_REASON_FROM: Final = 56
_PROJECT_FROM: Final = 76
_REASON_WIDTH: Final = 26
_PROJECT_WIDTH: Final = 14
_AGE_WIDTH: Final = 4
_SIZE_WIDTH: Final = 7
_LOOKING: Final = "Looking for what is beyond the limits"


class PruneRows(RowList):
    """The sessions of a plan."""

    DEFAULT_CSS = "PruneRows { min-height: 4; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "keep", "Keep or let go", id="prune.keep"),
        Binding("a", "keep_all", "Keep all or none", id="prune.keep_all"),
    ]

    class Reviewed(Message):
        """It was decided about some row."""

    def __init__(self, review: Review, catalogue: Catalogue, glyphs: Glyphs) -> None:
        """Makes a list of the rows of a review."""
        super().__init__(glyphs=glyphs)
        self._review = review
        self._catalogue = catalogue
        self._names: dict[str, str] = {}
        self._now_ns = 0

    def show_plan(self, now_ns: int, nothing: str) -> None:
        """Shows the plan that is under review, with ages as of now."""
        self._now_ns = now_ns
        self._names = {p.project_id: plain(p.name) for p in self._catalogue.projects}
        rows = self._review.rows
        self.show_rows(len(rows), cursor=self.cursor, nothing=nothing)

    @property
    def row(self) -> PruneRow | None:
        """The row of the cursor; None if there are none."""
        rows = self._review.rows
        return rows[self.cursor] if self.cursor < len(rows) else None

    def cells(self, index: int, width: int) -> Sequence[Cell]:
        """Whether it goes, title, project, why, age, size; as much as there is room for."""
        row = self._review.rows[index]
        goes = self._review.goes(row)
        cells = [
            self._mark(row),
            Cell(self.title_of(row), "" if goes else "muted", gap=1),
        ]
        if width >= _PROJECT_FROM:
            cells.append(Cell(self.project_of(row), "muted", width=_PROJECT_WIDTH))
        if width >= _REASON_FROM:
            cells.append(Cell(self.reason_of(row), "muted", width=_REASON_WIDTH))
        return [
            *cells,
            Cell(self.age_of(row), "muted", width=_AGE_WIDTH, right=True, gap=1),
            Cell(size(row.size), "muted", width=_SIZE_WIDTH, right=True, gap=1),
        ]

    def _mark(self, row: PruneRow) -> Cell:
        if self._review.goes(row):
            return Cell(self._glyphs.failed, "danger", width=1, gap=0)
        if row.kept is None:
            return Cell(self._glyphs.ok, "success", width=1, gap=0)
        pinned = row.entry.summary.pinned
        mark = self._glyphs.pinned if pinned else self._glyphs.live
        return Cell(mark, "warning" if pinned else "success", width=1, gap=0)

    def title_of(self, row: PruneRow) -> str:
        """What to call a session."""
        title = plain(row.entry.summary.title or "").strip()
        return title or f"(untitled) {short_id(row.session_id, self._glyphs)}"

    def project_of(self, row: PruneRow) -> str:
        """What its project is called."""
        project_id = row.entry.summary.project_id
        if not project_id:
            return NO_PROJECT
        return self._names.get(project_id) or f"unknown {short_id(project_id, self._glyphs)}"

    def reason_of(self, row: PruneRow) -> str:
        """Why it goes, or stays."""
        if row.kept is not None:
            return f"stays: {row.kept}"
        return row.reason if self._review.goes(row) else "stays: your choice"

    def age_of(self, row: PruneRow) -> str:
        """How long ago it changed."""
        return age(self._now_ns - row.entry.summary.updated_at.ns)

    def action_keep(self) -> None:
        """Keeps the session of the cursor or lets it go, and goes on to the next."""
        if (row := self.row) is None:
            return
        self._review.toggle(row)
        self.refresh_line(self.cursor)
        self.post_message(self.Reviewed())
        self.cursor += 1

    def action_keep_all(self) -> None:
        """Keeps all sessions, or none."""
        self._review.toggle_all()
        self.refresh()
        self.post_message(self.Reviewed())


class PruneDialog(PlanningDialog[tuple[PruneRow, ...] | None]):
    """Shows what a prune would take; its result is the rows that go, exactly as they were shown.

    Pinned sessions and those that were written just now are shown as well, and stay.
    """

    DEFAULT_CSS = """
    PruneDialog {
        .dialog--box { max-width: 104; height: 100%; max-height: 34; overflow: hidden; }
        .dialog--body { height: auto; }
        #totals { height: auto; margin-top: 1; text-style: bold; }
        #detail { height: 2; color: $text-muted; padding: 0 1; }
    }
    PruneDialog.-low #totals { margin-top: 0; }
    PruneDialog.-low #detail { height: 1; }
    PruneDialog.-low PruneRows { border: none; }
    """
    # Down to the rows is where everybody goes, and never on to the button that takes them all.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "look(1)", "To the sessions", show=False, id="list.down"),
        Binding("up,k", "look(-1)", "To the sessions", show=False, id="list.up"),
        Binding("space", "keep", "Keep or let go", show=False, id="prune.keep"),
        Binding("a", "keep_all", "Keep all or none", show=False, id="prune.keep_all"),
    ]

    def __init__(
        self,
        catalogue: Catalogue,
        config: PruneConfig,
        *,
        read_only: str | None = None,
        now_ns: Callable[[], int] = time.time_ns,
        glyphs: Glyphs = UNICODE,
    ) -> None:
        """Makes the dialog.

        Args:
            catalogue: The sessions and projects of the store, live.
            config: The limits at first.
            read_only: Why nothing can be moved; None when it can.
            now_ns: The clock, in nanoseconds since the epoch.
            glyphs: The marks to draw.
        """
        super().__init__(
            "Prune", "space keep, a all, tab next, esc cancel", catalogue, config, now_ns
        )
        self._review = Review()
        self._rows = PruneRows(self._review, catalogue, glyphs)
        self._glyphs = glyphs
        self._read_only = read_only
        self._totals = Static(id="totals")
        self._detail = Static(id="detail")
        self._go = DialogButton("Nothing to move", ACCEPT, destructive=True, disabled=True)

    def compose_body(self) -> Iterable[Widget]:
        """Limits, totals, rows, and all about the row of the cursor."""
        yield Vertical(self._most, self._ttl, classes="dialog--body")
        yield self._totals
        yield self._rows
        yield self._detail

    def compose_buttons(self) -> Iterable[Widget]:
        """No and yes."""
        yield DialogButton("Cancel", CANCEL)
        yield self._go

    def on_mount(self) -> None:
        """Makes the first plan."""
        self._totals.update(Content(_LOOKING))
        self.plan_anew()

    def on_field_changed(self) -> None:
        """Makes another plan; while a limit is wrong, the rows of the last one stay."""
        self.plan_anew()
        self._sum_up()

    def on_field_submitted(self) -> None:
        """Goes on to the rows."""
        self._rows.focus()

    def take_plan(self, plan: PrunePlan) -> None:
        """Shows a plan."""
        self._review.take(plan)
        nothing = nothing_goes(plan.config, len(self._catalogue.entries))
        self._rows.show_plan(self._now_ns(), nothing)
        self._sum_up()

    def on_prune_rows_reviewed(self) -> None:
        """Shows what goes now."""
        self._sum_up()

    def on_row_list_cursor_moved(self) -> None:
        """Shows all about the row of the cursor."""
        row = self._rows.row
        if row is None:
            self._detail.update(Content(""))
            return
        facts = [row.reason, self._rows.project_of(row)]
        if not self._review.goes(row):
            facts.insert(0, self._rows.reason_of(row))
        said = f" {self._glyphs.separator} ".join(facts)
        low = self.has_class("-low")
        self._detail.update(Content(said if low else f"{self._rows.title_of(row)}\n{said}"))

    def action_look(self, rows: int) -> None:
        """Goes from a button to the sessions, and from field to field."""
        if isinstance(self.focused, DialogButton):
            self._rows.focus()
        elif rows > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_keep(self) -> None:
        """Keeps the first session, or that of the cursor, or lets it go."""
        self._rows.focus()
        self._rows.action_keep()

    def action_keep_all(self) -> None:
        """Keeps all sessions, or none."""
        self._rows.focus()
        self._rows.action_keep_all()

    def on_resize(self) -> None:
        """Says as much as there is room for."""
        self.call_after_refresh(self._sum_up)

    def _sum_up(self) -> None:
        if self._review.plan is None:
            return
        self._totals.update(Content(self._said()))
        self.on_row_list_cursor_moved()
        self._offer()

    @property
    def _is_current(self) -> bool:
        """Whether the plan is that of the limits as they are in the fields."""
        return self._review.plan is not None and self._review.plan.config == self.limits

    def _said(self) -> str:
        if self.limits is None:
            return "Nothing goes while a limit is wrong. These are the sessions of the last plan."
        if not self._is_current:
            return _LOOKING
        said = totals(self._review, len(self._catalogue.entries))
        return (
            said if self._read_only is None else f"{said} Nothing is moved here: {self._read_only}."
        )

    def _offer(self) -> None:
        count = self._review.going_count if self._is_current else 0
        label = f"Move {plural(count, 'session')} to the trash" if count else "Nothing to move"
        if count and self.has_class("-narrow"):
            label = f"{count:,} to the trash"
        self._go.label = Content(label)
        self._go.disabled = not count or self._read_only is not None

    def accept(self) -> None:
        """Gives back the rows that go."""
        if not self._go.disabled:
            self.finish(self._review.chosen())
