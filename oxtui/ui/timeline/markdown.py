"""Answers, which are Markdown, as lines of segments.

Rich does the drawing; what it is given has been made harmless before: no links that a terminal
would follow, no HTML that vanishes, no nesting and no table that takes for ever.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token as MarkdownToken
from pygments.token import Comment, Keyword, Name, Number, Operator, String, Token
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, ListItem, Markdown, MarkdownElement
from rich.segment import Segment
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, Syntax
from rich.theme import Theme

from oxtui.sanitize import sanitize_lines
from oxtui.ui.timeline.palette import Palette

_DEEPEST: Final = 16
_MOST_COLUMNS: Final = 24
_MOST_ROWS: Final = 100
_NARROWEST_COLUMN: Final = 5
_HIGHLIGHTED_CHARS: Final = 12_000
# What Rich, markdown-it and the lexers of Pygments raise where a text was made to confuse them. It
# then loses its formatting and nothing else.
_GAVE_UP: Final = (ArithmeticError, AssertionError, LookupError, RuntimeError, ValueError)
_ASCII: Final = str.maketrans({"•": "*", "─": "-", "━": "-", "▌": "|", "│": "|"})


class MarkdownPen:
    """Draws Markdown in the colours of a palette."""

    def __init__(self, palette: Palette, *, ascii_only: bool = False) -> None:
        self._console = Console(
            color_system="truecolor",
            force_terminal=True,
            legacy_windows=False,
            width=80,
            height=25,
            theme=_theme(palette),
        )
        self._code = _CodeTheme(palette)
        self._ascii_only = ascii_only
        self._parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST})
        self._parser.enable("strikethrough").enable("table")

    def lines(self, text: str, width: int) -> list[list[Segment]] | None:
        """`text`, which has been sanitized, as lines of at most `width` cells.

        None where it can't be drawn in that width; it is then better shown as it is.
        """
        try:
            lines = self._drawn(text, width)
        except _GAVE_UP:
            return None
        if any(Segment.get_line_length(line) > width for line in lines):
            return None
        if self._ascii_only:
            lines = [[Segment(s.text.translate(_ASCII), s.style) for s in line] for line in lines]
        return _trimmed(lines)

    def _drawn(self, text: str, width: int) -> list[list[Segment]]:
        tokens = _without_large_tables(self._parser.parse(text), text.split("\n"), width)
        document = _Document(_harmless(tokens), self._code)
        options = self._console.options.update(width=width)
        return self._console.render_lines(document, options, pad=False)


def _trimmed(lines: list[list[Segment]]) -> list[list[Segment]]:
    """Without empty lines at either end, and never two of them in a row."""
    made: list[list[Segment]] = []
    for line in lines:
        if not _is_empty(line):
            made.append(line)
        elif made and made[-1]:
            made.append([])
    return made[:-1] if made and not made[-1] else made


def _is_empty(line: list[Segment]) -> bool:
    return not any(s.text.strip() or (s.style and s.style.bgcolor) for s in line)


class _CodeTheme(ANSISyntaxTheme):
    """Highlighting in the colours of the theme, on its background."""

    def __init__(self, palette: Palette) -> None:
        super().__init__(
            {
                Token: Style.null(),
                Comment: palette.comment,
                Keyword: palette.keyword,
                Operator.Word: palette.keyword,
                String: palette.string,
                Number: palette.number,
                Name.Function: palette.name,
                Name.Class: palette.name,
                Name.Decorator: palette.name,
                Name.Builtin: palette.name,
                Name.Tag: palette.keyword,
                Name.Attribute: palette.name,
            }
        )
        self._background = palette.code

    def get_background_style(self) -> Style:
        return self._background


class _Heading(Heading):
    """A heading at the left, whatever its level."""

    LEVEL_ALIGN: ClassVar = dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "left")


class _Code(CodeBlock):
    """A block of code in the colours of the document's theme."""

    code_theme: _CodeTheme

    @classmethod
    def create(cls, markdown: Markdown, token: MarkdownToken) -> "_Code":
        assert isinstance(markdown, _Document)
        info = token.info.split()
        block = cls(info[0] if info else "text", "")
        block.code_theme = markdown.highlighting
        return block

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = str(self.text).rstrip()
        lexer = self.lexer_name if len(code) <= _HIGHLIGHTED_CHARS else "text"
        yield Syntax(code, lexer, theme=self.code_theme, word_wrap=True, padding=(0, 1))


