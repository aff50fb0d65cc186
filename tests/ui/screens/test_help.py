import pytest
from textual.binding import Binding

from oxtui.glyphs import ASCII
from oxtui.ui.keymap import Area
from oxtui.ui.screens.help import HelpScreen
from oxtui.ui.screens.help_text import HelpEntry, HelpSection, in_columns, key_section
from oxtui.ui.sidebar.bindings import BINDINGS
from tests.ui.dialogs.host import running

SIDEBAR = [binding for binding in BINDINGS if isinstance(binding, Binding)]


def area(bindings: list[Binding]) -> Area:
    return Area("Sidebar", bindings, "Sidebar")


def section(title: str, lines: int) -> HelpSection:
    return HelpSection(title, tuple(HelpEntry(str(n), title) for n in range(lines)))


def titles(sections: list[HelpSection], width: int) -> list[list[str]]:
    return [[one.title for one in column] for column in in_columns(sections, width)]


def test_keys_that_do_the_same_are_on_one_line() -> None:
    made = key_section(
        "List",
        [Binding("j,down", "go", "Down"), Binding("x", "hidden"), Binding("k", "up", "Up")],
        lambda binding: binding.key,
    )
    assert made.entries == (HelpEntry("j down", "Down"), HelpEntry("k", "Up"))


def test_as_many_columns_as_there_is_room_for() -> None:
    sections = [section("a", 4), section("b", 4), section("c", 4)]
    assert titles(sections, 30) == [["a", "b", "c"]]
    assert titles(sections, 75) == [["a", "b"], ["c"]]
    assert titles(sections, 120) == [["a"], ["b"], ["c"]]
    assert titles(sections, 1_000) == [["a"], ["b"], ["c"]]


def test_columns_keep_the_order_and_everything() -> None:
    sections = [
        section(name, lines) for name, lines in zip("abcdef", (3, 9, 1, 7, 2, 5), strict=True)
    ]
    for width in range(10, 200, 7):
        columns = titles(sections, width)
        assert [title for column in columns for title in column] == list("abcdef")
        assert len(columns) <= 3


@pytest.mark.parametrize("size", [(120, 50), (40, 15)])
async def test_every_key_can_be_read(size: tuple[int, int]) -> None:
    async with running(lambda: HelpScreen([area(SIDEBAR)]), size) as (app, pilot):
        seen = app.shown()
        while app.dialog.query_one(".dialog--box").scroll_offset.y < (
            app.dialog.query_one(".dialog--box").max_scroll_y
        ):
            await pilot.press("pagedown")
            seen += app.shown()
        words = " ".join(seen.replace("│", " ").split())  # in a narrow terminal they are wrapped
        for binding in SIDEBAR:
            assert binding.description in words
        assert "drag rows move to a project" in words
        assert "◆ pinned, prune keeps it" in words


@pytest.mark.parametrize("key", ["escape", "question_mark", "q"])
async def test_it_closes(key: str) -> None:
    async with running(lambda: HelpScreen([area(SIDEBAR)])) as (app, pilot):
        await pilot.press(key)
        assert app.results == [None]


async def test_in_ascii_it_is_ascii() -> None:
    async with running(lambda: HelpScreen([area(SIDEBAR[:8])], glyphs=ASCII)) as (app, _):
        keys = [line[3:15] for line in app.shown().splitlines() if "Down" in line or "Read" in line]
        assert keys
        assert all(key.isascii() for key in keys)
