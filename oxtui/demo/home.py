"""What an Oxios home holds beside its sessions: projects, config, jobs, personas, agents."""

import json
import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from oxtui.demo.record import Json
from oxtui.store.timestamps import Timestamp
from oxtui.store.values import ProjectId


class DemoProject(NamedTuple):
    """A row of the table `projects`; `icon` is an emoji or one of Oxios' icon names."""

    name: str
    icon: str
    description: str
    path: str
    tags: tuple[str, ...]


PROJECTS: Final = (
    DemoProject("api", "wrench", "Tracking API", "/srv/ferry/api", ("rust", "sqlite")),
    DemoProject("website", "🎨", "Website and docs", "/srv/ferry/website", ("astro",)),
    DemoProject("infrastructure", "rocket", "Hosts and releases", "/srv/ferry/infra", ("ansible",)),
    DemoProject("mobile app", "📱", "Android and iOS", "/srv/ferry/mobile", ("kotlin", "swift")),
    DemoProject("research notes", "book-open", "Things found out", "/srv/ferry/notes", ()),
    DemoProject("한국어 문서", "🌏", "한국어 번역", "/srv/ferry/docs-ko", ("i18n",)),
)

_SCHEMA: Final = """
CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    paths TEXT NOT NULL DEFAULT '[]',
    tags TEXT NOT NULL DEFAULT '[]',
    emoji TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL DEFAULT 'manual',
    memory_visible INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    last_active_at TEXT NOT NULL,
    mount_ids TEXT NOT NULL DEFAULT '[]',
    instructions TEXT NOT NULL DEFAULT ''
)
"""

_CONFIG: Final = """\
# Oxios on ferry-dev. Changes take effect when the daemon starts again.

[kernel]
# The workspace is the folder that this file is in.
max_agents = 10
event_bus_capacity = 256

[session]
# 0 means no limit
max_sessions = {max_sessions}
ttl_hours = {ttl_hours}  # 30 days
auto_prune = true

[gateway]
host = "127.0.0.1"  # only through the tunnel
port = 4200

[exec]
allowed_commands = ["git", "gh", "cargo", "ansible-playbook"]
default_timeout_secs = 120
"""

TTL_HOURS: Final = 720
_MOST_PRUNED: Final = 4


def new_uuid(rng: random.Random) -> str:
    """A UUID of version 4 that depends on `rng` only."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def write_projects(base: Path, rng: random.Random, now: datetime) -> dict[str, ProjectId]:
    """Writes `kernel.db`; answers with the id of each project by its name."""
    ids: dict[str, ProjectId] = {}
    with closing(sqlite3.connect(base / "kernel.db")) as db, db:
        db.execute(_SCHEMA)
        for index, project in enumerate(PROJECTS):
            ids[project.name] = ProjectId(new_uuid(rng))
            made = _with_offset(now - timedelta(days=120 - 11 * index, minutes=7 * index))
            active = _with_offset(now - timedelta(minutes=13 * index + 2))
            row = (
                ids[project.name],
                project.name,
                project.description,
                json.dumps([project.path]),
                json.dumps(list(project.tags)),
                project.icon,
                "manual",
                1,
                made,
                made,
                active,
                "[]",
                "",
            )
            db.execute("INSERT INTO projects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return ids


def write_config(base: Path, sessions: int) -> None:
    """Writes `config.toml`, with limits that leave the next prune a few of `sessions`."""
    excess = min(_MOST_PRUNED, max(1, sessions // 10))
    text = _CONFIG.format(max_sessions=max(1, sessions - excess), ttl_hours=TTL_HOURS)
    (base / "config.toml").write_text(text, encoding="utf-8")


def write_categories(base: Path, rng: random.Random, now: datetime) -> None:
    """Writes the other categories that a home has after some weeks."""
    _save(base, "personas", "index", _PERSONAS)
    _save(base, "cron", "jobs", _jobs(now))
    _save(base, "audit", "trail", _trail(rng, now))
    for index in range(5):
        agent_id = new_uuid(rng)
        created = now - timedelta(hours=7 * index + 1, seconds=rng.randrange(3_000))
        _save(base, "agents", agent_id, _agent(agent_id, index, created))


_PERSONAS: Final[Json] = [
    {"id": "dev", "name": "Developer", "enabled": True},
    {"id": "ops", "name": "Operator", "enabled": True},
    {"id": "writer", "name": "Writer", "enabled": True},
    {"id": "researcher", "name": "Researcher", "enabled": False},
]
_AGENTS: Final = ("roll out edge-6", "audit of jobs", "README.ko.md", "pricing table", "sweep")


def _jobs(now: datetime) -> Json:
    ran = _with_offset(now - timedelta(hours=8))
    return [
        {"id": "nightly", "schedule": "0 2 * * *", "enabled": True, "last_run": ran},
        {"id": "digest", "schedule": "0 7 * * 1-5", "enabled": True, "last_run": ran},
        {"id": "backup", "schedule": "30 3 * * *", "enabled": True, "last_run": ran},
    ]


def _trail(rng: random.Random, now: datetime) -> Json:
    kinds = ("session.saved", "tool.allowed", "tool.allowed", "tool.refused", "prune.run")
    return [
        {
            "at": _with_offset(now - timedelta(minutes=60 - index, seconds=rng.randrange(60))),
            "kind": rng.choice(kinds),
            "actor": "kernel",
        }
        for index in range(24)
    ]


def _agent(agent_id: str, index: int, created: datetime) -> Json:
    return {
        "id": agent_id,
        "name": _AGENTS[index % len(_AGENTS)],
        "status": "Completed",
        "created_at": _instant(created),
    }


def _save(base: Path, category: str, name: str, value: Json) -> None:
    folder = base / category
    folder.mkdir(exist_ok=True)
    text = json.dumps(value, indent=2, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text, encoding="utf-8")


def _instant(when: datetime) -> str:
    ns = (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1_000
    return Timestamp.from_ns(ns).text


def _with_offset(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="microseconds")
