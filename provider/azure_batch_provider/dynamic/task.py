"""The resource `Task`, as a program without a plugin declares it.

Written by scripts/generate.py from the resource's model: a change belongs there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from azure_batch_provider.dynamic.provider import TaskProvider
from azure_batch_provider.dynamic.resource import BatchResource, Body


class Task(BatchResource, module="azure-batch", name="Task"):
    """A task in a job: a command that the service runs once on a node of the job's pool.

    A task cannot be changed once it was added, so each change replaces it: with an explicit `taskId` the old task is
    deleted first, otherwise the new one gets a name of its own. Whether a task has run, and how it ended, is not a
    difference. A task that has not ended 180 days after it was added is ended by the service.

    Follows the same rules as the resource of that name in the `azure-batch` plugin; see docs/dynamic.md for what
    dynamic providers cannot do.
    """

    def __init__(
        self,
        name: str,
        *,
        job_id: pulumi.Input[str],
        command_line: pulumi.Input[str],
        task_id: pulumi.Input[str] | None = None,
        on_missing: pulumi.Input[str] | None = None,
        triggers: pulumi.Input[Sequence[pulumi.Input[Any]]] | None = None,
        await_completion: pulumi.Input[Body] | None = None,
        on_failure: pulumi.Input[str] | None = None,
        display_name: pulumi.Input[str] | None = None,
        exit_conditions: pulumi.Input[Body] | None = None,
        container_settings: pulumi.Input[Body] | None = None,
        resource_files: pulumi.Input[Sequence[pulumi.Input[Body]]] | None = None,
        output_files: pulumi.Input[Sequence[pulumi.Input[Body]]] | None = None,
        environment_settings: pulumi.Input[Sequence[pulumi.Input[Body]]] | None = None,
        affinity_info: pulumi.Input[Body] | None = None,
        constraints: pulumi.Input[Body] | None = None,
        required_slots: pulumi.Input[int] | None = None,
        user_identity: pulumi.Input[Body] | None = None,
        multi_instance_settings: pulumi.Input[Body] | None = None,
        depends_on: pulumi.Input[Body] | None = None,
        application_package_references: pulumi.Input[Sequence[pulumi.Input[Body]]] | None = None,
        authentication_token_settings: pulumi.Input[Body] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare it. Nested bodies are spelled as in the REST API: dicts in camelCase, or the models of this package.

        Args:
            name: of the resource in the stack.
            job_id: Job that the task belongs to.
            command_line: Command to run; the primary task's in a multi-instance task. It is not given to a shell: write
                `/bin/sh -c '...'` or `cmd /c ...` to use one. Paths are relative to the task's working directory, or
                begin with one of the `AZ_BATCH_` variables.
            task_id: Id of the task in its job: 1 to 64 letters, digits, hyphens and underscores; case is kept but does
                not tell ids apart. Left out, the name of the resource with a suffix made from its inputs.
            on_missing: What to do when the task is gone from its job although it was not deleted here (default
                `recreate`). A task of a job that has ended is never added again, nor is one that was added more than
                179 days ago.
            triggers: Values of any kind; when one of them changes, the task is replaced, and so runs again. Compared as
                they are, and not sent to the service.
            await_completion: Wait until the task has completed (`{}` will do). Left out, the task is added and left to
                itself. A preview never waits.
            on_failure: What the next `pulumi up` does when the task was waited for and has failed (default `keep`).
            display_name: Name to show, at most 1024 characters; need not be unique.
            exit_conditions: What to do after each way in which the task can end.
            container_settings: Container to run in. Needed when the pool has a `containerConfiguration`, of no use
                otherwise.
            resource_files: Files to download to the working directory first; in a multi-instance task, for the primary
                only. The list has a maximum size; for many files use zip files, application packages or a container
                image.
            output_files: Files to upload after the command; in a multi-instance task, from the primary's node only.
            environment_settings: Environment variables to set.
            affinity_info: A wish for the node to run on.
            constraints: Limits to its execution. Left out: no time limit, its directory kept for 7 days, and the
                retries of its job.
            required_slots: How many scheduling slots of a node the task takes (default 1). Must be 1 for a
                multi-instance task.
            user_identity: User to run as; left out, the pool's common automatic user without administrator's rights.
            multi_instance_settings: Makes it a multi-instance task, which runs on several nodes at once.
            depends_on: Tasks that must have succeeded first. The job must have `usesTaskDependencies: true`.
            application_package_references: Application packages to put on the node first, in a directory that tasks
                share. A package that is there and up to date is not fetched again; one that cannot be installed fails
                the task.
            authentication_token_settings: A token with which the task may call the service. The service has retired it:
                give the pool a managed identity instead.
            opts: of the resource; `import_` is not possible here.

        Raises:
            pulumi.RunError: `opts` asks for what a dynamic provider cannot do.
        """
        super().__init__(
            TaskProvider(),
            name,
            {
                "jobId": job_id,
                "taskId": task_id,
                "commandLine": command_line,
                "onMissing": on_missing,
                "triggers": triggers,
                "awaitCompletion": await_completion,
                "onFailure": on_failure,
                "displayName": display_name,
                "exitConditions": exit_conditions,
                "containerSettings": container_settings,
                "resourceFiles": resource_files,
                "outputFiles": output_files,
                "environmentSettings": environment_settings,
                "affinityInfo": affinity_info,
                "constraints": constraints,
                "requiredSlots": required_slots,
                "userIdentity": user_identity,
                "multiInstanceSettings": multi_instance_settings,
                "dependsOn": depends_on,
                "applicationPackageReferences": application_package_references,
                "authenticationTokenSettings": authentication_token_settings,
            },
            opts,
        )

    @property
    @pulumi.getter(name="jobId")
    def job_id(self) -> pulumi.Output[str]:
        return self._declared("jobId")

    @property
    @pulumi.getter(name="taskId")
    def task_id(self) -> pulumi.Output[str]:
        return self._declared("taskId")

    @property
    @pulumi.getter(name="commandLine")
    def command_line(self) -> pulumi.Output[str]:
        return self._declared("commandLine")

    @property
    @pulumi.getter(name="onMissing")
    def on_missing(self) -> pulumi.Output[str | None]:
        return self._declared("onMissing")

    @property
    @pulumi.getter(name="triggers")
    def triggers(self) -> pulumi.Output[Sequence[Any] | None]:
        return self._declared("triggers")

    @property
    @pulumi.getter(name="awaitCompletion")
    def await_completion(self) -> pulumi.Output[Mapping[str, Any] | None]:
        return self._declared("awaitCompletion")

    @property
    @pulumi.getter(name="onFailure")
    def on_failure(self) -> pulumi.Output[str | None]:
        return self._declared("onFailure")

    @property
    @pulumi.getter(name="displayName")
    def display_name(self) -> pulumi.Output[str | None]:
        return self._declared("displayName")

    @property
    @pulumi.getter(name="exitConditions")
    def exit_conditions(self) -> pulumi.Output[Mapping[str, Any] | None]:
        return self._declared("exitConditions")

    @property
    @pulumi.getter(name="containerSettings")
    def container_settings(self) -> pulumi.Output[Mapping[str, Any] | None]:
        return self._declared("containerSettings")

    @property
    @pulumi.getter(name="resourceFiles")
    def resource_files(self) -> pulumi.Output[Sequence[Mapping[str, Any]] | None]:
        return self._declared("resourceFiles")

    @property
    @pulumi.getter(name="outputFiles")
    def output_files(self) -> pulumi.Output[Sequence[Mapping[str, Any]] | None]:
        return self._declared("outputFiles")

    @property
    @pulumi.getter(name="environmentSettings")
    def environment_settings(self) -> pulumi.Output[Sequence[Mapping[str, Any]] | None]:
        return self._declared("environmentSettings")

    @property
    @pulumi.getter(name="affinityInfo")
    def affinity_info(self) -> pulumi.Output[Mapping[str, Any] | None]:
        return self._declared("affinityInfo")

    @property
    @pulumi.getter(name="constraints")
    def constraints(self) -> pulumi.Output[Mapping[str, Any] | None]:
        return self._declared("constraints")

    @property
    @pulumi.getter(name="requiredSlots")
    def required_slots(self) -> pulumi.Output[int | None]:
        return self._declared("requiredSlots")

    @property
    @pulumi.getter(name="userIdentity")
    def user_identity(self) -> pulumi.Output[Mapping[str, Any] | None]:
        return self._declared("userIdentity")

    @property
    @pulumi.getter(name="multiInstanceSettings")
    def multi_instance_settings(self) -> pulumi.Output[Mapping[str, Any] | None]:
        return self._declared("multiInstanceSettings")

    @property
    @pulumi.getter(name="dependsOn")
    def depends_on(self) -> pulumi.Output[Mapping[str, Any] | None]:
        return self._declared("dependsOn")

    @property
    @pulumi.getter(name="applicationPackageReferences")
    def application_package_references(self) -> pulumi.Output[Sequence[Mapping[str, Any]] | None]:
        return self._declared("applicationPackageReferences")

    @property
    @pulumi.getter(name="authenticationTokenSettings")
    def authentication_token_settings(self) -> pulumi.Output[Mapping[str, Any] | None]:
        return self._declared("authenticationTokenSettings")
