import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oxtui.store.library import LibraryChange
from oxtui.store.models import SessionId
from oxtui.store.summaries.entries import SessionEntry
from oxtui.ui.sidebar.forest import ALL, UNFILED, UNREADABLE, group_of
from oxtui.ui.sidebar.groups import DEEPEST, GroupKind, Order
from oxtui.ui.sidebar.rows import HeaderRow, Row, RowKey, Rows, SessionRow
from tests.ui.sidebar.catalogues import Catalogue, big, catalogue, entry, projects


def rows_of(made: Catalogue, *, is_open: bool = True) -> Rows:
    rows = Rows()
    rows.show(made)
    if is_open:
        open_all(rows)
    return rows


def open_all(rows: Rows) -> None:
    rows.set_open([g.key for g in rows.forest.groups()], is_open=True)


def listing(rows: Rows) -> list[Row]:
    return [rows.row(i) for i in range(len(rows))]


def names(rows: Rows) -> list[str]:
    """Headers in brackets with their counts, sessions with a dot for each level."""
    return [
        f"[{row.name} {row.count}]"
        if isinstance(row, HeaderRow)
        else f"{'.' * row.depth}{row.session_id}"
        for row in listing(rows)
    ]


def test_groups_in_order() -> None:
    made = catalogue(
        entry("a", "web"), entry("b"), entry("c", "3f2a"), entry("d", ""), entry("e", "1b")
    )
    made.spoil("f")
    assert names(rows_of(made, is_open=False)) == [
        "[api 0]", "[web 1]", "[Unfiled 2]", "[1b 1]", "[3f2a 1]", "[Unreadable 1]",
    ]  # fmt: skip


def test_kinds_and_projects_of_headers() -> None:
    made = catalogue(entry("c", "3f2a"), names=("api",))
    made.spoil("f")
    headers = [row for row in listing(rows_of(made)) if isinstance(row, HeaderRow)]
    assert [(row.kind, row.project_id) for row in headers] == [
        (GroupKind.PROJECT, "api"),
        (GroupKind.UNFILED, None),
        (GroupKind.UNKNOWN, "3f2a"),
        (GroupKind.UNREADABLE, None),
    ]


def test_unfiled_is_always_there() -> None:
    assert names(rows_of(Catalogue())) == ["[Unfiled 0]"]


def test_newest_first_and_ties_by_name() -> None:
    made = catalogue(entry("old", minutes=9), entry("b"), entry("a"), entry("c"), names=())
    assert names(rows_of(made)) == ["[Unfiled 4]", "a", "b", "c", "old"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.UPDATED, "new big old"),
        (Order.FAILED, "big old new"),
        (Order.CREATED, "new big old"),
        (Order.TITLE, "old new big"),
        (Order.SIZE, "big new old"),
    ],
)
def test_orders(order: Order, expected: str) -> None:
    made = catalogue(
        entry("new", minutes=1, title="beta", size=2),
        entry("old", minutes=3, title="Alpha", size=1, failed=True),
        entry("big", minutes=2, title="", size=3, failed=True),
        names=(),
    )
    rows = rows_of(made)
    rows.sort_by(order)
    assert names(rows)[1:] == expected.split()


def test_children_stand_under_their_parent() -> None:
    made = catalogue(
        entry("parent", minutes=5),
        entry("younger", minutes=1, parent="parent"),
        entry("older", minutes=3, parent="parent"),
        entry("grandchild", parent="older"),
        entry("other", minutes=4),
        names=(),
    )
    rows = rows_of(made)
    assert names(rows)[1:] == ["other", "parent", ".younger", ".older", "..grandchild"]


def test_all_sessions_in_one_list() -> None:
    made = catalogue(
        entry("parent", "api", minutes=5),
        entry("child", "api", minutes=1, parent="parent"),
        entry("web", "web", minutes=3),
        entry("lost", "3f2a", minutes=4),
        entry("unfiled"),
    )
    made.spoil("x")
    rows = rows_of(made)
    rows.set_flat(flat=True)
    open_all(rows)
    expected = ["[All sessions 5]", "unfiled", "child", "web", "lost", "parent"]
    assert names(rows) == [*expected, "[Unreadable 1]", "x"]
    filed = [row.filed and row.filed.name for row in listing(rows) if isinstance(row, SessionRow)]
    assert filed == ["Unfiled", "api", "web", "3f2a", "api", None]
    rows.apply(made.put(entry("web", "api"), entry("new", "web", minutes=2)))
    assert names(rows)[1:6] == ["unfiled", "web", "child", "new", "lost"]
    rows.apply(made.remove("child", "lost"))
    assert names(rows)[:5] == ["[All sessions 4]", "unfiled", "web", "new", "parent"]
    rows.set_filter("e")
    assert names(rows) == ["[All sessions 4]", "unfiled", "web", "new", "parent"]
    rows.set_filter("we")
    rows.set_flat(flat=False)
    assert names(rows) == ["[api 1]", "web"]
    rows.set_filter("")
    assert names(rows)[:3] == ["[api 2]", "web", "parent"]


