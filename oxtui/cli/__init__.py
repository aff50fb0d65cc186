"""The commands. Each is in a module of its own, which is imported when the command runs."""

from typing import Final

from oxtui.cli.program import Program
from oxtui.cli.target import store_option

_COMMANDS: Final = {
    "open": "oxtui.cli.opening",
    "demo": "oxtui.cli.demo",
    "list": "oxtui.cli.listing",
    "show": "oxtui.cli.show",
    "search": "oxtui.cli.search",
    "move": "oxtui.cli.sessions",
    "rename": "oxtui.cli.sessions",
    "delete": "oxtui.cli.sessions",
    "trash": "oxtui.cli.trash",
    "prune": "oxtui.cli.prune",
    "projects": "oxtui.cli.projects",
    "config": "oxtui.cli.config",
    "history": "oxtui.cli.history",
    "undo": "oxtui.cli.history",
    "redo": "oxtui.cli.history",
    "export": "oxtui.cli.export",
    "check": "oxtui.cli.check",
}

main: Final = store_option(
    Program(
        "oxtui",
        default="open",
        modules=_COMMANDS,
        help="The sessions of Oxios in a terminal: read, file, find, prune and restore them."
        " Without a command, opens the application.",
    )
)
"""The program, as the console script calls it; it ends the process with an exit code."""
