from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC

import pytest
from msgspec import structs
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot

from oxtui.replay.turns import Turn, turns
from oxtui.store.models import SessionId
from oxtui.ui.messages import CopyRequested
from oxtui.ui.timeline import pane
from oxtui.ui.timeline.blocks import BlockId, Detail, Kind
from oxtui.ui.timeline.messages import (
    ErrorNotFound,
    HitNotFound,
    WentAround,
)
from oxtui.ui.timeline.widget import Timeline
from tests.conditions import until
from tests.replay.sessions import answer, exchange, message, session, step

SESSION = SessionId("s")


class TimelineApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[Message] = []

    def compose(self) -> ComposeResult:
        yield Timeline(zone=UTC)

    def on_copy_requested(self, event: CopyRequested) -> None:
        self.told.append(event)

    def on_hit_not_found(self, event: HitNotFound) -> None:
        self.told.append(event)

    def on_went_around(self, event: WentAround) -> None:
        self.told.append(event)

    def on_error_not_found(self, event: ErrorNotFound) -> None:
        self.told.append(event)


class Driven:
    """A timeline in an app, and what its user sees."""

    def __init__(self, app: TimelineApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.timeline = app.query_one(Timeline)

    def rows(self) -> list[str]:
        height = self.timeline.size.height
        return [self.timeline.render_line(y).text.rstrip() for y in range(height)]

    def unmarked(self) -> list[str]:
        return [row[1:] for row in self.rows()]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    @property
    def cursor(self) -> BlockId:
        assert self.timeline.cursor is not None
        return self.timeline.cursor

    def told(self, kind: type[Message]) -> list[Message]:
        return [event for event in self.app.told if type(event) is kind]


@asynccontextmanager
async def driven(
    shown: tuple[Turn, ...], size: tuple[int, int] = (80, 24)
) -> AsyncGenerator[Driven, None]:
    app = TimelineApp()
    async with app.run_test(size=size) as pilot:
        drive = Driven(app, pilot)
        drive.timeline.focus()
        drive.timeline.show(SESSION, shown)
        await pilot.pause()
        yield drive


async def test_opens_at_the_end() -> None:
    async with driven(exchange(30, 2)) as drive:
        assert drive.rows()[-1].endswith("Answer 29")
        assert drive.cursor == BlockId(29, Kind.ANSWER)
        assert "30/30" in str(drive.timeline.border_subtitle)


async def test_j_and_k_go_by_blocks_and_capitals_by_turns() -> None:
    async with driven(exchange(9, 2)) as drive:
        await drive.press("g")
        assert drive.cursor == BlockId(0, Kind.MESSAGE)
        await drive.press("j", "down")
        assert drive.cursor == BlockId(0, Kind.CALL, 1)
        await drive.press("k")
        assert drive.cursor == BlockId(0, Kind.CALL, 0)
        await drive.press("J", "J")
        assert drive.cursor == BlockId(2, Kind.MESSAGE)
        await drive.press("K")
        assert drive.cursor == BlockId(1, Kind.MESSAGE)
        await drive.press("G")
        assert drive.cursor == BlockId(8, Kind.ANSWER)


async def test_the_cursor_is_always_in_sight() -> None:
    async with driven(exchange(12, 3)) as drive:
        await drive.press("g")
        for _ in range(40):
            drive.timeline.action_next_block()
            assert any(row.startswith("▎") for row in drive.rows())


async def test_unfolding_does_not_move_the_reader() -> None:
    async with driven(exchange(30, 3)) as drive:
        await drive.press("g", *"JJJJJJJJ", "j", "j")
        before = drive.rows()
        row = next(y for y, text in enumerate(before) if text.startswith("▎"))
        await drive.press("enter")
        opened = drive.rows()
        assert opened[: row + 1] == before[: row + 1]
        assert "path: a.txt" in opened[row + 1]
        await drive.press("enter")
        assert drive.rows() == before


async def test_a_session_is_shown_again_as_it_was_left() -> None:
    async with driven(exchange(30, 3)) as drive:
        await drive.press("g", *"JJJJJJJJ", "j", "j", "enter", "x", "k", "enter")
        left, cursor = drive.rows(), drive.cursor
        drive.timeline.show(SessionId("other"), exchange(5, 1))
        assert drive.cursor == BlockId(4, Kind.ANSWER)
        drive.timeline.clear("Nothing is shown.")
        drive.timeline.show(SESSION, exchange(31, 3))  # one more turn, far below
        assert (drive.rows(), drive.cursor) == (left, cursor)
        assert not drive.timeline.following
        drive.timeline.show(SessionId("other"), exchange(6, 1))
        assert drive.cursor == BlockId(5, Kind.ANSWER)  # it was left at its end
        drive.timeline.show(SESSION, exchange(2, 3))
        assert drive.cursor.turn == 1  # the rest of it is gone


async def test_only_the_sessions_read_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pane, "_MOST_BOOKMARKS", 2)
    async with driven(exchange(30, 1)) as drive:
        for name in ("s", "b", "c", "d"):
            drive.timeline.show(SessionId(name), exchange(30, 1))
            await drive.press("g")
        drive.timeline.show(SessionId("c"), exchange(30, 1))
        assert drive.cursor.turn == 0
        drive.timeline.show(SESSION, exchange(30, 1))
        assert drive.cursor.turn == 29


