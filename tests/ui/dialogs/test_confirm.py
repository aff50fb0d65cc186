import pytest
from textual.widgets import Button

from oxtui.ui.dialogs.confirm import Confirm
from tests.ui.dialogs.host import HOSTILE, HOSTILE_SHOWN, is_safe, running


def confirm() -> Confirm:
    return Confirm("Move to the trash?", "Three sessions.", "Move to the trash")


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["enter"], False),
        (["escape"], False),
        (["tab", "enter"], True),
        (["right", "enter"], True),
        (["down", "up", "enter"], False),
    ],
)
async def test_only_the_way_to_its_button_says_yes(keys: list[str], answer: bool) -> None:
    async with running(confirm) as (app, pilot):
        await pilot.press(*keys)
        assert app.results == [answer]


async def test_the_key_that_opened_it_never_confirms() -> None:
    async with running(confirm) as (app, pilot):
        await pilot.press("d", "d", "P", "y", "n", "space")
        assert app.results == []
        assert app.dialog.is_current
        assert app.focused is app.dialog.query_one("#cancel")


async def test_it_answers_once_and_closes_nothing_but_itself() -> None:
    async with running(confirm) as (app, pilot):
        dialog = app.dialog
        assert isinstance(dialog, Confirm)
        dialog.accept()
        dialog.action_cancel()
        await pilot.pause()
        assert app.results == [True]
        assert len(app.screen_stack) == 1


async def test_a_key_pressed_twice_asks_once() -> None:
    async with running(confirm) as (app, pilot):
        app.push_screen(confirm(), app.results.append)
        await pilot.pause()
        assert app.results == [False]
        assert app.screen is app.dialog
        await pilot.press("tab", "enter")
        assert app.results == [False, True]


async def test_a_click_on_the_button_confirms() -> None:
    async with running(confirm) as (app, pilot):
        await pilot.click("#accept")
        assert app.results == [True]


async def test_hostile_text_is_only_text() -> None:
    async with running(lambda: Confirm(HOSTILE, HOSTILE, HOSTILE)) as (app, _):
        shown = app.shown()
        assert shown.count(HOSTILE_SHOWN) >= 2
        assert "[open" in shown
        assert is_safe(shown)


async def test_where_there_is_no_room_the_buttons_stay_and_the_text_scrolls() -> None:
    message = "\n".join(f"line {n}" for n in range(50))
    async with running(lambda: Confirm("Sure?", message, "Yes"), (40, 12)) as (app, pilot):
        assert "line 0" in app.shown()
        for _ in range(8):
            await pilot.press("pagedown")
        assert "line 49" in app.shown()
        for button in app.dialog.query(Button):
            assert button.region in app.screen.region
        assert "Cancel" in app.shown()
        assert "Yes" in app.shown()
