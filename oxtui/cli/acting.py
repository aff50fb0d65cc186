"""Acts of the store as commands run them, and what they say afterwards."""

import sys
from collections.abc import Iterable, Sequence

import click
from click.exceptions import Exit
from msgspec import structs

from oxtui.cli.output import emit, emit_json, say
from oxtui.cli.target import find_session_to_change, store_base, why_read_only
from oxtui.errors import InvalidNameError, InvalidValueError, NotFoundError, ReadOnlyError
from oxtui.sanitize import sanitize
from oxtui.store.act_report import ActReport, Failure
from oxtui.store.acts import Acts
from oxtui.store.recovery import recover
from oxtui.store.state_store import StateStore
from oxtui.store.values import SessionId


def open_store() -> StateStore:
    """The store that a command works on.

    Raises:
        StoreNotFoundError: There is none.
    """
    base = store_base()
    return StateStore(base, why_read_only(base))


def writable_store() -> StateStore:
    """The store that a command is about to change; what a crash left there is seen to first.

    Raises:
        StoreNotFoundError: There is none.
        ReadOnlyError: It can't be written.
    """
    store = open_store()
    if store.read_only:
        raise ReadOnlyError(f"{store.base_path} was not changed: {store.read_only}.")
    for what in recover(store.base_path):
        say(f"Finished what a crash interrupted: {what}")
    return store


def open_acts() -> Acts:
    """The acts on the store that a command works on."""
    return Acts(writable_store())


def find_sessions(store: StateStore, texts: Iterable[str]) -> tuple[list[SessionId], list[Failure]]:
    """The sessions that are meant, each once, and what was named that is none."""
    found: dict[SessionId, None] = {}
    failures: list[Failure] = []
    for text in texts:
        try:
            found[find_session_to_change(store.base_path, text)] = None
        except (NotFoundError, InvalidNameError, InvalidValueError) as error:
            failures.append(Failure(text, error.message))
    return list(found), failures


def report_json(report: ActReport) -> dict[str, object]:
    """What an act did."""
    return {
        "label": report.label,
        "done": list(report.done),
        "sessions": list(report.sessions),
        "failures": [{"id": f.name, "reason": f.reason} for f in report.failures],
        "bytes": report.size,
    }


def emit_report(
    report: ActReport, lines: Sequence[str] | None, failures: Sequence[Failure], *, as_json: bool
) -> None:
    """Prints what an act did, and ends the command with 1 if it was not done to everything.

    Args:
        report: What it did.
        lines: What to print of it; None for the names of what it was done to.
        failures: What it was not even tried on.
        as_json: Whether to print JSON.
    """
    everything = (*failures, *report.failures)
    if as_json:
        emit_json(report_json(structs.replace(report, failures=everything)))
    else:
        for line in map(sanitize, report.done if lines is None else lines):
            emit(line)
    for failure in everything:
        say(failure.reason)
    if everything:
        raise Exit(1)


def confirmed(question: str, *, yes: bool) -> None:
    """Goes on if the user said yes, by an option or now.

    Raises:
        UsageError: Nobody can be asked.
        Exit: The user said no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask on; say --yes to go on without")
    if not click.confirm(question, err=True):
        say("Nothing was changed.")
        raise Exit(1)
