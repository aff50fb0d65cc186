"""Scroll bars of spaces alone, for terminals that have ASCII only."""

from typing import ClassVar

from textual.scrollbar import ScrollBarRender


class BlankBar(ScrollBarRender):
    """A scroll bar whose thumb begins and ends with a whole cell."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "]
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "]
