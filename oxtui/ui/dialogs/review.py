"""A plan to prune, and what its reader decides about each row."""

from oxtui.store.prune import PrunePlan, PruneRow, dated_ahead
from oxtui.store.values import PruneConfig, SessionId
from oxtui.units import plural, size


class Review:
    """The rows of a plan, each of which goes or stays.

    What was decided about a session holds for the plans that come after.

    Attributes:
        plan: The plan under review; None before the first.
        going_count: How many sessions go.
        going_size: Their bytes.
    """

    def __init__(self) -> None:
        self.plan: PrunePlan | None = None
        self.going_count = 0
        self.going_size = 0
        self._spared: set[SessionId] = set()

    @property
    def rows(self) -> tuple[PruneRow, ...]:
        """All rows, the oldest session first."""
        return self.plan.rows if self.plan else ()

    def take(self, plan: PrunePlan) -> None:
        """Reviews another plan."""
        self.plan = plan
        going = self.chosen()
        self.going_count = len(going)
        self.going_size = sum(row.size for row in going)

    def goes(self, row: PruneRow) -> bool:
        """Whether a session goes."""
        return row.kept is None and row.session_id not in self._spared

    def toggle(self, row: PruneRow) -> None:
        """Keeps a session that goes, or lets it go again; one that the plan keeps stays kept."""
        if row.kept is not None:
            return
        self._spared ^= {row.session_id}
        sign = 1 if self.goes(row) else -1
        self.going_count += sign
        self.going_size += sign * row.size

    def toggle_all(self) -> None:
        """Keeps all, or if none goes, lets all go that may."""
        going = self.chosen()
        for row in going or self.rows:
            self.toggle(row)

    def chosen(self) -> tuple[PruneRow, ...]:
        """The rows that go."""
        return tuple(row for row in self.rows if self.goes(row))


def totals(review: Review, session_count: int) -> str:
    """What goes and what stays, in a sentence.

    Args:
        review: The plan.
        session_count: How many sessions there are.
    """
    count, kept = review.going_count, len(review.rows) - review.going_count
    if count:
        text = f"{count:,} of {plural(session_count, 'session')} to the trash, "
        text += f"{size(review.going_size)}."
    else:
        text = f"None of {plural(session_count, 'session')} goes."
    if kept:
        text += f" {kept:,} beyond the limits {'stays' if kept == 1 else 'stay'}."
    if review.plan and review.plan.ahead:
        text += f" {dated_ahead(review.plan.ahead)}"
    return text


def nothing_goes(config: PruneConfig, session_count: int) -> str:
    """Why a plan has no rows."""
    if not config.max_sessions and not config.ttl_hours:
        return "Nothing goes: both limits are 0, and 0 is no limit."
    if not session_count:
        return "Nothing goes: there are no sessions."
    within = "the session is" if session_count == 1 else f"all {session_count:,} sessions are"
    return f"Nothing goes: {within} within the limits."
