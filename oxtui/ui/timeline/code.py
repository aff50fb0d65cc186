"""Code in the colours of a palette."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from pygments.lexer import Lexer
from pygments.lexers import (
    get_lexer_by_name,  # pyright: ignore[reportUnknownVariableType] - options without types
)
from pygments.token import Comment, Keyword, Name, Number, Operator, String, Token
from pygments.util import ClassNotFound
from rich.style import Style

from oxtui.ui.timeline.flows import Run
from oxtui.ui.timeline.palette import Palette

_HIGHLIGHTED_CHARS: Final = 12_000


class CodePen:
    """Colours code by its language."""

    def __init__(self, palette: Palette) -> None:
        styles = {
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
        self._styles = {str(kind): style for kind, style in styles.items()}

    def runs(self, text: str, language: str) -> Sequence[Run]:
        """A text in pieces of a colour, which are together the text."""
        lexer = _lexer(language) if len(text) <= _HIGHLIGHTED_CHARS else None
        runs = list(self._coloured(text, lexer)) if lexer is not None else []
        if "".join(piece for piece, _ in runs) != text:
            return [(text, Style.null())]
        return runs

    def _coloured(self, text: str, lexer: Lexer) -> Iterator[Run]:
        left = len(text)  # a lexer ends every text with a line end
        for kind, piece in lexer.get_tokens(text):
            if left > 0:
                yield piece[:left], self._style(kind)
            left -= len(piece)

    def _style(self, kind: object) -> Style:
        name = str(kind)  # `Token.Name.Function`; what is not known is as what it is a kind of
        while name not in self._styles:
            name = name.rpartition(".")[0]
        return self._styles[name]


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return None
