"""The resource `Job`, as a program without a plugin declares it.

Written by scripts/generate.py from the resource's model: a change belongs there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from azure_batch_provider.dynamic.provider import JobProvider
from azure_batch_provider.dynamic.resource import BatchResource, Body


class Job(BatchResource, module="azure-batch", name="Job"):
    """A job: a group of tasks that run in one pool under common rules.

    Priority, limits, metadata and network can be changed, and `onAllTasksComplete` to `terminatejob` but not back;
    `displayName` stays what it is; the pool can be changed with `movePool`; every other change replaces the job, **with
    all tasks in it**. That a job has ended, or is disabled, is not a difference. Deleting takes as long as the service
    needs to end what runs.

    Follows the same rules as the resource of that name in the `azure-batch` plugin; see docs/dynamic.md for what
    dynamic providers cannot do.
    """

    def __init__(
        self,
        name: str,
        *,
        pool_info: pulumi.Input[Body],
        job_id: pulumi.Input[str] | None = None,
        display_name: pulumi.Input[str] | None = None,
        on_all_tasks_complete: pulumi.Input[str] | None = None,
        take_over: pulumi.Input[bool] | None = None,
        deletion_policy: pulumi.Input[str] | None = None,
        on_missing: pulumi.Input[str] | None = None,
        move_pool: pulumi.Input[bool] | None = None,
        disable_tasks: pulumi.Input[str] | None = None,
        uses_task_dependencies: pulumi.Input[bool] | None = None,
        priority: pulumi.Input[int] | None = None,
        allow_task_preemption: pulumi.Input[bool] | None = None,
        max_parallel_tasks: pulumi.Input[int] | None = None,
        constraints: pulumi.Input[Body] | None = None,
        job_manager_task: pulumi.Input[Body] | None = None,
        job_preparation_task: pulumi.Input[Body] | None = None,
        job_release_task: pulumi.Input[Body] | None = None,
        common_environment_settings: pulumi.Input[Sequence[pulumi.Input[Body]]] | None = None,
        on_task_failure: pulumi.Input[str] | None = None,
        network_configuration: pulumi.Input[Body] | None = None,
        metadata: pulumi.Input[Sequence[pulumi.Input[Body]]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare it. Nested bodies are spelled as in the REST API: dicts in camelCase, or the models of this package.

        Args:
            name: of the resource in the stack.
            pool_info: Pool that runs the job's tasks. Of a job that exists the service changes it only while the job is
                disabled.
            job_id: Id of the job in its account: 1 to 64 letters, digits, hyphens and underscores; case is kept but
                does not tell ids apart. Left out, the name of the resource with a suffix.
            display_name: Name to show, at most 1024 characters; need not be unique. It cannot be changed: what a job
                was created with stays, unless `replaceOnChanges` asks for a new job.
            on_all_tasks_complete: What happens when all tasks have ended (`noaction` in a new job). A job without tasks
                counts as ended: set `terminatejob` once its tasks are added, or have a job manager task. Left out, it
                is not managed: what the job has by then stays.
            take_over: Accept that a job of this id may exist and differ from what is declared, and change it (default
                false: such a job is refused when this resource is created).
            deletion_policy: What happens to the job when this resource is deleted (default `delete`).
            on_missing: What to do when the job is gone although it was not deleted here (default `recreate`).
            move_pool: Whether another `poolInfo` moves the job, with its tasks, instead of replacing it (default
                false). The job is disabled for that, and enabled again; one that was disabled already stays so. Only
                from one pool to another by `poolId`; of an automatic pool, `keepAlive` can change.
            disable_tasks: What happens to the tasks that are running when `movePool` moves the job (default `requeue`).
            uses_task_dependencies: Whether tasks of the job may have `dependsOn` (default false).
            priority: Rank among the jobs of the pool: -1000 (last) to 1000 (first); default 0.
            allow_task_preemption: Whether a job of higher priority may put this job's running tasks back into the queue
                (default false). Accounts have this feature on request only.
            max_parallel_tasks: How many of its tasks may run at the same time: more than 0, or -1 for no limit (the
                default). Accounts have this feature on request only.
            constraints: Limits to the job. Left out: no time limit, no retries.
            job_manager_task: A task that is added with the job and runs it, by adding its other tasks for example.
            job_preparation_task: What each node runs before its first task of this job.
            job_release_task: What each node that has run the preparation task runs when the job ends. Needs
                `jobPreparationTask`.
            common_environment_settings: Environment variables for all tasks of the job; a task can set them otherwise.
            on_task_failure: What happens when a task fails, that is when its retries are used up or it cannot start
                (default `noaction`).
            network_configuration: Network that nodes join while they run the job's tasks. Accounts have this feature on
                request only.
            metadata: Names and values stored with the job.
            opts: of the resource; `import_` is not possible here.

        Raises:
            pulumi.RunError: `opts` asks for what a dynamic provider cannot do.
        """
        super().__init__(
            JobProvider(),
            name,
            {
                "jobId": job_id,
                "displayName": display_name,
                "onAllTasksComplete": on_all_tasks_complete,
                "takeOver": take_over,
                "deletionPolicy": deletion_policy,
                "onMissing": on_missing,
                "movePool": move_pool,
                "disableTasks": disable_tasks,
                "usesTaskDependencies": uses_task_dependencies,
                "priority": priority,
                "allowTaskPreemption": allow_task_preemption,
                "maxParallelTasks": max_parallel_tasks,
                "constraints": constraints,
                "jobManagerTask": job_manager_task,
                "jobPreparationTask": job_preparation_task,
                "jobReleaseTask": job_release_task,
                "commonEnvironmentSettings": common_environment_settings,
                "poolInfo": pool_info,
                "onTaskFailure": on_task_failure,
                "networkConfiguration": network_configuration,
                "metadata": metadata,
            },
            opts,
        )

    @property
    @pulumi.getter(name="jobId")
    def job_id(self) -> pulumi.Output[str]:
        return self._declared("jobId")

    @property
    @pulumi.getter(name="displayName")
    def display_name(self) -> pulumi.Output[str | None]:
        return self._declared("displayName")

    @property
    @pulumi.getter(name="onAllTasksComplete")
    def on_all_tasks_complete(self) -> pulumi.Output[str | None]:
        return self._declared("onAllTasksComplete")

    @property
    @pulumi.getter(name="takeOver")
    def take_over(self) -> pulumi.Output[bool | None]:
        return self._declared("takeOver")

    @property
    @pulumi.getter(name="deletionPolicy")
    def deletion_policy(self) -> pulumi.Output[str | None]:
        return self._declared("deletionPolicy")

    @property
    @pulumi.getter(name="onMissing")
    def on_missing(self) -> pulumi.Output[str | None]:
        return self._declared("onMissing")

    @property
    @pulumi.getter(name="movePool")
    def move_pool(self) -> pulumi.Output[bool | None]:
        return self._declared("movePool")

    @property
    @pulumi.getter(name="disableTasks")
    def disable_tasks(self) -> pulumi.Output[str | None]:
        return self._declared("disableTasks")

    @property
    @pulumi.getter(name="usesTaskDependencies")
    def uses_task_dependencies(self) -> pulumi.Output[bool | None]:
        return self._declared("usesTaskDependencies")

    @property
    @pulumi.getter(name="priority")
    def priority(self) -> pulumi.Output[int | None]:
        return self._declared("priority")

    @property
    @pulumi.getter(name="allowTaskPreemption")
    def allow_task_preemption(self) -> pulumi.Output[bool | None]:
        return self._declared("allowTaskPreemption")

    @property
    @pulumi.getter(name="maxParallelTasks")
    def max_parallel_tasks(self) -> pulumi.Output[int | None]:
        return self._declared("maxParallelTasks")

    @property
    @pulumi.getter(name="constraints")
    def constraints(self) -> pulumi.Output[Mapping[str, Any] | None]:
        return self._declared("constraints")

    @property
    @pulumi.getter(name="jobManagerTask")
    def job_manager_task(self) -> pulumi.Output[Mapping[str, Any] | None]:
        return self._declared("jobManagerTask")

    @property
    @pulumi.getter(name="jobPreparationTask")
    def job_preparation_task(self) -> pulumi.Output[Mapping[str, Any] | None]:
        return self._declared("jobPreparationTask")

    @property
    @pulumi.getter(name="jobReleaseTask")
    def job_release_task(self) -> pulumi.Output[Mapping[str, Any] | None]:
        return self._declared("jobReleaseTask")

    @property
    @pulumi.getter(name="commonEnvironmentSettings")
    def common_environment_settings(self) -> pulumi.Output[Sequence[Mapping[str, Any]] | None]:
        return self._declared("commonEnvironmentSettings")

    @property
    @pulumi.getter(name="poolInfo")
    def pool_info(self) -> pulumi.Output[Mapping[str, Any]]:
        return self._declared("poolInfo")

    @property
    @pulumi.getter(name="onTaskFailure")
    def on_task_failure(self) -> pulumi.Output[str | None]:
        return self._declared("onTaskFailure")

    @property
    @pulumi.getter(name="networkConfiguration")
    def network_configuration(self) -> pulumi.Output[Mapping[str, Any] | None]:
        return self._declared("networkConfiguration")

    @property
    @pulumi.getter(name="metadata")
    def metadata(self) -> pulumi.Output[Sequence[Mapping[str, Any]] | None]:
        return self._declared("metadata")
