"""A client of the control API, for tests that steer an emulator which runs elsewhere: in a container, or as a process.

It needs nothing but Python's own library, and never a proxy.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import Mapping
from email.utils import formatdate
from http.client import HTTPConnection, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

if TYPE_CHECKING:
    from azure.batch import BatchClient

_PREFIX = "/_emulator/"
_JSON = "application/json; odata=minimalmetadata"
_API_VERSION = "2025-06-01"
_TIMEOUT = 60


class ControlError(Exception):
    """The control API has refused a call; the text is its own."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status


class ControlClient:
    """`endpoint`, `account` and `key` are the three that the emulator prints when it is ready.

    Raises ControlError for what the emulator refuses, OSError when it is not there.
    """

    def __init__(self, endpoint: str, account: str, key: str, *, tls: ssl.SSLContext | None = None) -> None:
        self.endpoint = endpoint
        self.account = account
        self.key = key
        self._tls = tls

    def environment(self) -> dict[str, str]:
        """The variables by which clients find the account, the Azure CLI for one."""
        return {
            "AZURE_BATCH_ENDPOINT": self.endpoint,
            "AZURE_BATCH_ACCOUNT": self.account,
            "AZURE_BATCH_ACCESS_KEY": self.key,
        }

    def client(self, **options: Any) -> BatchClient:
        """Microsoft's client, signed in; `options` are its own. The caller closes it.

        Raises ModuleNotFoundError when azure-batch 15 or later is not installed.
        """
        try:
            from azure.batch import BatchClient
            from azure.core.credentials import AzureNamedKeyCredential
        except ImportError as error:
            raise ModuleNotFoundError("this needs Microsoft's client: pip install 'azure-batch>=15'") from error
        options.setdefault("use_env_settings", False)
        return BatchClient(self.endpoint, AzureNamedKeyCredential(self.account, self.key), **options)

    def reset(self) -> None:
        """An empty account, log and list of faults and scripts, the machine's time, the switches of the start."""
        self.control("POST", "reset")

    def advance(self, seconds: float) -> None:
        """Moves the emulator's clock on; what is due by then happens."""
        self.control("POST", "clock", {"advance": seconds})

    def freeze(self) -> None:
        """Stops the emulator's clock until the next reset; `advance` still moves it."""
        self.control("POST", "clock", {"frozen": True})

    def settle(self) -> None:
        """Ends every transition that is under way."""
        self.control("POST", "settle")

    def switch(self, name: str, value: str | float | bool) -> None:
        self.control("POST", "switches", {name: value})

    def fault(self, **fault: Any) -> None:
        """Refuses, delays or cuts off the next requests: `fault(operation="Task - Add", status=503, times=2)`."""
        self.control("POST", "faults", fault)

    def clear_faults(self) -> None:
        self.control("DELETE", "faults")

    def script(self, **script: Any) -> None:
        """Says what runs of tasks end with: `script(pattern="render-*", duration=90, exitCode=3)`."""
        self.control("POST", "scripts", script)

    def clear_scripts(self) -> None:
        self.control("DELETE", "scripts")

    def report_task(self, job_id: str, task_id: str, **report: Any) -> None:
        """Reports of a task what a node would: `report_task("j1", "t1", state="completed", exitCode=3)`."""
        self.control("POST", f"tasks/{job_id}/{task_id}", report)

    def requests(self) -> list[dict[str, Any]]:
        """What was asked of the service since the start, the last reset or `clear_requests`, oldest first."""
        entries: list[dict[str, Any]] = self.control("GET", "requests")
        return entries

    def clear_requests(self) -> None:
        self.control("DELETE", "requests")

    def control(self, method: str, call: str, body: Any = None) -> Any:
        """Any other call of the control API: `control("POST", "nodes/p1/n1", {"state": "unusable"})`."""
        return self.request(method, _PREFIX + call, body)

    def request(self, method: str, target: str, body: Any = None) -> Any:
        """Any request, with the latest api-version unless it names one: `request("GET", "/jobs/nightly")`."""
        path, _, query = target.partition("?")
        parameters = dict(parse_qsl(query, keep_blank_values=True))
        if not path.startswith(_PREFIX):
            parameters.setdefault("api-version", _API_VERSION)
        target = f"{path}?{urlencode(parameters)}" if parameters else path
        split = urlsplit(self.endpoint)
        content = b"" if body is None else json.dumps(body).encode()
        connection: HTTPConnection
        if split.scheme == "https":
            connection = HTTPSConnection(str(split.hostname), split.port or 443, timeout=_TIMEOUT, context=self._tls)
        else:
            connection = HTTPConnection(str(split.hostname), split.port or 80, timeout=_TIMEOUT)
        try:
            connection.request(method, target, content or None, self._signed(method, path, parameters, content))
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        answer = json.loads(text) if text else None
        if response.status >= 300:
            raise ControlError(response.status, _words(answer) if answer else response.reason)
        return answer

    def _signed(self, method: str, path: str, parameters: Mapping[str, str], content: bytes) -> dict[str, str]:
        """The headers of a request, with its SharedKey signature."""
        date = formatdate(usegmt=True)
        length = "" if method == "GET" else str(len(content))
        query = "".join(f"\n{name}:{parameters[name]}" for name in sorted(parameters, key=str.lower))
        text = f"{method}\n\n\n{length}\n\n{_JSON}\n\n\n\n\n\n\nocp-date:{date}\n/{self.account}{path}{query}"
        digest = hmac.new(base64.b64decode(self.key), text.encode(), hashlib.sha256).digest()
        signature = f"SharedKey {self.account}:{base64.b64encode(digest).decode()}"
        sent = {"Authorization": signature, "Content-Type": _JSON, "ocp-date": date}
        return sent if method == "GET" else {**sent, "Content-Length": str(len(content))}


def _words(refusal: dict[str, Any]) -> str:
    """What a refusal says, without the id and the time of the request."""
    said = refusal["message"]["value"].splitlines()[0]
    return " ".join([said, *(item["value"] for item in refusal.get("values", ()))])
