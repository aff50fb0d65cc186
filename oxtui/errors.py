"""What can go wrong, said for people.

```
OxtuiError
 ├─ StoreNotFoundError     no store where one was looked for
 ├─ ReadOnlyError          the store, or oxtui itself, does not allow a write
 ├─ InvalidNameError       an id, a name or a category that could leave its folder
 ├─ UnreadableError        a file that is there and cannot be read as what it should be
 ├─ NotFoundError          a session, a project, an entry of the trash that is not there (any more)
 │   └─ MadeElsewhereError an act that this user did not do, or not here
 ├─ ChangedError           something else wrote the file in the meantime
 ├─ InvalidValueError      a setting or an argument out of its range
 └─ WriteFailedError       the system refused a write: full, quota, permission, gone
```
"""


class OxtuiError(Exception):
    """The base of every error that a user is shown.

    Attributes:
        title: What kind of thing happened, a few words.
        message: What happened, to which file, and what to do about it.
    """

    title = "Something went wrong"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class StoreNotFoundError(OxtuiError):
    """There is no store where one was looked for."""

    title = "No store"


class ReadOnlyError(OxtuiError):
    """The store cannot be written, or was opened read-only."""

    title = "Read-only"


class InvalidNameError(OxtuiError):
    """A name that could lead out of its folder."""

    title = "Name refused"


class UnreadableError(OxtuiError):
    """A file that is there and cannot be read as what it should be."""

    title = "Unreadable"


class NotFoundError(OxtuiError):
    """What was asked for is not there, or not any more."""

    title = "Not found"


class MadeElsewhereError(NotFoundError):
    """What there is to undo was done by another user, or on another machine."""

    title = "Made elsewhere"


class ChangedError(OxtuiError):
    """Somebody else changed the file since it was looked at."""

    title = "Changed meanwhile"


class InvalidValueError(OxtuiError):
    """A setting or an argument that is out of its range."""

    title = "Not a valid value"


class WriteFailedError(OxtuiError):
    """The system refused a write; what was there before is still there."""

    title = "Not written"


class SearchStoppedError(OxtuiError):
    """The process that searches can't be started, or ended again and again."""

    title = "Search stopped"
