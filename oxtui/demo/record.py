"""Talks as session files: the fields, the order and the habits of Oxios."""

import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from oxtui.demo.script import Call, Era, Talk, Thought, Turn
from oxtui.store.timestamps import Timestamp
from oxtui.store.values import ProjectId, SessionId

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

ARGS_LIMIT: Final = 500
OUTPUT_LIMIT: Final = 200

_KEYS: Final = (
    "id",
    "user_id",
    "user_messages",
    "agent_responses",
    "trajectory_steps",
    "reasoning_records",
    "active_seed_id",
    "active_persona_id",
    "project_id",
    "parent_session_id",
    "created_at",
    "updated_at",
    "metadata",
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """The instants of one save: a few microseconds apart, always later than the one before."""

    def __init__(self, start_ns: int, rng: random.Random) -> None:
        self._ns = start_ns
        self._rng = rng

    def tick(self) -> str:
        """The next instant, as Oxios writes it."""
        self._ns += self._rng.randrange(180, 4_800)
        return Timestamp.from_ns(self._ns).text


def encode(session: Mapping[str, Json]) -> bytes:
    """The bytes of a session file: keys in Oxios' order, two spaces, no newline at the end."""
    known = {key: session[key] for key in _KEYS if key in session}
    return json.dumps({**known, **session}, indent=2, ensure_ascii=False).encode()


def session_of(
    talk: Talk,
    session_id: SessionId,
    rng: random.Random,
    now: datetime,
    *,
    project_id: ProjectId | None,
    parent_id: SessionId | None,
) -> dict[str, Json]:
    """The session that `talk` becomes."""
    saved = _saved_at(talk, rng, now)
    created = Timestamp.from_ns(saved[0] - rng.randrange(1_200_000_000, 9_000_000_000)).text
    metadata: dict[str, Json] = json.loads(json.dumps(dict(talk.metadata or {})))
    session: dict[str, Json] = {
        "id": session_id,
        "user_id": talk.user_id,
        "user_messages": [],
        "agent_responses": [],
        "created_at": created,
        "updated_at": created,
        "metadata": metadata,
    }
    if talk.title is not None:
        metadata["title"] = talk.title
    if talk.persona is not None:
        session["active_persona_id"] = talk.persona
    if parent_id is not None:
        session["parent_session_id"] = parent_id
    if project_id is not None:
        target = metadata if talk.legacy_project_key else session
        target[talk.legacy_project_key or "project_id"] = project_id
    for at_ns, spoken in zip(saved, talk.turns, strict=False):
        append_turn(session, spoken, Clock(at_ns, rng), era=talk.era)
    return session


def append_turn(
    session: dict[str, Json], spoken: Turn, clock: Clock, *, era: Era = "segments"
) -> None:
    """Adds a turn to a session, as one save of Oxios does it."""
    _list(session, "user_messages").append({"content": spoken.user, "timestamp": clock.tick()})
    if spoken.answer is not None:
        _answer(session, spoken, clock, era)
    session["updated_at"] = clock.tick()


def _answer(session: dict[str, Json], spoken: Turn, clock: Clock, era: Era) -> None:
    calls = [step for step in spoken.steps if isinstance(step, Call)]
    start = len(_list(session, "trajectory_steps")) if "trajectory_steps" in session else 0
    if calls:
        steps = _list(session, "trajectory_steps")
        steps.extend(_step(c, i, clock, era) for i, c in enumerate(calls))
    if era != "early" and (thought := _reasoning(spoken, clock, era)):
        _list(session, "reasoning_records").append(thought)
    failed = (spoken.answer or "").startswith("⚠️")
    response: dict[str, Json] = {
        "content": spoken.answer,
        "session_id": session["id"],
        "seed_id": None,
        "phase_reached": "execute" if calls else None,
        "evaluation_passed": None if failed or not calls else True,
        "timestamp": clock.tick(),
    }
    if calls and era != "early":
        response["trajectory_range"] = {"start": start, "end": start + len(calls)}
    _list(session, "agent_responses").append(response)


def _step(made: Call, index: int, clock: Clock, era: Era) -> dict[str, Json]:
    text = json.dumps(dict(made.args), ensure_ascii=False, separators=(",", ":"))
    as_object = era == "early" and index % 2 == 0
    return {
        "tool_name": made.tool,
        "tool_args": dict(made.args) if as_object else text[:ARGS_LIMIT],
        "output_summary": made.output[:OUTPUT_LIMIT],
        "duration_ms": made.duration_ms,
        "is_error": made.failed and era == "early",
        "tool_call_id": f"legacy-{index}",
        "timestamp": clock.tick(),
    }


def _reasoning(spoken: Turn, clock: Clock, era: Era) -> dict[str, Json] | None:
    segments: list[Json] = []
    texts: list[str] = []
    started = 0
    for step in spoken.steps:
        if isinstance(step, Thought):
            segments.append({"before_step": started, "text": step.text})
            texts.append(step.text)
        else:
            started += 1
    if not texts:
        return None
    record: dict[str, Json] = {
        "content": "\n\n".join(texts),
        "source": "thinking",
        "timestamp": clock.tick(),
    }
    return {**record, "segments": segments} if era == "segments" else record


def _saved_at(talk: Talk, rng: random.Random, now: datetime) -> list[int]:
    """When each turn was saved, in nanoseconds: counted back from the last."""
    last = min(talk.last.before(now), now) - timedelta(seconds=rng.uniform(2, 50))
    ns = (last - _EPOCH) // timedelta(microseconds=1) * 1_000 + rng.randrange(1_000)
    if not talk.turns:
        return [ns]
    saved = [ns]
    for later in reversed(talk.turns[1:]):
        busy_ms = sum(step.duration_ms for step in later.steps if isinstance(step, Call))
        gap_ms = max(later.after_minutes * 60_000, busy_ms * 1.2 + 9_000) * rng.uniform(0.85, 1.2)
        saved.append(saved[-1] - int(gap_ms) * 1_000_000 - rng.randrange(1_000_000))
    return saved[::-1]


def _list(session: dict[str, Json], key: str) -> list[Json]:
    value = session.setdefault(key, [])
    if not isinstance(value, list):
        raise TypeError(f"{key} is not a list")
    return value
