"""A pool with nodes is not to be replaced for what the service adds to it, and not adopted for it either."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from azure_batch_provider.lifecycle.results import State
from azure_batch_provider.values.refusal import Refused
from tests.emulator_process import EmulatorProcess
from tests.resources.conftest import POOL, MakeLifecycle

DECLARED: dict[str, Any] = {
    "poolId": "more",
    **{name: POOL[name] for name in ("vmSize", "virtualMachineConfiguration")},
    "targetDedicatedNodes": 1,
}


def more(emulator: EmulatorProcess, nodes: int) -> None:
    """A pool that has a policy, and in its machines a disk, that nobody has declared."""
    sent = copy.deepcopy({name: value for name, value in DECLARED.items() if name != "poolId"})
    sent["virtualMachineConfiguration"]["osDisk"] = {"diskSizeGB": 77}
    sent |= {"id": "more", "targetDedicatedNodes": nodes, "upgradePolicy": {"mode": "manual"}}
    emulator.post("/pools", sent)
    emulator.settle()


@pytest.mark.parametrize(("nodes", "replaced"), [(1, False), (0, True)])
def test_what_the_service_may_have_added_is_no_difference_while_there_are_nodes(
    emulator: EmulatorProcess, lifecycle: MakeLifecycle, nodes: int, replaced: bool
) -> None:
    more(emulator, nodes)
    declared = {**DECLARED, "targetDedicatedNodes": nodes}
    pools = lifecycle("Pool")
    seen = pools.read(State("pools/more", declared, declared, {"hasNodes": bool(nodes)}))
    assert seen is not None
    plan = pools.diff(seen, declared, ())
    assert bool(plan.changes) == replaced
    if not replaced:
        # What the program changes itself is planned all the same.
        larger = {**declared, "vmSize": "standard_d4s_v3"}
        assert [(change.path, change.replace) for change in pools.diff(seen, larger, ()).changes] == [
            (("vmSize",), True)
        ]


def test_one_with_more_than_is_declared_is_not_adopted(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    more(emulator, 1)
    with pytest.raises(Refused, match=r"exists already and is not what is declared: .*upgradePolicy"):
        lifecycle("Pool").create(DECLARED)
