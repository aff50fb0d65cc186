"""What the languages of code in answers are made of: comments, strings, numbers, keywords.

Answers quote what agents fetched from anywhere, and nothing in it may stop the application. So a
pattern takes a time in proportion to the text: no repetition gives back what it took, and none
that can be long needs anything behind it. The lexers of Pygments don't keep to that; most of the
well-known ones can be held up for minutes by a page of brackets or spaces.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final


@dataclass(frozen=True)
class Language:
    """How to see what is what in code.

    Attributes:
        pattern: Finds what may have a colour. Its groups are `comment`, `string`, `number`,
            `name`, `keyword`, `added`, `removed`, and `word` for what is a keyword, a name or
            nothing.
        keywords: Words with a meaning of their own, in small letters if `any_case`.
        any_case: Whether keywords may have capital letters.
        keys: Signs before which a word or a string is the name of something.
    """

    pattern: re.Pattern[str]
    keywords: frozenset[str] = frozenset()
    any_case: bool = False
    keys: str = "("


def _between(opening: str, closing: str) -> str:
    return rf"{opening}(?s:.*?)(?:{closing}|\Z)"


_SLASHES: Final = rf"//[^\n]*+|{_between(r'/[*]', r'[*]/')}"
_HASH: Final = r"(?<!\S)#[^\n]*+"
_DOUBLE: Final = r'"(?:[^"\\\n]|\\.)*+"?'
_QUOTES: Final = rf"{_DOUBLE}|'(?:[^'\\\n]|\\.)*+'?"
_CHARACTERS: Final = rf"{_DOUBLE}|'(?:\\[^\n]{{1,9}}?|[^'\\\n])'"
_LONG_QUOTES: Final = r""" "(?:[^"\\]|\\[\s\S])*+"?|'[^']*+'?""".strip()
_TEMPLATE: Final = r"`(?:[^`\\]|\\[\s\S])*+`?"
_TRIPLE: Final = rf"{_between(3 * chr(34), 3 * chr(34))}|{_between(3 * chr(39), 3 * chr(39))}"
_VARIABLE: Final = r"(?P<name>\$\w++|\$\{[^}\n]*+\}?)"
_DECORATOR: Final = r"(?P<name>@[\w.]++)"
_PREPROCESSOR: Final = r"(?P<keyword>^[ \t]*+#[ \t]*+\w++)"
_SECTION: Final = r"(?P<keyword>^\[[^\n]*+)"
_WORD: Final = r"[^\W\d]\w*+"
_DASHED: Final = r"-{0,2}[^\W\d][\w.-]*+"


def _language(
    keywords: str,
    comments: str,
    strings: str,
    more: str = "",
    *,
    word: str = _WORD,
    any_case: bool = False,
    keys: str = "(",
) -> Language:
    pattern = "|".join(
        filter(
            None,
            [
                more,
                f"(?P<comment>{comments})",
                f"(?P<string>{strings})",
                r"(?P<number>\b\d[\w.]*+)",
                f"(?P<word>{word})",
            ],
        )
    )
    return Language(re.compile(pattern, re.MULTILINE), frozenset(keywords.split()), any_case, keys)


