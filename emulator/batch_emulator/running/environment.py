"""The variables that a command sees. Learn page: "Compute node environment variables".

Names and values are the service's, but for the paths, which are those of this machine.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from batch_emulator.simulation.runs import Run

_RESERVED = {
    "AZ_BATCH_RESERVED_DISK_SPACE_BYTES": "1050389381",
    "AZ_BATCH_RESERVED_EPHEMERAL_DISK_SPACE_BYTES": "1050389381",
}
_OF_THE_MACHINE = ("LANG", "LC_ALL", "TZ")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MASTER_PORT = 6000


@dataclass(frozen=True)
class Directories:
    """Where a run is at home: on its node, in its task's directory, and beside its job's preparation task."""

    node: Path
    task: Path
    preparation: Path | None = None

    @property
    def work(self) -> Path:
        return self.task / "wd"


def task_id(run: Run) -> str:
    """Of a task, or of a job's preparation or release task."""
    return run.task.id if run.task is not None else str(run.body["id"])


def variables(
    run: Run, places: Directories, account: str, endpoint: str, packages: Mapping[str, str]
) -> dict[str, str]:
    """The service's own win over those of the task, and those of the task over the job's."""
    given: dict[str, str] = {}
    common = run.job.body.get("commonEnvironmentSettings", []) if run.job is not None and run.kind != "start" else []
    for setting in (*common, *run.body.get("environmentSettings", ())):
        given[setting["name"]] = setting.get("value", "")
    system = {name: os.environ[name] for name in _OF_THE_MACHINE if name in os.environ}
    user, identity = _user(run)
    system |= {
        "PATH": f"{os.environ.get('PATH', _PATH)}:{places.node / 'shared'}:{places.work}",
        "HOME": str(places.work),
        "PWD": str(places.work),
        "USER": user,
    }
    own = {
        "AZ_BATCH_ACCOUNT_NAME": account,
        "AZ_BATCH_ACCOUNT_URL": f"{endpoint}/",
        "AZ_BATCH_POOL_ID": run.pool.id,
        "AZ_BATCH_NODE_ID": run.node.id,
        "AZ_BATCH_NODE_IS_DEDICATED": _word(run.node.dedicated),
        "AZ_BATCH_TASK_USER": user,
        **({"AZ_BATCH_TASK_USER_IDENTITY": identity} if identity else {}),
        **_paths(places),
        **_RESERVED,
    }
    if run.job is not None and run.kind != "start":
        own |= {"AZ_BATCH_JOB_ID": run.job.id, "AZ_BATCH_TASK_ID": task_id(run)}
    if "multiInstanceSettings" in run.body:
        own |= _instances(run, places)
    valid = {name: value for name, value in given.items() if name and "=" not in name and "\0" not in name + value}
    return {**system, **packages, **valid, **own}


def _word(value: bool) -> str:
    return "true" if value else "false"


def _paths(places: Directories) -> dict[str, str]:
    found = {
        "AZ_BATCH_NODE_ROOT_DIR": places.node,
        "AZ_BATCH_NODE_SHARED_DIR": places.node / "shared",
        "AZ_BATCH_NODE_STARTUP_DIR": places.node / "startup",
        "AZ_BATCH_NODE_STARTUP_WORKING_DIR": places.node / "startup" / "wd",
        "AZ_BATCH_NODE_MOUNTS_DIR": places.node / "fsmounts",
        "AZ_BATCH_TASK_DIR": places.task,
        "AZ_BATCH_TASK_WORKING_DIR": places.work,
        "AZ_BATCH_CERTIFICATES_DIR": places.task / "certs",
    }
    if places.preparation is not None:
        found["AZ_BATCH_JOB_PREP_DIR"] = places.preparation
        found["AZ_BATCH_JOB_PREP_WORKING_DIR"] = places.preparation / "wd"
    return {name: str(path) for name, path in found.items()}


def _user(run: Run) -> tuple[str, str]:
    """The user's name, and scope and elevation of one that the service makes. No process changes its user here."""
    identity = run.body.get("userIdentity", {})
    if "username" in identity:
        return identity["username"], ""
    auto = identity.get("autoUser", {})
    scope, admin = auto.get("scope", "pool"), auto.get("elevationLevel") == "admin"
    name = "_azbatch" if scope == "pool" else f"_azbatchtask_{'start' if run.kind == 'start' else 1}"
    return name, f"{scope.capitalize()}{'Admin' if admin else 'NonAdmin'}"


def _instances(run: Run, places: Directories) -> dict[str, str]:
    addresses = [node.address for node in run.nodes] or [run.node.address]
    return {
        "AZ_BATCH_NODE_LIST": ";".join(addresses),
        "AZ_BATCH_HOST_LIST": ",".join(addresses),
        "AZ_BATCH_MASTER_NODE": f"{addresses[0]}:{MASTER_PORT}",
        "AZ_BATCH_IS_CURRENT_NODE_MASTER": _word(run.instance == 0),
        "AZ_BATCH_TASK_SHARED_DIR": str(places.task),
        "CCP_NODES": " ".join([str(len(addresses)), *(f"{address} 1" for address in addresses)]),
    }


def package_variables(application: str, version: str | None, directory: Path, *, windows: bool) -> dict[str, str]:
    """Linux has the name twice: as it was declared, and in lower case."""
    if windows:
        name = f"AZ_BATCH_APP_PACKAGE_{application.upper()}{f'#{version}' if version else ''}"
        return {name: str(directory)}
    names = [f"{form}{f'_{version}' if version else ''}" for form in (application, application.lower())]
    return {f"AZ_BATCH_APP_PACKAGE_{re.sub('[.#-]', '_', name)}": str(directory) for name in names}
