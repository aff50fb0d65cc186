"""Lines of the tree, painted as they come into sight."""

from typing import Final

from rich.style import Style
from textual.geometry import Region
from textual.scrollbar import ScrollBar
from textual.strip import Strip

from oxtui.glyphs import Glyphs
from oxtui.ui.line_pane import LinePane, thumb
from oxtui.ui.sidebar.render import Line, strip_of
from oxtui.ui.sidebar.scene import Scene
from oxtui.ui.text import plain
from oxtui.units import plural

_MOST_PAINTED: Final = 2_000


class ScenePane(LinePane):
    """Shows a scene, of which only the lines in sight are ever made.

    Its scroll bar is long beside what is scrolled at a time, and drawn only when it would look
    different: its position is that of the pane to within what a bar can show.
    """

    def __init__(
        self,
        scene: Scene,
        glyphs: Glyphs,
        *,
        id: str | None = None,  # noqa: A002 - as every widget names it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._scene = scene
        self._glyphs = glyphs
        self._painted: dict[int, Line] = {}
        self._styles: dict[tuple[str, ...], Style] = {}
        self._titles = ("", "")

    def content_of(self, y: int) -> Line:
        """What line `y` of what is in sight is about to show."""
        top = self.scroll_offset.y
        line = self._painted[top + y] = self._scene.line(top + y)
        if len(self._painted) > _MOST_PAINTED:
            self._painted = {
                y: line for y, line in self._painted.items() if 0 <= y - top < self.size.height
            }
        return line

    def render_line(self, y: int) -> Strip:
        """Line `y` of what is in sight."""
        return strip_of(self.content_of(y), self.size.width, self._glyphs, self._style)

    def _style(self, *components: str) -> Style:
        style = self._styles.get(components)
        if style is None:
            style = self._styles[components] = self.get_visual_style(*components).rich_style
        return style

    def notify_style_update(self) -> None:
        """Takes new colours when the theme or the focus changed."""
        super().notify_style_update()
        self._styles.clear()

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

    def _repaint(self) -> None:
        """Paints the lines in sight that would look different now, and no others."""
        top = self.scroll_offset.y
        for y in range(top, top + self.size.height):
            self._repaint_line(y)
        self._entitle()

    def _repaint_line(self, y: int) -> None:
        """Paints a line at a height if it is in sight and would look different now."""
        row = y - self.scroll_offset.y
        if 0 <= row < self.size.height and self._painted.get(y) != self._scene.line(y):
            self.refresh(Region(0, row, self.size.width, 1))

    def _entitle(self) -> None:
        forest = self._scene.rows.forest
        subtitle = plural(len(forest.catalogue.entries), "session")
        if forest.filter_text:
            subtitle = f"{forest.found:,} of {subtitle}"
        if self._scene.selected:
            subtitle += f" {self._glyphs.separator} {len(self._scene.selected):,} selected"
        text = plain(forest.filter_text)
        title = f"Sessions / {text}" if text else "Sessions"
        if (title, subtitle) != self._titles:
            self._titles = (title, subtitle)
            self.set_title(title)
            self.set_subtitle(subtitle)


def _thumb(bar: ScrollBar, top: float) -> tuple[int, int]:
    return thumb(bar.size.height, bar.window_size, bar.window_virtual_size, top)
