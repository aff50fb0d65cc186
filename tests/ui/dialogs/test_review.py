import pytest

from oxtui.store.models import PruneConfig
from oxtui.store.prune import plan_prune
from oxtui.ui.dialogs.review import Review, nothing_goes, totals
from tests.ui.sidebar.catalogues import NOW, entry

DAY = 24 * 60
SESSIONS = [
    entry("new", minutes=60, size=10),
    entry("old", minutes=8 * DAY, size=1_000),
    entry("pinned", minutes=9 * DAY, size=2_000, pinned=True),
    entry("older", minutes=10 * DAY, size=4_000),
]


def review() -> Review:
    made = Review()
    made.take(plan_prune(SESSIONS, PruneConfig(0, 168), NOW))
    return made


def chosen(made: Review) -> list[str]:
    return [row.session_id for row in made.chosen()]


def test_at_first_all_goes_but_what_the_plan_keeps() -> None:
    made = review()
    assert chosen(made) == ["older", "old"]
    assert totals(made, 4) == "2 of 4 sessions to the trash, 5.0 KB. 1 beyond the limits stays."


def test_a_row_is_kept_and_let_go_again() -> None:
    made = review()
    older = made.rows[0]
    made.toggle(older)
    assert chosen(made) == ["old"]
    assert (made.going_count, made.going_size) == (1, 1_000)
    made.toggle(older)
    assert (made.going_count, made.going_size) == (2, 5_000)


def test_what_the_plan_keeps_cannot_be_taken() -> None:
    made = review()
    made.toggle(made.rows[1])
    assert chosen(made) == ["older", "old"]
    assert made.going_count == 2


def test_a_decision_holds_for_the_next_plan() -> None:
    made = review()
    made.toggle(made.rows[0])
    made.take(plan_prune(SESSIONS, PruneConfig(1, 0), NOW))
    assert chosen(made) == ["old"]
    assert made.going_size == 1_000


def test_all_and_none() -> None:
    made = review()
    made.toggle(made.rows[0])
    made.toggle_all()
    assert chosen(made) == []
    assert totals(made, 4) == "None of 4 sessions goes. 3 beyond the limits stay."
    made.toggle_all()
    assert chosen(made) == ["older", "old"]


@pytest.mark.parametrize(
    ("config", "count", "why"),
    [
        (PruneConfig(0, 0), 9, "both limits are 0"),
        (PruneConfig(9, 9), 0, "there are no sessions"),
        (PruneConfig(9, 9), 1, "the session is within the limits"),
        (PruneConfig(9, 9), 1_200, "all 1,200 sessions are within the limits"),
    ],
)
def test_why_nothing_goes(config: PruneConfig, count: int, why: str) -> None:
    assert why in nothing_goes(config, count)
