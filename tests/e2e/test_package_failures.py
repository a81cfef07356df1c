"""Application packages whose making fails half-way: nothing is lost, and the next `up` goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.packages import CONFIG, Managed, folder_of, package, stack_of
from tests.e2e.saying import says
from tests.e2e.stack import Stack
from tests.emulator.clients.environments import needs_node

pytestmark = needs_node
FOREVER = 10**6


def lost(managed: Managed, operation: str) -> None:
    """Every answer to it is lost from now on, while it is carried out."""
    managed.account.fault(operation=f"Application Package - {operation}", drop="after", times=FOREVER)


def heal(managed: Managed) -> None:
    managed.account.call("DELETE", "/_emulator/faults", api_version=None)


@pytest.mark.parametrize("operation", ["Create", "Activate"])
def test_a_package_whose_answer_is_lost_is_finished_by_the_next_up(
    managed: Managed, operation: str, tmp_path: Path
) -> None:
    stack = stack_of(managed, tmp_path / "stack", {"p": package(folder_of(tmp_path / "files", tool="one"))})
    lost(managed, operation)
    failed = stack.up(expect=None)
    assert "got no answer" in failed.output
    assert "sig=" not in failed.output
    (version,) = [stack.resource("p")["outputs"]["version"]]
    heal(managed)
    assert stack.up().changed == {"p": "update"}
    assert managed.application("tools")["versions"] == [version]
    assert managed.files(f"tools/{version}") == {"tool": "one"}
    assert stack.up("--expect-no-changes").changed == {}
    stack.destroy()
    assert managed.application("tools")["versions"] == []


def test_a_lost_answer_is_made_up_for_by_a_retry(managed: Managed, tmp_path: Path) -> None:
    stack = stack_of(managed, tmp_path / "stack", {"p": package(folder_of(tmp_path / "files", tool="one"))})
    for operation in ("Create", "Activate"):
        managed.account.fault(operation=f"Application Package - {operation}", drop="after")
    managed.account.fault(operation="Application - Create", status=503)
    stack.up()
    assert len(managed.application("tools")["versions"]) == 1
    managed.account.fault(operation="Application Package - Delete", drop="after")
    stack.destroy()


def test_content_that_does_not_arrive_is_uploaded_by_the_next_up(managed: Managed, tmp_path: Path) -> None:
    secret = "sv=2021-12-02&sig=c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmU%3D"
    nowhere = f"{managed.storage.endpoint}/nowhere?{secret}"
    managed.account.switch("package-storage", nowhere)
    stack = stack_of(managed, tmp_path / "stack", {"p": package(folder_of(tmp_path / "files", tool="one"))})
    failed = stack.up(expect=None)
    says(failed, "its content is not active", "The next `pulumi up` uploads it again")
    state = stack.run("stack", "export", "--show-secrets", "--stack", "dev").output
    assert "c2VjcmV0" not in failed.output + failed.diagnostics + state
    says(stack.preview(), "its content is not active")

    managed.account.switch("package-storage", managed.storage.container("packages", "rwdlc"))
    managed.written()
    assert stack.up().changed == {"p": "update"}
    (version,) = managed.application("tools")["versions"]
    assert managed.files(f"tools/{version}") == {"tool": "one"}
    assert stack.up("--expect-no-changes").changed == {}


def test_an_activation_that_was_lost_is_not_repeated_where_the_application_forbids_it(
    managed: Managed, tmp_path: Path
) -> None:
    source = folder_of(tmp_path / "files", tool="one")
    program: dict[str, Any] = {"p": package(source, version="1.0", allowUpdates=False)}
    stack = stack_of(managed, tmp_path / "stack", program)
    lost(managed, "Activate")
    stack.up(expect=None)
    heal(managed)
    managed.written()
    assert stack.up().changed == {"p": "update"}
    assert managed.written() == []
    assert stack.up("--expect-no-changes").changed == {}


def test_an_application_that_was_frozen_after_the_plan_keeps_its_package(managed: Managed, tmp_path: Path) -> None:
    files = tmp_path / "files"
    # Plans come from the state, which does not know of it.
    config = {**CONFIG, "azure-batch:driftDetection": {"value": "refresh"}}
    program = {"p": package(folder_of(files, tool="one"), version="1.0")}
    stack = Stack(tmp_path / "stack", program, managed.environment, config=config)
    stack.up()
    with managed.manager() as client:
        frozen = {"properties": {"allowUpdates": False}}
        client.application.update("emulator", managed.account.account, "tools", frozen)
    folder_of(files, tool="two")
    says(stack.up(expect=None), "[azure-batch: package-frozen]")
    assert managed.files("tools/1.0") == {"tool": "one"}
    assert stack.preview("--refresh").paths("p") == {"contentHash": "update-replace"}


def test_what_the_service_refuses_is_said_with_what_to_do(managed: Managed, tmp_path: Path) -> None:
    source = folder_of(tmp_path / "files", tool="one")
    stack = stack_of(managed, tmp_path / "stack", {"p": package(source, version="1.0")})
    managed.account.switch("package-storage", "none")
    says(stack.up(expect=None), "AccountNotEnabledForAutoStorage", "Link a storage account")
    managed.empty()
    managed.account.fault(operation="Application Package - Get", status=403, code="AuthorizationFailed")
    says(stack.up(expect=None), "Microsoft.Batch/batchAccounts/applications/*")
    stack.up()
    managed.account.fault(operation="Application Package - Delete", status=409, code="PackageInUse")
    says(stack.destroy(expect=None), "[azure-batch: package-not-deleted]", "PackageInUse")
    managed.account.fault(operation="Application Package - Get", status=404, code="ResourceGroupNotFound")
    # That its group is not found does not mean that the package is gone.
    says(stack.up(expect=None), "Check `accountResourceId`")
    assert stack.up().changed == {}
    stack.destroy()
