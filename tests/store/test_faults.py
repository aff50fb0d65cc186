"""Refused at any step by the system, oxtui loses nothing, says what and why, and goes on.

`OXTUI_TEST_KILLS` of 500 or more refuses every step of every act for every reason; by default there
are fewer, to be quick.
"""

import errno
import os
import random
import re
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from oxtui.store.acts import Acts
from oxtui.store.state_store import StateStore
from tests.store.crashing import Nursery
from tests.store.test_crashes import CASES, STRIDE, Case, Stage, count
from tests.store.wholeness import Holdings, assert_whole, holdings, noted, temp_files

REASONS = [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EIO, errno.EROFS]
NAMES = re.compile(
    r"\w\.(json|jsonl|toml|db|oxtui)|/(sessions|projects|trash|\.oxtui|store|turning)\b"
)
WHAT_TO_DO = re.compile(r"(try again|retry|again later|Restore|stays done|oxtui\w*)", re.IGNORECASE)


@pytest.fixture(scope="module")
def nursery() -> Generator[Nursery]:
    with Nursery() as made:
        yield made


@pytest.mark.timeout(1_200 if STRIDE == 1 else 120)
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_refused_at_any_step(tmp_path: Path, nursery: Nursery, case: Case) -> None:
    stage = Stage(tmp_path, nursery, case)
    store = stage.set()
    before, shown_before = holdings(store), noted(store)
    whole = nursery.run(stage.base, case.act, 10_000, errno.EIO)
    assert not whole.errors
    assert not whole.crash
    after = holdings(store)
    refused = done = 0
    for at in range(1 + random.randrange(STRIDE), len(whole.steps) + 1, STRIDE):
        reasons = REASONS if STRIDE == 1 else [random.choice(REASONS)]
        for fault in reasons:
            stage.set()
            ended = nursery.run(stage.base, case.act, at, fault)
            step = ended.steps[at - 1]
            sys.stdout.write(f"{at}: {step}: {ended.errors}\n")
            assert not ended.crash, ended
            for error in ended.errors:
                assert not error.startswith("AFTERWARDS"), "it does not go on"
                assert_says_what(error, fault)
            now = holdings(store)
            assert_whole(now, before, after)
            if not ended.errors:
                assert now.texts() == after.texts()
            if not step.startswith("os.remove"):
                assert temp_files(stage.base) == []
            await assert_consistent(store, before, now, case)
            refused += 1
            done += now.texts() != before.texts()
    count(f"{case}: refused {refused} times at {len(whole.steps)} steps, {done} times done")
    del shown_before


def assert_says_what(error: str, fault: int) -> None:
    """An error names a file, the reason, and what to do."""
    assert os.strerror(fault) in error or "again" in error
    assert NAMES.search(error), error
    assert WHAT_TO_DO.search(error), error
    assert "Traceback" not in error


async def assert_consistent(store: StateStore, before: Holdings, now: Holdings, case: Case) -> None:
    """What the history shows was done, and can be taken back."""
    if case.act in ("undo", "redo", "empty trash"):
        return
    changed = now.texts() != before.texts()
    kinds = [kind for kind, _, undone in noted(store) if not undone]
    assert len(kinds) - len(case.first) == changed, kinds
    if changed:
        report = await Acts(store).undo()
        assert not report.failures
        assert holdings(store).sessions == before.sessions
        assert holdings(store).texts() == before.texts()
