import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oxtui.store.models import SessionId
from oxtui.store.search.chunks import finder
from oxtui.store.search.client import search_store
from oxtui.store.search.index import SearchIndex, hit_of
from tests.conftest import PARITY
from tests.store.search.stores import AT, plain, written

LETTERS = "abAßsİi세션 \0\xff"
TEXTS = st.text(LETTERS, max_size=8)
QUERIES = st.text(LETTERS, min_size=1, max_size=3)
STEP = {"duration_ms": 1, "is_error": False, "tool_call_id": "c", "timestamp": AT}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = tmp_path / "store"
    base.mkdir()
    for number in range(20):
        written(base, f"s{number}", f"number {number}", "common")
    return base


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def opened() -> Iterator[Callable[[Path, Path], SearchIndex]]:
    made: list[SearchIndex] = []

    def open_(base: Path, cache: Path) -> SearchIndex:
        index = SearchIndex(base, cache)
        made.append(index)
        index.open()
        return index

    yield open_
    for index in made:
        index.close()


def found(base: Path, cache: Path, query: str) -> set[str]:
    ids = list(search_store(base, query, cache))
    assert len(ids) == len(set(ids))
    return set(ids)


def read_all(index: SearchIndex) -> int:
    count = 0
    while index.pending:
        index.read_next()
        count += 1
    return count


def sought(index: SearchIndex, query: bytes) -> set[str]:
    hits = [index.found_in(chunk, finder(query)) for chunk in index.chunks()]
    return {session_id for each in hits for session_id in each}


FIELDS: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {
        "user_messages": st.lists(
            st.fixed_dictionaries({"content": TEXTS, "timestamp": st.just(AT)}), max_size=2
        ),
        "agent_responses": st.lists(
            st.fixed_dictionaries({"content": TEXTS, "timestamp": st.just(AT)}), max_size=2
        ),
        "trajectory_steps": st.lists(
            st.fixed_dictionaries(
                {
                    "tool_name": TEXTS,
                    "tool_args": TEXTS | st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS)),
                    "output_summary": TEXTS,
                    **{name: st.just(value) for name, value in STEP.items()},
                }
            ),
            max_size=2,
        ),
        "reasoning_records": st.lists(
            st.fixed_dictionaries(
                {
                    "content": TEXTS,
                    "segments": st.lists(st.fixed_dictionaries({"text": TEXTS}), max_size=2),
                }
            ),
            max_size=2,
        ),
        "metadata": st.fixed_dictionaries({}, optional={"title": TEXTS | st.integers(0, 5)}),
    }
)
CHANGES = st.lists(st.tuples(st.sampled_from("abcd"), FIELDS | st.none()), max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CHANGES, QUERIES), min_size=1, max_size=3))
def test_the_answer_is_that_of_reading_every_file_whatever_changes(
    rounds: list[tuple[list[tuple[str, dict[str, object] | None]], str]],
) -> None:
    with TemporaryDirectory() as folder:
        base, cache = Path(folder) / "store", Path(folder) / "cache"
        base.mkdir()
        for changes, query in rounds:
            for name, fields in changes:
                if fields is None:
                    (base / "sessions" / f"{name}.json").unlink(missing_ok=True)
                else:
                    written(base, name, **fields)
            assert found(base, cache, query) == plain(base, query)


@pytest.mark.parametrize("case", sorted(each.name for each in PARITY.iterdir() if each.is_dir()))
def test_the_files_of_the_reference_are_searched_as_they_read(case: str, cache: Path) -> None:
    base = PARITY / case / "store"
    for query in ("a", "hello", "세션", "é", "x", "first", "zzz"):
        assert found(base, cache, query) == plain(base, query)


def test_it_reads_only_what_is_new(
    base: Path, cache: Path, opened: Callable[[Path, Path], SearchIndex]
) -> None:
    first = opened(base, cache)
    assert read_all(first) == 20
    first.close()
    written(base, "s3", "changed")
    (base / "sessions" / "s4.json").unlink()
    second = opened(base, cache)
    assert list(second.pending) == ["s3"]
    read_all(second)
    assert sought(second, b"changed") == {"s3"}
    assert sought(second, b"common") == {f"s{n}" for n in range(20)} - {"s3", "s4"}


def test_what_is_told_to_have_changed_is_read_only_if_it_has(
    base: Path, cache: Path, opened: Callable[[Path, Path], SearchIndex]
) -> None:
    index = opened(base, cache)
    read_all(index)
    written(base, "s5", "changed")
    (base / "sessions" / "s6.json").unlink()
    index.look_again(SessionId(name) for name in ("s4", "s5", "s6", "never", "no\0name"))
    assert list(index.pending) == ["s5", "s6", "never", "no\0name"]
    read_all(index)
    assert sought(index, b"common") == plain(base, "common")


def test_a_write_right_after_the_read_is_not_missed(
    base: Path, cache: Path, opened: Callable[[Path, Path], SearchIndex]
) -> None:
    path = base / "sessions" / "s3.json"
    path.touch()
    index = opened(base, cache)
    read_all(index)
    index.close()
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"common", b"differs"[:6]))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # as a coarse clock would have it
    assert found(base, cache, "differ") == {"s3"}


