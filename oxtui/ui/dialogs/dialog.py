"""What all dialogs have in common: a box over the screen, buttons that stay in sight, the keys."""

from collections.abc import Iterable
from typing import ClassVar, Final

from textual import getters
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, ScreenResultType
from textual.widget import Widget
from textual.widgets import Button, Static

from oxtui.sanitize import sanitize, sanitize_lines

CANCEL: Final = "cancel"
"""The id of the button that changes nothing."""
ACCEPT: Final = "accept"
"""The id of the button that does what the dialog is for."""


class DialogButton(Button):
    """A button one line high, which stands out when it has the focus."""

    DEFAULT_CSS = """
    DialogButton.-style-default {
        height: 1;
        width: auto;
        min-width: 10;
        margin-left: 2;
        padding: 0 1;
        color: $foreground;
        background: $foreground 12%;
        text-style: none;
        &:hover { color: $foreground; background: $foreground 20%; }
        &:focus {
            color: $background;
            background: $primary;
            background-tint: $foreground 0%;
            text-style: bold;
        }
        &.-destructive { color: $text-error; }
        &.-destructive:focus { color: $background; background: $error; }
        &:disabled { color: $text-disabled; background: $foreground 6%; text-opacity: 1; }
        &.-active { tint: $background 20%; }
    }
    /* Colours of a terminal do not blend, and Textual gives a button of theirs a border, in which
       one line has no room left for the label. */
    DialogButton.-style-default:ansi {
        border: none !important;
        color: ansi_black;
        background: ansi_white !important;
        text-style: none;
        &:hover { border: none !important; color: ansi_black; }
        &:focus { color: ansi_bright_white; background: ansi_blue !important; text-style: bold; }
        &.-destructive { color: ansi_red; }
        &.-destructive:focus { color: ansi_bright_white; background: ansi_red !important; }
        &:disabled {
            border: none !important;
            color: ansi_default;
            background: ansi_default !important;
            text-style: dim;
        }
        &.-active { border: none !important; tint: transparent; }
    }
    """

    def __init__(
        self, label: str, button_id: str, *, destructive: bool = False, disabled: bool = False
    ) -> None:
        """Makes a button.

        Args:
            label: What it says, without markup.
            button_id: The widget's id.
            destructive: Whether what it does deserves a second look.
            disabled: Whether it cannot be pressed for now.
        """
        classes = "-destructive" if destructive else None
        super().__init__(
            Content(sanitize(label)),
            id=button_id,
            classes=classes,
            compact=True,
            disabled=disabled,
        )

    def watch_label(self) -> None:
        """Takes as much room as another label needs."""
        self.refresh(layout=True)


class Dialog(ModalScreen[ScreenResultType]):
    """A box with a title, contents that scroll where they must, and buttons below them.

    No letter confirms anything, and Cancel has the focus unless a dialog says otherwise: the key
    that opened a dialog, held down or pressed twice, can do no more than cancel it.
    """

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 65%;
        .dialog--box {
            width: 100%;
            max-width: 80;
            height: auto;
            max-height: 100%;
            padding: 0 2;
            border: round $border;
            border-title-color: $foreground;
            border-title-style: bold;
            border-subtitle-color: $text-muted;
            background: $surface;
            color: $foreground;
            overflow-x: hidden;
            scrollbar-size-vertical: 1;
        }
        .dialog--body { height: auto; padding-top: 1; }
        .dialog--buttons {
            dock: bottom;
            height: 3;
            padding: 1 0;
            align-horizontal: right;
            background: $surface;
        }
        .dialog--muted { color: $text-muted; }
        .dialog--warning { color: $text-warning; }
        .dialog--gap { margin-top: 1; }
    }
    Dialog.-low .dialog--body { padding-top: 0; }
    Dialog.-low .dialog--buttons { height: 1; padding: 0; }
    Dialog.-low .dialog--gap { margin-top: 0; }
    Dialog.-narrow .dialog--box { padding: 0 1; }
    Dialog.-narrow DialogButton { min-width: 8; margin-left: 1; padding: 0; }
    """
    app: getters.app[App[object]] = getters.app(App)
    AUTO_FOCUS = f"#{CANCEL}"
    # Textual's own annotation of these, `ClassVar[…] | None`, is none.
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [  # pyright: ignore[reportIncompatibleVariableOverride]
        (0, "-narrow"),
        (64, "-wide"),
    ]
    VERTICAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [  # pyright: ignore[reportIncompatibleVariableOverride]
        (0, "-low"),
        (20, "-high"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="dialog.cancel"),
        Binding("question_mark", "app.help", "Help", show=False, id="dialog.help"),
        Binding("down,right", "app.focus_next", "Next", show=False, id="dialog.next"),
        Binding("up,left", "app.focus_previous", "Previous", show=False, id="dialog.previous"),
        Binding("pageup", "scroll_box(-1)", "Page up", show=False, id="dialog.page_up"),
        Binding("pagedown", "scroll_box(1)", "Page down", show=False, id="dialog.page_down"),
    ]

    def __init__(self, title: str, keys: str = "") -> None:
        """Makes a dialog.

        Args:
            title: What it is about; safe to be any text.
            keys: What its keys do, for the lower border.
        """
        super().__init__()
        self._dialog_title = Content(sanitize(title))
        self._keys = Content(keys)

    def compose(self) -> ComposeResult:
        """The box."""
        with VerticalScroll(classes="dialog--box", can_focus=False) as box:
            box.border_title = self._dialog_title
            box.border_subtitle = self._keys
            yield from self.compose_body()
            if buttons := tuple(self.compose_buttons()):
                yield Horizontal(*buttons, classes="dialog--buttons")

    def compose_body(self) -> Iterable[Widget]:
        """What is in the box, above the buttons."""
        raise NotImplementedError

    def compose_buttons(self) -> Iterable[Widget]:
        """The buttons, that which changes nothing first."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Closes again if the same dialog is open already, as when its key is pressed twice."""
        below = self.app.screen_stack[:-1]
        if any(type(screen) is type(self) for screen in below):
            self.action_cancel()

    def finish(self, result: ScreenResultType | None) -> None:
        """Closes the dialog with a result; once, however often a key is pressed."""
        if self.is_active:
            self.dismiss(result)

    def action_cancel(self) -> None:
        """Closes the dialog, and nothing happens."""
        self.finish(None)

    def action_scroll_box(self, pages: int) -> None:
        """Scrolls what does not fit."""
        box = self.query_one(".dialog--box")
        box.scroll_relative(y=pages * max(1, box.size.height - 4), animate=False)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Does what the button says."""
        event.stop()
        self.press(event.button.id or "")

    def press(self, button_id: str) -> None:
        """Does what a button is for."""
        if button_id == CANCEL:
            self.action_cancel()
        elif button_id == ACCEPT:
            self.accept()

    def accept(self) -> None:
        """Closes the dialog with its result, if it has a valid one."""
        raise NotImplementedError


def paragraph(text: str, classes: str = "") -> Static:
    """Text of any origin, over as many lines as it takes."""
    return Static(Content(sanitize_lines(text)), classes=classes)
