"""Programs of the tests of the dynamic resources. They run in processes of their own, with arguments from JSON."""

from __future__ import annotations

import re
from typing import Any

import pulumi

from azure_batch_provider.dynamic import Job, JobSchedule, PoolProperties, Task


def nothing() -> None:
    pass


def properties(options: dict[str, Any] | None = None, **inputs: Any) -> None:
    PoolProperties("p", **{"pool_id": "poolId", **inputs}, opts=pulumi.ResourceOptions(**(options or {})))


def job(**inputs: Any) -> None:
    Job("j", **{"job_id": "night", "pool_info": {"poolId": "poolId"}, **inputs})


def task(name: str = "t", **inputs: Any) -> None:
    """A task in a job that another client made."""
    Task(name, **{"job_id": "night", "task_id": "t", "command_line": "true", **inputs})


def whole(line: str = "true", priority: int = 1, task_name: str = "given", **of_pool: Any) -> None:
    """A pool's properties, a job with an automatic name, a task that has an id and one that has not."""
    PoolProperties("p", pool_id="poolId", start_task={"commandLine": f"echo {line}"}, **of_pool)
    job = Job("j", pool_info={"poolId": "poolId"}, priority=priority)
    Task(task_name, job_id=job.job_id, task_id="given", command_line=f"echo {line}")
    named = Task("named", job_id=job.job_id, command_line=f"echo {line}")
    pulumi.export("job", job.job_id)
    pulumi.export("named", named.task_id)
    pulumi.export("priority", job.priority)


def declared(resources: dict[str, Any]) -> None:
    """Resources by name, each as a YAML program has it."""
    kinds: dict[str, Any] = {kind.__name__: kind for kind in (Job, JobSchedule, PoolProperties, Task)}
    made: dict[str, pulumi.Resource] = {}
    for name, found in resources.items():
        inputs = {_argument(key): value for key, value in found["properties"].items()}
        options = {_argument(key): value for key, value in found.get("options", {}).items()}
        if "depends_on" in options:
            options["depends_on"] = [made[other.strip("${}")] for other in options["depends_on"]]
        if "aliases" in options:
            options["aliases"] = [pulumi.Alias(**alias) for alias in options["aliases"]]
        opts = pulumi.ResourceOptions(**options)
        made[name] = kinds[found["type"].rpartition(":")[2]](name, **inputs, opts=opts)


def _argument(name: str) -> str:
    """`jobId` to `job_id`."""
    return re.sub("[A-Z]", lambda match: "_" + match[0].lower(), name)


def unknowns() -> None:
    """Inputs that no preview can know, under a parent."""
    team = pulumi.ComponentResource("example:index:Team", "team")
    under = pulumi.ResourceOptions(parent=team)
    job = Job("j", job_id="night", pool_info={"poolId": "poolId"}, opts=under)
    line = job.id.apply(lambda id: f"echo {id}")
    task = Task(
        "t",
        job_id=job.job_id,
        command_line=line,
        environment_settings=[{"name": "A", "value": pulumi.Output.secret(line)}],
        opts=under,
    )
    pulumi.export("line", task.command_line)


def wrong_secrets(url: str, value: str) -> None:
    """Secrets in inputs that cannot be right."""
    settings: list[dict[str, Any]] = [{"name": "", "value": pulumi.Output.secret(value)}]
    files = [{"httpUrl": url, "filePath": "f"}]
    Task(
        "t",
        job_id="night",
        command_line="true",
        display_name=pulumi.Output.secret(value * 60),
        resource_files=files,
        environment_settings=settings,
    )


def secrets(password: str, url: str, value: str, line: str = "true") -> None:
    """Every kind of secret: always one, one by its content, one because the program says so, nested and whole."""
    settings: list[dict[str, Any]] = [
        {"name": "OPEN", "value": "open"},
        {"name": "CLOSED", "value": pulumi.Output.secret(value)},
    ]
    container = {"imageName": "i", "registry": {"username": "u", "password": password}}
    files = [{"httpUrl": url, "filePath": "f"}]
    pool = PoolProperties(
        "p",
        pool_id="poolId",
        start_task={
            "commandLine": "/bin/true",
            "containerSettings": container,
            "resourceFiles": files,
            "environmentSettings": settings,
        },
        take_over=True,
        deletion_policy="restore",
    )
    job = Job("j", job_id="night", pool_info={"poolId": pool.pool_id}, common_environment_settings=settings)
    task = Task(
        "t",
        job_id=job.job_id,
        command_line=line,
        container_settings=container,
        resource_files=files,
        environment_settings=settings,
        display_name=pulumi.Output.secret(value),
    )
    pulumi.export("task", task.task_id)
    pulumi.export("files", task.resource_files)
    pulumi.export("settings", task.environment_settings)
