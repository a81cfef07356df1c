"""`--run-tasks`: command lines of tasks really run, as Microsoft's client sees it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from azure.batch import models

from tests.emulator.parts import WINDOWS, machine
from tests.emulator.running.account import OPTIONS, Account, failure, quoted
from tests.emulator.running.scattered import SCATTERED, SECONDS, gone, lives, started
from tests.emulator_process import EMULATOR, EmulatorProcess


def test_a_command_runs_without_a_shell_and_its_output_is_read_as_files(account: Account) -> None:
    account.make()
    info = account.run("t1", 'echo "one two" && echo $HOME > x')
    assert (info.exit_code, info.result, info.failure_info) == (0, "success", None)
    assert account.read("t1") == "one two && echo $HOME > x\n"
    info = account.shell("t2", "echo out; echo err >&2; echo file > f; exit 3")
    assert (info.exit_code, failure(info)) == (3, ("UserError", "FailureExitCode"))
    assert [account.read("t2", name) for name in ("stdout.txt", "stderr.txt", "wd/f")] == ["out\n", "err\n", "file\n"]
    assert account.shell("t3", "kill -9 $$").exit_code == -9


def test_a_program_that_is_not_there_is_the_documented_failure(account: Account) -> None:
    account.make()
    info = account.run("t1", "cmd /c echo task1")
    assert failure(info) == ("UserError", "CommandProgramNotFound")
    assert info.exit_code is None
    assert failure(account.run("t2", "/etc/passwd")) == ("UserError", "CommandLaunchFailed")
    assert failure(account.run("t3", "echo 'open")) == ("UserError", "CommandLaunchFailed")


def test_a_pool_of_windows_splits_as_windows_does(account: Account) -> None:
    image = models.BatchVmImageReference(**WINDOWS)
    configuration = machine(image_reference=image, node_agent_sku_id="batch.node.windows amd64")
    account.make(pool={"virtual_machine_configuration": configuration})
    account.run("t1", r'"/bin/echo" a\b "c \"d" ' + "'e'")
    assert account.read("t1") == "a\\b c \"d 'e'\n"


def test_a_command_sees_the_services_variables(account: Account) -> None:
    setting = models.EnvironmentSetting
    account.make(common_environment_settings=[setting(name="A", value="job"), setting(name="B", value="job")])
    account.run(
        "t1",
        "env",
        environment_settings=[setting(name="B", value="task"), setting(name="AZ_BATCH_TASK_ID", value="other")],
        application_package_references=[models.BatchApplicationPackageReference(application_id="App.x", version="1-0")],
        user_identity=models.UserIdentity(
            auto_user=models.AutoUserSpecification(scope="task", elevation_level="admin")
        ),
    )
    seen = dict(line.split("=", 1) for line in account.read("t1").splitlines())
    task = account.client.get_task("j1", "t1")
    assert task.node_info is not None
    root = seen["AZ_BATCH_NODE_ROOT_DIR"]
    directory = f"{root}/workitems/j1/job-1/t1"
    expected = {
        "A": "job",
        "B": "task",
        "AZ_BATCH_ACCOUNT_NAME": account.emulator.account,
        "AZ_BATCH_ACCOUNT_URL": f"{account.emulator.endpoint}/",
        "AZ_BATCH_POOL_ID": "p1",
        "AZ_BATCH_NODE_ID": task.node_info.node_id,
        "AZ_BATCH_NODE_IS_DEDICATED": "true",
        "AZ_BATCH_JOB_ID": "j1",
        "AZ_BATCH_TASK_ID": "t1",
        "AZ_BATCH_NODE_SHARED_DIR": f"{root}/shared",
        "AZ_BATCH_NODE_STARTUP_DIR": f"{root}/startup",
        "AZ_BATCH_NODE_STARTUP_WORKING_DIR": f"{root}/startup/wd",
        "AZ_BATCH_NODE_MOUNTS_DIR": f"{root}/fsmounts",
        "AZ_BATCH_TASK_DIR": directory,
        "AZ_BATCH_TASK_WORKING_DIR": f"{directory}/wd",
        "AZ_BATCH_CERTIFICATES_DIR": f"{directory}/certs",
        "AZ_BATCH_TASK_USER": "_azbatchtask_1",
        "AZ_BATCH_TASK_USER_IDENTITY": "TaskAdmin",
        "HOME": f"{directory}/wd",
        "PWD": f"{directory}/wd",
        "USER": "_azbatchtask_1",
    }
    assert {name: seen.get(name) for name in expected} == expected
    assert seen["PATH"].endswith(f":{root}/shared:{directory}/wd")
    package = seen["AZ_BATCH_APP_PACKAGE_app_x_1_0"]
    assert package.startswith(f"{root}/applications/app.x1-0") and Path(package).is_dir()
    assert not any(name.startswith("AZURE_BATCH") for name in seen)


_ADDS = """
import json, os, sys, urllib.error, urllib.request
def call(path, body=None):
    url = os.environ["AZ_BATCH_ACCOUNT_URL"] + path + "?api-version=2024-07-01.20.0"
    headers = {"Authorization": "Bearer " + os.environ["AZ_BATCH_AUTHENTICATION_TOKEN"]}
    headers["Content-Type"] = "application/json; odata=minimalmetadata"
    request = urllib.request.Request(url, body and json.dumps(body).encode(), headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        return opener.open(request).status
    except urllib.error.HTTPError as error:
        return error.code
added = call("jobs/j1/tasks", {"id": "child", "commandLine": "echo child"})
print(added, call("jobs/J1"), *map(call, ["jobs/j2", "jobs", "pools/p1", "_emulator/clock", "jobs/j1%2F..%2Fj2"]))
print(os.environ["AZ_BATCH_AUTHENTICATION_TOKEN"])
"""


def test_a_task_can_have_a_token_for_its_own_job(account: Account, tmp_path: Path) -> None:
    account.make()
    script = tmp_path / "adds.py"
    script.write_text(_ADDS)
    task = {"id": "t1", "commandLine": f"{sys.executable} {script}", "authenticationTokenSettings": {"access": ["job"]}}
    account.emulator.post("/jobs/j1/tasks", task)
    account.wait("t1")
    statuses, token = account.read("t1").splitlines()
    assert statuses.split()[:6] == ["201", "200", "403", "403", "403", "403"]
    assert statuses.split()[6] in ("400", "404", "501")
    assert account.wait("child").execution_info is not None and account.read("child") == "child\n"
    reply = account.emulator.call("GET", "/jobs/j1", headers={"Authorization": f"Bearer {token}"})
    assert reply.status == 401
    assert account.run("t2", "env").exit_code == 0
    assert "AUTHENTICATION_TOKEN" not in account.read("t2")


def test_files_of_a_task_come_to_its_directory(account: Account) -> None:
    account.make()
    resource = models.ResourceFile(http_url=f"{account.emulator.endpoint}/nothing", file_path="x")
    info = account.run("t1", "cat x", resource_files=[resource])
    assert failure(info) == ("UserError", "BlobAccessDenied")
    assert info.exit_code is None
    away = models.ResourceFile(http_url="https://example.com/x?sig=secret", file_path="x")
    info = account.run("t2", "cat x", resource_files=[away])
    assert failure(info) == ("ServerError", "BlobDownloadMiscError")
    own = models.ResourceFile(auto_storage_container_name="box")
    assert failure(account.run("t3", "ls", resource_files=[own])) == ("UserError", "ResourceContainerAccessDenied")


def test_tasks_of_a_node_share_its_directory(account: Account) -> None:
    account.make()
    account.shell("t1", 'echo "echo shared" > $AZ_BATCH_NODE_SHARED_DIR/say && chmod +x $AZ_BATCH_NODE_SHARED_DIR/say')
    assert account.run("t2", "say").failure_info is not None  # no interpreter is named in it
    account.shell("t3", "say")
    assert account.read("t3") == "shared\n"


def test_a_task_that_takes_too_long_is_ended(account: Account) -> None:
    account.make()
    constraints = models.BatchTaskConstraints(max_wall_clock_time=timedelta(seconds=0.3))
    info = account.shell("t1", f"{SCATTERED} sleep 600", constraints=constraints)
    assert failure(info) == ("UserError", "TaskEnded")


def test_the_emulator_has_a_limit_of_time_of_its_own(account: Account) -> None:
    account.emulator.switch("run-seconds", 0.2)
    account.make()
    info = account.run("t1", "sleep 600")
    assert (info.exit_code, failure(info)) == (-9, ("UserError", "TaskEnded"))


def test_a_package_that_the_application_does_not_have_is_a_failure(account: Account) -> None:
    account.emulator.post("/_emulator/applications", {"id": "render", "versions": ["1.0"]})
    account.make()
    package = models.BatchApplicationPackageReference
    info = account.shell(
        "t1",
        "test -d $AZ_BATCH_APP_PACKAGE_render_1_0",
        application_package_references=[package(application_id="render", version="1.0")],
    )
    assert info.exit_code == 0
    references = [package(application_id="render", version="2.0")]
    info = account.run("t2", "true", application_package_references=references)
    assert (info.exit_code, failure(info)) == (None, ("UserError", "ApplicationPackageError"))


def test_a_failed_command_is_retried(account: Account) -> None:
    account.make()
    constraints = models.BatchTaskConstraints(max_task_retry_count=2)
    info = account.shell("t1", "echo x >> runs; echo run; exit 1", constraints=constraints)
    assert (info.retry_count, info.exit_code) == (2, 1)
    assert account.read("t1", "wd/runs") == "x\nx\nx\n"
    assert account.read("t1") == "run\n"


@pytest.mark.parametrize("action", ["terminate", "delete", "reset"])
def test_what_a_task_has_started_ends_with_it(account: Account, tmp_path: Path, action: str) -> None:
    account.make()
    account.add("t1", f"/bin/sh -c {quoted(f'cd {tmp_path}; {SCATTERED} sleep 600')}")
    account.wait("t1", "running")
    pids = started(tmp_path)
    assert all(map(lives, pids))
    if action == "terminate":
        account.client.terminate_task("j1", "t1")
        info = account.wait("t1").execution_info
        assert info is not None and failure(info) == ("UserError", "TaskEnded")
    elif action == "delete":
        account.client.delete_task("j1", "t1")
    else:
        account.emulator.reset()
    assert gone(pids)


def test_only_so_many_commands_run_at_once(account: Account) -> None:
    account.emulator.switch("run-commands", 1)
    account.make(pool={"task_slots_per_node": 4})
    for number in range(4):
        account.add(
            f"t{number}", "/bin/sh -c 'mkdir $AZ_BATCH_NODE_SHARED_DIR/one && rmdir $AZ_BATCH_NODE_SHARED_DIR/one'"
        )
    assert [account.wait(f"t{number}").execution_info.exit_code for number in range(4)] == [0, 0, 0, 0]  # type: ignore[union-attr]


def test_what_the_reference_shows_ends_as_it_can_here(account: Account) -> None:
    """The examples of the page "Task - Add"."""
    account.make()
    container = models.BatchTaskContainerSettings(image_name="ubuntu", container_run_options="--rm")
    codes = [
        failure(account.run("task1", "cmd /c echo task1"))[1],
        failure(account.run("task2", "cmd /c exit 3"))[1],
        failure(account.run("task3", "bash -c 'echo hello'", container_settings=container))[1],
    ]
    assert codes == ["CommandProgramNotFound", "CommandProgramNotFound", "ContainerPoolNotSupported"]
    assert account.run("task4", "bash -c 'echo hello'").exit_code == 0
    assert account.read("task4") == "hello\n"


_RUNTIME = """#!/bin/sh
echo "$@" >> {log}
test "$1" = run || exit 0
while [ "$1" != box ]; do shift; done; shift
test "$1" = refuse && exit 125
exec "$@"
"""
"""Stands for a runtime of containers, which not every machine has: notes what it was told, and runs the command."""


def test_a_container_is_run_by_what_a_switch_says(tmp_path: Path) -> None:
    log = tmp_path / "log"
    (tmp_path / "bin").mkdir()
    runtime = tmp_path / "bin" / "podman"
    runtime.write_text(_RUNTIME.format(log=log))
    runtime.chmod(0o755)
    path = {"PATH": f"{runtime.parent}:{os.environ['PATH']}"}
    configuration = machine(
        container_configuration=models.BatchContainerConfiguration(
            type="dockerCompatible", container_image_names=["box"]
        )
    )
    settings = models.BatchTaskContainerSettings(
        image_name="box",
        container_run_options="--cpus 1",
        container_host_batch_bind_mounts=[
            models.ContainerHostBatchBindMountEntry(source="Task", is_read_only=True),
            models.ContainerHostBatchBindMountEntry(source="Shared"),
        ],
    )
    secret = [models.EnvironmentSetting(name="PASSWORD", value="hidden")]
    with EmulatorProcess(*OPTIONS, environment=path) as emulator, emulator.client() as client:
        account = Account(emulator, client)
        account.make(pool={"virtual_machine_configuration": configuration})
        info = account.run("t1", "true", container_settings=settings)
        assert failure(info) == ("UserError", "ContainerPoolNotSupported")
        assert failure(account.run("t2", "true")) == ("UserError", "ContainerInvalidSettings")
        emulator.switch("containers", "podman")
        info = account.shell("t3", "echo $PASSWORD", container_settings=settings, environment_settings=secret)
        assert (info.exit_code, account.read("t3")) == (0, "hidden\n")
        whole = models.BatchTaskContainerSettings(image_name="box", working_directory="containerImageDefault")
        assert failure(account.run("t4", "refuse", container_settings=whole))[1] == "ContainerInvalidSettings"
    first, removed, second, _ = log.read_text().splitlines()
    task = first.split("--workdir ")[1].split("/wd ")[0]
    node = task.split("/workitems/")[0]
    assert first.startswith("run --rm --name azure-batch-emulator-")
    assert f"--volume {task}:{task}:ro --volume {node}/shared:{node}/shared " in first
    assert "--env PASSWORD" in first and "hidden" not in first
    assert first.endswith("--cpus 1 box /bin/sh -c echo $PASSWORD")
    assert removed == f"rm --force {first.split()[3]}"
    assert f"--volume {node}:{node} " in second and "--workdir" not in second


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_the_emulator_ends(tmp_path: Path, number: signal.Signals) -> None:
    with EmulatorProcess(*OPTIONS) as emulator, emulator.client() as client:
        account = Account(emulator, client)
        account.make()
        account.add("t1", f"/bin/sh -c {quoted(f'cd {tmp_path}; {SCATTERED} sleep 600')}")
        account.wait("t1", "running")
        pids = started(tmp_path)
        os.kill(emulator.pid, number)
        assert gone(pids)


def test_what_ran_runs_again_after_a_restart(tmp_path: Path) -> None:
    command = f"/bin/sh -c {quoted(f'cd {tmp_path}; echo x >> runs; test -e go || sleep 600; echo done')}"
    with EmulatorProcess(*OPTIONS, location=tmp_path / "state") as emulator, emulator.client() as client:
        account = Account(emulator, client)
        account.make()
        account.add("t1", command)
        account.wait("t1", "running")
        until = time.monotonic() + SECONDS
        while not (tmp_path / "runs").exists() and time.monotonic() < until:
            time.sleep(0.01)
        emulator.kill()
    (tmp_path / "go").touch()
    with EmulatorProcess(*OPTIONS, location=tmp_path / "state") as emulator, emulator.client() as client:
        account = Account(emulator, client)
        info = account.wait("t1").execution_info
        assert info is not None and (info.exit_code, info.requeue_count) == (0, 1)
        assert account.read("t1") == "done\n"
    assert (tmp_path / "runs").read_text() == "x\nx\n"


def test_it_runs_nothing_for_callers_from_elsewhere() -> None:
    command = [sys.executable, "-m", "batch_emulator", "--run-tasks", "--port", "0", "--host", "0.0.0.0"]
    environment = {**os.environ, "PYTHONPATH": str(EMULATOR)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 2
    assert "loopback" in done.stderr


def test_it_says_at_its_start_what_it_lets_callers_do(running: EmulatorProcess) -> None:
    assert "can run programs on this machine" in running.errors()


def test_without_the_option_nothing_runs(tmp_path: Path) -> None:
    with EmulatorProcess(*OPTIONS[:-1]) as emulator, emulator.client() as client:
        account = Account(emulator, client)
        account.make()
        account.run("t1", f"/bin/sh -c {quoted(f'touch {tmp_path}/ran')}")
        assert not (tmp_path / "ran").exists()
        assert json.loads(json.dumps(emulator.get("/jobs/j1/tasks/t1")))["executionInfo"]["result"] == "success"
