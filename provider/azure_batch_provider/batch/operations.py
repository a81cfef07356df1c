"""The REST operations that this provider uses: a row for each, with the codes that say what it was asked for is gone.

Only these codes count as gone. Any other 404 (`ApplicationNotFound`, a proxy's `ProxyNotFound`, a page without a code)
says nothing of the pool, job or task that the path names. Each is described on the page of its name below
https://learn.microsoft.com/rest/api/batchservice/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

JOB_NOT_FOUND: Final = "JobNotFound"
JOB_BEING_DELETED: Final = "JobBeingDeleted"

_POOL: Final = frozenset({"PoolNotFound"})
_NODE: Final = _POOL | {"NodeNotFound"}
_JOB: Final = frozenset({JOB_NOT_FOUND})
_SCHEDULE: Final = frozenset({"JobScheduleNotFound"})
_TASK: Final = frozenset({"TaskNotFound", JOB_NOT_FOUND})  # its job is gone, and it with it
_FILE: Final = _TASK | {"FileNotFound"}


@dataclass(frozen=True)
class Operation:
    """How an operation is called.

    Attributes:
        path: with `{}` for each id.
        gone: the codes of the thing and its parent.
        key: of a list, what each entry has at least: its id, as a rule.
        page: of a list, how many entries may be asked for at once.
    """

    name: str
    method: str
    path: str
    gone: frozenset[str] = frozenset()
    key: str = "id"
    page: int = 1000

    @property
    def is_write_in_job(self) -> bool:
        """Whether it may change the job that the path names, or tasks of it."""
        return self.method != "GET" and self.path.startswith("/jobs/{}")

    def at(self, *ids: str) -> str:
        """The path with percent-encoded ids in it.

        Raises:
            ValueError: an id would lead to another resource.
        """
        for id in ids:
            if id in ("", ".", ".."):
                raise ValueError(f"{id!r} cannot be an id")
        return self.path.format(*(quote(id, safe="") for id in ids))


CREATE_POOL: Final = Operation("Pools - Create Pool", "POST", "/pools")
GET_POOL: Final = Operation("Pools - Get Pool", "GET", "/pools/{}", _POOL)
LIST_POOLS: Final = Operation("Pools - List Pools", "GET", "/pools")
UPDATE_POOL: Final = Operation("Pools - Update Pool", "PATCH", "/pools/{}", _POOL)
# All four are answered before the pool has another size, or is gone.
DELETE_POOL: Final = Operation("Pools - Delete Pool", "DELETE", "/pools/{}", _POOL)
RESIZE_POOL: Final = Operation("Pools - Resize Pool", "POST", "/pools/{}/resize", _POOL)
STOP_POOL_RESIZE: Final = Operation("Pools - Stop Pool Resize", "POST", "/pools/{}/stopresize", _POOL)
ENABLE_POOL_AUTO_SCALE: Final = Operation("Pools - Enable Pool Auto Scale", "POST", "/pools/{}/enableautoscale", _POOL)
DISABLE_POOL_AUTO_SCALE: Final = Operation(
    "Pools - Disable Pool Auto Scale", "POST", "/pools/{}/disableautoscale", _POOL
)
# What the body does not hold is removed from the pool.
REPLACE_POOL_PROPERTIES: Final = Operation(
    "Pools - Replace Pool Properties", "POST", "/pools/{}/updateproperties", _POOL
)

LIST_NODES: Final = Operation("Nodes - List Nodes", "GET", "/pools/{}/nodes", _POOL)
# Both are answered before the node restarts: it may be idle for a while.
REBOOT_NODE: Final = Operation("Nodes - Reboot Node", "POST", "/pools/{}/nodes/{}/reboot", _NODE)
REIMAGE_NODE: Final = Operation("Nodes - Reimage Node", "POST", "/pools/{}/nodes/{}/reimage", _NODE)
LIST_NODE_FILES: Final = Operation("Nodes - List Node Files", "GET", "/pools/{}/nodes/{}/files", _NODE)
GET_NODE_FILE: Final = Operation(
    "Nodes - Get Node File", "GET", "/pools/{}/nodes/{}/files/{}", _NODE | {"FileNotFound"}
)

# The headers' Location and DataServiceId do not contain the job's id.
CREATE_JOB: Final = Operation("Jobs - Create Job", "POST", "/jobs")
GET_JOB: Final = Operation("Jobs - Get Job", "GET", "/jobs/{}", _JOB)
UPDATE_JOB: Final = Operation("Jobs - Update Job", "PATCH", "/jobs/{}", _JOB)
# Both are answered before the job is gone, or completed.
DELETE_JOB: Final = Operation("Jobs - Delete Job", "DELETE", "/jobs/{}", _JOB)
TERMINATE_JOB: Final = Operation("Jobs - Terminate Job", "POST", "/jobs/{}/terminate", _JOB)
# It is `disabling` until its running tasks have been dealt with.
DISABLE_JOB: Final = Operation("Jobs - Disable Job", "POST", "/jobs/{}/disable", _JOB)
ENABLE_JOB: Final = Operation("Jobs - Enable Job", "POST", "/jobs/{}/enable", _JOB)
LIST_JOBS: Final = Operation("Jobs - List Jobs", "GET", "/jobs")
GET_JOB_TASK_COUNTS: Final = Operation("Jobs - Get Job Task Counts", "GET", "/jobs/{}/taskcounts", _JOB)

CREATE_JOB_SCHEDULE: Final = Operation("Job Schedules - Create Job Schedule", "POST", "/jobschedules")
GET_JOB_SCHEDULE: Final = Operation("Job Schedules - Get Job Schedule", "GET", "/jobschedules/{}", _SCHEDULE)
UPDATE_JOB_SCHEDULE: Final = Operation("Job Schedules - Update Job Schedule", "PATCH", "/jobschedules/{}", _SCHEDULE)
# Both are answered before the schedule and its jobs are gone, or completed.
DELETE_JOB_SCHEDULE: Final = Operation("Job Schedules - Delete Job Schedule", "DELETE", "/jobschedules/{}", _SCHEDULE)
TERMINATE_JOB_SCHEDULE: Final = Operation(
    "Job Schedules - Terminate Job Schedule", "POST", "/jobschedules/{}/terminate", _SCHEDULE
)
LIST_JOB_SCHEDULES: Final = Operation("Job Schedules - List Job Schedules", "GET", "/jobschedules")
LIST_JOBS_OF_SCHEDULE: Final = Operation("Jobs - List Jobs From Schedule", "GET", "/jobschedules/{}/jobs", _SCHEDULE)

# Answered with a result for each task; 200 even if all of them were refused.
ADD_TASKS: Final = Operation("Tasks - Create Task Collection", "POST", "/jobs/{}/addtaskcollection", _JOB)
CREATE_TASK: Final = Operation("Tasks - Create Task", "POST", "/jobs/{}/tasks", _JOB)
GET_TASK: Final = Operation("Tasks - Get Task", "GET", "/jobs/{}/tasks/{}", _TASK)
LIST_TASK_FILES: Final = Operation("Tasks - List Task Files", "GET", "/jobs/{}/tasks/{}/files", _TASK)
GET_TASK_FILE: Final = Operation("Tasks - Get Task File", "GET", "/jobs/{}/tasks/{}/files/{}", _FILE)
# A running task can stay visible for a while.
DELETE_TASK: Final = Operation("Tasks - Delete Task", "DELETE", "/jobs/{}/tasks/{}", _TASK)
LIST_TASKS: Final = Operation("Tasks - List Tasks", "GET", "/jobs/{}/tasks", _JOB)

LIST_POOL_NODE_COUNTS: Final = Operation("Pools - List Pool Node Counts", "GET", "/nodecounts", key="poolId", page=10)
LIST_SUPPORTED_IMAGES: Final = Operation(
    "Pools - List Supported Images", "GET", "/supportedimages", key="nodeAgentSKUId"
)
LIST_APPLICATIONS: Final = Operation("Applications - List Applications", "GET", "/applications")
