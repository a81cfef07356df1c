"""Crashes at moments that a seed chooses, one of each kind; `make soak` tries many more."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.emulator.clients.environments import HAS_NODE
from tests.soak.crashes import WAYS, Crash

OF_PACKAGES = {"request lost": 17, "plugin killed": 5, "interrupted twice": 12}
"""Seeds of crashes while a package is made, and while an old one is deleted; the other accounts have none."""

OFTEN = ("reply lost", "plugin killed")
"""One of a lost answer and one of an end in the middle; the others differ in who is gone, and for how long."""

CRASHES = [
    pytest.param(way, OF_PACKAGES.get(way, number), marks=() if way in OFTEN else pytest.mark.long)
    for number, way in enumerate(WAYS, 1)
]


@pytest.mark.parametrize(("way", "seed"), CRASHES)
def test_one_up_after_a_crash_puts_everything_right_and_nothing_was_done_twice(
    request: pytest.FixtureRequest, tmp_path: Path, way: str, seed: int
) -> None:
    managed = request.getfixturevalue("managed") if HAS_NODE and way in OF_PACKAGES else None
    Crash(tmp_path, seed, Counter(), way, managed).run()