_C: Final = (
    "auto bool break case char const continue default do double else enum extern false float for"
    " goto if inline int long register return short signed sizeof static struct switch true"
    " typedef union unsigned void volatile while"
)
_CLASSES: Final = (
    "abstract as async await base bool boolean break byte case catch char class const continue"
    " default do double else enum explicit extends false final finally float for foreach get if"
    " implements import in int interface internal is long namespace new null object out override"
    " package private protected public readonly record return sealed set short static string super"
    " switch this throw throws true try using var virtual void volatile where while yield"
)
_CPP: Final = (
    f"{_C} catch class concept constexpr co_await co_return delete explicit friend mutable"
    " namespace new noexcept nullptr operator override private protected public requires template"
    " this throw try typename using virtual"
)
_JAVASCRIPT: Final = (
    "as async await break case catch class const continue debugger default delete do else export"
    " extends false finally for from function get if import in instanceof let new null of return"
    " set static super switch this throw true try typeof undefined var void while yield"
)
_TYPESCRIPT: Final = (
    f"{_JAVASCRIPT} abstract any boolean declare enum implements interface is keyof namespace never"
    " number private protected public readonly satisfies string type unknown"
)
_PYTHON: Final = (
    "False None True and as assert async await break case class continue def del elif else except"
    " finally for from global if import in is lambda match nonlocal not or pass raise return self"
    " try while with yield"
)
_RUST: Final = (
    "Self as async await bool break char const continue crate dyn else enum extern f32 f64 false fn"
    " for i128 i16 i32 i64 i8 if impl in isize let loop match mod move mut pub ref return self"
    " static str struct super trait true type u128 u16 u32 u64 u8 unsafe use usize where while"
)
_GO: Final = (
    "any bool break byte case chan const continue default defer else error fallthrough false"
    " float64 for func go goto if import int int64 interface map nil package range return rune"
    " select string struct switch true type uint64 var"
)
_KOTLIN: Final = (
    "as break by class companion continue data do else enum false finally for fun if import in init"
    " interface internal is lateinit null object open override package private protected public"
    " return sealed super suspend this throw true try typealias val var when where while"
)
_SWIFT: Final = (
    "actor as async await break case catch class continue default defer do else enum extension"
    " false for func guard if import in init inout is let nil override private protocol public"
    " return self some static struct super switch throw throws true try typealias var where while"
)
_SHELL: Final = (
    "alias break case cd continue declare do done echo elif else esac eval exec exit export fi for"
    " function if in local printf read return set shift source sudo test then trap unset until"
    " while"
)
_RUBY: Final = (
    "alias and begin break case class def defined do else elsif end ensure extend false for if in"
    " include lambda module next nil not or private raise require rescue retry return self super"
    " then true unless until when while yield"
)
_SQL: Final = (
    "add all alter analyze and any as asc begin between bigint boolean by cascade case check column"
    " commit constraint create cross database date default delete desc distinct drop else end"
    " except exists explain false for foreign from full function group having if in index inner"
    " insert int integer intersect into is join key left like limit not null numeric offset on or"
    " order outer over partition primary references returning right rollback select set table text"
    " then timestamp transaction trigger true truncate union unique update using values varchar"
    " view when where with"
)
_DOCKER: Final = (
    "add arg as cmd copy entrypoint env expose from healthcheck label run shell stopsignal user"
    " volume workdir"
)
# For languages of which less is written.
_COMMON: Final = (
    "and begin break case catch class const continue def default defer do echo else elseif elsif"
    " end enum export extends false fn for foreach function global if implements import in"
    " interface is let library local match message module mut my namespace next nil not null or"
    " package private public repeated return self static string struct sub switch then this throw"
    " true try type undef union unless until use val var void when where while with yield"
)
_CONSTANTS: Final = "false no null off on true yes"

_MARKUP: Final = Language(
    re.compile(
        rf"(?P<comment>{_between('<!--', '-->')})|(?P<keyword></?[\w:.-]++|/?>|&[#\w]{{1,32}};)"
        r"""|(?P<string>(?<==)(?:"[^"]*+"?|'[^']*+'?))|(?P<word>[@:\w][\w:@.-]*+)"""
    ),
    keys="=",
)
_DIFF: Final = Language(
    re.compile(
        r"^(?:(?P<comment>(?:diff|index|---|\+\+\+) [^\n]*+)|(?P<keyword>@@[^\n]*+)"
        r"|(?P<added>\+[^\n]*+)|(?P<removed>-[^\n]*+))",
        re.MULTILINE,
    )
)


