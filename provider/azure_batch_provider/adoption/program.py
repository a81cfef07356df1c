"""The program that declares what was found, in YAML, and the file by which `pulumi import` takes it in.

No secret stands in either: where one belongs, the program names a secret of the stack's configuration.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from azure_batch_provider import registry
from azure_batch_provider.adoption.account import Found
from azure_batch_provider.adoption.unseen import possible
from azure_batch_provider.models.base import Model
from azure_batch_provider.properties.secrets import wrapped
from azure_batch_provider.values.mappings import MAPPING
from azure_batch_provider.values.paths import Path, at, spell
from azure_batch_provider.values.signatures import ACCOUNT_KEY, KEY, SIGNATURE, bears_secret

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]")
_DOLLARS: Final = re.compile(r"\$+(?=\{)|\${2,}")
_RESERVED: Final = frozenset({"pulumi", "config", "null", "true", "false"})
"""What YAML programs, or the form that `pulumi convert` makes of them, take for something else."""
_POOL_OF: Final[Mapping[str, Path]] = {
    "Job": ("poolInfo", "poolId"),
    "JobSchedule": ("jobSpecification", "poolInfo", "poolId"),
}
"""Where a resource names a pool."""
_IN_PLACE: Final = 500
"""Tasks of a collection that are written in it. Pulumi's host of YAML programs checks what stands in a resource in a
time that grows with the square of their number: minutes for ten thousand. What is in a variable it checks at once."""
_SECRETS: Final = ((SIGNATURE, 2), (KEY, 3), (ACCOUNT_KEY, 0))
"""What of a text is secret: a pattern, and its group."""


class _Dumper(yaml.SafeDumper):
    """Quotes what begins like anything but a word: readers of YAML do not agree on which of these are numbers."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = None if re.match(r"[A-Za-z/$]", data) else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _Dumper.represent_str)


