"""The operation that lists the images of pools."""

from __future__ import annotations

from operator import attrgetter

from batch_emulator.bodies.supported_images import SUPPORTED_IMAGES
from batch_emulator.protocol.filters import EQUALITY, Filterable, parse_filter
from batch_emulator.protocol.paging import page
from batch_emulator.protocol.wire import Answer, Call
from batch_emulator.simulation.machine import SimulatedAccount

_FILTERS = {
    "osType": Filterable("string", attrgetter("system"), EQUALITY),
    "verificationType": Filterable("string", attrgetter("verification"), EQUALITY),
    "nodeAgentSKUId": Filterable("string", attrgetter("agent"), EQUALITY, prefix=True),
}
_BY_KEY = {f"{index:04d}": image for index, image in enumerate(SUPPORTED_IMAGES)}
_KEYS = tuple(_BY_KEY)


def list_all(account: SimulatedAccount, call: Call) -> Answer:
    keep = parse_filter(call.query.get("$filter", ""), _FILTERS)
    return page(call, "supportedimages", _KEYS, _BY_KEY.__getitem__, keep, lambda image: image.shown())