async def test_growth_at_the_end_is_followed() -> None:
    async with driven(exchange(30, 2)) as drive:
        drive.timeline.grow(exchange(32, 2))
        await drive.pilot.pause()
        assert drive.rows()[-1].endswith("Answer 31")
        assert drive.cursor == BlockId(31, Kind.ANSWER)
        assert "new below" not in str(drive.timeline.border_subtitle)


async def test_growth_above_the_end_moves_nothing_and_says_so() -> None:
    async with driven(exchange(30, 2)) as drive:
        await drive.press("K", "K", "K", "K")
        before, cursor = drive.rows(), drive.cursor
        drive.timeline.grow(exchange(32, 2))
        await drive.pilot.pause()
        assert drive.rows() == before
        assert drive.cursor == cursor
        assert "2 new below" in str(drive.timeline.border_subtitle)
        await drive.press("G")
        assert "new below" not in str(drive.timeline.border_subtitle)


async def test_following_is_said_left_and_taken_up_again() -> None:
    async with driven(exchange(30, 2)) as drive:
        assert str(drive.timeline.border_subtitle).startswith("follows")
        await drive.press("F")
        assert "follows" not in str(drive.timeline.border_subtitle)
        before = drive.rows()
        drive.timeline.grow(exchange(32, 2))
        await drive.pilot.pause()
        assert drive.rows() == before
        await drive.press("F")
        assert drive.rows()[-1].endswith("Answer 31")
        assert str(drive.timeline.border_subtitle).startswith("follows")


async def test_a_session_read_again_unchanged_says_nothing() -> None:
    async with driven(exchange(30, 2)) as drive:
        await drive.press("g")
        drive.timeline.grow(exchange(30, 2))
        await drive.pilot.pause()
        assert "new below" not in str(drive.timeline.border_subtitle)


async def test_detail_keeps_the_current_block_on_its_row() -> None:
    async with driven(exchange(30, 3)) as drive:
        await drive.press("g", *"JJJJJJJJJJ", *"jjjj")
        shown = drive.rows()
        row = next(y for y, text in enumerate(shown) if text.startswith("▎"))
        await drive.press("t")
        assert drive.timeline.detail is Detail.EVERYTHING
        assert drive.rows()[row] == shown[row]
        await drive.press("t")
        assert drive.timeline.detail is Detail.ANSWERS
        assert drive.rows()[row] == shown[row]
        await drive.press("t")
        assert drive.timeline.detail is Detail.CALLS
        assert drive.rows()[row] == shown[row]


async def test_a_call_that_is_folded_away_leaves_the_cursor_on_what_stands_for_it() -> None:
    async with driven(exchange(30, 3)) as drive:
        await drive.press("g", "j", "j")
        drive.timeline.detail = Detail.ANSWERS
        assert drive.cursor == BlockId(0, Kind.WORK)
        assert any("3 calls" in text for text in drive.rows())


async def test_an_error_far_away_is_looked_for_beside_the_event_loop() -> None:
    shown = list(exchange(400, 1))
    bad = turns(session([message("q")], [answer("⚠️ failed")]))[0]
    shown[3] = structs.replace(bad, index=3, gap_ns=0)
    async with driven(tuple(shown)) as drive:
        await drive.press("E")
        await until(lambda: drive.cursor == BlockId(3, Kind.ANSWER))
        await drive.press("E")
        await until(lambda: drive.told(ErrorNotFound) == [ErrorNotFound(on_one=True)])


