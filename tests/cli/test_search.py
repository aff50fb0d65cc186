"""`oxtui search`."""

import json
from pathlib import Path

from oxtui.demo import write_demo
from tests.cli.conftest import Run


def test_finds_sessions_and_the_places(run: Run, tmp_path: Path) -> None:
    base = tmp_path / "store"
    write_demo(base)
    result = run("-s", base, "search", "--json", "STALE", "lock")
    hits = json.loads(result.stdout)
    assert result.exit_code == 0
    assert hits
    for hit in hits:
        text = (base / "sessions" / f"{hit['id']}.json").read_text()
        assert "stale lock" in text.casefold()
        assert hit["count"] >= len(hit["places"]) > 0
        assert all(place["match"].casefold() == "stale lock" for place in hit["places"])
    plain = run("-s", base, "search", "stale lock")
    for hit in hits:
        (line,) = (line for line in plain.stdout.splitlines() if line.startswith(hit["id"]))
        assert hit["title"] in line
        assert "hit" in line


def test_nothing_found_is_exit_1(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sessions").mkdir()
    result = run("-s", tmp_path, "search", "no such words")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no such words" in result.stderr


def test_nothing_looked_for_is_wrong_use(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sessions").mkdir()
    result = run("-s", tmp_path, "search", "")
    assert result.exit_code == 2
    assert "Say what to look for" in result.stderr
