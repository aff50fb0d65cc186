"""A process that reads summaries; several of them use all the cores that there are.

Started by `helpers` as `python -m oxtui.store.summaries.reader FOLDER`. Its input is names of
files, each ending in NUL. For every `SHARE` of them it answers with the length of a block, and the
block, which lacks what can't be packed.
"""

import gc
import os
import struct
import sys
from pathlib import Path
from typing import Final

from oxtui.store.summaries.blocks import can_be_packed, pack
from oxtui.store.summaries.scan import read_entry

SHARE: Final = 200
LENGTH: Final = struct.Struct("<Q")


def main() -> None:
    """Reads what the input names, and ends."""
    gc.disable()  # what is read has no cycles
    folder = Path(sys.argv[1])
    names = sys.stdin.buffer.read().split(b"\0")[:-1]
    for at in range(0, len(names), SHARE):
        entries = [read_entry(folder / os.fsdecode(name)) for name in names[at : at + SHARE]]
        content = pack(entry for entry in entries if entry and can_be_packed(entry))
        try:
            sys.stdout.buffer.write(LENGTH.pack(len(content)) + content)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            os._exit(0)  # nobody waits for it any more, so there is nothing to be flushed


if __name__ == "__main__":
    main()
