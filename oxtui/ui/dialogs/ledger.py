"""What each tool of a session took, side by side."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from oxtui.glyphs import UNICODE, Glyphs
from oxtui.replay.ledger import ToolUse
from oxtui.ui.dialogs.cells import Cell, fitted
from oxtui.ui.dialogs.dialog import ACCEPT, CANCEL, Dialog, DialogButton
from oxtui.ui.dialogs.row_list import RowList
from oxtui.ui.dialogs.tools import ToolChoice
from oxtui.ui.text import tool_name
from oxtui.units import duration, plural

_BAR_CELLS: Final = 10
_BAR_FROM: Final = 66
_ALL_FROM: Final = 56
_LEAST_ROWS: Final = 3
_HIGHEST: Final = 30
_AROUND: Final = 9  # borders, heading, totals, buttons, and the space between
_EDGES: Final = 2  # a cell on either side of a row


class LedgerRows(RowList):
    """A row for each tool."""

    def __init__(self, uses: Sequence[ToolUse], glyphs: Glyphs) -> None:
        """Makes the list."""
        super().__init__(glyphs=glyphs)
        self._uses = uses
        self._total_ms = sum(use.total_ms for use in uses)

    def on_mount(self) -> None:
        """Shows all of them."""
        self.show_rows(len(self._uses), nothing="No tool was called in this session.")

    def cells(self, index: int, width: int) -> Sequence[Cell]:
        """Name, calls, suspected failures, and how long they took, as far as there is room."""
        use = self._uses[index]
        failures = f"{use.suspected:,}" if use.suspected else ""
        return _columns(
            width,
            Cell(tool_name(use.name), gap=0),
            f"{use.calls:,}",
            (failures, "warning"),
            [duration(ms) for ms in (use.total_ms, use.median_ms, use.longest_ms)],
            self._bar(use),
        )

    def heading(self, width: int) -> str:
        """What the columns are, in `width` cells of the list."""
        cells = _columns(
            width - _EDGES,
            Cell("Tool", gap=0),
            "Calls",
            ("Failed?", ""),
            ["Total", "Median", "Longest"],
            "Share",
        )
        parts = fitted(cells, width - _EDGES, self._glyphs)
        return " " + "".join(text for text, _ in parts)

    def _bar(self, use: ToolUse) -> str:
        eighths = self._glyphs.bar
        length = round(8 * _BAR_CELLS * use.total_ms / self._total_ms) if self._total_ms else 0
        whole, rest = divmod(max(length, use.total_ms > 0), 8)
        return eighths[-1] * whole + (eighths[rest - 1] if rest else "")


def _columns(
    width: int,
    name: Cell,
    calls: str,
    failures: tuple[str, str],
    times: Sequence[str],
    share: str,
) -> list[Cell]:
    total, median, longest = times
    cells = [name, Cell(calls, "muted", width=7, right=True, gap=1)]
    cells.append(Cell(*failures, width=7, right=True, gap=1))
    cells.append(Cell(total, width=9, right=True, gap=1))
    if width >= _ALL_FROM:
        cells.append(Cell(median, "muted", width=9, right=True, gap=1))
        cells.append(Cell(longest, "muted", width=9, right=True, gap=1))
    if width >= _BAR_FROM:
        cells.append(Cell(share, "accent", width=_BAR_CELLS))
    return cells


class ToolLedger(Dialog[ToolChoice | None]):
    """Shows what each tool took; its result is the one whose calls are to be all that is shown."""

    DEFAULT_CSS = """
    ToolLedger {
        .dialog--box { max-width: 92; height: 100%; overflow: hidden; }
        #ledger-heading { height: 1; margin-top: 1; color: $text-muted; }
        #ledger-totals { height: 1; margin-top: 1; padding: 0 1; color: $text-muted; }
        LedgerRows, LedgerRows:focus { border: none; }
    }
    ToolLedger.-low #ledger-heading, ToolLedger.-low #ledger-totals { margin-top: 0; }
    """
    AUTO_FOCUS = "LedgerRows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "cancel", "Close", show=False, id="ledger.close"),
    ]

    def __init__(self, uses: Sequence[ToolUse], *, glyphs: Glyphs = UNICODE) -> None:
        """Makes the dialog.

        Args:
            uses: What each tool took, as they are to be listed.
            glyphs: The marks to draw.
        """
        super().__init__("Tool ledger", "enter only this tool, esc close")
        self._uses = uses
        self._rows = LedgerRows(uses, glyphs)
        self._heading = Static(id="ledger-heading")
        self._separator = glyphs.separator

    def compose_body(self) -> Iterable[Widget]:
        """The columns' names, the rows, and what all of them took."""
        yield self._heading
        yield self._rows
        yield Static(Content(self._totals()), id="ledger-totals")

    def compose_buttons(self) -> Iterable[Widget]:
        """No and yes."""
        yield DialogButton("Close", CANCEL)
        yield DialogButton("Only this tool", ACCEPT, disabled=not self._uses)

    def on_mount(self) -> None:
        """Makes the box no higher than the rows need."""
        highest = min(_HIGHEST, max(_LEAST_ROWS, len(self._uses)) + _AROUND)
        self.query_one(".dialog--box").styles.max_height = highest

    def on_resize(self) -> None:
        """Names the columns that there is room for."""
        self.call_after_refresh(self._name_columns)

    def _name_columns(self) -> None:
        width = self._rows.scrollable_content_region.width
        self._heading.update(Content(self._rows.heading(width)))

    def _totals(self) -> str:
        facts = [
            plural(len(self._uses), "tool"),
            plural(sum(use.calls for use in self._uses), "call"),
            duration(sum(use.total_ms for use in self._uses)),
        ]
        if suspected := sum(use.suspected for use in self._uses):
            facts.append(f"{suspected:,} may have failed")
        return f" {self._separator} ".join(facts)

    def on_row_list_row_chosen(self) -> None:
        """Chooses the tool of the row."""
        self.accept()

    def accept(self) -> None:
        """Gives back the tool that the cursor is on."""
        if self._uses:
            self.finish(ToolChoice(self._uses[self._rows.cursor].name))
