"""Stores to search, and the plain answer to compare with."""

import os
from collections.abc import Iterator
from contextlib import aclosing
from itertools import count
from pathlib import Path
from typing import cast

from oxtui.errors import InvalidNameError, UnreadableError
from oxtui.store.codec import decode, encode
from oxtui.store.models import SessionId
from oxtui.store.names import check_name
from oxtui.store.regular_files import read_regular
from oxtui.store.search.client import Search
from oxtui.store.summaries.scan import session_files
from oxtui.store.transcript import transcript
from tests.conftest import session_named

_TIMES = count(1_000_000_000)
AT = "2026-08-22T14:34:52.123456789Z"


def written(base: Path, name: str, *said: str, **fields: object) -> SessionId:
    """Writes the file of a session, replacing what is there by a rename, as Oxios does.

    It was written long ago, one second after the one before, so that its text may be kept.
    """
    messages = [{"content": text, "timestamp": AT} for text in said]
    content = encode(session_named(name, **{"user_messages": messages, **fields}))
    folder = base / "sessions"
    folder.mkdir(exist_ok=True)
    temp = folder / f"{name}.json.tmp"
    temp.write_bytes(content)
    os.utime(temp, (time := next(_TIMES), time))
    temp.rename(folder / f"{name}.json")
    return SessionId(name)


async def find_all(search: Search, query: str) -> list[SessionId]:
    """All sessions in which `query` stands now, roughly the newest first."""
    found: dict[SessionId, None] = {}
    async with aclosing(search.find(query)) as batches:
        async for batch in batches:
            for session_id in batch.lost:
                found.pop(session_id, None)
            found |= dict.fromkeys(batch.found)
            if batch.done:
                break
    return list(found)


def plain(base: Path, query: str) -> set[str]:
    """The sessions in which `query` stands, from reading every file."""
    found: set[str] = set()
    for each in session_files(base / "sessions"):
        try:
            check_name(each.name[:-5])
            texts = list(_texts(read_regular(Path(each.path))))
        except (UnreadableError, InvalidNameError, OSError):
            continue
        if any(query.casefold() in text.casefold() for text in texts):
            found.add(each.name[:-5])
    return found


def _texts(data: bytes) -> Iterator[str]:
    title = decode(data).metadata.get("title")
    if isinstance(title, str):
        yield title
    session = transcript(data)
    yield from (each.content for each in (*session.user_messages, *session.agent_responses))
    for record in session.reasoning_records:
        yield record.content
        yield from (segment.text for segment in record.segments or ())
    for step in session.trajectory_steps:
        yield step.tool_name
        yield step.output_summary
        yield from _strings(step.tool_args)


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
