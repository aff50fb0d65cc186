import pytest

from oxtui.replay.turns import Turn, turns
from oxtui.ui.timeline.widget import Timeline
from tests.conditions import until
from tests.replay.sessions import answer, message, session
from tests.ui.timeline.test_widget import Driven, driven


def uneven(count: int) -> tuple[Turn, ...]:
    """Turns whose heights nobody would guess."""
    return turns(
        session(
            [message("세션 " * (5 * i % 70), 10 * i) for i in range(count)],
            [answer("| a | b |\n|---|---|\n| 1 | 2 |\n" * (i % 5), 10 * i) for i in range(count)],
        )
    )


async def lines_seen(drive: Driven) -> int:
    """How many lines there are once each of them has been on the screen."""
    await drive.press("g")
    timeline = drive.timeline
    for _ in range(1_000):
        if timeline.following:
            break
        timeline.action_page(1)
    return timeline.virtual_size.height


async def test_the_scroll_bar_becomes_exact_and_nothing_moves() -> None:
    async with driven(uneven(60)) as drive:
        await drive.press("g", *"JJJJJJJJ")
        before = drive.rows()
        guessed = drive.timeline.virtual_size.height
        bar = drive.timeline.vertical_scrollbar
        await until(lambda: drive.timeline.measured)
        exact = drive.timeline.virtual_size.height
        assert drive.rows() == before
        assert bar.window_virtual_size == exact != guessed
        assert bar.position == drive.timeline.scroll_y
        assert await lines_seen(drive) == exact


async def test_the_scroll_bar_knows_at_once_where_it_is() -> None:
    async with driven(uneven(60)) as drive:
        timeline, bar = drive.timeline, drive.timeline.vertical_scrollbar
        for key in ("", "g", "J", "t", "G"):
            await drive.press(*key)
            assert bar.window_virtual_size == timeline.virtual_size.height > timeline.size.height
            assert (bar.window_size, bar.position) == (timeline.size.height, timeline.scroll_y)


async def test_measuring_draws_nothing_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    async with driven(uneven(60)) as drive:
        asked: list[int] = []
        real = Timeline.render_line

        def counted(self: Timeline, y: int) -> object:
            asked.append(y)
            return real(self, y)

        monkeypatch.setattr(Timeline, "render_line", counted)
        await until(lambda: drive.timeline.measured)
        await drive.pilot.pause()
        assert not asked


async def test_what_grows_or_is_folded_is_measured_again() -> None:
    async with driven(uneven(20)) as drive:
        await until(lambda: drive.timeline.measured)
        drive.timeline.grow(uneven(40))
        await until(lambda: drive.timeline.measured)
        await drive.press("t")
        await until(lambda: drive.timeline.measured)
        exact = drive.timeline.virtual_size.height
        assert await lines_seen(drive) == exact
