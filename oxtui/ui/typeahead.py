"""Keys that arrive together, as over a slow line or from a quick hand, act as if typed one by one.

Textual hands a key to whoever has the focus when it arrives, whatever the keys before it are still
about to do: of `/cron`, `cron` would go to the pane and not to the field that `/` opens.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable
from weakref import WeakKeyDictionary, WeakSet

from textual import events
from textual.app import App
from textual.widgets import Input
from textual.worker import Worker

if TYPE_CHECKING:
    from textual.message_pump import MessagePump
    from textual.screen import Screen

REQUESTS: Final = frozenset(
    {"requests", "history", "history-empty", "rescan", "search", "prune-plan", "default"}
)
"""Groups of workers that the next key may be about, wherever it goes; `default` is Textual's."""
READING: Final = REQUESTS | {"reading", "timeline-errors", "timeline-hits"}
"""The same for a key that goes to a session."""
_ALL: Final = 100.0
_PATIENCE_S: Final = 2.0
_PATIENCE_WITH_MESSAGES_S: Final = 10.0
_LOOK_EVERY_S: Final = 0.002


@runtime_checkable
class KeyScreen(Protocol):
    """A screen on which not every key waits for the same."""

    def awaited_by(self, event: events.Event) -> frozenset[str]:
        """The groups of workers that are to be done before this is handed out."""
        ...


class TypeAhead(App[None]):
    """An application in which a key waits for what the keys before it lead to.

    That is the messages that they cause, and what is begun because of them: a dialog that is about
    to open, a session that is being read, a search, an act. For any of it a key waits two seconds
    at most, and the next ones not at all: something long never takes the keyboard away. A worker
    that goes on when its work is done, to keep a result up to date, says so by its progress.
    """

    def __init__(self) -> None:
        super().__init__()
        self._typed: deque[events.Event] = deque()
        self._due: events.Event | None = None
        self._handed_out = asyncio.Event()
        self._given_up: WeakSet[Worker[Any]] = WeakSet()
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
            self._due = event
            self._handed_out.clear()
            self.post_message(event)
            await self._handed_out.wait()
            self._typed.popleft()

    async def _settle(self, event: events.Event) -> None:
        """Waits for what matters to this, and for what takes too long only once."""
        at_last = time.monotonic() + _PATIENCE_WITH_MESSAGES_S
        deadline = None
        while not self._is_settled(event):
            now = time.monotonic()
            if not self._is_quiet():
                deadline = None  # what is begun by a message has the whole time as well
            elif deadline is None:
                deadline = now + _PATIENCE_S
            if now > (deadline or at_last):
                self._given_up.update(self._begun(event))
                return
            await asyncio.sleep(_LOOK_EVERY_S if deadline else 0)

    def _is_settled(self, event: events.Event) -> bool:
        """Whether all that matters to this is done."""
        return self._is_quiet() and not any(self._begun(event))

    def _is_quiet(self) -> bool:
        """Whether no message is on its way."""
        pumps: list[MessagePump] = [self, *self.screen_stack, *self.screen.walk_children()]
        return not any(pump.message_queue_size for pump in pumps)

    def _begun(self, event: events.Event) -> Iterator[Worker[Any]]:
        """What the keys on this screen began that is not done, and that this is to wait for."""
        screen = self.screen
        going_on = [w for w in self.workers if not w.is_finished and w.progress < _ALL]
        # What ran when a screen came up waits for its answer, or has to do with those below it.
        before = self._before.get(screen)
        if before is None:
            before = self._before[screen] = WeakSet(going_on)
        if isinstance(self.focused, Input) and getattr(event, "is_printable", True):
            return
        groups = screen.awaited_by(event) if isinstance(screen, KeyScreen) else REQUESTS
        for worker in going_on:
            if worker.group in groups and worker not in before and worker not in self._given_up:
                yield worker
