"""Talks that find things out: measurements, reading, notes."""

from typing import Final

from oxtui.demo.script import Talk, ago, call, on, think, turn

_SEARCH: Final = Talk(
    key="search-bench",
    project="research notes",
    last=ago(258),
    title="FTS5, tantivy or plain ripgrep?",
    turns=(
        turn(
            "Benchmark full text search over our 10,000 tickets: FTS5, tantivy, ripgrep",
            call("bash", 2_310, "10,000 files, 312 MB", command="./export-tickets.sh /tmp/tickets"),
            call("write", 35, "bench/search.py: 118 lines", path="bench/search.py"),
            call(
                "bash",
                143_900,
                "fts5 0.9 ms, tantivy 0.4 ms, rg 112 ms (median of 200)",
                command="python bench/search.py --queries queries.txt --rounds 200",
            ),
            think("The medians hide the cold start and the size of the index. Both matter here."),
            call("bash", 64, "fts5 188M\ntantivy 121M", command="du -sh /tmp/index/*"),
            answer="""
            Median of 200 queries, 10,000 tickets, 312 MB of text, warm cache:

            | | query | first query | index | build |
            | --- | ---: | ---: | ---: | ---: |
            | SQLite FTS5 | 0.9 ms | 4 ms | 188 MB | 9.2 s |
            | tantivy | 0.4 ms | 21 ms | 121 MB | 6.8 s |
            | ripgrep | 112 ms | 640 ms | none | none |

            For a person who types, all three are instant. I'd take **ripgrep** below 50,000
            tickets:
            no index, nothing to go stale.
            """,
        ),
        turn(
            "Does FTS5 find two-letter Korean words?",
            call(
                "bash",
                51,
                "trigram: 0 rows\nunicode61: 3 rows",
                command="sqlite3 t.db \"SELECT count(*) FROM t WHERE t MATCH '배송'\"",
            ),
            answer="""
            Not with `trigram`, which needs three characters. `unicode61` finds `배송` as a whole
            word only, so `배송이` is missed:

            - **trigram**: 0 of 41
            - **unicode61**: 3 of 41
            - **ripgrep**: 41 of 41

            That settles it, I think.
            """,
            after=4,
        ),
    ),
)

_EXCHANGE: Final = Talk(
    key="renameat2",
    project="research notes",
    last=on(4, "20:16"),
    turns=(
        turn(
            "How can a file be replaced only if nobody changed it? No locks.",
            call(
                "web_search", 1_610, "8 results", query="renameat2 RENAME_EXCHANGE compare and swap"
            ),
            call(
                "browse",
                890,
                "rename(2) — Linux manual page",
                url="https://man7.org/linux/man-pages/man2/rename.2.html",
            ),
            think("Exchange gives the old file back, so it can be looked at after the fact."),
            answer="""
            On Linux, swap first and look afterwards:

            1. Write the new content to a temporary file next to the old one.
            2. `renameat2(…, RENAME_EXCHANGE)`: both names change places in one step.
            3. The temporary name now holds what was *really* replaced. If it is what you started
               from, delete it. If not, swap back and begin again with the newer content.

            ```c
            if (renameat2(dir, tmp, dir, name, RENAME_EXCHANGE) == -1) {
                if (errno == EINVAL || errno == ENOSYS)
                    return replace_under_lock(dir, tmp, name);
                return -1;
            }
            ```

            The window between the two swaps is visible to readers, but never torn and never empty.
            """,
        ),
        turn(
            "Which file systems support it?",
            answer="""
            ext4, XFS, Btrfs, F2FS and tmpfs do. NFS and many FUSE file systems answer `EINVAL`.
            macOS has the same thing under another name, `renamex_np` with `RENAME_SWAP`.
            """,
            after=2,
        ),
    ),
)

_INTERVIEWS: Final = Talk(
    key="interviews",
    project="research notes",
    last=on(10, "16:45"),
    era="plain",
    user_id="companion",
    persona="researcher",
    turns=(
        turn(
            "Summarise the five customer interviews in /notes/interviews. What do they agree on?",
            call("glob", 5, "5 files", pattern="/notes/interviews/*.md"),
            call("read", 24, "# Bakery, 3 shops", path="/notes/interviews/01-bakery.md"),
            call("read", 21, "# Bicycle parts, B2B", path="/notes/interviews/02-bicycles.md"),
            call("read", 23, "# Bookshop", path="/notes/interviews/03-bookshop.md"),
            call("read", 19, "# Wine", path="/notes/interviews/04-wine.md"),
            call("read", 28, "# Electronics", path="/notes/interviews/05-electronics.md"),
            think("Four of five bring up returns before I would expect it. Price only once."),
            answer="""
            > “I don't mind that a parcel is late. I mind that I hear it from the customer.”
            > — the bookshop, and nearly word for word the wine shop

            **All five** want to know about a delay before their customer does.

            **Four of five** spend more time on returns than on sending. None of them asked for
            a feature there; they take it for a law of nature.

            **One of five** mentioned the price.
            """,
        ),
    ),
)

TALKS: Final = (_SEARCH, _EXCHANGE, _INTERVIEWS)
