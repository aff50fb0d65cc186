"""A line to type in, whatever is pasted into it."""

from typing import Final, cast

from textual import events, getters
from textual.app import App
from textual.keys import KEY_NAME_REPLACEMENTS, key_to_character
from textual.widgets import Input

from oxtui.sanitize import sanitize

LONGEST_TEXT: Final = 1_000
"""The most characters that a line takes."""

# Textual finds a character by the Unicode name of its key, and has shorter names for six of them.
_CHARACTERS: Final = {
    name: key_to_character(unicode) for unicode, name in KEY_NAME_REPLACEMENTS.items()
}


class SafeInput(Input):
    """A line to type in, in which nothing that is pasted can do anything to the terminal."""

    app = getters.app(cast("type[App[None]]", App))
    DEFAULT_CSS = """
    SafeInput.-textual-compact {
        height: 1;
        padding: 0 1;
        color: $foreground;
        background: $foreground 9%;
        &:focus { background: $primary 24%; background-tint: $foreground 0%; }
        &.-refused { background: $error 24%; }
        /* Colours of a terminal do not blend. */
        &:ansi { color: ansi_black; background: ansi_white; }
        &:ansi:focus { color: ansi_bright_white; background: ansi_blue; }
        &:ansi.-refused { color: ansi_bright_white; background: ansi_red; }
    }
    """

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        select_on_focus: bool = True,
        id: str | None = None,  # noqa: A002 - as every widget names it
    ) -> None:
        """Makes a line that holds `value`, made safe to show."""
        super().__init__(
            sanitize(value[:LONGEST_TEXT]),
            placeholder=placeholder,
            max_length=LONGEST_TEXT,
            select_on_focus=select_on_focus,
            compact=True,
            id=id,
        )
        self.cursor_blink = False  # which would wake us twice a second, and send bytes each time

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key would be typed, so that nothing else is offered for it."""
        return super().check_consume_key(key, character or _CHARACTERS.get(key))

    def on_paste(self, event: events.Paste) -> None:
        """Takes what the terminal pastes as one line."""
        event.prevent_default()
        event.stop()
        self._insert(event.text)

    def action_paste(self) -> None:
        """Takes what was copied in the application, which may be any text of a file."""
        self._insert(self.app.clipboard)

    def _insert(self, text: str) -> None:
        self.replace(sanitize(text[:LONGEST_TEXT].strip()), *sorted(self.selection))
