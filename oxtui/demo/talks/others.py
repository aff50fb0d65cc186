"""Talks outside of any project, of a project that is gone, and of early versions of Oxios."""

from typing import Final

from oxtui.demo.script import Talk, ago, call, failed, on, think, turn

UNKNOWN_PROJECT: Final = "a project that was deleted"

_OFFSITE: Final = Talk(
    key="offsite",
    project=None,
    last=ago(151),
    turns=(
        turn(
            "Plan a two-day team offsite in Lisbon for 7 people\n\n"
            "Two have bad knees, two are vegetarian, budget about 400 € each without flights.",
            call(
                "web_search",
                2_040,
                "10 results",
                query="Lisbon small group workshop room Alcântara",
            ),
            call(
                "web_search", 1_775, "10 results", query="Lisbon vegetarian restaurant group of 7"
            ),
            call(
                "browse", 4_902, "LX Factory: rooms for 4 to 20 people", url="https://lxfactory.com"
            ),
            think(
                "Hills are the problem with bad knees. Stay by the river: flat, trams 15E and 18E."
            ),
            answer="""
            Everything is by the river, so nobody has to climb.

            **Thursday**
            - 10:00 room in LX Factory, whiteboards, coffee included
            - 13:00 lunch next door, half of the menu is vegetarian 🥗
            - 14:00 what went well this year, what didn't (two hours, not more)
            - 17:00 by boat to Cacilhas and back at sunset ⛵
            - 20:00 dinner, table for seven

            **Friday**
            - 09:30 plans for spring
            - 12:30 pastéis in Belém, by tram 15E
            - 14:00 free

            | for each | € |
            | --- | ---: |
            | two nights | 210 |
            | room and coffee | 55 |
            | meals | 105 |
            | boat, tram | 12 |
            | **together** | **382** |
            """,
        ),
        turn(
            "Jonas arrives Thursday at noon only. Can we swap?",
            answer="""
            Yes: plans for spring on Friday stay, and the look back moves to Thursday **15:00**,
            right
            after a later lunch at 13:30. In the morning those who are there could do the
            architecture session, which Jonas said he can skip.
            """,
            after=22,
        ),
    ),
)

_REPLY: Final = Talk(
    key="reply",
    project=None,
    last=on(1, "09:05"),
    turns=(
        turn(
            "Make this mail sound less annoyed",
            answer="Gladly. Paste it here, and tell me who reads it.",
        ),
        turn(
            "> You promised the export for Monday. It's Thursday. Do you intend to "
            "deliver at all?\n\n"
            "To the vendor of the label printer.",
            answer="""
            > Hello Marco,
            >
            > we had counted on the export on Monday and can't ship labels without it. Could you
            > tell
            > me by tomorrow noon when it will come, or what is in the way? If it helps, I can take
            > a
            > partial file.

            It keeps the deadline and offers a way out. The question at the end of yours was one
            that nobody can answer well.
            """,
            after=2,
        ),
        turn("Now in German and", after=1, answer=""),
        turn(
            "Sorry, wrong key. Now in German, formal.",
            answer="""
            > Guten Tag Herr Bianchi,
            >
            > wir hatten am Montag mit dem Export gerechnet und können ohne ihn keine Etiketten
            > drucken. Könnten Sie mir bis morgen Mittag sagen, wann er kommt oder woran es liegt?
            > Mit einer Teillieferung wäre uns schon geholfen.
            """,
            after=1,
        ),
    ),
)

_UPTIME: Final = Talk(
    key="uptime",
    project=None,
    last=ago(9),
    user_id="companion",
    turns=(
        turn(
            "is build-2 up?",
            call("bash", 412, "up 41 days", command="ssh build-2 uptime"),
            answer="Yes, for 41 days. Load 0.6.",
        ),
        turn(
            "and build-3?",
            call(
                "bash",
                30_004,
                "ssh: connect to host build-3 port 22: Connection timed out",
                command="ssh build-3 uptime",
            ),
            answer="""
            ⚠️ The turn was stopped: the provider did not answer within 120 s (attempt 3 of 3).
            """,
        ),
    ),
)

_UNTITLED: Final = Talk(key="untitled", project=None, last=on(8, "12:41"), turns=())