async def test_errors_are_gone_to_even_where_calls_are_folded() -> None:
    shown = turns(
        session(
            [message("a"), message("b", 60)],
            [answer("A", 1, (0, 2)), answer("⚠️ broke", 61, (2, 2))],
            [step(), step("bash", {"command": "make"}, "Error: no rule")],
        )
    )
    async with driven(shown) as drive:
        drive.timeline.detail = Detail.ANSWERS
        await drive.press("g", "e")
        assert drive.cursor == BlockId(0, Kind.CALL, 1)
        assert any("? bash" in text for text in drive.rows())
        await drive.press("e")
        assert drive.cursor == BlockId(1, Kind.ANSWER)
        await drive.press("e")
        assert drive.cursor == BlockId(0, Kind.CALL, 1)
        assert drive.told(WentAround) == [WentAround("error", forwards=True)]
        await drive.press("E")
        assert drive.cursor == BlockId(1, Kind.ANSWER)


async def test_the_heading_says_as_much_as_fits() -> None:
    async with driven(exchange(3, 2)) as drive:
        timeline = drive.timeline
        timeline.display = False
        await drive.pilot.pause()
        timeline.entitle("Why did the job of last night fail?", ["web", "14 turns", "2 h"])
        timeline.display = True
        await drive.pilot.pause()
        assert (
            str(timeline.border_title)
            == "Why did the job of last night fail? · web · 14 turns · 2 h"
        )
        await drive.pilot.resize_terminal(40, 15)
        assert str(timeline.border_title) == "Why did the job… · web · 14 turns"
        await drive.pilot.resize_terminal(80, 15)
        assert str(timeline.border_title).endswith("fail? · web · 14 turns · 2 h")


async def test_a_waterfall_for_which_there_is_no_room_says_so() -> None:
    async with driven(exchange(3, 3)) as drive:
        await drive.press("w")
        assert str(drive.timeline.border_subtitle).startswith("waterfall · ")
        await drive.pilot.resize_terminal(40, 15)
        assert str(drive.timeline.border_subtitle).startswith("waterfall: too narrow · ")
        await drive.press("w")
        assert "waterfall" not in str(drive.timeline.border_subtitle)


@pytest.mark.parametrize("size", [(40, 12), (132, 40)])
async def test_a_resize_keeps_the_block_at_the_top(size: tuple[int, int]) -> None:
    long = exchange(40, 3, "An answer of some words that takes several lines if need be. " * 5)
    async with driven(long) as drive:
        await drive.press("g", *"JJJJJJJJJJJJ")
        assert "Question 12" in drive.rows()[2]
        await drive.pilot.resize_terminal(*size)
        await drive.pilot.pause()
        assert "Question 12" in drive.rows()[2]
        assert all(drive.timeline.render_line(y).cell_length <= size[0] for y in range(size[1] - 2))


async def test_a_resize_at_the_end_stays_at_the_end() -> None:
    async with driven(exchange(40, 3)) as drive:
        await drive.pilot.resize_terminal(50, 15)
        await drive.pilot.pause()
        assert drive.rows()[-1].endswith("Answer 39")


async def test_wheel_moves_lines_not_the_cursor() -> None:
    async with driven(exchange(40, 3)) as drive:
        before, cursor = drive.unmarked(), drive.cursor
        drive.timeline.scroll_relative(y=-3, animate=False, force=True)
        await drive.pilot.pause()
        assert drive.unmarked()[3:] == before[:-3]
        assert drive.cursor == cursor
        assert not drive.timeline.following


async def test_a_click_opens_a_call() -> None:
    async with driven(exchange(3, 2)) as drive:
        await drive.press("g")
        row = next(y for y, text in enumerate(drive.rows()) if "✓ read" in text)
        await drive.pilot.click(Timeline, offset=(10, row + 1))
        assert drive.cursor == BlockId(0, Kind.CALL, 0)
        assert "path: a.txt" in drive.rows()[row + 1]


async def test_copy_asks_for_the_whole_text_made_safe() -> None:
    shown = turns(session([message("run \x1b]52;c;x\x07 this\nplease")], [answer("A", 1)]))
    async with driven(shown) as drive:
        await drive.press("g", "y")
        asked = drive.told(CopyRequested)[-1]
        assert isinstance(asked, CopyRequested)
        assert asked.text.startswith("run ")
        assert asked.text.endswith(" this\nplease")
        assert "\x1b" not in asked.text


