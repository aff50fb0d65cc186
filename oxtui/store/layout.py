"""Where the sessions of a store are: Oxios' folder, and the names of the files in it."""

from typing import Final

from oxtui.store.values import SessionId

SESSIONS: Final = "sessions"
"""The folder, relative to the store."""

SUFFIX: Final = ".json"
"""What the name of each file ends in; the rest of it is the session's id."""


def session_file(session_id: str) -> str:
    """The file of a session, relative to the store."""
    return f"{SESSIONS}/{session_id}{SUFFIX}"


def is_session_name(name: str) -> bool:
    """Whether a file of this name counts as a session."""
    return name.endswith(SUFFIX) and len(name) > len(SUFFIX)


def session_id_of(name: str) -> SessionId:
    """The session whose file has this name."""
    return SessionId(name.removesuffix(SUFFIX))
