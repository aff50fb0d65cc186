"""The talk that goes on while the demo runs: a release, rolled out host by host."""

from typing import Final

from oxtui.demo.script import Talk, Turn, ago, call, think, turn

_SCRIPT: Final = (
    turn(
        "Roll out 2.14 to the edge hosts, one at a time",
        call("bash", 1_310, "edge-1 … edge-6: 2.13.4", command="ansible edge -a 'ferry --version'"),
        think("edge-6 has the least traffic. It goes first, and the others wait for its numbers."),
        call(
            "bash",
            9_740,
            "edge-6: ok=9 changed=4 failed=0",
            command="ansible-playbook roll.yml -l edge-6",
        ),
        answer="""
        2.14 runs on **edge-6**, which has the least traffic (4 %). I would give it five minutes
        before the next. Say *next* to go on, or *back* to take it back.
        """,
    ),
    turn(
        "How does it look?",
        call("bash", 640, "5xx 0.02 %, p99 171 ms", command="./golden.sh edge-6 --minutes 5"),
        answer="""
        | edge-6 | 2.13.4 | 2.14 |
        | --- | ---: | ---: |
        | errors | 0.03 % | 0.02 % |
        | median | 38 ms | 36 ms |
        | p99 | 188 ms | 171 ms |
        | memory | 412 MB | 297 MB |

        Nothing that speaks against the next host.
        """,
        after=5,
    ),
    turn(
        "next",
        call(
            "bash",
            9_112,
            "edge-5: ok=9 changed=4 failed=0",
            command="ansible-playbook roll.yml -l edge-5",
        ),
        call("bash", 588, "5xx 0.03 %, p99 176 ms", command="./golden.sh edge-5 --minutes 1"),
        answer="**edge-5** is on 2.14 and answers. Two of six.",
        after=4,
    ),
    turn(
        "next, and keep an eye on memory",
        call(
            "bash",
            9_530,
            "edge-4: ok=9 changed=4 failed=0",
            command="ansible-playbook roll.yml -l edge-4",
        ),
        think("edge-4 also converts pictures, so its memory is the one that matters."),
        call("bash", 702, "rss 601 MB, was 718 MB", command="./golden.sh edge-4 --memory"),
        answer="""
        **edge-4** is done. It converts the pictures too, and still needs 16 % less memory than
        before.
        """,
    ),
    turn(
        "Is anything in the logs that wasn't there yesterday?",
        call(
            "bash",
            2_874,
            "3 new messages in 48,120 lines",
            command="./new-messages.sh --since yesterday --hosts edge-4,edge-5,edge-6",
        ),
        call(
            "grep",
            31,
            'src/replay.rs:77: warn!("replay window truncated")',
            pattern="replay window truncated",
            path="src",
        ),
        answer="""
        Three kinds of message are new:

        - `replay window truncated` (12 times): someone asked for more than 7 days, as designed
        - `digest: merged 3 shops` (once): new in 2.14, also as designed
        - `carrier dpd: unknown status 41` (204 times): **not ours**, they began to send it at 09:00
        """,
    ),
    turn(
        "What is status 41?",
        call("web_search", 1_620, "6 results", query="DPD tracking API status code 41"),
        call(
            "browse", 1_988, "41 = handed to neighbour", url="https://developer.dpd.example/status"
        ),
        answer="""
        “Handed to a neighbour.” We show it as *unknown* now. Mapping it to `delivered` is one
        line; after the rollout?
        """,
    ),
    turn(
        "Yes, after it. next",
        call(
            "bash",
            60_230,
            "fatal: [edge-3]: UNREACHABLE! Connection timed out",
            command="ansible-playbook roll.yml -l edge-3",
        ),
        think("Unreachable, not failed. Is the host down, or only SSH?"),
        call(
            "bash", 212, "HTTP 200, 2.13.4", command="curl -s https://edge-3.ferry.example/health"
        ),
        answer="""
        **edge-3 is still on 2.13.4.** It serves requests, but SSH timed out after 60 seconds, so
        nothing was changed there. I can go on with edge-2 and come back.
        """,
    ),
    turn(
        "Why no SSH?",
        call(
            "bash",
            8_066,
            "console: sshd: error: no more sessions (MaxSessions 10)",
            command="./console.sh edge-3 --tail 50",
        ),
        call(
            "bash",
            371,
            "10 sessions of user backup, oldest 3 days",
            command="./console.sh edge-3 -- who",
        ),
        answer="""
        Ten sessions of `backup` hang there since Sunday, and ten is the limit. They belong to the
        old backup job, the one whose lock was never let go.
        """,
    ),
    turn(
        "Kill them and try again.",
        call("bash", 440, "10 sessions closed", command="./console.sh edge-3 -- pkill -u backup"),
        call(
            "bash",
            9_917,
            "edge-3: ok=9 changed=4 failed=0",
            command="ansible-playbook roll.yml -l edge-3",
        ),
        answer="**edge-3** is on 2.14. Four of six, half of the traffic.",
    ),
    turn(
        "Good point for a break. Numbers of all four?",
        call(
            "bash",
            1_955,
            "4 hosts, 15 minutes",
            command="./golden.sh edge-3,edge-4,edge-5,edge-6 --minutes 15",
        ),
        answer="""
        | | errors | median | p99 | memory |
        | --- | ---: | ---: | ---: | ---: |
        | edge-3 | 0.02 % | 37 ms | 169 ms | 301 MB |
        | edge-4 | 0.03 % | 44 ms | 192 ms | 604 MB |
        | edge-5 | 0.02 % | 36 ms | 174 ms | 296 MB |
        | edge-6 | 0.02 % | 36 ms | 170 ms | 298 MB |
        """,
    ),
    turn(
        "next",
        call(
            "bash",
            9_344,
            "edge-2: ok=9 changed=4 failed=0",
            command="ansible-playbook roll.yml -l edge-2",
        ),
        call("bash", 607, "5xx 0.02 %, p99 168 ms", command="./golden.sh edge-2 --minutes 1"),
        answer="**edge-2** is done. One left, the busiest.",
    ),
    turn(
        "edge-1 carries 40 %. Drain it first.",
        call(
            "bash", 45_120, "edge-1: 0 connections after 45 s", command="./drain.sh edge-1 --wait"
        ),
        call(
            "bash",
            9_208,
            "edge-1: ok=9 changed=4 failed=0",
            command="ansible-playbook roll.yml -l edge-1",
        ),
        call("bash", 530, "edge-1: back in rotation", command="./drain.sh edge-1 --undo"),
        answer="Drained in 45 seconds, updated, back in rotation. **All six hosts run 2.14** 🎉",
    ),
    turn(
        "Lovely. Now map status 41, and watch the fleet for me meanwhile.",
        call("edit", 83, "src/carriers/dpd.rs: +1 -0", path="src/carriers/dpd.rs"),
        call("bash", 12_480, "test result: ok. 219 passed; 0 failed", command="cargo test"),
        answer="""
        ```rust
        41 => Status::Delivered { to: Recipient::Neighbour },
        ```

        219 tests pass. I look at the fleet whenever you ask.
        """,
    ),
)

