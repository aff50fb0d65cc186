"""Parts of talks about code: reviews, explanations, small features."""

from typing import Final

from oxtui.demo.script import Recipe, call, think, turn

_REVIEW: Final = Recipe(
    "api",
    (
        turn(
            "Review #@pr@: @title@",
            call(
                "bash",
                890,
                "@files@ files changed, +@plus@ -@minus@",
                command="gh pr diff @pr@ --stat",
            ),
            call("read", 21, "@sample@", path="@path@"),
            think("@doubt@"),
            answer="""
            Reads well, tests are there. One thing should change before it's merged:

            > `@path@`: @remark@

            @closing@
            """,
        ),
    ),
    (
        {
            "pr": "407",
            "title": "rate limits for each key",
            "files": "6",
            "plus": "212",
            "minus": "31",
            "path": "src/limits.rs",
            "sample": "fn allow(&self, key: ApiKey) -> bool {",
            "doubt": "The bucket is filled on read. What if nobody reads for a year? It overflows.",
            "closing": "Everything else is taste, and I kept that to myself.",
            "remark": "`elapsed * rate` overflows a `u32` after 49 days of silence. Saturate it.",
        },
        {
            "pr": "398",
            "title": "replay of webhooks",
            "files": "11",
            "plus": "640",
            "minus": "88",
            "path": "src/replay.rs",
            "sample": "while let Some(event) = events.next().await {",
            "doubt": "If the endpoint is down again, each event is retried five times. In order, "
            "too.",
            "closing": "The tests for the order of events are a joy to read.",
            "remark": "one dead endpoint holds up the whole replay. Stop at the first failure and "
            "say so.",
        },
        {
            "pr": "415",
            "title": "carrier DPD",
            "files": "4",
            "plus": "301",
            "minus": "0",
            "path": "src/carriers/dpd.rs",
            "sample": "match status_code {",
            "doubt": "The match ends with `_ => Delivered`. Optimistic.",
            "closing": "The fixtures are real answers of theirs, so I trust the rest.",
            "remark": "an unknown status becomes *delivered*. It must become *unknown*.",
        },
        {
            "pr": "388",
            "title": "drop the old import",
            "files": "9",
            "plus": "12",
            "minus": "903",
            "path": "src/lib.rs",
            "sample": "-pub mod import_v1;",
            "doubt": "Who still calls /v1/import? The access log knows.",
            "closing": "Deleting 903 lines is a pleasure to review otherwise.",
            "remark": "two customers called `/v1/import` this week. Announce it, wait a month, "
            "then merge.",
        },
    ),
    (
        turn(
            "Post that as a comment on the line, please",
            call("bash", 1_340, "commented on @path@", command="gh pr review @pr@ --comment"),
            answer="Posted, without the last sentence.",
        ),
        turn(
            "Would you block on it?",
            think("It is one line now. Later it is an evening of searching."),
            answer="Yes. It is one line today, and an evening of searching in half a year.",
        ),
        turn(
            "He has pushed something, look again",
            call("bash", 910, "1 file changed, +6 -2", command="gh pr diff @pr@ --stat"),
            call("read", 17, "@sample@", path="@path@"),
            answer="That's it, and there is a test for it now. Approved.",
            after=95,
        ),
    ),
)

_EXPLAIN: Final = Recipe(
    "api",
    (
        turn(
            "What does `@what@` do?",
            call("grep", 26, "@path@:@line@", pattern="@what@", path="src"),
            call("read", 18, "@sample@", path="@path@"),
            answer="""
            @short@

            ```rust
            @code@
            ```

            @why@
            """,
        ),
    ),
    (
        {
            "what": "Eta::smooth",
            "path": "src/eta.rs",
            "line": "61",
            "sample": "pub fn smooth(",
            "short": "It keeps an estimate from jumping back and forth each time a courier stops.",
            "code": "self.minutes = 0.7 * self.minutes + 0.3 * seen.minutes;",
            "why": "Customers trust a time that moves slowly more than one that is always right.",
        },
        {
            "what": "Outbox",
            "path": "src/outbox.rs",
            "line": "20",
            "sample": "pub struct Outbox {",
            "short": "It stores an event in the same transaction as the change that caused it.",
            "code": "tx.execute(insert_event(&event)).await?;\ntx.commit().await?;",
            "why": "Either both are there or neither. A worker sends what is in the table, in "
            "order.",
        },
        {
            "what": "Jitter::full",
            "path": "src/retry.rs",
            "line": "35",
            "sample": "pub fn full(",
            "short": "It spreads retries evenly between now and the longest wait.",
            "code": "Duration::from_millis(rng.random_range(0..=cap.as_millis() as u64))",
            "why": "After an outage not everyone comes back in the same second.",
        },
    ),
    (
        turn(
            "Is that tested?",
            call("grep", 31, "1 match", pattern="@what@", path="tests"),
            answer="Once, for the usual case. Nothing for the edges: zero, the maximum, a restart.",
        ),
        turn(
            "Put it into the doc comment",
            call("edit", 52, "@path@: +4 -1", path="@path@"),
            answer="Done, as three lines above `@what@`.",
        ),
    ),
)

_APP: Final = Recipe(
    "mobile app",
    (
        turn(
            "@wish@",
            call("glob", 7, "@path@", pattern="**/@file@*"),
            call("read", 19, "@sample@", path="@path@"),
            call("edit", 88, "@path@: +11 -4", path="@path@"),
            call("bash", 63_000, "@result@", command="@command@"),
            answer="@did@ @rest@",
        ),
    ),
    (
        {
            "wish": "Support the back gesture on the map",
            "file": "MapScreen",
            "path": "MapScreen.kt",
            "sample": "BackHandler(enabled = true) {",
            "command": "./gradlew :app:testDebug",
            "result": "BUILD SUCCESSFUL",
            "did": "The sheet follows the finger now and closes when the gesture ends.",
            "rest": "`PredictiveBackHandler` did most of it; on Android 13 it is as before.",
        },
        {
            "wish": "VoiceOver reads every parcel as “button”",
            "file": "ParcelRow",
            "path": "ParcelRow.swift",
            "sample": "Button(action: open) { HStack {",
            "command": "xcodebuild test -scheme Ferry",
            "result": "** TEST SUCCEEDED **",
            "did": "Each row is one element: carrier, state, expected time, in this order.",
            "rest": "The picture of the carrier is hidden from VoiceOver.",
        },
    ),
    (
        turn(
            "Into the changelog with it",
            call("edit", 33, "CHANGELOG.md: +1 -0", path="CHANGELOG.md"),
            answer="Added under *Fixed*.",
        ),
        turn(
            "Did you try it on a real phone?",
            answer="No, in the emulator only. Gestures are worth a minute on a real one.",
        ),
    ),
)

RECIPES: Final = (_REVIEW, _EXPLAIN, _APP)
