"""Job: what tasks live in. The service lets some of it change (PATCH); for the rest a new job is needed.

Follows the REST pages Jobs - Create, Get, Update (PATCH), Delete, Terminate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle.context import Call
from azure_batch_provider.lifecycle.naming import auto_name, resolve_name
from azure_batch_provider.lifecycle.resource import Lifecycle
from azure_batch_provider.lifecycle.results import Plan, Refused, State
from azure_batch_provider.lifecycle.waiting import until_gone
from azure_batch_provider.models.base import UNKNOWN, Traits
from azure_batch_provider.models.job import Job
from azure_batch_provider.properties.compare import Difference, differences
from azure_batch_provider.properties.plan import Change, listed, overlapping, without_ignored
from azure_batch_provider.properties.read_back import undeclared
from azure_batch_provider.properties.renewal import renewable
from azure_batch_provider.properties.request_body import body
from azure_batch_provider.properties.secrets import has_unknown, unwrap, wrap
from azure_batch_provider.resources.ids import job_id, split_job_id
from azure_batch_provider.resources.job_quota import create_job
from azure_batch_provider.values.instants import instant_of_etag
from azure_batch_provider.values.paths import spell

# What PATCH must say for a property that the program no longer declares: absent would mean "leave it".
_RESET: Final[dict[str, Any]] = {
    "priority": 0,
    "maxParallelTasks": -1,
    "allowTaskPreemption": False,
    "constraints": {"maxWallClockTime": "P10675199DT2H48M5.4775807S", "maxTaskRetryCount": 0},
    "metadata": [],
}
_ENDED: Final = ("completed", "terminating")
_END: Final = "onAllTasksComplete"


class JobLifecycle(Lifecycle):
    """A completed job is no drift; a deleted one is, unless `onMissing` says otherwise."""

    model = Job
    token = "azure-batch:index:Job"
    noun = "job"
    id_parts: ClassVar[tuple[str, ...]] = ("jobId",)

    def identity(self, inputs: Mapping[str, Any]) -> str:
        return job_id(inputs.get("jobId"))

    def id_inputs(self, id: str) -> dict[str, str]:
        return {"jobId": split_job_id(id)}

    def named(
        self, call: Call, old: Mapping[str, Any], plain: dict[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        if plain.get("jobId") is not None:
            return plain
        chosen = resolve_name(call.naming, old.get("jobId"), auto_name(call.name, call.urn), "jobId")
        return {**plain, "jobId": chosen}

    def replaces(self, item: Difference, old_state: Mapping[str, Any]) -> bool:
        if item.path[0] == "networkConfiguration":
            return item.path == ("networkConfiguration",) and item.kind == "delete"  # PATCH cannot take it away
        if item.path[0] == _END:
            return _ends(item.old) and not _let_go(item)  # the service never takes that back
        if item.path[0] != "poolInfo":
            return super().replaces(item, old_state)
        movable = item.path in (("poolInfo", "poolId"), ("poolInfo", "autoPoolSpecification", "keepAlive"))
        return not (movable and item.kind == "update" and self.private(old_state).get("state") == "disabled")

    def further(
        self, call: Call, old_state: Mapping[str, Any], new: Mapping[str, Any], found: Sequence[Difference]
    ) -> list[Difference]:
        """A job that ends by itself, which nobody declared, and from now on is declared not to; and a SAS that will not
        do any longer, in what can be changed in place: a job is never replaced for one."""
        named = {item.path for item in found}
        due = [item for item in self._renewable(old_state, new) if item.path not in named]
        wanted = new.get(_END)
        takes_back = _ends(self.private(old_state).get(_END)) and isinstance(wanted, str) and not _ends(wanted)
        if not takes_back or any(item.path[0] == _END for item in found):
            return due
        return [*due, Difference((_END,), "update", "terminatejob", wanted)]

    def _renewable(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
        found = renewable(Job, old, new, self.session.configuration.sas_renewal)
        return [item for item in found if item.path[0] in _RESET]

    def diff(
        self,
        call: Call,
        old_inputs: Mapping[str, Any],
        old_state: Mapping[str, Any],
        news: Mapping[str, Any],
        ignored: Sequence[str] = (),
    ) -> Plan:
        """Refuses a replacement that would find the old job in its way, before its tasks are deleted for it."""
        plan = super().diff(call, old_inputs, old_state, news, ignored)
        fixed = [f"`{spell(change.path)}`" for change in plan.changes if change.replace]
        policy = unwrap(old_inputs.get("deletionPolicy") or old_state.get("deletionPolicy")) or "delete"
        if fixed and plan.delete_first and policy != "delete" and not has_unknown(news):
            raise Refused(
                f"{self.identity(unwrap(old_inputs))} cannot be replaced under its own id, because it was deployed "
                f"with `deletionPolicy: {policy}`: {', '.join(fixed)} can only change with a "
                "new job. Declare another `jobId`, or deploy `deletionPolicy: delete` first."
            )
        # A replacement has what is declared. An update says itself what does not come of it.
        if not fixed and not any(_traits(change).fixed for change in plan.changes):
            self._tell_what_differs(call, old_state, news, ignored)
        return plan

    def _tell_what_differs(
        self, call: Call, old_state: Mapping[str, Any], news: Mapping[str, Any], ignored: Sequence[str]
    ) -> None:
        """Say that the job still does not have what the service does not let change: no plan will name it."""
        new, there = unwrap(news), self.private(old_state)
        id = self.identity(new)
        for item in without_ignored(self.fixed(there, new), ignored) if "displayName" in there else ():
            if self.ledger.says_first(id, spell(item.path)):
                call.info(f"`{spell(item.path)}` of {id} is not what is declared; an update does not change it.")

    def make(self, call: Call, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any]) -> State:
        """Create the job; one that is there already and is the same is adopted. One that is still being deleted is
        waited for."""
        plain = unwrap(inputs)
        request = {"id": plain["jobId"], **body(Job, plain)}

        def create() -> State:
            try:
                reply = create_job(call, self.client, request)
            except ServiceError as error:
                if error.code != "JobBeingDeleted":
                    raise
                return create_after()
            self.ledger.wrote(id, created=True)
            self._warn_of_end(call, id, plain)
            created = {"creationTime": instant_of_etag(reply.headers.get("ETag")), "state": "active"}
            return self.state(id, inputs, self._private({**request, **created}))

        def create_after() -> State:
            until_gone(call, f"the earlier {id}", lambda: self._state_of(call, request["id"]))
            return create()

        def adopt() -> State:
            server = self.client.get_job(plain["jobId"], deadline=call.deadline)
            return create_after() if server.get("state") == "deleting" else self._adopt(call, id, inputs, server)

        return self.make_or_adopt(id, inputs, create, "JobExists", adopt)

    def foresee(self, call: Call, id: str, plain: Mapping[str, Any], *, replacing: bool) -> None:
        """Say in preview what up would run into, and what a replacement takes with it."""
        if not id:
            self._warn_of_end(call, f"the job of {call.name}", plain)
            return
        try:
            if replacing:
                self.ledger.plan(id)
                self._warn_of_end(call, id, plain)
                self._warn_of_tasks(call, id, str(plain["jobId"]))
                return
            server = self.client.get_job(str(plain["jobId"]), deadline=call.deadline)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            self.ledger.plan(id)
            self._warn_of_end(call, id, plain)
            return
        if server.get("state") == "deleting":
            self.ledger.plan(id)
            self._warn_of_end(call, id, plain)
            call.info(f"{id} is being deleted; when it is gone it is created again.")
            return
        self._warn_of_end(call, id, plain, self._accepts(call, id, plain, server))

    def _warn_of_tasks(self, call: Call, id: str, job: str) -> None:
        counts = self.client.get_task_counts(job, deadline=call.deadline).get("taskCounts", {})
        running = int(counts.get("running", 0))
        total = int(counts.get("active", 0)) + running + int(counts.get("completed", 0))
        if total:
            call.warn(
                f"replacing {id} deletes every task in it, those of others too: {total} by the service's count, "
                f"{running} of them running."
            )

    def _warn_of_end(
        self, call: Call, id: str, plain: Mapping[str, Any], changing: Sequence[Difference] | None = None
    ) -> None:
        """Say that a job without tasks that is to end when all its tasks have ended does so at once.

        Args:
            changing: of a job that exists, what is to be changed of it.
        """
        if plain.get("jobManagerTask") is not None or not _ends(plain.get(_END)):
            return
        if changing is not None and (
            not any(item.path[0] == _END for item in changing) or self._has_tasks(call, str(plain["jobId"]))
        ):
            return
        call.warn(
            f"`onAllTasksComplete: terminatejob` ends {id} at once, because it has no tasks yet, and no task can be "
            "added then: leave it out until the tasks are there, or declare a `jobManagerTask`."
        )

    def _has_tasks(self, call: Call, job: str) -> bool:
        try:
            return any(True for _ in self.client.list_tasks(job, select="id", deadline=call.deadline))
        except ServiceError as error:
            if not error.is_not_found:
                raise
            return True  # there is no job that could end

    def _warn_of_name(self, call: Call, id: str, there: Mapping[str, Any], plain: Mapping[str, Any]) -> None:
        """Say that the job keeps a name that is not the declared one."""
        for item in self.fixed(there, plain):
            call.warn(
                f"`{spell(item.path)}` of {id} is not what is declared and stays as it is, because the service does "
                "not let it change. A new job would have it, and none of the tasks: "
                f"`replaceOnChanges: [{spell(item.path)}]`, or `pulumi up --replace '{call.urn}'`."
            )

    def _accepts(self, call: Call, id: str, plain: Mapping[str, Any], server: Mapping[str, Any]) -> list[Difference]:
        """Whether a job that is there can become the declared one, and what must be changed for that.

        Raises:
            Refused: it differs, and there is no `takeOver`, or what differs cannot be changed.
        """
        found = self.different(plain, server)
        if not found:
            call.info(
                f"{id} has existed since {server.get('creationTime')} and is what is declared: adopted. It is "
                f"{server.get('state')}.{self.uncompared(plain)}"
            )
            return []
        self._is_open(id, server)
        fixed = [item for item in found if self.replaces(item, self.state(id, plain, self._private(server)).properties)]
        if plain.get("takeOver") is not True:
            raise self.conflict_error(call, id, found, " To change it to what is declared: `takeOver: true`.")
        if fixed:
            raise Refused(
                f"{id} exists already and cannot be taken over, because the service does not let these change: "
                f"{listed(Job, fixed, call.hides)}. Declare them as they are, or delete the job."
            )
        self._warn_of_name(call, id, server, plain)
        found = self._sent(found)
        if found:
            call.warn(f"taking over {id}; what it has now is replaced: {listed(Job, found, call.hides)}")
        return found

    @staticmethod
    def _is_open(id: str, server: Mapping[str, Any], way_out: str = "") -> None:
        """Raises: Refused: the job has ended, and the service changes nothing of it any more."""
        if server.get("state") in _ENDED:
            raise Refused(
                f"{id} is {server['state']}: the service changes nothing of it any more. Declare another `jobId`, or "
                f"delete the job so that it can be made again.{way_out}"
            )

    @staticmethod
    def _by_hand(call: Call) -> str:
        return f" Or replace it, with `deleteBeforeReplace: true`: `pulumi up --replace '{call.urn}'`."

    def _adopt(self, call: Call, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any]) -> State:
        if self._accepts(call, id, unwrap(inputs), server):
            self._patch(call, id, inputs, server)
        self.ledger.wrote(id)
        return self.state(id, inputs, self._private(server))

    @staticmethod
    def _private(server: Mapping[str, Any]) -> dict[str, Any]:
        told = {"created": server.get("creationTime"), "state": server.get("state")}
        return {**told, **{name: server.get(name) or "" for name in ("displayName", _END)}}

    def find(self, call: Call, id: str, inputs: Mapping[str, Any], properties: Mapping[str, Any]) -> State | None:
        importing = not properties
        try:
            server = self.client.get_job(self.id_inputs(id)["jobId"], deadline=call.deadline)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            never = importing or self.may_be_absent(properties)
            if never or unwrap(inputs.get("onMissing")) != "ignore":
                return None
            return State(id, dict(inputs), dict(properties))
        if server.get("state") == "deleting" and self.may_be_absent(properties):
            return None  # whoever made it: a creation waits until it is gone
        self.ledger.read(id)
        self.ledger.keep_job(id, server)
        private = {**self.private(properties), **self._private(server)}
        if importing:
            plain = {"jobId": server["id"], **undeclared(Job, server)}
            return self.state(job_id(server["id"]), wrap(Job, plain), {**private, "imported": True})
        if server.get("state") == "deleting":
            call.warn(
                f"{id} is being deleted by another client; once it is gone, the next `pulumi up` creates it again."
            )
            return self.state(id, inputs, private)
        declared = self.recorded(inputs, properties)
        return self.state(id, wrap(Job, self.seen(declared, server), inputs), private)

    def change(
        self, call: Call, id: str, old: Mapping[str, Any], private: Mapping[str, Any], news: Mapping[str, Any]
    ) -> State:
        plain = unwrap(news)
        if call.preview:
            sent = self._sent(differences(Job, old, plain))
            if any(item.new is not UNKNOWN for item in sent):
                self._is_open(id, private, self._by_hand(call))
            self._warn_of_end(call, id, plain, sent)
            self._tell_what_stays(call, id, old, plain, {**old, **private})
            return self.state(id, news, private)
        try:
            server = self.client.get_job(plain["jobId"], deadline=call.deadline)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            wanted = self._sent(differences(Job, old, plain))
            way = "`pulumi up --refresh` makes it again."
            if plain.get("onMissing") == "ignore":
                way = "For a new one declare `onMissing: recreate`, and make the change after that."
            if wanted:
                raise Refused(
                    f"{id} is gone, so this cannot be changed: {listed(Job, wanted, call.hides)}. {way}"
                ) from error
            if plain.get("onMissing") != "ignore":
                call.warn(f"{id} is not there any more. {way}")
            return self.state(id, news, private)
        found = self._sent(self.different(plain, server))
        foreign = overlapping(self.different(old, server), found)
        if foreign:
            call.warn(
                f"{id} was changed by another client since it was last read, and is overwritten: "
                f"{listed(Job, foreign, call.hides)}"
            )
        if found or self._renewable(server, plain):
            self._patch(call, id, news, server)
        self._tell_what_stays(call, id, old, plain, server)
        return self.state(id, news, {**private, **self._private({**server, **_patched(plain)})})

    @staticmethod
    def _sent(found: Iterable[Difference]) -> list[Difference]:
        """Those that a request is for: differences of the job itself, unless it keeps what it has whatever is sent."""
        return [item for item in found if (traits := _traits(item)).in_body and not traits.fixed and not _let_go(item)]

    def _tell_what_stays(
        self, call: Call, id: str, old: Mapping[str, Any], new: Mapping[str, Any], there: Mapping[str, Any]
    ) -> None:
        """Say of an update what does not come of it, given what the job has."""
        for item in differences(Job, old, new):
            if _traits(item).fixed:
                self._warn_of_name(call, id, there, new)
            elif _let_go(item) and there.get(str(item.path[0])):
                call.info(
                    f"`{spell(item.path)}` of {id} is not managed from now on: the job keeps what it has, "
                    f"{there[str(item.path[0])]}."
                )

    def _patch(self, call: Call, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any]) -> None:
        """Send the properties that differ, whole, and only if the job is still the one that was compared."""
        plain = unwrap(inputs)
        found = self._sent(self.different(plain, server))
        names = {str(item.path[0]) for item in (*found, *self._renewable(server, plain))}
        fixed = [item for item in found if self.replaces(item, self.state(id, plain, self._private(server)).properties)]
        if fixed:
            raise Refused(
                f"{id} differs in what only a new job can change: {listed(Job, fixed, call.hides)}. `pulumi up "
                "--refresh` plans the replacement."
            )
        self._is_open(id, server, self._by_hand(call))
        self._warn_of_end(call, id, plain, found)
        declared = body(Job, plain)
        request = {name: declared.get(name, _RESET.get(name)) for name in names}
        try:
            self.client.patch_job(plain["jobId"], request, if_match=str(server.get("eTag")), deadline=call.deadline)
        except ServiceError as error:
            if error.code != "ConditionNotMet":
                raise
            differing = self._sent(self.different(plain, self.client.get_job(plain["jobId"], deadline=call.deadline)))
            # When it is what is declared by now, that was our own write: its reply was lost, and it was sent again.
            if differing:
                raise Refused(
                    f"{id} was changed by another client while it was being updated, so nothing was written. Now: "
                    f"{listed(Job, differing, call.hides)}. Run `pulumi up` again."
                ) from error
        self.ledger.wrote(id)

    def remove(self, call: Call, id: str, inputs: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
        job = self.id_inputs(id)["jobId"]
        policy = unwrap(inputs.get("deletionPolicy") or properties.get("deletionPolicy")) or "delete"
        if policy == "retain":
            return
        try:
            if policy == "terminate":
                self.client.terminate_job(job, deadline=call.deadline)
                return
            self.client.delete_job(job, deadline=call.deadline)
        except ServiceError as error:
            over = ("JobBeingDeleted", "JobCompleted", "JobBeingTerminated")
            if error.is_not_found or (policy == "terminate" and error.code in over):
                return
            if error.code != "JobBeingDeleted":
                raise
        until_gone(call, id, lambda: self._state_of(call, job))

    def _state_of(self, call: Call, job: str) -> str:
        found = self.client.get_job(job, select="id,state", deadline=call.deadline)
        return str(found.get("state", ""))


def _ends(value: Any) -> bool:
    """Whether this value of `onAllTasksComplete` ends a job by itself."""
    return isinstance(value, str) and value.casefold() == "terminatejob"


def _traits(item: Difference | Change) -> Traits:
    return Job.properties()[str(item.path[0])].traits


def _let_go(item: Difference) -> bool:
    """Whether a property is no longer declared of which the job keeps what it has, unmanaged."""
    return _traits(item).computed and item.kind == "delete" and len(item.path) == 1


def _patched(plain: Mapping[str, Any]) -> dict[str, Any]:
    """What a job has after an update that it may not have had before."""
    return {} if plain.get(_END) is None else {_END: plain[_END]}
