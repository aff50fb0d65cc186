"""Where a session is to be exported to, until it is there."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path

from textual import work
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from oxtui.errors import OxtuiError
from oxtui.export.formats import format_of
from oxtui.export.writing import ExistsError
from oxtui.ui.dialogs.confirm import Confirm
from oxtui.ui.dialogs.dialog import ACCEPT, CANCEL, Dialog, DialogButton, paragraph
from oxtui.ui.dialogs.fields import Field, checked_by
from oxtui.ui.text import plain

Write = Callable[[Path, bool], Awaitable[int]]
"""Writes the session to a file, one that is there only if that is said; returns its bytes."""


def _ending_problem(text: str) -> str | None:
    return checked_by(lambda name: format_of(Path(name)))(text)


class ExportDialog(Dialog[tuple[Path, int] | None]):
    """Asks for a file and has it written; its result is the file and how many bytes it has.

    What is wrong, with the name or with the writing, is said at the field, and nothing is closed.
    """

    DEFAULT_CSS = "ExportDialog .dialog--box { max-width: 72; }"
    AUTO_FOCUS = "SafeInput"

    def __init__(self, title: str, name: str, folder: Path, write: Write) -> None:
        """Makes the question.

        Args:
            title: What the session is called.
            name: The name of a file to begin with.
            folder: What the name of a file is relative to.
            write: Writes the session.
        """
        super().__init__(f"Export {plain(title)}", "enter write, esc cancel")
        self._folder = folder
        self._write = write
        self._refused: tuple[str, str] | None = None
        hint = "As .md it is Markdown, as .html a page, as .json its own file"
        self._field = Field("File", name, self._problem_with, hint=hint, stacked=True)
        self._go = DialogButton("Write", ACCEPT)

    def compose_body(self) -> Iterable[Widget]:
        """The field, and where it begins."""
        yield Vertical(
            self._field,
            paragraph(f"In {self._folder}, unless it says where.", "dialog--muted dialog--gap"),
            classes="dialog--body",
        )

    def compose_buttons(self) -> Iterable[Widget]:
        """No and yes."""
        yield DialogButton("Cancel", CANCEL)
        yield self._go

    def _problem_with(self, text: str) -> str | None:
        """What is wrong with a name, or was when it was written to."""
        if self._refused is not None and self._refused[0] == text:
            return self._refused[1]
        return _ending_problem(text.strip()) if text.strip() else "It needs a name."

    def _path(self, text: str) -> Path:
        path = Path(text.strip())
        with suppress(RuntimeError):  # there is no such user
            path = path.expanduser()
        return self._folder / path

    def on_field_submitted(self) -> None:
        """Writes."""
        self.accept()

    def accept(self) -> None:
        """Writes, if nothing is wrong with the name."""
        if self._go.disabled:
            return
        self._refused = None
        self._field.say_problem()
        if self._field.problem is not None:
            self._field.take_focus()
        else:
            self._say_writing(True)
            self._export(self._field.text)

    @work(group="requests")
    async def _export(self, text: str) -> None:
        path = self._path(text)
        try:
            written = await self._written(path)
        except OxtuiError as error:
            self._refused = (text, error.message)
            self._field.say_problem()
            self._field.take_focus()
        else:
            if written is not None:
                self.finish((path, written))
        finally:
            self._say_writing(False)

    async def _written(self, path: Path) -> int | None:
        """The bytes of the file; None if its user rather keeps what is there."""
        try:
            return await self._write(path, False)
        except ExistsError as error:
            question = Confirm("Replace the file?", error.message, "Replace", destructive=True)
            if not await self.app.push_screen_wait(question):
                return None
        return await self._write(path, True)

    def _say_writing(self, writing: bool) -> None:
        self._go.disabled = writing
        self._go.label = Content("Writing" if writing else "Write")
