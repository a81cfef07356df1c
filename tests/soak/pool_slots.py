"""Places for pools, and for properties of pools that were made elsewhere, with nodes that a plan may restart."""

from __future__ import annotations

import re
from random import Random
from typing import Any, Final

from azure_batch_provider.models.pool import Pool
from azure_batch_provider.models.pool_body import TARGETS
from azure_batch_provider.models.pool_properties import PoolProperties
from azure_batch_provider.models.virtual_machine import runs_windows
from azure_batch_provider.values.paths import steps
from tests.emulator_process import EmulatorProcess
from tests.soak.slot import Body, Slot, Step

MACHINE: Final[Body] = {
    "vmSize": "standard_d2s_v3",
    "virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    },
}
_LISTS: Final[Body] = {"applicationPackageReferences": [], "metadata": []}
_RESTARTS: Final = ("reboot", "reimage")
_SIZE: Final = frozenset(
    {*TARGETS, "resizeTimeout", "enableAutoScale", "autoScaleFormula", "autoScaleEvaluationInterval"}
)
"""What requests of its own set."""
_OTHERS: Final = [{"name": "owner", "value": "another client"}]
_MOST_NODES: Final = 2


class NodesSlot(Slot):
    """A resource whose changes reach nodes by restarts."""

    def __init__(self, number: int, random: Random, pool_of_bodies: list[Body]) -> None:
        super().__init__(number, random, pool_of_bodies)
        self._nodes: set[str] = set()

    def sent(self, entry: Any) -> str | None:
        path = str(entry["path"]).lstrip("/")
        if entry["method"] != "POST" or not path.startswith(f"{self.id}/"):
            return super().sent(entry)
        asked = path[len(self.id) + 1 :].split("/")
        return f"{asked[2]} {asked[1]}" if asked[0] == "nodes" else asked[0]

    def look(self, account: EmulatorProcess) -> None:
        reply = account.call("GET", f"/{self.id}/nodes?$select=id")
        self._nodes = {node["id"] for node in reply.body["value"]} if reply.status == 200 else set()

    def restarts_agree(self, step: Step) -> bool:
        """Whether as many nodes were restarted as the preview said, none twice and none that was not there. Those that
        a resize takes away meanwhile need not be."""
        restarted = [what.partition(" ")[2] for what in step.sent if what.startswith(_RESTARTS)]
        found = re.search(rf"re(?:boot|image)s (\d+) nodes? of {self.id}, at most", step.plan.diagnostics)
        said = int(found[1]) if found is not None and step.operation in ("create", "update") else 0
        there = len(restarted) == len(set(restarted)) and set(restarted) <= self._nodes
        return there and (len(restarted) == said or (said > len(restarted) and self.shrinks(step)))

    def shrinks(self, step: Step) -> bool:
        """Whether nodes may leave in this step."""
        return False


def own(step: Step) -> list[str]:
    """What was sent that is about no node."""
    return [what for what in step.sent if not what.startswith(_RESTARTS)]


class PoolPropertiesSlot(NodesSlot):
    kind = "PoolProperties"
    model = PoolProperties

    @property
    def id(self) -> str:
        return f"pools/p{self.number}"

    def placed(self, body: Body) -> Body:
        return {**body, "poolId": f"p{self.number}", "takeOver": True}

    def make(self, account: EmulatorProcess) -> None:
        nodes = self.random.randint(0, _MOST_NODES)
        account.post("/pools", {"id": f"p{self.number}", **MACHINE, "targetDedicatedNodes": nodes})

    def disturb(self, account: EmulatorProcess) -> None:
        chosen = {name: value for name, value in self.fresh().items() if name in (*_LISTS, "startTask") and value}
        account.post(f"/{self.id}/updateproperties", {**_LISTS, **chosen})

    def agrees(self, step: Step) -> bool:
        sent = own(step)
        if step.operation == "same":
            return list(step.sent) == []
        wire = step.operation == "create" or self.on_the_wire(step)
        written = bool(sent) or step.before == step.after or not wire
        allowed = not sent or wire or step.operation == "delete"
        return sent in ([], ["updateproperties"]) and written and allowed and self.restarts_agree(step)


