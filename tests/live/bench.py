"""Where a probe is tried: it sends raw requests in the run's estate, and each is noted with what came back."""

from __future__ import annotations

from typing import Any

from tests.emulator_process import V2025, Reply
from tests.live.account import Account
from tests.live.estate import Estate
from tests.live.report import Finding


class Bench:
    def __init__(self, account: Account, estate: Estate, finding: Finding) -> None:
        self.account = account
        self.estate = estate
        self._finding = finding

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        show: str | None = None,
        api_version: str = V2025,
        authorization: str | None = None,
    ) -> Reply:
        """`show` names the only property of the answer that is worth a note."""
        reply = self.account.call(method, path, body, api_version=api_version, authorization=authorization)
        shown = self.part(reply, show) if show else None
        named = path if api_version == V2025 else f"{path} (api-version {api_version})"
        self._finding.note(method, named, body, reply, shown)
        return reply

    def made(self, path: str, body: Any) -> bool:
        """Create something under the run's prefix; whether the service took it."""
        return self.send("POST", path, body).status == 201

    @staticmethod
    def part(reply: Reply, path: str) -> Any:
        """What stands at a path such as `startTask.commandLine`; None for nothing."""
        found = reply.body
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return found


def outcome(reply: Reply) -> str:
    """Status, and the service's code where it refused."""
    code = reply.body.get("code", "") if isinstance(reply.body, dict) else ""
    refused = f" {code}" if reply.status >= 400 else ""
    return f"{reply.status}{refused}"


def properties_named(reply: Reply) -> str:
    """The `values` of a refusal, in words."""
    values = reply.body.get("values", []) if isinstance(reply.body, dict) else []
    return ", ".join(f"{item.get('key')} {item.get('value', '')}".strip() for item in values) or "no values"
