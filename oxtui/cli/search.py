"""`oxtui search`."""

from collections.abc import Mapping
from typing import Final

import click
from click.exceptions import Exit

from oxtui.cli.output import emit, emit_json, is_terminal, json_option, say
from oxtui.cli.target import store_base, store_option
from oxtui.locations import cache_folder
from oxtui.sanitize import sanitize
from oxtui.store.layout import session_file
from oxtui.store.projects.catalog import read_projects
from oxtui.store.search.client import search_store
from oxtui.store.search.index import hit_of
from oxtui.store.search.text import SearchHit, Snippet
from oxtui.store.summaries.entries import SessionEntry, read_entry
from oxtui.store.timestamps import local_time
from oxtui.store.values import SessionSummary
from oxtui.units import plural

_SNIPPETS: Final = 3


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="Only the first N sessions.")
@json_option
@store_option
def search_command(words: tuple[str, ...], limit: int | None, as_json: bool) -> None:
    """Find sessions by what was said, thought, called and answered.

    WORDS stand in it one behind the other, in upper or lower case.
    """
    base, query = store_base(), " ".join(words)
    if not query.strip():
        raise click.UsageError("Say what to look for.")
    names: dict[str, str] = {p.project_id: p.name for p in read_projects(base).projects}
    hits: list[dict[str, object]] = []
    found = 0
    for session_id in search_store(base, query, cache_folder(base)):
        hit = hit_of(base, session_id, query, _SNIPPETS)
        entry = read_entry(base / session_file(session_id))
        if not hit.count or not isinstance(entry, SessionEntry):
            continue  # written or deleted since it was found
        found += 1
        if as_json:
            hits.append(_hit_json(hit, entry.summary))
        else:
            _emit(hit, entry.summary, names)
        if found == limit:
            break
    if as_json:
        emit_json(hits)
    if not found:
        say(f"Nothing here has “{query}” in it.")
        raise Exit(1)


def _emit(hit: SearchHit, summary: SessionSummary, names: Mapping[str, str]) -> None:
    project_id = summary.project_id or ""
    facts = (
        local_time(summary.updated_at),
        names.get(project_id, project_id),
        summary.title or "",
        plural(hit.count, "hit"),
    )
    emit("  ".join([_bold(hit.session_id), *map(sanitize, filter(None, facts))]))
    for snippet in hit.snippets:
        text = f"{sanitize(snippet.before)}{_bold(snippet.match)}{sanitize(snippet.after)}"
        emit(f"  {snippet.kind:<8}  {text}")


def _bold(text: str) -> str:
    shown = sanitize(text)
    return click.style(shown, bold=True) if is_terminal() else shown


def _hit_json(hit: SearchHit, summary: SessionSummary) -> dict[str, object]:
    return {
        "id": hit.session_id,
        "title": summary.title,
        "project_id": summary.project_id,
        "updated_at": summary.updated_at.text,
        "count": hit.count,
        "places": [_snippet_json(snippet) for snippet in hit.snippets],
    }


def _snippet_json(snippet: Snippet) -> dict[str, object]:
    return {
        "kind": snippet.kind.value,
        "index": snippet.index,
        "before": snippet.before,
        "match": snippet.match,
        "after": snippet.after,
    }
