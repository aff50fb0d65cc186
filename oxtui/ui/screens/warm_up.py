"""What the first frame does without and the first keys need."""

from collections.abc import Sequence
from importlib import import_module
from typing import Final

SHOWING: Final = ("oxtui.ui.reading",)
"""What a session is shown in."""

READING: Final = ("oxtui.ui.timeline.markdown",)
"""What a session is drawn with."""

ASKING: Final = (
    "oxtui.ui.screens.requests",
    "oxtui.ui.screens.help",
    "oxtui.ui.dialogs.confirm",
    "oxtui.ui.dialogs.prompt",
    "oxtui.ui.dialogs.picker",
    "oxtui.store.acts",
    "oxtui.ui.screens.reviews",
    "oxtui.ui.dialogs.prune",
    "oxtui.ui.dialogs.config",
    "oxtui.ui.screens.history",
    "oxtui.ui.screens.session_dialogs",
)
"""What keys ask with, and what is then done, the sooner needed first."""


def warm_up(modules: Sequence[str]) -> None:
    """Imports modules; to be called in a thread, since a key would have to wait for it."""
    for name in modules:
        import_module(name)