def test_targets_stand_above_the_list_of_all() -> None:
    rows = rows_of(catalogue(entry("a", "api"), entry("b")))
    rows.set_flat(flat=True)
    rows.set_open([ALL], is_open=True)
    rows.show_all_targets(show=True)
    assert names(rows) == ["[api 1]", "[web 0]", "[Unfiled 1]", "[All sessions 2]", "a", "b"]
    rows.set_filter("b")
    assert names(rows) == ["[api 0]", "[web 0]", "[Unfiled 1]", "[All sessions 1]", "b"]
    rows.show_all_targets(show=False)
    assert names(rows) == ["[All sessions 1]", "b"]


def test_a_session_is_followed_into_the_group_where_it_stands() -> None:
    made = catalogue(entry("a", "api"))
    made.spoil("x")
    rows = rows_of(made)
    a, x = RowKey(group_of("api"), SessionId("a")), RowKey(UNREADABLE, SessionId("x"))
    rows.set_flat(flat=True)
    assert rows.current(a) == RowKey(ALL, SessionId("a"))
    assert rows.current(x) == x
    assert rows.current(RowKey(ALL)) == RowKey(ALL)
    rows.set_flat(flat=False)
    rows.apply(made.put(entry("a", "web")))
    assert rows.current(a) == RowKey(group_of("web"), SessionId("a"))
    rows.apply(made.remove("a"))
    assert rows.current(a) == a


def test_children_go_with_their_parent() -> None:
    crowd = [entry(f"x{n:02}", minutes=9) for n in range(40)]
    made = catalogue(
        entry("parent", minutes=5),
        entry("child", minutes=3, parent="parent"),
        entry("grandchild", minutes=7, parent="child"),
        *crowd,
        names=(),
    )
    rows = rows_of(made)
    assert names(rows)[1:5] == ["parent", ".child", "..grandchild", "x00"]
    rows.apply(made.put(entry("parent", minutes=99)))
    assert names(rows)[-4:] == ["x39", "parent", ".child", "..grandchild"]
    rows.apply(made.remove("parent"))
    assert names(rows)[1:4] == ["child", ".grandchild", "x00"]
    rows.apply(made.put(entry("parent", minutes=99)))
    assert names(rows)[-3:] == ["parent", ".child", "..grandchild"]


def test_a_parent_elsewhere_is_none() -> None:
    made = catalogue(entry("p", "api"), entry("a", "web", parent="p"), entry("b", parent="gone"))
    assert names(rows_of(made)) == ["[api 1]", "p", "[web 1]", "a", "[Unfiled 1]", "b"]


def test_circles_and_self_parents() -> None:
    made = catalogue(
        entry("self", parent="self"),
        entry("a", minutes=1, parent="c"),
        entry("b", minutes=2, parent="a"),
        entry("c", minutes=3, parent="b"),
        entry("d", minutes=4, parent="c"),
        names=(),
    )
    assert names(rows_of(made))[1:] == ["self", "a", ".b", "..c", "...d"]


def test_a_chain_of_thousands() -> None:
    made = catalogue(
        *(entry(f"{n:05}", minutes=n, parent=f"{n - 1:05}") for n in range(5_000)), names=()
    )
    rows = rows_of(made)
    assert len(rows) == 5_001
    assert names(rows)[1:4] == ["00000", ".00001", "..00002"]
    assert max(row.depth for row in listing(rows) if not isinstance(row, HeaderRow)) == DEEPEST - 1


def test_a_broken_file_keeps_its_last_good_state() -> None:
    made = catalogue(entry("a", title="Good"), names=())
    made.spoil("a", "not JSON")
    rows = rows_of(made)
    good, bad = listing(rows)[1], listing(rows)[3]
    assert not isinstance(good, HeaderRow)
    assert not isinstance(bad, HeaderRow)
    assert (good.title, good.broken, good.reason) == ("Good", True, "")
    assert (bad.session_id, bad.broken, bad.reason) == ("a", True, "not JSON")
    assert rows.key_of(SessionId("a")) == RowKey(UNFILED, SessionId("a"))


