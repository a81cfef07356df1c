"""A task that is waited for: what its completion means for the resource, and what is left when it has not come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from azure_batch_provider.http.errors import RequestError, ServiceError
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.lifecycle.entity import Entity
from azure_batch_provider.lifecycle.results import State
from azure_batch_provider.lifecycle.unfinished import Unfinished
from azure_batch_provider.models.completion import OnFailure
from azure_batch_provider.properties.compare import Difference
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.completion import FAILED, WAITING, Completion
from azure_batch_provider.resources.completion_failure import has_failed
from azure_batch_provider.resources.ids import split_task_id
from azure_batch_provider.values.instants import parse_instant


class AwaitedTask(Entity):
    """The part of a task's lifecycle that `awaitCompletion` and `onFailure` are about.

    Attributes:
        goes_on: an earlier creation whose end is not known is gone on with.
        seen_task: the task as it was read in this call.
    """

    def __init__(self, session: Session, call: Call) -> None:
        super().__init__(session, call)
        self._began = call.deadline.now()
        self._ours_since: datetime | None = None
        self.goes_on = False
        self.seen_task: Mapping[str, Any] | None = None

    def was_refused(self, error: ServiceError) -> None:
        """Note when the creation began, by the service's clock, if an attempt of it may have been carried out."""
        now = parse_instant(error.time)
        if error.uncertain and now is not None:
            self._ours_since = now - timedelta(seconds=self.call.deadline.now() - self._began)

    def must_stand_for(self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any]) -> None:
        """One that had completed before this call began has the result of an earlier execution. It may have been
        added, and have completed, since then, by an attempt of this call, or of an earlier one, that got no answer."""
        if inputs.get("awaitCompletion") is None or server.get("state") != "completed" or self.goes_on:
            return
        ended = str((server.get("executionInfo") or {}).get("endTime") or server.get("stateTransitionTime"))
        when, since = parse_instant(ended), self._ours_since
        if when is None or since is None or when < since:
            importing = f" To take its result: `pulumi import {self.token} {self.call.name} {id}`."
            raise refusals.TASK_ENDED_BEFORE(id=id, time=ended, importing=importing if self.call.imports else "")

    def completed(self, state: State) -> State:
        """The state once the task has completed, if that is waited for.

        Raises:
            InitFailed
        """
        options = state.inputs.get("awaitCompletion")
        if options is None:
            return state
        job, task = split_task_id(state.id)
        outcome = Completion(self.session, self.call, job).wait([task], options)
        unfinished, reasons = outcome.unfinished, outcome.reasons
        if outcome.gone:
            if self._counts_as_done(state):
                return state
            unfinished, reasons = WAITING, (refusals.TASK_IS_GONE.says(id=state.id),)
        if unfinished is None:
            return state
        raise self.init_failed(state.id, state.inputs, state.private, unfinished, *reasons)

    def _counts_as_done(self, state: State) -> bool:
        """Whether a task that was found to be gone had ended, as far as that can be known."""
        try:
            self.get(state.id)
        except ServiceError as error:
            return error.is_not_found and self.missing(state, error) is not None
        except RequestError as error:
            self.call.debug(f"{state.id} could not be read: {error}")
        return False

    def replaces(self, item: Difference, old: State) -> bool:
        rerun = item.path == ("onFailure",) and self.reruns(old) and OnFailure.RERUN.matches(item.new)
        return rerun or super().replaces(item, old)

    def reruns(self, old: State) -> bool:
        """Whether there is a failure that was waited for, and that `onFailure` is about."""
        return old.unfinished is not None and old.unfinished.what == FAILED

    def runs_again(self, old: State, new: Mapping[str, Any]) -> bool:
        """Whether the program wants a task that has failed to run again."""
        rerun = OnFailure.RERUN.matches(new.get("onFailure"))
        return rerun and self.reruns(old) and new.get("awaitCompletion") is not None

    def still_unfinished(
        self, id: str, left: Unfinished, declared: Mapping[str, Any], seen: State
    ) -> Unfinished | None:
        still = super().still_unfinished(id, left, declared, seen)
        options, server = declared.get("awaitCompletion"), self.seen_task
        if still is not None or options is None or server is None:
            return still
        if left.what == FAILED and has_failed(server) and options.get("failOnError") is not False:
            return left  # with the end of its standard error, which may not be there any more
        outcome = Completion(self.session, self.call, split_task_id(id)[0]).outcome(server, options)
        return None if outcome.unfinished is None else Unfinished(outcome.unfinished, " ".join(outcome.reasons))
