"""Only the calls of one tool: what is shown, where the reader is, and what the keys do then."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oxtui.replay.turns import Turn, turns
from oxtui.ui.timeline.blocks import BlockId, Detail, Kind, View, blocks, turn_height_estimated
from oxtui.ui.timeline.layout import Layout, Place
from oxtui.ui.timeline.messages import ErrorNotFound
from tests.hostile import harm
from tests.replay.sessions import Json, answer, message, session, step
from tests.ui.timeline.test_widget import SESSION, Driven, driven

FAILED = "error: it broke"


def talk(*tools: str, failing: str = "") -> tuple[Turn, ...]:
    """A turn for each text, of a call for each word of it."""
    steps: list[Json] = []
    answers: list[Json] = []
    for i, names in enumerate(tools):
        begin = len(steps)
        for name in names.split():
            output = FAILED if name == failing else "fine"
            args = {"path": f"{name}-{len(steps)}.txt"}
            steps.append(step(name, args, output, ms=10 * len(steps) + 10))
        answers.append(answer(f"Answer {i}", 10 * i + 1, (begin, len(steps))))
    return turns(
        session([message(f"Question {i}", 10 * i) for i in range(len(tools))], answers, steps)
    )


MIXED = talk("read bash read", "edit", "bash", "", "read read bash edit bash")


def texts(drive: Driven) -> list[str]:
    return [" ".join(row.split()[:3]) for row in drive.unmarked() if row.strip()]


async def test_only_the_calls_of_the_tool_each_below_its_turn() -> None:
    async with driven(MIXED) as drive:
        drive.timeline.show_tool("bash")
        shown = [row for row in drive.unmarked() if row.strip()]
        assert [row.split()[1] for row in shown] == ["You", "bash", "You", "bash", "You"] + [
            "bash"
        ] * 2
        assert "Question 4" in shown[4]
        assert shown[4].rstrip().endswith("10:00")
        assert not any("Answer" in row for row in shown)
        assert str(drive.timeline.border_subtitle).startswith("only bash")


async def test_everything_comes_back_as_it_was() -> None:
    async with driven(MIXED, (80, 12)) as drive:
        await drive.press("g", "j", "j")
        before = drive.rows(), drive.cursor
        drive.timeline.show_tool("edit")
        assert drive.rows() != before[0]
        drive.timeline.show_tool(None)
        assert (drive.rows(), drive.cursor) == before
        assert "only" not in str(drive.timeline.border_subtitle)


@pytest.mark.parametrize("key", ["f", "escape"])
async def test_one_key_shows_everything_again(key: str) -> None:
    async with driven(MIXED) as drive:
        drive.timeline.show_tool("read")
        await drive.press(key)
        assert drive.timeline.tool is None
        assert any("Answer 4" in row for row in drive.rows())


async def test_the_call_that_was_read_stays_on_its_row() -> None:
    shown = talk(*["read bash edit"] * 40)
    async with driven(shown, (80, 20)) as drive:
        await drive.press("g", *"JJJJJJJJJJ", "j", "j", "j")
        at = BlockId(10, Kind.CALL, 1)
        drive.timeline.reveal(at)
        row = next(y for y, text in enumerate(drive.rows()) if "bash-31" in text)
        drive.timeline.show_tool("bash")
        assert drive.cursor == at
        assert "bash-31" in drive.rows()[row]
        await drive.press("j", "k")  # both leave the reader where they were
        await drive.press("J", "j")
        moved = drive.cursor
        row = next(y for y, text in enumerate(drive.rows()) if "bash-34" in text)
        drive.timeline.show_tool(None)
        assert drive.cursor == moved == BlockId(11, Kind.CALL, 1)
        assert "bash-34" in drive.rows()[row]


async def test_the_end_stays_the_end() -> None:
    async with driven(talk(*["read bash"] * 30)) as drive:
        drive.timeline.show_tool("bash")
        assert drive.timeline.following
        assert "bash-59" in [row for row in drive.rows() if row.strip()][-1]
        drive.timeline.show_tool(None)
        assert drive.timeline.following
        assert "Answer 29" in drive.rows()[-1]


async def test_blocks_and_turns_are_those_that_are_shown() -> None:
    async with driven(MIXED) as drive:
        drive.timeline.show_tool("bash")
        await drive.press("g")
        assert drive.cursor == BlockId(0, Kind.MESSAGE)
        seen = [drive.cursor]
        for _ in range(7):
            await drive.press("j")
            seen.append(drive.cursor)
        calls = [(at.turn, at.entry) for at in seen if at.kind is Kind.CALL]
        assert calls == [(0, 1), (2, 0), (4, 2), (4, 4), (4, 4)]
        await drive.press("K")
        assert drive.cursor == BlockId(4, Kind.MESSAGE)
        await drive.press("K")
        assert drive.cursor == BlockId(2, Kind.MESSAGE)
        await drive.press("J")
        assert drive.cursor == BlockId(4, Kind.MESSAGE)


async def test_errors_are_those_of_the_tool() -> None:
    shown = talk("read bash", "edit bash", "edit", failing="bash")
    async with driven(shown) as drive:
        drive.timeline.show_tool("edit")
        await drive.press("g", "e")
        assert drive.told(ErrorNotFound)
        await drive.press("escape")
        drive.timeline.show_tool("bash")
        await drive.press("g", "e")
        assert drive.cursor == BlockId(0, Kind.CALL, 1)
        await drive.press("e")
        assert drive.cursor == BlockId(1, Kind.CALL, 1)
        await drive.press("E")
        assert drive.cursor == BlockId(0, Kind.CALL, 1)


async def test_hits_are_those_of_the_tool() -> None:
    async with driven(MIXED) as drive:
        drive.timeline.find("fine")
        assert "hits 10" in str(drive.timeline.border_subtitle)
        drive.timeline.show_tool("edit")
        await drive.press("g", "n")
        assert drive.cursor == BlockId(1, Kind.CALL, 0)
        await drive.press("n")
        assert drive.cursor == BlockId(4, Kind.CALL, 3)
        assert "hit 2/2" in str(drive.timeline.border_subtitle)
        await drive.press("n")
        assert drive.cursor == BlockId(1, Kind.CALL, 0)
        await drive.press("N")
        drive.timeline.show_tool(None)
        assert "hit 9/10" in str(drive.timeline.border_subtitle)


async def test_detail_folds_and_raw_json_of_what_is_left() -> None:
    async with driven(MIXED) as drive:
        drive.timeline.show_tool("edit")
        await drive.press("g", "j", "enter")
        assert any("fine" in row for row in drive.rows())
        await drive.press("t")
        assert drive.timeline.detail is Detail.EVERYTHING
        assert sum("fine" in row for row in drive.rows()) == 2
        assert not any("Answer" in row for row in drive.rows())
        await drive.press("x")
        assert any('"tool_name": "edit"' in row for row in drive.rows())
        await drive.press("escape")
        assert drive.timeline.detail is Detail.EVERYTHING


async def test_it_grows_by_calls_of_the_tool() -> None:
    async with driven(talk("read bash")) as drive:
        drive.timeline.show_tool("bash")
        drive.timeline.grow(talk("read bash", "edit", "bash read"))
        assert sum(" bash " in row for row in drive.rows()) == 2
        assert sum(" You " in row for row in drive.rows()) == 2
        drive.timeline.grow(talk("read bash", "edit", "bash read", "bash bash"))
        assert sum(" bash " in row for row in drive.rows()) == 4


async def test_what_is_read_stays_while_it_grows() -> None:
    many = ["read bash"] * 40
    async with driven(talk(*many)) as drive:
        drive.timeline.show_tool("bash")
        await drive.press("g", "J", "J", "j")
        before = drive.rows(), drive.cursor
        drive.timeline.grow(talk(*many, "bash", "read"))
        assert (drive.rows(), drive.cursor) == before


async def test_without_a_call_left_everything_is_shown() -> None:
    async with driven(talk("read bash", "edit")) as drive:
        drive.timeline.show_tool("bash")
        drive.timeline.grow(talk("read edit", "edit"))
        assert drive.timeline.tool is None
        assert any("Answer 1" in row for row in drive.rows())


async def test_another_session_is_shown_whole() -> None:
    async with driven(MIXED) as drive:
        drive.timeline.show_tool("bash")
        drive.timeline.show(SESSION, talk("bash"))
        assert drive.timeline.tool is None
        assert any("Answer 0" in row for row in drive.rows())


async def test_what_is_not_called_filters_nothing() -> None:
    async with driven(MIXED) as drive:
        before = drive.rows()
        drive.timeline.show_tool("grep")
        assert drive.timeline.tool is None
        assert drive.rows() == before


@pytest.mark.parametrize("name", ["\x1b]52;c;aGk=\x07", "[red]x[/]", "[/x", "y" * 10_000, "", "\n"])
async def test_any_name_is_only_text(name: str) -> None:
    shown = turns(session([message("Go")], [answer("Done", 1, (0, 2))], [step(name), step("ok")]))
    async with driven(shown) as drive:
        drive.timeline.show_tool(name)
        assert drive.timeline.tool == name
        assert not harm("\n".join(drive.rows()))
        subtitle = str(drive.timeline.border_subtitle)
        assert subtitle.startswith("only ")
        assert not harm(subtitle)
        assert len(subtitle) < 60


async def test_resizing_keeps_the_filter() -> None:
    async with driven(MIXED) as drive:
        drive.timeline.show_tool("bash")
        await drive.pilot.resize_terminal(60, 10)
        await drive.pilot.pause()
        assert not any("Answer" in row for row in drive.rows())


TOOLS = st.lists(st.lists(st.sampled_from(["a", "b", "c"]), max_size=4), min_size=1, max_size=8)


@settings(max_examples=60)
@given(TOOLS, st.sampled_from(Detail))
def test_every_line_is_of_the_block_that_says_so(tools: list[list[str]], detail: Detail) -> None:
    shown = talk(*(" ".join(names) for names in tools))
    view = View(60, detail, tool="a")
    if not any("a" in names for names in tools):
        assert not any(blocks(turn, view) for turn in shown)
        return
    layout = Layout(shown, view)
    for turn in shown:
        assert bool(turn_height_estimated(turn, view)) == bool(blocks(turn, view))
    walked: list[Place] = [layout.first()]
    while (after := layout.after(walked[-1])) is not None:
        walked.append(after)
    assert walked[-1] == layout.last()
    assert [(p.turn, i) for p in walked[::-1] for i in [layout.prior(p)] if i is None] == [
        (walked[0].turn, None)
    ]
    for place in walked:
        assert layout.at(layout.top(place))[0] == place
        assert layout.find(layout.block(place).block_id) == place
    calls = [layout.block(p).block_id for p in walked]
    assert sum(c.kind is Kind.CALL for c in calls) == sum(n.count("a") for n in tools)
    for turn in shown:
        for kind in Kind:
            found = layout.find(BlockId(turn.index, kind))
            assert found in walked