def test_rows_and_keys_agree() -> None:
    made = big(300)
    made.spoil("x")
    rows = rows_of(made)
    for index in range(len(rows)):
        assert rows.key(index) == rows.row(index).key
        assert rows.index_of(rows.key(index)) == index
    for index in (-1, len(rows)):
        with pytest.raises(IndexError):
            rows.row(index)


def test_folded_groups_hide_their_sessions() -> None:
    rows = rows_of(catalogue(entry("a", "api"), entry("b", "web")), is_open=False)
    rows.set_open([group_of("web")], is_open=True)
    assert names(rows) == ["[api 1]", "[web 1]", "b", "[Unfiled 0]"]
    assert rows.index_of(RowKey(group_of("api"), SessionId("a"))) is None
    assert rows.open_groups == {group_of("web")}
    rows.set_open([group_of("web")], is_open=False)
    assert names(rows) == ["[api 1]", "[web 1]", "[Unfiled 0]"]


@pytest.mark.parametrize("text", ["cron", "CRON", "크론", "ß", "SS", "id-9"])
def test_filter_finds_titles_and_ids(text: str) -> None:
    titles = ["Retry the cron jobs", "크론 작업", "Straße", "nothing"]
    made = catalogue(*(entry(f"s{n}", "api", title=t) for n, t in enumerate(titles)))
    made.put(entry("id-9", title="nothing either"))
    rows = rows_of(made, is_open=False)
    rows.set_filter(text)
    wanted = {
        sid
        for sid, e in made.entries.items()
        if text.casefold() in f"{e.summary.title}\n{sid}".casefold()
    }
    assert wanted
    assert {row.session_id for row in listing(rows) if not isinstance(row, HeaderRow)} == wanted
    assert all(row.count for row in listing(rows) if isinstance(row, HeaderRow))
    rows.set_filter("")
    assert names(rows) == ["[api 4]", "[web 0]", "[Unfiled 1]"]


def test_filter_opens_groups_for_as_long_as_it_lasts() -> None:
    rows = rows_of(catalogue(entry("a1", "api"), entry("a2", "web")), is_open=False)
    rows.set_filter("a")
    rows.set_open([group_of("api")], is_open=False)
    assert names(rows) == ["[api 1]", "[web 1]", "a2"]
    rows.set_filter("a1")
    assert names(rows) == ["[api 1]"]
    rows.set_filter("")
    rows.set_filter("a1")
    assert names(rows) == ["[api 1]", "a1"]


def test_filter_keeps_the_order_and_counts_shown_ancestors() -> None:
    made = catalogue(
        entry("root", minutes=5, title="x"),
        entry("mid", minutes=4, title="cron", parent="root"),
        entry("leaf", minutes=3, title="cron", parent="mid"),
        names=(),
    )
    rows = rows_of(made)
    rows.set_filter("cron")
    assert names(rows) == ["[Unfiled 2]", "mid", ".leaf"]


def test_targets_are_shown_while_filtering_when_asked() -> None:
    rows = rows_of(catalogue(entry("a", "api")))
    rows.set_filter("a")
    rows.show_all_targets(show=True)
    assert names(rows) == ["[api 1]", "a", "[web 0]", "[Unfiled 0]"]
    assert [t.group for t in rows.targets()] == [group_of("api"), group_of("web"), UNFILED]


def test_a_project_becomes_known_and_is_forgotten() -> None:
    made = catalogue(entry("a", "late"), names=())
    rows = rows_of(made)
    assert names(rows) == ["[Unfiled 0]", "[late 1]", "a"]
    made.projects = projects("late", "late")
    rows.apply(LibraryChange(projects=True))
    assert names(rows) == ["[late 1]", "a", "[Unfiled 0]"]
    made.projects = []
    rows.apply(LibraryChange(removed=made.remove("a").removed, projects=True))
    assert names(rows) == ["[Unfiled 0]"]


def test_a_change_told_late_counts_as_it_is_now() -> None:
    made = catalogue(entry("a"), names=())
    rows = rows_of(made)
    first = made.put(entry("b"))
    made.remove("b")
    rows.apply(first)
    assert names(rows) == ["[Unfiled 1]", "a"]
    made.remove("a")
    assert rows.row(1).key.session == "a"  # gone already, not told yet
    made.put(entry("a", minutes=3))
    rows.apply(LibraryChange(removed=frozenset({SessionId("a")})))
    assert names(rows) == ["[Unfiled 1]", "a"]


