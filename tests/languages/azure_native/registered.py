"""What the program of a folder registers, as JSON, where so many nodes are configured.

    python registered.py FOLDER NODES

It runs under Pulumi's own mocks: azure-native's plugin needs a subscription. What Azure would answer is made up here.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from typing import Any

import pulumi
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import mocks

ANSWERS: dict[str, dict[str, Any]] = {
    "azure-native:batch:BatchAccount": {"accountEndpoint": "render.westeurope.batch.azure.com"},
    "azure-batch:index:ApplicationPackage": {"version": "5eb0c1f2"},
    "azure-batch:index:Job": {"jobId": "film-0a1b2c3d"},
}
KEYS = {"accountName": "render", "primary": "the first key", "secondary": "the second key"}


class Azure(mocks.Mocks):
    """Every resource is made as it is asked for, under the name that it has in the program."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        return f"{args.name}-id", {"name": args.name, **args.inputs, **ANSWERS.get(args.typ, {})}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        assert args.token == "azure-native:batch:listBatchAccountKeys" and args.args["accountName"] == "render", (
            args.args
        )
        return KEYS, []


class Monitor(mocks.MockMonitor):
    """Also keeps of each resource what mocks are not shown: secrets, what it comes after, and its provider."""

    def __init__(self) -> None:
        super().__init__(Azure())
        self.registered: dict[str, Any] = {}

    def RegisterResource(self, request: Any) -> Any:
        self.registered[f"{request.type} {request.name}"] = {
            "inputs": MessageToDict(request.object),
            "after": sorted(urn.split("$")[-1].replace("::", " ") for urn in request.dependencies),
            "provider": request.provider.rpartition("::")[0].rpartition("::")[2],
        }
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


def main(folder: str, nodes: str) -> None:
    os.chdir(folder)
    monitor = Monitor()
    mocks.set_mocks(monitor.mocks, project="p", stack="dev", preview=False, monitor=monitor)
    pulumi.runtime.set_all_config({"p:nodes": nodes})
    mocks.test(runpy.run_path("__main__.py")["declare"])()  # type: ignore[no-untyped-call]
    print(json.dumps(monitor.registered))


if __name__ == "__main__":
    main(*sys.argv[1:])
