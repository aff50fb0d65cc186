"""The terminal, as Textual drives it, but harder to upset."""

import asyncio
import signal
from contextlib import suppress

from textual.drivers.linux_driver import LinuxDriver


class SturdyDriver(LinuxDriver):
    """Goes on after bytes that are no text, and stops and goes on again whatever it is doing."""

    _started = False
    _obeys_between_steps = False

    def run_input_thread(self) -> None:
        """Reads what is typed; bytes that are no UTF-8 are lost, with what came along with them.

        They come from a terminal that reports the mouse in its oldest way, or from a line that
        drops some. Reading ends without a word when the terminal is gone.
        """
        while not self.exit_event.is_set():
            with suppress(UnicodeDecodeError):
                try:
                    super().run_input_thread()
                except OSError:
                    return

    def start_application_mode(self) -> None:
        """Takes the terminal; anew, if the program was stopped before it could give it back.

        Who stops a program by SIGSTOP has the terminal back in whatever modes it is, and the
        program does not know. Taking it twice would keep those of the first time for ever.
        """
        if self._started:
            self.suspend_application_mode()
        self._started = True
        super().start_application_mode()
        if self._obeys_between_steps:
            self._app.call_later(self._app.refresh)  # what was on the screen is not there any more
        else:
            self._obeys_between_steps = True
            self._obey_between_steps()

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
        """Gives the terminal back."""
        self._started = False
        super().stop_application_mode()