_WIKI: Final = Talk(
    key="wiki",
    project=UNKNOWN_PROJECT,
    last=on(11, "14:02"),
    era="plain",
    turns=(
        turn(
            "Move the old wiki to Markdown, 340 pages",
            call("bash", 18_240, "340 pages exported, 12 with macros", command="./wiki-export.sh"),
            call(
                "bash", 52_010, "328 converted, 12 skipped", command="pandoc-all.sh export/ docs/"
            ),
            think("The twelve with macros are tables of contents. They can be generated."),
            answer="""
            328 of 340 pages are converted. The other 12 are lists of subpages made by a macro; the
            new site makes those itself, so I suggest to leave them out.

            41 links point to pages that were deleted long ago. They are in `dead-links.txt`.
            """,
        ),
        turn(
            "Leave them out. Remove dead links but keep their text.",
            call("bash", 3_015, "41 links in 29 files", command="./unlink.py dead-links.txt docs/"),
            answer="Done: 41 links in 29 files are plain text now.",
            after=6,
        ),
    ),
)

_OKRS: Final = Talk(
    key="okrs",
    project=UNKNOWN_PROJECT,
    last=on(13, "10:50"),
    era="early",
    legacy_project_key="project_ids",
    turns=(
        turn(
            "Turn these notes into three goals for the quarter",
            call(
                "read",
                12,
                "- less pages at night\n- docs!!\n- faster first parcel",
                path="notes.txt",
            ),
            answer="""
            1. **Quiet nights**: at most two pages between 22:00 and 07:00 in a month (now: 9)
            2. **First parcel in ten minutes**, measured from sign-up to the first event (now: 38)
            3. **Docs that answer**: half as many tickets with the tag `how-to`
            """,
        ),
    ),
)

_NIGHTLY: Final = Talk(
    key="first-nightly",
    project="api",
    last=on(33, "17:18"),
    era="early",
    legacy_project_key="project_ids",
    turns=(
        turn(
            "Set up a nightly job that compacts the events table",
            call("read", 21, "CREATE TABLE events (id INTEGER PRIMARY KEY", path="schema.sql"),
            failed("write", 8, "Permission denied: cron/jobs.json", path="cron/jobs.json"),
            call("bash", 77, "ferry ferry 644", command="stat -c '%U %G %a' cron/jobs.json"),
            call("write", 15, "cron/jobs.json: 1 job", path="cron/jobs.json"),
            answer="""
            `nightly` runs at 02:00 and compacts what is older than 30 days. The file belonged to
            `ferry`, so the first write was refused; I asked for the right to write and got it.
            """,
        ),
        turn(
            "What happens when two of them run at once?",
            answer="""
            A lock file with the process id prevents it: the second waits for five minutes, then
            gives up and tries again the next night.
            """,
            after=4,
        ),
    ),
)

_SLOW_BUILD: Final = Talk(
    key="slow-build",
    project="infrastructure",
    last=on(41, "11:55"),
    era="early",
    legacy_project_key="project_id",
    turns=(
        turn(
            "Why do builds take 14 minutes?",
            failed(
                "bash", 600_000, "command timed out after 600 s", command="cargo build --timings"
            ),
            call("bash", 842_113, "Finished in 14m 02s", command="cargo build --release --timings"),
            failed(
                "browse", 30_000, "net::ERR_CONNECTION_REFUSED", url="http://build-2:9000/timings"
            ),
            call("read", 66, "openssl-sys 312 s, link 287 s", path="target/cargo-timing.html"),
            answer="""
            Ten of the fourteen minutes are two things:

            - `openssl-sys` is built from source each time, 5 m 12 s → use the system's
            - linking takes 4 m 47 s with `ld` → `mold` needs 9 s

            ```toml
            [target.x86_64-unknown-linux-gnu]
            linker = "clang"
            rustflags = ["-C", "link-arg=-fuse-ld=mold"]
            ```
            """,
        ),
    ),
)

TALKS: Final = (
    _OFFSITE,
    _REPLY,
    _UPTIME,
    _WIKI,
    _UNTITLED,
    _NIGHTLY,
    _OKRS,
    _SLOW_BUILD,
)
