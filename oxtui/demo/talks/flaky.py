"""A long talk: some sixty flaky tests, looked at one after the other."""

from collections import Counter
from typing import Final, NamedTuple

from oxtui.demo.script import Call, Talk, Thought, Turn, call, on, think, turn
from oxtui.store.values import PIN_KEY


class _Cause(NamedTuple):
    """Why tests of a kind fail now and then; each way to put it right is told in turn."""

    found: str
    thought: str
    answers: tuple[str, ...]


_CAUSES: Final = {
    "clock": _Cause(
        "assertion failed: left: 3600, right: 3601",
        "Right, give or take a second: it reads the clock twice.",
        (
            "`@` read the clock twice and failed when a second began in between. It gets its time "
            "from a fixed `Clock` now.",
            "The same in `@`: two readings, one second apart. The clock is an argument now.",
            "`@` only failed between 23:00 and midnight UTC. The date is fixed to a Tuesday now.",
            "`@` compares with `<` where `<=` was meant, so it needs a tick between two lines. "
            "Fixed clock, exact comparison.",
        ),
    ),
    "port": _Cause(
        'Os { code: 98, kind: AddrInUse, message: "Address already in use" }',
        "A port of its own, written into the test. Two of them in one run, and one loses.",
        (
            "`@` asked for port 8080. It binds to port 0 and asks the listener which one it got.",
            "Port 9090 this time. I made a helper, `free_listener()`, and `@` uses it.",
            "`@` closed its socket and connected to the number it remembered; another test was "
            "faster. It hands over the open socket now.",
        ),
    ),
    "order": _Cause(
        'left: ["b", "a"], right: ["a", "b"]',
        "It compares a list that comes out of a HashMap.",
        (
            "The order in `@` came out of a `HashMap`. I sort before comparing; the API promises "
            "no order.",
            "`@`: no `ORDER BY`, and SQLite promises nothing without one. The query sorts now, as "
            "users will expect it too.",
            "Two threads append to one list in `@`. It compares as a set now.",
        ),
    ),
    "sleep": _Cause(
        "timed out waiting for 2 events, got 1",
        "It sleeps for 100 ms and expects two events. On a busy machine there is one.",
        (
            "`@` slept for 100 ms and hoped. It waits for the second event now, at most 5 s, and "
            "is faster on most runs.",
            "`@` polled three times and gave up. It is told by a channel now.",
            "Time is paused in `@` now (`tokio::time::pause`), so a wait of 30 s takes 2 ms.",
        ),
    ),
    "shared": _Cause(
        "UNIQUE constraint failed: customers.email",
        "Two tests add test@example.com to the same database.",
        (
            "`@` shares a database with its neighbours. Each test gets one of its own in memory, "
            "which costs 3 ms.",
            "`@` left a row behind. With a database of its own that no longer matters.",
            "`@` used the folder `/tmp/ferry-test` like four others. It has a temporary one now.",
        ),
    ),
    "race": _Cause(
        "called `Option::unwrap()` on a `None` value, src/queue.rs:118",
        "This isn't the test. Two workers, and something is checked before it is used.",
        (
            "**A real bug.** `Queue::take` checks `len()` and then pops, and another worker can be "
            "faster. `@` was right to fail. `pop()` decides alone now.",
            "**Another real one.** A shipment that is merged while it is read was seen half. `@` "
            "found it; the merge is one transaction now.",
            "**Real.** A cancelled request kept its place in the pool until the next restart. `@` "
            "shows it in 1 of 40 runs. The guard gives the place back on drop.",
            "**Real**, and the one from production in May: two logins at once made two sessions. "
            "`@` needed a barrier to show it every time.",
        ),
    ),
}

_TESTS: Final = """
token_expires_after_an_hour clock | refuses_expired_signature clock | replay_stops_at_seven_days
clock
health_endpoint_answers port | metrics_are_exposed port | proxy_forwards_host port
lists_carriers order | groups_by_country order | export_has_all_columns order
webhook_is_retried sleep | digest_is_sent_once sleep | queue_drains_on_shutdown race
signup_sends_mail shared | duplicate_email_is_refused shared | import_reports_bad_lines order
retry_after_is_respected clock | rate_limit_resets clock | session_survives_restart sleep
tracks_two_parcels order | merges_split_shipments race | label_has_barcode shared
cancel_while_sending race | webhook_order_is_kept sleep | replay_is_idempotent shared
admin_port_is_local port | grpc_and_http_share_state port | backoff_grows clock
counts_unique_visitors order | prune_keeps_pinned clock | search_finds_umlauts order
invoice_rounds_up clock | monthly_report_in_leap_year clock | timezone_of_customer clock
sends_at_most_three_retries sleep | closes_idle_connections sleep | pool_gives_back race
mail_bounces_are_marked shared | unsubscribes_everywhere shared | csv_quotes_newlines order
batch_of_1000 race | websocket_reconnects port | sse_keeps_alive sleep
restores_backup shared | migrates_twice shared | lock_is_released race
cache_expires clock | cache_is_shared race | etag_changes order
courier_map_updates sleep | geofence_triggers_once race | returns_label_is_reused shared
notifies_on_delay sleep | pauses_on_weekend clock | sorts_by_eta order
password_reset_expires clock | two_logins_at_once race
"""

