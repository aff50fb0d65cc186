"""Icons of projects: Oxios stores an emoji, or the name of one of its web page's icons."""

import re
from typing import Final

GENERIC_ICON: Final = "📦"
"""What Oxios takes for a project without an icon, and oxtui for an icon that it does not know."""

ICON_NAMES: Final = {
    "package": "📦",
    "wrench": "🔧",
    "file-text": "📄",
    "gamepad": "🎮",
    "globe": "🌐",
    "book-open": "📖",
    "palette": "🎨",
    "zap": "⚡",
    "target": "🎯",
    "rocket": "🚀",
    "lightbulb": "💡",
    "lock": "🔒",
    "bar-chart": "📊",
    "tent": "⛺",
}
"""The names that Oxios uses, each with an emoji of two cells."""

_PICTURE: Final = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff][\U0001f3fb-\U0001f3ff]?\ufe0f?"
)
_FLAG: Final = "[\U0001f1e6-\U0001f1ff]{2}"
_KEYCAP: Final = "[0-9#*]\ufe0f?\u20e3"
_EMOJI: Final = re.compile(f"{_FLAG}|{_KEYCAP}|{_PICTURE}(?:\u200d{_PICTURE}){{0,7}}")


def icon_of(stored: object) -> str:
    """The icon to show for what is stored: one emoji, or nothing for an empty text.

    A name of Oxios becomes its emoji, an emoji stays (of several, the first), no value and what
    is neither become the generic icon.
    """
    if not isinstance(stored, str):
        return GENERIC_ICON
    text = stored.strip()
    if not text:
        return ""
    return known_icon(text) or GENERIC_ICON


def known_icon(text: str) -> str | None:
    """The emoji that `text` names or begins with; None if there is none."""
    if named := ICON_NAMES.get(text.lower()):
        return named
    match = _EMOJI.match(text)
    return match.group() if match else None
