"""What surrounds every command: which one is meant, and how an error leaves the program.

Exit codes: 0 done; 1 it ran and found something wrong, or nothing; 2 wrong use or no usable store;
130 interrupted; 141 nobody reads the output any more.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final, NoReturn

import click
from click.exceptions import Abort, ClickException, Exit, UsageError

from oxtui.cli.output import say
from oxtui.errors import (
    InvalidNameError,
    InvalidValueError,
    OxtuiError,
    StoreNotFoundError,
)

_WRONG_USE: Final = (StoreNotFoundError, InvalidNameError, InvalidValueError)
_INTERRUPTED: Final = 130
_BROKEN_PIPE: Final = 141
_STORE_OPTIONS: Final = ("-s", "--store")
_OWN_OPTIONS: Final = ("-h", "--help", "--version")


class DefaultGroup(click.Group):
    """A group that runs one of its commands when none is named."""

    def __init__(self, name: str, *, default: str, help: str) -> None:  # noqa: A002 - click's name
        super().__init__(name, help=help, context_settings={"help_option_names": ["-h", "--help"]})
        self._default = default
        self.no_args_is_help = False

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Puts the command in that is meant when none is named."""
        if not ctx.resilient_parsing:
            place = _command_place(args)
            if place == len(args) or _is_option_of_command(args[place : place + 1]):
                args.insert(place, self._default)
        return super().parse_args(ctx, args)


def _command_place(args: Sequence[str]) -> int:
    """Where among the arguments the command is, or would be: behind the store."""
    place = 0
    while place < len(args):
        if args[place] in _STORE_OPTIONS:
            place += 2
        elif args[place].startswith(("--store=", "-s")):
            place += 1
        else:
            break
    return place


def _is_option_of_command(args: Sequence[str]) -> bool:
    return any(arg.startswith("-") and arg not in _OWN_OPTIONS for arg in args)


class Program(DefaultGroup):
    """The outermost group, which imports a command's module when the command is asked for."""

    def __init__(
        self,
        name: str,
        *,
        default: str,
        modules: Mapping[str, str],
        help: str,  # noqa: A002 - click's name
    ) -> None:
        super().__init__(name, default=default, help=help)
        self._modules = modules
        click.version_option(package_name="oxtui", message="oxtui %(version)s")(self)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order in which they help."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, from the module that has it."""
        if cmd_name not in self._modules:
            return None
        module = import_module(self._modules[cmd_name])
        command: object = getattr(module, f"{cmd_name}_command")
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> None:
        """Runs the command, and brings out all that it printed."""
        try:
            super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as error:
            _discard_output()
            raise Exit(_BROKEN_PIPE) from error
        except OSError as error:
            if error.filename is None and isinstance(error, FileNotFoundError):
                # Nothing else looks for what has no name: the output is open already.
                say("The current folder is not there any more.")
                raise Exit(2) from error
            if error.filename is None:
                _discard_output()
                say(f"The output was cut off: {error.strerror or error}.")
            else:
                say(f"{os.fsdecode(error.filename)}: {error.strerror}.")
            raise Exit(1) from error

    def main(  # pyright: ignore[reportIncompatibleMethodOverride] - click overloads it for `standalone_mode`, which this decides
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **extra: object,
    ) -> NoReturn:
        """Runs what the arguments say, and exits."""
        sys.exit(self._run(args, prog_name or "oxtui"))

    def _run(self, args: Sequence[str] | None, prog_name: str) -> int:
        try:
            code: object = super().main(args, prog_name, standalone_mode=False)
        except OxtuiError as error:
            say(error.message)
            return 2 if isinstance(error, _WRONG_USE) else 1
        except UsageError as error:
            where = error.ctx.command_path if error.ctx else prog_name
            message = error.format_message()
            end = "" if message.endswith((".", "?")) else "."
            say(f"{message}{end} `{where} --help` says more.")
            return error.exit_code
        except ClickException as error:
            say(error.format_message())
            return error.exit_code
        except Abort:
            return _INTERRUPTED
        return code if isinstance(code, int) else 0


def _discard_output() -> None:
    """Lets the interpreter throw away what is still to be written, instead of failing again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
