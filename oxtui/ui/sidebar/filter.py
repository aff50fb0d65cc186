"""Which sessions a filter lets through."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from oxtui.store.summaries.entries import SessionEntry, UnreadableEntry
from oxtui.store.values import SessionId


class TitleFilter:
    """Finds sessions by a part of their title or their id, in whatever case.

    Attributes:
        text: What is looked for, as typed; empty for no filter.
        titled: The sessions whose title or id has it; None without a filter.
        within: The sessions that have it in their text, as a search said.
    """

    def __init__(self) -> None:
        self.text = ""
        self.titled: set[SessionId] | None = None
        self.within: AbstractSet[SessionId] = frozenset()
        self._needle = ""
        self._haystacks: dict[SessionId, str] | None = None

    @property
    def found(self) -> AbstractSet[SessionId] | None:
        """The sessions that are let through; None for all of them."""
        return None if self.titled is None else self.titled | self.within

    def set(
        self,
        text: str,
        entries: Mapping[SessionId, SessionEntry],
        unreadable: Mapping[SessionId, UnreadableEntry],
    ) -> None:
        """Looks for `text`; among what was found before, where that is enough."""
        before, self.text, self._needle = self._needle, text, text.casefold()
        self.within = frozenset()
        if not text:
            self.titled = self._haystacks = None
            return
        haystacks, needle = self.prepare(entries, unreadable), self._needle
        if self.titled is not None and before in needle:
            self.titled = {sid for sid in self.titled if needle in haystacks[sid]}
        else:
            self.titled = {sid for sid, haystack in haystacks.items() if needle in haystack}

    def prepare(
        self,
        entries: Mapping[SessionId, SessionEntry],
        unreadable: Mapping[SessionId, UnreadableEntry],
    ) -> dict[SessionId, str]:
        """Gives what is looked through, made once until there is no filter any more."""
        if self._haystacks is None:
            self._haystacks = {sid: _haystack(sid, None) for sid in unreadable}
            self._haystacks |= {sid: _haystack(sid, entry) for sid, entry in entries.items()}
        return self._haystacks

    def update(
        self,
        changed: Iterable[SessionId],
        entries: Mapping[SessionId, SessionEntry],
        unreadable: Mapping[SessionId, UnreadableEntry],
    ) -> None:
        """Looks again at sessions that are new, different or gone."""
        if self._haystacks is None:
            return
        for session_id in changed:
            entry = entries.get(session_id)
            self._haystacks.pop(session_id, None)
            if entry is not None or session_id in unreadable:
                self._haystacks[session_id] = _haystack(session_id, entry)
            if self.titled is None:
                continue
            if self._needle in self._haystacks.get(session_id, ""):
                self.titled.add(session_id)
            else:
                self.titled.discard(session_id)


def _haystack(session_id: SessionId, entry: SessionEntry | None) -> str:
    title = entry.summary.title if entry is not None else None
    return f"{title}\n{session_id}".casefold() if title else session_id.casefold()
