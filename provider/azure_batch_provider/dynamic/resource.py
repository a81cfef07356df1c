"""What the resources of this door do the same way in the program: inputs in REST spelling, and what they carry hidden.

Knows Pulumi's resources and how a model is spelled; nothing of lifecycles or of the service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final

import pulumi
import pulumi.dynamic

from azure_batch_provider.dynamic.hidden import IGNORED, PREVIEW, SECRETS, URN
from azure_batch_provider.models.base import Model
from azure_batch_provider.values.paths import Path, spell, steps

Body = Mapping[str, Any] | Model
"""A nested body: a dict as the REST API spells it, with inputs anywhere in it, or the model of it."""

_ROOT: Final = "pulumi:pulumi:Stack"
_PRIVATE: Final = "__private"


class BatchResource(pulumi.dynamic.Resource):
    """A resource whose provider is part of this package."""

    def __init__(
        self,
        provider: pulumi.dynamic.ResourceProvider,
        name: str,
        inputs: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        """
        Args:
            inputs: by REST name; `None` is the same as leaving out.

        Raises:
            pulumi.RunError: the options ask for what a dynamic provider cannot do.
        """
        options = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(additional_secret_outputs=[_PRIVATE]), opts)
        if options.import_ is not None:
            raise pulumi.RunError(
                f"{name}: dynamic providers cannot import. Declare {options.import_} as it is and `pulumi up` adopts "
                "it, or import it with the azure-batch plugin."
            )
        options.ignore_changes = _rest_paths(options.ignore_changes)
        options.replace_on_changes = _rest_paths(options.replace_on_changes)
        declared = {key: _spelled(value) for key, value in inputs.items()}
        hidden: dict[str, Any] = {
            URN: pulumi.Output.from_input(
                _alone(pulumi.create_urn(name, f"pulumi-python:{self._resource_type_name}", _parent(options)))
            ),
            SECRETS: pulumi.Output.from_input(_secret_paths(declared)),
        }
        if options.ignore_changes:
            hidden[IGNORED] = options.ignore_changes
        if pulumi.runtime.is_dry_run():
            hidden[PREVIEW] = True
        super().__init__(provider, name, {**declared, **hidden}, options)

    def _declared(self, name: str) -> pulumi.Output[Any]:
        """The output of this REST name: what was declared, or chosen for it."""
        found: pulumi.Output[Any] = self.__dict__[name]
        return found


def rest_name(name: str) -> str:
    """`job_id` to `jobId`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _rest_paths(paths: list[str] | None) -> list[str] | None:
    """Property paths of an option such as `ignore_changes`; the engine knows the REST names only."""
    if paths is None:
        return None
    return [spell((rest_name(str(first)), *rest)) if first != "*" else "*" for first, *rest in map(steps, paths)]


def _parent(options: pulumi.ResourceOptions) -> pulumi.Resource | None:
    """The parent whose type is part of the URN; the stack's is not."""
    parent = options.parent
    return None if parent is None or parent.pulumi_resource_type == _ROOT else parent


def _spelled(value: Any) -> Any:
    """Models as the dicts that they stand for, holding what was set and nothing that was not."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: _spelled(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_spelled(item) for item in value]
    if isinstance(value, Model):
        return _spelled(value.model_dump(exclude_unset=True))
    return value


async def _alone(output: pulumi.Output[Any]) -> Any:
    """The value without its dependencies: on a parent, whose children include this resource, they would be circular."""
    return await output.future()


async def _secret_paths(inputs: Mapping[str, Any]) -> list[str]:
    """Where the program's secrets are."""
    found: list[str] = []
    waiting = list(_outputs(inputs, ()))
    while waiting:
        path, output = waiting.pop()
        if await output.is_secret():
            found.append(spell(path))
        else:
            waiting += _outputs(await output.future(), path)
    return sorted(found)


def _outputs(value: Any, path: Path) -> Iterator[tuple[Path, pulumi.Output[Any]]]:
    if isinstance(value, pulumi.Output):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _outputs(item, (*path, str(key)))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _outputs(item, (*path, index))
