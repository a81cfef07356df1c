"""azure-batch 14.2.0, unmodified: the client that scripts of before the rewrite have. It speaks 2024-02-01.19.0."""

from __future__ import annotations

import json
from pathlib import Path

from tests.emulator.clients.environments import HERE, run_client
from tests.emulator_process import EmulatorProcess


def test_the_python_client_of_before_the_rewrite_works(client_azure_batch_14: Path, emulator: EmulatorProcess) -> None:
    program = HERE / "azure_batch_14" / "life.py"
    done = run_client(str(client_azure_batch_14), str(program), **emulator.environment())
    assert done.returncode == 0, done.stderr
    steps = json.loads(done.stdout)
    pool, note = steps["pool"], [{"name": "a", "value": "1"}]
    assert (pool["allocation_state"], pool["target_dedicated_nodes"], pool["metadata"]) == ("resizing", 1, note)
    assert pool["start_task"]["command_line"] == "/bin/true"
    assert steps["pool exists"] == [True, False]
    assert steps["pools"] == [{"id": "p1", "state": "active"}]
    assert "metadata" not in steps["pool patched"] and "start_task" in steps["pool patched"]
    assert steps["pool replaced"]["metadata"] == note and "start_task" not in steps["pool replaced"]
    assert (steps["pool resized"]["current_dedicated_nodes"], steps["pool resized"]["allocation_state"]) == (
        2,
        "steady",
    )
    assert [node["state"] for node in steps["nodes"]] == ["idle"] * 3
    assert (steps["node offline"]["state"], steps["node offline"]["scheduling_state"]) == ("offline", "disabled")
    assert steps["node settings"]["remote_login_port"] >= 50_000
    assert steps["node logs"]["number_of_files_uploaded"] == 0
    assert [each["vm_extension"]["name"] for each in steps["node extensions"]] == ["batchNodeExtension"]
    assert steps["node rebooted"]["state"] == "rebooting"
    assert steps["node counts"][0]["dedicated"]["total"] + steps["node counts"][0]["low_priority"]["total"] == 3
    assert steps["usage"] == []
    assert {error["code"] for error in steps["pool stopped"]["resize_errors"]} == {"ResizeStopped"}
    assert (steps["job"]["priority"], steps["job"]["constraints"]["max_wall_clock_time"]) == (3, "P1D")
    assert steps["jobs"] == [{"id": "j1"}]
    assert steps["job patched"]["priority"] == 7
    assert (steps["job updated"]["priority"], steps["job updated"]["metadata"]) == (0, note)
    assert (steps["job disabled"]["state"], steps["job disabled"]["previous_state"]) == ("disabled", "active")
    assert (steps["task"]["state"], steps["task"]["command_line"]) == ("active", "/bin/true")
    assert {item["status"] for item in steps["tasks added"]} == {"success"} and len(steps["tasks added"]) == 150
    assert [task["id"] for task in steps["tasks"]] == [f"m{number:03}" for number in range(150)]
    assert steps["task updated"]["constraints"]["max_task_retry_count"] == 2
    assert steps["task terminated"]["execution_info"]["failure_info"]["code"] == "TaskEnded"
    assert steps["task counts"]["task_counts"]["active"] == 150
    schedule = steps["schedule"]
    assert schedule["schedule"] == {"start_window": "PT1H", "recurrence_interval": "P1D"}
    assert schedule["job_specification"]["priority"] == 3
    assert schedule["execution_info"]["recent_job"]["id"] == "s1:job-1"
    assert (steps["schedule exists"], steps["schedules"]) == ([True, False], [{"id": "s1"}])
    assert [job["id"] for job in steps["schedule jobs"]] == ["s1:job-1"]
    assert steps["schedule task"]["url"].endswith("/jobs/s1:job-1/tasks/t1")
    assert "metadata" in schedule and "metadata" not in steps["schedule patched"]
    assert (steps["schedule disabled"]["state"], steps["schedule terminated"]["state"]) == ("disabled", "terminating")
    assert steps["schedule statistics"]["num_failed_tasks"] == 0
    ended = steps["job terminated"]
    assert (ended["state"], ended["execution_info"]["terminate_reason"]) == ("terminating", "enough")
    missing = ["TaskNotFound", "JobNotFound", "PoolNotFound", "JobScheduleNotFound"]
    assert steps["refusals"] == [*missing, "InvalidPropertyValue"]
    assert {request["query"]["api-version"] for request in emulator.requests()} == {"2024-02-01.19.0"}
