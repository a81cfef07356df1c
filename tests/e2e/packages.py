"""An account that makes application packages: over TLS, with a resource manager, a real Azurite, and tokens."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from azure.mgmt.batch import BatchManagementClient
from azure.storage.blob import BlobClient

from tests.e2e.entra import identity_endpoint, managed
from tests.e2e.programs import resource
from tests.e2e.stack import Stack
from tests.emulator.azurite import Storage, serving
from tests.emulator.clients.environments import ENVIRONMENTS
from tests.emulator.test_bearer import Entra
from tests.emulator_process import EmulatorProcess
from tests.sign_in.certificate import TokenIssuer, self_signed

AUDIENCES = ["https://batch.core.windows.net/", "https://management.azure.com"]
CONFIG = {"azure-batch:useMsi": {"value": True}}


@dataclass
class Managed:
    """The account, the container of its storage, and the environment of a machine that gets tokens for both planes."""

    account: EmulatorProcess
    storage: Storage
    container: str
    environment: Mapping[str, str]
    token: str
    certificate: Path
    options: tuple[str, ...]

    def beside(self, *options: str, location: Path | None = None) -> EmulatorProcess:
        """Another account, not yet started, that lets the same identity in and keeps packages at the same place."""
        return EmulatorProcess(*self.options, *options, location=location, verify=str(self.certificate))

    def of(self, account: EmulatorProcess) -> Managed:
        """The same in another account that runs."""
        return replace(self, account=account, environment={**self.environment, **_places(account)})

    def manager(self) -> BatchManagementClient:
        """Microsoft's own client of the resource manager: another client than ours."""
        return BatchManagementClient(
            Entra(self.token),
            self.account.account_id.split("/")[2],
            self.account.manager,
            credential_scopes=["https://management.azure.com/.default"],
            connection_verify=str(self.certificate),
        )

    def put(self, version: str, files: Mapping[str, str], application: str = "tools") -> None:
        """The same as `upload`, which leaves nothing in the log of requests."""
        self.upload(version, files, application)
        self.account.clear_requests()

    def upload(self, version: str, files: Mapping[str, str], application: str) -> None:
        """A package that another client makes, or makes again."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        with self.manager() as client:
            at = ("emulator", self.account.account, application)
            client.application.create(*at, {})
            record = client.application_package.create(*at, version, {})
            with BlobClient.from_blob_url(str(record.storage_url)) as blob:
                blob.upload_blob(file.getvalue(), overwrite=True)
            client.application_package.activate(*at, version, {"format": "zip"})

    def files(self, name: str) -> dict[str, str]:
        """What is in a package (`application/version`), as it lies in the storage."""
        with zipfile.ZipFile(io.BytesIO(self.storage.blob(self.container, name).content)) as archive:
            return {info.filename: archive.read(info).decode() for info in archive.infolist()}

    def empty(self) -> None:
        """An account without anything, whose packages go to a container of their own."""
        self.account.reset()
        for name in self.storage.names(self.container):
            self.storage.delete(self.container, name)

    def application(self, name: str) -> dict[str, Any]:
        """As the data plane shows it."""
        return dict(self.account.get(f"/applications/{name}"))

    def written(self) -> list[tuple[str, str]]:
        """Method and last words of the path of each write to the resource manager since the last look."""
        found = [
            (entry["method"], entry["path"].partition("/applications/")[2])
            for entry in self.account.requests()
            if entry["method"] != "GET" and "/applications/" in entry["path"]
        ]
        self.account.clear_requests()
        return found


@contextmanager
def managed_account(folder: Path, *options: str) -> Iterator[Managed]:
    with managed_accounts(folder, options) as (found,):
        yield found


@contextmanager
def managed_accounts(folder: Path, *accounts: Sequence[str]) -> Iterator[list[Managed]]:
    """An account for each list of options. One identity is let in by all, and one storage has a container for each."""
    certificate, issuer = self_signed(folder), TokenIssuer(folder)
    paths = ("--cert", certificate.certificate, "--key", certificate.key, "--token-key", issuer.public_key)
    token = issuer.token(audience=AUDIENCES)
    azurite = ENVIRONMENTS["azurite"]("azurite")

    with serving(azurite, folder) as storage, identity_endpoint(token) as msi, ExitStack() as running:
        found = []
        for number, options in enumerate(accounts):
            container = f"packages{number}"
            fixed = (*map(str, paths), "--set", f"package-storage={storage.container(container, 'rwdlc')}")
            verify = str(certificate.certificate)
            process = running.enter_context(EmulatorProcess(*fixed, "--arm-port", "0", *options, verify=verify))
            environment = {**managed(process, certificate, msi), **_places(process)}
            found.append(Managed(process, storage, container, environment, token, certificate.certificate, fixed))
        yield found


def _places(account: EmulatorProcess) -> dict[str, str]:
    """Where the account is, and where it is managed."""
    return {
        "AZURE_BATCH_ENDPOINT": account.endpoint,
        "AZURE_RESOURCE_MANAGER_ENDPOINT": account.manager,
        "AZURE_BATCH_ACCOUNT_RESOURCE_ID": account.account_id,
    }


def package(source: Any, *, options: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    return resource("ApplicationPackage", {"applicationId": "tools", "source": source, **properties}, **(options or {}))


def folder_of(path: Path, **files: str) -> dict[str, Any]:
    """An archive of a folder that has these files."""
    path.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (path / name).write_text(text)
    return {"fn::fileArchive": str(path)}


def stack_of(managed: Managed, folder: Path, program: Mapping[str, Any], **more: Any) -> Stack:
    return Stack(folder, program, managed.environment, config=CONFIG, **more)
