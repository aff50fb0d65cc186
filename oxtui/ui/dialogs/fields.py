"""Fields of dialogs: a label, a line to type in, and what is to be said about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Grid
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static, Switch

from oxtui.errors import InvalidValueError
from oxtui.sanitize import sanitize
from oxtui.ui.safe_input import SafeInput

_BESIDE_FROM: Final = 58

Check = Callable[[str], str | None]
"""Says what is wrong with a text; None for nothing."""

_T = TypeVar("_T")


class FieldRow(Grid):
    """A label, something to change, and beside it what is to be said about it."""

    DEFAULT_CSS = """
    FieldRow {
        grid-size: 3 1;
        grid-columns: 18 14 1fr;
        grid-rows: auto;
        height: auto;
        & > .field--label { color: $text-muted; }
        & > .field--note { color: $text-muted; padding-left: 2; }
        & > .field--note.-refused { color: $text-error; }
        &.-current > .field--label { color: $foreground; text-style: bold; }
    }
    """

    def on_resize(self, event: events.Resize) -> None:
        """Takes other columns where there is no room beside each other."""
        self.set_class(event.size.width < _BESIDE_FROM, "-narrow")

    def on_descendant_focus(self) -> None:
        """Stands out."""
        self.add_class("-current")

    def on_descendant_blur(self) -> None:
        """Steps back."""
        self.remove_class("-current")


class SwitchField(FieldRow):
    """A label and a switch, and in words what it says."""

    DEFAULT_CSS = """
    SwitchField {
        &.-narrow { grid-columns: 14 7 1fr; }
        & > Switch { border: none; height: 1; padding: 0 1; background: $foreground 9%; }
        & > Switch:focus { border: none; background: $primary 24%; }
        & > Switch:ansi { background: ansi_white; }
        & > Switch:ansi:focus { background: ansi_blue; }
    }
    """

    @dataclass
    class Changed(Message):
        """It was switched."""

        field: "SwitchField"

    def __init__(self, label: str, *, value: bool, said: Callable[[bool], str]) -> None:
        """Makes a switch.

        Args:
            label: What it is for.
            value: Whether it is on at first.
            said: Gives what on and off mean.
        """
        super().__init__()
        self._label = label
        self._said = said
        self._switch = Switch(value, animate=False)
        self._note = Static(Content(said(value)), classes="field--note")

    def compose(self) -> ComposeResult:
        """The parts."""
        yield Static(Content(self._label), classes="field--label")
        yield self._switch
        yield self._note

    @property
    def value(self) -> bool:
        """Whether it is on."""
        return self._switch.value

    def on_switch_changed(self, event: Switch.Changed) -> None:
        """Says what it means now."""
        event.stop()
        self._note.update(Content(self._said(self.value)))
        self.post_message(self.Changed(self))


class Field(FieldRow):
    """A label, a line to type in, and beside it a hint, or what is wrong."""

    DEFAULT_CSS = """
    Field.-narrow { grid-size: 2; grid-columns: 14 1fr; }
    Field.-narrow > .field--note { column-span: 2; padding-left: 0; display: none; }
    Field.-narrow > .field--note.-refused { display: block; }
    Field.-stacked { grid-size: 1 3; grid-columns: 1fr; }
    Field.-stacked > .field--note { column-span: 1; padding-left: 0; display: block; }
    """

    @dataclass
    class Changed(Message):
        """Another text is in the field, which may be a wrong one."""

        field: "Field"

    @dataclass
    class Submitted(Message):
        """Enter was pressed in the field."""

        field: "Field"

    def __init__(
        self,
        label: str,
        value: str,
        check: Check,
        *,
        hint: str = "",
        field_id: str | None = None,
        stacked: bool = False,
    ) -> None:
        """Makes a field.

        Args:
            label: What it is for.
            value: What is in it at first.
            check: Says what is wrong with what is in it.
            hint: What is said while nothing is wrong.
            field_id: The widget's id.
            stacked: Whether label and hint are above and below, not beside, as for text that is
                rather changed than typed anew.
        """
        super().__init__(id=field_id, classes="-stacked" if stacked else None)
        self._label = label
        self._check = check
        self._hint = hint
        self._input = SafeInput(value, select_on_focus=not stacked)
        self._note = Static(Content(sanitize(hint)), classes="field--note")

    def compose(self) -> ComposeResult:
        """The parts."""
        yield Static(Content(self._label), classes="field--label")
        yield self._input
        yield self._note

    @property
    def text(self) -> str:
        """What is in it."""
        return self._input.value

    @property
    def problem(self) -> str | None:
        """What is wrong with what is in it; None for nothing."""
        return self._check(self.text)

    def take_focus(self) -> None:
        """Gives the line to type in the focus."""
        self._input.focus()

    def say_problem(self) -> None:
        """Shows what is wrong, or the hint."""
        problem = self.problem
        self._input.set_class(problem is not None, "-refused")
        self._note.set_class(problem is not None, "-refused")
        self._note.update(Content(sanitize(self._hint if problem is None else problem)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Says what is wrong, and that it changed."""
        event.stop()
        self.say_problem()
        self.post_message(self.Changed(self))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Tells that enter was pressed."""
        event.stop()
        self.post_message(self.Submitted(self))


def checked_by(parse: Callable[[str], _T]) -> Check:
    """What `parse` refuses, as a check of a field."""

    def check(text: str) -> str | None:
        try:
            parse(text)
        except InvalidValueError as error:
            return error.message
        return None

    return check
