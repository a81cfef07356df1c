"""The control API under `/_emulator/`: what a test needs to see behind the service and to move it.

It is authenticated like the service. Its own requests are not in the log of requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from batch_emulator.protocol.errors import ServiceError, invalid_body
from batch_emulator.protocol.json_body import Body
from batch_emulator.protocol.wire import Answer
from batch_emulator.simulation import special_tasks, task_states
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.simulation.report import Report
from batch_emulator.state.clock import format_time
from batch_emulator.state.entities import Job, Task
from batch_emulator.state.ids import folded
from batch_emulator.state.switches import SWITCHES
from batch_emulator.testing.disks import put_files_of_node, put_files_of_task
from batch_emulator.testing.faults import Faults, read_fault
from batch_emulator.testing.node_orders import move_node, order_resize
from batch_emulator.testing.requests_log import RequestsLog
from batch_emulator.testing.scripts import read_script, show_script
from batch_emulator.testing.seeds import clear_applications, seed_applications, seed_samples

PREFIX = "/_emulator/"
_NODE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_WITH_ID = (
    "tasks/JOB/TASK",
    "preparation/JOB/NODE",
    "release/JOB/NODE",
    "nodes/POOL/NODE",
    "pools/POOL",
    "samples/POOL",
    "files/tasks/JOB/TASK",
    "files/nodes/POOL/NODE",
)
_PUTS = {"tasks": put_files_of_task, "nodes": put_files_of_node}
_TASK_FIELDS = frozenset({"state", "exitCode", "failureInfo", "retryCount"})


class Control:
    def __init__(self, account: SimulatedAccount, log: RequestsLog, faults: Faults, operations: Iterable[str]) -> None:
        """`operations` are the names of the service's."""
        self._account = account
        self._operations = {folded(name): name for name in operations}
        self._log = log
        self._faults = faults
        self.resets = 0
        """How often the account was reset: what a request was sent to may be no more when its turn comes."""

    def answer(self, method: str, path: str, sent: Body) -> Answer:
        """Raises ServiceError for what it does not know or cannot do."""
        body = sent.value()
        name, _, rest = path[len(PREFIX) :].partition("/")
        routes = {
            ("POST", "reset"): self._reset,
            ("POST", "settle"): self._settle,
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): self._clear_requests,
            ("GET", "clock"): self._clock,
            ("POST", "clock"): self._move_clock,
            ("GET", "switches"): self._switches,
            ("POST", "switches"): self._set_switches,
            ("GET", "faults"): self._list_faults,
            ("POST", "faults"): self._order_faults,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "scripts"): self._list_scripts,
            ("POST", "scripts"): self._set_scripts,
            ("DELETE", "scripts"): self._clear_scripts,
            ("POST", "applications"): self._seed_applications,
            ("DELETE", "applications"): self._clear_applications,
        }
        if name == "tasks" and rest and method == "POST":
            return self._move_task(rest, body)
        if name in special_tasks.SPECIAL and rest and method == "POST":
            return self._move_special_task("preparation" if name == "preparation" else "release", rest, body)
        if name == "nodes" and rest and method == "POST":
            move_node(self._account, *rest.partition("/")[::2], body)
            return Answer(204)
        if name == "pools" and rest and method == "POST":
            order_resize(self._account, rest, body)
            return Answer(204)
        if name == "samples" and rest and method == "POST":
            seed_samples(self._account, rest, body)
            return Answer(204)
        if name == "files" and rest.count("/") == 2 and method == "POST":
            holder, first, second = rest.split("/")
            if holder in _PUTS:
                _PUTS[holder](self._account, first, second, body)
                return Answer(204)
        handler = routes.get((method, name)) if not rest else None
        if handler is None:
            known = ", ".join(sorted({f"{verb} {PREFIX}{noun}" for verb, noun in routes}))
            known += "".join(f", POST {PREFIX}{call}" for call in _WITH_ID)
            text = f"The control API has no {method} {path}. It has {known}."
            raise ServiceError("ResourceNotFound", text=text)
        return handler(body)

    def _reset(self, body: Any) -> Answer:
        self._account.reset()
        self._account.scripted.scripts = []
        self.resets += 1
        self._log.clear()
        self._faults.clear()
        return Answer(204)

    def _settle(self, body: Any) -> Answer:
        self._account.settle_all()
        return Answer(204)

    def _requests(self, body: Any) -> Answer:
        return Answer(200, self._log.as_json())

    def _clear_requests(self, body: Any) -> Answer:
        self._log.clear()
        return Answer(204)

    def _clock(self, body: Any) -> Answer:
        clock = self._account.clock
        shown = {"now": format_time(clock.now()), "offset": clock.offset_seconds, "frozen": clock.frozen}
        return Answer(200, shown)

    def _move_clock(self, body: Any) -> Answer:
        if not isinstance(body, dict) or not body or set(body) - {"advance", "frozen"}:
            raise invalid_body('The body is {"advance": seconds} or {"frozen": true or false}, or both.')
        advance, frozen = body.get("advance", 0), body.get("frozen")
        if isinstance(advance, bool) or not isinstance(advance, (int, float)):
            raise invalid_body("advance is a number of seconds.")
        if frozen not in (None, True, False):
            raise invalid_body("frozen is true or false.")
        clock = self._account.clock
        try:
            clock.advance(advance)
        except ValueError as error:
            raise invalid_body(str(error)) from None
        if frozen is True:
            clock.freeze()
        elif frozen is False:
            clock.run()
        self._account.store.save_clock()
        return self._clock(None)

    def _switches(self, body: Any) -> Answer:
        values = self._account.switches.all()
        shown = [
            {
                "name": switch.name,
                "value": values[switch.name],
                "default": switch.default,
                "choices": list(switch.choices),
                "about": switch.about,
            }
            for switch in SWITCHES
        ]
        return Answer(200, shown)

    def _set_switches(self, body: Any) -> Answer:
        if not isinstance(body, dict):
            raise invalid_body("The body is an object of switches by name.")
        try:
            self._account.switches.update(body)
        except ValueError as error:
            raise invalid_body(str(error)) from None
        self._account.store.plan_again()
        return Answer(200, self._account.switches.all())

    def _list_faults(self, body: Any) -> Answer:
        return Answer(200, [fault.to_json() for fault in self._faults.all()])

    def _order_faults(self, body: Any) -> Answer:
        given = body if isinstance(body, list) else [body]
        self._faults.order([read_fault(item, self._operations) for item in given])
        return self._list_faults(None)

    def _clear_faults(self, body: Any) -> Answer:
        self._faults.clear()
        return Answer(204)

    def _list_scripts(self, body: Any) -> Answer:
        return Answer(200, [show_script(script) for script in self._account.scripted.scripts])

    def _set_scripts(self, body: Any) -> Answer:
        given = body if isinstance(body, list) else [body]
        self._account.scripted.scripts = [read_script(item) for item in given] + self._account.scripted.scripts
        return self._list_scripts(None)

    def _clear_scripts(self, body: Any) -> Answer:
        self._account.scripted.scripts = []
        return Answer(204)

    def _seed_applications(self, body: Any) -> Answer:
        seed_applications(self._account, body)
        return Answer(204)

    def _clear_applications(self, body: Any) -> Answer:
        clear_applications(self._account)
        return Answer(204)

    def _move_task(self, rest: str, body: Any) -> Answer:
        """Reports of a task what a node would."""
        job_id, _, task_id = rest.partition("/")
        job = self._account.store.of(Job).find(job_id)
        if job is None:
            raise ServiceError("JobNotFound")
        task = self._account.store.of(Task, job.key).find(task_id)
        if task is None:
            raise ServiceError("TaskNotFound")
        report, retries = _read_report(body, task_states.STATES)
        if retries is not None:
            task.execution = {**task.execution, "retryCount": retries}
        self._account.happened(task, report.state, report)
        return Answer(204)

    def _move_special_task(self, which: special_tasks.Which, rest: str, body: Any) -> Answer:
        """Reports of a job's preparation or release task what a node would."""
        job_id, _, node_id = rest.partition("/")
        job = self._account.store.of(Job).find(job_id)
        if job is None:
            raise ServiceError("JobNotFound")
        if special_tasks.SPECIAL[which] not in job.body:
            raise ServiceError("JobPreparationTaskOrReleaseTaskNotSpecified")
        if not _NODE_ID.fullmatch(node_id):
            raise ServiceError("NodeNotFound")
        special_tasks.report(self._account, job, node_id, which, *_read_report(body, special_tasks.STATES))
        return Answer(204)


def _read_report(body: Any, states: tuple[str, ...]) -> tuple[Report, int | None]:
    """What a node says of a task, and its retries."""
    if not isinstance(body, dict) or set(body) - _TASK_FIELDS or body.get("state") not in states:
        known = f"{', '.join(states[:-1])} or {states[-1]}"
        raise invalid_body(
            f'The body is {{"state": {known}}}, with exitCode or failureInfo when it is completed, and retryCount.'
        )
    exit_code, failure, retries = (body.get(name) for name in ("exitCode", "failureInfo", "retryCount"))
    for name, value in (("exitCode", exit_code), ("retryCount", retries)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise invalid_body(f"{name} is an integer.")
    if failure is not None and (not isinstance(failure, dict) or "category" not in failure):
        raise invalid_body("failureInfo is an object with a category.")
    if exit_code is None and failure is None:
        exit_code = 0
    return Report(body["state"], exit_code, failure), retries
