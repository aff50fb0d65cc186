"""Sessions as Oxios writes them, in as few words as a test needs."""

import json
from collections.abc import Sequence
from typing import Any

from oxtui.replay.turns import Turn, turns
from oxtui.store.transcript import Transcript, transcript

Json = dict[str, Any]


def at(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"2026-06-20T{10 + hours:02d}:{minutes:02d}:{rest:09.6f}Z"


def step(
    tool: str = "read",
    args: object = None,
    output: str = "ok",
    ms: int = 40,
    seconds: float = 0,
    *,
    is_error: bool = False,
) -> Json:
    return {
        "tool_name": tool,
        "tool_args": args if args is not None else json.dumps({"path": "a.txt"}),
        "output_summary": output,
        "duration_ms": ms,
        "is_error": is_error,
        "tool_call_id": "legacy-0",
        "timestamp": at(seconds),
    }


def message(text: str, seconds: float = 0) -> Json:
    return {"content": text, "timestamp": at(seconds)}


def answer(text: str, seconds: float = 0, span: tuple[int, int] | None = None) -> Json:
    made: Json = {"content": text, "session_id": "s", "timestamp": at(seconds)}
    if span is not None:
        made["trajectory_range"] = {"start": span[0], "end": span[1]}
    return made


def session(
    messages: Sequence[Json] = (),
    answers: Sequence[Json] = (),
    steps: Sequence[Json] = (),
    records: Sequence[Json] = (),
) -> Transcript:
    value: Json = {
        "id": "s",
        "user_id": "default",
        "user_messages": list(messages),
        "agent_responses": list(answers),
        "trajectory_steps": list(steps),
        "reasoning_records": list(records),
        "created_at": at(0),
        "updated_at": at(0),
        "metadata": {},
    }
    return transcript(json.dumps(value).encode())


def exchange(count: int, calls: int = 0, text: str = "Answer") -> tuple[Turn, ...]:
    """`count` turns of `calls` calls each, ten seconds apart."""
    return turns(
        session(
            [message(f"Question {i}", 10 * i) for i in range(count)],
            [answer(f"{text} {i}", 10 * i + 1, (i * calls, (i + 1) * calls)) for i in range(count)],
            [step(seconds=10 * i + 1) for i in range(count) for _ in range(calls)],
        )
    )


def only(user: str, agent: str | None = "Answer", *steps: Json) -> Turn:
    """The one turn of a session that has one."""
    answers = [] if agent is None else [answer(agent, 1, (0, len(steps)))]
    return turns(session([message(user)], answers, steps))[0]
