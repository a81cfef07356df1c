"""Other people's clients, unmodified, over TLS: what each makes, runs, reads and deletes (`round_trip`)."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.azure_cli import AzureCli
from tests.emulator.certificates import Keys
from tests.emulator.clients.environments import (
    HERE,
    JAVA,
    needs_go,
    needs_java,
    needs_node,
    run_client,
)
from tests.emulator.round_trip import COMMAND, TASKS, TOLD, check
from tests.emulator.running.account import OPTIONS
from tests.emulator.running.scattered import SECONDS
from tests.emulator_process import EmulatorProcess


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def _secure(keys: Keys) -> Iterator[EmulatorProcess]:
    files = ("--cert", keys.certificate_file, "--key", keys.private_file, "--token-key", keys.public_file)
    with EmulatorProcess(*OPTIONS, *map(str, files), verify=str(keys.certificate_file)) as process:
        yield process
        assert "a bug" not in process.errors()


@pytest.fixture
def secure(_secure: EmulatorProcess) -> EmulatorProcess:
    """An empty account that takes keys and tokens, and runs its tasks."""
    _secure.reset()
    return _secure


@pytest.fixture
def with_key(secure: EmulatorProcess, keys: Keys) -> dict[str, str]:
    """What a client that has a key finds in its environment."""
    trusted = str(keys.certificate_file)
    return {**secure.environment(), "REQUESTS_CA_BUNDLE": trusted, "NODE_EXTRA_CA_CERTS": trusted}


@pytest.fixture
def with_token(secure: EmulatorProcess, keys: Keys) -> dict[str, str]:
    """What a client that has a token finds in its environment."""
    trusted = str(keys.certificate_file)
    return {"AZURE_BATCH_ENDPOINT": secure.endpoint, "TOKEN": keys.token(), "SSL_CERT_FILE": trusted}


def _told(*command: object, **environment: str) -> Any:
    done = run_client(*map(str, command), **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_azure_batch_15_for_python(secure: EmulatorProcess, with_key: dict[str, str]) -> None:
    assert _told(sys.executable, HERE / "azure_batch" / "round_trip.py", **with_key) == TOLD
    check(secure, "2025-06-01")


def test_azure_batch_15_for_python_asynchronous(secure: EmulatorProcess, with_token: dict[str, str]) -> None:
    assert _told(sys.executable, HERE / "azure_batch" / "round_trip_aio.py", **with_token) == TOLD
    check(secure, "2025-06-01")


def test_azure_batch_14_for_python(
    client_azure_batch_14: Path, secure: EmulatorProcess, with_key: dict[str, str]
) -> None:
    assert _told(client_azure_batch_14, HERE / "azure_batch_14" / "round_trip.py", **with_key) == TOLD
    check(secure, "2024-02-01.19.0")


def _wait_for_none(az: AzureCli, *listing: str) -> None:
    until = time.monotonic() + SECONDS
    while az(*listing):
        assert time.monotonic() < until


@needs_node
def test_azure_batch_10_of_npm(client_node: Path, secure: EmulatorProcess, with_key: dict[str, str]) -> None:
    assert _told("node", HERE / "node" / "round_trip.js", **with_key, NODE_PATH=str(client_node)) == TOLD
    check(secure, "2022-10-01.16.0")


@needs_go
def test_kermit_for_go_which_terraform_has(
    client_go: Path, secure: EmulatorProcess, with_token: dict[str, str]
) -> None:
    assert _told(client_go, **with_token) == TOLD
    check(secure, "2022-01-01.15.0")


@needs_java
def test_azure_batch_11_for_java(
    client_java: Path, secure: EmulatorProcess, keys: Keys, with_key: dict[str, str], with_token: dict[str, str]
) -> None:
    trusted = keys.directory / "trusted.p12"
    store = ("-keystore", str(trusted), "-storepass", "trusted", "-noprompt")
    made = run_client("keytool", "-importcert", "-file", str(keys.certificate_file), *store)
    assert made.returncode == 0, made.stdout
    trust = (f"-Djavax.net.ssl.trustStore={trusted}", "-Djavax.net.ssl.trustStorePassword=trusted")
    # The client looks into Java's own classes, which Java lets it do since 17 only where that is said.
    opened = [word for name in ("util", "lang", "io") for word in ("--add-opens", f"java.base/java.{name}=ALL-UNNAMED")]
    program = ("-cp", f"{client_java}/*", HERE / "java" / "RoundTrip.java")
    assert _told("java", *JAVA, *opened, *trust, *program, **{**with_key, **with_token}) == {
        **TOLD,
        "refusal": "409 TaskExists",
        "length": 9,
        "part": "t42",
        "deleted file": "404 FileNotFound",
        "files": ["certs", "stderr.txt", "wd"],
    }
    check(secure, "2024-07-01.20.0")


def test_the_azure_cli_with_an_endpoint_without_a_scheme(
    client_azure_cli: Path, secure: EmulatorProcess, with_key: dict[str, str], tmp_path: Path
) -> None:
    tasks, saved = tmp_path / "tasks.json", tmp_path / "saved.txt"
    tasks.write_text(json.dumps([{"id": f"t{number}", "commandLine": COMMAND} for number in range(TASKS)]))
    with_key["AZURE_BATCH_ENDPOINT"] = secure.endpoint.removeprefix("https://")
    with AzureCli(client_azure_cli, tmp_path, **with_key) as az:
        image = ("--image", "canonical:0001-com-ubuntu-server-jammy:22_04-lts")
        nodes = ("--target-dedicated-nodes", "2", "--task-slots-per-node", "4")
        machine = ("--vm-size", "standard_d2s_v3", *image, "--node-agent-sku-id", "batch.node.ubuntu 22.04")
        az("pool", "create", "--id", "p1", *machine, *nodes)
        az("job", "create", "--id", "j1", "--pool-id", "p1")
        az("task", "create", "--job-id", "j1", "--json-file", str(tasks))
        _wait_for_none(az, "task", "list", "--job-id", "j1", "--filter", "state ne 'completed'")
        completed = len(az("task", "list", "--job-id", "j1", "--filter", "state eq 'completed'"))
        of_file = ("--job-id", "j1", "--task-id", "t42", "--file-path", "stdout.txt")
        az("task", "file", "download", *of_file, "--destination", str(saved))
        az("job", "delete", "--job-id", "j1", "--yes")
        az("pool", "delete", "--pool-id", "p1", "--yes")
        _wait_for_none(az, "job", "list")
        _wait_for_none(az, "pool", "list")
    assert {"completed": completed, "wrote": saved.read_text()} == TOLD
    check(secure, "2024-02-01.19.0")
