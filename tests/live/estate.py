"""What a live run makes in an account: everything under one prefix, so that all of it can be found and taken away."""

from __future__ import annotations

import time
import uuid
from typing import Any, Final

from tests.live.account import Account

PATIENCE: Final = 300.0
"""Seconds after which something that must go away is taken for staying."""
_IMAGE: Final[dict[str, Any]] = {
    "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
    "nodeAgentSKUId": "batch.node.ubuntu 24.04",
}


class Estate:
    """`prefix` begins every id of the run; the pool is `pool`, of no nodes."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.prefix = f"pulumi-live-{uuid.uuid4().hex[:8]}"
        self.pool = f"{self.prefix}-pool"

    def id(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def machine(self, **more: Any) -> dict[str, Any]:
        """The body of a pool of no nodes, on an image that this account can have."""
        return {
            "vmSize": "standard_d2s_v3",
            "virtualMachineConfiguration": {**self._image(), **more.pop("virtualMachineConfiguration", {})},
            "targetDedicatedNodes": 0,
            **more,
        }

    def _image(self) -> dict[str, Any]:
        reply = self.account.call("GET", "/supportedimages?$filter=verificationType eq 'verified'")
        images = reply.body.get("value", []) if reply.status == 200 else []
        linux = [item for item in images if item.get("osType") == "linux" and not item.get("batchSupportEndOfLife")]
        for item in linux:
            return {"imageReference": item["imageReference"], "nodeAgentSKUId": item["nodeAgentSKUId"]}
        return _IMAGE

    def build(self) -> None:
        self.account.post("/pools", {"id": self.pool, **self.machine()})

    def make_job(self, name: str, **more: Any) -> str:
        """Its id."""
        id = self.id(name)
        self.account.post("/jobs", {"id": id, "poolInfo": {"poolId": self.pool}, **more})
        return id

    def left(self) -> list[str]:
        """Paths of what the run has made and is still there."""
        return [
            f"/{kind}/{item['id']}"
            for kind in ("jobs", "pools")
            for item in self.account.get(f"/{kind}?$filter=startswith(id,'{self.prefix}')&$select=id,state")["value"]
        ]

    def gone(self, path: str) -> None:
        """Delete something and return when it is not there any more."""
        assert self.account.call("DELETE", path).status in (200, 202, 404, 409)
        began = time.monotonic()
        while self.account.call("GET", path).status != 404:
            assert time.monotonic() - began < PATIENCE, f"{path} is still there after {PATIENCE:.0f} s"
            time.sleep(min(0.05 + (time.monotonic() - began) / 10, 5))

    def clear(self) -> None:
        """Take all of it away. Raises AssertionError for what stays."""
        for path in self.left():
            reply = self.account.call("DELETE", path)
            assert reply.status in (200, 202, 404, 409), f"{path} could not be deleted: {reply.status} {reply.body}"
        for path in self.left():
            self.gone(path)
