"""The keys of the timeline."""

from typing import Final

from textual.binding import Binding, BindingType

AREA: Final = "Timeline"
"""What they are called together."""

BINDINGS: Final[list[BindingType]] = [
    Binding("j,down", "next_block", "Next block", id="timeline.next_block", show=False),
    Binding("k,up", "previous_block", "Previous block", id="timeline.previous_block", show=False),
    Binding("J", "next_turn", "Next turn", id="timeline.next_turn", show=False),
    Binding("K", "previous_turn", "Previous turn", id="timeline.previous_turn", show=False),
    Binding("g,home", "first_turn", "To the start", id="timeline.start", show=False),
    Binding("G,end", "last_turn", "To the end", id="timeline.end", show=False),
    Binding("ctrl+d,pagedown", "page(1)", "Page down", id="timeline.page_down", show=False),
    Binding("ctrl+u,pageup", "page(-1)", "Page up", id="timeline.page_up", show=False),
    Binding("enter", "unfold", "Open", id="timeline.unfold"),
    Binding("t", "next_detail", "Detail", id="timeline.detail"),
    Binding("e", "next_error", "Next error", id="timeline.next_error"),
    Binding("E", "previous_error", "Previous error", id="timeline.previous_error", show=False),
    Binding("n", "next_hit", "Next hit", id="timeline.next_hit", show=False),
    Binding("N", "previous_hit", "Previous hit", id="timeline.previous_hit", show=False),
    Binding("f", "filter_tool", "Only one tool", id="timeline.filter", show=False),
    Binding("escape", "all_tools", "", id="timeline.all_tools", show=False),
    Binding("s", "ledger", "Tool ledger", id="timeline.ledger", show=False),
    Binding("F", "follow", "Follow", id="timeline.follow", show=False),
    Binding("w", "waterfall", "Waterfall", id="timeline.waterfall", show=False),
    Binding("y", "copy_block", "Copy", show=False, id="timeline.copy"),
    Binding("x", "raw_json", "Raw JSON", id="timeline.raw", show=False),
    Binding("X", "export", "Export", id="timeline.export", show=False),
]
"""Every key can be changed by the id of its binding."""
