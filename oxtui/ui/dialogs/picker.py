"""Choosing a project to move sessions to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from oxtui.glyphs import UNICODE, Glyphs
from oxtui.store.projects.catalog import Project
from oxtui.ui.dialogs.cells import Cell
from oxtui.ui.dialogs.choosing import ChoosingDialog
from oxtui.ui.dialogs.dialog import ACCEPT, CANCEL, DialogButton
from oxtui.ui.dialogs.narrowing import ProjectChoice, Target, narrowed, new_name_problem
from oxtui.ui.dialogs.row_list import RowList
from oxtui.ui.safe_input import SafeInput
from oxtui.ui.text import plain

_COUNT_WIDTH: Final = 7
_HERE_WIDTH: Final = 4


class TargetList(RowList):
    """The projects that are left."""

    can_focus = False

    def __init__(self, current: str | None, counts: Mapping[str | None, int], glyphs: Glyphs):
        """Makes an empty list."""
        super().__init__(glyphs=glyphs)
        self.add_class("-active")
        self._current = current
        self._counts = counts
        self.targets: Sequence[Target] = ()

    def show_targets(self, targets: Sequence[Target]) -> None:
        """Shows these, with the cursor on the first that changes something."""
        self.targets = targets
        first = next((i for i, each in enumerate(targets) if not self._is_here(each)), 0)
        self.show_rows(len(targets), cursor=first)

    def cells(self, index: int, width: int) -> Sequence[Cell]:
        """Icon, name, and how many sessions there are."""
        target = self.targets[index]
        if target.choice.new_name is not None:
            return [Cell(f"+ {target.name}", "accent", gap=0)]
        icon = [Cell(target.icon, width=2, gap=0)] if self._glyphs.icons else []
        return [
            *icon,
            Cell(target.name, gap=1 if icon else 0),
            Cell("here" if self._is_here(target) else "", "muted", width=_HERE_WIDTH),
            Cell(
                f"{self._counts.get(target.choice.project_id, 0):,}",
                "muted",
                width=_COUNT_WIDTH,
                right=True,
                gap=1,
            ),
        ]

    def _is_here(self, target: Target) -> bool:
        return self._current is not None and target.choice.project_id == self._current


class ProjectPicker(ChoosingDialog[ProjectChoice | None]):
    """Asks for a project; typing leaves those whose names match."""

    DEFAULT_CSS = """
    ProjectPicker {
        .dialog--box { max-width: 60; height: 100%; max-height: 26; overflow: hidden; }
        #narrowing { margin-top: 1; margin-bottom: 1; }
        TargetList.-active { border: none; }
        #picker-problem { color: $text-error; height: auto; }
    }
    ProjectPicker.-low #narrowing { margin: 0; }
    """
    AUTO_FOCUS = "SafeInput"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "choice(1)", "Down", show=False, id="picker.down"),
        Binding("up", "choice(-1)", "Up", show=False, id="picker.up"),
        Binding("pagedown", "choice_page(1)", "Page down", show=False, id="picker.page_down"),
        Binding("pageup", "choice_page(-1)", "Page up", show=False, id="picker.page_up"),
    ]

    def __init__(
        self,
        projects: Sequence[Project],
        counts: Mapping[str | None, int],
        current: str | None,
        moving: str,
        *,
        glyphs: Glyphs = UNICODE,
    ) -> None:
        """Makes the question.

        Args:
            projects: What there is to choose from, beside no project at all.
            counts: How many sessions each has, under its id; under None those without one.
            current: The project that all of the sessions are in; None for none or several.
            moving: What is to be moved: `3 sessions`, or a title.
            glyphs: The marks to draw.
        """
        super().__init__(f"Move {plain(moving)} to", "enter move, esc cancel")
        self._projects = projects
        self._targets = TargetList(current, counts, glyphs)
        self._typed = SafeInput(placeholder="Name of a project, also of a new one", id="narrowing")
        self._problem = Static(id="picker-problem")

    def compose_body(self) -> Iterable[Widget]:
        """What is typed, and what it leaves."""
        yield self._typed
        yield self._targets
        yield self._problem

    def compose_buttons(self) -> Iterable[Widget]:
        """No and yes."""
        yield DialogButton("Cancel", CANCEL)
        yield DialogButton("Move", ACCEPT)

    def on_mount(self) -> None:
        """Shows all of them."""
        self._narrow()

    def on_input_changed(self) -> None:
        """Shows what is left."""
        self._narrow()

    def _narrow(self) -> None:
        typed = self._typed.value
        self._targets.show_targets(narrowed(self._projects, typed))
        problem = None if self._targets.count else new_name_problem(typed)
        self._problem.update(Content(problem or ""))
        self._problem.display = problem is not None
        self.query_one(f"#{ACCEPT}").disabled = not self._targets.count

    def accept(self) -> None:
        """Gives back what the cursor is on."""
        if self._targets.count:
            self.finish(self._targets.targets[self._targets.cursor].choice)
