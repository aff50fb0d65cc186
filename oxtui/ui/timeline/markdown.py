"""Answers, which are Markdown, as lines of segments.

What is drawn has been made harmless before: no links that a terminal would follow, no HTML that
vanishes, no nesting and no table that takes for ever.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token as MarkdownToken
from rich.segment import Segment
from rich.style import Style

from oxtui.sanitize import sanitize_lines
from oxtui.ui.timeline.code import CodePen
from oxtui.ui.timeline.flows import Drawn, Edge, Flow, Line, Run
from oxtui.ui.timeline.palette import Palette
from oxtui.ui.timeline.tables import TablePen

_DEEPEST: Final = 16
_MOST_COLUMNS: Final = 24
_MOST_ROWS: Final = 100
_NARROWEST: Final = 2
_NARROWEST_COLUMN: Final = 5
# What Rich and markdown-it raise where a text was made to confuse them. It then loses its
# formatting and nothing else.
_GAVE_UP: Final = (ArithmeticError, AssertionError, LookupError, RuntimeError, ValueError)
_ASCII: Final = str.maketrans({"•": "*", "─": "-", "━": "-", "▌": "|", "│": "|"})
_NONE: Final = Style.null()


class MarkdownPen:
    """Draws Markdown in the colours of a palette."""

    def __init__(self, palette: Palette, *, ascii_only: bool = False) -> None:
        self._palette = palette
        self._styles = _inline_styles(palette)
        self._code = CodePen(palette)
        self._tables = TablePen(palette)
        self._ascii_only = ascii_only
        self._parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST})
        self._parser.enable("strikethrough").enable("table")

    def lines(self, text: str, width: int) -> list[Line] | None:
        """`text`, which has been sanitized, as lines of at most `width` cells.

        None where it can't be drawn in that width; it is then better shown as it is.
        """
        try:
            lines = [line for flow in self._flows(text, width) for line in flow.lines()]
        except _GAVE_UP:
            return None
        if self._ascii_only:
            lines = [[Segment(s.text.translate(_ASCII), s.style) for s in line] for line in lines]
        return lines

    def height(self, text: str, width: int) -> int | None:
        """How many lines `lines` gives, without drawing them; None where it gives None."""
        try:
            return sum(flow.count() for flow in self._flows(text, width, plain=True))
        except _GAVE_UP:
            return None

    def _flows(self, text: str, width: int, *, plain: bool = False) -> list[Flow | Drawn]:
        if width < _NARROWEST:
            raise ValueError("too narrow for anything")
        tokens = _without_large_tables(self._parser.parse(text), text.split("\n"), width)
        composer = _Composer(self._palette, self._styles, self._tables, width)
        composer.code = None if plain else self._code
        composer.compose(_harmless(tokens))
        return composer.flows


class _Composer:
    """Turns tokens of Markdown into flows, one below the other.

    Attributes:
        flows: What was made.
        code: What colours code; None for nothing.
    """

    def __init__(
        self, palette: Palette, styles: dict[str, Style], tables: TablePen, width: int
    ) -> None:
        self.flows: list[Flow | Drawn] = []
        self.code: CodePen | None = None
        self._palette = palette
        self._styles = styles
        self._tables = tables
        self._width = width
        self._base = _NONE
        self._edges: tuple[Edge, ...] = ()
        self._outer: list[tuple[int, Style, tuple[Edge, ...], int]] = []
        self._numbers: list[Iterator[str] | None] = []

    def compose(self, tokens: Sequence[MarkdownToken]) -> None:
        """Appends what tokens stand for."""
        for at, token in enumerate(tokens):
            if token.level == 0 and token.nesting >= 0 and token.type != "inline" and self.flows:
                self.flows.append(Drawn([[]]))
            self._take(token, tokens, at)

    def _take(self, token: MarkdownToken, tokens: Sequence[MarkdownToken], at: int) -> None:
        match token.type:
            case "inline":
                self._take_text(token, tokens[at - 1])
            case "fence" | "code_block":
                self._take_code(token)
            case "hr":
                line = Segment("-" * self._width, self._palette.muted)
                self.flows.append(Drawn([[line]], self._edges))
            case "blockquote_open":
                bar = Segment("▌ ", self._palette.thought)
                self._enter(Edge(bar, bar), 4, self._palette.thought)
            case "bullet_list_open":
                self._numbers.append(None)
            case "ordered_list_open":
                self._numbers.append(_numbers(token, tokens, at))
            case "list_item_open":
                self._enter_item()
            case "list_item_close" | "blockquote_close":
                self._leave()
            case "bullet_list_close" | "ordered_list_close":
                self._numbers.pop()
            case "table_open":
                end = _closing(tokens, at)
                drawn = self._tables.lines(tokens[at : end + 1], self._width)
                self.flows.append(Drawn(drawn, self._edges))
            case _:
                pass

    def _enter(self, edge: Edge, cells: int, style: Style = _NONE) -> None:
        self._outer.append((self._width, self._base, self._edges, len(self.flows)))
        self._width -= cells
        self._base += style
        self._edges = (*self._edges, edge)
        if self._width < _NARROWEST:
            raise ValueError("nested too deeply for this width")

    def _enter_item(self) -> None:
        numbers, style = self._numbers[-1], self._palette.link
        text = " • " if numbers is None else next(numbers)
        self._enter(Edge(Segment(text, style), Segment(" " * len(text), style)), len(text))

    def _leave(self) -> None:
        width, base, edges, before = self._outer.pop()
        if len(self.flows) == before:
            self.flows.append(Drawn([[]], self._edges))
        self._width, self._base, self._edges = width, base, edges

    def _take_text(self, token: MarkdownToken, before: MarkdownToken) -> None:
        if before.type in {"th_open", "td_open"}:
            return
        base = self._base
        if before.type == "heading_open":
            base += self._palette.heading
            base += Style(underline=True) if before.tag == "h1" else _NONE
        runs = list(self._runs(token.children or (), base))
        self.flows.append(Flow(runs, self._width, self._edges))

    def _runs(self, children: Sequence[MarkdownToken], base: Style) -> Iterator[Run]:
        styles = [base]
        for child in children:
            if child.nesting == 1:
                styles.append(styles[-1] + self._styles.get(child.tag, _NONE))
            elif child.nesting == -1:
                styles.pop()
            elif child.type in {"hardbreak", "softbreak"}:
                yield "\n", styles[-1]
            elif child.content:
                yield child.content, styles[-1] + self._styles.get(child.tag, _NONE)

    def _take_code(self, token: MarkdownToken) -> None:
        text, language = token.content.rstrip(), token.info.split()
        runs: Sequence[Run] = [(text, _NONE)]
        if self.code is not None and language:
            runs = self.code.runs(text, language[0])
        if self._width < _NARROWEST + 2:
            raise ValueError("too narrow for code")
        self.flows.append(Flow(runs, self._width, self._edges, self._palette.code))


def _numbers(token: MarkdownToken, tokens: Sequence[MarkdownToken], at: int) -> Iterator[str]:
    """The numbers of a list's items, flush right."""
    first = int(token.attrs.get("start", 1))
    inside = islice(tokens, at, _closing(tokens, at))
    items = sum(each.type == "list_item_open" and each.level == token.level + 1 for each in inside)
    cells = len(str(first + items)) + 1
    return (f"{number}.".rjust(cells) + " " for number in range(first, first + items))


def _closing(tokens: Sequence[MarkdownToken], at: int) -> int:
    """Where what opens at a place closes."""
    opening = tokens[at]
    close = opening.type.replace("_open", "_close")
    after = range(at + 1, len(tokens))
    return next(i for i in after if tokens[i].type == close and tokens[i].level == opening.level)


def _inline_styles(palette: Palette) -> dict[str, Style]:
    return {
        "em": Style(italic=True),
        "strong": Style(bold=True),
        "s": Style(strike=True),
        "code": palette.code,
        "a": palette.link,
        "u": palette.muted,
    }


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
            end = _closing(tokens, at)
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
