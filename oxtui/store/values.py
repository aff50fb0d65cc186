"""What is read, and not written, as plain values: pydantic's models are slow to import."""

from collections.abc import Mapping
from typing import Final, NewType

import msgspec

from oxtui.store.timestamps import Timestamp

U64_MAX: Final = 2**64 - 1
LEGACY_PROJECT_KEYS: Final = ("project_id", "project_ids")
PIN_KEY: Final = "oxtui.pinned"
LONGEST_TTL_HOURS: Final = 2_300_000_000
"""Some 262,000 years. Oxios subtracts the TTL from the present, and its calendar (chrono's) begins
in the year -262143: a prune with more would panic."""

SessionId = NewType("SessionId", str)
"""The identity of a session: the stem of its file."""

ProjectId = NewType("ProjectId", str)
"""The identity of a project, in Oxios a UUID."""


def project_of(project_id: object, metadata: Mapping[str, object]) -> str | None:
    """The project of a session, also from the legacy keys (`state_store.rs: list_sessions`)."""
    for value in (project_id, metadata.get("project_id")):
        if isinstance(value, str):
            return value
    several = metadata.get("project_ids")
    return several.partition(",")[0] if isinstance(several, str) else None


class SessionSummary(msgspec.Struct, frozen=True, gc=False):
    """A session as a list shows it, without its messages.

    The first eight are the reference's; the others are what oxtui shows beside them.

    Attributes:
        id: The id inside the file, which may differ from the file's name.
        user_id: Whose session it is.
        message_count: Number of the user's messages.
        title: `metadata.title`, else the start of the first message, else None.
        active_seed_id: The seed in use.
        project_id: The project, also from the legacy keys of the metadata.
        created_at: When it began.
        updated_at: When it last changed.
        parent_session_id: The session that started it.
        pinned: Whether oxtui's prune must keep it.
        last_turn_failed: Whether the last answer says that the turn failed.
    """

    id: str
    user_id: str
    message_count: int
    title: str | None
    active_seed_id: str | None
    project_id: str | None
    created_at: Timestamp
    updated_at: Timestamp
    parent_session_id: str | None = None
    pinned: bool = False
    last_turn_failed: bool = False


class PruneConfig(msgspec.Struct, frozen=True):
    """How many sessions are kept, and for how long.

    Attributes:
        max_sessions: The most sessions to keep; 0 is no limit.
        ttl_hours: Hours after which a session that nobody wrote to goes; 0 is never.
    """

    max_sessions: int = 100
    ttl_hours: int = 168


class ThoughtSegment(msgspec.Struct, frozen=True):
    """A piece of reasoning, and how many calls of its turn were started before it."""

    text: str
    before_step: int = 0


class ReasoningRecord(msgspec.Struct, frozen=True):
    """What the agent thought in a turn, in files of newer versions of Oxios."""

    content: str = ""
    source: str | None = None
    timestamp: str | None = None
    segments: tuple[ThoughtSegment, ...] | None = None


class SessionSettings(msgspec.Struct, frozen=True):
    """What `[session]` of config.toml says; what it leaves out has Oxios' defaults.

    Attributes:
        max_sessions: The most sessions to keep; 0 is no limit.
        ttl_hours: Hours after which a session that nobody wrote to goes; 0 is never.
        auto_prune: Whether Oxios prunes of itself, at most once an hour.
        problem: Why the file could not be used, so that these are the defaults; None if it could.
    """

    max_sessions: int = 100
    ttl_hours: int = 168
    auto_prune: bool = True
    problem: str | None = None

    def prune_config(self) -> PruneConfig:
        """The limits that a prune by these settings keeps to."""
        return PruneConfig(self.max_sessions, self.ttl_hours)
