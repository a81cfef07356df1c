"""The dynamic resources on accounts of all kinds: the older api-version, and tokens of Entra over TLS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.dynamic_stack import DynamicStack
from tests.e2e.entra import identity_endpoint, managed, secured_account
from tests.e2e.programs import changed, requests, taken
from tests.emulator_process import V2024, V2025, EmulatorProcess
from tests.sign_in.certificate import Certificate, TokenIssuer, self_signed

OF_2024 = {"azure-batch:apiVersion": V2024}
CERTIFICATES: list[dict[str, Any]] = [
    {
        "thumbprint": "0123456789abcdef0123456789abcdef01234567",
        "thumbprintAlgorithm": "sha1",
        "storeLocation": "localmachine",
        "storeName": "My",
        "visibility": ["starttask", "task"],
    }
]
OLD: dict[str, Any] = {"certificate_references": CERTIFICATES, "target_node_communication_mode": "simplified"}
EVERY = {"p", "j", "given", "named"}


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


def test_what_only_the_older_version_knows_is_sent_and_the_whole_life_goes_by_it(
    emulator: EmulatorProcess, tmp_path: Path
) -> None:
    stack = DynamicStack(tmp_path, "whole", emulator.environment(), OF_2024, **OLD)
    made = stack.up()
    assert made.changed == dict.fromkeys(EVERY, "create")
    entries = taken(emulator)
    (sent,) = (entry["body"] for entry in entries if entry["path"] == "/pools/poolId/updateproperties")
    assert sent == {
        "startTask": {"commandLine": "echo true"},
        "certificateReferences": CERTIFICATES,
        "applicationPackageReferences": [],
        "metadata": [],
        "targetNodeCommunicationMode": "simplified",
    }
    assert {entry["query"]["api-version"] for entry in entries} == {V2024}

    assert stack.up().changed == {}
    kept = taken(emulator)
    assert {entry["method"] for entry in kept} == {"GET"}

    assert stack.destroy().changed == dict.fromkeys(EVERY, "delete")
    entries = taken(emulator)
    assert {entry["query"]["api-version"] for entry in [*kept, *entries]} == {V2024}
    assert emulator.get("/jobs")["value"] == []
    pool = emulator.get("/pools/poolId", V2024)
    assert "startTask" not in pool
    assert (pool["certificateReferences"], pool["targetNodeCommunicationMode"]) == ([], "default")


def test_what_only_the_older_version_knows_is_refused_by_name_with_the_newer(
    emulator: EmulatorProcess, tmp_path: Path
) -> None:
    config = {"azure-batch:apiVersion": V2025}
    stack = DynamicStack(tmp_path, "properties", emulator.environment(), config, **OLD)
    for operation in (stack.preview, stack.up):
        refused = operation(ok=False)
        for text in ("certificateReferences", "targetNodeCommunicationMode", V2024):
            assert text in refused.output
        assert "Traceback" not in refused.output
    assert requests(emulator) == []


def test_a_token_of_entra_serves_a_whole_life_over_tls(
    secured: EmulatorProcess, certificate: Certificate, issuer: TokenIssuer, tmp_path: Path
) -> None:
    token = issuer.token()
    secured.clear_requests()
    with identity_endpoint(token) as msi:
        environment = managed(secured, certificate, msi)
        stack = DynamicStack(tmp_path, "whole", environment, {"azure-batch:useMsi": "true"}, attach=False)
        made = stack.up()
        assert made.changed == dict.fromkeys(EVERY, "create")
        assert ("POST", "/jobs") in changed(secured)
        assert stack.up().changed == {}
        assert changed(secured) == []
        assert token not in stack.export("--show-secrets") + made.output
        assert stack.destroy().changed == dict.fromkeys(EVERY, "delete")
    assert secured.get("/jobs")["value"] == []
    assert "startTask" not in secured.get("/pools/poolId")
    assert {request.query["resource"] for request in msi.requests} == {"https://batch.core.windows.net/"}


def test_a_token_that_the_service_refuses_is_said_in_words_and_stops_before_any_write(
    secured: EmulatorProcess, certificate: Certificate, issuer: TokenIssuer, tmp_path: Path
) -> None:
    token = issuer.token(audience="https://management.azure.com/")
    secured.clear_requests()
    with identity_endpoint(token) as msi:
        environment = managed(secured, certificate, msi)
        refused = DynamicStack(tmp_path, "whole", environment, {"azure-batch:useMsi": "true"}).preview(ok=False)
    assert "AuthenticationFailed" in refused.output
    assert "Traceback" not in refused.output
    assert token not in refused.output
    assert changed(secured) == []
