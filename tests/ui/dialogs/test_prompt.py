from textual import events
from textual.widgets import Input

from oxtui.ui.dialogs.prompt import TextPrompt
from oxtui.ui.safe_input import LONGEST_TEXT
from tests.ui.dialogs.host import HOSTILE, HOSTILE_SHOWN, is_safe, running


def prompt(value: str = "") -> TextPrompt:
    return TextPrompt(
        "Rename session",
        "Title",
        value,
        "Empty is fine",
        lambda t: "Not that." if "x" in t else None,
    )


async def test_enter_gives_back_what_was_typed() -> None:
    async with running(lambda: prompt("old")) as (app, pilot):
        await pilot.press(*" one", "enter")
        assert app.results == ["old one"]


async def test_empty_is_an_answer() -> None:
    async with running(lambda: prompt("old")) as (app, pilot):
        await pilot.press("ctrl+u", "enter")
        assert app.results == [""]


async def test_what_is_as_it_was_is_no_answer_also_if_it_cannot_be_shown() -> None:
    async with running(lambda: prompt("old \x1b[2J")) as (app, pilot):
        await pilot.press("enter")
        assert app.results == [None]


async def test_escape_changes_nothing() -> None:
    async with running(lambda: prompt("old")) as (app, pilot):
        await pilot.press("n", "escape")
        assert app.results == [None]


async def test_a_wrong_text_is_refused_in_its_field() -> None:
    async with running(prompt) as (app, pilot):
        await pilot.press("x")
        assert "Not that." in app.shown()
        assert "Empty is fine" not in app.shown()
        await pilot.press("enter")
        assert app.results == []
        assert isinstance(app.focused, Input)
        await pilot.press("backspace", "y")
        assert "Empty is fine" in app.shown()
        await pilot.press("tab", "tab", "enter")
        assert app.results == ["y"]


async def test_what_is_there_and_what_is_pasted_are_only_text() -> None:
    async with running(lambda: TextPrompt(HOSTILE, "Title", HOSTILE, HOSTILE, lambda _: None)) as (
        app,
        pilot,
    ):
        assert app.shown().count(HOSTILE_SHOWN) == 3
        field = app.dialog.query_one(Input)
        field.value = ""
        field.post_message(events.Paste("a\x1b[31m\nb" + "c" * 2 * LONGEST_TEXT))
        await pilot.pause()
        assert field.value.startswith("a␛[31m bc")
        assert len(field.value) == LONGEST_TEXT
        assert is_safe(app.shown())
