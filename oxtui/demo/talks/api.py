"""Talks about the API, a Rust service on SQLite."""

from typing import Final

from oxtui.demo.script import Talk, ago, call, on, think, turn

_LOCKS: Final = Talk(
    key="locks",
    project="api",
    last=ago(185),
    turns=(
        turn(
            "Explain the lock order in the session store",
            call(
                "grep",
                36,
                "state_store.rs:144: locks: DashMap<SessionId, Arc<Mutex<()>>>\n"
                "state_store.rs:201: let _index = self.index.write().await;",
                pattern=r"Mutex|RwLock|\.lock\(\)|\.write\(\)",
                path="src/store",
            ),
            call("read", 20, "412 lines", path="src/store/state_store.rs", limit=412),
            think("Three locks. Is there a path that takes them in another order? prune does."),
            call("read", 18, "pub async fn prune(&self)", path="src/store/prune.rs"),
            answer="""
            There are three locks, and the rule is *outer before inner*:

            1. `index` (RwLock): the list of sessions
            2. `locks[id]` (Mutex): one session
            3. `writer` (Mutex): the connection that writes

            Every path keeps to it except one. `prune` holds `locks[id]` and then asks for `index`
            to remove the entry:

            ```rust
            let _one = self.locks.get(&id).lock().await;
            self.remove(&id).await?;
            self.index.write().await.forget(&id);   // 2 before 1
            ```

            Together with `rename`, which holds `index` and waits for `locks[id]`, that is a
            **deadlock**. It needs a prune and a rename of the same session at the same moment, so
            it's rare, but nothing prevents it.
            """,
        ),
        turn(
            "Can you prove it with a test before we touch anything?",
            call("write", 260, "tests/lock_order.rs: 64 lines", path="tests/lock_order.rs"),
            call(
                "bash",
                61_207,
                "test prune_and_rename_do_not_wait_for_each_other ... FAILED\n"
                "panicked at 'timed out after 60s'",
                command="cargo test --test lock_order",
            ),
            answer="""
            Yes. With a barrier between the two lock calls it hangs **every time**; the test gives
            up after 60 seconds:

            ```
            prune   holds locks[7f3a]   waits for index
            rename  holds index         waits for locks[7f3a]
            ```
            """,
            after=14,
        ),
        turn(
            "Great, now fix prune.",
            call("edit", 151, "src/store/prune.rs: +7 -5", path="src/store/prune.rs"),
            call(
                "bash", 1_840, "test result: ok. 1 passed", command="cargo test --test lock_order"
            ),
            answer="""
            `prune` now decides under `index`, lets go of it, removes the files one session at a
            time, and takes `index` once more at the end to forget what is really gone. The test
            passes in 0.2 seconds.
            """,
            after=7,
        ),
    ),
)

_SQLITE: Final = Talk(
    key="sqlite",
    project="api",
    last=on(1, "16:22"),
    title="Upgrade to SQLite 3.50",
    persona="dev",
    turns=(
        turn(
            "Upgrade SQLite to 3.50 in the api. Tell me first what could break.",
            call(
                "bash",
                31,
                "libsqlite3-sys 0.30.1 (bundled 3.46.0)",
                command="cargo tree -i libsqlite3-sys",
            ),
            call("web_search", 1_930, "10 results", query="sqlite 3.50 release notes changes"),
            call("browse", 2_764, "SQLite Release 3.50.0", url="https://sqlite.org/changes.html"),
            call(
                "grep", 45, "7 matches in 4 files", pattern="PRAGMA|json_|datetime\\(", path="src"
            ),
            think(
                "What we use: WAL, json_each, partial indexes, six pragmas. Go through these only."
            ),
            answer="""
            Low risk for us. What we use, and what changed between 3.46 and 3.50:

            - **WAL**: no change of the format. Old and new processes can share the file.
            - **JSON functions**: faster, and some errors are worded differently. A test of the
              import compares the wording.
            - **`PRAGMA`s**: all six that we set are still there.

            I would go ahead. That one test will need a better idea than comparing words.
            """,
        ),
        turn(
            "Go ahead.",
            call("edit", 58, "Cargo.toml: +1 -1", path="Cargo.toml"),
            call(
                "bash",
                94_552,
                "Finished `release` profile in 1m 34s",
                command="cargo build --release",
            ),
            call(
                "bash",
                52_118,
                "test import::malformed_line_is_reported ... FAILED\n210 passed; 1 failed",
                command="cargo test",
            ),
            call(
                "read",
                16,
                'assert_eq!(error.to_string(), "malformed JSON")',
                path="tests/import.rs",
                offset=84,
            ),
            call("edit", 122, "src/import.rs: +6 -2", path="src/import.rs"),
            call("bash", 50_903, "test result: ok. 211 passed; 0 failed", command="cargo test"),
            answer="""
            Upgraded. As expected, the test that compares words failed. The import now asks for
            the position of the error and makes the sentence itself:

            ```sql
            SELECT :number, json_error_position(:line) AS at
             WHERE at > 0;   -- 0: nothing wrong with it
            ```

            All tests pass. Reads are about 4 % faster on the report queries, which is nice but
            within the noise of this machine.
            """,
            after=16,
        ),
    ),
)

