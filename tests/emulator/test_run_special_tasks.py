"""`--run-tasks` for what runs beside tasks: start, preparation and release tasks, and the instances of a task."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure.batch import models

from tests.emulator.parts import pool_options
from tests.emulator.running.account import Account, failure, quoted
from tests.emulator.running.scattered import SCATTERED, SECONDS, gone, lives, started

REBOOT: Any = {"nodeRebootOption": "requeue"}
ENOUGH: Any = {"terminateReason": "enough"}


def shell(text: str) -> str:
    return f"/bin/sh -c {quoted(text)}"


def start_task(text: str, **more: Any) -> dict[str, models.BatchStartTask]:
    return {"start_task": models.BatchStartTask(command_line=shell(text), **more)}


def until(seen: Callable[[], bool]) -> None:
    limit = time.monotonic() + SECONDS
    while not seen():
        assert time.monotonic() < limit, "it does not happen"
        time.sleep(0.02)


def node(account: Account) -> models.BatchNode:
    found = list(account.client.list_nodes("p1"))
    return found[0] if found else models.BatchNode({"id": "", "state": "creating"})


def read(account: Account, node_id: str, path: str) -> str:
    return b"".join(account.client.download_node_file("p1", node_id, path)).decode()


def test_a_start_task_runs_before_tasks_do(account: Account) -> None:
    text = "env > env; echo started > $AZ_BATCH_NODE_SHARED_DIR/said; echo out"
    account.make(pool=start_task(text, resource_files=[], user_identity=None))
    account.shell("t1", "cat $AZ_BATCH_NODE_SHARED_DIR/said $AZ_BATCH_NODE_STARTUP_DIR/stdout.txt")
    assert account.read("t1") == "started\nout\n"
    found = node(account)
    assert found.start_task_info is not None and found.id is not None
    assert (found.start_task_info.state, found.start_task_info.exit_code) == ("completed", 0)
    seen = dict(line.split("=", 1) for line in read(account, found.id, "startup/wd/env").splitlines())
    root = seen["AZ_BATCH_NODE_ROOT_DIR"]
    assert (seen["AZ_BATCH_TASK_DIR"], seen["PWD"]) == (f"{root}/startup", f"{root}/startup/wd")
    assert not {"AZ_BATCH_JOB_ID", "AZ_BATCH_TASK_ID", "AZ_BATCH_JOB_PREP_DIR"} & set(seen)


def test_a_start_task_that_fails_keeps_tasks_away_until_the_node_boots_with_a_better_one(account: Account) -> None:
    account.make(pool=start_task("echo x >> runs; exit 3", max_task_retry_count=1))
    until(lambda: node(account).state == "starttaskfailed")
    failed = node(account)
    info = failed.start_task_info
    assert info is not None and info.failure_info is not None
    assert (info.exit_code, info.retry_count, info.failure_info.code) == (3, 1, "FailureExitCode")
    assert read(account, failed.id, "startup/wd/runs") == "x\nx\n"
    account.client.update_pool("p1", models.BatchPoolUpdateOptions(**start_task("true")))
    account.client.begin_reboot_node("p1", str(failed.id), REBOOT, polling_interval=0).result()
    assert account.run("t1", "true").exit_code == 0


def test_preparation_and_release_tasks_run_on_the_nodes_of_their_job(account: Account) -> None:
    account.make(
        job_preparation_task=models.BatchJobPreparationTask(
            command_line=shell("echo prepared > made; echo $AZ_BATCH_TASK_ID")
        ),
        job_release_task=models.BatchJobReleaseTask(
            command_line=shell("cat $AZ_BATCH_JOB_PREP_WORKING_DIR/made > $AZ_BATCH_NODE_SHARED_DIR/released")
        ),
    )
    account.shell("t1", "cat $AZ_BATCH_JOB_PREP_WORKING_DIR/made $AZ_BATCH_JOB_PREP_DIR/stdout.txt")
    assert account.read("t1") == "prepared\njobpreparation\n"
    node_id = str(node(account).id)
    account.client.begin_terminate_job("j1", ENOUGH, polling_interval=0)
    until(lambda: account.client.get_job("j1").state == "completed")
    (status,) = account.client.list_job_preparation_and_release_task_status("j1")
    preparation, release = status.job_preparation_task_execution_info, status.job_release_task_execution_info
    assert preparation is not None and (preparation.state, preparation.exit_code) == ("completed", 0)
    assert release is not None and (release.state, release.exit_code) == ("completed", 0)
    assert read(account, node_id, "shared/released") == "prepared\n"


def test_the_instances_of_a_task_know_each_other(account: Account, tmp_path: Path) -> None:
    coordination = (
        "echo $AZ_BATCH_IS_CURRENT_NODE_MASTER $AZ_BATCH_NODE_LIST $CCP_NODES > $AZ_BATCH_TASK_SHARED_DIR/shared.txt;"
        f" if [ $AZ_BATCH_IS_CURRENT_NODE_MASTER = false ]; then cd {tmp_path}; {SCATTERED} fi"
    )
    account.make(nodes=2, pool={"enable_inter_node_communication": True})
    instances = models.MultiInstanceSettings(number_of_instances=2, coordination_command_line=shell(coordination))
    text = f"cat $AZ_BATCH_TASK_SHARED_DIR/shared.txt; until test -e {tmp_path}/go; do sleep 0.01; done"
    account.add("t1", shell(text), multi_instance_settings=instances)
    account.wait("t1", "running")
    pids = started(tmp_path)
    assert sum(map(lives, pids)) >= 3
    (tmp_path / "go").touch()
    info = account.wait("t1").execution_info
    assert info is not None and info.exit_code == 0
    assert account.read("t1") == "true 10.0.0.4;10.0.0.5 2 10.0.0.4 1 10.0.0.5 1\n"
    assert gone(pids)


@pytest.mark.parametrize("action", ["reboot", "resize"])
def test_what_runs_on_a_node_ends_with_the_node(account: Account, tmp_path: Path, action: str) -> None:
    account.make()
    account.add("t1", shell(f"cd {tmp_path}; {SCATTERED} sleep 600"))
    account.wait("t1", "running")
    pids = started(tmp_path)
    if action == "reboot":
        (tmp_path / "pids").unlink()
        account.client.begin_reboot_node("p1", str(node(account).id), REBOOT, polling_interval=0)
        assert gone(pids)
        account.wait("t1", "running")
        again = started(tmp_path)
        account.client.terminate_task("j1", "t1")
        assert gone(again)
        info = account.wait("t1").execution_info
        assert info is not None and info.requeue_count == 1
    else:
        options = models.BatchPoolResizeOptions(target_dedicated_nodes=0)
        account.client.begin_resize_pool("p1", options, polling_interval=0).result()
        assert gone(pids)
        assert account.client.get_task("j1", "t1").state == "active"


@pytest.mark.parametrize("left", ["end", "stay"])
def test_what_a_start_task_leaves_behind_ends_with_it_or_with_its_node_s_boot(
    account: Account, tmp_path: Path, left: str
) -> None:
    account.emulator.switch("start-task-processes", left)
    account.make(pool=start_task(f"cd {tmp_path}; {SCATTERED}"))
    until(lambda: node(account).state == "idle")
    pids = started(tmp_path)
    if left == "stay":
        assert sum(map(lives, pids)) == 3
        (tmp_path / "pids").unlink()
        account.client.begin_reboot_node("p1", str(node(account).id), REBOOT, polling_interval=0)
        assert gone(pids)
        until(lambda: node(account).state == "idle")
        pids = started(tmp_path)
        assert sum(map(lives, pids)) == 3
        account.client.begin_delete_pool("p1", polling_interval=0).result()
    assert gone(pids)


def test_a_pool_that_goes_takes_along_what_runs_there(account: Account, tmp_path: Path) -> None:
    account.client.create_pool(
        pool_options("p1", target_dedicated_nodes=1, **start_task(f"cd {tmp_path}; {SCATTERED} sleep 600"))
    )
    until(lambda: node(account).state == "waitingforstarttask")
    pids = started(tmp_path)
    account.client.begin_delete_pool("p1", polling_interval=0).result()
    assert gone(pids)


def test_a_job_that_ends_ends_its_tasks(account: Account, tmp_path: Path) -> None:
    account.make()
    account.add("t1", shell(f"cd {tmp_path}; {SCATTERED} sleep 600"))
    account.wait("t1", "running")
    pids = started(tmp_path)
    account.client.begin_terminate_job("j1", ENOUGH, polling_interval=0)
    assert gone(pids)
    info = account.wait("t1").execution_info
    assert info is not None and failure(info)[1] == "TaskEnded"
