"""Stores of any size, written as Oxios writes them.

Every file is one of its own, 31 KB in the mean, with an id, a title and times that no other has.
The conversations in them come from a thousand; each occurs again in every thousandth session, and
ends with a word that no other has, from `case0000` on.
"""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import log
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

from oxtui.store.models import SessionId
from oxtui.store.projects.catalog import add_project, read_projects
from oxtui.store.timestamps import Timestamp

PROJECTS: Final = 12
_TALKS: Final = 1_000
_MEDIAN_TURNS: Final = 9.4
_NEWEST_NS: Final = 1_780_000_000_123_456_789
_APART_NS: Final = 420 * 1_000_000_000
_PLACE: Final = "5e551017-0000-4000-8000-000000000000"
_WORDS: Final = """
    lock queue nightly harbour window fails again while reading an index of yesterday's builds
    `cargo test` **twice** migrate column quietly 세션 목록 다시 확인 設定 を 読む naïve résumé 🚢
    src/queue/worker.rs retries backoff jitter [issue](http://localhost/4) slow branch merge
""".split()  # noqa: SIM905 - words
_TOOLS: Final = ("read", "edit", "bash", "grep", "write", "web_search", "memory_recall")


def write_store(base: Path, count: int) -> Path:
    """A store of `count` sessions at `base`; what is there already is taken as it is."""
    if base.is_dir():
        return base
    making = base.with_name(f"{base.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    (making / "sessions").mkdir(parents=True)
    for number in range(PROJECTS):
        add_project(making, f"project {number:02}")
    write_sessions(making, range(count))
    making.rename(base)
    return base


def write_sessions(base: Path, numbers: range, prefix: str = "") -> None:
    """Writes sessions of a store, or writes them again, with `prefix` before their titles."""
    project_ids = sorted(project.project_id for project in read_projects(base).projects)
    for number in numbers:
        content = _session(number, project_ids, prefix)
        replace(base, session_id(number), content, updated_ns(number))


def replace(base: Path, name: SessionId, content: bytes, mtime_ns: int | None = None) -> None:
    """Writes a session as Oxios does: beside, then in its place."""
    path = base / "sessions" / f"{name}.json"
    temp = path.with_name(f"{path.name}.4242.0f0f.tmp")
    temp.write_bytes(content)
    if mtime_ns is not None:
        os.utime(temp, ns=(mtime_ns, mtime_ns))
    temp.replace(path)


def session_id(number: int) -> SessionId:
    """The id of a session."""
    return SessionId(str(UUID(int=Random(number).getrandbits(128), version=4)))


def title(number: int) -> str:
    """The title of a session; its first word is in no other."""
    return f"n{number:06} {' '.join(Random(number).choices(_WORDS[:12], k=4))}"


def updated_ns(number: int) -> int:
    """When a session was written last; number 0 is the newest."""
    return _NEWEST_NS - number * _APART_NS


def write_long_session(base: Path, number: int, turns: int, last_word: str) -> Path:
    """A session with four calls and about 10 KB a turn, which ends with a word of its own."""
    random, name = Random(turns), session_id(number)
    talk = _talk(random, turns, calls=(4,), words=945, last_word=last_word)
    path = base / "sessions" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    time = Timestamp.from_ns(updated_ns(number)).text
    fields: dict[str, object] = {"id": name, "user_id": "default", **talk}
    fields |= {"created_at": time, "updated_at": time}
    fields["metadata"] = {"title": title(number)}
    replace(base, name, _written(fields).replace(_PLACE.encode(), name.encode()))
    return path


def _session(number: int, project_ids: Sequence[str], prefix: str) -> bytes:
    name, random = session_id(number), Random(number)
    updated, created = updated_ns(number), updated_ns(number) - 3_600 * 1_000_000_000
    tail: dict[str, object] = {}
    if (place := random.randrange(PROJECTS + 2)) < PROJECTS:
        tail["project_id"] = project_ids[place]
    tail["created_at"] = Timestamp.from_ns(created).text
    tail["updated_at"] = Timestamp.from_ns(updated).text
    tail["metadata"] = {"title": prefix + title(number), "mode": "chat"}
    head = _written({"id": name, "user_id": "default"})
    inner = _common_talk(number % _TALKS).replace(_PLACE.encode(), name.encode())
    # Objects of two lines of braces each become one object of all their fields.
    return b",".join((head[:-2], inner[1:-2], _written(tail)[1:]))


@lru_cache(maxsize=_TALKS)
def _common_talk(number: int) -> bytes:
    random = Random(number)
    turns = max(1, int(random.lognormvariate(log(_MEDIAN_TURNS), 0.8)))
    case = f"case{number:04}"
    return _written(_talk(random, turns, calls=(0, 0, 1, 2, 3, 5), words=110, last_word=case))


def _talk(
    random: Random, turns: int, *, calls: Sequence[int], words: int, last_word: str = ""
) -> dict[str, object]:
    times = _times(random)
    said: list[object] = []
    answers: list[object] = []
    steps: list[object] = []
    thoughts: list[object] = []
    for turn in range(turns):
        said.append({"content": _text(random, random.randint(3, 40)), "timestamp": next(times)})
        start = len(steps)
        steps += [_call(random, number, next(times)) for number in range(random.choice(calls))]
        thought = _text(random, 20)
        thoughts.append({"content": thought, "source": "model", "timestamp": next(times)})
        answer = _answer(random, random.randint(words // 2, words * 3 // 2))
        answers.append(
            {
                "content": f"{answer}\n\n{last_word}" if turn == turns - 1 else answer,
                "session_id": _PLACE,
                "phase_reached": None,
                "evaluation_passed": None,
                "timestamp": next(times),
                "trajectory_range": {"start": start, "end": len(steps)},
            }
        )
    return {
        "user_messages": said,
        "agent_responses": answers,
        "trajectory_steps": steps,
        "reasoning_records": thoughts,
    }


def _call(random: Random, number: int, time: str) -> dict[str, object]:
    arguments = {"path": f"/w/{random.choice(_WORDS)}.rs", "query": _text(random, 6)}
    return {
        "tool_name": random.choice(_TOOLS),
        "tool_args": json.dumps(arguments, ensure_ascii=False)[:500],
        "output_summary": _text(random, random.randint(1, 40))[:200],
        "duration_ms": int(random.lognormvariate(6, 1.6)),
        "is_error": False,
        "tool_call_id": f"legacy-{number}",
        "timestamp": time,
    }


def _answer(random: Random, words: int) -> str:
    parts = [_text(random, words)]
    if random.random() < 0.4:
        parts.append(f"```python\ndef retry(n):\n    return n * {random.randrange(99)}\n```")
    if random.random() < 0.3:
        parts.append("\n".join(f"- {_text(random, 6)}" for _ in range(4)))
    return "\n\n".join(parts)


def _text(random: Random, words: int) -> str:
    return " ".join(random.choices(_WORDS, k=words))


def _times(random: Random) -> Iterator[str]:
    ns = _NEWEST_NS - 86_400 * 1_000_000_000
    while True:
        ns += random.randrange(1, 30_000_000_000)
        yield Timestamp.from_ns(ns).text


def _written(value: dict[str, object]) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode()