_REPORTS: Final = Talk(
    key="reports",
    project="api",
    last=on(5, "11:05"),
    turns=(
        turn(
            "GET /v1/reports takes 4 s for the big customers, find out why\n\nIt was "
            "fine in spring.",
            call(
                "bash",
                4_377,
                "HTTP 200 in 4.212 s, 1.8 MB",
                command="curl -sw '%{http_code} %{time_total}' $API/v1/reports?customer=88",
            ),
            call(
                "bash",
                74,
                """
                QUERY PLAN
                |--SCAN o
                `--SEARCH e USING INDEX events_order (order_id=?)
                """,
                command="sqlite3 ferry.db < explain.sql",
            ),
            think("SCAN o: the index on customer is not used, because of lower() around it."),
            answer="""
            SQLite reads the whole `orders` table. The index on `customer` can't be used since the
            query compares `lower(customer)`:

            ```sql
            SELECT o.id, count(e.id)
              FROM orders o JOIN events e ON e.order_id = o.id
             WHERE lower(o.customer) = lower(?1)
             GROUP BY o.id;
            ```

            In spring there were 40,000 orders, now there are 1.1 million. An index on the
            expression keeps the query as it is:

            ```sql
            CREATE INDEX orders_customer_ci ON orders(lower(customer));
            ```
            """,
        ),
        turn(
            "Try it on a copy and measure.",
            call("bash", 3_118, "1.9 GB copied", command="sqlite3 ferry.db '.backup copy.db'"),
            call("bash", 2_204, "", command="sqlite3 copy.db < migrations/0042_customer_ci.sql"),
            call(
                "bash", 388, "p50 31 ms, p95 44 ms (n=200)", command="hey -n 200 $COPY/v1/reports"
            ),
            answer="""
            | | before | with index |
            | --- | ---: | ---: |
            | median | 4,212 ms | 31 ms |
            | 95th percentile | 4,604 ms | 44 ms |
            | size of the database | 1.90 GB | 1.93 GB |

            Creating it takes 2.2 seconds and blocks writes for that long. Migration `0042` is
            ready; it is not run yet.
            """,
            after=12,
        ),
    ),
)

_REGEX: Final = Talk(
    key="regex",
    project="api",
    last=on(9, "09:48"),
    turns=(
        turn(
            "Regex for RFC 3339 with up to nine digits?",
            answer=r"""
            ```
            ^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$
            ```

            It checks the shape only: `2026-02-31T25:61:00Z` matches. Let a date library do the
            rest.
            """,
        ),
        turn(
            "And in Python only ASCII digits, please. Someone sent ٢٠٢٦.",
            answer=r"""
            Add `re.ASCII`, because `\d` matches every digit of Unicode otherwise:

            ```python
            RFC3339 = re.compile(
                r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)",
                re.ASCII,
            )

            def is_timestamp(text: str) -> bool:
                return RFC3339.fullmatch(text) is not None
            ```

            `fullmatch` also spares the `^` and `$`, and `$` would allow a newline at the end.
            """,
            after=2,
        ),
    ),
)

TALKS: Final = (_LOCKS, _SQLITE, _REPORTS, _REGEX)
