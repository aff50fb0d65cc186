"""What is pasted where a text to look for is typed."""

from textual import events
from textual.app import App, ComposeResult

from oxtui.ui.safe_input import LONGEST_TEXT
from oxtui.ui.search_field import SearchField
from tests.hostile import SHORT, harm


class Host(App[None]):
    CSS = "SearchField { display: block; }"

    def compose(self) -> ComposeResult:
        yield SearchField()


def shown(field: SearchField) -> str:
    return "".join(segment.text for segment in field.render_line(0))


async def test_a_hostile_paste_is_only_text() -> None:
    app = Host()
    async with app.run_test() as pilot:
        field = app.query_one(SearchField)
        for text in SHORT.values():
            field.value = ""
            field.post_message(events.Paste(f"a{text}"))
            await pilot.pause()
            assert field.value.startswith("a")
            assert not harm(field.value)
            assert not harm(shown(field))


async def test_what_was_copied_in_the_application_is_only_text_as_well() -> None:
    app = Host()
    async with app.run_test() as pilot:
        field = app.query_one(SearchField)
        for text in SHORT.values():
            field.value = ""
            app.copy_to_clipboard(f"a{text}")
            await pilot.press("ctrl+v")
            assert field.value.startswith("a")
            assert not harm(field.value)
            assert not harm(shown(field))


async def test_a_paste_goes_where_the_cursor_is_and_has_an_end() -> None:
    app = Host()
    async with app.run_test() as pilot:
        field = app.query_one(SearchField)
        await pilot.press(*"ac", "left")
        field.post_message(events.Paste(" b \n"))
        await pilot.pause()
        assert field.value == "abc"
        field.value = ""
        field.post_message(events.Paste("x" * 10 * LONGEST_TEXT))
        await pilot.pause()
        assert field.value == "x" * LONGEST_TEXT
