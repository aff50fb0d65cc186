import json
from pathlib import Path

import pytest

from oxtui.replay.turns import Turn, turns
from oxtui.store.search.client import search_store
from oxtui.store.transcript import load_transcript
from oxtui.ui.timeline.blocks import BlockId, Kind
from oxtui.ui.timeline.hits import Hits, find_hits, first_line, places_in_line
from oxtui.ui.wrap import parts, wrap
from tests.replay.sessions import answer, at, exchange, message, session, step
from tests.store.search.stores import written

MESSAGE, ANSWER = BlockId(0, Kind.MESSAGE), BlockId(0, Kind.ANSWER)
CALL, THOUGHT = BlockId(0, Kind.CALL, 1), BlockId(0, Kind.THOUGHT, 0)


def talk(
    said: str = "", thought: str = "", args: object = "", out: str = "", told: str = ""
) -> Turn:
    return turns(
        session(
            [message(said)],
            [answer(told, 1, (0, 1))],
            [step("Grep", args, out)],
            [{"content": thought or "hm", "timestamp": at(0)}],
        )
    )[0]


@pytest.mark.parametrize(
    ("turn", "query", "expected"),
    [
        (talk(said="Hello There"), "hello t", [MESSAGE]),
        (talk(thought="Die STRASSE"), "straße", [THOUGHT]),
        (talk(told="세션 목록"), "션 목", [ANSWER]),
        (talk(), "gREP", [CALL]),
        (talk(out="exit code 3"), "CODE", [CALL]),
        (talk(args={"path": ["a", {"deep": "Needle"}]}), "needle", [CALL]),
        (talk(args={"path": "a"}), "path", [CALL]),
        (talk(args=json.dumps({"command": 'say "hi"\n세션'})), 'say "hi"', [CALL]),
        (talk(args=json.dumps({"command": "세션 목록"})), "세션", [CALL]),
        (talk(args='{"command": "say \\"hi\\" and then'), 'say "hi" and', [CALL]),
        (talk(said="needle", told="needle"), "needle", [MESSAGE, ANSWER]),
        (talk(said="needle"), "noodle", []),
        (talk(said="needle"), "", []),
    ],
)
def test_finds_blocks_by_what_they_say(turn: Turn, query: str, expected: list[BlockId]) -> None:
    assert list(find_hits([turn], query).places) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        json.dumps({"commands": ['say "hi"\nthen leave', "what breaks off"]})[:-12],
        json.dumps({"path": "x" * 5_000, "rest": ['say "hi"\nthen leave', "off"]})[:-5],
        json.dumps({"content": "x" * 200_000, "command": 'say "hi"\nthen leave'}),
        {"deep": [{"command": 'say "hi"\nthen leave'}]},
    ],
    ids=["cut off in a list", "cut off far on", "long", "an object"],
)
def test_what_a_search_finds_in_a_call_has_a_hit(tmp_path: Path, arguments: object) -> None:
    written(tmp_path, "s", trajectory_steps=[step("bash", arguments)])
    read = load_transcript(tmp_path / "sessions/s.json")
    assert read is not None
    query = 'SAY "hi"\nthen'
    assert list(search_store(tmp_path, query, tmp_path / "cache")) == ["s"]
    assert len(find_hits(turns(read), query).places) == 1


def test_each_part_of_a_long_text_counts_also_across_a_cut() -> None:
    lines = [f"line {number:06d} of many" for number in range(3000)]
    text = "\n".join(lines)
    second = parts(text)[2]
    cut = text[second.start - 20 : second.start + 12]
    turn = talk(said=text)
    assert find_hits([turn], cut).places == (MESSAGE._replace(part=1),)
    every = find_hits([turn], "of many").places
    assert every == tuple(MESSAGE._replace(part=n) for n in range(len(parts(text))))


def test_beside_goes_by_the_order_of_the_session() -> None:
    hits = find_hits(exchange(3, 2), "a.txt")
    assert len(hits.places) == 6
    assert hits.beside(BlockId(0, Kind.MESSAGE), 1) == BlockId(0, Kind.CALL, 0)
    assert hits.beside(BlockId(0, Kind.CALL, 0), 1) == BlockId(0, Kind.CALL, 1)
    assert hits.beside(BlockId(0, Kind.ANSWER), 1) == BlockId(1, Kind.CALL, 0)
    assert hits.beside(BlockId(0, Kind.ANSWER), -1) == BlockId(0, Kind.CALL, 1)
    assert hits.beside(BlockId(2, Kind.ANSWER), 1) == BlockId(0, Kind.CALL, 0)
    assert hits.beside(BlockId(0, Kind.MESSAGE), -1) == BlockId(2, Kind.CALL, 1)
    assert [hits.number(place) for place in hits.places] == [1, 2, 3, 4, 5, 6]
    assert hits.number(BlockId(0, Kind.ANSWER)) == 0


def test_what_has_grown_is_looked_through_anew_and_nothing_else() -> None:
    old, new = exchange(3, 1), exchange(5, 1)
    hits = find_hits(old, "answer")
    assert hits.grown(new, frozenset({2, 3, 4})) == find_hits(new, "answer")
    shrunk = hits.grown(old[:1], frozenset())
    assert shrunk == Hits("answer", (BlockId(0, Kind.ANSWER),))


@pytest.mark.parametrize(
    ("lines", "query", "expected"),
    [
        (["one two three"], "TWO", [[(4, 7)]]),
        (["  ▌ one two"], "o", [[(4, 5), (10, 11)]]),
        (["say two", "words here"], "two words", [[(4, 7)], [(0, 5)]]),
        (["aaneed", "leaa"], "needle", [[(2, 6)], [(0, 2)]]),
        (["▌ one", "▌ two"], "one two", [[(2, 5)], [(2, 5)]]),
        (["one"], "", [list[tuple[int, int]]()]),
    ],
)
def test_places_in_wrapped_lines(
    lines: list[str], query: str, expected: list[list[tuple[int, int]]]
) -> None:
    assert [places_in_line(lines, at, query) for at in range(len(lines))] == expected


def test_first_line_of_a_wrapped_text() -> None:
    lines = wrap("word " * 50 + "the needle in it " + "word " * 50, 40)
    found = first_line(lines, "the needle in it")
    assert found is not None
    assert "needle" in lines[found] + lines[found + 1]
    assert first_line(lines, "noodle") is None
