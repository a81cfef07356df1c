"""What a process remembers of an operation."""

from __future__ import annotations

from azure_batch_provider.core.memory import Memory


def test_an_id_that_was_read_is_there_until_it_is_deleted() -> None:
    memory = Memory()
    memory.read("jobs/A")
    assert memory.is_there("jobs/a")
    memory.deleted("jobs/a")
    assert not memory.is_there("jobs/A")


def test_what_was_adopted_is_written_and_not_created() -> None:
    memory = Memory()
    memory.wrote("jobs/a")
    assert memory.is_written("jobs/a")
    assert not memory.is_created("jobs/a")


def test_a_planned_id_counts_as_created_in_the_preview_that_plans_it() -> None:
    memory = Memory()
    memory.plan("jobs/a")
    assert memory.is_created("jobs/a")
    assert not memory.is_written("jobs/a")


def test_a_job_that_was_written_is_read_anew() -> None:
    memory = Memory()
    memory.keep_job("jobs/a", {"state": "active"})
    assert memory.job("jobs/A") == {"state": "active"}
    memory.wrote("jobs/a")
    assert memory.job("jobs/a") is None


def test_a_warning_is_said_once() -> None:
    memory = Memory()
    assert memory.says_first("jobs/a", "gone")
    assert not memory.says_first("jobs/A", "gone")
