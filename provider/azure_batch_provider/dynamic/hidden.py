"""What a program hands to its dynamic provider beside the declared inputs, and the values of both.

Pulumi gives a dynamic provider plain values and neither a URN nor whether this is a preview, so the constructor of a
resource adds inputs whose names begin with two underscores, which the engine does not show. Knows how Pulumi's Python
SDK writes secrets and unknowns for a dynamic provider, and nothing of lifecycles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pulumi.output import Unknown

from azure_batch_provider.engine.wire import SECRET, SIGNATURE
from azure_batch_provider.values.paths import Path, steps
from azure_batch_provider.values.secret import Secret
from azure_batch_provider.values.unknown import UNKNOWN

URN: Final = "__urn"
"""The resource's URN, which automatic names are made from and log lines are attached to."""
SECRETS: Final = "__secrets"
"""Paths of the inputs that the program marked as secret: the values themselves arrive without that mark."""
IGNORED: Final = "__ignored"
"""The paths that the program tells the engine to ignore, since the engine does not tell a dynamic provider."""
PREVIEW: Final = "__preview"
"""True in a preview, absent otherwise; never recorded."""
ENDPOINT: Final = "__endpoint"
"""The account that the resource was made in; the only one of these that the provider adds."""

_LARGEST_INTEGER: Final = 2.0**63


@dataclass(frozen=True)
class Properties:
    """The properties of one resource as they came from the engine.

    Attributes:
        values: what was declared, or recorded, without hidden properties except the lifecycle's own.
        urn: "" when it is not there.
        secrets: paths that the program marked.
        ignored: paths of `ignore_changes`.
        endpoint: "" when nothing is recorded yet.
    """

    values: dict[str, Any]
    urn: str = ""
    preview: bool = False
    endpoint: str = ""
    secrets: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def declared(self) -> dict[str, Any]:
        """The values without anything hidden."""
        return {name: value for name, value in self.values.items() if not name.startswith("__")}

    @property
    def kept(self) -> dict[str, Any]:
        """The hidden properties that stay with the resource."""
        paths = {SECRETS: self.secrets, IGNORED: self.ignored}
        return {URN: self.urn, **{name: found for name, found in paths.items() if found}}


def opened(properties: Mapping[str, Any]) -> Properties:
    """Read what the engine sent: whole numbers as `int`, unknowns as `UNKNOWN`, marked values as `Secret`."""
    plain = {name: _plain(value) for name, value in properties.items()}
    urn, endpoint = plain.get(URN), plain.get(ENDPOINT)
    secrets, ignored = _texts(plain.get(SECRETS)), _texts(plain.get(IGNORED))
    ours = (URN, SECRETS, IGNORED, PREVIEW, ENDPOINT, "__provider")
    return Properties(
        mark({name: value for name, value in plain.items() if name not in ours}, map(steps, secrets)),
        urn=urn if isinstance(urn, str) else "",
        preview=plain.get(PREVIEW) is True,
        endpoint=endpoint if isinstance(endpoint, str) else "",
        secrets=secrets,
        ignored=ignored,
    )


def _texts(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def closed(values: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """Write what the engine records: a `Secret` as the engine's own mark, wherever it stands."""
    return {**{name: _written(value) for name, value in values.items() if value is not None}, **kept}


def mark(values: Mapping[str, Any], paths: Iterable[Path]) -> dict[str, Any]:
    """Wrap the values at these paths; a path that leads nowhere says nothing."""
    found: dict[str, Any] = dict(values)
    for path in paths:
        if path:
            found = _marked(found, path)
    return found


def _marked(value: Any, path: Path) -> Any:
    if isinstance(value, Secret):
        return value
    if not path:
        return Secret(value)
    first, rest = path[0], path[1:]
    if isinstance(value, dict) and first in value:
        return {**value, first: _marked(value[first], rest)}
    if isinstance(value, list) and isinstance(first, int) and first < len(value):
        return [_marked(item, rest) if index == first else item for index, item in enumerate(value)]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_INTEGER:
        return int(value)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _written(value: Any) -> Any:
    if value is UNKNOWN:
        return Unknown()  # type: ignore[no-untyped-call]
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET, "value": _written(value.value)}
    if isinstance(value, Mapping):
        return {name: _written(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_written(item) for item in value]
    return value
