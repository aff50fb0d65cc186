"""Dialogs in which typing narrows a list, and one row of it is chosen."""

from textual.screen import ScreenResultType
from textual.widgets import Input

from oxtui.ui.dialogs.dialog import Dialog
from oxtui.ui.dialogs.row_list import RowList


class ChoosingDialog(Dialog[ScreenResultType]):
    """Has a list whose cursor is moved from the field that narrows it."""

    @property
    def choices(self) -> RowList:
        """The list of what can be chosen."""
        return self.query_one(RowList)

    def action_choice(self, rows: int) -> None:
        """Goes further down or up, and from one end to the other."""
        choices = self.choices
        choices.cursor = (choices.cursor + rows) % max(1, choices.count)

    def action_choice_page(self, pages: int) -> None:
        """Goes down by what is in sight, or up."""
        self.choices.action_go_page(pages)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Chooses what the cursor is on."""
        event.stop()
        self.accept()

    def on_row_list_row_chosen(self) -> None:
        """Chooses what was clicked."""
        self.accept()
