"""How the nodes that a pool has already get what was changed of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.rules import is_set
from azure_batch_provider.models.scalars import Duration, Enum, Text
from azure_batch_provider.values.durations import parse_duration


class RolloutStrategy(Enum):
    """What is done with the nodes that are there."""

    NONE = "none", "Nothing: they get it when they boot the next time."
    REBOOT = "reboot", "Reboot them. Packages are installed beside those that a node has; files stay."
    REIMAGE = "reimage", "Reimage them: they begin again with an empty disk."


class NodeRestartOption(Enum):
    """What happens to the tasks that run on a node when it is restarted."""

    REQUEUE = "requeue", "End them, and put them back into the queue."
    TERMINATE = "terminate", "End them for good."
    TASK_COMPLETION = "taskcompletion", "Let them end first; the node takes no more of them."
    RETAINED_DATA = "retaineddata", "The same, and wait until the retention time of their files is over."


class Rollout(Model):
    """Restarts the nodes of a pool, a few at a time, after its start task or application packages were changed."""

    strategy: RolloutStrategy | None = prop("How nodes are restarted (default `none`).", default="none")
    maxUnavailable: Text | None = prop(
        "How many nodes may be out of work at the same time: a number, `3`, or a percentage of the nodes that there "
        "are, rounded up, `20%` (the default).",
        default="20%",
        pattern=r"^[1-9][0-9]{0,5}%?$",
    )
    nodeOption: NodeRestartOption | None = prop(
        "What happens to the tasks that run on a node (default `requeue`).", default="requeue"
    )
    timeout: Duration | None = prop(
        "The longest time to wait, as an ISO 8601 duration; left out, as long as it takes. The resource option "
        "`customTimeouts` ends the wait as well, if it is shorter. The next `pulumi up` goes on."
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if is_set(value, "timeout") and parse_duration(value["timeout"]) == 0:
            yield Violation(("timeout",), "must be longer than nothing")
