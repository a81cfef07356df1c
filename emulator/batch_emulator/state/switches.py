"""Choices where the service's behaviour is unconfirmed, differs between accounts, or must move for a test.

Each has the likelier behaviour as its default. They are set by `--set name=value` and over the control API.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

Value = str | int | float | bool


@dataclass(frozen=True)
class Switch:
    """`choices` are the allowed texts; without them the default's type says what is allowed."""

    name: str
    default: Value
    about: str
    choices: tuple[Value, ...] = ()
    former: str | None = None
    """A name that it had, by which it can still be set."""

    def parse(self, given: object) -> Value:
        """Accepts the value itself or its text. Raises ValueError with what is allowed."""
        if self.choices:
            for choice in self.choices:
                if str(choice) == str(given):
                    return choice
            raise ValueError(f"{self.name} is one of {', '.join(map(str, self.choices))}")
        if isinstance(self.default, bool):
            words: dict[str, bool] = {"true": True, "false": False}
            if str(given).lower() not in words:
                raise ValueError(f"{self.name} is true or false")
            return words[str(given).lower()]
        if isinstance(self.default, (int, float)):
            try:
                number = type(self.default)(str(given))
            except ValueError:
                number = -1
            if not 0 <= number < 10**9:
                raise ValueError(f"{self.name} is a number of at least 0")
            return number
        if not isinstance(given, str) or not re.fullmatch(r"[!-~]{1,1024}", given):
            raise ValueError(f"{self.name} is ASCII text without spaces")
        return given


