"""The conversations of the demo, written by hand."""

from typing import Final

from oxtui.demo.script import Talk
from oxtui.demo.talks import (
    api,
    cron,
    flaky,
    infrastructure,
    japanese,
    korean,
    mobile,
    others,
    research,
    rollout,
    website,
)

TALKS: Final[tuple[Talk, ...]] = (
    rollout.TALK,
    *cron.TALKS,
    *korean.TALKS,
    *website.TALKS,
    *api.TALKS,
    *infrastructure.TALKS,
    *japanese.TALKS,
    *mobile.TALKS,
    *research.TALKS,
    *flaky.TALKS,
    *others.TALKS,
)
"""Those that must be there in the smallest store first; a child always after its parent."""
