import pytest

from oxtui.replay.turns import Turn, changed_turns
from oxtui.ui.timeline.blocks import Block, BlockId, Detail, Kind, View, blocks
from oxtui.ui.timeline.layout import Layout, Place
from oxtui.ui.timeline.moves import can_hold_cursor, next_error, stepped, turn_stepped
from oxtui.ui.timeline.viewport import Anchor, Viewport
from tests.replay.sessions import exchange, only, step

WIDE = View(80)


def heights(turn: Turn, block: Block) -> int:
    """Real heights that are unlike the estimated ones."""
    return 1 + (turn.index * 7 + block.block_id.kind * 3 + block.block_id.entry) % 11


def kinds(turn: Turn, view: View) -> list[Kind]:
    return [block.block_id.kind for block in blocks(turn, view)]


def all_places(layout: Layout) -> list[Place]:
    return [
        Place(turn, position)
        for turn in range(len(layout.turns))
        for position in range(len(layout.blocks(turn)))
    ]


def shown(viewport: Viewport) -> list[tuple[BlockId, int]]:
    """Which line of which block is on each row."""
    layout = viewport.layout
    last = min(viewport.line + viewport.height, layout.line_count)
    found = [layout.at(line) for line in range(viewport.line, last)]
    return [(layout.block(place).block_id, offset) for place, offset in found]


def test_detail_decides_which_blocks_there_are() -> None:
    turn = only("q", "a", step(), step())
    assert kinds(turn, View(80, Detail.ANSWERS)) == [Kind.MESSAGE, Kind.WORK, Kind.ANSWER]
    assert kinds(turn, WIDE) == [Kind.MESSAGE, Kind.CALL, Kind.CALL, Kind.ANSWER]
    assert all(b.opened for b in blocks(turn, View(80, Detail.EVERYTHING)) if b.can_fold)


def test_folded_work_opens_to_its_calls() -> None:
    turn = only("q", "a", step())
    work = BlockId(0, Kind.WORK)
    view = View(80, Detail.ANSWERS, frozenset({work}))
    assert kinds(turn, view) == [Kind.MESSAGE, Kind.WORK, Kind.CALL, Kind.ANSWER]


def test_a_long_text_offers_the_rest() -> None:
    turn = only("x" * 100_000)
    first, more, *_ = blocks(turn, WIDE)
    assert first.part.end + more.left_out == 100_000
    opened = blocks(turn, View(80, changed=frozenset({more.block_id})))
    texts = [b for b in opened if b.block_id.kind is Kind.MESSAGE]
    assert texts[-1].part.end == 100_000
    assert texts[1].block_id == more.block_id


def test_lines_and_blocks_agree() -> None:
    layout = Layout(exchange(40, 3), WIDE)
    for place in all_places(layout):
        layout.set_height(place, heights(layout.turns[place.turn], layout.block(place)))
    line = 0
    for place in all_places(layout):
        assert layout.top(place) == line
        for offset in range(layout.height(place)):
            assert layout.at(line + offset) == (place, offset)
        line += layout.height(place)
    assert layout.line_count == line


def test_a_correction_moves_only_what_is_below() -> None:
    layout = Layout(exchange(50, 2), WIDE)
    places = all_places(layout)
    before = [layout.top(place) for place in places]
    corrected = Place(25, 1)
    layout.set_height(corrected, layout.height(corrected) + 10)
    after = [layout.top(place) for place in places]
    assert [b - a for a, b in zip(before, after, strict=True)] == [
        10 if place > corrected else 0 for place in places
    ]


def test_only_turns_that_are_looked_at_are_made_into_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []

    def noting(turn: Turn, view: View) -> tuple[Block, ...]:
        made.append(turn.index)
        return blocks(turn, view)

    monkeypatch.setattr("oxtui.ui.timeline.layout.blocks", noting)
    viewport = Viewport(Layout(exchange(1_000, 2), WIDE), 30, heights)
    viewport.settle_at_end()
    viewport.move(-60)
    assert 2 < len(set(made)) < 40


@pytest.mark.parametrize("lines", [1, 3, 29, 75])
def test_scrolling_shows_every_line_once_in_order(lines: int) -> None:
    down = Viewport(Layout(exchange(12, 3), WIDE), 20, heights)
    down.settle(Anchor(BlockId(0, Kind.MESSAGE), 0))
    seen = shown(down)
    while not down.at_end:
        before = down.line
        down.move(lines)
        seen += shown(down)[-(down.line - before) :]
    up = Viewport(Layout(exchange(12, 3), WIDE), 20, heights)
    up.settle_at_end()
    seen_upwards = shown(up)
    while up.line:
        top = shown(up)[0]
        up.move(-lines)
        rows = shown(up)
        seen_upwards = (rows[: rows.index(top)] if top in rows else rows) + seen_upwards
    if lines <= 20:
        assert seen == seen_upwards
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("row", [0, 5, 19])
def test_an_anchor_keeps_its_row(row: int) -> None:
    viewport = Viewport(Layout(exchange(30, 3), WIDE), 20, heights)
    anchor = Anchor(BlockId(15, Kind.CALL, 1), 0, row)
    viewport.settle(anchor)
    assert shown(viewport)[row] == (anchor.block_id, 0)


