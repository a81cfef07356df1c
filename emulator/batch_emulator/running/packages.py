"""Application packages of a run: a directory on its node for each, and the variables that say where it is.

The data plane has no content of packages, so the directories are empty.
"""

from __future__ import annotations

from pathlib import Path

from batch_emulator.running.environment import package_variables
from batch_emulator.running.failures import Failed
from batch_emulator.simulation.runs import Run
from batch_emulator.state.account import Account
from batch_emulator.state.clock import to_datetime
from batch_emulator.state.entities import Application


def install(account: Account, run: Run, node: Path) -> dict[str, str]:
    """The variables. Raises Failed where the account has the application and not this version of it.

    What is there already from an earlier run is used again.
    """
    found: dict[str, str] = {}
    references = [*run.pool.body.get("applicationPackageReferences", ())]
    if run.kind != "start":
        references += run.body.get("applicationPackageReferences", ())
    installed = sorted((node / "applications").iterdir()) if references else []
    for reference in references:
        name, version = reference["applicationId"].rpartition("/")[2], reference.get("version")
        application = account.store.of(Application).find(name)
        if application is not None and version not in (None, *application.body.get("versions", ())):
            raise Failed("ApplicationPackageError", f"There is no version {version} of the application {name}")
        beginning = f"{name.lower()}{version or ''}"
        when = to_datetime(run.node.booted or run.node.created).strftime("%Y-%m-%d-%H-%M")
        directory = next(
            (path for path in installed if path.name[: -len(when)] == beginning),
            node / "applications" / f"{beginning}{when}",
        )
        directory.mkdir(exist_ok=True)
        found |= package_variables(name, version, directory, windows=run.pool.windows)
    return found
