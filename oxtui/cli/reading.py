"""The session that an argument of a command means."""

import asyncio

from oxtui.cli.target import find_session, store_base
from oxtui.export import reading
from oxtui.store.projects.catalog import read_projects
from oxtui.store.state_store import StateStore


def read_session(text: str) -> reading.ReadSession:
    """The session that an argument means.

    Raises:
        OxtuiError: There is no such session, or it can't be read; the message says why.
    """
    base = store_base()
    session_id = find_session(base, text)

    def project_name(project_id: str) -> str | None:
        names = {str(each.project_id): each.name for each in read_projects(base).projects}
        return names.get(project_id)

    return asyncio.run(reading.read_session(StateStore(base), session_id, project_name))
