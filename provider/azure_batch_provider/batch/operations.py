"""The REST operations that this provider uses: a row for each, with the codes that say what it was asked for is gone.

Only these codes count as gone. Any other 404 (`ApplicationNotFound`, a proxy's `ProxyNotFound`, a page without a code)
says nothing of the pool, job or task that the path names. Names are those of the pages below
https://learn.microsoft.com/rest/api/batchservice/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

POOL_NOT_FOUND: Final = "PoolNotFound"
JOB_NOT_FOUND: Final = "JobNotFound"
TASK_NOT_FOUND: Final = "TaskNotFound"

_POOL: Final = frozenset({POOL_NOT_FOUND})
_JOB: Final = frozenset({JOB_NOT_FOUND})
_TASK: Final = frozenset({TASK_NOT_FOUND, JOB_NOT_FOUND})  # its job is gone, and it with it


@dataclass(frozen=True)
class Operation:
    """How an operation is called: `path` has `{}` for each id; `gone` holds the codes of the thing and its parent."""

    method: str
    path: str
    gone: frozenset[str] = frozenset()

    def at(self, *ids: str) -> str:
        """The path with percent-encoded ids in it.

        Raises:
            ValueError: an id would lead to another resource.
        """
        for id in ids:
            if id in ("", ".", ".."):
                raise ValueError(f"{id!r} cannot be an id")
        return self.path.format(*(quote(id, safe="") for id in ids))


GET_POOL: Final = Operation("GET", "/pools/{}", _POOL)
REPLACE_POOL_PROPERTIES: Final = Operation("POST", "/pools/{}/updateproperties", _POOL)

CREATE_JOB: Final = Operation("POST", "/jobs")
GET_JOB: Final = Operation("GET", "/jobs/{}", _JOB)
UPDATE_JOB: Final = Operation("PATCH", "/jobs/{}", _JOB)
DELETE_JOB: Final = Operation("DELETE", "/jobs/{}", _JOB)
TERMINATE_JOB: Final = Operation("POST", "/jobs/{}/terminate", _JOB)
LIST_JOBS: Final = Operation("GET", "/jobs")
GET_JOB_TASK_COUNTS: Final = Operation("GET", "/jobs/{}/taskcounts", _JOB)

CREATE_TASK: Final = Operation("POST", "/jobs/{}/tasks", _JOB)
GET_TASK: Final = Operation("GET", "/jobs/{}/tasks/{}", _TASK)
DELETE_TASK: Final = Operation("DELETE", "/jobs/{}/tasks/{}", _TASK)
LIST_TASKS: Final = Operation("GET", "/jobs/{}/tasks", _JOB)
