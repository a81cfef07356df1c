"""An emulated Batch account, and the other people who work on it: with Microsoft's own client, unmodified.

Knows nothing of Pulumi.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest, HttpResponse

from scripts.demonstration.failure import Unexpected

START_SECONDS = 30
STOP_SECONDS = 10
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


class Account:
    """`with Account(folder) as account`: a running emulator, which writes its errors into the folder.

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
                [sys.executable, "-m", "batch_emulator", "--port", "0"],
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
