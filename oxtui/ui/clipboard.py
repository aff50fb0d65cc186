"""What a terminal's clipboard can hold."""

from typing import Final

from oxtui.store.names import is_utf8

_MOST: Final = 100_000
"""Characters that terminals are known to take."""


def problem_with(text: str) -> str | None:
    """Why a text can't be sent to the clipboard, for the user; None if it can."""
    if len(text) > _MOST:
        return f"Too long for a terminal's clipboard: {len(text):,} characters."
    if not is_utf8(text):
        return "This name is not UTF-8, so a terminal's clipboard can't hold it."
    return None
