from textual.message import Message

from oxtui.replay.turns import Turn, turns
from oxtui.store.models import SessionId
from oxtui.ui.timeline.blocks import BlockId, Kind
from oxtui.ui.timeline.messages import HitNotFound, WentAround
from tests.conditions import until
from tests.replay.sessions import answer, at, exchange, message, session, step
from tests.ui.timeline.test_widget import Driven, driven


def talk(count: int = 12) -> tuple[Turn, ...]:
    """Turns of which every third has calls and thoughts with a needle in them."""
    return turns(
        session(
            [message(f"Question {i}", 10 * i) for i in range(count)],
            [answer(f"Answer {i}", 10 * i + 1, (i, i + 1)) for i in range(count)],
            [step(out, seconds=10 * i) for i in range(count) for out in ("needle" * (i % 3 == 0),)],
            [
                {
                    "content": f"First line\n\nthe Needle {i}" if i % 3 == 1 else "hm",
                    "timestamp": at(10 * i + 1),
                }
                for i in range(count)
            ],
        )
    )


def marked(drive: Driven) -> list[str]:
    """What is marked as a hit, row by row."""
    colour = drive.timeline.get_component_rich_style("timeline--hit").bgcolor
    height = drive.timeline.size.height
    return [
        segment.text
        for y in range(height)
        for segment in drive.timeline.render_line(y)
        if segment.style and segment.style.bgcolor == colour
    ]


def not_found(drive: Driven) -> list[Message]:
    return [event for event in drive.app.told if isinstance(event, HitNotFound)]


async def test_n_and_capital_n_go_from_hit_to_hit() -> None:
    async with driven(exchange(30, 2)) as drive:
        await drive.press("g")
        drive.timeline.find("ANSWER 1")
        assert drive.cursor == BlockId(0, Kind.MESSAGE)
        await drive.press("n")
        assert drive.cursor == BlockId(1, Kind.ANSWER)
        assert marked(drive) == ["Answer 1"]
        assert "hit 1/11" in str(drive.timeline.border_subtitle)
        await drive.press("n", "n")
        assert drive.cursor == BlockId(11, Kind.ANSWER)
        assert any("Answer 11" in row for row in drive.rows())
        await drive.press("N")
        assert drive.cursor == BlockId(10, Kind.ANSWER)
        assert "hit 2/11" in str(drive.timeline.border_subtitle)
        await drive.press("g")
        assert "hits 11" in str(drive.timeline.border_subtitle)


async def test_hits_go_around_and_where_there_is_no_other_that_is_said() -> None:
    async with driven(exchange(3)) as drive:
        await drive.press("n")
        assert not_found(drive) == [HitNotFound("")]
        drive.timeline.find("question 2")
        await drive.press("N", "N", "n")
        assert drive.cursor == BlockId(2, Kind.MESSAGE)
        assert not_found(drive)[1:] == [HitNotFound("question 2", on_one=True)] * 2
        drive.timeline.find("question")
        await drive.press("n")
        assert drive.cursor == BlockId(0, Kind.MESSAGE)
        await drive.press("N")
        assert drive.cursor == BlockId(2, Kind.MESSAGE)
        assert drive.told(WentAround) == [
            WentAround("hit", forwards=True),
            WentAround("hit", forwards=False),
        ]


async def test_an_empty_query_ends_it() -> None:
    async with driven(exchange(3)) as drive:
        drive.timeline.find("question")
        assert len(marked(drive)) == 3
        drive.timeline.find("")
        assert not marked(drive)
        assert "hit" not in str(drive.timeline.border_subtitle)


async def test_hits_in_folded_thoughts_and_calls_are_opened() -> None:
    async with driven(talk()) as drive:
        drive.timeline.find("the needle 1", go=True)
        await drive.pilot.pause()
        assert drive.cursor == BlockId(1, Kind.THOUGHT, 0)
        assert marked(drive) == ["the Needle 1"]
        await drive.press("t", "t", "g")  # answers: everything else is folded away
        drive.timeline.find("a.txt")
        await drive.press("n")
        assert drive.cursor == BlockId(0, Kind.CALL, 1)
        assert marked(drive) == ["a.txt", "a.txt"]


async def test_a_hit_in_a_long_text_is_scrolled_to() -> None:
    text = "\n".join(f"line {number}" for number in range(5000))
    async with driven(turns(session([message(text)], [answer("Answer", 1)]))) as drive:
        await drive.press("g")
        drive.timeline.find("line 4321")
        await drive.press("n")
        assert drive.cursor.kind is Kind.MESSAGE
        assert marked(drive) == ["line 4321"]
        await drive.press("j", "n")
        assert not_found(drive)


async def test_a_session_opens_at_its_first_hit() -> None:
    async with driven(exchange(3)) as drive:
        drive.timeline.show(SessionId("other"), exchange(40, 2), "question 7")
        await drive.pilot.pause()
        assert drive.cursor == BlockId(7, Kind.MESSAGE)
        assert marked(drive) == ["Question 7"]
        drive.timeline.show(SessionId("third"), exchange(40, 2), "nowhere")
        await drive.pilot.pause()
        assert drive.cursor == BlockId(39, Kind.ANSWER)
        assert not_found(drive) == [HitNotFound("nowhere")]


async def test_hits_grow_with_the_session() -> None:
    async with driven(exchange(3)) as drive:
        drive.timeline.find("question")
        await drive.press("N")
        assert "hit 3/3" in str(drive.timeline.border_subtitle)
        drive.timeline.grow(exchange(5))
        assert "hit 3/5" in str(drive.timeline.border_subtitle)
        await drive.press("n")
        assert drive.cursor == BlockId(3, Kind.MESSAGE)


async def test_what_is_looked_for_stays_while_a_session_is_emptied_and_filled() -> None:
    async with driven(exchange(3)) as drive:
        drive.timeline.find("question")
        drive.timeline.grow(())
        drive.timeline.grow(exchange(5))
        assert marked(drive)
        assert "hit 1/5" in str(drive.timeline.border_subtitle)


async def test_a_long_session_is_searched_beside_the_event_loop() -> None:
    async with driven(exchange(700, 1)) as drive:
        drive.timeline.find("question 690", go=True)
        assert "searching" in str(drive.timeline.border_subtitle)
        await until(lambda: drive.cursor == BlockId(690, Kind.MESSAGE))
        assert marked(drive) == ["Question 690"]
        drive.timeline.find("question 5")
        drive.timeline.find("question 68")
        await until(lambda: "hits 11" in str(drive.timeline.border_subtitle))


async def test_only_what_the_file_says_is_marked() -> None:
    async with driven(exchange(3, 2)) as drive:
        drive.timeline.find("you")
        assert not marked(drive)
        drive.timeline.find("4")
        assert not marked(drive)  # neither in `40 ms` nor in a time of day


async def test_a_hit_is_marked_where_it_is_wrapped() -> None:
    text = "word " * 15 + "a needle in a haystack " + "word " * 15
    async with driven(turns(session([message(text)], [answer("Answer", 1)]))) as drive:
        drive.timeline.find("needle in a haystack")
        assert "".join(marked(drive)).replace(" ", "") == "needleinahaystack"
