"""A pane that comes to know how high everything in it is, while nobody waits for it."""

import asyncio
import time
from collections.abc import Generator
from contextlib import contextmanager
from threading import Event
from typing import Final, NamedTuple

from textual.geometry import Size
from textual.worker import Worker

from oxtui.replay.turns import Turn
from oxtui.ui.line_pane import thumb
from oxtui.ui.timeline.blocks import View, blocks
from oxtui.ui.timeline.canvas import Canvas
from oxtui.ui.timeline.render import Pen, height

_AT_REST_S: Final = 0.3
_SLICE_S: Final = 0.015
_REST_S: Final = 0.005
_LONG_AT_REST_S: Final = 2.0
_AT_ONCE: Final = 100


class _Measured(NamedTuple):
    """Heights of the blocks of a turn, in a view and drawn with a pen."""

    turn: Turn
    heights: list[int]


class Measuring(Canvas):
    """Measures what nobody has looked at, the nearest first, when there is nothing else to do.

    What is on screen stays where it is. It is drawn again only when the scroll bar is to move.
    """

    _measurer: Worker[None] | None = None
    _moved_at: float = 0.0
    _held: int = 0
    _stopped: Event = Event()
    _thumb: tuple[int, int] = (0, 0)

    @property
    def measured(self) -> bool:
        """Whether every height is known, so that the scroll bar is exact."""
        return self._measurer is not None and self._measurer.is_finished

    @contextmanager
    def unhurried(self) -> Generator[None]:
        """Leaves the processor to what somebody is waiting for."""
        self._held += 1
        self._stopped.set()
        try:
            yield
        finally:
            self._held -= 1
            self._moved_at = time.monotonic()

    def _sync(self) -> None:
        super()._sync()
        self._moved_at = time.monotonic()
        self._thumb = self._thumb_now()
        if self._measurer is None or self._measurer.is_finished:
            self._measurer = self.run_worker(self._measure_rest, group="timeline-heights")

    async def _measure_rest(self) -> None:
        while (viewport := self._viewport) is not None:
            since_s = time.monotonic() - self._moved_at
            if self._held or since_s < _AT_REST_S:
                await asyncio.sleep(_AT_REST_S)
                continue
            layout, view, pen = viewport.layout, viewport.layout.view, self._pen()
            turns = layout.unmeasured(viewport.top[0].turn, _AT_ONCE)
            if not turns:
                self._move_thumb()
                return
            begun = time.monotonic()
            self._stopped = stopped = Event()
            try:
                measured = await asyncio.to_thread(_measure, turns, view, pen, stopped)
            finally:
                stopped.set()  # a thread does not end by itself when its worker does
            if self._viewport is viewport and layout.view is view and pen is self._pen():
                self._take_heights(measured)
            # As long as it took, others have the processor; less once nobody seems to be there.
            took_s = time.monotonic() - begun
            await asyncio.sleep(_REST_S if since_s > _LONG_AT_REST_S else took_s)

    def _take_heights(self, measured: list[_Measured]) -> None:
        layout, viewport = self._layout, self._viewport
        assert viewport is not None
        for turn, heights in measured:
            if turn.index < len(layout.turns) and layout.turns[turn.index] is turn:
                layout.set_heights(turn.index, heights)
        layout.calibrate()
        self._is_quiet = True
        self.virtual_size = Size(self.size.width, layout.line_count)
        self.scroll_target_y = self.scroll_y = viewport.line
        self._is_quiet = False
        if self._thumb != self._thumb_now():
            self._move_thumb()

    def _thumb_now(self) -> tuple[int, int]:
        assert self._viewport is not None
        rows = self._rows()
        return thumb(rows, rows, self._layout.line_count, self._viewport.line)

    def _move_thumb(self) -> None:
        assert self._viewport is not None
        self._thumb = self._thumb_now()
        bar = self.vertical_scrollbar
        bar.window_virtual_size = self._layout.line_count
        bar.position = self._viewport.line


def _measure(turns: list[Turn], view: View, pen: Pen, stopped: Event) -> list[_Measured]:
    """Heights of the first turns, as many as can be drawn within a moment."""
    end = time.monotonic() + _SLICE_S
    measured: list[_Measured] = []
    for turn in turns:
        heights: list[int] = []
        for block in blocks(turn, view):
            if stopped.is_set():
                return measured
            heights.append(height(turn, block, pen))
        measured.append(_Measured(turn, heights))
        if time.monotonic() > end:
            break
    return measured
