"""The marks that oxtui draws, and what stands for them where a terminal has ASCII only."""

from collections.abc import Mapping
from typing import Final

import msgspec


class Glyphs(msgspec.Struct, frozen=True):
    """One set of marks; each is one cell wide unless its name says otherwise.

    Attributes:
        folded: Before something that can be opened.
        unfolded: Before something that is open.
        live: A session that was written just now.
        unseen: A session that changed since it was last read.
        pinned: A session that prune keeps.
        broken: A file that cannot be read.
        selected: A selected row.
        ghost: Before a row that rides along while it is moved.
        child: Before a session that another one started.
        ok: A call that is not suspected to have failed.
        failed: A call or a turn that failed.
        suspected: A call that is suspected to have failed.
        user: The bar along what the user said.
        bar: Eighths of a cell from one to eight, for durations.
        rule: What a rule between turns is made of.
        ellipsis: Where text was cut.
        left_out: Where the beginning of a path was left out, in up to three cells.
        separator: Between facts on one line.
        icons: Whether icons of projects are drawn.
        punctuation: For `str.translate`: what stands for the typographer's marks in a sentence.
    """

    folded: str = "▸"
    unfolded: str = "▾"
    live: str = "●"
    unseen: str = "•"
    pinned: str = "◆"
    broken: str = "!"
    selected: str = "■"
    ghost: str = "┆"
    child: str = "└"
    ok: str = "✓"
    failed: str = "✗"
    suspected: str = "?"
    user: str = "▌"
    bar: str = "▏▎▍▌▋▊▉█"
    rule: str = "·"
    ellipsis: str = "…"
    left_out: str = "…"
    separator: str = "·"
    icons: bool = True
    punctuation: Mapping[int, str] = msgspec.field(default_factory=dict[int, str])


UNICODE: Final = Glyphs()
ASCII: Final = Glyphs(
    folded=">",
    unfolded="v",
    live="*",
    unseen="+",
    pinned="^",
    broken="!",
    selected="#",
    ghost=":",
    child="`",
    ok="+",
    failed="x",
    user="|",
    bar="=" * 8,
    rule="-",
    ellipsis="~",
    left_out="...",
    separator="-",
    icons=False,
    punctuation=str.maketrans({"“": '"', "”": '"', "…": "..."}),
)
