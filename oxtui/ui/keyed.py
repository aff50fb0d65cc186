"""A pane that acts on its keys as they come."""

from typing import cast

from textual import events, getters
from textual.app import App

from oxtui.ui.drawn import DrawnPane


class KeyedPane(DrawnPane):
    """A pane that looks its keys up itself, which spares them the way up to the application."""

    app = getters.app(cast("type[App[None]]", App))

    def take_key(self, event: events.Key) -> bool:
        """Acts on a key that is no binding; returns whether it did. For a pane to override."""
        return False

    async def on_key(self, event: events.Key) -> None:
        """Acts on a key at once."""
        if self.take_key(event):
            event.stop()
            event.prevent_default()
            return
        active = self.screen.active_bindings.get(event.key)
        if active is not None and active.enabled:
            event.stop()
            event.prevent_default()
            await self.app.run_action(active.binding.action, active.node)
