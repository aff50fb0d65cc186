"""Talks about the website: styles, pictures, words."""

from typing import Final

from oxtui.demo.script import Talk, ago, call, on, think, turn

_PRICING: Final = Talk(
    key="pricing",
    project="website",
    last=ago(47),
    turns=(
        turn(
            "The pricing table overflows on iPhones, can you look?",
            call(
                "glob",
                6,
                "src/components/Pricing.astro\nsrc/styles/pricing.css",
                pattern="**/[Pp]ricing*",
            ),
            call(
                "read",
                14,
                ".plans { display: grid; grid-template-columns:",
                path="src/styles/pricing.css",
            ),
            call(
                "browse",
                3_260,
                "screenshot 390x844, overflow 118 px",
                url="http://localhost:4321/pricing",
            ),
            think(
                "repeat(3, 1fr) can't go below min-content, and the price has white-space: nowrap."
            ),
            call("edit", 92, "src/styles/pricing.css: +3 -1", path="src/styles/pricing.css"),
            call(
                "browse",
                2_911,
                "screenshot 390x844, overflow 0 px",
                url="http://localhost:4321/pricing",
            ),
            answer="""
            Fixed, one line in `pricing.css`:

            ```css
            .plans {
              display: grid;
              gap: 1.5rem;
              grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr));
            }
            ```

            Three fixed columns could not get narrower than their longest word. Now there are as
            many columns as fit: three on a laptop, one on a phone.
            """,
        ),
        turn(
            "Nice! The yearly badge is cut off now though.",
            call(
                "read",
                11,
                ".badge { position: absolute; top: -0.8rem }",
                path="src/styles/pricing.css",
            ),
            call("edit", 77, "src/styles/pricing.css: +2 -0", path="src/styles/pricing.css"),
            call("browse", 2_870, "screenshot 390x844", url="http://localhost:4321/pricing"),
            answer="""
            The badge sticks out at the top, and the list has `overflow: hidden` since March. I gave
            the list `overflow: clip` with a margin instead:

            ```css
            .plans { overflow: clip; overflow-clip-margin: 1rem; }
            ```
            """,
            after=5,
        ),
        turn(
            "And dark mode?",
            call(
                "browse",
                2_935,
                "contrast of .price 2.9:1 on #1c1f26",
                url="http://localhost:4321/pricing",
            ),
            call("edit", 64, "src/styles/tokens.css: +1 -1", path="src/styles/tokens.css"),
            answer="""
            The price was at 2.9:1. With `--accent-soft` lightened to `#9db4ff` it is at **7.4:1**.
            """,
            after=3,
        ),
    ),
)

_MARKUP: Final = Talk(
    key="markup",
    project="website",
    last=on(1, "10:37"),
    turns=(
        turn(
            "[bold] in code blocks vanishes on the docs pages",
            call(
                "bash",
                1_105,
                "<p>use  for emphasis</p>",
                command="curl -s localhost:4321/docs/format | grep emphasis",
            ),
            call(
                "grep",
                29,
                "src/lib/shortcodes.ts:14: /\\[(\\w+)\\](.*?)\\[\\/\\1\\]/gs",
                pattern="shortcode",
                path="src/lib",
            ),
            think("Shortcodes run before Markdown, so they also see what is inside of code."),
            answer="""
            Our shortcodes are replaced *before* Markdown is parsed, so `[bold]` in a code block is
            taken for one. They should be a plugin on the syntax tree that skips `code` nodes:

            ```ts
            export const shortcodes: Plugin<[], Root> = () => (tree) => {
              visit(tree, "text", (node, index, parent) => {
                if (!parent || index === undefined) return;
                const parts = split(node.value);
                if (parts.length > 1) parent.children.splice(index, 1, ...parts);
              });
            };
            ```

            A `text` node is never inside a code block, so nothing else is needed.
            """,
        ),
        turn(
            "Do it, and add the [/x] case that crashed the build last week.",
            call("write", 44, "src/lib/shortcodes.ts: 58 lines", path="src/lib/shortcodes.ts"),
            call("edit", 38, "src/lib/shortcodes.test.ts: +21", path="src/lib/shortcodes.test.ts"),
            call("bash", 6_540, "Tests  18 passed (18)", command="pnpm vitest run src/lib"),
            answer="""
            Done. An unmatched `[/x]` stays what it is: four characters of text. 18 tests pass.
            """,
            after=9,
        ),
    ),
)

