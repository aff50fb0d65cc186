"""Forgetting what was destroyed in a store: nothing of it is to stand in the user's caches."""

from collections.abc import Iterable
from pathlib import Path

from oxtui.locations import cache_folder
from oxtui.store.search.segments import forget_texts
from oxtui.store.summaries.index import SummaryIndex
from oxtui.store.values import SessionId


def forget_sessions(base: Path, session_ids: Iterable[SessionId]) -> None:
    """Takes all that is kept of some sessions out of the caches of a store; in a worker thread.

    Those that are in the store all the same, since Oxios wrote them anew, are read again by whoever
    lists or searches next. Nothing is raised: a cache that can't be changed is removed, and if that
    can't be either, it stays. While another process writes the texts for the search, as every open
    application does, they are left to that, which forgets a session as soon as its file is gone.

    Args:
        base: The store.
        session_ids: Sessions that were destroyed.
    """
    gone = frozenset(session_ids)
    if not gone:
        return
    cache = cache_folder(base)
    SummaryIndex(cache).add((), gone)
    forget_texts(cache, gone.__contains__)
