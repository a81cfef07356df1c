"""One call of a function, from the engine's message to its answer."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import grpc
from pulumi.runtime.proto import provider_pb2

from azure_batch_provider import registry
from azure_batch_provider.engine.wire import Received, decode, encode
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle import refusals as of_lifecycles
from azure_batch_provider.lifecycle.context import Call
from azure_batch_provider.plugin.errors import abort
from azure_batch_provider.plugin.instances import Instance
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.redact import Secrets, redact
from azure_batch_provider.values.unknown import UNKNOWN

if TYPE_CHECKING:
    from azure_batch_provider.lifecycle.context import Session


def invoke(request: Any, context: grpc.ServicerContext, instance: Instance) -> Any:
    """Answer a function; what is wrong with its arguments is all said at once, before anything is asked."""
    asked, session = decode(request.args), instance.session
    known = session.configuration.secrets if session is not None else ()
    secrets = Secrets(lambda: (text for text in (*known, *asked.secrets()) if len(text) > 3))
    try:
        if session is None:
            raise of_lifecycles.NOT_CONFIGURED()
        call = Call(
            urn="",
            name=request.tok,
            type=request.tok,
            log=lambda level, urn, text: instance.log(level, urn, redact(text, secrets)),
            deadline=Deadline(None, alive=lambda: context.is_active() and not instance.cancelled.is_set()),
            preview=request.preview,
        )
        answer = _answer(session, call, asked)
    except Exception as error:
        abort(
            context,
            error,
            secrets,
            instance.log,
            "",
            wrap=lambda state: (Inputs({}), Inputs({})),  # which only what a resource fails with has
            refresh_before_update=False,
        )
    instance.log.flush(debug=False)
    return answer


def _answer(session: Session, call: Call, asked: Received) -> Any:
    from azure_batch_provider.functions import refusals
    from azure_batch_provider.functions.reading import Reading
    from azure_batch_provider.validation.check import check
    from azure_batch_provider.values.paths import spell

    function, model = registry.function(call.type), registry.arguments(call.type)
    found = check(model, asked.values, session.configuration.api_version)
    if found.violations:
        # Some SDKs show the first one only, and not its property: what has a name comes first, and says it.
        named = sorted(found.violations, key=lambda item: not item.path)
        reasons = ((spell(item.path), item.reason) for item in named)
        return provider_pb2.InvokeResponse(
            failures=[
                provider_pb2.CheckFailure(property=path, reason=redact(f"`{path}` {reason}" if path else reason))
                for path, reason in reasons
            ]
        )
    if any(value is UNKNOWN for value in asked.values.values()):
        # The engine takes no unknowns for an answer, and has nothing either for a provider that is not known yet.
        return provider_pb2.InvokeResponse()
    own = Secrets(lambda: (text for text in session.configuration.secrets if len(text) > 3))
    # States, pools and nodes are the same in thousands of entries.
    reading = Reading(session.client, call.deadline, clean=lru_cache(1024)(lambda text: redact(text, own)))
    try:
        result = function(reading, asked.values)
    except ServiceError as error:
        if not error.is_not_found:
            raise
        refusal = refusals.NOT_THERE_YET if call.preview else refusals.NOT_THERE
        raise refusal(error=error) from error
    answer = provider_pb2.InvokeResponse()
    hidden = frozenset((name,) for name in result) if asked.secret_paths else frozenset()
    encode(Inputs(result, hidden), into=getattr(answer, "return"))
    return answer
