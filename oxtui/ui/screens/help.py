"""Every key and every mark."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Static

from oxtui.glyphs import UNICODE, Glyphs
from oxtui.ui.dialogs.dialog import Dialog
from oxtui.ui.screens.help_text import (
    column_text,
    in_columns,
    key_section,
    mark_section,
)


class HelpScreen(Dialog[None]):
    """Shows the keys of each area, in columns as the width allows."""

    DEFAULT_CSS = """
    HelpScreen {
        .dialog--box { max-width: 130; }
        .help--column { width: 1fr; max-width: 46; height: auto; margin-right: 3; }
    }
    """
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,q", "cancel", "Close", show=False, id="help.close"),
        Binding("down,j", "scroll(1)", "Down", show=False, id="help.down"),
        Binding("up,k", "scroll(-1)", "Up", show=False, id="help.up"),
        Binding("g,home", "scroll_to_edge(-1)", "Start", show=False, id="help.first"),
        Binding("G,end", "scroll_to_edge(1)", "End", show=False, id="help.last"),
    ]

    def __init__(
        self, sections: Sequence[tuple[str, Sequence[Binding]]], *, glyphs: Glyphs = UNICODE
    ) -> None:
        """Makes the screen.

        Args:
            sections: The areas, each with its bindings, as they are to be shown.
            glyphs: The marks to explain.
        """
        super().__init__("Keys", "esc close")
        self._sections = sections
        self._glyphs = glyphs

    def compose_body(self) -> Iterable[Widget]:
        """The columns, once the width is known."""
        yield Horizontal(id="help-columns", classes="dialog--body")

    def compose_buttons(self) -> Iterable[Widget]:
        """None: there is nothing to decide."""
        return ()

    async def on_resize(self, event: events.Resize) -> None:
        """Lays out anew."""
        sections = [
            *(key_section(title, keys, self._key_name) for title, keys in self._sections),
            mark_section(self._glyphs),
        ]
        row = self.query_one("#help-columns", Horizontal)
        columns = in_columns(sections, min(event.size.width, 130) - 8)
        with self.app.batch_update():
            await row.remove_children()
            await row.mount_all(
                Static(column_text(column), classes="help--column") for column in columns
            )

    def _key_name(self, binding: Binding) -> str:
        shown = self.app.get_key_display(binding)
        return shown if self._glyphs.icons or shown.isascii() else binding.key

    def on_click(self, event: events.Click) -> None:
        """Closes at a click beside the box."""
        if event.widget is self:
            self.action_cancel()

    def action_scroll(self, lines: int) -> None:
        """Scrolls what does not fit."""
        self.query_one(".dialog--box").scroll_relative(y=lines, animate=False)

    def action_scroll_to_edge(self, direction: int) -> None:
        """Scrolls to the start or the end."""
        box = self.query_one(".dialog--box")
        box.scroll_to(y=0 if direction < 0 else box.max_scroll_y, animate=False)