_ASKS: Final = (
    "And now?", "Still fine?", "How is the fleet?", "Check again, please.",
    "Anything new?", "Once more", "Status?",
)  # fmt: skip
_ENDINGS: Final = (
    "Nothing to do.",
    "Quiet.",
    "The queue is empty.",
    "One job ran in between, `digest`, in 4 seconds.",
    "A replay of two hours went through: 1,911 events, all in order.",
    "Traffic is a little below that of yesterday at this hour.",
)

FIRST_TURNS: Final = 3

TALK: Final = Talk(
    key="rollout",
    project="infrastructure",
    last=ago(0.2),
    turns=_SCRIPT[:FIRST_TURNS],
    persona="ops",
)


def rollout_turn(index: int) -> Turn:
    """Turn `index` of the rollout, from 0: the script first, then a watch that never ends."""
    if index < len(_SCRIPT):
        return _SCRIPT[index]
    host = f"edge-{index * 5 % 6 + 1}"
    p99 = 163 + index * 11 % 34
    errors = f"0.0{1 + index * 3 % 4}"
    outlier = index % 9 == 4
    steps = [
        call(
            "bash",
            480 + index * 97 % 900,
            f"5xx {errors} %, p99 {p99} ms",
            command="./golden.sh all",
        )
    ]
    ending = _ENDINGS[index * 5 % len(_ENDINGS)]
    if outlier:
        steps.append(
            call(
                "bash",
                8_300 + index % 700,
                f"{host}: p99 1,{p99} ms for 20 s",
                command=f"./golden.sh {host}",
            )
        )
        ending = (
            f"**{host}** was slow for 20 seconds while it rotated its logs. It is back to {p99} ms."
        )
    return turn(
        _ASKS[index % len(_ASKS)],
        *steps,
        answer=f"Errors {errors} %, p99 {p99} ms on all six hosts. {ending}",
    )


def follow_up(index: int) -> Turn:
    """A turn that fits at the end of any talk."""
    return _FOLLOW_UPS[index % len(_FOLLOW_UPS)]


_FOLLOW_UPS: Final = (
    turn(
        "Put what we decided here into my notes, please.",
        call("memory_recall", 96, "notes/decisions.md", query="where decisions are noted"),
        call("edit", 44, "notes/decisions.md: +4 -0", path="notes/decisions.md"),
        answer="It's in `notes/decisions.md`, four lines with today's date.",
    ),
    turn(
        "Is there anything left to do?",
        think("Go through the thread once more for promises that were not kept."),
        answer="Nothing that we agreed on. I'd come back to it in a week and see whether it held.",
    ),
    turn(
        "Remind me on Monday.",
        call("a2a_send", 131, "calendar: accepted", to="calendar", message="Monday 09:30"),
        answer="Monday at 09:30, with a link to this session.",
    ),
    turn(
        "Explain it to Priya in two sentences.",
        answer="We found the cause, changed the one place that was wrong, and have a test for it. "
        "Nothing is needed from you; it goes out with the next release.",
    ),
)
