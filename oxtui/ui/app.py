"""The application: it wires, and nothing else."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Event, Key
from textual.message import Message
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.theme import Theme
from textual.widgets import Input

from oxtui.errors import StoreNotFoundError
from oxtui.locations import require_store, theme_path
from oxtui.store.library import Library
from oxtui.store.read_ahead import ReadAhead
from oxtui.store.remembered import recall, remember
from oxtui.store.state_store import StateStore
from oxtui.ui.blank_bar import BlankBar
from oxtui.ui.driver import SturdyDriver
from oxtui.ui.options import Options
from oxtui.ui.own_keys import OwnKeys
from oxtui.ui.screens import messages
from oxtui.ui.screens.main import MainScreen
from oxtui.ui.themes import DARK, THEMES

if TYPE_CHECKING:
    from rich.console import RenderableType

_INTERRUPTED = 130


class OxtuiApp(OwnKeys):
    """oxtui on one store.

    Attributes:
        left_with: The exit code that it was told to leave with; None as long as it was not.
    """

    TITLE = "oxtui"
    CSS = """
    ToastRack { margin-bottom: 2; } /* above the status line, which says what goes on */
    .-ascii Sidebar, .-ascii Timeline, .-ascii RowList, .-ascii #no-store {
        border: ascii $border-blurred;
    }
    .-ascii .dialog--box { border: ascii $border; }
    .-ascii Sidebar:focus, .-ascii Timeline:focus { border: ascii $border; }
    .-ascii Toast.-information { border-left: ascii $success; }
    .-ascii Toast.-warning { border-left: ascii $warning; }
    .-ascii Toast.-error { border-left: ascii $error; }
    .-ascii SearchIcon, .-ascii CommandPalette LoadingIndicator { display: none; }
    .-ascii CommandPalette #--input { border: ascii $border; }
    .-ascii CommandPalette CommandList { border-bottom: ascii $border; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit", show=False, id="app.quit"),
        Binding("ctrl+z", "suspend_process", "Suspend", show=False, id="app.suspend"),
        Binding("question_mark", "help", "Help", key_display="?", id="app.help"),
        Binding("colon", "command_palette", "Palette", show=False, id="app.palette"),
    ]

    def __init__(
        self,
        options: Options,
        ahead: ReadAhead | None = None,
        leaving: Callable[[int], None] | None = None,
    ) -> None:
        """Makes the application.

        Args:
            options: What the command line decided.
            ahead: What was begun to be read of the store, if it was.
            leaving: Is told the exit code when it begins to end.
        """
        super().__init__()
        self.options = options
        self.left_with: int | None = None
        self._ahead = ahead
        self._leaving = leaving
        self._main: MainScreen | None = None
        self._missing: StoreNotFoundError | None = None
        if options.low_bandwidth:
            self.animation_level = "none"

    def get_driver_class(self) -> type[Driver]:
        """What drives the terminal."""
        chosen = super().get_driver_class()
        return SturdyDriver if chosen is LinuxDriver else chosen

    def on_load(self) -> None:
        """Decides on the looks before there is anything that would have to change them."""
        self.set_class(self.options.ascii, "-ascii")
        ScrollBar.renderer = BlankBar if self.options.ascii else ScrollBarRender
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self.options.theme or self._remembered_theme() or DARK.name

    def exit(
        self,
        result: None = None,
        return_code: int = 0,
        message: "RenderableType | None" = None,
    ) -> None:
        """Leaves; what fails from then on, such as a dialog that was just opening, is no crash."""
        self.left_with = return_code
        if self._leaving is not None:
            self._leaving(return_code)
        super().exit(result, return_code, message)

    async def on_event(self, event: Event) -> None:
        """Ends at ctrl+c, whatever goes on and whoever has the keys."""
        if isinstance(event, Key) and event.key == "ctrl+c" and self._is_interrupt():
            self.exit(return_code=_INTERRUPTED)
        else:
            await super().on_event(event)

    def _is_interrupt(self) -> bool:
        """Whether ctrl+c is nothing else: no key of the user's own, and nothing to be copied."""
        if not self.screen_stack:
            return False
        bound = self.screen.active_bindings.get("ctrl+c")
        is_copied = isinstance(self.focused, Input) and self.focused.selected_text
        return not (bound and bound.binding.id) and not (is_copied or self.screen.selections)

    def on_mount(self) -> None:
        """Takes the keys that the user chose, and heeds which theme they choose."""
        self.take_keys()
        self.theme_changed_signal.subscribe(self, self._theme_chosen)
        if self._missing is not None:
            self._say_missing(self._missing)

    @on(messages.RetryRequested)
    def retry(self) -> None:
        """Looks for the store again."""
        self.pop_screen()
        if (main := self._open()) is not None:
            self.push_screen(main)
        elif self._missing is not None:
            self._say_missing(self._missing)

    def _remembered_theme(self) -> str | None:
        name = recall(theme_path())
        return name if isinstance(name, str) and name in self.available_themes else None

    @work(group="theme", exclusive=True)
    async def _theme_chosen(self, theme: Theme) -> None:
        """Remembers a theme for the next run."""
        await asyncio.to_thread(remember, theme_path(), theme.name)

    def get_default_screen(self) -> Screen[None]:
        """The main screen, if there is a store, so that nothing else is drawn before it."""
        return self._open() or Screen[None]()

    def _open(self) -> MainScreen | None:
        """The screen on the store; None if there is none."""
        try:
            base = require_store(self.options.location)
        except StoreNotFoundError as error:
            self._missing = error
            return None
        library = Library(StateStore(base, self.options.read_only), self._ahead)
        self._ahead = None
        self._main = MainScreen(self.options, library)
        return self._main

    def _say_missing(self, error: StoreNotFoundError) -> None:
        from oxtui.ui.screens.no_store import NoStoreScreen  # mostly there is a store

        self.push_screen(NoStoreScreen(error))

    @on(messages.RestoreRequested)
    @on(messages.EmptyTrashRequested)
    @on(messages.UndoRequested)
    @on(messages.RedoRequested)
    @on(messages.ActReported)
    def pass_on(self, message: Message) -> None:
        """Brings what is asked for on a screen above it to the main screen."""
        if self._main is not None:
            self._main.post_message(message)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Shows a toast, in characters that the terminal has."""
        message = message.translate(self.options.glyphs.punctuation)
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def get_key_display(self, binding: Binding) -> str:
        """The name of a key, in characters that the terminal has."""
        shown = super().get_key_display(binding)
        return binding.key if self.options.ascii and not shown.isascii() else shown

    def action_help(self) -> None:
        """Shows every key, or those of what is opened above the main screen."""
        from oxtui.ui.screens.help import HelpScreen  # which the first frame need not wait for

        areas = self.areas_now()
        if self.screen is not self._main:
            active = {each.binding.id for each in self.screen.active_bindings.values()}
            areas = [area for area in (*areas, *self.dialog_areas_now()) if active & area.ids]
        self.push_screen(HelpScreen(areas, self.dialog_areas_now, glyphs=self.options.glyphs))

    def action_command_palette(self) -> None:
        """Shows the palette of all actions."""
        if not isinstance(self.screen, CommandPalette):
            placeholder = f"Search for commands{self.options.glyphs.left_out}"
            self.push_screen(CommandPalette(id="--command-palette", placeholder=placeholder))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action that there is a key for on the screen, and the themes."""
        offered: dict[str, SystemCommand] = {}
        for node, binding, enabled, _ in screen.active_bindings.values():
            if enabled:
                run = partial(self.run_action, binding.action, node)
                offered.setdefault(binding.description, self._command(binding, run))
        if self._main is not None and screen is self._main:
            for binding in self._main.panes.other_bindings():
                run = partial(self._main.panes.do_in_other, binding.action)
                offered.setdefault(binding.description, self._command(binding, run))
        yield from (command for title, command in offered.items() if title)
        yield SystemCommand("Theme", "Choose other colours", self.action_change_theme)

    def _command(self, binding: Binding, run: Callable[[], Awaitable[object]]) -> SystemCommand:
        key = self.get_key_display(binding)
        return SystemCommand(binding.description, f"Key: {key}" if key else "", run)
