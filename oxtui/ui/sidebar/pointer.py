"""What the pointer does to the sidebar, apart from what the keys do."""

from dataclasses import dataclass
from enum import Enum, auto


class Pressed(Enum):
    """What a button that is down means so far."""

    NOTHING = auto()
    ROW = auto()
    DRAG = auto()


@dataclass(slots=True)
class Pointer:
    """The button of the pointer, from going down to coming up.

    Attributes:
        pressed: What it means so far.
        y: The line on which it went down.
        dragged: Whether it was a drag, so that the click that follows means nothing.
    """

    pressed: Pressed = Pressed.NOTHING
    y: int = 0
    dragged: bool = False

    def down(self, y: int) -> None:
        """The button went down on a session's row."""
        self.pressed, self.y, self.dragged = Pressed.ROW, y, False

    def leaves(self, y: int) -> bool:
        """Whether moving to line `y` makes it a drag now."""
        if self.pressed is Pressed.ROW and y != self.y:
            self.pressed, self.dragged = Pressed.DRAG, True
            return True
        return False

    def up(self) -> bool:
        """The button came up; says whether that ends a drag."""
        was, self.pressed = self.pressed, Pressed.NOTHING
        return was is Pressed.DRAG

    def swallow_click(self) -> bool:
        """Whether the click that comes now belongs to a drag."""
        was, self.dragged = self.dragged, False
        return was