async def test_raw_json_and_back() -> None:
    async with driven(exchange(3, 1)) as drive:
        await drive.press("g", "j")
        before = drive.rows()
        await drive.press("x")
        assert any('"tool_name": "read"' in row for row in drive.rows())
        await drive.press("x")
        assert drive.rows() == before


async def test_a_huge_message_opens_part_by_part() -> None:
    text = "세션 store line of text\n" * 200_000
    shown = turns(session([message(text)], [answer("A", 1)]))
    async with driven(shown) as drive:
        assert any("characters more" in row for row in drive.rows())
        await drive.press("k", "enter")
        assert drive.timeline.virtual_size.height > 100_000
        await drive.press("G", "g", "ctrl+d", "ctrl+u")
        assert "세션 store line of text" in drive.rows()[2]


async def test_a_large_answer_is_drawn_beside_the_event_loop() -> None:
    text = "# Heading\n\n" + "- **point** of `several`\n" * 400
    shown = turns(session([message("a"), message("b", 9)], [answer(text, 1), answer("End", 10)]))
    async with driven(shown) as drive:
        while any("**point**" in row for row in drive.rows()):
            await drive.pilot.pause()
        assert drive.rows()[-1].endswith("End")
        await drive.press("g")
        assert any("Heading" in row and "#" not in row for row in drive.rows())


async def test_nothing_to_show_says_why() -> None:
    async with driven(()) as drive:
        assert any("Nothing has been said" in row for row in drive.rows())
        drive.timeline.clear("No session selected\nPick one on the left with enter")
        await drive.press("j", "enter", "G", "e", "t", "x", "y", "K")
        assert any("Pick one on the left" in row for row in drive.rows())
        assert drive.timeline.cursor is None


async def test_a_cursor_move_redraws_only_the_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    async with driven(exchange(3, 4)) as drive:
        await drive.press("g", "j")
        drawn: list[int] = []
        render_line = drive.timeline.render_line

        def noting(y: int) -> object:
            drawn.append(y)
            return render_line(y)

        monkeypatch.setattr(drive.timeline, "render_line", noting)
        await drive.press("j")
        assert 0 < len(set(drawn)) <= 2


async def test_a_light_theme_has_other_colours() -> None:
    async with driven(exchange(3, 1)) as drive:
        dark = [segment.style for segment in drive.timeline.render_line(1)]
        drive.app.theme = "textual-light"
        await drive.pilot.pause()
        assert [segment.style for segment in drive.timeline.render_line(1)] != dark


async def test_what_is_shown_while_hidden_is_there_once_visible() -> None:
    async with driven(()) as drive:
        drive.timeline.display = False
        await drive.pilot.pause()
        drive.timeline.show(SESSION, exchange(30, 2))
        drive.timeline.grow(exchange(31, 2))
        await drive.pilot.pause()
        drive.timeline.display = True
        await drive.pilot.pause()
        assert drive.rows()[-1].endswith("Answer 30")


async def test_a_session_may_be_shown_before_the_first_layout() -> None:
    class Early(TimelineApp):
        def compose(self) -> ComposeResult:
            timeline = Timeline(zone=UTC)
            yield timeline
            timeline.show(SESSION, exchange(30, 2))

    app = Early()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert Driven(app, pilot).rows()[-1].endswith("Answer 29")


async def test_what_is_at_the_top_may_be_folded_away() -> None:
    async with driven(turns(session([message("a line\n" * 20_000)], [answer("short")]))) as drive:
        drive.timeline.reveal(BlockId(0, Kind.MESSAGE, part=1))
        await drive.press("enter")
        drive.timeline.reveal(BlockId(0, Kind.MESSAGE, part=30))
        await drive.press("ctrl+d", "ctrl+d")
        assert drive.cursor.part == 30
        opened = drive.timeline.virtual_size.height
        await drive.press("enter")
        assert drive.timeline.virtual_size.height < opened
        assert drive.cursor.part == 1
        assert any(drive.unmarked())


async def test_another_detail_may_leave_out_what_is_at_the_top() -> None:
    async with driven(exchange(1, 90)) as drive:
        await drive.press("t", "G", "k", "k")
        assert drive.cursor.kind is Kind.CALL
        await drive.press("t")
        assert drive.cursor.kind is Kind.WORK
        assert any(drive.unmarked())
