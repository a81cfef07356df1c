"""Crashes at moments that a seed chooses, one of each kind; `make soak` tries many more."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.emulator.clients.environments import HAS_NODE
from tests.soak.crashes import WAYS, Crash

OF_PACKAGES = {"request lost": 17, "plugin killed": 5, "interrupted twice": 12}
"""Seeds of crashes while a package is made, and while an old one is deleted; the other accounts have none."""

LIKE_ANOTHER = ("request lost", "no reply at all", "engine killed", "service killed, back later")
"""Ways that differ from one of the others in what is lost or how long it takes."""

CRASHES = [
    pytest.param(way, OF_PACKAGES.get(way, number), marks=pytest.mark.long if way in LIKE_ANOTHER else ())
    for number, way in enumerate(WAYS, 1)
]


@pytest.mark.parametrize(("way", "seed"), CRASHES)
def test_one_up_after_a_crash_puts_everything_right_and_nothing_was_done_twice(
    request: pytest.FixtureRequest, tmp_path: Path, way: str, seed: int
) -> None:
    managed = request.getfixturevalue("managed") if HAS_NODE and way in OF_PACKAGES else None
    Crash(tmp_path, seed, Counter(), way, managed).run()
