"""Commands in containers: by Docker or Podman where a switch says so, and not at all otherwise.

A container is a process of its runtime, not one below the warden, so it is removed by its name.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from batch_emulator.running.failures import Failed

_ROOT_OF_SOURCE = {
    "Shared": "shared",
    "Startup": "startup",
    "VfsMounts": "fsmounts",
    "Applications": "applications",
}
FAILURES = {125: "ContainerInvalidSettings", 126: "CommandLaunchFailed", 127: "CommandProgramNotFound"}
"""What a runtime's own exit codes mean."""


def check(pool: dict[str, Any], settings: dict[str, Any] | None, runtime: str, *, required: bool) -> None:
    """Raises Failed where the pool does not run this. Tasks are `required` to have a container in a pool for them."""
    configured = "containerConfiguration" in pool["virtualMachineConfiguration"]
    if settings is None:
        if configured and required:
            raise Failed("ContainerInvalidSettings", "Container-enabled compute node requires task container settings")
    elif not configured:
        raise Failed("ContainerPoolNotSupported")
    elif runtime == "none":
        raise Failed(
            "ContainerPoolNotSupported", "The emulator runs containers when its switch containers says by what"
        )


def arguments(
    runtime: str,
    settings: dict[str, Any],
    command: list[str],
    environment: dict[str, str],
    *,
    name: str,
    node: Path,
    task: Path,
    preparation: Path | None,
) -> list[str]:
    """The runtime's command. Values of variables are left to its environment, where `ps` does not show them."""
    made = [runtime, "run", "--rm", "--name", name]
    for source, read_only in _mounts(settings, node, task, preparation):
        made += ["--volume", f"{source}:{source}{':ro' if read_only else ''}"]
    if settings.get("workingDirectory") != "containerImageDefault":
        made += ["--workdir", str(task / "wd")]
    for variable in sorted(environment):
        if variable not in ("PATH", "HOME", "PWD", "USER"):
            made += ["--env", variable]
    try:
        made += shlex.split(settings.get("containerRunOptions", ""))
    except ValueError as error:
        raise Failed("ContainerInvalidSettings", str(error)) from error
    return [*made, settings["imageName"], *command]


def removal(runtime: str, name: str) -> list[str]:
    return [runtime, "rm", "--force", name]


def _mounts(settings: dict[str, Any], node: Path, task: Path, preparation: Path | None) -> list[tuple[Path, bool]]:
    """All of the node where nothing is said; nothing where an empty list is."""
    mounts = settings.get("containerHostBatchBindMounts")
    if mounts is None:
        return [(node, False)]
    found: list[tuple[Path, bool]] = []
    for mount in mounts:
        source = mount.get("source")
        place = {"Task": task, "JobPrep": preparation}.get(source)
        if source in _ROOT_OF_SOURCE:
            place = node / _ROOT_OF_SOURCE[source]
        if place is not None:
            found.append((place, mount.get("isReadOnly", False)))
    return found
