"""A Batch account that the environment names, as a raw client sees it: signed requests, and what came back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import requests

from tests.emulator_process import MEDIA_TYPE, V2025, Reply

VARIABLES: Final = (
    "AZURE_BATCH_ENDPOINT",
    "AZURE_BATCH_ACCOUNT",
    "AZURE_BATCH_ACCESS_KEY",
    "ARM_TENANT_ID",
    "ARM_CLIENT_ID",
    "ARM_CLIENT_SECRET",
    "ARM_USE_MSI",
    "ARM_USE_OIDC",
    "ARM_OIDC_TOKEN",
)
_SCOPE: Final = "https://batch.core.windows.net/.default"


class Account:
    """SharedKey where there is a key, otherwise whatever identity azure-identity finds in the environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        endpoint = environment["AZURE_BATCH_ENDPOINT"].rstrip("/")
        self.endpoint = endpoint if "//" in endpoint else f"https://{endpoint}"
        self.name = environment.get("AZURE_BATCH_ACCOUNT") or (urlsplit(self.endpoint).hostname or "").split(".")[0]
        self._key = environment.get("AZURE_BATCH_ACCESS_KEY", "")
        self._environment = {name: environment[name] for name in VARIABLES if environment.get(name)}
        self._session = requests.Session()
        self._credential: Any = None
        self.throttled: list[str] = []

    @property
    def signs_with(self) -> str:
        return "SharedKey" if self._key else "a token of Entra"

    def close(self) -> None:
        self._session.close()
        if self._credential is not None:
            self._credential.close()

    def environment(self) -> dict[str, str]:
        """The variables by which a stack finds the account."""
        return dict(self._environment)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        api_version: str = V2025,
        authorization: str | None = None,
    ) -> Reply:
        """One request, not repeated. `authorization` is sent instead of a good one; empty sends none."""
        split = urlsplit(path)
        query = {**dict(parse_qsl(split.query, keep_blank_values=True)), "api-version": api_version}
        content = b"" if body is None else json.dumps(body).encode()
        sent = {"Accept": "application/json", "ocp-date": formatdate(usegmt=True)}
        if content:
            sent["Content-Type"] = MEDIA_TYPE
        good = self._authorization(method, split.path, query, sent, content) if authorization is None else authorization
        if good:
            sent["Authorization"] = good
        url = f"{self.endpoint}{split.path}?{urlencode(query, quote_via=quote)}"
        answer = self._session.request(method, url, data=content or None, headers=sent, timeout=60)
        if answer.status_code in (429, 503):
            self.throttled.append(
                f"{answer.status_code} with Retry-After {answer.headers.get('Retry-After', 'absent')}"
            )
        return Reply(answer.status_code, answer.json() if answer.content else None, answer.headers)

    def get(self, path: str) -> Any:
        return self._succeed("GET", path, None)

    def post(self, path: str, body: Any = None) -> Any:
        return self._succeed("POST", path, body)

    def _succeed(self, method: str, path: str, body: Any) -> Any:
        reply = self.call(method, path, body)
        assert 200 <= reply.status < 300, f"{method} {path} was answered {reply.status}: {json.dumps(reply.body)}"
        return reply.body

    def _authorization(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], content: bytes
    ) -> str:
        if not self._key:
            return f"Bearer {self._token()}"
        length = str(len(content)) if method not in ("GET", "HEAD") else ""
        lines = [method, "", "", length, "", headers.get("Content-Type", ""), *[""] * 6]
        lines.append(f"ocp-date:{headers['ocp-date']}")
        resource = f"/{self.name}{path}"
        resource += "".join(f"\n{name.lower()}:{query[name]}" for name in sorted(query, key=str.lower) if query[name])
        text = "\n".join([*lines, resource])
        digest = hmac.new(base64.b64decode(self._key), text.encode(), hashlib.sha256).digest()
        return f"SharedKey {self.name}:{base64.b64encode(digest).decode()}"

    def _token(self) -> str:
        from azure.identity import ClientSecretCredential, DefaultAzureCredential

        if self._credential is None:
            arm = self._environment
            if arm.get("ARM_CLIENT_SECRET"):
                self._credential = ClientSecretCredential(
                    arm["ARM_TENANT_ID"], arm["ARM_CLIENT_ID"], arm["ARM_CLIENT_SECRET"]
                )
            else:
                self._credential = DefaultAzureCredential()
        return str(self._credential.get_token(_SCOPE).token)


def from_environment() -> Account:
    return Account(os.environ)
