"""Signing in with tokens of Entra: an account that takes them, over TLS, and a machine that gets them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.conftest import POOL
from tests.emulator_process import EmulatorProcess
from tests.http.scripted_service import Answer, ScriptedService
from tests.sign_in.certificate import Certificate, TokenIssuer


@contextmanager
def secured_account(certificate: Certificate, issuer: TokenIssuer) -> Iterator[EmulatorProcess]:
    """An account with one pool, `poolId`, over TLS, that takes the issuer's tokens."""
    paths = ("--cert", certificate.certificate, "--key", certificate.key, "--token-key", issuer.public_key)
    with EmulatorProcess(*map(str, paths), verify=str(certificate.certificate)) as process:
        process.call("POST", "/pools", POOL)
        yield process


def identity_endpoint(token: str) -> ScriptedService:
    """The managed identity of a machine in Azure: what an App Service's endpoint answers."""
    expires = str(int(time.time()) + 3600)
    return ScriptedService(Answer(200, {"access_token": token, "expires_on": expires, "token_type": "Bearer"}))


def managed(secured: EmulatorProcess, certificate: Certificate, msi: ScriptedService) -> dict[str, str]:
    """The environment of such a machine."""
    return {
        "AZURE_BATCH_ENDPOINT": secured.endpoint,
        "IDENTITY_ENDPOINT": f"{msi.endpoint}/msi/token",
        "IDENTITY_HEADER": "proof",
        "REQUESTS_CA_BUNDLE": str(certificate.certificate),
    }
