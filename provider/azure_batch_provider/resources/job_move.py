"""Another pool for a job that is there: it is disabled for that, changed, and enabled again.

The service lets the pool of a job change only while the job is disabled, and of an automatic pool only whether it
stays. What was begun and could not be finished is marked in the state, so that the next operation goes on; a job that
another client has disabled stays so. Follows the REST pages Jobs - Disable, Update (PATCH), Enable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NoReturn

from azure_batch_provider.batch.operations import DISABLE_JOB, ENABLE_JOB
from azure_batch_provider.http.errors import Cancelled, RequestError, ServiceError, TimedOut
from azure_batch_provider.lifecycle.results import Plan, State
from azure_batch_provider.lifecycle.unfinished import Unfinished
from azure_batch_provider.lifecycle.verbs import may_have_happened
from azure_batch_provider.lifecycle.waiting import poll
from azure_batch_provider.models.job import Job
from azure_batch_provider.properties.compare import Difference, differences
from azure_batch_provider.properties.plan import Change
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.ids import split_job_id
from azure_batch_provider.resources.job_move_foresight import POOL, disable_tasks, warn_of_missing, what_moves
from azure_batch_provider.resources.task_job import DISABLED, is_disabled
from azure_batch_provider.resources.terminable import ENDED, Terminable
from azure_batch_provider.values.refusal import Refused

MOVE: Final = "move"
"""What was left unfinished: the job was disabled so that its pool can change, and has not been enabled since."""
_KEPT: Final = (POOL, "autoPoolSpecification", "keepAlive")


class MovedJob(Terminable):
    """Its pool changes in place where `movePool` says so, or where the job is disabled anyway."""

    _moves = False
    _left: Unfinished | None = None
    _private: Mapping[str, Any] = {}

    def create(self, inputs: Mapping[str, Any]) -> State:
        self._moves = inputs.get("movePool") is True
        return super().create(inputs)

    def read(self, old: State) -> State | None:
        self._left = old.unfinished
        return super().read(old)

    def diff(self, old: State, news: Mapping[str, Any], ignored: Sequence[str] = ()) -> Plan:
        self._moves, self._left = news.get("movePool") is True, old.unfinished
        return super().diff(old, news, ignored)

    def update(self, old: State, news: Mapping[str, Any]) -> State:
        self._moves, self._left = news.get("movePool") is True, old.unfinished
        return super().update(old, news)

    @property
    def _goes_on(self) -> bool:
        return self._left is not None and self._left.what == MOVE

    # plans

    def replaces(self, item: Difference, old: State) -> bool:
        if item.path[0] != POOL:
            return super().replaces(item, old)
        return not (_can_move(item) and (self._moves or old.private.get("state") in DISABLED))

    def planned(self, old: State, new: Mapping[str, Any], plan: Plan, ignored: Sequence[str]) -> None:
        super().planned(old, new, plan, ignored)
        self._tell_disabled(old.id, old.private)
        replaced = [change for change in plan.changes if change.replace]
        if not replaced or old.private.get("state") in ENDED or not all(_can_move(change) for change in replaced):
            return
        if self.ledger.says_first(old.id, "movePool"):
            self.call.info(
                f"{old.id} is replaced, because its pool changes. `movePool: true` moves it instead, with its tasks."
            )

    def noted(self, id: str, server: dict[str, Any]) -> None:
        self._tell_disabled(id, server)

    def _tell_disabled(self, id: str, there: Mapping[str, Any]) -> None:
        if there.get("state") in DISABLED and not self._goes_on and self.ledger.says_first(id, "disabled"):
            self.call.warn(is_disabled(id, there))

    def accept(
        self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any], found: Sequence[Difference]
    ) -> None:
        super().accept(id, inputs, server, found)
        if self.call.preview:
            self._foresee_move(id, inputs, server.get("state"), found)

    def _foresee_move(self, id: str, new: Mapping[str, Any], state: Any, found: Iterable[Difference]) -> None:
        """Say in a preview what a change of the pool means for the job's tasks."""
        due = [item for item in found if item.path[0] == POOL]
        if state in ENDED:
            return
        if state in DISABLED and not self._goes_on:
            if due:
                self.call.info(f"{id} is {state}: its pool is changed, and it stays disabled.")
            return
        if due:
            warn_of_missing(self.session, self.call, new)
            self.call.info(what_moves(self.session, self.call, id, new))
        elif self._goes_on:
            self.call.info(f"{id} was disabled so that its pool can change, and is enabled again.")

    # requests

    def change(self, old: State, news: Mapping[str, Any]) -> State:
        self._private = old.private
        if self.call.preview:
            self._foresee_move(old.id, news, old.private.get("state"), differences(Job, old.inputs, news))
            return super().change(old, news)
        state = super().change(old, news)
        if not self._goes_on:
            return state
        # Its pool is as declared, be it because the program has changed its mind.
        server = self.get(old.id, select="id,state")
        if server.get("state") not in DISABLED:
            return state
        try:
            self._until_disabled(old.id, server)
            self._enable(old.id)
        except RequestError as error:
            self._stop(old.id, news, state.private, error)
        return replace(state, private={**state.private, "state": "active"})

    def write(
        self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any], due: Sequence[Difference]
    ) -> dict[str, Any]:
        if not any(item.path[0] == POOL for item in due):
            return super().write(id, inputs, server, due)
        self.must_be_changeable(id, inputs, server, due)
        warn_of_missing(self.session, self.call, inputs)
        private = {**self._private, **self.remembered(server), "state": "disabled"}
        ours = self._goes_on or server.get("state") not in DISABLED
        try:
            if server.get("state") not in DISABLED:
                server = self._disable(id, inputs, server)
            request = super().write(id, inputs, self._until_disabled(id, server), due)
        except RequestError as error:
            if not ours:
                raise
            if not isinstance(error, ServiceError) or may_have_happened(error):
                self._stop(id, inputs, private, error)
            self._enable_again(id, inputs, private)
            raise
        except Refused:
            if ours:
                self._enable_again(id, inputs, private)
            raise
        if not ours:
            return request
        self._left = None
        self._enable_again(id, inputs, private)
        return {**request, "state": "active"}

    def _disable(self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the job as it is then, with the ETag of this very request, so that the change that follows
        overwrites nothing that another client does meanwhile."""
        job, etag = split_job_id(id), str(server.get("eTag"))
        body = {"disableTasks": disable_tasks(inputs)}
        try:
            reply = self.client.call(DISABLE_JOB, job, body=body, if_match=etag, deadline=self.call.deadline)
        except ServiceError as error:
            if error.code not in ("ConditionNotMet", "JobDisabled"):
                raise
            now = self.get(id)
            if error.uncertain and now.get("state") in DISABLED:  # our own request, whose answer was lost
                return now
            raise refusals.JOB_CHANGED_BEFORE_MOVE(id=id, state=now.get("state")) from error
        return {**server, "state": "disabling", "eTag": reply.headers.get("ETag")}

    def _until_disabled(self, id: str, server: Mapping[str, Any]) -> dict[str, Any]:
        """The job once all its tasks have been dealt with.

        Raises:
            Refused: it has ended, or another client has enabled it.
        """
        state = str(server.get("state"))

        def look() -> bool | None:
            nonlocal state
            if state != "disabled":
                state = str(self.get(id, select="id,state").get("state"))
            if state in DISABLED:
                return True if state == "disabled" else None
            self.must_be_open(id, {"state": state})
            raise refusals.JOB_CHANGED_DURING_MOVE(id=id, state=state)

        def over(error: TimedOut, seconds: float) -> TimedOut:
            return TimedOut(
                f"its tasks had not come to rest after {seconds:.0f} s, and no more time is allowed by the resource "
                "option `customTimeouts`."
            )

        poll(self.call, look, status=lambda: f"waiting for {id} to be disabled: {state}", over=over)
        return {**server, "state": "disabled"}

    def _enable(self, id: str) -> None:
        try:
            self.client.call(ENABLE_JOB, split_job_id(id), deadline=self.call.deadline)
        except ServiceError as error:
            if not error.is_not_found and error.code not in self.over | self.being_deleted:
                raise
        self.ledger.wrote(id)

    def _enable_again(self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any]) -> None:
        try:
            self._enable(id)
        except RequestError as error:
            self._stop(id, inputs, private, error)

    def _stop(self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any], error: RequestError) -> NoReturn:
        """Leave the rest to the next operation, where what it has to know is kept."""
        why = "the wait was interrupted." if isinstance(error, Cancelled) else str(error)
        then = (
            "The next `pulumi up` goes on."
            if self.call.remembers
            else f"It stays disabled: `az batch job enable --job-id {split_job_id(id)}` enables it."
        )
        reason = f"{id} was disabled so that its pool can change, and has not been enabled again: {why} {then}"
        raise self.init_failed(id, inputs, private, MOVE, reason) from error

    def still_unfinished(
        self, id: str, left: Unfinished, declared: Mapping[str, Any], seen: State
    ) -> Unfinished | None:
        if left.what != MOVE:
            return super().still_unfinished(id, left, declared, seen)
        # One that is active, or has ended by now, is another client's work: what is not as declared is a difference.
        return left if seen.private.get("state") in DISABLED else None


def _can_move(item: Difference | Change) -> bool:
    """Whether it is what the service changes of a disabled job's pool."""
    return item.path == _KEPT or (item.path == (POOL, "poolId") and item.kind == "update")
