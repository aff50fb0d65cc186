"""Dialogs that show what a prune would take, as its limits are typed."""

import asyncio
from collections.abc import Callable, Collection
from typing import Final

from textual.screen import ScreenResultType

from oxtui.store.prune import LIVE_NS, PrunePlan, plan_prune
from oxtui.store.settings import parse_max_sessions, parse_ttl_hours
from oxtui.store.summaries.entries import SessionEntry
from oxtui.store.values import PruneConfig
from oxtui.ui.catalogue import Catalogue
from oxtui.ui.dialogs.dialog import Dialog
from oxtui.ui.dialogs.fields import Field, checked_by

MOST_AT_ONCE: Final = 2_000
"""The most sessions for which a plan is made at once; for more a thread makes it."""
_TYPING_S: Final = 0.06


class PlanningDialog(Dialog[ScreenResultType]):
    """Has fields for the two limits, and a plan that keeps up with them."""

    live_ns = LIVE_NS
    """How long after it was written a session counts as being in use, in nanoseconds."""

    def __init__(
        self,
        title: str,
        keys: str,
        catalogue: Catalogue,
        config: PruneConfig,
        now_ns: Callable[[], int],
    ) -> None:
        """Makes the dialog.

        Args:
            title: What it is about.
            keys: What its keys do.
            catalogue: The sessions and projects of the store, live.
            config: The limits at first.
            now_ns: The clock, in nanoseconds since the epoch.
        """
        super().__init__(title, keys)
        self._catalogue = catalogue
        self._now_ns = now_ns
        self._planned_for: PruneConfig | None = None
        self._most = Field(
            "max_sessions",
            str(config.max_sessions),
            checked_by(parse_max_sessions),
            hint="the most to keep; 0 is no limit",
            field_id="max-sessions",
        )
        self._ttl = Field(
            "ttl_hours",
            str(config.ttl_hours),
            checked_by(parse_ttl_hours),
            hint="hours without a turn; 0 is no limit",
            field_id="ttl-hours",
        )

    @property
    def limits(self) -> PruneConfig | None:
        """The limits in the fields; None while one of them is wrong."""
        if self._most.problem is not None or self._ttl.problem is not None:
            return None
        return PruneConfig(parse_max_sessions(self._most.text), parse_ttl_hours(self._ttl.text))

    def plan_anew(self) -> None:
        """Makes the plan for the limits in the fields, if they can be used and are other ones."""
        config = self.limits
        if config is None or config == self._planned_for:
            return
        self._planned_for = config
        entries = tuple(self._catalogue.entries.values())
        if len(entries) <= MOST_AT_ONCE:
            self.take_plan(self._plan(entries, config))
        else:

            async def planning() -> None:  # a worker is described by all of its arguments
                await self._plan_aside(entries, config)

            self.run_worker(planning, group="prune-plan", exclusive=True)

    async def _plan_aside(self, entries: Collection[SessionEntry], config: PruneConfig) -> None:
        await asyncio.sleep(_TYPING_S)  # another digit may be on its way
        plan = await asyncio.to_thread(self._plan, entries, config)
        if config == self._planned_for:
            self.take_plan(plan)

    def _plan(self, entries: Collection[SessionEntry], config: PruneConfig) -> PrunePlan:
        return plan_prune(entries, config, self._now_ns(), live_ns=self.live_ns)

    def take_plan(self, plan: PrunePlan) -> None:
        """Shows a plan."""
        raise NotImplementedError
