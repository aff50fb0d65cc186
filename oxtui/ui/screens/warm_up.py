"""What the first frame does without and the first keys need."""

from importlib import import_module
from typing import Final

_MODULES: Final = (
    "oxtui.ui.timeline.markdown",
    "oxtui.ui.screens.help",
    "oxtui.ui.dialogs.confirm",
    "oxtui.ui.dialogs.prompt",
    "oxtui.ui.dialogs.picker",
    "oxtui.store.acts",
    "oxtui.ui.dialogs.prune",
    "oxtui.ui.dialogs.config",
    "oxtui.ui.screens.history",
)


def warm_up() -> None:
    """Imports it, the sooner needed first; to be called in a thread while nobody is waiting."""
    for name in _MODULES:
        import_module(name)
