"""What the user set in a session, and whether another program set it back.

Oxios saves a whole session with each turn, as it was when it loaded it, and gives it the project of
its own client: a move of a session that is open there comes back with its next turn. Nobody can
keep it from that, so it is noticed and told.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Final, Literal, Self

import msgspec

from oxtui.store.summaries.entries import SessionEntry
from oxtui.store.values import SessionId, SessionSummary

Field = Literal["project_id", "title", "pinned"]
_FIELDS: Final[tuple[Field, ...]] = ("project_id", "title", "pinned")
FieldValue = str | bool | None

REMEMBERED_NS: Final = 3_600 * 10**9
"""How long it is remembered what was set: an hour."""


class Setting(msgspec.Struct, frozen=True):
    """A field of a session that the user set.

    Attributes:
        session_id: Of which session.
        field: Which, by its name in the summary.
        value: What it was set to; for a title None gives back that of the first message.
        before: What the summary said before.
        turns: How many messages the user had sent then.
        at_ns: When, nanoseconds since the epoch.
    """

    session_id: SessionId
    field: Field
    value: FieldValue
    before: FieldValue
    turns: int
    at_ns: int

    @classmethod
    def of(cls, entry: SessionEntry, field: Field, value: FieldValue, now_ns: int) -> Self:
        """What is about to be set in a session that is in this state."""
        summary = entry.summary
        before = _value(summary, field)
        return cls(entry.session_id, field, value, before, summary.message_count, now_ns)

    def is_taken_back(self, summary: SessionSummary) -> bool:
        """Whether Oxios set it back: the old value is there again, and a turn more.

        Without a turn more, it is somebody who took it back because they wanted to.
        """
        now = _value(summary, self.field)
        return now == self.before != self.value and summary.message_count > self.turns

    def is_over(self, summary: SessionSummary, now_ns: int) -> bool:
        """Whether it need not be remembered: it is long ago, or something else was set since."""
        now = _value(summary, self.field)
        known = self.value is not None or self.field == "project_id"
        return now_ns - self.at_ns > REMEMBERED_NS or (
            known and now not in (self.value, self.before)
        )


class Reverts:
    """The settings of a user that may be taken back, and those that were.

    Attributes:
        taken_back: What was taken back and not set again yet, in the order in which it was seen.
    """

    def __init__(self) -> None:
        self.taken_back: list[Setting] = []
        self._settings: dict[tuple[SessionId, Field], Setting] = {}

    def remember(self, settings: Iterable[Setting]) -> None:
        """Remembers what was set, in place of what was set before in the same fields."""
        for setting in settings:
            key = (setting.session_id, setting.field)
            self._settings[key] = setting
            self.taken_back = [s for s in self.taken_back if (s.session_id, s.field) != key]

    def forget(self, session_ids: Iterable[str]) -> None:
        """Forgets what was set in sessions: the user took it back themselves, or did it again."""
        gone = frozenset(session_ids)
        self._settings = {k: s for k, s in self._settings.items() if s.session_id not in gone}
        self.taken_back = [s for s in self.taken_back if s.session_id not in gone]

    def look(
        self,
        changed: Iterable[SessionId],
        entries: Mapping[SessionId, SessionEntry],
        now_ns: int,
    ) -> list[Setting]:
        """What was taken back in sessions that changed and is not told yet.

        Args:
            changed: Sessions that are different by now, or gone.
            entries: All sessions as they are now.
            now_ns: The present, nanoseconds since the epoch.
        """
        found: list[Setting] = []
        for key in product(changed, _FIELDS) if self._settings else ():
            setting, entry = self._settings.get(key), entries.get(key[0])
            if setting is None:
                continue
            if entry is None or setting.is_over(entry.summary, now_ns):
                del self._settings[key]
            elif setting.is_taken_back(entry.summary):
                del self._settings[key]
                found.append(setting)
        self.taken_back += found
        return found

    def take(self) -> list[Setting]:
        """Hands over what was taken back, to be set again."""
        taken, self.taken_back = self.taken_back, []
        return taken


def together(settings: Iterable[Setting]) -> list[tuple[Field, FieldValue, list[SessionId]]]:
    """What can be set again in one act: the same value in several sessions, but titles alone."""
    acts: dict[tuple[Field, FieldValue, str], list[SessionId]] = {}
    for setting in settings:
        alone = setting.session_id if setting.field == "title" else ""
        acts.setdefault((setting.field, setting.value, alone), []).append(setting.session_id)
    return [(field, value, session_ids) for (field, value, _), session_ids in acts.items()]


def told(
    taken_back: Sequence[Setting],
    title: Callable[[SessionId], str],
    project_name: Callable[[str | None], str],
) -> str:
    """What was taken back, for the user.

    Args:
        taken_back: What was; at least one.
        title: The title of a session.
        project_name: The name of a project, also of None.
    """
    if len(taken_back) > 1:
        return f"Oxios took back {len(taken_back)} of your changes."
    (setting,) = taken_back
    name, value = title(setting.session_id), setting.value
    match setting.field:
        case "project_id":
            where = project_name(value if isinstance(value, str) else None)
            return f"Oxios took back the move of “{name}” to {where}."
        case "title":
            return f"Oxios took back the title of “{name}”."
        case "pinned":
            return f"Oxios {'unpinned' if value else 'pinned'} “{name}” again."


def _value(summary: SessionSummary, field: Field) -> FieldValue:
    match field:
        case "project_id":
            return summary.project_id or None
        case "title":
            return summary.title
        case "pinned":
            return summary.pinned