class Program:
    """A program that grows by one resource at a time, those that others refer to first.

    Attributes:
        secrets: by the name in the configuration, the value that the service shows, None where it shows none.
        never_shown: `resource: property` for what may be set and is never returned, so that the program lacks it.
    """

    def __init__(self, project: str) -> None:
        self.secrets: dict[str, str | None] = {}
        self.never_shown: list[str] = []
        self._project = project
        self._taken: set[str] = set()
        self._named: dict[tuple[str, ...], str] = {}
        self._variables: dict[str, Any] = {}
        self._resources: dict[str, dict[str, Any]] = {}
        self._imports: list[dict[str, str]] = []
        self._references: dict[tuple[str, str], str] = {}

    @property
    def size(self) -> int:
        return len(self._resources)

    def add(self, found: Found) -> None:
        """Declare a resource."""
        token = f"{registry.PACKAGE}:index:{found.kind}"
        name = self._free(found.name, found.kind)
        properties = _escaped(dict(found.inputs))
        self._hide_secrets(registry.model(token), name, properties, found)
        for path, reference in self._refers(found):
            _put(properties, path, reference)
        if len(properties.get("tasks") or ()) > _IN_PLACE:
            variable = self._free(f"{name}_tasks", "variable")
            self._variables[variable] = properties["tasks"]
            properties["tasks"] = f"${{{variable}}}"
        self._resources[name] = {"type": f"{registry.PACKAGE}:{found.kind}", "properties": properties}
        self._imports.append({"type": token, "name": name, "id": found.id})
        for kind, property in (("Pool", "poolId"), ("PoolProperties", "poolId"), ("Job", "jobId")):
            if found.kind == kind:
                self._references[property, str(found.inputs[property])] = f"${{{name}.{property}}}"

    def text(self) -> str:
        """`Pulumi.yaml`."""
        whole: dict[str, Any] = {"name": self._project, "runtime": "yaml"}
        if self.secrets:
            whole["config"] = {name: {"type": "string", "secret": True} for name in self.secrets}
        whole["resources"] = self._resources
        if self._variables:
            whole["variables"] = self._variables
        return yaml.dump(whole, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)

    def imports(self) -> str:
        """What `pulumi import --file` reads."""
        return json.dumps({"resources": self._imports}, indent=2) + "\n"

    def _free(self, wanted: str, kind: str) -> str:
        """A name that nothing has: resources, secrets and variables share one namespace in a YAML program."""
        name = _UNSAFE.sub("-", wanted)
        if not re.match(r"[A-Za-z_]", name) or re.sub(r"[_-]", "", name).casefold() in _RESERVED:
            name = f"{kind[0].lower()}{kind[1:]}-{name}"
        free, number = name, 2
        while free.casefold() in self._taken:
            free, number = f"{name}-{number}", number + 1
        self._taken.add(free.casefold())
        return free

    def _hide_secrets(self, model: type[Model], name: str, properties: dict[str, Any], found: Found) -> None:
        """Put a secret of the configuration in the place of each that is in the properties, or is to be."""
        for path in sorted(wrapped(model, found.inputs).secret_paths, key=spell):
            _put(properties, path, self._without_secrets(_place(name, path), str(at(found.inputs, path))))
        for path in found.unseen:
            # Who logs in to one registry, or to one storage account, does it the same way everywhere.
            owner = name if "userAccounts" in path else ""
            beside = json.dumps(at(found.inputs, path[:-1]), sort_keys=True)
            secret = self._secret((owner, beside, str(path[-1])), _place(name, path), None)
            _put(properties, path, f"${{{secret}}}")
        asked = frozenset(found.unseen)
        self.never_shown += [f"{name}: {spell(path)}" for path in possible(model, found.inputs) if path not in asked]

    def _without_secrets(self, place: str, text: str) -> str:
        """A text as the program writes it, without the parts that are secret: the rest may be read, and all that one
        signature has signed names one secret."""
        shown, secrets, end = [""], list[str](), 0
        for start, stop in sorted(match.span(group) for pattern, group in _SECRETS for match in pattern.finditer(text)):
            if start >= end:
                shown[-1] = text[end:start]
                shown.append("")
                secrets.append(text[start:stop])
                end = stop
        shown[-1] = text[end:]
        if any(piece.endswith("$") for piece in shown[:-1]) or bears_secret("${}".join(shown)):
            shown, secrets = ["", ""], [text]
        names = [f"${{{self._secret((secret,), place, secret)}}}" for secret in secrets]
        return "".join(_escaped(piece) + name for piece, name in zip(shown, [*names, ""], strict=True))

    def _secret(self, key: tuple[str, ...], place: str, value: str | None) -> str:
        """The name of a secret, which is named after the first place where it stands."""
        name = self._named.get(key)
        if name is None:
            name = self._named[key] = self._free(place, "secret")
            self.secrets[name] = value
        return name

    def _refers(self, found: Found) -> Iterator[tuple[Path, str]]:
        """Where the ids of other resources of the program stand, and how they are referred to."""
        paths: list[tuple[str, Path]] = []
        if found.kind in ("Task", "TaskCollection"):
            paths.append(("jobId", ("jobId",)))
        if found.kind in _POOL_OF:
            paths.append(("poolId", _POOL_OF[found.kind]))
        for property, path in paths:
            reference = self._references.get((property, str(at(found.inputs, path))))
            if reference is not None:
                yield path, reference


def _place(name: str, path: Path) -> str:
    return "_".join([name, *map(str, path)])


def _put(properties: Any, path: Path, new: str) -> None:
    """Set a value in the escaped properties."""
    at(properties, tuple(map(_escaped, path[:-1])))[_escaped(path[-1])] = new


def _escaped(value: Any) -> Any:
    """As a YAML program writes it, where `${` begins a reference and `$$` is one dollar."""
    if isinstance(value, str):
        return _DOLLARS.sub(lambda found: found[0] * 2, value)
    if isinstance(value, MAPPING):
        return {_escaped(name): _escaped(item) for name, item in value.items()}
    return [_escaped(item) for item in value] if isinstance(value, list) else value
