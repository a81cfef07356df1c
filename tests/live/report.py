"""What a live run has learnt about the service: each question, the answer, and what was sent and came back."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.e2e.stack import REPOSITORY
from tests.emulator_process import Reply
from tests.live.account import Account

FILE: Final = Path(os.environ.get("LIVE_REPORT") or REPOSITORY / ".scratch" / "live-report.md")
_LONGEST: Final = 600


@dataclass
class Exchange:
    """A request and its answer, cut to what a page can hold."""

    request: str
    answer: str


@dataclass
class Finding:
    """`answer` is one sentence; empty while the question could not be put."""

    question: str
    answer: str = ""
    exchanges: list[Exchange] = field(default_factory=list)

    def note(self, method: str, path: str, body: Any, reply: Reply, shown: Any = None) -> None:
        sent = f"{method} {path}" + (f" {short(body)}" if body is not None else "")
        said = short(reply.body if shown is None else shown) if reply.body is not None else "no body"
        self.exchanges.append(Exchange(sent, f"{reply.status} {said}"))


def short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters)"


def write(account: Account, findings: list[Finding], file: Path = FILE) -> None:
    """Replace the page. It has no credentials: they are in no path and no body."""
    throttled = ", ".join(account.throttled) or "never, so that nothing can be said of Retry-After"
    lines = ["# What the service answered", ""]
    lines.append(f"Asked of `{account.endpoint}`, signed with {account.signs_with}. Throttled: {throttled}.")
    for finding in findings:
        lines += ["", f"## {finding.question}", "", finding.answer or "Not settled: the probe did not come to its end."]
        for exchange in finding.exchanges:
            lines += ["", f"- sent: `{exchange.request}`", f"- came back: `{exchange.answer}`"]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n")
