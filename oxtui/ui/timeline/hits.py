"""Where a query stands in a session, as blocks, and where in what is drawn of a block."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Final, Self

from oxtui.replay.turns import Call, Turn
from oxtui.store.search.text import call_passages, matches
from oxtui.ui.timeline.blocks import BlockId, Kind, is_of_tool, text_of
from oxtui.ui.timeline.moves import order
from oxtui.ui.wrap import first_part, parts

# What stands at the beginning of a line and is not of its text: indents, and bars along it.
_EDGE: Final = " ▌│|▎"


@dataclass(frozen=True)
class Hits:
    """The blocks of a session that a query stands in.

    Attributes:
        query: What was looked for.
        places: The blocks, from the first to the last; each part of a long text counts.
    """

    query: str
    places: tuple[BlockId, ...] = ()

    def grown(self, turns: Sequence[Turn], changed: frozenset[int]) -> Self:
        """The hits in a session that has grown, of which only `changed` turns are looked at."""
        kept = [p for p in self.places if p.turn not in changed and p.turn < len(turns)]
        needle = self.query.casefold()
        new = [place for index in changed for place in _in_turn(turns[index], needle)]
        places = tuple(sorted((*kept, *new), key=order)) if new else tuple(kept)
        return replace(self, places=places)

    def of_tool(self, turns: Sequence[Turn], tool: str) -> Self:
        """Those of them that are calls of one tool."""
        calls = (place for place in self.places if place.kind is Kind.CALL)
        kept = (p for p in calls if is_of_tool(turns[p.turn].entries[p.entry], tool))
        return replace(self, places=tuple(kept))

    def beside(self, here: BlockId, step: int) -> BlockId | None:
        """The next hit, for -1 the one before; after the last the first; None if no other."""
        at, places = order(here), self.places[::step]
        further = (p for p in places if (order(p) > at if step > 0 else order(p) < at))
        found = next(further, None) or next(iter(places), None)
        return None if found == here else found

    def number(self, block_id: BlockId) -> int:
        """Which hit a block is, from 1; 0 if it is none."""
        return self._numbers.get(block_id, 0)

    @cached_property
    def _numbers(self) -> Mapping[BlockId, int]:
        return {place: number for number, place in enumerate(self.places, 1)}


def find_hits(turns: Sequence[Turn], query: str) -> Hits:
    """The hits of a query; for a long session in a thread."""
    needle = query.casefold()
    return Hits(query, tuple(place for turn in turns for place in _in_turn(turn, needle)))


def _in_turn(turn: Turn, needle: str) -> Iterator[BlockId]:
    if not needle:
        return
    yield from _in_text(turn, BlockId(turn.index, Kind.MESSAGE), needle)
    for index, entry in enumerate(turn.entries):
        if isinstance(entry, Call):
            if _stands_in_call(entry, needle):
                yield BlockId(turn.index, Kind.CALL, index)
        else:
            yield from _in_text(turn, BlockId(turn.index, Kind.THOUGHT, index), needle)
    yield from _in_text(turn, BlockId(turn.index, Kind.ANSWER), needle)


def _in_text(turn: Turn, block_id: BlockId, needle: str) -> Iterator[BlockId]:
    text = text_of(turn, block_id)
    if needle not in text.casefold():
        return
    if first_part(text).end == len(text):
        yield block_id
        return
    for number, part in enumerate(parts(text)):
        # What begins in this part may end in the next. Folding takes no letter away, so that the
        # needle is at least as long as what it stands for.
        stretch = text[part.start : part.end + len(needle) - 1]
        first = matches(stretch, needle, 1)
        if first and first[0][0] < part.end - part.start:
            yield block_id._replace(part=number)


def _stands_in_call(call: Call, needle: str) -> bool:
    step = call.step
    texts = call_passages(call.number, step.tool_name, step.tool_args, step.output_summary)
    return any(needle in each.text.casefold() for each in texts)


def places_in_line(lines: Sequence[str], at: int, query: str) -> list[tuple[int, int]]:
    """Where a query stands in a line of a text that was wrapped, as start and end.

    What begins in the line before, or ends in the one after, is found too.
    """
    line = lines[at]
    begin = len(line) - len(line.lstrip(_EDGE))
    body = line[begin:].rstrip()
    found = set(matches(body, query))
    before = lines[at - 1].strip(_EDGE)[-len(query) :] if at else ""
    after = lines[at + 1].strip(_EDGE)[: len(query)] if at + 1 < len(lines) else ""
    for space in ("", " "):  # a line is wrapped at a space or in a word
        left = before + space
        for start, end in matches(f"{left}{body}{space}{after}", query):
            first, last = max(0, start - len(left)), min(len(body), end - len(left))
            if first < last and (start < len(left) or end - len(left) > len(body)):
                found.add((first, last))
    return [(begin + start, begin + end) for start, end in _apart(sorted(found))]


def _apart(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places in order, without those that begin inside of the one before."""
    kept = places[:1]
    kept += [place for before, place in pairwise(places) if place[0] >= before[1]]
    return kept


def first_line(lines: Sequence[str], query: str) -> int | None:
    """The first line that the query stands in, or begins in; None if it is in none as it is."""
    return next((at for at in range(len(lines)) if places_in_line(lines, at, query)), None)