_FONTS: Final = Talk(
    key="fonts",
    project="website",
    last=on(3, "15:14"),
    turns=(
        turn(
            "Make the start page faster. Lighthouse says 71.",
            call(
                "bash",
                38_402,
                "performance 71, LCP 3.9 s, CLS 0.14, TBT 90 ms",
                command="lighthouse http://localhost:4321 --preset=desktop --quiet",
            ),
            call(
                "bash",
                61,
                "hero.png 2.4M\ninter-all.woff2 312K",
                command="du -h dist/assets/* | sort -hr | head -2",
            ),
            call(
                "bash",
                1_780,
                "hero.avif 96K (1600 px), 41K (800 px)",
                command="sharp -i hero.png -o dist/assets -f avif",
            ),
            call(
                "bash",
                922,
                "inter-latin.woff2 48K",
                command="pyftsubset inter-all.woff2 --unicodes=U+0000-024F",
            ),
            call("edit", 51, "src/pages/index.astro: +5 -2", path="src/pages/index.astro"),
            call(
                "bash",
                37_915,
                "performance 98, LCP 1.1 s, CLS 0.00, TBT 60 ms",
                command="lighthouse http://localhost:4321 --preset=desktop --quiet",
            ),
            answer="""
            71 → **98**. What it took:

            | change | before | after |
            | --- | ---: | ---: |
            | hero picture as AVIF in two sizes | 2.4 MB | 96 KB |
            | Inter with Latin letters only | 312 KB | 48 KB |
            | `width` and `height` on pictures (layout shift) | 0.14 | 0.00 |

            What is left is the video of the customer story, 1.2 MB. It loads below the fold, so
            it only counts for people who scroll.
            """,
        ),
        turn(
            "What about the Korean pages? They need more than Latin.",
            think(
                "Pretendard or Noto Sans KR, split by unicode-range, so only the used blocks load."
            ),
            call(
                "grep",
                19,
                "src/styles/fonts.css:3:@font-face",
                pattern="@font-face",
                path="src/styles",
            ),
            call("edit", 88, "src/styles/fonts.css: +92 -0", path="src/styles/fonts.css"),
            answer="""
            Right, they fell back to the font of the system. Pretendard comes in 92 pieces now, each
            with its `unicode-range`; a typical Korean page loads 5 of them, 110 KB together.
            """,
            after=8,
        ),
    ),
)

_RELEASE: Final = Talk(
    key="release-post",
    project="website",
    last=on(6, "17:40"),
    title="Release post for 2.14",
    persona="writer",
    turns=(
        turn(
            "Draft the release post for 2.14 from the changelog. Friendly, short, no superlatives.",
            call(
                "read", 13, "## 2.14.0\n### Added\n- webhooks can be replayed", path="CHANGELOG.md"
            ),
            call(
                "memory_recall",
                140,
                "tone: plain verbs, no exclamation marks",
                query="tone of our posts",
            ),
            answer="""
            # Ferry 2.14: replay what you missed

            Your endpoint was down for an hour, and the webhooks of that hour are gone. That was
            the mail we got most often this summer. With 2.14 they are not gone any more.

            - **Replay.** Choose a span of time, and Ferry sends its events again, in order.
            - **Reports in milliseconds.** Large accounts waited four seconds. Now it's 40 ms.
            - **Fewer mails.** The digest comes once, not once for each of your shops.

            Nothing changes in the API. Update when you like.
            """,
        ),
        turn(
            "Good. Headline a bit drier, and mention that replay keeps 7 days only.",
            answer="""
            # Ferry 2.14: webhooks can be replayed

            … *Choose a span of time within the last seven days, and Ferry sends its events again,
            in order.*

            The rest stays as it was.
            """,
            after=4,
        ),
    ),
)

TALKS: Final = (_PRICING, _MARKUP, _FONTS, _RELEASE)
