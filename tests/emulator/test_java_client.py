"""Java's azure-batch 11.2.0, unmodified, over TLS: with a token, and with the key. It speaks 2024-07-01.20.0."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.certificates import Keys
from tests.emulator.clients.environments import jars, run_client
from tests.emulator_process import EmulatorProcess

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("java", "javac", "keytool", "mvn"))),
    reason="there is no Java development kit with Maven on this machine",
)


def _life(keys: Keys, secure: EmulatorProcess) -> Any:
    folder, trusted = jars("java"), keys.directory / "trusted.p12"
    store = ("-keystore", str(trusted), "-storepass", "trusted", "-noprompt")
    made = run_client("keytool", "-importcert", "-file", str(keys.certificate_file), *store)
    assert made.returncode == 0, made.stdout
    trust = (f"-Djavax.net.ssl.trustStore={trusted}", "-Djavax.net.ssl.trustStorePassword=trusted")
    # The client looks into Java's own classes, which Java lets it do since 17 only where that is said.
    opened = [word for name in ("util", "lang", "io") for word in ("--add-opens", f"java.base/java.{name}=ALL-UNNAMED")]
    known = {**secure.environment(), "TOKEN": keys.token()}
    done = run_client("java", *opened, *trust, "-cp", f"{folder}:{folder}/*", "Life", **known)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_java_client_works_over_tls_with_a_token_and_with_the_key(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    files = ("--cert", keys.certificate_file, "--key", keys.private_file, "--token-key", keys.public_file)
    options = (*map(str, files), "--set", "scheduling=on")
    with EmulatorProcess(*options, verify=str(keys.certificate_file)) as secure:
        assert _life(keys, secure) == {
            "refusal": "409 TaskExists",
            "succeeded": 100,
            "exit code": 0,
            "put": 204,
            "files": ["certs", "stderr.txt", "stdout.txt", "wd", "wd/out.txt"],
            "length": 15,
            "content": "hello from here",
            "part": "from",
            "deleted file": "404 FileNotFound",
            "by key": 3,
            "pool": "404 PoolNotFound",
            "job": "404 JobNotFound",
        }
        assert {request["query"]["api-version"] for request in secure.requests()} == {"2024-07-01.20.0"}
