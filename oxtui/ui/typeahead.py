"""Keys that arrive together, as over a slow line or from a quick hand, act in their order."""

import time
from typing import cast

from textual import events, getters
from textual.app import App
from textual.scroll_view import ScrollView


class TypeAhead(ScrollView):
    """A pane that looks up its keys itself, one after the other.

    Textual looks a binding up when its key has come all the way up to the application, and hands
    the next keys to whoever has the focus until then. Of `/cron`, `cron` would go to the pane and
    not to the field that `/` opens.
    """

    app = getters.app(cast("type[App[None]]", App))
    _asked_at: float = 0.0

    def asked(self) -> None:
        """Notes that a question is about to come up, which keys typed before it do not answer."""
        self._asked_at = time.monotonic()

    def take_key(self, event: events.Key) -> bool:
        """Acts on a key that is no binding; returns whether it did. For a pane to override."""
        return False

    async def on_key(self, event: events.Key) -> None:
        """Acts on a key at once, or passes it on to who has the keys by now."""
        if self.screen.focused is not self:
            event.stop()
            event.prevent_default()
            self.app.post_message(events.Key(event.key, event.character))
            return
        if event.time <= self._asked_at or self.take_key(event):
            event.stop()
            event.prevent_default()
            return
        active = self.screen.active_bindings.get(event.key)
        if active is not None and active.enabled:
            event.stop()
            event.prevent_default()
            await self.app.run_action(active.binding.action, active.node)
