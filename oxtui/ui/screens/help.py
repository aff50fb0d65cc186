"""Every key and every mark."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from oxtui.glyphs import UNICODE, Glyphs
from oxtui.locations import home_shortened, settings_path
from oxtui.sanitize import sanitize
from oxtui.ui.dialogs.dialog import Dialog
from oxtui.ui.keymap import Area
from oxtui.ui.screens.help_text import (
    HelpSection,
    column_text,
    id_section,
    in_columns,
    key_section,
    mark_section,
    mouse_section,
)

_OWN_KEYS: Final = "Keys of your own are chosen by these ids, under [keys] in"
_EXAMPLE: Final = '"sidebar.trash" = "D"    with commas between several, "" for none'


class HelpScreen(Dialog[None]):
    """Shows the keys of each area, in columns as the width allows."""

    DEFAULT_CSS = """
    HelpScreen {
        .dialog--box { max-width: 130; }
        .help--own { display: none; height: auto; padding-top: 1; color: $text-muted; }
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
        Binding("i", "ids", "Ids of all keys", show=False, id="help.ids"),
    ]

    def __init__(
        self,
        areas: Sequence[Area],
        further: Callable[[], Sequence[Area]] = tuple,
        *,
        glyphs: Glyphs = UNICODE,
    ) -> None:
        """Makes the screen.

        Args:
            areas: The areas, each with its bindings, as they are to be shown.
            further: Gives those that are shown only with the ids of their bindings.
            glyphs: The marks to explain.
        """
        super().__init__("Keys", "i own keys, esc close")
        self._areas = areas
        self._further = further
        self._glyphs = glyphs
        self._with_ids = False
        self._own = Static(classes="help--own")

    def compose_body(self) -> Iterable[Widget]:
        """The columns, once the width is known."""
        yield self._own
        yield Horizontal(id="help-columns", classes="dialog--body")

    def compose_buttons(self) -> Iterable[Widget]:
        """None: there is nothing to decide."""
        return ()

    async def on_resize(self) -> None:
        """Lays out anew."""
        await self._lay_out()

    async def action_ids(self) -> None:
        """Shows the ids that keys of one's own are chosen by, and where; or no longer."""
        self._with_ids = not self._with_ids
        path = sanitize(home_shortened(settings_path()))
        self._own.update(Content(f"{_OWN_KEYS} {path}\n{_EXAMPLE}"))
        self._own.display = self._with_ids
        await self._lay_out()

    def _sections(self) -> list[HelpSection]:
        if self._with_ids:
            areas = [*self._areas, *self._further()]
            return [id_section(area.title, area.bindings) for area in areas]
        everywhere, *others = (
            key_section(area.title, area.bindings, self._key_name) for area in self._areas
        )
        return [everywhere, mouse_section(), *others, mark_section(self._glyphs)]

    async def _lay_out(self) -> None:
        row = self.query_one("#help-columns", Horizontal)
        columns = in_columns(self._sections(), min(self.size.width, 130) - 8)
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
