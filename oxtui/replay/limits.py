"""How much of a text is dealt with at once."""

from typing import Final

PART_CHARS: Final = 16_000
"""About so many characters make a part of a long text, which is drawn as one."""