def test_bookmarks_find_the_row_or_what_is_nearest() -> None:
    made = catalogue(*(entry(f"s{n}", "api", minutes=n) for n in range(6)))
    rows = rows_of(made)
    held = rows.bookmark(3)
    assert held.key.session == "s2"
    rows.apply(made.put(entry("s2", "api", minutes=99)))
    assert rows.moved(held)
    assert rows.find(held) == 6
    held = rows.bookmark(3)
    rows.apply(made.remove("s3", "s0"))
    assert rows.key(rows.find(held) or 0).session == "s4"
    held = rows.bookmark(len(rows) - 3)
    assert held.key.session == "s2"
    rows.apply(made.put(entry("s2", "web")))
    assert rows.key(rows.find(held) or 0) == RowKey(group_of("web"), SessionId("s2"))
    held = rows.bookmark(rows.index_of(RowKey(group_of("web"), SessionId("s2"))) or 0)
    rows.apply(made.remove("s2"))
    assert rows.key(rows.find(held) or 0) == RowKey(group_of("web"))


def test_a_bookmark_in_a_group_that_is_gone() -> None:
    made = catalogue(entry("a"), names=())
    made.spoil("f")
    rows = rows_of(made)
    held = rows.bookmark(3)
    assert held.key == RowKey(UNREADABLE, SessionId("f"))
    made.unreadable.clear()
    rows.apply(LibraryChange(unreadable=True))
    assert rows.find(held) == 0
    rows.set_filter("nothing has this")
    assert rows.find(held) is None


NAMES = st.sampled_from(["a", "b", "c", "d", "7"])
ENTRIES = st.builds(
    entry,
    NAMES,
    st.sampled_from([None, None, None, "", "api", "lost"]),
    minutes=st.integers(0, 3),
    title=st.sampled_from(["cron", "Cron 세션", "", "parser"]),
    parent=st.one_of(st.none(), NAMES),
    size=st.integers(1, 3),
)
STEPS = st.one_of(
    st.lists(ENTRIES, min_size=1, max_size=4),
    st.sets(NAMES, min_size=1, max_size=3),
    st.sampled_from(["spoil", "mend", "projects", "fold", "sort", "flat"]),
    st.sampled_from(["cron", "c", "x", ""]).map(lambda text: ("filter", text)),
)
Step = list[SessionEntry] | set[str] | str | tuple[str, str]


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=14), st.randoms(use_true_random=False))
def test_changes_give_what_starting_anew_gives(steps: list[Step], chance: random.Random) -> None:
    # Groups so large that a change moves rows instead of sorting the group anew.
    crowd = [entry(f"{name}{n}", name, minutes=n % 4) for name in ("", "api") for n in range(40)]
    made = catalogue(entry("a"), entry("b", "api", parent="a"), entry("c", "api"), *crowd)
    rows = rows_of(made)
    assert len(rows) > len(crowd)
    for step in steps:
        take(rows, made, step, chance)
        anew = rows_of(made)
        anew.sort_by(rows.forest.order)
        anew.set_flat(flat=rows.forest.flat)
        anew.set_filter(rows.forest.filter_text)
        for key in {g.key for g in [*anew.forest.groups(), *anew.forest.targets()]}:
            anew.set_open([key], is_open=rows.is_open(key))
        assert listing(rows) == listing(anew)
        assert [rows.index_of(row.key) for row in listing(rows)] == list(range(len(rows)))


def take(rows: Rows, made: Catalogue, step: Step, chance: random.Random) -> None:
    match step:
        case list():
            rows.apply(made.put(*step))
        case set():
            rows.apply(made.remove(*step))
        case (_, text):
            rows.set_filter(text)
        case "spoil":
            rows.apply(made.spoil(chance.choice("abxyz")))
        case "mend":
            made.unreadable.clear()
            rows.apply(LibraryChange(unreadable=True))
        case "projects":
            made.projects = projects(*chance.sample(["api", "web", "lost"], chance.randrange(4)))
            rows.apply(LibraryChange(projects=True))
        case "fold":
            key = chance.choice([g.key for g in rows.forest.groups()])
            rows.set_open([key], is_open=not rows.is_open(key))
        case "sort":
            rows.sort_by(chance.choice(list(Order)))
        case _:
            rows.set_flat(flat=not rows.forest.flat)
