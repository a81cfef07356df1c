"""The verbs that Pulumi's dynamic provider process calls: translates them to lifecycle verbs, and nothing more.

A provider is pickled into the state by the name of its class alone. So its instances carry nothing, the classes in
`provider.py` keep their names and their module, and a new release of this package is not a difference in a stack.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from azure_batch_provider import registry
from azure_batch_provider.config.resolve import PROPERTIES, ConfigurationError
from azure_batch_provider.dynamic.failure import Failed, told
from azure_batch_provider.dynamic.hidden import ENDPOINT, Properties, closed, opened
from azure_batch_provider.dynamic.operation import Operation, operation
from azure_batch_provider.engine.state import outputs, recorded
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.lifecycle import refusals
from azure_batch_provider.lifecycle.context import Call
from azure_batch_provider.lifecycle.results import Checked, InitFailed, State
from azure_batch_provider.lifecycle.verbs import Lifecycle
from azure_batch_provider.properties.compare import differences
from azure_batch_provider.properties.secrets import wrapped
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.redact import redact

Answer = TypeVar("Answer")


class BatchProvider(ResourceProvider):
    """The dynamic provider of one resource type: `provider.py` has one for each."""

    # No secret is ever pickled, and a secret could not be compared: it would be a difference in each preview.
    serialize_as_secret_always = False
    token: ClassVar[str]

    # Set in the provider's own process, never where it is pickled.
    _operation: Operation
    _problem: ConfigurationError | None

    def configure(self, req: ConfigureRequest) -> None:
        """Read the stack's configuration; what is wrong with it is told by the first verb, which can do so plainly."""
        known = {f"azure-batch:{item.name}" for item in PROPERTIES}
        # Pulumi offers no list of the keys, and a misspelt one must not go unnoticed.
        keys = known | {key for key in getattr(req.config, "_props", {}) if key.startswith("azure-batch:")}
        values = {key: req.config.get(key) for key in keys}
        self._problem = None
        try:
            self._operation = operation({key: value for key, value in values.items() if value is not None})
        except ConfigurationError as error:
            self._problem = error

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate, name and mark the inputs; in a preview of something new, also say what up would run into.

        A failure here is shown as what it is, without a traceback: whatever can be refused is refused here.
        """
        old, new = opened(_olds), opened(news)

        def check(lifecycle: Lifecycle) -> Checked:
            checked = lifecycle.check(old.inputs.values, new.inputs)
            if new.preview and not old.inputs.values and not checked.failures:
                lifecycle.create(checked.inputs)
            return checked

        try:
            checked = self._serve(check, new, preview=new.preview)
        except Failed as failure:
            return CheckResult(closed(new.inputs, new.kept), [CheckFailure("", str(failure))])
        inputs = wrapped(registry.model(self.token), checked.inputs, new.inputs)
        return CheckResult(closed(inputs, new.kept), [CheckFailure(path, reason) for path, reason in checked.failures])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compare with the server (`driftDetection: live`) or with the state, and plan.

        The engine has no way to be told here that something is gone, so that is a replacement of what is gone already.
        """
        old, new = self._wrapped(opened(_olds)), self._wrapped(opened(_news))

        def diff(lifecycle: Lifecycle) -> DiffResult:
            state = self._found(lifecycle, _id, old)
            if state is None:
                lifecycle.call.info(f"{_id} is gone; it is made again.")
                return DiffResult(changes=True, replaces=list(lifecycle.id_parts), delete_before_replace=True)
            plan = lifecycle.diff(state, new.inputs.values)
            return DiffResult(
                changes=bool(plan.changes),
                replaces=sorted({str(change.path[0]) for change in plan.changes if change.replace}),
                delete_before_replace=plan.delete_first,
            )

        return self._serve(diff, old, new)

    def _found(self, lifecycle: Lifecycle, id: str, old: Properties) -> State | None:
        """The resource as it is now, or as it was recorded; None when it is gone."""
        before = self._recorded(id, old)
        shared = self._operation
        if not shared.live:
            return before
        if id not in shared.seen:
            state = lifecycle.read(before)
            if state is None:
                return None
            shared.seen[id] = state
            drift = list(differences(lifecycle.model, state.inputs, before.inputs))
            if drift:
                lifecycle.call.info(f"{id} is not as it was recorded: {lifecycle.listed(drift)}")
        return shared.seen[id]

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make it, or adopt what is there already and is the same."""
        new = self._wrapped(opened(props))

        def create(lifecycle: Lifecycle) -> CreateResult:
            try:
                state = lifecycle.create(new.inputs.values)
            except InitFailed as failure:
                raise refusals.NOT_RECORDED(id=failure.state.id, error=told(failure, [])) from failure
            self._operation.seen.pop(state.id, None)
            return CreateResult(state.id, self._outputs(state, new))

        return self._serve(create, new)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What is there now, in the program's spelling; an empty id when it is gone."""
        old = self._wrapped(opened(props))
        if old.private is None:  # a resource that the program only looks up: nothing is recorded of it
            old = replace(old, inputs=Inputs({}))

        def read(lifecycle: Lifecycle) -> ReadResult:
            state = lifecycle.read(self._recorded(id_, old))
            if state is None:
                self._operation.seen.pop(id_, None)
                return ReadResult(None, {}, {})
            self._operation.seen[id_] = state
            seen = wrapped(registry.model(self.token), state.inputs, old.inputs)
            return ReadResult(state.id, self._outputs(state, old), closed(seen, old.kept))

        return self._serve(read, old)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Change what is there, from what it was seen as in this operation, or recorded."""
        old, new = self._wrapped(opened(_olds)), self._wrapped(opened(_news))

        def update(lifecycle: Lifecycle) -> UpdateResult:
            lifecycle.refuse_mixed(old.inputs.values, new.inputs.values, new.ignored)
            before = self._operation.seen.pop(_id, None) or self._recorded(_id, old)
            return UpdateResult(self._outputs(lifecycle.update(before, new.inputs.values), new))

        return self._serve(update, old, new)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove it, or do what its deletion policy says."""
        old = self._wrapped(opened(_props))

        def delete(lifecycle: Lifecycle) -> None:
            lifecycle.delete(self._recorded(_id, old))
            self._operation.seen.pop(_id, None)

        self._serve(delete, old)

    def _serve(self, verb: Callable[[Lifecycle], Answer], *given: Properties, preview: bool = False) -> Answer:
        """Run a verb on behalf of the last of the given properties.

        Raises:
            Failed: with nothing chained to it, and no secret of what was given in its text.
        """
        secrets = [text for properties in given for text in properties.outputs.secrets()]
        if self._problem is not None:
            raise Failed(told(self._problem, secrets))
        try:
            secrets += self._operation.configuration.secrets
            for properties in given:
                self._refuse_elsewhere(properties)
            call = self._call(preview, [text for text in secrets if len(text) > 3], *given)
            answer = verb(registry.lifecycle(self.token, self._operation.session, call))
            self._operation.flush(debug=False)
            return answer
        except Exception as error:
            message = told(error, secrets)
        self._operation.flush()
        # Outside the handler, so that the traceback does not go on with what was caught.
        raise Failed(message)

    def _call(self, preview: bool, secrets: list[str], *given: Properties) -> Call:
        log, urn = self._operation.log, given[-1].urn
        return Call(
            urn=urn,
            name=urn.rsplit("::", 1)[-1],
            type=self.token,
            log=lambda level, urn, text: log(level, urn, redact(text, secrets)),
            deadline=Deadline(),
            preview=preview,
            imports=False,
            remembers=False,
            hides=lambda path: any(properties.inputs.hides(path) for properties in given),
        )

    def _refuse_elsewhere(self, properties: Properties) -> None:
        """A stack that is pointed at another account must not take its resources for deleted."""
        there, here = properties.endpoint, self._operation.configuration.endpoint
        if there and there != here:
            raise refusals.ANOTHER_ACCOUNT(urn=properties.urn, there=there, here=here)

    def _wrapped(self, properties: Properties) -> Properties:
        """With every value known that must be secret: what arrives here has lost the marks it had in the state."""
        inputs = properties.inputs
        return replace(properties, inputs=wrapped(registry.model(self.token), inputs.values, inputs))

    def _recorded(self, id: str, old: Properties) -> State:
        return recorded(id, old.inputs, old.outputs, rehearses=self._operation.session.rehearses)

    def _outputs(self, state: State, given: Properties) -> dict[str, Any]:
        kept = outputs(registry.model(self.token), state, given.inputs, rehearses=self._operation.session.rehearses)
        return closed(kept, {**given.kept, ENDPOINT: self._operation.configuration.endpoint})