class PoolSlot(NodesSlot):
    """A whole pool. What its nodes run has tests of its own."""

    kind = "Pool"
    model = Pool

    def __init__(self, number: int, random: Random, pool_of_bodies: list[Body]) -> None:
        super().__init__(number, random, pool_of_bodies)
        self._before: Body = {}
        self._options: Body = {}
        self.jobs = 0

    @property
    def id(self) -> str:
        return f"pools/w{self.number}"

    def placed(self, body: Body) -> Body:
        left = ("displayName", "deletionPolicy", "waitForSteady")
        own = {name: value for name, value in body.items() if name not in left}
        if not runs_windows(own.get("virtualMachineConfiguration")) and own.get("userAccounts"):
            # What only Windows has goes when the system does, as a warning says.
            accounts = [{k: v for k, v in item.items() if not k.startswith("windows")} for item in own["userAccounts"]]
            own["userAccounts"] = accounts
        return {
            **own,
            "poolId": f"w{self.number}",
            "takeOver": True,
        }

    def server(self, account: EmulatorProcess) -> Body | None:
        """Without the number of nodes where that is the formula's."""
        found = super().server(account)
        if found is not None and found.get("enableAutoScale"):
            return {name: value for name, value in found.items() if name not in (*TARGETS, "resizeTimeout")}
        return found

    def look(self, account: EmulatorProcess) -> None:
        super().look(account)
        reply = account.call("GET", f"/{self.id}")
        self._before = reply.body if reply.status == 200 else {}
        jobs = account.get("/jobs?$select=id,state,poolInfo&$filter=state ne 'completed'")["value"]
        self.jobs = sum(job["poolInfo"].get("poolId", "").casefold() == f"w{self.number}" for job in jobs)

    def rewrite(self) -> None:
        self._options = self.declared or {}
        super().rewrite()

    def disturb(self, account: EmulatorProcess) -> None:
        there = account.call("GET", f"/{self.id}")
        chance = self.random.random()
        if there.status == 404:
            if chance < 0.4:
                account.post("/pools", {"id": f"w{self.number}", **MACHINE, "metadata": _OTHERS})
        elif self.declared is None:
            # With nodes, most of what is declared later could not be had any more, and would be refused.
            account.post(f"/{self.id}/updateproperties", {**_LISTS, "metadata": _OTHERS[: self.random.randint(0, 1)]})
        elif chance < 0.15:
            account.call("DELETE", f"/{self.id}")
        elif chance < 0.35 and there.body["enableAutoScale"]:
            account.post(f"/{self.id}/disableautoscale")
        elif chance < 0.35:
            account.post(f"/{self.id}/resize", {self.random.choice(TARGETS): self.random.randint(0, _MOST_NODES)})
        elif chance < 0.45:
            formula = f"$TargetDedicatedNodes = {self.random.randint(0, _MOST_NODES)};"
            account.post(f"/{self.id}/enableautoscale", {"autoScaleFormula": formula})
        elif chance < 0.6:
            account.post(f"/{self.id}/updateproperties", {**_LISTS, "metadata": _OTHERS})
        elif chance < 0.8:
            chosen = {name: value for name, value in self.fresh().items() if name in (*_LISTS, "startTask")}
            reply = account.call("PATCH", f"/{self.id}", {"metadata": _OTHERS, **chosen})
            assert reply.status == 200, reply.body
        else:
            job = f"of-others-{self.random.randrange(10**6)}"
            account.post("/jobs", {"id": job, "poolInfo": {"poolId": f"W{self.number}"}})
        account.settle()

    def agrees(self, step: Step) -> bool:
        sent = own(step)
        if not self.restarts_agree(step):
            return False
        if step.operation == "same":
            return sent == []
        if step.operation == "create":
            if self.is_taken_over(step):
                return self._as_changed(sent, self._taken(step))
            return sent == ([] if self.is_adopted(step) else ["POST"])
        if step.operation == "update":
            return self._as_changed(sent, self.named(step))
        there = step.before is not None
        gone = [*(self._emptied() if there else []), *(["DELETE"] if there else [])]
        if step.operation == "replace":
            return sent == [*gone, "POST"]
        return step.operation == "delete" and sent == gone and step.after is None

    def shrinks(self, step: Step) -> bool:
        return bool(_SIZE & (self.named(step) | self._taken(step)))

    def _taken(self, step: Step) -> set[str]:
        return {str(steps(path)[0]) for path in self.taken(step)}

    def _as_changed(self, sent: list[str], names: set[str]) -> bool:
        """Whether the requests are those that a change of these properties takes, in turn."""
        declared = self.declared or {}
        wire = {name for name in names if Pool.properties()[name].traits.in_body}
        unstarted = "startTask" in wire and declared.get("startTask") is None
        patched = wire - _SIZE - ({"startTask"} if unstarted else set())
        expected = [*(["PATCH"] if patched else []), *(["updateproperties"] if unstarted else [])]
        sized = wire & _SIZE
        if declared.get("enableAutoScale"):
            sized -= {"resizeTimeout"}  # it has none while it scales by formula
            return sent == [*expected, *(["enableautoscale"] if sized else [])]
        if not sized:
            return sent == expected
        if self._before.get("enableAutoScale"):  # the targets that it has then may be the declared ones
            return sent in ([*expected, "disableautoscale", "resize"], [*expected, "disableautoscale"])
        return sent == [*expected, "resize"]

    def _emptied(self) -> list[str]:
        """What goes before a deletion, as the program said that was deployed last."""
        if (self._options.get("nodeDeallocationOption") or "requeue") == "requeue":
            return []
        nodes = [*TARGETS, "currentDedicatedNodes", "currentLowPriorityNodes"]
        if not any(self._before.get(name) for name in nodes):
            return []
        return [*(["disableautoscale"] if self._before["enableAutoScale"] else []), "resize"]