def printed(value: Value) -> str:
    """As `--set` takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


SWITCHES = (
    Switch(
        "states",
        "at-once",
        "How a transition ends: after `polls` answers that show it, when the clock passes its delay, or only by hand.",
        ("at-once", "by-clock", "by-hand"),
    ),
    Switch(
        "polls", 1, "With at-once: how many answers still show a pool, a node or a job in transition.", former="looks"
    ),
    Switch("transition-delay", 1.0, "With by-clock: seconds of a transition that has no delay of its own."),
    Switch("pool-delete-delay", 0.0, "Seconds of the clock that a pool stays `deleting`; 0 leaves it to `states`."),
    Switch("job-delete-delay", 0.0, "Seconds of the clock that a job stays `deleting`; 0 leaves it to `states`."),
    Switch("task-delete-delay", 0.0, "Seconds of the clock that a deleted task stays visible."),
    Switch(
        "task-delete-polls",
        0,
        "How many answers still show a deleted task when it has no delay.",
        former="task-delete-looks",
    ),
    Switch(
        "scheduling",
        "on",
        "Whether active tasks get nodes and run there, or wait until the control API reports what a node would.",
        ("on", "off"),
    ),
    Switch(
        "schedules",
        "on",
        "Whether job schedules make jobs and come to their end, or only stand there.",
        ("on", "off"),
    ),
    Switch(
        "lag",
        "off",
        "Whether counts of tasks, the work of nodes and jobs that end by themselves show up to half a minute late.",
        ("off", "on"),
    ),
    Switch(
        "added-tasks",
        "wait",
        "What an added task does without a node: it waits for a report, or has succeeded by the next answer.",
        ("wait", "succeed"),
    ),
    Switch("run-commands", 16, "With `--run-tasks`: how many commands run at once, the others wait; 0 is no limit."),
    Switch("run-seconds", 0.0, "With `--run-tasks`: how long a command may run whatever its task says; 0 is no limit."),
    Switch(
        "run-file-megabytes",
        1024,
        "With `--run-tasks`: how large a file that a command writes may become, and all that is downloaded for it; 0 is"
        " no limit.",
    ),
    Switch(
        "containers",
        "none",
        "With `--run-tasks`: what runs tasks in containers.",
        ("none", "docker", "podman"),
    ),
    Switch("missing-authorization-status", 401, "Status for a request without Authorization.", (401, 403)),
    Switch("bearer-refusal-status", 401, "Status for a refused bearer token.", (401, 403)),
    Switch("token-audience", "https://batch.core.windows.net/", "The audience that bearer tokens must have."),
    Switch(
        "shared-key",
        "allowed",
        "Whether the account takes SharedKey; the control API always does.",
        ("allowed", "disabled"),
    ),
    Switch(
        "timeout-name",
        "any-case",
        "Spellings of the timeout parameter: any, or the api-version's own.",
        ("any-case", "exact"),
    ),
    Switch(
        "content-type", "strict", "Bodies must say `odata=minimalmetadata`, or any JSON will do.", ("strict", "lenient")
    ),
    Switch(
        "unsupported-conditions",
        "ignore",
        "A conditional header on an operation that has none is ignored, or refused with UnsupportedHeader.",
        ("ignore", "refuse"),
    ),
    Switch(
        "unknown-property-code",
        "UnsupportedProperty",
        "Code for an unknown property.",
        ("UnsupportedProperty", "InvalidRequestBody"),
    ),
    Switch(
        "scalars-as-text",
        "accept",
        "A number or a boolean that is sent as a string, as the Azure CLI sends them.",
        ("accept", "refuse"),
    ),
    Switch(
        "images",
        "offered",
        "Which marketplace images a pool can have: those that the service offers, or any.",
        ("offered", "any"),
    ),
    Switch("pool-identity", False, "Whether pools have an identity, as ARM gives it: customerManagedKey needs one."),
    Switch(
        "linked-resources",
        "entra-only",
        "Whether a key is enough for a pool with a subnet, own public addresses or an image by id.",
        ("entra-only", "any-credentials"),
    ),
    Switch(
        "extension-settings",
        "object-or-text",
        "Settings of an extension as an object only, or as a JSON string too.",
        ("object-or-text", "object"),
    ),
    Switch(
        "resize-timeout",
        "stop",
        "What a resize that waits for tasks does when its `resizeTimeout` is over: it ends with AllocationTimedout and"
        " their nodes stay, or it waits on.",
        ("stop", "wait"),
    ),
    Switch(
        "retry-out-of-time",
        False,
        "Whether a command that was ended by its `maxWallClockTime` is run again, as one that failed.",
    ),
    Switch(
        "start-task-processes",
        "end",
        "With `--run-tasks`: whether what a start task leaves in the background ends with it, or with its node's boot.",
        ("end", "stay"),
    ),
    Switch("start-task-exit-code", 0, "What start tasks exit with, at each of their runs."),
    Switch(
        "node-start-task",
        "as-run",
        "Which start task a node shows after its pool's was changed: the one that it ran, or the pool's.",
        ("as-run", "as-pool"),
    ),
    Switch(
        "stop-steady-resize",
        "refuse",
        "Stopping the resize of a pool that is not being resized: refused, or nothing to do.",
        ("refuse", "accept"),
    ),
    Switch(
        "resize-autoscale-code",
        "OperationNotValidOnPool",
        "Code for resizing a pool that has a formula.",
        ("OperationNotValidOnPool", "OperationInvalidForCurrentState"),
    ),
    Switch("multi-instance-slots", "any", "The slots that a multi-instance task can ask for.", ("any", "one")),
    Switch("empty-destination", "accept", "An output file whose destination is empty.", ("accept", "refuse")),
    Switch(
        "replace-missing-list",
        "refuse",
        "updateproperties without a required list: refused with MissingRequiredProperty, or the list is cleared.",
        ("refuse", "clear"),
    ),
    Switch(
        "patch-non-empty-code",
        "OperationInvalidForCurrentState",
        "Code for patching what only an empty pool lets change.",
        ("OperationInvalidForCurrentState", "OperationNotValidOnPool"),
    ),
    Switch("duplicate-bind-mounts", "refuse", "Two bind mounts of one source.", ("refuse", "accept")),
    Switch("empty-bind-mounts", "keep", "Whether an empty list of bind mounts is read back.", ("keep", "drop")),
    Switch(
        "task-dependencies-code",
        "TaskDependenciesNotSpecifiedOnJob",
        "Code for dependsOn in a job without usesTaskDependencies.",
        ("TaskDependenciesNotSpecifiedOnJob", "UnsupportedProperty"),
    ),
    Switch(
        "dependency-action",
        "accept",
        "A dependencyAction in a job without usesTaskDependencies.",
        ("accept", "refuse"),
    ),
    Switch(
        "exit-conditions-default",
        "as-sent",
        "Whether an active task shows a filled-in `default`.",
        ("as-sent", "filled"),
    ),
    Switch(
        "too-many-tasks-code",
        "InvalidPropertyValue",
        "Code for more than 100 tasks a call.",
        ("InvalidPropertyValue", "InvalidRequestBody"),
    ),
    Switch("collection-status-case", "pascal", "Spelling of the status in a collection's answer.", ("pascal", "lower")),
    Switch("resource-files-limit", 0, "Bytes that a task's resourceFiles may have as JSON; 0 is no limit of its own."),
    Switch("request-entity-too-large-status", 413, "Status of RequestEntityTooLarge.", (413, 400)),
    Switch(
        "job-recreate-code",
        "JobBeingDeleted",
        "Code for adding a job whose id is being deleted.",
        ("JobBeingDeleted", "JobExists"),
    ),
    Switch(
        "schedule-times", "any", "A job schedule whose doNotRunAfter is not after doNotRunUntil.", ("any", "in-order")
    ),
    Switch(
        "schedule-recreate-code",
        "JobScheduleBeingDeleted",
        "Code for adding a job schedule whose id is being deleted.",
        ("JobScheduleBeingDeleted", "JobScheduleExists"),
    ),
    Switch(
        "pool-recreate-code",
        "PoolBeingDeleted",
        "Code for adding a pool whose id is being deleted.",
        ("PoolBeingDeleted", "PoolExists"),
    ),
    Switch(
        "read-back-secrets", False, "Whether registry, CIFS, share and SAS keys and protected settings are read back."
    ),
    Switch(
        "pool-application-ids",
        "as-sent",
        "How a pool shows application ids that were sent as ARM ids.",
        ("as-sent", "short"),
    ),
    Switch(
        "package-references",
        "any",
        "Whether pools can refer to any package, or to active ones only; `--arm-port` starts with `active`.",
        ("any", "active"),
    ),
    Switch(
        "package-storage",
        "none",
        "With `--arm-port`: the URL of the container that packages go to, with its signature; with `none` the account"
        " has no auto storage.",
    ),
    Switch(
        "package-put-again",
        "active",
        "What an active package is once it is created again, until it is activated.",
        ("active", "pending"),
    ),
    Switch(
        "package-updates-code",
        "ApplicationUpdatesNotAllowed",
        "Code for creating an active package again where the application does not allow updates.",
    ),
    Switch(
        "package-storage-url",
        "shown",
        "Whether reading a package gives a URL of its content as well, as versions up to 2025-06-01 do.",
        ("shown", "hidden"),
    ),
    Switch(
        "deleted-default-version",
        "clear",
        "What becomes of an application's default version when its package is deleted.",
        ("clear", "keep"),
    ),
    Switch(
        "autoscale-formula-too-long-code",
        "AutoScalingFormulaTooLong",
        "Code for a formula of more than 8192 characters.",
        ("AutoScalingFormulaTooLong", "AutoScaleFormulaTooLong"),
    ),
    Switch(
        "autoscale-fraction",
        "down",
        "What a target that is not a whole number becomes.",
        ("down", "nearest", "up"),
    ),
    Switch(
        "autoscale-sample-percent",
        70.0,
        "Percentage of samples that a `GetSample` of a time frame needs when it names none.",
    ),
    Switch("autoscale-sample-delay", 0.0, "Seconds until a formula can see a sample."),
    Switch("enable-autoscale-interval", 30.0, "Seconds between two calls of enableautoscale; 0 lets them all through."),
    Switch(
        "autoscale-while-resizing",
        "accept",
        "What enableautoscale does to a pool that is being resized.",
        ("accept", "refuse"),
    ),
    Switch(
        "autoscale-not-enabled-code",
        "OperationInvalidForCurrentState",
        "Code for evaluating a formula on a pool that does not scale automatically.",
        ("OperationInvalidForCurrentState", "OperationNotValidOnPool", "InvalidAutoScalingSettings"),
    ),
    Switch(
        "certificate-add-code",
        "OperationInvalidForCurrentState",
        "Code for adding a certificate, which the service has retired.",
        ("OperationInvalidForCurrentState", "InsufficientAccountPermissions"),
    ),
    Switch(
        "task-files-before-run-code",
        "TaskFilesUnavailable",
        "Code for the files of a task that has not run.",
        ("TaskFilesUnavailable", "OperationInvalidForCurrentState"),
    ),
    Switch(
        "task-files-after-retention-code",
        "TaskFilesUnavailable",
        "Code for the files of a task whose retention time is over.",
        ("TaskFilesUnavailable", "TaskFilesCleanedup"),
    ),
    Switch("file-range-status", 200, "Status of a part of a file.", (200, 206)),
    Switch(
        "file-range-at-end",
        "empty",
        "What a range has that begins where the file ends: nothing, or it is refused with InvalidRange.",
        ("empty", "refuse"),
    ),
    Switch(
        "file-headers",
        "recorded",
        "Whether a file has an ETag, and a length with its content: the service documents both and sends neither.",
        ("recorded", "documented"),
    ),
    Switch(
        "delete-directory-code",
        "OperationInvalidForCurrentState",
        "Code for deleting a directory that is not empty without `recursive`.",
        ("OperationInvalidForCurrentState", "IOError", "InvalidInput"),
    ),
    Switch("pool-quota", 0, "How many pools the account may have; 0 is no limit."),
    Switch("node-quota", 1000, "How many nodes of each kind the account may have; a resize gets no further."),
    Switch(
        "active-job-quota",
        0,
        "How many jobs and job schedules that are not completed the account may have; 0 is no limit.",
    ),
    Switch("request-seconds", 60.0, "Seconds of real time in which a request must have come; 0 is no limit."),
    Switch("throttle-retry-after", 30, "Seconds of Retry-After on a 429 made by a fault that has none; 0 sends none."),
)
_BY_NAME = {switch.name: switch for switch in SWITCHES}
_FORMER = {switch.former: switch for switch in SWITCHES if switch.former}


class Switches:
    """The current values. `started_with` is what a reset goes back to."""

    def __init__(self, started_with: dict[str, str] | None = None) -> None:
        self._values: dict[str, Value] = {switch.name: switch.default for switch in SWITCHES}
        self.update(started_with or {})
        self._started_with = dict(self._values)

    def update(self, given: dict[str, Any]) -> None:
        """All or none are set. Raises ValueError that names the switch."""
        parsed: dict[str, Value] = {}
        for name, value in given.items():
            switch = _BY_NAME.get(name) or _FORMER.get(name)
            if switch is None:
                raise ValueError(f"there is no switch {name!r}; there are {', '.join(sorted(_BY_NAME))}")
            parsed[switch.name] = switch.parse(value)
        self._values.update(parsed)

    def reset(self) -> None:
        self._values = dict(self._started_with)

    def all(self) -> dict[str, Value]:
        return dict(self._values)

    def text(self, name: str) -> str:
        return str(self._values[name])

    def number(self, name: str) -> float:
        return float(self._values[name])

    def integer(self, name: str) -> int:
        return int(self._values[name])

    def on(self, name: str) -> bool:
        return bool(self._values[name])
