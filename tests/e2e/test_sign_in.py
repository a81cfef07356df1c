"""Signing in under the real engine: an account key, its rotation, and tokens of Entra over TLS."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.conftest import POOL
from tests.e2e.entra import identity_endpoint, managed, secured_account
from tests.e2e.programs import changed, job, pool, requests, task
from tests.e2e.stack import Stack
from tests.emulator_process import EmulatorProcess
from tests.http.scripted_service import Answer, ScriptedService
from tests.sign_in.certificate import Certificate, TokenIssuer, self_signed

PROGRAM: dict[str, Any] = {
    "job": job(priority=1),
    "t": task("${job.jobId}"),
    "p": pool(startTask={"commandLine": "cmd /c start"}),
}
FIRST, SECOND = (base64.b64encode(bytes([number]) * 64).decode() for number in (1, 2))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> TokenIssuer:
    return TokenIssuer(tmp_path_factory.mktemp("issuer"))


@pytest.fixture(scope="module")
def secured(certificate: Certificate, issuer: TokenIssuer) -> Iterator[EmulatorProcess]:
    with secured_account(certificate, issuer) as process:
        yield process


def test_a_token_of_entra_serves_a_whole_life_over_tls(
    secured: EmulatorProcess, certificate: Certificate, issuer: TokenIssuer, tmp_path: Path
) -> None:
    token = issuer.token()
    secured.clear_requests()
    with identity_endpoint(token) as msi:
        environment = managed(secured, certificate, msi)
        stack = Stack(tmp_path / "stack", PROGRAM, environment, config={"azure-batch:useMsi": {"value": True}})
        done = stack.up()
        assert set(done.steps.values()) == {"create"}
        assert stack.up().changed == {}
        state = stack.run("stack", "export", "--show-secrets", "--stack", "dev").output
        assert token not in state + done.output + done.diagnostics
        stack.destroy()
    assert msi.requests[0].query["resource"] == "https://batch.core.windows.net/"
    assert ("POST", "/jobs") in changed(secured)


def test_networks_and_images_are_linked_by_who_signs_in_with_entra(
    secured: EmulatorProcess, certificate: Certificate, issuer: TokenIssuer, tmp_path: Path
) -> None:
    arm = "/subscriptions/s/resourceGroups/g/providers"
    subnets = f"{arm}/Microsoft.Network/virtualNetworks/n/subnets"
    machine = {
        "imageReference": {"virtualMachineImageId": f"{arm}/Microsoft.Compute/galleries/g/images/i"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    }
    linked: dict[str, Any] = {"vmSize": "standard_d2s_v3", "virtualMachineConfiguration": machine}
    own = {"autoPoolSpecification": {"poolLifetimeOption": "job", "pool": linked}}
    secured.clear_requests()
    with identity_endpoint(issuer.token()) as msi:
        environment = managed(secured, certificate, msi)
        config = {"azure-batch:useMsi": {"value": True}}
        network: dict[str, Any] = {"subnetId": f"{subnets}/one"}
        stack = Stack(
            tmp_path / "stack",
            {"net": job("net", networkConfiguration=network), "own": job("own", poolInfo=own)},
            environment,
            config=config,
        )
        assert stack.up().changed == {"net": "create", "own": "create"}
        linked["networkConfiguration"] = {"subnetId": f"{subnets}/two"}
        network = {"subnetId": f"{subnets}/two", "skipWithdrawFromVNet": True}
        stack.write({"net": job("net", networkConfiguration=network), "own": job("own", poolInfo=own)})
        assert stack.up().changed == {"net": "update", "own": "replace"}
        assert secured.get("/jobs/net")["networkConfiguration"] == network
        assert stack.preview().changed == {}
        stack.destroy()


def test_a_token_that_the_service_refuses_is_said_in_words_and_stops_before_any_write(
    secured: EmulatorProcess, certificate: Certificate, issuer: TokenIssuer, tmp_path: Path
) -> None:
    token = issuer.token(audience="https://management.azure.com/")
    secured.clear_requests()
    with identity_endpoint(token) as msi:
        environment = managed(secured, certificate, msi)
        stack = Stack(tmp_path / "stack", PROGRAM, environment, config={"azure-batch:useMsi": {"value": True}})
        failed = stack.preview(expect=None)
    assert "AuthenticationFailed" in failed.diagnostics
    assert "Traceback" not in failed.output
    assert token not in failed.output + failed.diagnostics
    assert changed(secured) == []


def test_a_machine_without_a_managed_identity_is_told_so(
    secured: EmulatorProcess, certificate: Certificate, tmp_path: Path
) -> None:
    secured.clear_requests()
    with ScriptedService(Answer(400, {"message": "no identity"})) as msi:
        environment = managed(secured, certificate, msi)
        stack = Stack(tmp_path / "stack", PROGRAM, environment, config={"azure-batch:useMsi": {"value": True}})
        failed = stack.preview(expect=None)
    assert "The managed identity gave no token" in failed.diagnostics
    assert "Traceback" not in failed.output
    assert requests(secured) == []


def test_an_account_key_signs_over_tls_too(secured: EmulatorProcess, certificate: Certificate, tmp_path: Path) -> None:
    bundle = {"REQUESTS_CA_BUNDLE": str(certificate.certificate)}
    stack = Stack(tmp_path / "stack", {"p": PROGRAM["p"]}, {**secured.environment(), **bundle})
    stack.up()
    assert stack.up().changed == {}
    stack.destroy()


class Account:
    """An account whose key can be changed without a change of anything else: same endpoint, same content."""

    def __init__(self, location: Path) -> None:
        self._location = location
        self._port = 0
        self.process = self._start(FIRST)

    def _start(self, key: str) -> EmulatorProcess:
        options = ("--account", "rotating", "--account-key", key, "--port", str(self._port))
        process = EmulatorProcess(*options, location=self._location).start()
        self._port = urlsplit(process.endpoint).port or 0
        return process

    def rotate(self) -> EmulatorProcess:
        """From now on the second key is the only one."""
        self.process.stop()
        self.process = self._start(SECOND)
        return self.process


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    found = Account(tmp_path / "account")
    try:
        found.process.call("POST", "/pools", POOL)
        yield found
    finally:
        found.process.stop()


def test_a_key_that_rotated_in_the_configuration_takes_one_plain_up_without_a_write(
    account: Account, tmp_path: Path
) -> None:
    keyless = {"AZURE_BATCH_ENDPOINT": account.process.endpoint, "AZURE_BATCH_ACCOUNT": "rotating"}
    stack = Stack(tmp_path / "stack", PROGRAM, keyless)
    stack.run("config", "set", "azure-batch:accountKey", FIRST, "--secret", "--stack", "dev")
    stack.up()
    rotated = account.rotate()
    failed = stack.up("--refresh=false", expect=None)
    assert FIRST not in failed.output + failed.diagnostics

    stack.run("config", "set", "azure-batch:accountKey", SECOND, "--secret", "--stack", "dev")
    changed(rotated)
    done = stack.up()
    assert "replace" not in done.steps.values()
    assert "delete" not in done.steps.values()
    assert changed(rotated) == []
    for text in (FIRST, SECOND):
        assert text not in done.output + done.diagnostics
    assert stack.up("--refresh").changed == {}
    assert changed(rotated) == []
    stack.destroy()


def test_what_drifted_while_the_key_rotated_is_healed_by_the_same_up(account: Account, tmp_path: Path) -> None:
    keyless = {"AZURE_BATCH_ENDPOINT": account.process.endpoint, "AZURE_BATCH_ACCOUNT": "rotating"}
    stack = Stack(tmp_path / "stack", PROGRAM, keyless)
    stack.run("config", "set", "azure-batch:accountKey", FIRST, "--secret", "--stack", "dev")
    stack.up()
    rotated = account.rotate()
    assert rotated.call("PATCH", "/jobs/jobId", {"priority": 99}).status == 200
    stack.run("config", "set", "azure-batch:accountKey", SECOND, "--secret", "--stack", "dev")
    stack.up()
    assert rotated.get("/jobs/jobId")["priority"] == 1
    assert stack.up().changed == {}


@pytest.mark.long
def test_a_key_that_rotated_in_the_environment_takes_one_plain_up_without_a_write(
    account: Account, tmp_path: Path
) -> None:
    stack = Stack(tmp_path / "stack", PROGRAM, account.process.environment())
    stack.up()
    rotated = account.rotate()
    stack.environment["AZURE_BATCH_ACCESS_KEY"] = SECOND
    changed(rotated)
    assert stack.up().changed == {}
    assert changed(rotated) == []


def test_a_destroy_with_a_key_that_rotated_says_to_run_up_first(account: Account, tmp_path: Path) -> None:
    keyless = {"AZURE_BATCH_ENDPOINT": account.process.endpoint, "AZURE_BATCH_ACCOUNT": "rotating"}
    stack = Stack(tmp_path / "stack", PROGRAM, keyless)
    stack.run("config", "set", "azure-batch:accountKey", FIRST, "--secret", "--stack", "dev")
    stack.up()
    account.rotate()
    stack.run("config", "set", "azure-batch:accountKey", SECOND, "--secret", "--stack", "dev")
    failed = stack.destroy(expect=None)
    assert "pulumi up" in failed.diagnostics
    assert account.process.get("/jobs/jobId")["state"] == "active"
    stack.up()
    stack.destroy()
    assert account.process.call("GET", "/jobs/jobId").status == 404
