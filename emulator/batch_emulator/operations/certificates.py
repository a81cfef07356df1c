"""Certificate operations of the api-versions before 2025-06-01. The service retired them: an account has none."""

from __future__ import annotations

from batch_emulator.bodies.certificate import CertificateAdd
from batch_emulator.protocol.errors import ServiceError
from batch_emulator.protocol.paging import page_size
from batch_emulator.protocol.wire import Answer, Call
from batch_emulator.simulation.machine import SimulatedAccount


def list_all(account: SimulatedAccount, call: Call) -> Answer:
    page_size(call)
    return Answer(200, {"odata.metadata": f"{call.base}/$metadata#certificates", "value": []})


def add(account: SimulatedAccount, call: Call) -> Answer:
    """Whatever is sent is checked before it is refused."""
    CertificateAdd.accept(call.body, "", call.context)
    raise ServiceError(account.switches.text("certificate-add-code"))


def missing(account: SimulatedAccount, call: Call) -> Answer:
    """Any operation on one certificate."""
    raise ServiceError("CertificateNotFound")
