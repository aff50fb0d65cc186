"""`oxtui trash`: what was deleted, back to where it was, or gone for good."""

import asyncio

import click
from click.exceptions import Exit

from oxtui.cli.acting import confirmed, emit_report, open_store, writable_store
from oxtui.cli.output import Column, emit, emit_json, emit_table, json_option, say
from oxtui.cli.program import DefaultGroup
from oxtui.cli.target import store_option, the_one_to_change
from oxtui.errors import NotFoundError, OxtuiError
from oxtui.quoting import shortened
from oxtui.sanitize import sanitize
from oxtui.store.act_report import Failure
from oxtui.store.acts import Acts
from oxtui.store.layout import session_id_of
from oxtui.store.state_store import StateStore
from oxtui.store.summaries.scan import session_files
from oxtui.store.timestamps import Timestamp, local_time
from oxtui.store.trash import Trash, TrashEntry
from oxtui.store.trash_titles import TrashTitles
from oxtui.units import plural, size

trash_command = store_option(
    DefaultGroup("trash", default="list", help="Show deleted sessions, restore or destroy them.")
)


@trash_command.command("list")
@json_option
@store_option
def list_command(as_json: bool) -> None:
    """List what is in the trash, the last deleted first."""
    trash = open_store().trash
    entries = trash.entries()
    reader = TrashTitles(trash)
    reader.read(entries)
    titles = reader.known(entries)
    if as_json:
        emit_json([_json(entry, titles.get(entry.entry_id)) for entry in entries])
    else:
        emit_table(
            (Column("ID"), Column("DELETED"), Column("SIZE", right=True), Column("TITLE")),
            [
                (e.name, _deleted(e), size(e.size), shortened(titles.get(e.entry_id, "")))
                for e in entries
            ],
        )
    _say_what_is_left_alone(trash)
    if not entries:
        say("The trash is empty.")
        raise Exit(1)


@trash_command.command("restore")
@click.argument("sessions", metavar="SESSION...", nargs=-1, required=True)
@json_option
@store_option
def restore_command(sessions: tuple[str, ...], as_json: bool) -> None:
    """Move sessions back to where they were, and print their ids.

    Of several with one id, the one that was deleted last; the `entry` of `list --json` names each.
    """
    store = writable_store()
    wanted: dict[str, TrashEntry] = {}
    failures: list[Failure] = []
    for text in sessions:
        try:
            entry = _find(store, text)
            wanted[entry.entry_id] = entry
        except OxtuiError as error:
            failures.append(Failure(text, error.message))
    report = asyncio.run(Acts(store).restore(wanted.values()))
    restored = [wanted[entry_id].name for entry_id in report.done]
    emit_report(report, restored, failures, as_json=as_json)


@trash_command.command("empty")
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
@store_option
def empty_command(yes: bool, as_json: bool) -> None:
    """Destroy what is in the trash. Nothing brings it back."""
    store = writable_store()
    entries = store.trash.entries()
    total = sum(entry.size for entry in entries)
    if entries:
        what = f"{plural(len(entries), 'file')}, {size(total)}"
        confirmed(f"Destroy what is in the trash ({what})? This is final.", yes=yes)
    gone = asyncio.run(Acts(store).empty_trash(entries))
    _say_what_is_left_alone(store.trash)
    if as_json:
        emit_json({"destroyed": gone, "bytes": total})
    else:
        emit(f"Destroyed {plural(gone, 'file')}, {size(total)}." if gone else "It was empty.")


def _say_what_is_left_alone(trash: Trash) -> None:
    for name in trash.left_alone():
        say(f"{sanitize(str(trash.folder / name))} is no entry of oxtui's, and is left alone.")


def _find(store: StateStore, text: str) -> TrashEntry:
    entries = store.trash.entries()
    for entry in entries:
        if text in (entry.entry_id, entry.name):
            return entry
    if not text:
        raise NotFoundError("The name of a session is missing.")
    hint = "`oxtui trash list` shows what is there"
    there = {session_id_of(each.name) for each in session_files(store.sessions_path)}
    names = {entry.name for entry in entries}
    name = the_one_to_change(text, names, names | there, "deleted session", hint)
    return next(entry for entry in entries if entry.name == name)


def _deleted(entry: TrashEntry) -> str:
    return local_time(Timestamp.from_ns(entry.deleted_ns))


def _json(entry: TrashEntry, title: str | None) -> dict[str, object]:
    return {
        "entry": entry.entry_id,
        "id": entry.name,
        "title": title,
        "file": entry.file,
        "deleted_at": Timestamp.from_ns(entry.deleted_ns).text,
        "bytes": entry.size,
    }
