"""What of a session can be found, and where in it a query stands.

A query is found as `str.casefold` compares texts: without regard to case, in any script, as a
part of a word too. Folding changes lengths (`ß` becomes `ss`), so places are mapped back.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import accumulate
from typing import Final, cast

import msgspec

from oxtui.store.values import ReasoningRecord, SessionId
from oxtui.store.wire import decode_session, reasoning_of

_BEFORE: Final = 40
_AFTER: Final = 80
_SHOWN_OF_MATCH: Final = 120
_QUOTED: Final = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)')


class Kind(StrEnum):
    """What a text of a session is."""

    TITLE = "title"
    SAID = "said"
    ANSWERED = "answered"
    THOUGHT = "thought"
    CALLED = "called"


class Passage(msgspec.Struct, frozen=True, gc=False):
    """A text of a session.

    Attributes:
        kind: What it is.
        index: Which message, answer, reasoning record or call of the file it belongs to.
        text: The text, as the file decodes.
        again: Whether it repeats another one in another form, as JSON in a string is read again
            without its escapes. What is found in both counts once.
    """

    kind: Kind
    index: int
    text: str
    again: bool = False


class Snippet(msgspec.Struct, frozen=True):
    """A place where a query stands, in its own letters, not yet made safe to show.

    Attributes:
        kind: What was searched there.
        index: Which message, answer, reasoning record or call of the file it is in.
        before: What stands before it, without the beginning of a long text.
        match: What was found.
        after: What stands after it, without the end of a long text.
    """

    kind: Kind
    index: int
    before: str
    match: str
    after: str


class SearchHit(msgspec.Struct, frozen=True):
    """A session that a query was found in.

    Attributes:
        session_id: The session.
        count: How often, without overlaps; 0 if it is not in it any more.
        snippets: The first places.
    """

    session_id: SessionId
    count: int
    snippets: tuple[Snippet, ...]


def passages(data: bytes) -> Iterator[Passage]:
    """Every text of the session in the bytes of a file that a search looks at.

    Raises:
        UnreadableError: It is not a session that Oxios reads. Nothing has been yielded then.
    """
    wire = decode_session(data)
    title = wire.metadata.get("title") if wire.metadata else None
    if isinstance(title, str):
        yield Passage(Kind.TITLE, 0, title)
    for index, message in enumerate(wire.user_messages or ()):
        yield Passage(Kind.SAID, index, message.content)
    for index, response in enumerate(wire.agent_responses or ()):
        yield Passage(Kind.ANSWERED, index, response.content)
    for index, record in enumerate(reasoning_of(wire.reasoning_records)):
        yield from _thought(index, record)
    for index, step in enumerate(wire.trajectory_steps or ()):
        yield from call_passages(index, step.tool_name, step.tool_args, step.output_summary)


def _thought(index: int, record: ReasoningRecord) -> Iterator[Passage]:
    in_pieces = False
    for segment in record.segments or ():
        in_pieces |= bool(segment.text.strip())
        yield Passage(Kind.THOUGHT, index, segment.text)
    yield Passage(Kind.THOUGHT, index, record.content, in_pieces)


def call_passages(
    index: int, tool_name: str, tool_args: object, output_summary: str
) -> Iterator[Passage]:
    """Every text of a call that can be found.

    Args:
        index: Which call of the file it is.
        tool_name: What was called.
        tool_args: Its arguments, as the file decodes: any JSON, mostly a string that holds some.
        output_summary: What came of it.
    """
    yield Passage(Kind.CALLED, index, tool_name)
    for text in _strings(tool_args):
        yield Passage(Kind.CALLED, index, text)
    if isinstance(tool_args, str) and "\\" in tool_args:  # else what it holds stands in it as is
        for text in _unescaped(tool_args):
            yield Passage(Kind.CALLED, index, text, again=True)
    yield Passage(Kind.CALLED, index, output_summary)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in cast("dict[str, object]", value).items():
            yield key
            yield from _strings(each)
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _strings(each)


def _unescaped(text: str) -> Iterable[str]:
    """The strings of JSON in a string, also of JSON that breaks off."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return filter(None, map(_unescaped_piece, _QUOTED.findall(text)))
    return _strings(value)


def _unescaped_piece(quoted: str) -> str | None:
    if "\\" not in quoted:
        return None
    try:
        return msgspec.json.decode(f'"{quoted}"', type=str)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


def matches(text: str, query: str, most: int | None = None) -> list[tuple[int, int]]:
    """Where `query` stands in `text`, as start and end in `text` itself, without overlaps.

    Where a part of a folded letter matches, as `s` does in `ß`, the whole letter is given, once.

    Args:
        text: What to search.
        query: What to find; an empty one stands nowhere.
        most: How many places at most; None for all.
    """
    needle, folded = query.casefold(), text.casefold()
    found: list[tuple[int, int]] = []
    if not needle:
        return found
    original = _Original(text, folded)
    at = folded.find(needle)
    while at >= 0 and (most is None or len(found) < most):
        end = at + len(needle)
        place = original.place(at, end)
        if not found or place[0] >= found[-1][1]:
            found.append(place)
        at = folded.find(needle, end)
    return found


class _Original:
    """Finds places of a folded text in the text that it was made from."""

    def __init__(self, text: str, folded: str) -> None:
        self._growing: list[int] = []
        self._grown: list[int] = []
        self._surplus: list[int] = []
        if len(text) == len(folded):  # folding a letter never takes one away
            return
        longer = "".join(each for each in set(text) if len(each.casefold()) > 1)
        found = [match.start() for match in re.finditer(f"[{re.escape(longer)}]", text)]
        sizes = [len(text[at].casefold()) - 1 for at in found]
        self._surplus = [0, *accumulate(sizes)]
        self._growing = [at + before for at, before in zip(found, self._surplus, strict=False)]
        self._grown = [at + size for at, size in zip(self._growing, sizes, strict=True)]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The letters that folded to those from `start` up to `end`."""
        if not self._growing:
            return start, end
        return self._letter_at(start), self._letter_at(end - 1) + 1

    def _letter_at(self, at: int) -> int:
        begun = bisect_right(self._growing, at)
        if begun and at <= self._grown[begun - 1]:
            return self._growing[begun - 1] - self._surplus[begun - 1]
        return at - self._surplus[begun]


def hit_in(session_id: SessionId, texts: Iterable[Passage], query: str, most: int) -> SearchHit:
    """How often `query` stands in the texts of a session, and the first `most` places."""
    first, again = _Places(query, most), _Places(query, most)
    for passage in texts:
        (again if passage.again else first).look(passage)
    places = first if first.count else again
    return SearchHit(session_id, places.count, tuple(places.snippets))


class _Places:
    def __init__(self, query: str, most: int) -> None:
        self.count = 0
        self.snippets: list[Snippet] = []
        self._query, self._needle, self._most = query, query.casefold(), most

    def look(self, passage: Passage) -> None:
        times = passage.text.casefold().count(self._needle) if self._needle else 0
        self.count += times
        wanted = self._most - len(self.snippets)
        if times and wanted > 0:
            places = matches(passage.text, self._query, wanted)
            self.snippets += (_snippet(passage, *place) for place in places)


def _snippet(passage: Passage, start: int, end: int) -> Snippet:
    text = passage.text
    return Snippet(
        passage.kind,
        passage.index,
        text[max(0, start - _BEFORE) : start],
        text[start : min(end, start + _SHOWN_OF_MATCH)],
        text[end : end + _AFTER],
    )
