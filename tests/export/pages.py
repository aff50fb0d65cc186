"""What a browser makes of a page, and readers of Markdown of a document."""

import re
from collections.abc import Collection
from html.parser import HTMLParser
from typing import Final

from markdown_it import MarkdownIt


class Page(HTMLParser):
    """What a page consists of.

    Attributes:
        text: All that can be read.
        others: Comments, declarations and instructions.
    """

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.text: list[str] = []
        self.others: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Collection[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    handle_pi = unknown_decl = handle_comment


def _reader(preset: str, *more: str) -> MarkdownIt:
    reader = MarkdownIt(preset, {"html": True, "linkify": "linkify" in more}).enable(list(more))
    reader.validateLink = lambda url: True  # pyright: ignore[reportAttributeAccessIssue]
    return reader


READERS: Final = (
    _reader("commonmark"),
    _reader("commonmark", "table", "strikethrough"),
    _reader("gfm-like", "linkify"),
    _reader("gfm-like2", "linkify"),
    _reader("default", "linkify"),
)
"""Readers who let everything through; some know tables and look for addresses in texts."""

_OF_TEXT: Final = {
    "p", "em", "strong", "code", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li",
    "blockquote", "hr", "br", "table", "thead", "tbody", "tr", "th", "td", "s",
}  # fmt: skip
_LOOKS: Final = re.compile(r"class='language-[\w+#.-]+'|start='\d+'|style='text-align:[a-z]+'")


def alive(markdown: str) -> list[str]:
    """All that is more than text in what the readers make of a document."""
    pages = [Page(reader.render(markdown)) for reader in READERS]
    attributes = {f"{name}={value!r}" for page in pages for name, value in page.attributes}
    return [
        *{tag for page in pages for tag in page.tags - _OF_TEXT},
        *(attribute for attribute in attributes if not _LOOKS.fullmatch(attribute)),
        *(other for page in pages for other in page.others),
    ]
