"""Markdown that somebody else wrote, so that it shows and does nothing: no HTML, no odd links.

Only what a backslash hides is added, and nothing in code. What this takes for code is code for
every reader of Markdown; where it can't be sure it adds one backslash too many.
"""

import re
from bisect import bisect_right
from typing import Final

_FENCE: Final = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})")
_TICKS: Final = re.compile("`+")
_HARMLESS: Final = r"(?:https?://|mailto:)"
_NOTABLE: Final = re.compile(
    rf"\\.|`+|<(?!{_HARMLESS})(?=[A-Za-z/!?])|(?<=\])[(:](?![ \t]*<?{_HARMLESS})"
)


def inert(text: str) -> str:
    """`text`, which is a whole document or the quoted part of one, without active parts.

    A block of code that it leaves open is closed, so that it takes nothing in that follows.
    """
    made: list[str] = []
    fence = ""
    sure = True  # whether all code that began in this paragraph has ended
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if fence:
            if _ends(line, fence):
                fence = ""
        elif found:
            fence, sure = found[1], True
        else:
            sure = sure or not line.strip()
            line, sure = _inert_line(line, sure=sure)
        made.append(line)
    return "\n".join([*made, fence] if fence else made)


def _ends(line: str, fence: str) -> bool:
    bare = line.strip(" ")
    indent = len(line) - len(line.lstrip(" "))
    return indent < 4 and len(bare) >= len(fence) and not bare.strip(fence[0])


def _inert_line(line: str, *, sure: bool) -> tuple[str, bool]:
    """A line, and whether all code in its paragraph has ended after it."""
    ends = _ends_of_code(line) if sure else {}
    made: list[str] = []
    done = position = 0
    while found := _NOTABLE.search(line, position):
        position = found.end()
        match found[0][0]:
            case "\\":
                continue
            case "`":
                end = _end_of_code(line, position, ends.get(len(found[0]), [])) if sure else None
                sure, position = (sure, end) if end is not None else (False, position)
            case _:
                made += line[done : found.start()], "\\"
                done = found.start()
    return "".join([*made, line[done:]]), sure


def _ends_of_code(line: str) -> dict[int, list[int]]:
    """Where runs of so many backticks end."""
    ends: dict[int, list[int]] = {}
    for run in _TICKS.finditer(line):
        ends.setdefault(len(run[0]), []).append(run.end())
    return ends


def _end_of_code(line: str, start: int, ends: list[int]) -> int | None:
    """Where the code ends that starts there; None if it does not, or a cell of a table may."""
    place = bisect_right(ends, start)
    if place == len(ends) or line.find("|", start, ends[place]) >= 0:
        return None
    return ends[place]
