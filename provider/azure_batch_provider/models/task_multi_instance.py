"""A task that runs on several compute nodes at once, as MPI programs do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.command_line import needs_a_shell
from azure_batch_provider.models.files import ResourceFile
from azure_batch_provider.models.scalars import Int32, Text


class MultiInstanceSettings(Model):
    """How a task runs on several compute nodes: a primary task and subtasks.

    All of them run the coordination command; when each has ended, the primary runs the task's own command line. If
    one of them fails, the whole task fails, and is tried again as its constraints allow.
    """

    numberOfInstances: Int32 | None = prop("How many nodes the task needs (default 1).", default=1, ge=1)
    coordinationCommandLine: Text = prop(
        "Command that every node runs first, typically to start a service in the background and check that it is "
        "ready. It is not given to a shell: write `/bin/sh -c '...'` or `cmd /c ...` to use one.",
        required=True,
        min_length=1,
    )
    commonResourceFiles: list[ResourceFile] | None = prop(
        "Files to download on every node before the coordination command, to the root directory of the task: one "
        "above its working directory."
    )

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from needs_a_shell(value, "coordinationCommandLine")
