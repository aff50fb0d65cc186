"""Code in the colours of a palette."""

import re
from collections.abc import Sequence

from rich.style import Style

from oxtui.ui.timeline.flows import Run
from oxtui.ui.timeline.languages import Language, language_called
from oxtui.ui.timeline.palette import Palette

_PLAIN = Style.null()


class CodePen:
    """Colours code by its language."""

    def __init__(self, palette: Palette) -> None:
        self._styles = {
            "comment": palette.comment,
            "keyword": palette.keyword,
            "string": palette.string,
            "number": palette.number,
            "name": palette.name,
            "added": palette.added,
            "removed": palette.removed,
            "": _PLAIN,
        }

    def runs(self, text: str, language: str) -> Sequence[Run]:
        """A text in pieces of a colour, which are together the text."""
        known = language_called(language)
        if known is None:
            return [(text, _PLAIN)]
        runs: list[Run] = []
        done = 0
        for found in known.pattern.finditer(text):
            if kind := _kind(found, known):
                runs.append((text[done : found.start()], _PLAIN))
                runs.append((found[0], self._styles[kind]))
                done = found.end()
        runs.append((text[done:], _PLAIN))
        return [run for run in runs if run[0]]


def _kind(found: re.Match[str], language: Language) -> str:
    """What a find is, by the name of its colour; empty for nothing."""
    kind = found.lastgroup or ""
    if kind not in {"word", "string"}:
        return kind
    word = found[0].lower() if language.any_case else found[0]
    if word in language.keywords:
        return "keyword"
    behind = found.string[found.end() : found.end() + 2].removeprefix(" ")[:1]
    if behind and behind in language.keys:
        return "name"
    return "string" if kind == "string" else ""
