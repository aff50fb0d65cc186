"""Tables of Markdown, which Rich draws."""

from collections.abc import Sequence
from typing import ClassVar

from markdown_it.token import Token as MarkdownToken
from rich.console import Console
from rich.markdown import Markdown
from rich.style import Style
from rich.theme import Theme

from oxtui.ui.timeline.flows import Line
from oxtui.ui.timeline.palette import Palette


class TablePen:
    """Draws tables in the colours of a palette."""

    def __init__(self, palette: Palette) -> None:
        self._console = Console(
            color_system="truecolor",
            force_terminal=True,
            legacy_windows=False,
            width=80,
            height=25,
            theme=_theme(palette),
        )

    def lines(self, tokens: Sequence[MarkdownToken], width: int) -> list[Line]:
        """A table, from where it opens to where it closes, in lines.

        Raises:
            ValueError: It can't be drawn in that width.
        """
        options = self._console.options.update(width=width)
        lines = self._console.render_lines(_Table(tokens), options, pad=False)
        while lines and _is_empty(lines[0]):
            del lines[0]
        while lines and _is_empty(lines[-1]):
            del lines[-1]
        if any(sum(segment.cell_length for segment in line) > width for line in lines):
            raise ValueError("too wide a table")
        return lines


class _Table(Markdown):
    """Rich's Markdown over tokens that were parsed and made harmless elsewhere."""

    inlines: ClassVar = {*Markdown.inlines, "a", "u"}

    def __init__(self, tokens: Sequence[MarkdownToken]) -> None:
        super().__init__("", hyperlinks=False)
        self.parsed = list(tokens)


def _is_empty(line: Line) -> bool:
    return not any(segment.text.strip() for segment in line)


def _theme(palette: Palette) -> Theme:
    return Theme(
        {
            "markdown.em": Style(italic=True),
            "markdown.strong": Style(bold=True),
            "markdown.code": palette.code,
            "markdown.s": Style(strike=True),
            "markdown.a": palette.link,
            "markdown.u": palette.muted,
            "markdown.table.border": palette.muted,
            "markdown.table.header": Style(bold=True),
        },
    )