_NEXT: Final = (
    "next",
    "Next one.",
    "Good. Next",
    "go on",
    "next please",
    "👍 next",
    "Same for the next.",
)


def _one(index: int, test: str, cause: _Cause, told: int) -> Turn:
    failures = 3 + index * 7 % 22
    steps: list[Call | Thought] = [
        call(
            "bash",
            9_800 + index * 733 % 14_000,
            f"{failures} of 200 runs failed\n{cause.found}",
            command=f"cargo stress --runs 200 {test}",
        ),
        think(cause.thought),
        call(
            "edit",
            60 + index * 37 % 210,
            f"+{3 + index % 9} -{2 + index % 5}",
            path=f"tests/{test}.rs",
        ),
        call(
            "bash",
            8_900 + index * 611 % 12_000,
            "0 of 200 runs failed",
            command=f"cargo stress --runs 200 {test}",
        ),
    ]
    if index % 3 == 1:
        steps.insert(1, call("read", 9 + index % 20, f"fn {test}() {{", path=f"tests/{test}.rs"))
    answer = cause.answers[told % len(cause.answers)].replace("@", test)
    answer = f"{answer} 200 runs, no failure ({failures} before)."
    return turn(_NEXT[index % len(_NEXT)], *steps, answer=answer, after=2 + index % 4)


def _turns() -> tuple[Turn, ...]:
    words = _TESTS.replace("|", " ").split()
    told: Counter[str] = Counter()
    fixed: list[Turn] = []
    for index, (test, cause) in enumerate(zip(words[::2], words[1::2], strict=True)):
        fixed.append(_one(index, test, _CAUSES[cause], told[cause]))
        told[cause] += 1
    return (_FIRST, *fixed[:29], _HALF, *fixed[29:], *_LAST)


_FIRST: Final = turn(
    "Work through the flaky tests one by one. Fix the cause, not the symptom.",
    call(
        "bash",
        31_870,
        "56 tests failed at least once in 30 days",
        command="./ci-history.py --flaky",
    ),
    think("56 is a lot. Sorted by cause there will be five or six patterns."),
    answer="""
    56 tests failed at least once in the last 30 days without a change that explains it. For each I
    run it 200 times, find the cause, fix it, and run it 200 times again. Say *next* to go on.
    """,
)
_HALF: Final = turn(
    "Half time. What do we have so far?",
    answer="""
    29 tests, and there are six causes:

    | cause | tests |
    | --- | ---: |
    | reads the clock | 7 |
    | order of a map | 6 |
    | fixed port | 5 |
    | shared database | 4 |
    | sleeps and hopes | 4 |
    | **a real bug in our code** | 3 |

    The last row pays for the whole exercise.
    """,
    after=21,
)
_LAST: Final = (
    turn(
        "Run everything 20 times.",
        call(
            "bash", 1_284_000, "20 runs, 209 tests each, 0 failures", command="./stress-all.sh 20"
        ),
        answer="20 runs of all 209 tests, 21 minutes, **no failure**.",
        after=24,
    ),
    turn(
        "🥳 Write a page about what we learned, for the handbook.",
        call("write", 48, "handbook/flaky-tests.md: 66 lines", path="handbook/flaky-tests.md"),
        answer="""
        It's in `handbook/flaky-tests.md`. Its five rules:

        1. Time is an argument.
        2. Ask the system for a port.
        3. Wait for the thing, not for a while.
        4. One test, one database.
        5. A flaky test is a bug until shown otherwise. Of 56, nine were.
        """,
        after=6,
    ),
)

_FLAKY: Final = Talk(
    key="flaky",
    project="api",
    last=on(8, "18:50"),
    turns=_turns(),
    persona="dev",
    metadata={
        PIN_KEY: True,
        "compression": {
            "status": "completed",
            "summary": "29 of 56 flaky tests are fixed; causes: clock, map order, ports, shared "
            "database, sleeps, three real races.",
            "compressed_before_index": 30,
        },
    },
)

TALKS: Final = (_FLAKY,)
