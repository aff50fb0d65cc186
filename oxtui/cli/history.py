"""`oxtui history`, `oxtui undo` and `oxtui redo`."""

import asyncio
from itertools import islice
from typing import Final

import click
from click.exceptions import Exit

from oxtui.cli.acting import confirmed, emit_report, open_acts, open_store
from oxtui.cli.output import Column, emit_json, emit_table, json_option, say
from oxtui.cli.target import store_option
from oxtui.quoting import shortened
from oxtui.sanitize import sanitize
from oxtui.store.acts import Acts
from oxtui.store.journal import Act
from oxtui.store.timestamps import Timestamp, local_time
from oxtui.store.undo import sessions_of

_NAMED: Final = 3


@click.command("history")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="Only the last N.")
@json_option
@store_option
def history_command(limit: int | None, as_json: bool) -> None:
    """List what was done, the last first."""
    acts = list(islice(asyncio.run(Acts(open_store()).history()), limit))
    if as_json:
        emit_json(
            [
                {
                    "id": act.act_id,
                    "at": act.at,
                    "kind": act.kind,
                    "label": act.label,
                    "count": len(act.changes),
                    "sessions": sessions_of(act.changes),
                    "undone": act.undone,
                    "final": act.given_up,
                    "made_elsewhere": act.made_elsewhere,
                }
                for act in acts
            ]
        )
    else:
        emit_table(
            (Column("WHEN"), Column("STATE"), Column("WHAT"), Column("SESSIONS")),
            [(_when(act.at), act.state, shortened(act.label), _sessions(act)) for act in acts],
        )
    if not acts:
        say("Nothing was done here yet.")
        raise Exit(1)


def _when(text: str) -> str:
    try:
        return local_time(Timestamp.parse(text))
    except ValueError:  # the journal is a file like any other
        return text


def _sessions(act: Act) -> str:
    sessions = sessions_of(act.changes)
    more = f" and {len(sessions) - _NAMED:,} more" if len(sessions) > _NAMED else ""
    return f"{' '.join(sessions[:_NAMED])}{more}"


@click.command("undo")
@click.option(
    "--made-elsewhere", is_flag=True, help="What another user did last, or you elsewhere; asks."
)
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
@store_option
def undo_command(made_elsewhere: bool, yes: bool, as_json: bool) -> None:
    """Undo what was done last.

    What `oxtui history` calls “elsewhere” came with the store, and nothing proves that you did it.
    It is undone only with --made-elsewhere, which shows first what would change.
    """
    acts = open_acts()
    if made_elsewhere:
        act = asyncio.run(acts.to_undo(made_elsewhere=True))
        say(f"{shortened(sanitize(act.label))}. Undone, it changes:")
        for change in act.changes:
            say(f"  {shortened(sanitize(change.when_undone))}")
        confirmed("Undo it?", yes=yes)
    report = asyncio.run(acts.undo(made_elsewhere=made_elsewhere))
    emit_report(report, [shortened(report.label)] if report.done else [], (), as_json=as_json)


@click.command("redo")
@json_option
@store_option
def redo_command(as_json: bool) -> None:
    """Redo what was undone last."""
    report = asyncio.run(open_acts().redo())
    emit_report(report, [shortened(report.label)] if report.done else [], (), as_json=as_json)
