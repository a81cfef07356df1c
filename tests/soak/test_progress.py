"""A long run says how far it is, whatever it does at a time."""

from __future__ import annotations

import pytest

from tests.soak.__main__ import progress


@pytest.mark.parametrize(("size", "step"), [(6500, 14), (12000, 12), (365, 1), (16, 1), (3, 1), (5, 20)])
def test_it_is_said_about_twenty_times_and_at_the_end(capsys: pytest.CaptureFixture[str], size: int, step: int) -> None:
    for before in range(0, size, step):
        progress(before + step, size, step)
    lines = capsys.readouterr().out.splitlines()
    assert min(20, -(-size // step)) <= len(lines) <= 21
    assert int(lines[-1].split()[0]) >= size
