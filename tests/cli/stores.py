"""Sessions as the tests of the commands need them."""

import json
from pathlib import Path
from typing import Any

from oxtui.store.timestamps import Timestamp
from tests.hostile import harm

OLD = "2026-08-01T10:00:00.000000001Z"
HOSTILE = "\x1b]52;c;aGk=\x07\x1b[31m red \x9b2J \x7f \u202egnp \r\n\t[bold]x[/] 한국어"


def write_session(base: Path, session_id: str, *, updated_at: str = OLD, **fields: Any) -> Path:
    """Writes a session of one turn."""
    path = base / "sessions" / f"{session_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    values: dict[str, Any] = {
        "id": session_id,
        "user_id": "default",
        "user_messages": [{"content": f"Hello from {session_id}", "timestamp": OLD}],
        "agent_responses": [],
        "created_at": OLD,
        "updated_at": updated_at,
        "metadata": {},
    }
    path.write_text(json.dumps(values | fields, indent=2), "utf-8", "surrogatepass")
    return path


def now() -> str:
    return Timestamp.now().text


def read(base: Path, session_id: str) -> dict[str, Any]:
    return json.loads((base / "sessions" / f"{session_id}.json").read_text())


def ids(base: Path) -> set[str]:
    return {path.stem for path in (base / "sessions").glob("*.json")}


def assert_safe(text: str) -> None:
    """Nothing that a terminal would obey, nor anything that turns a line around."""
    assert not harm(text)
