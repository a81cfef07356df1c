"""What a program hands to its dynamic provider beside the declared inputs, and the values of both.

Pulumi gives a dynamic provider plain values and neither a URN nor whether this is a preview, so the constructor of a
resource adds inputs whose names begin with two underscores, which the engine does not show. Knows how Pulumi's Python
SDK writes secrets and unknowns for a dynamic provider, and nothing of lifecycles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pulumi.output import Unknown

from azure_batch_provider.engine.state import PRIVATE
from azure_batch_provider.engine.wire import SECRET, SIGNATURE
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.paths import at, below, steps, tree
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
        inputs: what was declared, or recorded, without anything hidden; secret is what the program marked.
        private: the hidden property that holds what a lifecycle remembers; None when it is not there.
        urn: "" when it is not there.
        marked: the paths of `inputs` that the program marked, as it wrote them.
        ignored: paths of `ignore_changes`.
        endpoint: "" when nothing is recorded yet.
    """

    inputs: Inputs
    private: Any = None
    urn: str = ""
    preview: bool = False
    endpoint: str = ""
    marked: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def kept(self) -> dict[str, Any]:
        """The hidden properties that stay with the resource."""
        paths = {SECRETS: self.marked, IGNORED: self.ignored}
        return {URN: self.urn, **{name: found for name, found in paths.items() if found}}

    @property
    def outputs(self) -> Inputs:
        """The values with what a lifecycle remembers."""
        if self.private is None:
            return self.inputs
        values = {**self.inputs.values, PRIVATE: self.private}
        return Inputs(values, self.inputs.secret_paths | {(PRIVATE,)})


def opened(properties: Mapping[str, Any]) -> Properties:
    """Read what the engine sent: whole numbers as `int`, unknowns as `UNKNOWN`."""
    plain = {name: _plain(value) for name, value in properties.items()}
    urn, endpoint = plain.get(URN), plain.get(ENDPOINT)
    marked = _texts(plain.get(SECRETS))
    values = {name: value for name, value in plain.items() if not name.startswith("__")}
    # A path that leads nowhere says nothing.
    secret_paths = frozenset(path for path in map(steps, marked) if path and at(values, path) is not None)
    return Properties(
        Inputs(values, secret_paths),
        private=plain.get(PRIVATE),
        urn=urn if isinstance(urn, str) else "",
        preview=plain.get(PREVIEW) is True,
        endpoint=endpoint if isinstance(endpoint, str) else "",
        marked=marked,
        ignored=_texts(plain.get(IGNORED)),
    )


def closed(inputs: Inputs, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Write what the engine records: a secret with the engine's own mark, wherever it stands."""
    marks = tree(inputs.secret_paths)
    found = {name: _written(value, below(marks, name)) for name, value in inputs.values.items() if value is not None}
    return {**found, **kept}


def _texts(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


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


def _written(value: Any, marks: Any) -> Any:
    if marks is True:
        return {SIGNATURE: SECRET, "value": _written(value, {})}
    if value is UNKNOWN:
        return Unknown()  # type: ignore[no-untyped-call]
    if isinstance(value, Mapping):
        return {name: _written(item, below(marks, name)) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_written(item, below(marks, index)) for index, item in enumerate(value)]
    return value
