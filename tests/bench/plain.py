"""Bare Textual applications to compare with: `empty`, or `tree COUNT`.

Run as a file, so that what it imports is Textual and nothing of oxtui.
"""

import sys

from textual.app import App, ComposeResult
from textual.widgets import Static, Tree

READY = "ready"
_GROUP = 100


class EmptyApp(App[None]):
    """Shows one word."""

    def compose(self) -> ComposeResult:
        """The word."""
        yield Static(READY)


class TreeApp(App[None]):
    """Shows Textual's own tree, with every leaf in sight or to be scrolled to."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def compose(self) -> ComposeResult:
        """The tree, in groups of a hundred."""
        tree = Tree[None](READY)
        tree.root.expand()
        for first in range(0, self._count, _GROUP):
            group = tree.root.add(f"group {first}", expand=True)
            for number in range(first, first + _GROUP):
                group.add_leaf(f"n{number:06} a leaf with a title of some length")
        yield tree


if __name__ == "__main__":
    kind, *sizes = sys.argv[1:]
    (EmptyApp() if kind == "empty" else TreeApp(int(sizes[0]))).run()
