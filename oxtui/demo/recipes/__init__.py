"""The parts of composed talks: what was asked, done and answered, with places to fill in."""

from itertools import chain, zip_longest
from typing import Final

from oxtui.demo.recipes import code, questions, upkeep
from oxtui.demo.script import Recipe

_BY_TURNS: Final = zip_longest(code.RECIPES, upkeep.RECIPES, questions.RECIPES)
RECIPES: Final[tuple[Recipe, ...]] = tuple(r for r in chain.from_iterable(_BY_TURNS) if r)
