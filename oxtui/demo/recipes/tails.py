"""Turns that fit at the end of any composed talk."""

from typing import Final

from oxtui.demo.script import call, think, turn

TAILS: Final = (
    turn("Thanks!", answer="You're welcome.", after=2),
    turn(
        "Add a test for that.",
        call("write", 45, "1 file, 38 lines", path="tests/regression.rs"),
        call(
            "bash", 14_200, "test result: ok. 1 passed; 0 failed", command="cargo test regression"
        ),
        answer="Added. It fails without the change and passes with it.",
        after=6,
    ),
    turn(
        "Remember that for next time",
        call("memory_save", 74, "saved", text="prefers small changes with a test each"),
        answer="Noted.",
    ),
    turn(
        "Why did that take so long?",
        think("Most of it was waiting for one command. Say so, with the number."),
        answer="Nearly all of it was one command. The rest took less than a second.",
    ),
    turn(
        "Tell Jonas",
        call("a2a_send", 160, "delivered", to="jonas", message="see this session"),
        answer="Sent.",
    ),
)
