"""Crashes at moments that a seed chooses, one of each kind; `make soak` tries many more."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.soak.crashes import WAYS, Crash


@pytest.mark.parametrize(("way", "seed"), [(way, number) for number, way in enumerate(WAYS, 1)])
def test_one_up_after_a_crash_puts_everything_right_and_nothing_was_done_twice(
    tmp_path: Path, way: str, seed: int
) -> None:
    Crash(tmp_path, seed, Counter(), way).run()
