"""Scrolling a pane whose bar is long beside what is scrolled at a time."""

from textual.scrollbar import ScrollBar

from oxtui.ui.keyed import KeyedPane


class ScrollingPane(KeyedPane):
    """A pane whose scroll bar is drawn only when it would look different.

    The position of the bar is that of the pane to within what a bar can show.
    """

    def watch_virtual_size(self) -> None:
        """Puts the bar to where it belongs, since the same place may look different now."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = self.scroll_y

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolls what is in sight, and the bar where that is to be seen."""
        bar = self.vertical_scrollbar if self.show_vertical_scrollbar else None
        if bar is not None and _thumb(bar, new_value) != _thumb(bar, bar.position):
            bar.position = new_value
        if round(old_value) != round(new_value):
            self.refresh(self.size.region)


def _thumb(bar: ScrollBar, position: float) -> int:
    """Where the thumb of a bar begins at a position, as finely as it is drawn."""
    size, window, whole = bar.size.height, bar.window_size, bar.window_virtual_size
    if whole <= window or not size:
        return -1 if position else 0
    thumb = max(1, window * size / whole)
    fineness = len(bar.renderer.VERTICAL_BARS)
    return int((size - thumb) * position / (whole - window) * fineness)
