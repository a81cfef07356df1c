"""The plugin's RPCs: translates Pulumi's provider protocol to lifecycle verbs, and nothing more.

Modules that need pydantic, requests or azure-identity are imported when a call first needs them, or by `load` before
that, so that the engine gets its first answer at once.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from azure_batch_provider import registry
from azure_batch_provider.config import resolve
from azure_batch_provider.engine.log import EngineLog
from azure_batch_provider.engine.state import outputs, recorded, written
from azure_batch_provider.engine.wire import Fields, decode, encode, forget, in_utf8
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.lifecycle import fault, refusals
from azure_batch_provider.lifecycle.context import Call, Naming, Session
from azure_batch_provider.lifecycle.results import InitFailed, State
from azure_batch_provider.plugin.errors import LARGEST, abort
from azure_batch_provider.plugin.instances import Instance, Instances
from azure_batch_provider.plugin.invocation import invoke
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.redact import Secrets, redact
from azure_batch_provider.values.refusal import Refused

if TYPE_CHECKING:
    from azure_batch_provider.batch.client import BatchClient
    from azure_batch_provider.lifecycle.verbs import Lifecycle
    from azure_batch_provider.properties.plan import Change

Response = TypeVar("Response")

_KINDS: Final = {"add": "ADD", "delete": "DELETE", "update": "UPDATE"}


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One provider process, which engines configure once or several times and call from many threads."""

    def __init__(self, version: Callable[[], str], engine_address: str | None = None) -> None:
        self._version = version
        self._instances = Instances(engine_address)
        self._loading = threading.Lock()

    # the plugin itself

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._instances.begin(context.peer(), request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, supports_autonaming_configuration=True)

    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._instances.begin(context.peer(), request.address)
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=self._version())

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        from azure_batch_provider.schema import text

        return provider_pb2.GetSchemaResponse(schema=text())

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        instance = self._instance(context)
        instance.cancelled.set()
        instance.log.flush()
        forget()
        return empty_pb2.Empty()

    def load(self) -> None:
        """Import what nearly every call about a resource needs, while the engine has yet to start its program. A call
        waits for that: two threads that import modules of one circle may find one of them half made."""
        with self._loading:
            import azure_batch_provider.batch.dialect
            import azure_batch_provider.http.transport
            import azure_batch_provider.resources.task
            import azure_batch_provider.sign_in.credentials  # noqa: F401

    def close(self) -> None:
        """No engine calls any more."""
        self._instances.close()

    # configuration

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        news = decode(request.news)
        inputs, failures = resolve.check(news.values, os.environ)
        secret_paths = news.secret_paths | {(item.name,) for item in resolve.PROPERTIES if item.secret}
        return provider_pb2.CheckResponse(
            inputs=encode(Inputs(inputs, secret_paths)),
            # Without the property, whose value the engine would print: it may hold a password, whatever its name.
            failures=[provider_pb2.CheckFailure(reason=redact(reason)) for reason in failures],
        )

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        old = decode(request.old_inputs).values or decode(request.olds).values
        found = resolve.differences(old, decode(request.news).values)
        return _diff_response({(name,): ("update", how == "replace") for name, how in found.items()}, False)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        instance = self._instance(context)
        try:
            configuration = resolve.configuration(decode(request.args).values, os.environ)
        except resolve.ConfigurationError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, redact(str(error)))
        instance.configure(
            Session(
                configuration,
                lambda found: self._connect(found, instance.log),
                log=lambda text: instance.log("debug", "", text),
            )
        )
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    def _instance(self, context: grpc.ServicerContext) -> Instance:
        try:
            return self._instances.of(context.peer())
        except Refused as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))

    def _connect(self, configuration: resolve.Configuration, log: EngineLog) -> BatchClient:
        from azure_batch_provider.batch.client import BatchClient

        return BatchClient.connect(
            configuration,
            log=lambda text: log("debug", "", text),
            user_agent=f"azure-batch-provider/{self._version()}",
        )

    # resources

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        news = decode(request.news)

        def check(lifecycle: Lifecycle) -> Any:
            from azure_batch_provider.properties.secrets import wrapped

            checked = lifecycle.check(Fields(request.olds), news)
            answer = provider_pb2.CheckResponse(
                failures=[
                    provider_pb2.CheckFailure(property=in_utf8(path), reason=redact(why))
                    for path, why in checked.failures
                ],
            )
            encode(wrapped(lifecycle.model, checked.inputs, news), news, into=answer.inputs)
            return answer

        return self._serve(request, context, check, news)

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        news = decode(request.news)

        def diff(lifecycle: Lifecycle) -> Any:
            inputs = decode(request.old_inputs, news)
            olds = decode(request.olds, inputs, news)
            old = recorded(request.id, inputs, olds, rehearses=lifecycle.session.rehearses)
            plan = lifecycle.diff(old, news.values, list(request.ignoreChanges))
            return _diff_response({c.path: (c.kind, c.replace) for c in _first(plan.changes)}, plan.delete_first)

        return self._serve(request, context, diff, news)

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        inputs = decode(request.properties)

        def create(lifecycle: Lifecycle) -> Any:
            state = fault.create(lifecycle, inputs.values)
            answer = provider_pb2.CreateResponse(
                id="" if request.preview else state.id, refresh_before_update=lifecycle.session.live
            )
            kept = outputs(lifecycle.model, state, inputs, rehearses=lifecycle.session.rehearses)
            encode(kept, inputs, into=answer.properties)
            return answer

        return self._serve(request, context, create, inputs)

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        inputs = decode(request.inputs)
        properties = decode(request.properties, inputs)

        def read(lifecycle: Lifecycle) -> Any:
            rehearses = lifecycle.session.rehearses
            state = self._read(lifecycle, recorded(request.id, inputs, properties, rehearses=rehearses), request)
            if state is None:
                return provider_pb2.ReadResponse()
            seen, kept = written(lifecycle.model, state, inputs, properties, rehearses=rehearses)
            answer = provider_pb2.ReadResponse(id=state.id, refresh_before_update=lifecycle.session.live)
            encode(seen, inputs, into=answer.inputs)
            encode(kept, inputs, properties, into=answer.properties)
            return answer

        return self._serve(request, context, read, inputs, properties)

    def _read(self, lifecycle: Lifecycle, old: State, request: Any) -> State | None:
        """What is there. A state that a failure is too small to carry is answered as it was: a warning has to do."""
        try:
            return lifecycle.read(old)
        except InitFailed as failed:
            if request.inputs.ByteSize() + request.properties.ByteSize() <= LARGEST:
                raise
            for reason in failed.reasons:
                lifecycle.call.warn(reason)
            return failed.state

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        news = decode(request.news)
        inputs = decode(request.old_inputs, news)
        olds = decode(request.olds, inputs, news)

        def update(lifecycle: Lifecycle) -> Any:
            rehearses = lifecycle.session.rehearses
            old = recorded(request.id, inputs, olds, rehearses=rehearses)
            lifecycle.refuse_mixed(old.inputs, news.values, list(request.ignoreChanges))
            state = lifecycle.update(old, news.values)
            answer = provider_pb2.UpdateResponse(refresh_before_update=lifecycle.session.live)
            kept = outputs(lifecycle.model, state, news, rehearses=rehearses)
            encode(kept, news, olds, into=answer.properties)
            return answer

        return self._serve(request, context, update, news, olds)

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        inputs = decode(request.old_inputs)
        properties = decode(request.properties, inputs)

        def delete(lifecycle: Lifecycle) -> Any:
            rehearses = lifecycle.session.rehearses
            lifecycle.delete(recorded(request.id, inputs, properties, rehearses=rehearses))
            return empty_pb2.Empty()

        return self._serve(request, context, delete, inputs, properties)

    # functions

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        with self._loading:
            instance = self._instance(context)
        return invoke(request, context, instance)

    def _serve(
        self,
        request: Any,
        context: grpc.ServicerContext,
        verb: Callable[[Lifecycle], Response],
        *given: Inputs,
    ) -> Response:
        """Run a verb; `given` is all that the call brought along, so that no secret of it is told to anybody."""
        with self._loading:
            instance = self._instance(context)
        session = instance.session
        brought = list(given)
        known = session.configuration.secrets if session is not None else ()
        secrets = Secrets(
            lambda: (text for text in chain(known, *(inputs.secrets() for inputs in brought)) if len(text) > 3)
        )
        try:
            if session is None:
                raise refusals.NOT_CONFIGURED()
            call = self._call(request, context, instance, secrets, brought)
            answer = verb(registry.lifecycle(call.type, session, call))
        except Exception as error:
            abort(
                context,
                error,
                secrets,
                instance.log,
                request.urn,
                wrap=lambda state: written(
                    registry.model(_type_of(request.urn)),
                    state,
                    *given,
                    rehearses=session is not None and session.rehearses,
                ),
                refresh_before_update=session is not None and session.live,
            )
        finally:
            # A call and its deadline know each other, so that it stays in memory for a while: not with all its values.
            brought.clear()
        instance.log.flush(debug=False)
        return answer

    def _call(
        self,
        request: Any,
        context: grpc.ServicerContext,
        instance: Instance,
        secrets: Secrets,
        given: Sequence[Inputs],
    ) -> Call:
        timeout = float(getattr(request, "timeout", 0) or 0)
        autonaming = getattr(request, "autonaming", None)
        naming = None
        if autonaming is not None and request.HasField("autonaming"):
            mode: Any = provider_pb2.CheckRequest.AutonamingOptions.Mode.Name(autonaming.mode).lower()
            naming = Naming(mode, autonaming.proposed_name)
        return Call(
            urn=request.urn,
            name=request.urn.rsplit("::", 1)[-1],
            type=_type_of(request.urn),
            log=lambda level, urn, text: instance.log(level, urn, redact(text, secrets)),
            deadline=Deadline(timeout or None, alive=lambda: context.is_active() and not instance.cancelled.is_set()),
            preview=bool(getattr(request, "preview", False)),
            naming=naming,
            hides=lambda path: any(inputs.hides(path) for inputs in given),
        )


def _type_of(urn: str) -> str:
    """The type of a URN (`urn:pulumi:stack::project::parent$type::name`), without its parents' types."""
    return urn.split("::", 3)[2].rsplit("$", 1)[-1]


def _first(changes: list[Change]) -> list[Change]:
    """A plan may name a path twice, for instance once for each of two reasons: the first one counts."""
    seen: dict[tuple[str | int, ...], Change] = {}
    for change in changes:
        seen.setdefault(change.path, change)
    return list(seen.values())


def _diff_response(changes: Mapping[tuple[str | int, ...], tuple[str, bool]], delete_first: bool) -> Any:
    from azure_batch_provider.values.paths import spell

    kinds = provider_pb2.PropertyDiff.Kind
    detailed = {
        spell(path): provider_pb2.PropertyDiff(
            kind=kinds.Value(_KINDS[kind] + ("_REPLACE" if replace else "")), inputDiff=True
        )
        for path, (kind, replace) in changes.items()
    }
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if detailed else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=sorted({str(path[0]) for path in changes}),
        replaces=sorted({str(path[0]) for path, (_, replace) in changes.items() if replace}),
        detailedDiff=detailed,
        hasDetailedDiff=True,
        deleteBeforeReplace=delete_first,
    )
