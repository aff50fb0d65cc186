"""Session files as Oxios writes them, for tests of the store."""

import json
from collections.abc import Callable
from typing import Any

WHEN = "2026-08-22T14:34:52.123456789Z"

Plain = dict[str, Any]


def response(content: str = "answer", **fields: Any) -> Plain:
    values: Plain = {
        "content": content,
        "session_id": "s",
        "seed_id": None,
        "phase_reached": "execute",
        "evaluation_passed": True,
        "timestamp": WHEN,
    }
    return values | fields


def step(**fields: Any) -> Plain:
    values: Plain = {
        "tool_name": "bash",
        "tool_args": '{"command": "ls \\"a\\" \\\\"}',
        "output_summary": "",
        "duration_ms": 41,
        "is_error": False,
        "tool_call_id": "legacy-0",
        "timestamp": WHEN,
    }
    return values | fields


def plain_session(session_id: Any = "s", **fields: Any) -> Plain:
    """A session with something of everything that a file can hold."""
    values: Plain = {
        "id": session_id,
        "user_id": "default",
        "user_messages": [{"content": '왜 "실패"?\nsay', "timestamp": WHEN}],
        "agent_responses": [response(trajectory_range={"start": 0, "end": 2})],
        "trajectory_steps": [step(), step(tool_args={"path": "a", "n": [1, {"x": "y"}]})],
        "active_persona_id": "dev",
        "project_id": "p1",
        "created_at": WHEN,
        "updated_at": WHEN,
        "metadata": {
            "title": "한국어 — title",
            "cost": 0.10,
            "compression": {"status": "done", "n": []},
        },
    }
    return values | fields


def pretty(value: Plain) -> bytes:
    """As serde writes it."""
    return json.dumps(value, indent=2, ensure_ascii=False).encode()


def compact(value: Plain) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def on_lines_of_their_own(value: Plain) -> bytes:
    """With a line break at many places, but not where serde puts them."""
    return json.dumps(value, separators=("\n,", "\r\n:\t")).encode()


def default(value: Plain) -> bytes:
    return json.dumps(value).encode()


FORMATS: dict[str, Callable[[Plain], bytes]] = {
    "pretty": pretty,
    "compact": compact,
    "odd": on_lines_of_their_own,
    "default": default,
}
