"""The terminal, as Textual drives it, but harder to upset, and quiet while nothing is typed."""

import asyncio
import os
import signal
import termios
import threading
from codecs import getincrementaldecoder
from collections.abc import Iterable
from contextlib import suppress
from selectors import EVENT_READ, SelectSelector
from typing import IO, Final, cast

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

_READ_AT_ONCE: Final = 4_096
_ESCAPE_OVER_S: Final = ESCAPE_DELAY + 0.01
"""After so long without more, an escape is a key and not the beginning of the name of one."""


class SturdyDriver(LinuxDriver):
    """Goes on after bytes that are no text, and stops and goes on again whatever it is doing."""

    _started = False
    _obeys_between_steps = False
    _waker: tuple[int, int] | None = None

    def run_input_thread(self) -> None:
        """Reads what is typed, and sleeps until something is, or reading is to end.

        Bytes that are no UTF-8 are lost, with what came along with them. They come from a terminal
        that reports the mouse in its oldest way, or from a line that drops some. That the terminal
        is gone the program is told by the signal that says so, which only some are sent.
        """
        assert self._waker is not None
        waker = self._waker[0]
        parser = XTermParser(self._debug)
        decoder = getincrementaldecoder("utf-8")()
        timeout_s = None
        with SelectSelector() as selector:
            selector.register(self.fileno, EVENT_READ)
            selector.register(waker, EVENT_READ)
            while True:
                ready = [key.fd for key, _ in selector.select(timeout_s)]
                if waker in ready:
                    break
                timeout_s = None
                if ready:
                    data = self._read()
                    if not data:
                        # To that thread, which another one's handling would not wake.
                        main = threading.main_thread().ident or 0
                        signal.pthread_kill(main, signal.SIGHUP)
                        break
                    try:
                        self._process(parser.feed(decoder.decode(data)))
                    except UnicodeDecodeError:
                        decoder.reset()
                    timeout_s = _ESCAPE_OVER_S
                self._process(parser.tick())
        with suppress(EOFError, ParseError):
            self._process(parser.feed(""))

    def _read(self) -> bytes:
        """What was typed; nothing if the terminal is gone."""
        try:
            return os.read(self.fileno, _READ_AT_ONCE)
        except OSError:
            return b""

    def _process(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)

    def disable_input(self) -> None:
        """Ends reading, which need not be typed to for that."""
        if self._waker is None:
            return
        os.write(self._waker[1], b"\0")
        super().disable_input()
        for end in self._waker:
            os.close(end)
        self._waker = None

    def start_application_mode(self) -> None:
        """Takes the terminal; anew, if the program was stopped before it could give it back.

        Who stops a program by SIGSTOP has the terminal back in whatever modes it is, and the
        program does not know. Taking it twice would keep those of the first time for ever.
        """
        if self._app.return_code is not None:  # it was ended while it was stopped
            return
        self._await_foreground()
        if self._started:
            self.suspend_application_mode()
        self._started = True
        if not isinstance(self._file, _Forgiving):
            self._file = cast("IO[str]", _Forgiving(self._file))
        self._waker = os.pipe()
        super().start_application_mode()
        if self._obeys_between_steps:
            self._app.call_later(self._app.refresh)  # what was on the screen is not there any more
        else:
            self._obeys_between_steps = True
            self._obey_between_steps()

    def _await_foreground(self) -> None:
        """Stops a job in the background until its shell brings it to the front.

        Setting the terminal's modes does that, where nobody handles the signal that comes of it.
        Textual does, and goes on without a terminal.
        """
        with suppress(termios.error):  # it is gone, which reading will tell
            termios.tcsetattr(self.fileno, termios.TCSANOW, termios.tcgetattr(self.fileno))

    def _obey_between_steps(self) -> None:
        """Has stops and resumes wait until the event loop is between two steps.

        Textual obeys them at once. In the middle of a write to the terminal the lock of what waits
        to be written is held, for which it then waits for ever.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTSTP, signal.SIGCONT):
            handler = signal.getsignal(number)
            if callable(handler):
                loop.add_signal_handler(number, handler, number, None)

    def stop_application_mode(self) -> None:
        """Gives the terminal back, if it was taken."""
        if self._started:
            self._started = False
            super().stop_application_mode()


class _Forgiving:
    """A terminal that may go away without whoever writes to it dying of it.

    Textual writes from a thread with a short queue. Without the thread, whoever puts something into
    the queue would soon wait for ever.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.fileno = file.fileno

    def write(self, text: str) -> None:
        """Writes a text, or loses it."""
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """Brings out what was written, or loses it."""
        with suppress(OSError):
            self._file.flush()
