"""The life of an application package under the real engine: files, a resource manager, a real Azurite."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.conftest import POOL
from tests.e2e.packages import CONFIG, Managed, folder_of, package, stack_of
from tests.e2e.running import until
from tests.e2e.saying import says
from tests.e2e.stack import REPOSITORY
from tests.emulator.clients.environments import needs_node

pytestmark = needs_node


def writes_of(version: str) -> list[tuple[str, str]]:
    """What brings content under a version."""
    return [("PUT", f"tools/versions/{version}"), ("POST", f"tools/versions/{version}/activate")]


def test_other_files_are_another_version_and_the_old_one_goes(managed: Managed, tmp_path: Path) -> None:
    files = tmp_path / "files"
    stack = stack_of(managed, tmp_path / "stack", {"p": package(folder_of(files, tool="one"))})
    assert stack.preview().changed == {"p": "create"}
    assert managed.written() == []
    done = stack.up()
    says(done, "applications/tools was made, and is left there")
    first = stack.resource("p")
    version = first["outputs"]["version"]
    assert first["id"] == f"applications/tools/versions/{version}"
    assert version == first["outputs"]["contentHash"][:16]
    assert managed.written() == [("PUT", "tools"), *writes_of(version)]
    assert managed.application("tools")["versions"] == [version]
    assert managed.files(f"tools/{version}") == {"tool": "one"}
    assert stack.up().changed == {}
    assert stack.refresh("--expect-no-changes").changed == {}
    # Nothing that lets anyone into the storage is kept or said.
    assert "sig=" not in done.output + stack.run("stack", "export", "--show-secrets", "--stack", "dev").output

    folder_of(files, tool="two")
    assert stack.preview().paths("p") == {"version": "update-replace", "contentHash": "update"}
    assert stack.up().changed == {"p": "replace"}
    (second,) = managed.application("tools")["versions"]
    assert second != version
    assert managed.storage.names(managed.container) == [f"tools/{second}"]
    # The same files in another place are no change.
    stack.write({"p": package(folder_of(tmp_path / "elsewhere", tool="two"))})
    assert stack.up().changed == {}
    stack.destroy()
    assert managed.application("tools")["versions"] == []


@pytest.mark.long
def test_a_changed_file_comes_to_the_nodes_of_the_example_by_one_up(managed: Managed, tmp_path: Path) -> None:
    stack = stack_of(managed, tmp_path / "stack", {"resources": {}, "name": "azure-batch-packages"})
    program = yaml.safe_load((REPOSITORY / "examples" / "packages" / "Pulumi.yaml").read_text())
    shutil.copytree(REPOSITORY / "examples" / "packages" / "kit", stack.folder / "kit")
    program["resources"]["render"]["properties"]["rollout"]["maxUnavailable"] = "100%"  # all at once is sooner
    stack.write({**program, "config": CONFIG})
    # Relative paths are those of the program's folder: an engine starts the plugin there.
    stack.attach = False
    first = stack.up()
    assert "warning" not in first.diagnostics
    # The pool has its size by then; its nodes may not have run their start tasks.
    until("all nodes are idle", lambda: {node["state"] for node in nodes_of(managed)} == {"idle"})
    nodes = nodes_of(managed)
    assert said_by_start_tasks(managed, nodes) == {"tools, first edition\n"}

    (stack.folder / "kit" / "setup.sh").write_text('echo "tools, second edition"\n')
    managed.account.advance(120)
    managed.account.clear_requests()
    second = stack.up()
    assert second.changed == {"tools": "replace", "render": "update"}
    asked = [(entry["method"], entry["path"].rpartition("/")[2]) for entry in managed.account.requests()]
    rebooted = [number for number, request in enumerate(asked) if request == ("POST", "reboot")]
    assert len(rebooted) == 2
    old, new = stack_version(first), stack_version(second)
    assert asked.index(("POST", "activate")) < rebooted[0]
    assert rebooted[-1] < asked.index(("DELETE", old))
    assert managed.account.get("/pools/render")["applicationPackageReferences"] == [
        {"applicationId": "tools", "version": new}
    ]
    assert said_by_start_tasks(managed, nodes) == {"tools, second edition\n"}
    assert stack.up("--expect-no-changes").changed == {}
    assert stack.destroy().changed == {"tools": "delete", "render": "delete"}


def nodes_of(managed: Managed) -> list[dict[str, Any]]:
    return list(managed.account.get("/pools/render/nodes")["value"])


def stack_version(run: Any) -> str:
    """The version of the package that an `up` has made."""
    found = [event["resOutputsEvent"]["metadata"] for event in run.events if "resOutputsEvent" in event]
    (made,) = [
        step["new"]["outputs"]["version"]
        for step in found
        if step["type"].endswith(":ApplicationPackage") and step["op"] in ("create", "create-replacement")
    ]
    return str(made)


def said_by_start_tasks(managed: Managed, nodes: list[dict[str, Any]]) -> set[str]:
    with managed.account.client() as client:
        return {
            b"".join(client.download_node_file("render", node["id"], "startup/stdout.txt")).decode() for node in nodes
        }


@pytest.mark.long
def test_a_version_of_its_own_keeps_it_and_an_application_may_forbid_that(managed: Managed, tmp_path: Path) -> None:
    files = tmp_path / "files"

    def program(text: str, **more: Any) -> dict[str, Any]:
        return {"p": package(folder_of(files, tool=text), version="1.0", **more)}

    stack = stack_of(managed, tmp_path / "stack", program("one", displayName="Tools", defaultVersion=True))
    stack.up()
    assert managed.application("tools") == {"id": "tools", "displayName": "Tools", "versions": ["1.0"]} | {
        "odata.metadata": managed.application("tools")["odata.metadata"]
    }
    managed.written()
    stack.write(program("two", displayName="Toolbox", defaultVersion=True))
    planned = stack.preview()
    assert planned.paths("p") == {"contentHash": "update", "displayName": "update"}
    says(planned, "nodes that have it keep the old one")
    assert stack.up().changed == {"p": "update"}
    assert managed.written() == [("PATCH", "tools"), *writes_of("1.0")]
    assert managed.files("tools/1.0") == {"tool": "two"}

    stack.write(program("two", displayName="Toolbox", defaultVersion=True, allowUpdates=False))
    assert stack.up().changed == {"p": "update"}
    assert managed.written() == [("PATCH", "tools")]
    stack.write(program("three", displayName="Toolbox", defaultVersion=True, allowUpdates=False))
    assert stack.preview().paths("p") == {"contentHash": "update-replace"}
    # A reference without a version means the default one.
    managed.account.post("/pools", {**POOL, "applicationPackageReferences": [{"applicationId": "Tools"}]})
    refused = stack.up(expect=None)
    says(refused, "applications/tools/versions/1.0 is not deleted, because pools/poolId refers to it")
    says(refused, "[azure-batch: package-in-use]")
    assert managed.files("tools/1.0") == {"tool": "two"}
    assert managed.account.call("DELETE", "/pools/poolId").status == 202
    managed.account.settle()
    assert stack.up().changed == {"p": "replace"}
    assert managed.files("tools/1.0") == {"tool": "three"}
    stack.write(program("three", displayName="Toolbox", defaultVersion=True, allowUpdates=True))
    stack.up()
    with managed.manager() as client:
        there = client.application.get("emulator", managed.account.account, "tools")
        assert (there.default_version, there.allow_updates) == ("1.0", True)


def test_an_import_records_the_content_and_sends_nothing(managed: Managed, tmp_path: Path) -> None:
    source = folder_of(tmp_path / "files", tool="ours")
    managed.put("1.0", {"tool": "ours"})
    program = {"p": package(source, version="1.0")}
    stack = stack_of(managed, tmp_path / "stack", program)
    # A proposed program would lack the `source`, which nothing can be read from.
    kind, id = "azure-batch:index:ApplicationPackage", "applications/tools/versions/1.0"
    stack.imports(kind, "p", id, "--generate-code=false")
    assert stack.preview().paths("p") == {"contentHash": "add"}
    assert stack.up().changed == {"p": "update"}
    assert managed.written() == []
    assert stack.up("--expect-no-changes").changed == {}

    options = {"import": id}
    other = stack_of(managed, tmp_path / "other", {"p": package(source, version="1.0", options=options)})
    says(other.up(), "is taken to be what the program declares")
    other.write(program)
    assert other.up("--expect-no-changes").changed == {}
    assert managed.written() == []
    gone = stack_of(managed, tmp_path / "gone", {})
    done = gone.imports(kind, "p", "applications/tools/versions/9", expect=None)
    assert "does not exist" in done.output
