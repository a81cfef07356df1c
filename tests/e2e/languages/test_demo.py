"""The demo as `make demo` runs it: what it says, its exit code, and that nothing of it is left running."""

from __future__ import annotations

import html
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.stack import REPOSITORY

LIMIT = 300


@contextmanager
def demo(scratch: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [str(REPOSITORY / "scripts" / "demo"), "--scratch", str(scratch)],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()  # it ends what it has started
        process.communicate(timeout=60)


def run(scratch: Path, **environment: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    with demo(scratch, environment) as process:
        output, errors = process.communicate(timeout=LIMIT)
        return process.returncode, output, errors


def answers(output: str) -> bool:
    """Whether somebody still listens where the demo's emulator did."""
    found = re.search(r"it listens on http://([\d.]+):(\d+)", output)
    assert found is not None, output
    with socket.socket() as connection:
        connection.settimeout(5)
        return connection.connect_ex((found[1], int(found[2]))) == 0


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a demo prints whose account, endpoint and backend the environment would like to be others."""
    code, output, errors = run(
        tmp_path_factory.mktemp("demo") / "scratch",
        AZURE_BATCH_ENDPOINT="https://127.0.0.1:1",
        AZURE_BATCH_ACCESS_KEY="bm90IHRoZSBrZXk=",
        ARM_TENANT_ID="somebody-else",
        PULUMI_BACKEND_URL="file:///nowhere",
    )
    assert (code, errors) == (0, ""), output + errors
    return output


def step(told: str, title: str) -> str:
    """What a step prints, to the next one."""
    found = re.search(rf"^\d+\. {re.escape(title)}\n(.*?)(?=^\d+\. |\Z)", told, re.M | re.S)
    assert found is not None, told
    return found[1]


def test_the_demo_runs_the_start_task_on_two_nodes_and_then_the_tasks(told: str) -> None:
    shown = step(told, "The tasks run")
    nodes = re.findall(
        r"ok the node (tvmps_\w{6})\.\.\. has run the start task; its \S+ says: start task$", shown, re.M
    )
    assert len(set(nodes)) == 2
    ends = dict(re.findall(r"^   (jobId\S*/\S+) .* (exit code \d|[A-Z]\w+)$", shown, re.M))
    assert ends == {
        "jobId/task1": "CommandProgramNotFound",
        "jobId/frame": "exit code 0",
        "jobId/taskId": "ContainerPoolNotSupported",
        "jobId-container/taskId": "ContainerPoolNotSupported",
        "jobId-container/task1": "CommandProgramNotFound",
        "jobId-exit/taskId": "CommandProgramNotFound",
        "jobId-exit-linux/taskId": "exit code 3",
    }
    assert "no `cmd`: The specified command program is not found" in shown
    assert "ended the job `jobId-exit-linux`: exit code 3 is between 2 and 4" in shown


def test_the_demo_shows_what_drift_does_to_a_node_that_boots_and_that_it_is_healed(told: str) -> None:
    says = r"ok the node (\S+) is rebooted and has run that; its startup/stdout.txt says: "
    patched = re.search(says + "patched by hand$", step(told, "Behind the stack's back"), re.M)
    healed = re.search(says + "start task$", step(told, "Up heals it"), re.M)
    assert patched and healed and patched[1] == healed[1]


def blurred(line: str) -> str:
    """A line without what is different in each run: how long something took, and the names of nodes."""
    return re.sub(r"tvmps_\w+(\.\.\.)?", "tvmps", re.sub(r" \(\d+(\.\d+)?s\)", "", line)).rstrip()


def test_the_picture_in_the_readme_has_what_the_demo_prints(told: str) -> None:
    drawn = re.findall(r"^<text .*?>(.*)</text>$", (REPOSITORY / "docs" / "demo.svg").read_text(), re.M)
    lines = [html.unescape(re.sub(r"</?tspan[^>]*>", "", line)) for line in drawn]
    printed = [blurred(line) for line in told.splitlines()]
    # A line that is cut ends with three dots.
    cut = {blurred(line[:-1]) for line in lines if line.endswith("\u2026")}
    assert len(lines) > 40
    assert [line for line in lines if not line.endswith("\u2026") and blurred(line) not in printed] == []
    assert [begins for begins in cut if not any(line.startswith(begins) for line in printed)] == []


def test_the_demo_shows_the_tail_of_a_file_that_a_task_has_written(told: str) -> None:
    shown = re.findall(r"^   \| (.*)$", step(told, "The tail of a file"), re.M)
    assert shown == [f"frame {number}" for number in range(236, 241)]


def test_the_demo_names_the_drift_as_what_is_there_and_what_is_declared(told: str) -> None:
    shown = step(told, "Preview names the drift")
    assert '''"/bin/bash -c 'echo patched by hand'" => "/bin/bash -c 'echo start task'"''' in shown
    assert "azure-batch:index:Task: (create)" in shown
    assert "2 changes. 11 unchanged" in shown
    assert "[urn=" not in shown


def test_the_demo_shows_the_refusal_of_a_mistake(told: str) -> None:
    assert "azure-batch:index:Task (duplicateSources):" in told
    assert "containerSettings.containerHostBatchBindMounts[1].source" in told
    assert "each source can be mounted once" in told


def test_the_demo_ends_with_what_the_service_was_asked_in_each_step(told: str) -> None:
    rows = re.findall(r"^   (\S.*?) +(\d+) +(\d+)(?:  (\S.*))?$", step(told, "What the service was asked"), re.M)
    writes = {name: int(count) for name, _, count, _ in rows}
    assert writes == {
        "the pool is made": 1,
        "preview": 0,
        "up": 12,
        "the pool is resized": 1,
        "up again": 0,
        "another client": 3,
        "preview of the drift": 0,
        "up, healing": 2,
        "refresh": 0,
        "preview of a mistake": 0,
        "destroy": 12,
    }
    reads = {name: int(count) for name, count, _, _ in rows}
    assert reads["up again"] <= 12
    assert reads["preview of a mistake"] == 0


def test_no_colour_is_used_where_no_terminal_is(told: str) -> None:
    assert "\x1b" not in told


def test_the_demo_leaves_nothing_running(told: str) -> None:
    assert not answers(told)


def test_an_interrupted_demo_says_so_by_its_exit_code_and_leaves_nothing_running(tmp_path: Path) -> None:
    output = ""
    with demo(tmp_path / "scratch", {}) as process:
        assert process.stdout is not None
        for line in process.stdout:
            output += line
            if "$ pulumi preview" in line:
                break
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.strip() == "Stopping."
    assert not answers(output)


def test_a_demo_that_goes_another_way_fails_with_the_reason(tmp_path: Path) -> None:
    # An engine that does nothing and calls that a success.
    engine = tmp_path / "bin" / "pulumi"
    engine.parent.mkdir()
    engine.write_text("#!/bin/sh\n")
    engine.chmod(0o755)
    code, output, errors = run(tmp_path / "scratch", PATH=f"{engine.parent}{os.pathsep}{os.environ['PATH']}")
    assert code == 1
    assert "The demo failed: the engine changes nothing, and not" in errors
    assert "Traceback" not in errors
    assert not answers(output)


def test_a_demo_without_a_pulumi_cli_says_what_to_run(tmp_path: Path) -> None:
    code, output, errors = run(tmp_path / "scratch", PATH=str(tmp_path))
    assert code == 1
    assert "`make demo` finds or builds one" in errors
    assert not answers(output)


def test_two_demos_in_one_folder_do_not_disturb_each_other(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    with demo(scratch, {}) as first:
        assert first.stdout is not None
        first.stdout.readline()
        first.stdout.readline()
        code, _, errors = run(scratch)
    assert code == 1
    assert f"another demo is running in {scratch}" in errors
