"""Sentences about what has a name that somebody else chose, however long that is."""

import re
from typing import Final

_LONGEST_QUOTE: Final = 48
_LONGEST_SENTENCE: Final = 200
_QUOTE: Final = re.compile("“([^”]*+)(”?)")


def shortened(sentence: str, ellipsis: str = "…") -> str:
    """A sentence in which what is quoted is cut to 48 characters, and all of it to 200."""
    with_short_quotes = _QUOTE.sub(
        lambda quote: f"“{_cut(quote[1], _LONGEST_QUOTE, ellipsis)}{quote[2]}", sentence
    )
    return _cut(with_short_quotes, _LONGEST_SENTENCE, ellipsis)


def _cut(text: str, most: int, ellipsis: str) -> str:
    return text if len(text) <= most else text[: most - len(ellipsis)].rstrip() + ellipsis
