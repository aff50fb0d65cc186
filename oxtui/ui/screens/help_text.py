"""All keys and marks as text in columns."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from rich.cells import cell_len
from textual.binding import Binding
from textual.content import Content
from textual.keys import key_to_character

from oxtui.glyphs import Glyphs
from oxtui.ui.dialogs.cells import padded
from oxtui.ui.keymap import NO_KEY

_COLUMN_WIDTH: Final = 34
_GAP: Final = 3
_MOST_COLUMNS: Final = 3
_LONGEST_KEYS: Final = 14
_HEADING: Final = "bold $text-primary"
_KEY: Final = "$text-accent"

KeyNames = Callable[[Binding], str]
"""Gives the name of a binding's key, as people write it."""


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """A line of help: keys or a mark, and what they mean."""

    keys: str
    meaning: str


@dataclass(frozen=True, slots=True)
class HelpSection:
    """Lines of help that belong together."""

    title: str
    entries: tuple[HelpEntry, ...]

    @property
    def height(self) -> int:
        """Its lines, with the heading and the space after it."""
        return len(self.entries) + 2


def key_section(title: str, bindings: Iterable[Binding], name: KeyNames) -> HelpSection:
    """The keys of one area, those that do the same on one line."""
    told = [b for each in bindings if each.description for b in Binding.make_bindings([each])]
    entries: list[HelpEntry] = []
    for meaning, same in groupby(told, key=lambda b: b.description):
        keys = list(dict.fromkeys(name(binding) for binding in same))
        entries.append(HelpEntry(" ".join(keys), meaning))
    return HelpSection(title, tuple(entries))


def id_section(title: str, bindings: Iterable[Binding]) -> HelpSection:
    """The keys of one area as they are written in settings, and the ids that they belong to."""
    entries = [
        HelpEntry(",".join(map(_written, Binding.make_bindings([each]))), each.id)
        for each in bindings
        if each.id
    ]
    return HelpSection(title, tuple(entries))


def _written(binding: Binding) -> str:
    if binding.key == NO_KEY:
        return ""
    sign = key_to_character(binding.key) or ""
    return sign if sign.isprintable() and sign.strip() else binding.key


def mark_section(glyphs: Glyphs) -> HelpSection:
    """What the marks mean."""
    marks = (
        (glyphs.live, "written just now"),
        (glyphs.unseen, "changed since last read"),
        (glyphs.pinned, "pinned, prune keeps it"),
        (glyphs.selected, "selected"),
        (glyphs.broken, "cannot be read"),
        (glyphs.child, "started by the one above"),
        (glyphs.ghost, "being moved"),
        (glyphs.ok, "went well"),
        (glyphs.failed, "failed"),
        (glyphs.suspected, "may have failed"),
    )
    return HelpSection("Marks", tuple(HelpEntry(*each) for each in marks))


def mouse_section() -> HelpSection:
    """What the mouse does, where it is not left to the terminal."""
    gestures = (
        ("click", "choose, open, fold"),
        ("double click", "read a session"),
        ("ctrl+click", "select"),
        ("drag rows", "move to a project"),
        ("drag divider", "width of the sidebar"),
    )
    return HelpSection("Mouse", tuple(HelpEntry(*each) for each in gestures))


def in_columns(sections: Sequence[HelpSection], width: int) -> list[list[HelpSection]]:
    """The sections in their order, in as many columns as there is room for, of like height."""
    columns = max(1, min(_MOST_COLUMNS, (width + _GAP) // (_COLUMN_WIDTH + _GAP), len(sections)))
    total = sum(section.height for section in sections)
    height = max([-(-total // columns), *(section.height for section in sections)])
    while (laid := _filled(sections, height)) and len(laid) > columns:
        height += 1
    return laid


def _filled(sections: Sequence[HelpSection], height: int) -> list[list[HelpSection]]:
    columns: list[list[HelpSection]] = [[]]
    room = height
    for section in sections:
        if columns[-1] and section.height - 1 > room:
            columns.append([])
            room = height
        columns[-1].append(section)
        room -= section.height
    return columns


def column_text(sections: Sequence[HelpSection]) -> Content:
    """One column: headings, and below each its keys and what they do."""
    entries = [entry for section in sections for entry in section.entries]
    wide = min(_LONGEST_KEYS, max((cell_len(entry.keys) for entry in entries), default=0))
    lines: list[Content] = []
    for section in sections:
        lines.append(Content.styled(section.title, _HEADING))
        for entry in section.entries:
            keys = Content.styled(padded(entry.keys, wide + 2), _KEY)
            lines.append(Content.assemble(keys, entry.meaning))
        lines.append(Content(""))
    return Content("\n").join(lines[:-1])
