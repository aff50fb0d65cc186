from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from oxtui.ui.footer import KeyFooter
from oxtui.ui.keymap import NO_KEY


class Field(Input):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f5", "submit", "Send")]


class Keys(App[None]):
    """Has a key that is shown, one that is not, and one that does nothing just now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "note('a')", "Alpha"),
        Binding("b", "note('b')", "Beta"),
        Binding("B", "note('b')", "Beta too"),
        Binding("c", "note('c')", "Hidden", show=False),
        Binding("d", "refuse", "Dead"),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[str] = []

    def compose(self) -> ComposeResult:
        yield Field()
        yield KeyFooter()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if action == "refuse" else True

    def action_note(self, name: str) -> None:
        self.noted.append(name)

    def get_key_display(self, binding: Binding) -> str:
        return "" if binding.key == NO_KEY else super().get_key_display(binding)

    @property
    def shown(self) -> str:
        return str(self.query_one(KeyFooter).render())


async def test_each_action_that_is_to_be_shown_is_there_once() -> None:
    async with Keys().run_test() as pilot:
        app = pilot.app
        assert isinstance(app, Keys)
        app.set_focus(None)
        await pilot.pause()
        assert app.shown == " a Alpha  b Beta  d Dead "


async def test_a_click_does_what_the_key_does() -> None:
    async with Keys().run_test() as pilot:
        app = pilot.app
        assert isinstance(app, Keys)
        app.set_focus(None)
        await pilot.pause()
        for word in ("Beta", "Alpha", "Dead"):
            await pilot.click(KeyFooter, offset=(app.shown.index(word), 0))
        await pilot.click(KeyFooter, offset=(len(app.shown) + 3, 0))
        assert app.noted == ["b", "a"]


async def test_what_has_the_focus_decides_on_the_keys() -> None:
    async with Keys().run_test() as pilot:
        app = pilot.app
        assert isinstance(app, Keys)
        app.query_one(Field).focus()
        await pilot.pause()
        assert "f5 Send" in app.shown
        app.set_focus(None)
        await pilot.pause()
        assert "f5 Send" not in app.shown


class Helped(Keys):
    """Has a key for the help before others, and an action without a key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "note('e')", "Echo"),
        Binding(NO_KEY, "note('n')", "Nameless"),
        Binding("question_mark", "help", "Help", key_display="?"),
    ]


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (80, " a Alpha  b Beta  d Dead  e Echo  ? Help "),
        (36, " a Alpha  b Beta  d Dead  ? Help "),
        (26, " a Alpha  b Beta  ? Help "),
        (10, " ? Help "),
        (6, ""),
    ],
)
async def test_what_does_not_fit_goes_whole_and_the_help_last(columns: int, shown: str) -> None:
    async with Helped().run_test(size=(columns, 10)) as pilot:
        app = pilot.app
        assert isinstance(app, Keys)
        app.set_focus(None)
        await pilot.pause()
        assert app.shown == shown
