"""Choosing the tool whose calls are all that a timeline shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.widget import Widget

from oxtui.glyphs import UNICODE, Glyphs
from oxtui.ui.dialogs.cells import Cell
from oxtui.ui.dialogs.choosing import ChoosingDialog
from oxtui.ui.dialogs.dialog import ACCEPT, CANCEL, DialogButton
from oxtui.ui.dialogs.row_list import RowList
from oxtui.ui.matching import matching_names
from oxtui.ui.safe_input import SafeInput
from oxtui.ui.text import tool_name

ALL_TOOLS: Final = "All tools"
_COUNT_WIDTH: Final = 9
_LEAST_ROWS: Final = 3
_HIGHEST: Final = 26
_AROUND: Final = 8  # borders, field, buttons, and the space between


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Which calls are to be shown.

    Attributes:
        tool: Those of this tool, by the name that the file has; None for everything.
    """

    tool: str | None = None


@dataclass(frozen=True, slots=True)
class CountedTool:
    """Something that can be chosen.

    Attributes:
        choice: What choosing it means.
        name: What to call it, safe to show.
        calls: How many calls that are.
    """

    choice: ToolChoice
    name: str
    calls: int


def narrowed_tools(counts: Sequence[tuple[str, int]], typed: str) -> list[CountedTool]:
    """The tools whose names contain what was typed, those that begin with it first.

    Everything counts as one that is called “All tools”, at the end.
    """
    tools = [CountedTool(ToolChoice(name), tool_name(name), calls) for name, calls in counts]
    tools.append(CountedTool(ToolChoice(), ALL_TOOLS, sum(calls for _, calls in counts)))
    return matching_names(tools, typed, lambda tool: tool.name)


class ToolList(RowList):
    """The tools that are left."""

    can_focus = False

    def __init__(self, glyphs: Glyphs) -> None:
        """Makes an empty list."""
        super().__init__(glyphs=glyphs)
        self.add_class("-active")
        self.tools: Sequence[CountedTool] = ()

    def show_tools(self, tools: Sequence[CountedTool]) -> None:
        """Shows these, with the cursor on the first."""
        self.tools = tools
        self.show_rows(len(tools), nothing="No tool is called so.")

    def cells(self, index: int, width: int) -> Sequence[Cell]:
        """The name, and how often it was called."""
        tool = self.tools[index]
        style = "accent" if tool.choice.tool is None else ""
        count = Cell(f"{tool.calls:,}", "muted", width=_COUNT_WIDTH, right=True)
        return [Cell(tool.name, style, gap=0), count]


class ToolPicker(ChoosingDialog[ToolChoice | None]):
    """Asks for a tool; typing leaves those whose names match."""

    DEFAULT_CSS = """
    ToolPicker {
        .dialog--box { max-width: 50; height: 100%; overflow: hidden; }
        #tool-name { margin-top: 1; margin-bottom: 1; }
        ToolList.-active { border: none; }
    }
    ToolPicker.-low #tool-name { margin: 0; }
    """
    AUTO_FOCUS = "SafeInput"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "choice(1)", "Down", show=False, id="tools.down"),
        Binding("up", "choice(-1)", "Up", show=False, id="tools.up"),
        Binding("pagedown", "choice_page(1)", "Page down", show=False, id="tools.page_down"),
        Binding("pageup", "choice_page(-1)", "Page up", show=False, id="tools.page_up"),
    ]

    def __init__(self, counts: Sequence[tuple[str, int]], *, glyphs: Glyphs = UNICODE) -> None:
        """Makes the question.

        Args:
            counts: The tools and how often each was called, as they are to be listed.
            glyphs: The marks to draw.
        """
        super().__init__("Only the calls of", "enter show, esc cancel")
        self._counts = counts
        self._list = ToolList(glyphs)
        self._typed = SafeInput(placeholder="Name of a tool", id="tool-name")

    def compose_body(self) -> Iterable[Widget]:
        """What is typed, and what it leaves."""
        yield self._typed
        yield self._list

    def compose_buttons(self) -> Iterable[Widget]:
        """No and yes."""
        yield DialogButton("Cancel", CANCEL)
        yield DialogButton("Show", ACCEPT)

    def on_mount(self) -> None:
        """Shows all of them, in a box that is no higher than they need."""
        self._narrow()
        self.query_one(".dialog--box").styles.max_height = min(
            _HIGHEST, max(_LEAST_ROWS, self._list.count) + _AROUND
        )

    def on_input_changed(self) -> None:
        """Shows what is left."""
        self._narrow()

    def _narrow(self) -> None:
        self._list.show_tools(narrowed_tools(self._counts, self._typed.value))
        self.query_one(f"#{ACCEPT}").disabled = not self._list.count

    def accept(self) -> None:
        """Gives back what the cursor is on."""
        if self._list.count:
            self.finish(self._list.tools[self._list.cursor].choice)
