"""Pool - List Usage Metrics: nothing is metered, so there are none."""

from __future__ import annotations

from operator import attrgetter

from batch_emulator.protocol.errors import invalid_query
from batch_emulator.protocol.filters import Filterable, parse_filter
from batch_emulator.protocol.paging import page
from batch_emulator.protocol.wire import Answer, Call
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.clock import parse_time
from batch_emulator.state.entities import Pool

_FILTERS = {"poolId": Filterable("string", attrgetter("id"), prefix=True)}


def usage_metrics(account: SimulatedAccount, call: Call) -> Answer:
    parse_filter(call.query.get("$filter", ""), _FILTERS)
    for name in ("starttime", "endtime"):
        try:
            parse_time(call.query.get(name, "0001-01-01T00:00:00Z"))
        except ValueError:
            raise invalid_query(name, call.query[name][:64], "The value must be an ISO 8601 time.") from None
    pools: dict[str, Pool] = {}
    return page(call, "poolusagemetrics", (), pools.__getitem__, lambda pool: True, lambda pool: {})
