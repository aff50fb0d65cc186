"""Talks put together from parts, for as many sessions as are asked for beyond the written ones."""

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from oxtui.demo.recipes import RECIPES
from oxtui.demo.script import Step, Talk, Thought, Turn, on

_DAYS: Final = 26
_OFFICE_HOURS: Final = (8, 19)


def composed_talk(index: int, rng: random.Random) -> Talk:
    """The talk number `index`, from 0: no two of the first dozens are about the same thing."""
    recipe = RECIPES[index % len(RECIPES)]
    round_ = index // len(RECIPES)
    slots = recipe.variants[round_ % len(recipe.variants)]
    turns = [_filled(part, slots, rng) for part in recipe.turns]
    tails = rng.sample(recipe.tails, rng.randint(0, min(2, len(recipe.tails))))
    turns += [_filled(part, slots, rng) for part in tails]
    return Talk(
        key=f"composed-{index}",
        project=recipe.project,
        last=on(rng.randint(1, _DAYS), f"{rng.randint(*_OFFICE_HOURS)}:{rng.randrange(60):02d}"),
        turns=tuple(turns),
        era="segments" if rng.random() < 0.8 else "plain",
        user_id="companion" if rng.random() < 0.15 else "default",
    )


def _filled(part: Turn, slots: Mapping[str, str], rng: random.Random) -> Turn:
    return Turn(
        user=_fill(part.user, slots),
        steps=tuple(_filled_step(step, slots, rng) for step in part.steps),
        answer=None if part.answer is None else _fill(part.answer, slots),
        after_minutes=part.after_minutes * rng.uniform(0.5, 2.5),
    )


def _filled_step(step: Step, slots: Mapping[str, str], rng: random.Random) -> Step:
    if isinstance(step, Thought):
        return Thought(_fill(step.text, slots))
    return replace(
        step,
        args={key: _fill(v, slots) if isinstance(v, str) else v for key, v in step.args.items()},
        output=_fill(step.output, slots),
        duration_ms=int(step.duration_ms * rng.uniform(0.6, 1.8)),
    )


def _fill(text: str, slots: Mapping[str, str]) -> str:
    for name, value in slots.items():
        text = text.replace(f"@{name}@", value)
    return text
