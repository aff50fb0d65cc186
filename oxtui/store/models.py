"""The data of a store: sessions as Oxios writes them, and what is made of them for a list.

A port of the types of `state_store.rs`. The models are strict, as serde is: `"5"` and `1.0` are
not 5. What they don't know they keep, since newer versions of Oxios write more than this one reads.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, ClassVar, Self
from uuid import uuid4

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    SkipValidation,
    model_serializer,
)

from oxtui.store.timestamps import Timestamp
from oxtui.store.values import (
    PIN_KEY,
    U64_MAX,
    ProjectId,
    PruneConfig,
    SessionId,
    SessionSummary,
    project_of,
)

__all__ = [
    "PIN_KEY",
    "U64_MAX",
    "AgentResponse",
    "ProjectId",
    "PruneConfig",
    "Session",
    "SessionId",
    "SessionSummary",
    "TrajectoryRange",
    "TrajectoryStepRecord",
    "UserMessage",
    "project_of",
]

Unsigned = Annotated[int, Field(ge=0, le=U64_MAX)]
AnyJson = Annotated[JsonValue, SkipValidation]


class _Record(BaseModel):
    """A strict model that keeps unknown fields, and leaves out what Oxios leaves out."""

    model_config = ConfigDict(strict=True, extra="allow", validate_assignment=True)

    left_out_when_empty: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _leave_out_empty(self, handler: SerializerFunctionWrapHandler) -> dict[str, JsonValue]:
        values: dict[str, JsonValue] = handler(self)
        for name in self.left_out_when_empty:
            if not values[name] and values[name] != "":
                del values[name]
        return values


class UserMessage(_Record):
    """A message that the user sent."""

    content: str
    timestamp: Timestamp


class TrajectoryRange(_Record):
    """Which of `Session.trajectory_steps` belong to a response; `end` is exclusive."""

    start: Unsigned
    end: Unsigned


class AgentResponse(_Record):
    """What the agent answered."""

    left_out_when_empty = frozenset({"trajectory_range"})

    content: str
    session_id: str | None = None
    seed_id: str | None = None
    phase_reached: str | None = None
    evaluation_passed: bool | None = None
    timestamp: Timestamp
    trajectory_range: TrajectoryRange | None = None


class TrajectoryStepRecord(_Record):
    """One call of a tool.

    `tool_args` is JSON, in practice mostly a string that holds JSON, cut at 500 characters.
    """

    tool_name: str
    tool_args: AnyJson
    output_summary: str
    duration_ms: Unsigned
    is_error: bool
    tool_call_id: str
    timestamp: Timestamp


class Session(_Record):
    """A conversation: every message, answer and call of it.

    Lengths of `user_messages` and `agent_responses` may differ; turn i is the i-th of each.
    """

    left_out_when_empty = frozenset(
        {"trajectory_steps", "active_seed_id", "active_persona_id", "project_id"}
    )

    id: SessionId
    user_id: str
    user_messages: list[UserMessage] = []
    agent_responses: list[AgentResponse] = []
    trajectory_steps: list[TrajectoryStepRecord] = []
    active_seed_id: str | None = None
    active_persona_id: str | None = None
    project_id: str | None = None
    created_at: Timestamp
    updated_at: Timestamp
    metadata: dict[str, AnyJson] = {}

    _source: bytes | None = PrivateAttr(default=None)

    @classmethod
    def new(cls, user_id: str) -> Self:
        """A session without messages, with a new id (`state_store.rs: Session::new`)."""
        return cls.with_id(user_id, SessionId(str(uuid4())))

    @classmethod
    def with_id(cls, user_id: str, session_id: SessionId) -> Self:
        """A session without messages, under a given id (`Session::with_id`)."""
        now = Timestamp.now()
        return cls(id=session_id, user_id=user_id, created_at=now, updated_at=now)

    @property
    def project(self) -> str | None:
        """The project that it belongs to, also by a legacy key of its metadata."""
        return project_of(self.project_id, self.metadata)

    @property
    def source(self) -> bytes | None:
        """The bytes that the session was loaded from; None for one made in memory."""
        return self._source

    def loaded_from(self, source: bytes) -> Self:
        """Notes the bytes that this session was read from, which a save then edits."""
        self._source = source
        return self

    def add_user_message(self, content: str) -> None:
        """Appends a message of the user, sent now."""
        self.user_messages.append(UserMessage(content=content, timestamp=Timestamp.now()))
        self._touch()

    def add_agent_response(self, response: AgentResponse) -> None:
        """Appends an answer of the agent."""
        self.agent_responses.append(response)
        self._touch()

    def extend_trajectory(self, steps: Iterable[TrajectoryStepRecord]) -> None:
        """Appends calls of tools; without any, the session stays as it is."""
        added = list(steps)
        if added:
            self.trajectory_steps.extend(added)
            self._touch()

    def trajectory(self) -> Sequence[TrajectoryStepRecord]:
        """The calls of tools, in the order in which they were started."""
        return self.trajectory_steps

    def set_active_seed(self, seed_id: str | None) -> None:
        """Sets the seed that is active, or none."""
        self.active_seed_id = seed_id
        self._touch()

    def set_active_persona(self, persona_id: str | None) -> None:
        """Sets the persona that is active, or none."""
        self.active_persona_id = persona_id
        self._touch()

    def set_metadata(self, key: str, value: JsonValue) -> None:
        """Sets a value of the metadata."""
        self.metadata[key] = value
        self._touch()

    def get_metadata(self, key: str) -> JsonValue:
        """A value of the metadata; None where there is none."""
        return self.metadata.get(key)

    def exchange_count(self) -> int:
        """How many messages have been answered."""
        return min(len(self.user_messages), len(self.agent_responses))

    def is_empty(self) -> bool:
        """Whether the user has not said anything yet."""
        return not self.user_messages

    @property
    def parent_session_id(self) -> SessionId | None:
        """The session that started this one, in files of newer versions of Oxios."""
        parent = (self.model_extra or {}).get("parent_session_id")
        return SessionId(parent) if isinstance(parent, str) and parent else None

    def _touch(self) -> None:
        self.updated_at = Timestamp.now()
