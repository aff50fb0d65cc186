"""Catalogues for the sidebar, made of plain values."""

import random
from dataclasses import dataclass, field

from oxtui.store.library import LibraryChange
from oxtui.store.models import ProjectId, SessionId, SessionSummary
from oxtui.store.projects.catalog import Project
from oxtui.store.summaries.entries import FileIdentity, SessionEntry, UnreadableEntry
from oxtui.store.timestamps import Timestamp

NOW = 1_787_000_000_000_000_000
MINUTE = 60_000_000_000


def entry(
    name: str,
    project: str | None = None,
    *,
    minutes: int = 0,
    title: str | None = None,
    parent: str | None = None,
    turns: int = 1,
    size: int = 100,
    pinned: bool = False,
    failed: bool = False,
) -> SessionEntry:
    """A session that changed `minutes` before now."""
    updated = NOW - minutes * MINUTE
    return SessionEntry(
        SessionId(name),
        FileIdentity(1, size, updated),
        SessionSummary(
            id=name,
            user_id="default",
            message_count=turns,
            title=name if title is None else title,
            active_seed_id=None,
            project_id=project,
            created_at=Timestamp(updated - MINUTE, ""),
            updated_at=Timestamp(updated, ""),
            parent_session_id=parent,
            pinned=pinned,
            last_turn_failed=failed,
        ),
    )


@dataclass
class Catalogue:
    entries: dict[SessionId, SessionEntry] = field(default_factory=dict[SessionId, SessionEntry])
    unreadable: dict[SessionId, UnreadableEntry] = field(
        default_factory=dict[SessionId, UnreadableEntry]
    )
    projects: list[Project] = field(default_factory=list[Project])

    def put(self, *entries: SessionEntry) -> LibraryChange:
        """Adds or replaces sessions; gives what a library would tell."""
        for one in entries:
            self.entries[one.session_id] = one
        return LibraryChange(changed=frozenset(one.session_id for one in entries))

    def remove(self, *names: str) -> LibraryChange:
        """Takes sessions out."""
        gone = frozenset(SessionId(name) for name in names)
        for name in gone:
            self.entries.pop(name, None)
        return LibraryChange(removed=gone)

    def spoil(self, name: str, reason: str = "not JSON") -> LibraryChange:
        """Makes a file unreadable; its last good state stays, if there was one."""
        session_id = SessionId(name)
        self.unreadable[session_id] = UnreadableEntry(session_id, FileIdentity(0, 0, 0), reason)
        return LibraryChange(unreadable=True)


def projects(*names: str) -> list[Project]:
    """Projects whose ids are their names."""
    return [Project(ProjectId(name), name) for name in names]


def catalogue(*entries: SessionEntry, names: tuple[str, ...] = ("api", "web")) -> Catalogue:
    """A catalogue of these sessions and of projects of these names."""
    made = Catalogue(projects=projects(*names))
    made.put(*entries)
    return made


def big(count: int, groups: int = 12) -> Catalogue:
    """Many sessions in some projects, every tenth of them a child of another."""
    chance = random.Random(7)
    names = [f"project-{n}" for n in range(groups)]
    made = Catalogue(projects=projects(*names))
    ids: list[str] = []
    for n in range(count):
        name = f"{chance.getrandbits(64):016x}"
        parent = chance.choice(ids) if n % 10 == 9 else None
        made.put(
            entry(
                name,
                chance.choice(names),
                minutes=chance.randrange(100_000),
                title=f"Session {n} about {chance.choice(['cron', '세션', 'locks', 'parsers'])}",
                parent=parent,
            )
        )
        ids.append(name)
    return made
