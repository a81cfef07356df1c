"""Secrets planted by a test, and where they have come to light: in plain text, or in a form it may be written in."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from tests.e2e.stack import FILES, Run, Stack


def forms(secret: str) -> set[str]:
    """The secret as it stands in text, JSON, URLs (encoded once or twice) and base64 at any offset."""
    quoted = json.dumps(secret)[1:-1]
    gos = quoted.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    found = {secret, quoted, gos, quote(secret, safe=""), quote_plus(secret), quote(quote(secret, safe=""), safe="")}
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + secret.encode()).decode()
        found.add(encoded[4 if shift else 0 : -4])  # the ends depend on what stands beside the secret
    return found


class Planted:
    """Secrets by name. Each is long enough not to occur by chance."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        assert all(len(secret) >= 16 for secret in secrets.values())
        self._forms = {name: forms(secret) for name, secret in secrets.items()}

    def come_to_light(self, stack: Stack, runs: Iterable[Run]) -> set[str]:
        """`name: where` for each found in outputs, event logs, the export or the files of a stack but its program."""
        found: set[str] = set()
        for where, text in self._texts(stack, runs):
            found |= {
                f"{name}: {where}" for name, spellings in self._forms.items() if any(one in text for one in spellings)
            }
        return found

    @staticmethod
    def _texts(stack: Stack, runs: Iterable[Run]) -> Iterator[tuple[str, str]]:
        for run in runs:
            yield run.command, run.output
            yield f"events of {run.command}", "\n".join(_strings(run.events))
        yield "export", json.dumps(stack.export(), ensure_ascii=False)
        for path in stack.folder.rglob("*"):
            if path.is_file() and path.name not in FILES:
                yield str(path.relative_to(stack.folder)), path.read_bytes().decode(errors="replace")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield name
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def opened(value: Any) -> Any:
    """A value of `pulumi stack export --show-secrets`, with its secrets as what they are."""
    if isinstance(value, Mapping):
        if "plaintext" in value:
            return opened(json.loads(value["plaintext"]))
        return {name: opened(item) for name, item in value.items()}
    if isinstance(value, list):
        return [opened(item) for item in value]
    return value
