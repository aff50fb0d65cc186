"""What shells complete."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import CompletionItem, ShellComplete

from oxtui.cli import main
from oxtui.store.projects.catalog import add_project, read_projects
from tests.cli.stores import HOSTILE, assert_safe, write_session


def completed(base: Path, *words: str) -> list[CompletionItem]:
    """What is offered for the last of the words."""
    *before, last = words
    shell = ShellComplete(main, {}, "oxtui", "_OXTUI_COMPLETE")
    return shell.get_completions(["-s", str(base), *before], last)


def values(base: Path, *words: str) -> list[str]:
    return [item.value for item in completed(base, *words)]


@pytest.mark.parametrize("command", ["show", "export", "rename", "move", "delete"])
def test_sessions_newest_first_with_their_titles(tmp_path: Path, command: str) -> None:
    write_session(tmp_path, "aaa1")
    write_session(tmp_path, "bbb1", metadata={"title": HOSTILE})
    write_session(tmp_path, "aaa2", updated_at="2026-08-02T10:00:00Z", metadata={"title": "New"})
    (tmp_path / "sessions" / "aaa3.json").write_text("not JSON")
    assert values(tmp_path, command, "") == ["aaa2", "aaa1", "bbb1"]
    assert values(tmp_path, command, "aaa") == ["aaa2", "aaa1"]
    titles = [item.help for item in completed(tmp_path, command, "")]
    assert titles[:2] == ["New", "Hello from aaa1"]
    assert_safe(str(titles[2]))


@pytest.mark.parametrize(
    "before", [["list", "--project"], ["move", "x", "--project"], ["projects", "rename"]]
)
def test_projects_by_names_that_are_one_word(tmp_path: Path, before: list[str]) -> None:
    write_session(tmp_path, "aaa1")
    for name in ("ops", "two words", "한국어"):
        add_project(tmp_path, name)
    [two_words] = [p.project_id for p in read_projects(tmp_path).projects if " " in p.name]
    assert sorted(values(tmp_path, *before, "")) == sorted(["ops", two_words, "한국어"])
    assert values(tmp_path, *before, "o") == ["ops"]
    [item] = completed(tmp_path, *before, two_words[:5])
    assert item.help == "two words"


def test_what_a_shell_could_take_for_something_else_is_not_offered(tmp_path: Path) -> None:
    for name in ("two words", "a;b", "$(id)", "-x", "line\nplain,evil", "ok-1.2"):
        write_session(tmp_path, name)
    assert values(tmp_path, "show", "") == ["ok-1.2"]


def test_only_so_many_are_offered(tmp_path: Path) -> None:
    for number in range(130):
        write_session(tmp_path, f"s{number:03}")
    assert len(values(tmp_path, "show", "")) == 100
    assert len(values(tmp_path, "show", "s12")) == 10


def test_without_a_store_nothing_is_offered_and_nothing_said(tmp_path: Path) -> None:
    assert values(tmp_path / "gone", "show", "") == []
    assert values(tmp_path / "gone", "list", "--project", "") == []


def test_a_shell_gets_it_from_the_program(tmp_path: Path) -> None:
    write_session(tmp_path, "aaa1", metadata={"title": "New"})
    asked = {"_OXTUI_COMPLETE": "fish_complete", "COMP_WORDS": "oxtui show a", "COMP_CWORD": "a"}
    ended = subprocess.run(
        [sys.executable, "-m", "oxtui"],
        env=os.environ | asked | {"OXTUI_STORE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == ""
    assert "aaa1" in ended.stdout
    assert "New" in ended.stdout
