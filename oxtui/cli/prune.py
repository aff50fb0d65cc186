"""`oxtui prune`."""

import asyncio
import time
from collections.abc import Collection, Sequence

import click
from click.exceptions import Exit

from oxtui.cli.acting import confirmed, open_store, writable_store
from oxtui.cli.output import Column, emit, emit_json, emit_table, is_terminal, json_option, say
from oxtui.cli.target import store_option, telling_length
from oxtui.errors import UnreadableError
from oxtui.locations import config_path
from oxtui.store.act_report import ActReport
from oxtui.store.acts import Acts
from oxtui.store.prune import PrunePlan, PruneRow, dated_ahead, plan_prune
from oxtui.store.settings import read_settings
from oxtui.store.state_store import StateStore
from oxtui.store.summaries.entries import SessionEntry
from oxtui.store.summaries.index import read_all
from oxtui.store.values import PruneConfig
from oxtui.units import plural, size

_NO_LIMIT = "Nothing goes: both limits are 0, which means that there are none."


@click.command("prune")
@click.option("--max-sessions", metavar="N", type=int, help="Keep the newest N; 0 for all.")
@click.option("--ttl-hours", metavar="H", type=int, help="Keep those of the last H hours; 0: all.")
@click.option("--dry-run", is_flag=True, help="Only show what would go.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
@store_option
def prune_command(
    max_sessions: int | None, ttl_hours: int | None, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Move old sessions to the trash.

    A limit that is not given is that of config.toml. Pinned sessions and those of the last five
    minutes are kept.
    """
    store = open_store() if dry_run else writable_store()
    config = _limits(store, max_sessions, ttl_hours)
    entries = [e for e in read_all(store.base_path) if isinstance(e, SessionEntry)]
    plan = plan_prune(entries, config, time.time_ns())
    if not as_json:
        _emit_plan(plan, [entry.session_id for entry in entries])
    if dry_run or not plan.going:
        if as_json:
            emit_json(_json(plan, None))
        return
    what = f"{plural(len(plan.going), 'session')} ({size(plan.size)})"
    confirmed(f"Move {what} to the trash?", yes=yes)
    report = asyncio.run(Acts(store).prune(plan.going))
    _emit_done(plan, report, as_json=as_json)


def _limits(store: StateStore, max_sessions: int | None, ttl_hours: int | None) -> PruneConfig:
    if max_sessions is not None and ttl_hours is not None:
        return PruneConfig(max_sessions, ttl_hours)
    settings = read_settings(config_path(store.base_path))
    if settings.problem:
        raise UnreadableError(
            f"{settings.problem} Nothing was pruned by them; say --max-sessions and --ttl-hours."
        )
    return PruneConfig(
        settings.max_sessions if max_sessions is None else max_sessions,
        settings.ttl_hours if ttl_hours is None else ttl_hours,
    )


def _emit_plan(plan: PrunePlan, ids: Collection[str]) -> None:
    length = telling_length(ids) if is_terminal() else None
    columns = (
        Column("ID"),
        Column("PLAN"),
        Column("SIZE", right=True),
        Column("REASON"),
        Column("TITLE"),
    )
    emit_table(columns, [(row.session_id[:length], *_row(row)) for row in plan.rows])
    limits = plan.config
    if not limits.max_sessions and not limits.ttl_hours:
        emit(_NO_LIMIT)
        return
    kept = len(plan.rows) - len(plan.going)
    also = f"; {plural(kept, 'session')} beyond the limits kept" if kept else ""
    emit(f"{plural(len(plan.going), 'session')} to go, {size(plan.size)}{also}.")
    if plan.ahead:
        emit(dated_ahead(plan.ahead))


def _row(row: PruneRow) -> Sequence[str]:
    reason = f"{row.kept}, but {row.reason}" if row.kept else row.reason
    return "stays" if row.kept else "goes", size(row.size), reason, row.entry.summary.title or ""


def _emit_done(plan: PrunePlan, report: ActReport, *, as_json: bool) -> None:
    if as_json:
        emit_json(_json(plan, report))
    else:
        done = f"{plural(len(report.done), 'session')} to the trash, {size(report.size)}"
        emit(f"{done}; `oxtui undo` brings them back.")
    for failure in report.failures:
        say(failure.reason)
    if report.failures:
        raise Exit(1)


def _json(plan: PrunePlan, report: ActReport | None) -> dict[str, object]:
    """A plan and what became of it; `bytes` is what went, and of a plan alone what would go."""
    kept = [
        _row_json(row) | {"reason": row.kept, "beyond": row.reason} for row in plan.rows if row.kept
    ]
    failed = [{"id": f.name, "reason": f.reason} for f in report.failures] if report else []
    return {
        "plan": [_row_json(row) for row in plan.going],
        "pruned": len(report.done) if report else 0,
        "bytes": report.size if report else plan.size,
        "skipped": [*kept, *failed],
        "max_sessions": plan.config.max_sessions,
        "ttl_hours": plan.config.ttl_hours,
    }


def _row_json(row: PruneRow) -> dict[str, object]:
    return {
        "id": row.session_id,
        "reason": row.reason,
        "bytes": row.size,
        "title": row.entry.summary.title,
        "updated_at": row.entry.summary.updated_at.text,
    }
