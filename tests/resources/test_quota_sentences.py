"""What an account that is full is said to be full of, for one job as for many."""

from __future__ import annotations

import pytest

from azure_batch_provider.resources.job_quota import counted_too, filled

A, B = "jobs/a (active)", "jobs/b (active)"


@pytest.mark.parametrize(
    ("count", "looked_into", "idle", "said"),
    [
        (0, 0, [], "Every job is completed: it is job schedules that fill it."),
        (1, 1, [], "One job is not completed. It has tasks to run."),
        (1, 1, [A], "It has no task to run and could be terminated: jobs/a (active)."),
        (2, 2, [], "2 jobs are not completed. All of them have tasks to run."),
        (2, 2, [A], "Of them, one has no task to run and could be terminated: jobs/a (active)."),
        (2, 2, [A, B], "Of them, these have no task to run and could be terminated: jobs/a (active), jobs/b (active)."),
        (99, 10, [], "All of the oldest 10 of them have tasks to run."),
        (99, 10, [A], "Of the oldest 10 of them, one has no task to run and could be terminated: jobs/a (active)."),
    ],
)
def test_the_sentences_fit_their_numbers(count: int, looked_into: int, idle: list[str], said: str) -> None:
    assert filled(count, looked_into, idle).endswith(said)


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([], ""),
        (["active"], " One job schedule counts too: jobschedules/s0 (active)."),
        (
            ["active", "disabled"],
            " 2 job schedules count too: jobschedules/s1 (disabled), jobschedules/s0 (active).",
        ),
        (["active"] * 99, "jobschedules/s9 (active) and others."),
    ],
)
def test_job_schedules_that_count_are_named_too(states: list[str], said: str) -> None:
    assert counted_too([{"id": f"s{number}", "state": state} for number, state in enumerate(states)]).endswith(said)
