"""The colours of the timeline, out of the theme."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final

from rich.style import Style

_NONE: Final = Style.null()


@dataclass(frozen=True, slots=True)
class Palette:
    """A style for each thing that the timeline draws; without arguments none at all.

    Attributes:
        user: The bar along what the user said, and their name.
        muted: What is there if one looks for it: times, rules, notes.
        thought: What the agent thought.
        ok: The mark of a call that went well.
        failed: What failed.
        suspected: What may have failed.
        tool: The name of a tool.
        bar: Durations.
        added: Lines that were added.
        removed: Lines that were removed.
        heading: Headings of Markdown.
        link: Texts of links.
        code: Code, with its background.
        keyword: Keywords in code.
        string: Strings in code.
        number: Numbers in code.
        name: Names of functions and types in code.
        comment: Comments in code.
    """

    user: Style = _NONE
    muted: Style = _NONE
    thought: Style = _NONE
    ok: Style = _NONE
    failed: Style = _NONE
    suspected: Style = _NONE
    tool: Style = _NONE
    bar: Style = _NONE
    added: Style = _NONE
    removed: Style = _NONE
    heading: Style = _NONE
    link: Style = _NONE
    code: Style = _NONE
    keyword: Style = _NONE
    string: Style = _NONE
    number: Style = _NONE
    name: Style = _NONE
    comment: Style = _NONE


NAMES: Final = frozenset(field.name for field in fields(Palette))
WITH_BACKGROUND: Final = frozenset({"code"})


def palette(style_of: Callable[[str], Style]) -> Palette:
    """A palette out of what `style_of` says about each of `NAMES`.

    Backgrounds are left to the line that a text stands on, except for code.
    """
    return Palette(
        **{
            name: style_of(name) if name in WITH_BACKGROUND else _without_background(style_of(name))
            for name in NAMES
        }
    )


def _without_background(style: Style) -> Style:
    return Style(
        color=style.color,
        bold=style.bold,
        italic=style.italic,
        dim=style.dim,
        underline=style.underline,
    )
