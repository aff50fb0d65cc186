"""Markdown that somebody else wrote, so that it shows and does nothing: no HTML, link or image.

Readers of Markdown don't agree on where in a text code begins and ends, so the text is not mended
but read, by CommonMark's grammar, and written anew in a form that all of them read alike. There,
everything but code is escaped, a piece of code is on one line or between fences of its own, and
what a reader might take for an address without being told so is code. Links and images are read
as plain text, so that they stand there as they were written.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import unescape
from itertools import chain, pairwise
from typing import Final, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from oxtui.sanitize import sanitize

_DEEPEST: Final = 20
_PARSER: Final = (
    MarkdownIt("commonmark", {"maxNesting": _DEEPEST})
    .enable(["strikethrough", "table"])
    .disable(["autolink", "html_block", "html_inline", "image", "link", "reference"])
)
_TICKS: Final = re.compile("`+")
_ADDRESS: Final = re.compile(
    r"(?:[a-z]{2,12}:/|//|www\.)[^\s<>()\[\]{}\"'`|\\^*~]+|[\w.+:&=$,\"'-]{1,64}@[\w.-]+",
    re.IGNORECASE,
)
_NO_END: Final = ".,;:!?"
# Signs that mean something wherever they stand; a dot might make a name of a file a domain.
_SPECIAL: Final = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|$)|[\[~]|(?<! )\*|\*(?! )|(?<![^\W_])_|_(?![^\W_])"
    r"|<(?![\s\d=-])|&(?=[#A-Za-z]|$)|(?<=\w)\.(?=[^\W\d_])"
)
# What means something at the beginning of a line: a list, a rule, a heading, a quote, a table …
_BEGINNING: Final = re.compile(r"^(\d{1,9}(?=[.)](?: |$))|(?=[-+#>|:=]|~~~|\*(?: |$)))")
_HASHES_AT_END: Final = re.compile(r"(?<!#)#+$")
_LANGUAGE: Final = re.compile(r"[\w+#.-]{1,32}", re.ASCII)
# Code that readers such as GitHub run or draw, with links in it.
_DRAWN: Final = frozenset(
    {"dot", "geojson", "graphviz", "math", "mermaid", "plantuml", "stl", "svg", "topojson"}
)
_BREAKS: Final = {"softbreak": "\n", "hardbreak": "\\\n"}
_NO_BREAKS: Final = dict.fromkeys(_BREAKS, " ")
_RULE: Final = "___"  # which no mark of a list can be confused with
_BULLETS: Final = "-*+"
_ALIGNED: Final = {"left": ":---", "center": ":---:", "right": "---:"}


class _Block(NamedTuple):
    """A block of Markdown.

    Attributes:
        lines: What it is written as.
        is_text: Whether it would go on with a text that follows in the next line.
        is_tight: Whether it is a text of a list without empty lines.
    """

    lines: list[str]
    is_text: bool = False
    is_tight: bool = False


def inert(text: str) -> str:
    """`text`, which is the whole of a document or of a quote, without active parts."""
    tokens = _PARSER.parse(text)
    lines = _stacked(_blocks(iter(tokens)))
    is_cut = any(token.level >= _DEEPEST - 1 for token in tokens)
    if is_cut or _letters(lines) < _letters([unescape(text)]):  # as in a row beyond its table
        lines = _fenced(text, "")
    return "\n".join(lines)


def _letters(lines: Iterable[str]) -> int:
    return sum(map(str.isalpha, chain.from_iterable(lines)))


def inert_line(text: str) -> str:
    """`text` as one line of Markdown that is nothing but text."""
    return _begun(_HASHES_AT_END.sub(r"\\\g<0>", _text(text)))


def code(text: str) -> str:
    """A line of text as code, behind more backticks than there are in it."""
    runs = _TICKS.findall(text)
    fence = "`" * (max(map(len, runs), default=0) + 1)
    at_ends = (text[:1], text[-1:])
    pad = " " if "`" in at_ends or (at_ends == (" ", " ") and text.strip()) else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text else ""


def _blocks(tokens: Iterator[Token], end: str = "", bullet: str = "") -> list[_Block]:
    """What stands up to the token that is an end, in a list with a bullet if in one."""
    made: list[_Block] = []
    for token in tokens:
        match token.type:
            case "paragraph_open":
                lines = _lines(next(tokens))
                made.append(_Block(lines, is_text=True, is_tight=token.hidden))
            case "heading_open":
                made.append(_Block([_heading(token, next(tokens))]))
            case "fence" | "code_block":
                made.append(_Block(_fenced(token.content, token.info.strip())))
            case "hr":
                made.append(_Block([_RULE]))
            case "blockquote_open":
                inner = _stacked(_blocks(tokens, "blockquote_close"))
                made.append(_Block(_behind("> ", ">", inner)))
            case "bullet_list_open":
                # A list in a list, each with nothing in it yet, would be a rule with its bullet.
                own = next(each for each in token.markup + _BULLETS if each != bullet)
                made.append(_Block(_items(tokens, "bullet_list_close", own)))
            case "ordered_list_open":
                made.append(_Block(_items(tokens, "ordered_list_close", "")))
            case "table_open":
                made.append(_Block(_table(tokens), is_text=True))
            case _ if token.type == end:
                break
            case _:
                pass
    return [block for block in made if any(block.lines)]


def _stacked(blocks: Sequence[_Block]) -> list[str]:
    """Blocks, one below the other."""
    lines = [*blocks[0].lines] if blocks else []
    for above, block in pairwise(blocks):
        if not above.is_tight or block.is_text:
            lines.append("")
        lines += block.lines
    return lines


def _behind(first: str, other: str, lines: Sequence[str]) -> list[str]:
    """Lines with something before each; before the empty ones only `other`."""
    return [f"{first}{line}" if line else other for line in lines]


def _items(tokens: Iterator[Token], end: str, bullet: str) -> list[str]:
    """A list, from behind its opening to its end, with a bullet or with numbers."""
    items: list[list[str]] = []
    is_loose = False
    for token in tokens:
        if token.type == end:
            break
        if token.type == "list_item_open":
            blocks = _blocks(tokens, "list_item_close", bullet)
            is_loose = is_loose or any(b.is_text and not b.is_tight for b in blocks)
            mark = bullet or f"{token.info}{token.markup}"
            first, *others = _stacked(blocks) or [""]
            item = f"{mark} {first}" if first else mark
            items.append([item, *_behind(" " * (len(mark) + 1), "", others)])
    between = [""] if is_loose else []
    lines = [line for item in items for line in (*item, *between)]
    return lines[: len(lines) - len(between)]


def _heading(token: Token, inline: Token) -> str:
    text = _HASHES_AT_END.sub(r"\\\g<0>", _inline(inline, _NO_BREAKS).strip(" "))
    return f"{'#' * int(token.tag[1:])} {text}".rstrip(" ")


def _fenced(content: str, info: str) -> list[str]:
    """Code between fences; what is said of it and no language stands above it."""
    is_language = _LANGUAGE.fullmatch(info) and info.lower() not in _DRAWN
    language, above = (info, []) if is_language or not info else ("", [info])
    longest = max(map(len, _TICKS.findall(content + info)), default=0)
    fence = "`" * max(3, longest + 1)
    lines = [*above, *content.removesuffix("\n").split("\n")]
    return [f"{fence}{language}", *lines, fence]


def _table(tokens: Iterator[Token]) -> list[str]:
    """A table, from behind its opening to its end."""
    rows: list[list[str]] = []
    aligned: list[str] = []
    for token in tokens:
        match token.type:
            case "tr_open":
                rows.append([])
            case "th_open":
                style = str(token.attrs.get("style", ""))
                aligned.append(_ALIGNED.get(style.removeprefix("text-align:"), "---"))
            case "inline":
                rows[-1].append(_inline(token, _NO_BREAKS, in_table=True).strip(" "))
            case "table_close":
                break
            case _:
                pass
    rows.insert(1, aligned)
    return [f"| {' | '.join(row)} |" for row in rows]


def _lines(inline: Token) -> list[str]:
    """A paragraph, in lines none of which begins anything else."""
    lines = (line.strip(" ") for line in _inline(inline, _BREAKS).split("\n"))
    return [_begun(line) for line in lines if line]


def _begun(line: str) -> str:
    """A line that is text from its beginning on."""
    return _BEGINNING.sub(r"\1\\", line)


def _inline(inline: Token, breaks: Mapping[str, str], *, in_table: bool = False) -> str:
    """The text of a block; in a heading and in a table it has no line breaks."""
    made: list[str] = []
    for token in inline.children or ():
        match token.type:
            case "code_inline":
                piece = sanitize(token.content)
                # Readers don't agree on what a bar in code in a table is.
                made.append(_text(piece) if in_table and "|" in piece else _apart(made, piece))
            case "softbreak" | "hardbreak":
                made.append(breaks[token.type])
            case "text":
                made += _text_pieces(sanitize(token.content), made)
            case _:
                made.append(token.markup)
    text = "".join(made)
    return text.replace("|", "&#124;") if in_table else text


def _apart(before: Sequence[str], piece: str) -> str:
    """A piece of code that is not one with code before it."""
    is_after_code = bool(before) and before[-1].endswith("`")
    return f" {code(piece)}" if is_after_code else code(piece)


def _text(text: str) -> str:
    return "".join(_text_pieces(sanitize(text), ()))


def _text_pieces(text: str, before: Sequence[str]) -> list[str]:
    """A text without any sign that means something, and its addresses as code."""
    made: list[str] = []
    done = 0
    for found in _ADDRESS.finditer(text):
        address = found[0].rstrip(_NO_END)
        made.append(_escaped(text[done : found.start()]))
        made.append(_apart([*before[-1:], *filter(None, made)], address))
        done = found.start() + len(address)
    made.append(_escaped(text[done:]))
    return [piece for piece in made if piece]


def _escaped(text: str) -> str:
    # Some take a backtick for the beginning of code even behind a backslash.
    return _SPECIAL.sub(r"\\\g<0>", text).replace("`", "&#96;")
