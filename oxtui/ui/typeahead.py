"""Keys that arrive together, as over a slow line or from a quick hand, act as if typed one by one.

Textual hands a key to whoever has the focus when it arrives, whatever the keys before it are still
about to do: of `/cron`, `cron` would go to the pane and not to the field that `/` opens.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, runtime_checkable
from weakref import WeakKeyDictionary, WeakSet

from textual import events
from textual.app import App
from textual.widgets import Input
from textual.worker import Worker

if TYPE_CHECKING:
    from textual.message_pump import MessagePump
    from textual.screen import Screen
    from textual.widget import Widget

REQUESTS: Final = frozenset(
    {"requests", "history", "history-empty", "rescan", "search", "prune-plan", "default"}
)
"""Groups of workers that the next key may be about, wherever it goes; `default` is Textual's."""
READING: Final = REQUESTS | {"reading", "timeline-errors", "timeline-hits"}
"""The same for a key that goes to a session."""
_ALL: Final = 100.0
_PATIENCE_S: Final = 2.0
_PATIENCE_WITH_MESSAGES_S: Final = 10.0
_PATIENCE_LEAVING_S: Final = 0.5
_LOOK_EVERY_S: Final = 0.002


@runtime_checkable
class KeyScreen(Protocol):
    """A screen on which not every key waits for the same."""

    def await_for(self, event: events.Event) -> frozenset[str]:
        """Called when it is the turn of a key, and again if the focus moves while it waits.

        Begins what the key is about, where that is still put off.

        Returns:
            The groups of workers that are to be done before the key is handed out.
        """
        ...


class _Turn(NamedTuple):
    """Whose turn it is, where it would go, and what it waits for."""

    event: events.Event
    screen: "Screen[Any]"
    focused: "Widget | None"
    groups: frozenset[str]


class TypeAhead(App[None]):
    """An application in which a key waits for what the keys before it lead to.

    That is the messages that they cause, and what is begun because of them: a dialog that is about
    to open, a session that is being read, a search, an act. For any of it a key waits two seconds
    at most, and the next ones not at all: something long never takes the keyboard away. The key
    that leaves waits half a second. A worker that goes on when its work is done, to keep a result
    up to date, says so by its progress.
    """

    def __init__(self) -> None:
        super().__init__()
        self._typed: deque[events.Event] = deque()
        self._due: events.Event | None = None
        self._handed_out = asyncio.Event()
        self._given_up: WeakSet[Worker[Any]] = WeakSet()
        self._turn: _Turn | None = None
        self._before: WeakKeyDictionary[Screen[Any], WeakSet[Worker[Any]]] = WeakKeyDictionary()

    async def on_event(self, event: events.Event) -> None:
        """Lets through what was typed when it is its turn, and anything else at once."""
        if event is self._due:
            self._due = None
            self._handed_out.set()
        elif self._must_wait(event):
            self._typed.append(event)
            if len(self._typed) == 1:
                self.run_worker(self._hand_out, group="typed")
            return
        await super().on_event(event)

    def _must_wait(self, event: events.Event) -> bool:
        if not isinstance(event, events.InputEvent | events.Paste) or event.is_forwarded:
            return False
        if self._typed:
            return True
        return isinstance(event, events.Key | events.Paste) and not self._is_settled(event)

    async def _hand_out(self) -> None:
        """Lets through what was typed, one after the other."""
        while self._typed:
            event = self._typed[0]
            await self._settle(event)
            if not self.screen_stack:  # it is being left, and nobody is there to take a key
                self._typed.clear()
                return
            self._due = event
            self._handed_out.clear()
            self.post_message(event)
            await self._handed_out.wait()
            self._typed.popleft()

    async def _settle(self, event: events.Event) -> None:
        """Waits for what matters to this, and for what takes too long only once."""
        began = time.monotonic()
        at_last = began + _PATIENCE_WITH_MESSAGES_S
        deadline = None
        while not self._is_settled(event):
            now = time.monotonic()
            if not self._is_quiet():
                deadline = None  # what is begun by a message has the whole time as well
            elif deadline is None:
                deadline = now + _PATIENCE_S
            leaves = now > began + _PATIENCE_LEAVING_S and self._leaves(event)
            if leaves or now > (deadline or at_last):
                self._given_up.update(self._begun(self._groups(event)))
                return
            await asyncio.sleep(_LOOK_EVERY_S if deadline else 0)

    def _leaves(self, event: events.Event) -> bool:
        """Whether this would end the application now."""
        if not isinstance(event, events.Key) or isinstance(self.focused, Input):
            return False
        bound = self.screen.active_bindings.get(event.key)
        return bound is not None and bound.binding.action == "quit"

    def _is_settled(self, event: events.Event) -> bool:
        """Whether all that matters to this is done, or the application is being left."""
        if not self.screen_stack:
            return True
        if not self._is_quiet():
            return False
        groups = self._groups(event)
        # Asking for them may have begun something.
        return self._is_quiet() and not any(self._begun(groups))

    def _is_quiet(self) -> bool:
        """Whether no message is on its way."""
        stack = self.screen_stack
        shown = stack[-1].walk_children() if stack else ()
        pumps: list[MessagePump] = [self, *stack, *shown]
        return not any(pump.message_queue_size for pump in pumps)

    def _groups(self, event: events.Event) -> frozenset[str]:
        """What this waits for, asked once for each place that it may go to."""
        screen, focused = self.screen, self.focused
        turn = self._turn
        if turn is None or turn[:3] != (event, screen, focused):
            groups = REQUESTS
            if isinstance(focused, Input) and getattr(event, "is_printable", True):
                groups = frozenset[str]()
            elif isinstance(screen, KeyScreen):
                groups = screen.await_for(event)
            turn = self._turn = _Turn(event, screen, focused, groups)
        return turn.groups

    def _begun(self, groups: frozenset[str]) -> Iterator[Worker[Any]]:
        """What the keys on this screen began that is not done, of these groups."""
        screen = self.screen
        going_on = [w for w in self.workers if not w.is_finished and w.progress < _ALL]
        # What others began before a screen came up waits for its answer, or has to do with them.
        before = self._before.get(screen)
        if before is None:
            others = (w for w in going_on if screen not in w.node.ancestors_with_self)
            before = self._before[screen] = WeakSet(others)
        for worker in going_on:
            if worker.group in groups and worker not in before and worker not in self._given_up:
                yield worker
