"""What a shell completes, asked by `_OXTUI_COMPLETE`: the ids of sessions, and projects.

Whatever is wrong is no completion: nobody asked for a message yet.
"""

import re
from collections import Counter
from typing import Final

import click
from click.shell_completion import CompletionItem

from oxtui.cli.target import store_base
from oxtui.errors import OxtuiError
from oxtui.sanitize import sanitize

_MOST: Final = 100
_WORD: Final = re.compile(r"\w[\w.+@%-]*")
"""What every shell takes for one word, and its scripts for one line."""


def complete_session(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The ids of the newest sessions among those whose ids begin so, with their titles."""
    from oxtui.store.summaries.entries import SessionEntry  # no command that runs needs them
    from oxtui.store.summaries.index import read_all
    from oxtui.store.summaries.scan import newest_first

    try:
        with ctx.scope(cleanup=False):
            found = read_all(store_base())
    except (OxtuiError, OSError):
        return []
    entries = (e for e in found if isinstance(e, SessionEntry) and _fits(e.session_id, incomplete))
    return [_item(e.session_id, e.summary.title or "") for e in newest_first(entries)[:_MOST]]


def complete_project(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The projects that begin so: by their names, or by ids where a name is not one word alone."""
    from oxtui.store.projects.catalog import read_projects

    try:
        with ctx.scope(cleanup=False):
            projects = read_projects(store_base()).projects
    except OxtuiError:
        return []
    times = Counter(project.name for project in projects)
    items: list[CompletionItem] = []
    for project in projects:
        by_name = times[project.name] == 1 and _WORD.fullmatch(project.name)
        word = project.name if by_name else project.project_id
        if _fits(word, incomplete):
            items.append(_item(word, project.name))
    return items


def _fits(word: str, incomplete: str) -> bool:
    return word.startswith(incomplete) and _WORD.fullmatch(word) is not None


def _item(word: str, told: str) -> CompletionItem:
    return CompletionItem(word, help=sanitize(told) if told != word else None)