@cache
def _languages() -> dict[str, Language]:
    """The languages by all their names; most programs need none of them."""
    made = {
        "python py python3 pyi starlark": _language(
            _PYTHON, _HASH, rf"{_TRIPLE}|{_QUOTES}", _DECORATOR
        ),
        "rust rs": _language(_RUST, _SLASHES, _CHARACTERS, r"(?P<name>#!?\[[^\]\n]*+\]?)"),
        "javascript js mjs jsx": _language(_JAVASCRIPT, _SLASHES, rf"{_QUOTES}|{_TEMPLATE}"),
        "typescript ts tsx": _language(
            _TYPESCRIPT, _SLASHES, rf"{_QUOTES}|{_TEMPLATE}", _DECORATOR
        ),
        "go golang": _language(_GO, _SLASHES, rf"{_CHARACTERS}|{_TEMPLATE}"),
        "c h": _language(_C, _SLASHES, _CHARACTERS, _PREPROCESSOR),
        "cpp c++ cc cxx hpp": _language(_CPP, _SLASHES, _CHARACTERS, _PREPROCESSOR),
        "java csharp cs c# dart groovy scala": _language(
            _CLASSES, _SLASHES, rf"{_TRIPLE}|{_CHARACTERS}", _DECORATOR
        ),
        "kotlin kt": _language(_KOTLIN, _SLASHES, rf"{_TRIPLE}|{_CHARACTERS}", _DECORATOR),
        "swift": _language(_SWIFT, _SLASHES, rf"{_TRIPLE}|{_DOUBLE}", _DECORATOR),
        "bash sh shell zsh fish console shell-session": _language(
            _SHELL, _HASH, _LONG_QUOTES, _VARIABLE, word=r"[^\W\d][\w-]*+"
        ),
        "docker dockerfile": _language(_DOCKER, _HASH, _QUOTES, _VARIABLE, any_case=True),
        "make makefile": _language("", _HASH, _QUOTES, r"(?P<name>\$\(\w++\)?|\$.)", keys=":="),
        "sql postgresql postgres psql mysql sqlite": _language(
            _SQL,
            rf"--[^\n]*+|{_between(r'/[*]', r'[*]/')}",
            rf"'[^']*+'?|{_DOUBLE}",
            any_case=True,
        ),
        "json jsonc json5 jsonl": _language(_CONSTANTS, _SLASHES, _QUOTES, keys=":"),
        "yaml yml": _language(_CONSTANTS, _HASH, _QUOTES, word=_DASHED, keys=":"),
        "toml ini cfg conf properties env systemd": _language(
            _CONSTANTS,
            r"(?<!\S)[#;][^\n]*+",
            rf"{_TRIPLE}|{_QUOTES}",
            _SECTION,
            word=_DASHED,
            keys="=",
        ),
        "html xml svg vue svelte astro": _MARKUP,
        "css scss less": _language(
            "", _SLASHES, _QUOTES, r"(?P<keyword>[@!][\w-]++)", word=_DASHED, keys=":("
        ),
        "ruby rb elixir ex": _language(_RUBY, _HASH, _QUOTES, _DECORATOR),
        "hcl terraform tf nix": _language(_COMMON, rf"{_HASH}|{_SLASHES}", _DOUBLE, keys="="),
        "perl pl php powershell ps1 r julia graphql": _language(
            _COMMON, _HASH, _QUOTES, _VARIABLE, any_case=True
        ),
        "lua haskell hs elm": _language(_COMMON, r"--[^\n]*+", _DOUBLE),
        "clojure clj lisp elisp scheme": _language(
            _COMMON, r";[^\n]*+", _DOUBLE, word=r"[^\W\d][\w*!?-]*+"
        ),
        "zig proto protobuf": _language(_COMMON, _SLASHES, _CHARACTERS),
        "diff patch": _DIFF,
    }
    return {name: language for names, language in made.items() for name in names.split()}


def language_called(name: str) -> Language | None:
    """The language that a fence names; None if none of that name is known."""
    return _languages().get(name.lower())
