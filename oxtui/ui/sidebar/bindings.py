"""The keys of the sidebar."""

from typing import Final

from textual.binding import Binding, BindingType

AREA: Final = "Sidebar"
"""What to call the place where these keys are."""

MOVING: Final[list[BindingType]] = [
    Binding("enter", "drop", "Drop", id="sidebar.drop"),
    Binding("j,down", "next_target", "Next project", id="sidebar.next_target"),
    Binding("k,up", "previous_target", "Previous", id="sidebar.previous_target"),
    Binding("escape", "back", "Back", id="sidebar.back"),
]
"""While sessions are moved; every other letter narrows the projects."""

BROWSING: Final[list[BindingType]] = [
    Binding("enter", "read", "Read", show=False, id="sidebar.read"),
    Binding("j,down", "cursor_down", "Down", show=False, id="sidebar.down"),
    Binding("k,up", "cursor_up", "Up", show=False, id="sidebar.up"),
    Binding("g,home", "first", "First", show=False, id="sidebar.first"),
    Binding("G,end", "last", "Last", show=False, id="sidebar.last"),
    Binding(
        "ctrl+d", "half_page_down", "Half a page down", show=False, id="sidebar.half_page_down"
    ),
    Binding("ctrl+u", "half_page_up", "Half a page up", show=False, id="sidebar.half_page_up"),
    Binding("pagedown", "page_down", "Page down", show=False, id="sidebar.page_down"),
    Binding("pageup", "page_up", "Page up", show=False, id="sidebar.page_up"),
    Binding("h,left", "fold", "Fold", show=False, id="sidebar.fold"),
    Binding("l,right", "unfold", "Unfold", show=False, id="sidebar.unfold"),
    Binding("m", "grab", "Move", id="sidebar.grab"),
    Binding("space", "select", "Select", key_display="space", id="sidebar.select"),
    Binding("a", "select_group", "Select group", show=False, id="sidebar.select_group"),
    Binding("M", "move_to", "Move to a project", show=False, id="sidebar.move_to"),
    Binding("d", "trash", "Trash", id="sidebar.trash"),
    Binding("r", "rename", "Rename", show=False, id="sidebar.rename"),
    Binding("p", "pin", "Pin", show=False, id="sidebar.pin"),
    Binding("n", "new_project", "New project", show=False, id="sidebar.new_project"),
    Binding("o", "order", "Order", show=False, id="sidebar.order"),
    Binding("z", "flat", "One list or tree", show=False, id="sidebar.flat"),
    Binding("y", "copy_id", "Copy id", show=False, id="sidebar.copy_id"),
]

BINDINGS: Final = [*MOVING, *BROWSING]
"""Every key can be changed by the id of its binding."""

WHILE_DRAGGING: Final = frozenset({"drop", "next_target", "previous_target", "back"})
"""The actions that there are while sessions are moved; other letters narrow the projects."""

ONLY_WHILE_DRAGGING: Final = WHILE_DRAGGING - {"back"}
"""Those of them that there are at no other time."""
