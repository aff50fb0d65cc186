"""The areas of the application with their keys, as they are before the user chose others."""

from collections.abc import Iterable

from textual.binding import Binding, BindingType

from oxtui.ui.keymap import Area
from oxtui.ui.panes import Panes
from oxtui.ui.screens.main import MainScreen
from oxtui.ui.search_field import SearchField
from oxtui.ui.sidebar import bindings as sidebar
from oxtui.ui.timeline import bindings as timeline


def main_areas(everywhere: Iterable[BindingType]) -> list[Area]:
    """Those of the main screen; `everywhere` are the keys of the application itself."""
    own = [*everywhere, *MainScreen.BINDINGS, *Panes.BINDINGS]
    return [
        _area("Everywhere", own),
        _area(sidebar.AREA, sidebar.BROWSING),
        _area("While moving sessions", sidebar.MOVING, sidebar.AREA),
        _area("Search", SearchField.BINDINGS),
        _area(timeline.AREA, timeline.BINDINGS),
    ]


def dialog_areas() -> list[Area]:
    """Those of everything that is opened above the main screen, which are imported for it."""
    from oxtui.ui.dialogs.dialog import Dialog
    from oxtui.ui.dialogs.ledger import ToolLedger
    from oxtui.ui.dialogs.picker import ProjectPicker
    from oxtui.ui.dialogs.prune import PruneRows
    from oxtui.ui.dialogs.row_list import RowList
    from oxtui.ui.dialogs.tools import ToolPicker
    from oxtui.ui.screens.help import HelpScreen
    from oxtui.ui.screens.history import HistoryScreen
    from oxtui.ui.screens.no_store import NoStoreScreen

    return [
        _area("Dialogs", Dialog.BINDINGS),
        _area("Lists", RowList.BINDINGS),
        _area("Prune", PruneRows.BINDINGS),
        _area("History and trash", HistoryScreen.BINDINGS),
        _area("Project picker", ProjectPicker.BINDINGS),
        _area("Tool picker", ToolPicker.BINDINGS),
        _area("Tool ledger", ToolLedger.BINDINGS),
        _area("Help", HelpScreen.BINDINGS),
        _area("Without a store", NoStoreScreen.BINDINGS),
    ]


def _area(title: str, bindings: Iterable[BindingType], owner: str = "") -> Area:
    return Area(title, [b for b in bindings if isinstance(b, Binding)], owner or title)
