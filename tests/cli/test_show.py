"""`oxtui show` and `oxtui export`."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.stores import HOSTILE, OLD, assert_safe, write_session

CALL = {
    "output_summary": "fine",
    "duration_ms": 41,
    "is_error": False,
    "tool_call_id": "legacy-0",
    "timestamp": OLD,
}
TURNS: dict[str, Any] = {
    "user_messages": [
        {"content": "Why did it fail?\n\n\tmake all", "timestamp": OLD},
        {"content": "And now?", "timestamp": "2026-08-01T13:30:00Z"},
    ],
    "agent_responses": [
        {
            "content": "It was the **lock**.",
            "timestamp": OLD,
            "trajectory_range": {"start": 0, "end": 3},
        }
    ],
    "trajectory_steps": [
        {**CALL, "tool_name": "read", "tool_args": '{"path": "cron/jobs.json"}'},
        {**CALL, "tool_name": "bash", "tool_args": {"command": "run `x`"}, "is_error": True},
        {**CALL, "tool_name": "bash", "tool_args": '{"command": "y', "output_summary": "error: no"},
    ],
    "reasoning_records": [
        {
            "content": "",
            "source": "model",
            "timestamp": OLD,
            "segments": [{"before_step": 1, "text": "The log\ncomes first"}],
        }
    ],
    "metadata": {"title": "Retry <b>the</b> jobs"},
}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    write_session(tmp_path, "talk", **TURNS)
    hostile: dict[str, Any] = {
        "user_messages": [{"content": HOSTILE, "timestamp": OLD}],
        "agent_responses": [{"content": HOSTILE, "timestamp": OLD}],
        "trajectory_steps": [
            {
                **CALL,
                "tool_name": HOSTILE,
                "tool_args": {"path": HOSTILE},
                "output_summary": HOSTILE,
            }
        ],
        "reasoning_records": [{"content": HOSTILE, "source": HOSTILE, "timestamp": OLD}],
        "parent_session_id": HOSTILE,
        "project_id": HOSTILE,
        "metadata": {"title": HOSTILE + "<script>alert(1)</script>"},
    }
    write_session(tmp_path, "hostile", **hostile)
    (tmp_path / "sessions/broken.json").write_text('{"id": "broken"')
    return tmp_path


def test_shows_the_turns_as_text(run: Run, base: Path) -> None:
    text = run("-s", base, "show", "talk").stdout
    parts = [
        "Retry <b>the</b> jobs", "You", "  Why did it fail?", "✓  read  cron/jobs.json  41 ms",
        "thought  The log\n           comes first", "✗  bash  run `x`", "?  bash  y",
        "Agent", "  It was the **lock**.", "··· 3 h ···", "And now?", "(no answer)",
    ]  # fmt: skip
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_json_is_the_files_own_bytes(run: Run, base: Path) -> None:
    path = base / "sessions/odd.json"
    path.write_bytes(write_session(base, "odd").read_bytes().replace(b": ", b" :\t") + b"\n\n")
    assert run("-s", base, "show", "odd", "--json").stdout_bytes == path.read_bytes()
    exported = run("-s", base, "export", "odd", "--format", "json")
    assert exported.stdout_bytes == path.read_bytes()


@pytest.mark.parametrize("command", [["show", "broken"], ["show", "broken", "--json"],
                                     ["export", "broken"]])  # fmt: skip
def test_a_file_that_cannot_be_read_is_exit_1_with_the_reason(
    run: Run, base: Path, command: list[str]
) -> None:
    result = run("-s", base, *command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "broken.json can't be read" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["../x", "a/b", "a\\b", "..", ""])
def test_a_name_that_leads_out_of_the_folder_is_refused(run: Run, base: Path, name: str) -> None:
    assert run("-s", base, "show", name).exit_code == 2


@pytest.mark.parametrize("format_", [None, "markdown", "html"])
def test_what_is_hostile_is_only_text(run: Run, base: Path, format_: str | None) -> None:
    command = ["export", "--format", format_] if format_ else ["show"]
    result = run("-s", base, *command, "hostile")
    assert result.exit_code == 0
    assert_safe(result.stdout.replace("\t", ""))
    assert "한국어" in result.stdout


def test_markdown_keeps_what_was_said_as_it_was_said(run: Run, base: Path) -> None:
    text = run("-s", base, "export", "talk").stdout
    assert text.startswith("# Retry \\<b>the\\</b> jobs\n")
    assert "Why did it fail?\n\n```\nmake all\n```\n" in text
    assert "\nIt was the **lock**.\n" in text
    assert "- `✓  read  cron/jobs.json  41 ms`\n" in text
    assert "- ``✗  bash  run `x`  41 ms``" in text
    assert "> The log\n> comes first\n" in text


class _Page(HTMLParser):
    """Which tags and attributes a page has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_escapes_everything_and_fetches_nothing(run: Run, base: Path) -> None:
    page = _Page(run("-s", base, "export", "hostile", "--format", "html").stdout)
    assert not page.tags & {"script", "img", "link", "iframe", "a", "b"} - {"b"}
    assert page.attributes <= {"charset", "name", "content", "http-equiv", "class"}
    assert "<script>alert(1)</script>" in page.text


def test_export_to_a_file_never_writes_over_one_unasked(
    run: Run, base: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out.html"
    command = ("-s", base, "export", "talk", "--format", "html", "--output", target)
    assert run(*command).exit_code == 0
    written = target.read_bytes()
    target.write_text("mine")
    refused = run(*command)
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert target.read_text() == "mine"
    assert run(*command, "--force").exit_code == 0
    assert target.read_bytes() == written
    assert run(*command[:-1], tmp_path / "no/such/folder").exit_code == 1


@pytest.mark.parametrize(
    ("name", "arguments", "beginning"),
    [
        ("a.html", [], "<!doctype html>"),
        ("a.JSON", [], "{"),
        ("a.md", [], "# "),
        ("a.txt", [], "# "),
        ("a.html", ["--format", "markdown"], "# "),
    ],
)
def test_the_ending_of_a_file_says_what_is_exported(
    run: Run, base: Path, tmp_path: Path, name: str, arguments: list[str], beginning: str
) -> None:
    target = tmp_path / name
    assert run("-s", base, "export", "talk", "-o", target, *arguments).exit_code == 0
    assert target.read_text().lower().startswith(beginning)


def test_json_in_a_pipe_is_whole_also_with_ids_that_differ(run: Run, base: Path) -> None:
    write_session(base, "file-name", id="other")
    assert json.loads(run("-s", base, "show", "file", "--json").stdout)["id"] == "other"


def test_a_dash_is_the_output(
    run: Run, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["-s", base, "export", "talk"]
    assert run(*command, "-o", "-").stdout_bytes == run(*command).stdout_bytes
    assert not (tmp_path / "-").exists()
