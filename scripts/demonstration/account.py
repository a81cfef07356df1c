"""An emulated Batch account, and the other people who work on it: with Microsoft's own client, unmodified.

Knows nothing of Pulumi.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest, HttpResponse

from scripts.demonstration.failure import Unexpected

START_SECONDS = 30
STOP_SECONDS = 10
WAIT_SECONDS = 60
"""How long nodes and tasks get for what takes them a second."""
Found = TypeVar("Found")
_READY = (models.BatchNodeState.IDLE, models.BatchNodeState.RUNNING)
"""A node that runs tasks already was ready for them."""
# The client exports no class for this body.
_REBOOT: Any = {"nodeRebootOption": "requeue"}
_VARIABLES = ("AZURE_BATCH_ENDPOINT", "AZURE_BATCH_ACCOUNT", "AZURE_BATCH_ACCESS_KEY")


@dataclass(frozen=True)
class Request:
    """What the service was asked. `path` has no query, and `status` is None when no answer was given."""

    method: str
    path: str
    status: int | None

    @property
    def is_write(self) -> bool:
        return self.method not in ("GET", "HEAD")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class TaskEnd:
    """What a completed task came to: an exit code, or the code and the words of why its command never ran."""

    job: str
    task: str
    command_line: str
    exit_code: int | None
    failure: str | None
    message: str | None

    @property
    def path(self) -> str:
        return f"{self.job}/{self.task}"

    def __str__(self) -> str:
        return f"exit code {self.exit_code}" if self.exit_code is not None else str(self.failure)


class Account:
    """`with Account(folder) as account`: an emulator that runs tasks, and writes its errors into the folder.

    Attributes:
        environment: the variables by which the provider finds the account.

    Raises:
        Unexpected: the emulator does not start, or answers another way than the service would.
    """

    def __init__(self, folder: Path) -> None:
        self._errors = folder / "emulator.log"
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Account:
        # The emulator takes an account of its own from the environment, where there may be one of the user's.
        environment = {name: value for name, value in os.environ.items() if name not in _VARIABLES}
        with self._errors.open("wb") as errors:
            # A process group of its own: Ctrl-C in the terminal is for the demo, which ends the emulator last.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "batch_emulator", "--port", "0", "--run-tasks"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        try:
            self.environment = self._greeting()
            endpoint, account, key = (self.environment[name] for name in _VARIABLES)
            # Without the settings of the environment, where a proxy may be named: the emulator is on this machine.
            self._client = BatchClient(endpoint, AzureNamedKeyCredential(account, key), use_env_settings=False)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._client.close()
        finally:
            self._end()

    def _greeting(self) -> dict[str, str]:
        assert self._process.stdout is not None
        limit = threading.Timer(START_SECONDS, self._process.kill)
        limit.start()
        found: dict[str, str] = {}
        try:
            while set(_VARIABLES) - set(found):
                name, equals, value = self._process.stdout.readline().rstrip("\n").partition("=")
                if not equals:
                    raise Unexpected(f"the emulator did not start: {self._errors.read_text().strip() or 'no reason'}")
                found[name] = value
        finally:
            limit.cancel()
        return found

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    @property
    def endpoint(self) -> str:
        return self.environment["AZURE_BATCH_ENDPOINT"]

    def make_pool(self, pool: str) -> None:
        """A pool without nodes, start task and metadata."""
        image = models.BatchVmImageReference(publisher="canonical", offer="ubuntu-24_04-lts", sku="server")
        self._client.create_pool(
            models.BatchPoolCreateOptions(
                id=pool,
                vm_size="standard_d2s_v3",
                virtual_machine_configuration=models.VirtualMachineConfiguration(
                    image_reference=image, node_agent_sku_id="batch.node.ubuntu 24.04"
                ),
                target_dedicated_nodes=0,
                task_slots_per_node=2,
            )
        )

    def start_task(self, pool: str) -> str | None:
        """The command line of the pool's start task; None without one."""
        found = self._client.get_pool(pool).start_task
        return None if found is None else found.command_line

    def replace_start_task(self, pool: str, command_line: str) -> None:
        options = models.BatchPoolReplaceOptions(
            start_task=models.BatchStartTask(command_line=command_line),
            application_package_references=[],
            metadata=[],
        )
        self._client.replace_pool_properties(pool, options)

    def delete_task(self, job: str, task: str) -> None:
        self._client.delete_task(job, task)

    def add_nodes(self, pool: str, count: int) -> list[str]:
        """Resize the pool, and return the ids of its nodes when they are ready for tasks."""
        options = models.BatchPoolResizeOptions(target_dedicated_nodes=count)
        self._client.begin_resize_pool(pool, options, polling_interval=0).result()
        return self._idle_nodes(pool, count)

    def reboot(self, pool: str, node: str) -> None:
        """Returns when the node is ready for tasks again."""
        self._client.begin_reboot_node(pool, node, _REBOOT, polling_interval=0).result()
        self._idle_nodes(pool, 1, node)

    def _idle_nodes(self, pool: str, count: int, node: str | None = None) -> list[str]:
        def look() -> list[str] | None:
            nodes = [found for found in self._client.list_nodes(pool) if node in (None, found.id)]
            ready = sorted(str(found.id) for found in nodes if found.state in _READY)
            return ready if len(ready) == count else None

        return _until(look, f"{count} of the nodes of `{pool}` to be ready")

    def ends(self) -> list[TaskEnd]:
        """How all tasks have ended. Waits until they have."""

        def look() -> list[TaskEnd] | None:
            tasks = [(job, task) for job in self.jobs() for task in self._client.list_tasks(job)]
            if any(task.state != models.BatchTaskState.COMPLETED for _, task in tasks):
                return None
            return [_end(job, task) for job, task in tasks]

        return _until(look, "all tasks to complete")

    def wait_for_end(self, job: str) -> None:
        def look() -> bool | None:
            return self._client.get_job(job).state == models.BatchJobState.COMPLETED or None

        _until(look, f"the job `{job}` to end")

    def start_task_output(self, pool: str, node: str) -> str:
        """The last line that the start task has written on a node."""
        written = b"".join(self._client.download_node_file(pool, node, "startup/stdout.txt"))
        return (written.decode().splitlines() or [""])[-1]

    def tail(self, job: str, task: str, file: str, count: int) -> tuple[int, str]:
        """The size of a task's file and its last bytes, `count` of them, for which alone is asked."""
        size = next(
            found.properties.content_length
            for found in self._client.list_task_files(job, task)
            if found.name == file and found.properties is not None
        )
        part = self._client.download_task_file(job, task, file, ocp_range=f"bytes={max(size - count, 0)}-{size - 1}")
        return size, b"".join(part).decode()

    def jobs(self) -> list[str]:
        return [str(job.id) for job in self._client.list_jobs()]

    def tasks(self, job: str) -> list[str]:
        return [str(task.id) for task in self._client.list_tasks(job)]

    def requests(self) -> list[Request]:
        """What was asked since this was called the last time, oldest first."""
        found = self._control("GET").json()
        self._control("DELETE")
        return [Request(item["method"], item["path"], item["status"]) for item in found]

    def _control(self, method: str) -> HttpResponse:
        answer = self._client.send_request(HttpRequest(method, "/_emulator/requests"))
        try:
            answer.raise_for_status()
        except HttpResponseError as error:
            raise Unexpected(f"the emulator does not show its log of requests: {error.message}") from None
        return answer


def _until(look: Callable[[], Found | None], what: str) -> Found:
    """What `look` gives as soon as it gives something."""
    limit = time.monotonic() + WAIT_SECONDS
    while (found := look()) is None:
        if time.monotonic() > limit:
            raise Unexpected(f"{WAIT_SECONDS} s were not enough for {what}.")
        time.sleep(0.1)
    return found


def _end(job: str, task: models.BatchTask) -> TaskEnd:
    info = task.execution_info
    assert info is not None
    failure = info.failure_info
    return TaskEnd(
        job,
        str(task.id),
        str(task.command_line),
        info.exit_code,
        None if failure is None else failure.code,
        None if failure is None else failure.message,
    )
