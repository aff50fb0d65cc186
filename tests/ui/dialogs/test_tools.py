"""Choosing a tool, and the ledger of all of them."""

import pytest
from textual.widgets import Input

from oxtui.glyphs import ASCII
from oxtui.replay.ledger import ToolUse
from oxtui.ui.dialogs.ledger import LedgerRows, ToolLedger
from oxtui.ui.dialogs.row_list import RowList
from oxtui.ui.dialogs.tools import ToolChoice, ToolPicker, narrowed_tools
from tests.ui.dialogs.host import HOSTILE, HOSTILE_SHOWN, is_safe, running

COUNTS = [("bash", 1_204), ("read", 40), ("web_search", 3), ("", 1)]
USES = [
    ToolUse("bash", 1_204, 12, 3_600_000, 800, 185_000),
    ToolUse("read", 40, 0, 4_000, 90, 410),
    ToolUse("note", 1, 1, 0, 0, 0),
]
HOSTILE_NAMES = [HOSTILE, "x" * 10_000, "\x1b[2J", "[/]", "\u0301" * 10_000, "한국어 도구"]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", ["bash", "read", "web_search", "(no name)", "All tools"]),
        ("S", ["bash", "web_search", "All tools"]),
        (" search ", ["web_search"]),
        ("a", ["All tools", "bash", "read", "web_search", "(no name)"]),
        ("grep", []),
    ],
)
def test_typing_narrows(typed: str, names: list[str]) -> None:
    assert [tool.name for tool in narrowed_tools(COUNTS, typed)] == names


def picker() -> ToolPicker:
    return ToolPicker(COUNTS)


@pytest.mark.parametrize(
    ("keys", "choice"),
    [
        (["enter"], ToolChoice("bash")),
        (["down", "enter"], ToolChoice("read")),
        (["up", "enter"], ToolChoice()),
        (["up", "up", "enter"], ToolChoice("")),
        ([*"all", "enter"], ToolChoice()),
        ([*"web", "tab", "tab", "enter"], ToolChoice("web_search")),
        (["escape"], None),
        (["tab", "enter"], None),
    ],
)
async def test_choosing(keys: list[str], choice: ToolChoice | None) -> None:
    async with running(picker) as (app, pilot):
        await pilot.press(*keys)
        assert app.results == [choice]


async def test_the_key_that_opened_it_only_narrows() -> None:
    async with running(picker) as (app, pilot):
        await pilot.press("f", "f", "enter")
        assert app.results == []
        assert "No tool is called so." in app.shown()


async def test_how_often_each_was_called() -> None:
    async with running(picker) as (app, _):
        shown = app.shown()
        assert "1,204" in shown
        assert "1,248" in shown  # all of them


async def test_a_double_click_chooses() -> None:
    async with running(picker) as (app, pilot):
        await pilot.click(RowList, offset=(5, 1), times=2)
        assert app.results == [ToolChoice("read")]


@pytest.mark.parametrize("size", [(80, 24), (30, 8)])
async def test_hostile_names_are_only_text(size: tuple[int, int]) -> None:
    counts = [(name, 1) for name in HOSTILE_NAMES]
    async with running(lambda: ToolPicker(counts), size) as (app, pilot):
        assert is_safe(app.shown())
        assert size[0] < 80 or HOSTILE_SHOWN in app.shown()
        app.dialog.query_one(Input).value = HOSTILE_NAMES[-1]
        await pilot.press("enter")
        assert app.results == [ToolChoice(HOSTILE_NAMES[-1])]


async def test_hundreds_of_tools() -> None:
    counts = [(f"tool {n:03}", 1) for n in range(500)]
    async with running(lambda: ToolPicker(counts), (40, 15)) as (app, pilot):
        await pilot.press(*"499", "enter")
        assert app.results == [ToolChoice("tool 499")]


# The ledger


def ledger() -> ToolLedger:
    return ToolLedger(USES)


async def test_what_each_tool_took() -> None:
    async with running(ledger, (120, 40)) as (app, _):
        shown = app.shown()
        assert "".join(["bash", "1,204", "12", "1 h 00 m", "800 ms", "3 m 05 s", "█" * 10]) in shown
        assert "".join(["read", "40", "4.0 s", "90 ms", "410 ms", "▏"]) in shown
        assert "3 tools · 1,245 calls · 1 h 00 m · 13 may have failed" in shown
        assert "Median" in shown


async def test_only_what_there_is_room_for() -> None:
    async with running(ledger, (50, 12)) as (app, _):
        shown = app.shown()
        assert "Total" in shown
        assert "Median" not in shown
        assert "1 h 00 m" in shown


@pytest.mark.parametrize(
    ("keys", "choice"),
    [
        (["enter"], ToolChoice("bash")),
        (["j", "enter"], ToolChoice("read")),
        (["G", "tab", "tab", "enter"], ToolChoice("note")),
        (["escape"], None),
        (["s"], None),
    ],
)
async def test_choosing_a_row_or_none(keys: list[str], choice: ToolChoice | None) -> None:
    async with running(ledger) as (app, pilot):
        await pilot.press(*keys)
        assert app.results == [choice]


async def test_a_session_without_calls_says_so() -> None:
    async with running(lambda: ToolLedger([])) as (app, pilot):
        assert "No tool was called in this session." in app.shown()
        await pilot.press("enter")
        assert app.results == []


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (30, 8)])
async def test_hostile_names_in_the_ledger(size: tuple[int, int]) -> None:
    uses = [ToolUse(name, 10**9, 10**9, 10**15, 10**15, 10**15) for name in HOSTILE_NAMES]
    async with running(lambda: ToolLedger(uses, glyphs=ASCII), size) as (app, pilot):
        assert is_safe(app.shown())
        rows = app.dialog.query_one(LedgerRows)
        width = rows.scrollable_content_region.width
        assert all(rows.render_line(y).cell_length <= width for y in range(rows.size.height))
        await pilot.press("enter")
        assert app.results == [ToolChoice(HOSTILE)]
