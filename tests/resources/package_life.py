"""An application package through operations of an engine that reads before it plans: without an engine, and as fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_batch_provider import registry
from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.config.resolve import configuration
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.lifecycle.results import InitFailed, State
from azure_batch_provider.lifecycle.verbs import Lifecycle
from azure_batch_provider.values.inputs import Inputs
from tests.e2e.packages import Managed

TOKEN = "azure-batch:index:ApplicationPackage"


class PackageLife:
    """One resource of a stack of its own.

    Attributes:
        state: what the engine would have of it.
        said: what the user was told in the latest operation.
        logged: what only a log has, of all operations.
    """

    def __init__(self, managed: Managed, **settings: Any) -> None:
        self._managed = managed
        self._settings = settings
        self.state: State | None = None
        self.said: list[str] = []
        self.logged: list[str] = []

    def _session(self) -> Session:
        account = self._managed.account
        values = {
            "endpoint": account.endpoint,
            "useMsi": True,
            "accountResourceId": account.account_id,
            "resourceManagerEndpoint": account.manager,
            "requestTimeout": "3",
            **self._settings,
        }
        given = {name: value for name, value in values.items() if value is not None}
        self.said = []
        return Session(configuration(given, {}), BatchClient.connect, log=self.logged.append)

    def _lifecycle(self, session: Session, *, preview: bool = False) -> Lifecycle:
        call = Call(
            urn=f"urn:pulumi:dev::p::{TOKEN}::it",
            name="it",
            type=TOKEN,
            log=lambda level, urn, text: (self.logged if level == "status" else self.said).append(text),
            deadline=Deadline(),
            preview=preview,
        )
        return registry.lifecycle(TOKEN, session, call)

    def up(self, source: Any, *, preview: bool = False, **properties: Any) -> dict[str, bool]:
        """Read, plan and carry out. Returns what differs, with whether it takes a new package; `create` for nothing
        there.

        Raises:
            InitFailed, Refused, RequestError: what the user would read.
        """
        session = self._session()
        try:
            return self._up(session, {"applicationId": "tools", "source": source, **properties}, preview)
        finally:
            session.close()

    def _up(self, session: Session, program: Mapping[str, Any], preview: bool) -> dict[str, bool]:
        package = self._lifecycle(session, preview=preview)
        seen, failing = self._read(self._lifecycle(session))
        checked = package.check(dict(seen.inputs) if seen is not None else {}, Inputs(dict(program)))
        assert checked.failures == []
        if seen is None:
            self._made(package, checked.inputs)
            return {"create": True}
        plan = package.diff(seen, checked.inputs)
        changes = {str(change.path[0]): change.replace for change in plan.changes}
        if any(changes.values()):
            if preview:
                return changes
            checked = package.check({}, Inputs(dict(program)))
            if plan.delete_first:
                package.delete(seen)
            self._made(package, checked.inputs)
            if not plan.delete_first:
                self._lifecycle(session).delete(seen)
        elif changes or failing:
            self._keep(lambda: package.update(seen, checked.inputs), preview)
        else:
            self.state = seen
        return changes

    def _read(self, package: Lifecycle) -> tuple[State | None, bool]:
        if self.state is None:
            return None, False
        try:
            return package.read(self.state), False
        except InitFailed as failed:
            return failed.state, True

    def _made(self, package: Lifecycle, inputs: Mapping[str, Any]) -> None:
        self._keep(lambda: package.create(inputs), package.call.preview)

    def _keep(self, work: Any, preview: bool) -> None:
        try:
            state = work()
        except InitFailed as failed:
            found = failed.state
            old = self.state.inputs if self.state is not None and self.state.id == found.id else found.outputs
            self.state = State(found.id, old, found.outputs, found.private)
            raise
        if not preview:
            self.state = state

    def refused(self, source: Any, **properties: Any) -> str:
        """What Check says against a program, as one text."""
        session = self._session()
        checked = self._lifecycle(session).check({}, Inputs({"applicationId": "tools", "source": source, **properties}))
        return "; ".join(reason for _, reason in checked.failures)

    def destroy(self) -> None:
        session = self._session()
        try:
            seen, _ = self._read(self._lifecycle(session))
            if seen is not None:
                self._lifecycle(session).delete(seen)
            self.state = None
        finally:
            session.close()

    def imports(self, id: str) -> None:
        session = self._session()
        try:
            self.state = self._lifecycle(session).read(State(id, {}, {}, {}))
        finally:
            session.close()
