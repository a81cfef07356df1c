"""The Batch emulator as a process of its own, for every test that needs a Batch account.

Talks to it over real HTTP, signed by a SharedKey of this module's own making, so that neither the provider nor the
emulator vouches for itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import requests

from batch_emulator.testing import EmulatorProcess as Process

if TYPE_CHECKING:
    from azure.batch import BatchClient

V2025 = "2025-06-01"
V2024 = "2024-07-01.20.0"
MEDIA_TYPE = "application/json; odata=minimalmetadata"
PAGE_SECONDS = 30.0
EMULATOR = Path(__file__).resolve().parent.parent / "emulator"
_PAGE = "azure-batch-emulator: the page that shows what it holds: "
_BY_HAND = ("--set", "scheduling=off")
"""Nothing runs tasks unless a test asks for it, so that it says itself what became of them."""


@dataclass(frozen=True)
class Reply:
    """What came back; `body` is parsed JSON, or None without a body."""

    status: int
    body: Any
    headers: Mapping[str, str]


class EmulatorProcess:
    """A running emulator on a port of its own: `with EmulatorProcess("--set", "polls=3") as emulator`.

    `options` are command-line options; `location` keeps the state there, so that another process can go on with it;
    `environment` are further variables. Raises StartError with what the process said when it does not start.
    """

    def __init__(
        self,
        *options: str,
        location: Path | str | None = None,
        verify: bool | str = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        kept = () if location is None else ("--location", str(location))
        self._process = Process(*_BY_HAND, *options, *kept, environment=environment)
        self._verify = verify
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = verify
        self.endpoint = ""
        self.account = ""
        self.key = ""

    def __enter__(self) -> EmulatorProcess:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> EmulatorProcess:
        """Returns when the emulator has said that it is ready."""
        self._process.start()
        self.endpoint, self.account, self.key = self._process.endpoint, self._process.account, self._process.key
        return self

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def greeting(self) -> str:
        """What it said on standard output when it was ready."""
        return self._process.greeting

    @property
    def manager(self) -> str:
        """Where the resource manager is, when the options have `--arm-port`."""
        return self._greeted("AZURE_RESOURCE_MANAGER_ENDPOINT")

    @property
    def account_id(self) -> str:
        """The id that the account has there."""
        return self._greeted("AZURE_BATCH_ACCOUNT_RESOURCE_ID")

    def _greeted(self, name: str) -> str:
        pairs = (line.removeprefix("export ").partition("=")[::2] for line in self.greeting.splitlines())
        return dict(pairs)[name]

    def errors(self) -> str:
        """What the process has written to standard error so far, but for the address of its page."""
        return "".join(line for line in self._said() if not line.startswith(_PAGE))

    @property
    def page(self) -> str:
        """The address of the page for people, with its token."""
        deadline = time.monotonic() + PAGE_SECONDS
        while time.monotonic() < deadline:
            for line in self._said():
                if line.startswith(_PAGE) and line.endswith("\n"):
                    return line.removeprefix(_PAGE).strip()
            time.sleep(0.01)
        raise RuntimeError("the emulator has not said where its page is")

    def _said(self) -> list[str]:
        return self._process.errors().splitlines(keepends=True)

    def stop(self) -> int:
        """Ends it as a user would, by SIGTERM, and gives its status. Does nothing when it has ended."""
        self._session.close()
        return self._process.stop()

    def kill(self) -> int:
        """Ends it without a chance to save anything."""
        self._session.close()
        return self._process.kill()

    def environment(self) -> dict[str, str]:
        """The variables by which the provider, the Azure CLI and the SDKs' samples find their account."""
        return self._process.environment()

    def client(self, api_version: str = V2025) -> BatchClient:
        """Microsoft's own client, unmodified; the caller closes it. It never retries: a test sees each answer."""
        from azure.batch import BatchClient
        from azure.core.credentials import AzureNamedKeyCredential

        credential = AzureNamedKeyCredential(self.account, self.key)
        return BatchClient(
            self.endpoint, credential, api_version=api_version, retry_total=0, connection_verify=self._verify
        )

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        api_version: str | None = V2025,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One signed request, without retries. `path` may have a query; the api-version is added unless it is None."""
        split = urlsplit(path)
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        if api_version is not None and not split.path.startswith("/_emulator/"):
            query.setdefault("api-version", api_version)
        target = split.path + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Accept": "application/json", "ocp-date": formatdate(usegmt=True)}
        if content:
            sent["Content-Type"] = MEDIA_TYPE
        sent.update(headers or {})
        if "Authorization" not in sent:
            sent["Authorization"] = self.authorization(method, split.path, query, sent, content)
        response = self._session.request(
            method, f"{self.endpoint}{target}", data=content or None, headers=sent, timeout=60
        )
        parsed = response.json() if response.content else None
        return Reply(response.status_code, parsed, response.headers)

    def authorization(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], content: bytes
    ) -> str:
        """The value of the Authorization header for a request. `path` is as sent; of `query`, the first values."""
        lowered = {name.lower(): value for name, value in headers.items()}
        if method not in ("GET", "HEAD"):
            lowered["content-length"] = str(len(content))
        lines = [method]
        lines += [lowered.get(name, "") for name in ("content-encoding", "content-language", "content-length")]
        lines += [lowered.get(name, "") for name in ("content-md5", "content-type", "date", "if-modified-since")]
        lines += [lowered.get(name, "") for name in ("if-match", "if-none-match", "if-unmodified-since", "range")]
        lines += [f"{name}:{lowered[name]}" for name in sorted(lowered) if name.startswith("ocp-")]
        resource = f"/{self.account}{path}"
        resource += "".join(f"\n{name.lower()}:{query[name]}" for name in sorted(query, key=str.lower) if query[name])
        text = "\n".join([*lines, resource])
        digest = hmac.new(base64.b64decode(self.key), text.encode(), hashlib.sha256).digest()
        return f"SharedKey {self.account}:{base64.b64encode(digest).decode()}"

    def get(self, path: str, api_version: str = V2025) -> Any:
        """The body of a GET that must succeed."""
        return self._succeed("GET", path, None, api_version)

    def post(self, path: str, body: Any = None, api_version: str = V2025) -> Any:
        """The body of the answer to a POST that must succeed, None when it has none."""
        return self._succeed("POST", path, body, api_version)

    def _succeed(self, method: str, path: str, body: Any, api_version: str) -> Any:
        reply = self.call(method, path, body, api_version)
        if not 200 <= reply.status < 300:
            raise AssertionError(f"{method} {path} was answered {reply.status}: {json.dumps(reply.body)}")
        return reply.body

    def requests(self) -> list[dict[str, Any]]:
        """What was asked of the service since the log was cleared, oldest first."""
        entries: list[dict[str, Any]] = self.get("/_emulator/requests")
        return entries

    def clear_requests(self) -> None:
        self._succeed("DELETE", "/_emulator/requests", None, V2025)

    def reset(self) -> None:
        """An empty account, an empty log, no faults, and the switches that the process was started with."""
        self.post("/_emulator/reset")

    def advance(self, seconds: float) -> None:
        """Moves the emulator's clock on."""
        self.post("/_emulator/clock", {"advance": seconds})

    def switch(self, name: str, value: str | float | bool) -> None:
        self.post("/_emulator/switches", {name: value})

    def fault(self, **fault: Any) -> None:
        """Orders a fault: method, path, times, skip, status, code, values, retryAfter, delay, drop, task."""
        self.post("/_emulator/faults", fault)

    def clear_faults(self) -> None:
        self._succeed("DELETE", "/_emulator/faults", None, V2025)

    def settle(self) -> None:
        """Ends every transition that is under way."""
        self.post("/_emulator/settle")

    def run_task(self, job_id: str, task_id: str, **became: Any) -> None:
        """Says what became of a task: state, exitCode, failureInfo, retryCount."""
        self.post(f"/_emulator/tasks/{job_id}/{task_id}", became)