class _ListItem(ListItem):
    """An item whose number has a dot."""

    def render_number(
        self, console: Console, options: ConsoleOptions, number: int, last_number: int
    ) -> RenderResult:
        width = len(str(last_number)) + 2
        inner = options.update(width=max(1, options.max_width - width))
        style = console.get_style("markdown.item.number")
        numeral = f"{number}.".rjust(width - 1) + " "
        for line in console.render_lines(self.elements, inner, style=self.style):
            yield Segment(numeral, style)
            yield from line
            yield Segment.line()
            numeral = " " * width


class _Document(Markdown):
    """Rich's Markdown over tokens that were parsed and made harmless elsewhere."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _Heading,
        "fence": _Code,
        "code_block": _Code,
        "list_item_open": _ListItem,
    }
    inlines: ClassVar = {*Markdown.inlines, "a", "u"}

    def __init__(self, tokens: list[MarkdownToken], highlighting: _CodeTheme) -> None:
        super().__init__("", hyperlinks=False)
        self.parsed = tokens
        self.highlighting = highlighting


def _harmless(tokens: Iterable[MarkdownToken]) -> list[MarkdownToken]:
    """Tokens of which none is a link, an image or HTML, and whose texts are sanitized again.

    Again, since `&#x202e;` is a character only after it was parsed.
    """
    made: list[MarkdownToken] = []
    addresses: list[str] = []
    for token in tokens:
        token.content = sanitize_lines(token.content)
        if token.children and token.type != "image":
            token.children = _harmless(token.children)
        match token.type:
            case "link_open":
                addresses.append(sanitize_lines(str(token.attrs.get("href", ""))))
                made.append(MarkdownToken("anchor_open", "a", 1))
            case "link_close":
                made.append(MarkdownToken("anchor_close", "a", -1))
                made += _address(addresses.pop() if addresses else "", made)
            case "image":
                alternative = "".join(child.content for child in token.children or ())
                made.append(_plain(sanitize_lines(alternative) or "image"))
            case "softbreak":
                made.append(MarkdownToken("hardbreak", "br", 0))
            case _:
                made.append(token)
    return made


def _address(address: str, before: Sequence[MarkdownToken]) -> list[MarkdownToken]:
    """Where a link leads, said after its text, unless the text says so already."""
    if not address or any(token.content == address for token in before[-2:]):
        return []
    return [
        MarkdownToken("address_open", "u", 1),
        _plain(f" ({address})"),
        MarkdownToken("address_close", "u", -1),
    ]


def _plain(text: str) -> MarkdownToken:
    return MarkdownToken("text", "", 0, content=text)


def _without_large_tables(
    tokens: Sequence[MarkdownToken], lines: Sequence[str], width: int
) -> list[MarkdownToken]:
    """Tables that are too wide or too long to be drawn, as the text that they are."""
    made: list[MarkdownToken] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        end = at
        if token.type == "table_open":
            while tokens[end].type != "table_close":
                end += 1
            table = tokens[at : end + 1]
            if token.map and _is_large(table, width - 2 * token.level):
                source = "\n".join(lines[token.map[0] : token.map[1]])
                made.append(MarkdownToken("code_block", "code", 0, content=source))
            else:
                made += table
        else:
            made.append(token)
        at = end + 1
    return made


def _is_large(table: Sequence[MarkdownToken], width: int) -> bool:
    columns = sum(token.type == "th_open" for token in table)
    rows = sum(token.type == "tr_open" for token in table)
    most = min(_MOST_COLUMNS, max(1, width // _NARROWEST_COLUMN))
    return columns > most or rows > _MOST_ROWS


def _theme(palette: Palette) -> Theme:
    bold, italic = Style(bold=True), Style(italic=True)
    headings = {f"markdown.h{level}": palette.heading for level in range(1, 7)}
    return Theme(
        {
            **headings,
            "markdown.h1": palette.heading + Style(underline=True),
            "markdown.em": italic,
            "markdown.strong": bold,
            "markdown.code": palette.code,
            "markdown.code_block": palette.code,
            "markdown.s": Style(strike=True),
            "markdown.a": palette.link,
            "markdown.u": palette.muted,
            "markdown.block_quote": palette.thought,
            "markdown.hr": palette.muted,
            "markdown.item.bullet": palette.link,
            "markdown.item.number": palette.link,
            "markdown.table.border": palette.muted,
            "markdown.table.header": bold,
        },
    )
