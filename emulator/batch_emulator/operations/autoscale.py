"""Operations of automatic scaling."""

from __future__ import annotations

from batch_emulator.bodies.autoscale import EnableAutoScale, EvaluateAutoScale
from batch_emulator.operations.pools import POOLS, check_formula
from batch_emulator.protocol.errors import ServiceError, missing_property
from batch_emulator.protocol.wire import Answer, Call, done
from batch_emulator.simulation import pool_states
from batch_emulator.simulation.autoscale import evaluate as evaluated
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.clock import SECOND
from batch_emulator.state.entities import Pool

_RUN = "Microsoft.Azure.Batch.Protocol.Entities.AutoScaleRun"


def enable(account: SimulatedAccount, call: Call) -> Answer:
    """A pool that scales already keeps the formula, or the interval, that is not sent."""
    sent = EnableAutoScale.accept(call.body, "", call.context)
    check_formula(sent)
    pool = POOLS.changeable(account, call)
    if "autoScaleFormula" not in sent and not pool.body["enableAutoScale"]:
        raise missing_property("autoScaleFormula")
    if pool.allocation_state != "steady" and account.switches.text("autoscale-while-resizing") == "refuse":
        raise ServiceError("PoolBeingResized")
    _refuse_too_soon(account, pool)
    pool_states.enable_autoscale(account, pool, sent)
    return done(200, pool, call.url)


def _refuse_too_soon(account: SimulatedAccount, pool: Pool) -> None:
    least = round(account.switches.number("enable-autoscale-interval") * SECOND)
    if pool.autoscale_enabled is not None and account.clock.now() - pool.autoscale_enabled < least:
        raise ServiceError("TooManyEnableAutoScaleRequests")


def disable(account: SimulatedAccount, call: Call) -> Answer:
    pool = POOLS.changeable(account, call)
    pool_states.disable_autoscale(account, pool)
    return done(200, pool, call.url)


def evaluate(account: SimulatedAccount, call: Call) -> Answer:
    """A formula that cannot be evaluated is a success as well: what is wrong with it is in the answer."""
    sent = EvaluateAutoScale.accept(call.body, "", call.context)
    pool = POOLS.changeable(account, call)
    if not pool.body["enableAutoScale"]:
        code = account.switches.text("autoscale-not-enabled-code")
        raise ServiceError(code, [("Reason", "Automatic scaling is not enabled on the pool.")])
    run = evaluated(account, pool, sent["autoScaleFormula"], account.clock.now())
    body = {"odata.metadata": f"{call.base}/$metadata#{_RUN}", **run.shown}
    return Answer(200, body, {"DataServiceId": call.url})
