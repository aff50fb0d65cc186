from hypothesis import given
from hypothesis import strategies as st

from oxtui.ui.sidebar.ordered import OrderedPaths, Path

PATHS = st.sets(st.tuples(st.integers(0, 50), st.text("abc", max_size=3)), max_size=60)


@given(PATHS, PATHS, st.data())
def test_it_is_a_sorted_list(first: set[Path], later: set[Path], data: st.DataObject) -> None:
    ordered, model = OrderedPaths(sorted(first)), set(first)
    for path in later:
        if path in model:
            ordered.remove(path)
        else:
            ordered.add(path)
        model ^= {path}
    expected = sorted(model)
    assert list(ordered) == expected
    assert [ordered[i] for i in range(len(ordered))] == expected
    assert [ordered.position(path) for path in expected] == list(range(len(expected)))
    if expected:
        probe = data.draw(st.sampled_from(sorted(first | later)))
        assert ordered.position(probe) == sum(path < probe for path in expected)


def test_many_chunks() -> None:
    numbers = list(range(0, 20_000, 2))
    ordered = OrderedPaths([(n, "") for n in numbers])
    for n in range(1, 20_000, 2):
        ordered.add((n, ""))
    assert len(ordered) == 20_000
    assert [ordered[i] for i in (0, 777, 19_999)] == [(0, ""), (777, ""), (19_999, "")]
    for n in range(0, 20_000, 2):
        ordered.remove((n, ""))
    assert [ordered[i][0] for i in range(3)] == [1, 3, 5]
    assert ordered.position((9_999, "")) == 4_999
