"""Parts of talks that find something out, and of short questions."""

from typing import Final

from oxtui.demo.script import Recipe, call, think, turn

_READING: Final = Recipe(
    "research notes",
    (
        turn(
            "@question@",
            call("web_search", 1_830, "10 results", query="@query@"),
            call("browse", 3_140, "@source@", url="@url@"),
            think("@thought@"),
            answer="""
            In short: **@short@**

            @long@

            Source: <@url@>
            """,
        ),
    ),
    (
        {
            "question": "Is UUIDv7 worth it for our primary keys?",
            "query": "uuidv7 index locality sqlite",
            "source": "RFC 9562",
            "url": "https://www.rfc-editor.org/rfc/rfc9562",
            "thought": "Random keys scatter inserts over a B-tree. Ours is a WITHOUT ROWID table.",
            "short": "yes for `events`, no for the rest",
            "long": "`events` grows by 200,000 rows a day, and keys in the order of time keep "
            "those on a few pages. The other tables fit into memory, where order hardly counts.",
        },
        {
            "question": "What is structured concurrency, and do we want it?",
            "query": "structured concurrency nursery",
            "source": "Notes on structured concurrency",
            "url": "https://vorpus.org/blog/",
            "thought": "We spawn tasks in eleven places and wait for them in seven.",
            "short": "a task never outlives the block that started it",
            "long": "Four of our eleven `spawn` calls are never waited for, and an error in "
            "them is lost. A `JoinSet` for each request would be enough.",
        },
        {
            "question": "How do others show a delivery time they aren't sure about?",
            "query": "uncertain ETA user interface range",
            "source": "Three studies, 2019 to 2024",
            "url": "https://example.org/eta-uncertainty",
            "thought": "A range is honest, but people read its start as a promise.",
            "short": "a range, with its end in larger print",
            "long": "People plan with the first number they see. If that is the *later* one, they "
            "are pleased more often than disappointed.",
        },
    ),
    (
        turn(
            "Save that to the notes",
            call("write", 29, "reading.md: +11 lines", path="notes/reading.md"),
            answer="Saved in `notes/reading.md`, with the source.",
        ),
        turn(
            "How sure are you?",
            think("The direction is clear. The numbers belong to other people's systems."),
            answer="Of the direction, quite. The numbers are from other people's systems, so I'd "
            "measure before anyone builds on them.",
        ),
    ),
)

_QUICK: Final = Recipe(
    None,
    (turn("@ask@", answer="@reply@"),),
    (
        {
            "ask": "Difference between TTL and max-age?",
            "reply": "A TTL is how long *you* keep something; `max-age` is how long you allow "
            "*others* to. They are often the same number, and for different reasons.",
        },
        {
            "ask": "How do I undo the last commit but keep the changes?",
            "reply": "```bash\ngit reset --soft HEAD~1\n```\n\nThe changes stay staged. If it was "
            "pushed already, use `git revert` instead.",
        },
        {
            "ask": "Name for a cat that sleeps on servers?",
            "reply": "*Daemon*, of course. Or *Rackel*. 🐈",
        },
        {
            "ask": "Convert 14:30 KST to Lisbon time",
            "reply": "05:30 in winter, 06:30 in summer. Korea has no daylight saving time.",
        },
    ),
    (turn("Thanks!", answer="You're welcome.", after=2),),
)

RECIPES: Final = (_READING, _QUICK)
