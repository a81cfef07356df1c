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
from azure_batch_provider.models.attribute import FieldType
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.walk import holders, locate
from azure_batch_provider.properties.secrets import wrapped
from azure_batch_provider.validation.check import check
from azure_batch_provider.values.mappings import MAPPING
from azure_batch_provider.values.paths import Path, at, put, spell

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]")
_DOLLARS: Final = re.compile(r"\$+(?=\{)|\${2,}")
_POOL_OF: Final[Mapping[str, Path]] = {
    "Job": ("poolInfo", "poolId"),
    "JobSchedule": ("jobSpecification", "poolInfo", "poolId"),
}
"""Where a resource names a pool."""


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

    def __init__(self, project: str, api_version: str) -> None:
        self.secrets: dict[str, str | None] = {}
        self.never_shown: list[str] = []
        self._project = project
        self._api_version = api_version
        self._taken: set[str] = set()
        self._resources: dict[str, dict[str, Any]] = {}
        self._imports: list[dict[str, str]] = []
        self._references: dict[tuple[str, str], str] = {}

    @property
    def size(self) -> int:
        return len(self._resources)

    def add(self, found: Found) -> None:
        """Declare a resource."""
        token = f"{registry.PACKAGE}:index:{found.kind}"
        model = registry.model(token)
        name = self._free(found.name, found.kind)
        properties = self._without_secrets(model, name, _escaped(dict(found.inputs)), found.inputs)
        for path, reference in self._refers(found):
            properties = put(properties, path, reference)
        self._resources[name] = {"type": f"{registry.PACKAGE}:{found.kind}", "properties": properties}
        self._imports.append({"type": token, "name": name, "id": found.id})
        for kind, property in (("PoolProperties", "poolId"), ("Job", "jobId")):
            if found.kind == kind:
                self._references[property, str(found.inputs[property])] = f"${{{name}.{property}}}"

    def text(self) -> str:
        """`Pulumi.yaml`."""
        whole: dict[str, Any] = {"name": self._project, "runtime": "yaml"}
        if self.secrets:
            whole["config"] = {name: {"type": "string", "secret": True} for name in self.secrets}
        whole["resources"] = self._resources
        return yaml.dump(whole, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)

    def imports(self) -> str:
        """What `pulumi import --file` reads."""
        return json.dumps({"resources": self._imports}, indent=2) + "\n"

    def _free(self, wanted: str, kind: str) -> str:
        """A name of a resource or a secret that nothing has: they share one namespace in a YAML program."""
        name = _UNSAFE.sub("-", wanted)
        if not re.match(r"[A-Za-z_]", name) or name in ("pulumi", "config"):
            name = f"{kind[0].lower()}{kind[1:]}-{name}"
        free, number = name, 2
        while free.casefold() in self._taken:
            free, number = f"{name}-{number}", number + 1
        self._taken.add(free.casefold())
        return free

    def _without_secrets(
        self, model: type[Model], name: str, properties: dict[str, Any], inputs: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The properties with a secret of the configuration for each that is one, or that the service insists on and
        never returns."""
        known = {path: at(inputs, path) for path in wrapped(model, inputs).secret_paths}
        missing = [found.path for found in check(model, inputs, self._api_version).violations]
        asked = {path: None for path in missing if _is_write_only(model, path)}
        for path, value in {**known, **asked}.items():
            secret = self._free("_".join([name, *(_UNSAFE.sub("-", str(step)) for step in path)]), "secret")
            self.secrets[secret] = value if value is None or isinstance(value, str) else json.dumps(value)
            properties = put(properties, path, f"${{{secret}}}")
        for path in _places_of_write_only(model, inputs):
            if path not in asked:
                self.never_shown.append(f"{name}: {spell(path)}")
        return properties

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


def _is_write_only(model: type[Model], path: Path) -> bool:
    prop, _ = locate(model, path)
    return prop is not None and prop.traits.write_only


def _places_of_write_only(model: type[Model], inputs: Mapping[str, Any]) -> Iterator[Path]:
    """Where something may be set that the service never returns: in an object that is there."""
    for field_type, value, path in holders(FieldType("object", model=model), inputs):
        if field_type.model is not None and isinstance(value, MAPPING):
            for name, prop in field_type.model.properties().items():
                if prop.traits.write_only and value.get(name) is None:
                    yield (*path, name)


def _escaped(value: Any) -> Any:
    """As a YAML program writes it, where `${` begins a reference and `$$` is one dollar."""
    if isinstance(value, str):
        return _DOLLARS.sub(lambda found: found[0] * 2, value)
    if isinstance(value, MAPPING):
        return {_escaped(name): _escaped(item) for name, item in value.items()}
    return [_escaped(item) for item in value] if isinstance(value, list) else value