def test_it_is_the_same_where_two_are_at_it(
    base: Path, cache: Path, opened: Callable[[Path, Path], SearchIndex]
) -> None:
    one, two = opened(base, cache), opened(base, cache)
    read_all(one)
    read_all(two)
    assert sought(one, b"common") == sought(two, b"common") == plain(base, "common")
    written(base, "new", "common")
    assert found(base, cache, "common") == plain(base, "common")
    one.close()
    assert sought(two, b"number 1") == plain(base, "number 1") - {"new"}


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 2 // 3)


def _scrambled(path: Path) -> None:
    path.write_bytes(bytes(byte ^ 7 for byte in path.read_bytes()))


def _middle_scrambled(path: Path) -> None:
    content = bytearray(path.read_bytes() or b"nothing")
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "damage", [_cut, _scrambled, _middle_scrambled, _emptied, _fifo, _folder, Path.unlink]
)
@pytest.mark.parametrize("part", ["*.text", "*.rows", "lock", "*"])
def test_a_damaged_cache_costs_nothing_but_time(
    base: Path, cache: Path, part: str, damage: Callable[[Path], None]
) -> None:
    assert found(base, cache, "common") == plain(base, "common")
    for path in (cache / "search").glob(part):
        damage(path)
    for query in ("common", "number 7", "COMMOM", "nowhere"):
        assert found(base, cache, query) == plain(base, query)
    assert found(base, cache, "common") == plain(base, "common")


def test_a_cache_of_another_version_is_replaced(base: Path, cache: Path) -> None:
    assert found(base, cache, "common")
    (rows,) = (cache / "search").glob("*.rows")
    rows.write_bytes(rows.read_bytes().replace(b"oxtui search 1", b"oxtui search 0"))
    assert found(base, cache, "common") == plain(base, "common")
    assert not rows.exists()


@pytest.mark.parametrize("cache_name", ["file", "file/below", "/proc/nothing"])
def test_without_a_place_for_the_cache_it_does_without(
    base: Path, tmp_path: Path, cache_name: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = tmp_path / cache_name
    assert found(base, cache, "common") == plain(base, "common")
    assert found(base, cache, "common") == plain(base, "common")


def test_with_no_disk_at_all_it_does_with_memory(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/proc/nothing")
    assert found(base, Path("/proc/nothing"), "common") == plain(base, "common")


def test_what_is_no_session_is_skipped(base: Path, cache: Path) -> None:
    sessions = base / "sessions"
    os.mkfifo(sessions / "fifo.json")
    (sessions / "folder.json").mkdir()
    (sessions / "link.json").symlink_to(sessions / "s1.json")
    (sessions / "broken.json").write_text('{"id": "common"')
    (sessions / "a..b.json").write_bytes((sessions / "s1.json").read_bytes())
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(sessions / "socket.json"))
        assert found(base, cache, "common") == plain(base, "common") == {f"s{n}" for n in range(20)}


@pytest.mark.parametrize(
    "name", ["세션", "two\nlines", ".hidden", "x.json", os.fsdecode(b"caf\xe9")]
)
def test_names_are_taken_as_everywhere_else(base: Path, cache: Path, name: str) -> None:
    content = (base / "sessions" / "s1.json").read_bytes()
    (base / "sessions" / f"{name}.json").write_bytes(content)
    for _ in range(2):
        assert found(base, cache, "common") == plain(base, "common")


def test_a_store_without_sessions_has_none(tmp_path: Path, cache: Path) -> None:
    assert found(tmp_path / "nowhere", cache, "common") == set()


def test_nothing_is_found_for_an_empty_query_or_one_that_no_text_can_hold(
    base: Path, cache: Path
) -> None:
    for query in ("", "\udcff", "\ud800"):
        assert found(base, cache, query) == set()


def test_what_nobody_needs_is_removed_in_time(
    base: Path, cache: Path, opened: Callable[[Path, Path], SearchIndex]
) -> None:
    for number in range(12):
        written(base, "s1", "x" * 100_000, f"round {number}")
        assert found(base, cache, f"round {number}") == {"s1"}
    sizes = [path.stat().st_size for path in (cache / "search").iterdir()]
    assert len(sizes) < 20
    index = opened(base, cache)
    while index.tidy():
        pass
    read_all(index)
    assert sought(index, b"common") == plain(base, "common")


def test_the_cache_is_for_nobody_elses_eyes(base: Path, cache: Path) -> None:
    found(base, cache, "common")
    for path in (cache / "search").iterdir():
        assert path.stat().st_mode & 0o077 == 0


def test_places_come_from_the_file_as_it_is_now(base: Path) -> None:
    hit = hit_of(base, SessionId("s1"), "NUMBER", 3)
    assert (hit.count, hit.snippets[0].match, hit.snippets[0].after) == (1, "number", " 1")
    for gone in ("gone", "../s1", "s1\0"):
        assert hit_of(base, SessionId(gone), "number", 3).count == 0
