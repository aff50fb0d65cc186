"""A believable store, made up, and somebody who keeps writing to it."""

from oxtui.demo.live import DemoWriter, keep_writing
from oxtui.demo.store import write_demo

__all__ = ["DemoWriter", "keep_writing", "write_demo"]
