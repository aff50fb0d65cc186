"""The keys of the moment on one line.

Textual's own footer is a widget for each key, and all of them are made anew whenever the focus
moves. That would be a third of what the first frame costs.
"""

from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, cast

from rich.cells import cell_len
from rich.text import Text
from textual import events, getters
from textual.app import App
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.signal import Signal

_HELP: Final = "help"


class _Shown(NamedTuple):
    """A binding as the footer shows it."""

    action: str
    key: str
    before: str
    description: str
    enabled: bool

    @property
    def width(self) -> int:
        return cell_len(self.before) + cell_len(self.description)


class KeyFooter(Widget):
    """Shows the bindings of the screen that are meant to be shown; a click does what the key does.

    What does not fit is not there, and first of all not what comes last: but the key of the help,
    which has all others, stays as long as anything does.
    """

    app = getters.app(cast("type[App[None]]", App))
    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"footer--key", "footer--description"}
    DEFAULT_CSS = """
    KeyFooter {
        dock: bottom;
        height: 1;
        background: $footer-background;
        & > .footer--key {
            color: $footer-key-foreground;
            background: $footer-key-background;
            text-style: bold;
        }
        & > .footer--description {
            color: $footer-description-foreground;
            background: $footer-description-background;
        }
    }
    """

    _shown: tuple[_Shown, ...] = ()
    _is_due = False

    def on_mount(self) -> None:
        """Keeps up with which keys there are."""
        updated = cast("Signal[Screen[object]]", self.screen.bindings_updated_signal)  # pyright: ignore[reportUnknownMemberType] - Textual leaves out the type of its own screens
        updated.subscribe(self, self._bindings_updated)

    def _bindings_updated(self, _screen: "Screen[object]") -> None:
        # It is said several times whenever something happens, and looking is not cheap.
        if self.app.app_focus and not self._is_due:
            self._is_due = True
            self.call_later(self._look)

    def _look(self) -> None:
        self._is_due = False
        shown: dict[str, _Shown] = {}
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if binding.show and binding.action not in shown:
                if not (key := self.app.get_key_display(binding)):
                    continue  # the user took it away
                before = f" {key} "
                description = f"{binding.description} "
                shown[binding.action] = _Shown(
                    binding.action, binding.key, before, description, enabled
                )
        if self._shown != (now := tuple(shown.values())):
            self._shown = now
            self.refresh()

    def _fitting(self) -> list[_Shown]:
        """What there is room for, each whole."""
        room = self.size.width
        rest = sum(each.width for each in self._shown)
        fitting = list(self._shown)
        while fitting and rest > room:
            last = max(range(len(fitting)), key=lambda i: (fitting[i].action != _HELP, i))
            rest -= fitting.pop(last).width
        return fitting

    def render(self) -> Text:
        """The line."""
        key = self.get_component_rich_style("footer--key")
        description = self.get_component_rich_style("footer--description")
        line = Text(no_wrap=True, overflow="crop", end="")
        for shown in self._fitting():
            start = len(line)
            line.append(shown.before, key).append(shown.description, description)
            if not shown.enabled:
                line.stylize("dim", start)
        return line

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Does what the key under the pointer does."""
        left = 0
        for shown in self._fitting():
            if left <= event.x < left + shown.width:
                if shown.enabled:
                    self.app.simulate_key(shown.key)
                else:
                    self.app.bell()
            left += shown.width
