"""The first page: how much there is of everything, what is set otherwise than usual, and what was just asked."""

from __future__ import annotations

from batch_emulator.pages.view import Shown, View
from batch_emulator.state.entities import Job, JobSchedule, Node, Pool, Task
from batch_emulator.state.switches import SWITCHES, printed

_KINDS = (("pools", Pool), ("nodes", Node), ("schedules", JobSchedule), ("jobs", Job), ("tasks", Task))
_REQUESTS = 15


def show(view: View) -> Shown:
    store = view.account.store
    counts = {name: sum(len(entities) for entities in store.all(kind)) for name, kind in _KINDS}
    current = view.account.switches.all()
    switches = [
        (switch.name, printed(current[switch.name]), printed(switch.default), switch.about)
        for switch in SWITCHES
        if current[switch.name] != switch.default
    ]
    faults = [fault.to_json() for fault in view.faults.all()]
    latest = view.log.latest(_REQUESTS)
    values = {"counts": counts, "switches": switches, "faults": faults, "latest": latest, "noted": len(view.log)}
    return Shown("overview", "overview", values)
