"""Parts of talks about upkeep: styles and versions."""

from typing import Final

from oxtui.demo.script import Recipe, call, turn

_STYLE: Final = Recipe(
    "website",
    (
        turn(
            "@wish@",
            call("grep", 24, "@path@", pattern="@pattern@", path="src"),
            call("edit", 70, "@path@: +4 -2", path="@path@"),
            call("browse", 2_900, "screenshot @width@x900", url="http://localhost:4321/@page@"),
            answer="""
            @did@

            ```@lang@
            @code@
            ```
            """,
        ),
    ),
    (
        {
            "wish": "Links in the footer are hard to tap",
            "path": "src/styles/footer.css",
            "pattern": "footer a",
            "width": "390",
            "page": "",
            "lang": "css",
            "did": "They were 19 px high. Now each is at least 44 px, without looking bigger:",
            "code": "footer a { display: inline-block; padding-block: 0.8rem; }",
        },
        {
            "wish": "Respect prefers-reduced-motion on the map",
            "path": "src/components/Map.ts",
            "pattern": "requestAnimationFrame",
            "width": "1440",
            "page": "map",
            "lang": "ts",
            "did": "The courier jumps to its place instead of gliding there:",
            "code": 'const still = matchMedia("(prefers-reduced-motion: reduce)");\n'
            "if (still.matches) return marker.setPosition(to);",
        },
        {
            "wish": "The German menu wraps onto two lines",
            "path": "src/styles/nav.css",
            "pattern": "nav ul",
            "width": "1024",
            "page": "de",
            "lang": "css",
            "did": "“Sendungsverfolgung” is long. The gap shrinks before anything wraps:",
            "code": "nav ul { gap: clamp(0.75rem, 1.8vw, 2rem); }",
        },
    ),
    (
        turn(
            "Safari too?",
            call(
                "browse",
                3_480,
                "screenshot @width@x900 (WebKit)",
                url="http://localhost:4321/@page@",
            ),
            answer="Yes, it looks the same there.",
        ),
        turn(
            "Ship it",
            call("bash", 48_700, "deployed", command="./deploy.sh website"),
            answer="It's live.",
        ),
    ),
)

_BUMP: Final = Recipe(
    "infrastructure",
    (
        turn(
            "Update @what@ to @new@ on @hosts@",
            call("web_search", 1_700, "8 results", query="@what@ @new@ upgrade notes"),
            call("bash", 2_050, "@old@", command="ansible @hosts@ -a '@what@ --version'"),
            call(
                "bash",
                24_600,
                "ok=8 changed=3 failed=0",
                command="ansible-playbook @what@.yml -l @hosts@",
            ),
            answer="""
            - before: `@old@`
            - now: `@new@`
            - @note@
            """,
        ),
        turn(
            "Anything that behaves differently?",
            call("grep", 140, "@found@", pattern="deprecat|unknown option", path="/var/log/@what@"),
            answer="@found@. @verdict@",
            after=12,
        ),
    ),
    (
        {
            "what": "nginx",
            "new": "1.29",
            "old": "nginx/1.27.4",
            "hosts": "edge",
            "note": "one host at a time, connections drained, no request failed",
            "found": "2 warnings: `listen … http2` is deprecated",
            "verdict": "It still works; I moved it to `http2 on;` in the role.",
        },
        {
            "what": "postgres",
            "new": "17.6",
            "old": "postgres (PostgreSQL) 17.4",
            "hosts": "billing",
            "note": "a minor version: stop, replace, start, 4 seconds",
            "found": "No warnings",
            "verdict": "One index needs a `REINDEX`, the notes say; it took 11 seconds.",
        },
        {
            "what": "prometheus",
            "new": "3.5",
            "old": "prometheus, version 2.55.1",
            "hosts": "watch",
            "note": "the data was read without a conversion",
            "found": "1 rule with a deprecated range",
            "verdict": "Ranges don't include their start any more, so `rate(x[1m])` sees one "
            "sample less.",
        },
    ),
    (
        turn(
            "Into the maintenance log, please",
            call("edit", 38, "log.md: +1 -0", path="handbook/log.md"),
            answer="Done, with both versions and how long it took.",
        ),
    ),
)

RECIPES: Final = (_STYLE, _BUMP)