def test_the_end_leaves_no_rows_empty() -> None:
    viewport = Viewport(Layout(exchange(30), WIDE), 20, heights)
    viewport.settle(Anchor(BlockId(29, Kind.ANSWER), 3))
    assert len(shown(viewport)) == 20
    assert viewport.at_end


def test_unfolding_leaves_what_is_above_where_it_is() -> None:
    viewport = Viewport(Layout(exchange(30, 3), WIDE), 20, heights)
    call = BlockId(15, Kind.CALL, 1)
    viewport.settle(Anchor(call, 0, 10))
    before = shown(viewport)
    anchor = viewport.anchor()
    viewport.layout.refold(View(80, changed=frozenset({call})), 15)
    viewport.settle(anchor)
    assert shown(viewport)[:11] == before[:11]


def test_growth_leaves_lines_where_they_are() -> None:
    old, new = exchange(30, 2), exchange(34, 2)
    viewport = Viewport(Layout(old, WIDE), 20, heights)
    viewport.settle(Anchor(BlockId(20, Kind.MESSAGE), 0))
    before, anchor = shown(viewport), viewport.anchor()
    viewport.layout.grow(new, changed_turns(old, new))
    viewport.settle(anchor)
    assert shown(viewport) == before
    assert viewport.layout.last().turn == 33


def test_a_session_that_shrank_is_shown_to_its_end() -> None:
    old, new = exchange(30), exchange(3)
    layout = Layout(old, WIDE)
    layout.grow(new, changed_turns(old, new))
    assert layout.find(BlockId(20, Kind.ANSWER)) == layout.last()
    assert layout.at(10**6)[0] == layout.last()


def test_the_cursor_skips_rules_and_stops_at_the_ends() -> None:
    layout = Layout(exchange(3, 1), WIDE)
    visited = [layout.first()]
    while (following := stepped(layout, visited[-1], 1)) != visited[-1]:
        visited.append(following)
    assert visited == [place for place in all_places(layout) if can_hold_cursor(layout, place)]
    assert stepped(layout, layout.first(), -1) == layout.first()


def test_turns_are_stepped_from_start_to_start() -> None:
    layout = Layout(exchange(5, 2), WIDE)
    assert turn_stepped(layout, Place(2, 1), 1) == Place(3, 0)
    assert turn_stepped(layout, Place(2, 1), -1) == Place(2, 0)
    assert turn_stepped(layout, Place(2, 0), -1) == Place(1, 0)
    assert turn_stepped(layout, Place(4, 0), 1) == Place(4, 0)


def test_errors_are_found_in_both_directions() -> None:
    bad = only("q", "⚠️ no", step(), step(output="Error: x"), step(is_error=True))
    found = [BlockId(0, Kind.CALL, 1), BlockId(0, Kind.CALL, 2), BlockId(0, Kind.ANSWER)]
    here = BlockId(0, Kind.MESSAGE)
    for expected in found:
        here = next_error((bad,), here, 1) or here
        assert here == expected
    assert next_error((bad,), here, 1) == found[0]
    assert next_error((bad,), here, -1) == found[1]
    assert next_error((bad,), found[0], -1) == found[2]
    one = only("q", "⚠️ no")
    assert next_error((one,), BlockId(0, Kind.MESSAGE), -1) == BlockId(0, Kind.ANSWER)
    assert next_error((one,), BlockId(0, Kind.ANSWER), 1) is None
    assert next_error((only("q", "fine"),), here, 1) is None


def test_heights_of_a_turn_are_kept_without_its_blocks() -> None:
    layout = Layout(exchange(50, 2), View(40))
    at_first = layout.unmeasured(20, 3)
    assert [turn.index for turn in at_first] == [20, 19, 21]
    count = len(Layout(exchange(50, 2), View(40)).blocks(20))
    layout.set_heights(20, [3] * count)
    assert [turn.index for turn in layout.unmeasured(20, 2)] == [19, 21]
    assert [layout.height(Place(20, at)) for at in range(count)] == [3] * count
    assert layout.is_exact(Place(20, 0))
    assert layout.top(Place(21, 0)) - layout.top(Place(20, 0)) == 3 * count
    layout.refold(View(40, changed=frozenset({BlockId(20, Kind.CALL, 0)})), 20)
    assert layout.unmeasured(20, 1) == [layout.turns[20]]


def test_what_is_not_known_is_estimated_by_what_is() -> None:
    layout = Layout(exchange(400, 1), WIDE)
    estimated = layout.line_count
    looked_at = layout.at(0)[0].turn
    for turn in layout.turns[100:200]:
        made = layout.blocks(turn.index)
        layout.set_heights(
            turn.index, [3 * layout.height(Place(turn.index, p)) for p, _ in enumerate(made)]
        )
        layout.calibrate()
    assert 2.5 * estimated < layout.line_count < 3.5 * estimated
    assert layout.height(Place(looked_at, 0)) < 10  # what was looked at stays as it is
    tops = [layout.top(place) for place in all_places(layout)]
    assert tops == sorted(tops)
    assert layout.line_count == layout.top(layout.last()) + layout.height(layout.last())
