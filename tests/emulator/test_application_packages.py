"""Application packages by Microsoft's own clients: the resource manager's, that of storage, and that of Batch."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from azure.batch import BatchClient
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ServiceResponseError
from azure.mgmt.batch import BatchManagementClient
from azure.storage.blob import BlobClient

from tests.emulator.azurite import Storage, serving
from tests.emulator.certificates import AUDIENCE, Keys
from tests.emulator.clients.environments import needs_node
from tests.emulator.parts import pool_options
from tests.emulator.test_bearer import Entra
from tests.emulator_process import EmulatorProcess

MANAGER = "https://management.azure.com"
GROUP = "emulator"
FORM = {"format": "zip"}


def content() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("bin/tool", "#!/bin/sh\necho tool")
    return file.getvalue()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


def process(keys: Keys, location: Path | None = None) -> EmulatorProcess:
    files = ("--cert", keys.certificate_file, "--key", keys.private_file, "--token-key", keys.public_file)
    options = (*map(str, files), "--arm-port", "0")
    return EmulatorProcess(*options, location=location, verify=str(keys.certificate_file))


@pytest.fixture(scope="module")
def _managed(keys: Keys) -> Iterator[EmulatorProcess]:
    with process(keys) as running:
        yield running
        assert running.errors() == ""


@pytest.fixture
def managed(_managed: EmulatorProcess) -> EmulatorProcess:
    _managed.reset()
    return _managed


@pytest.fixture(scope="module")
def storage(client_azurite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with serving(client_azurite, tmp_path_factory.mktemp("azurite")) as storage:
        yield storage


@pytest.fixture
def manager(managed: EmulatorProcess, keys: Keys) -> Iterator[Any]:
    with _manager(managed, keys, keys.token(aud=MANAGER)) as client:
        yield client


def _manager(managed: EmulatorProcess, keys: Keys, token: str) -> BatchManagementClient:
    return BatchManagementClient(
        Entra(token),
        managed.account_id.split("/")[2],
        managed.manager,
        credential_scopes=[f"{MANAGER}/.default"],
        connection_verify=str(keys.certificate_file),
        retry_total=0,
    )


def refused(call: Any, *arguments: Any) -> tuple[int | None, str]:
    with pytest.raises(HttpResponseError) as caught:
        call(GROUP, *arguments)
    assert caught.value.error is not None
    return caught.value.status_code, str(caught.value.error.code)


@needs_node
def test_a_package_lives_from_its_record_to_a_pool_and_back(
    managed: EmulatorProcess, manager: Any, storage: Storage
) -> None:
    managed.switch("package-storage", storage.container("packages", "rwdlc"))
    account = managed.account
    applications, packages = manager.application, manager.application_package
    assert manager.batch_account.get(GROUP, account).properties.auto_storage.authentication_mode == "StorageKeys"

    assert refused(packages.create, account, "Render", "1.0", None) == (404, "ApplicationNotFound")
    made = applications.create(GROUP, account, "Render", {"properties": {"displayName": "Renderer"}})
    assert (made.id, made.display_name) == (f"{managed.account_id}/applications/Render", "Renderer")
    assert (made.allow_updates, made.default_version) == (True, None)
    assert [one.name for one in applications.list(GROUP, account)] == ["Render"]
    assert refused(packages.get, account, "render", "1.0") == (404, "ApplicationPackageNotFound")

    record = packages.create(GROUP, account, "render", "1.0", None)
    assert (record.state, record.name) == ("Pending", "1.0")
    assert record.type == "Microsoft.Batch/batchAccounts/applications/versions"
    with managed.client() as batch:
        assert list(batch.get_application("render").versions) == []
        assert refused(packages.activate, account, "render", "1.0", FORM) == (409, "ApplicationPackageBlobNotFound")
        default: dict[str, Any] = {"properties": {"defaultVersion": "1.0"}}
        assert refused(applications.update, account, "render", default) == (409, "RequestedDefaultVersionNotActive")

        with BlobClient.from_blob_url(record.storage_url) as blob:
            blob.upload_blob(content(), overwrite=True)
        active = packages.activate(GROUP, account, "render", "1.0", FORM)
        assert (active.state, active.format) == ("Active", "zip")
        assert packages.get(GROUP, account, "render", "1.0").last_activation_time == active.last_activation_time
        assert [one.state for one in packages.list(GROUP, account, "render")] == ["Active"]
        assert list(batch.get_application("RENDER").versions) == ["1.0"]
        _pools(batch)
        assert applications.update(GROUP, account, "render", default).default_version == "1.0"
        batch.create_pool(pool_options("p2", application_package_references=[_reference("render")]))

    assert refused(applications.delete, account, "render") == (409, "ApplicationPackagesNotEmpty")
    packages.delete(GROUP, account, "render", "1.0")
    assert applications.get(GROUP, account, "render").default_version is None
    assert storage.names("packages") == []
    packages.delete(GROUP, account, "render", "1.0")
    applications.delete(GROUP, account, "render")
    assert refused(applications.get, account, "render") == (404, "ApplicationNotFound")


def _reference(id: str, version: str | None = None) -> Any:
    return {"applicationId": id, **({"version": version} if version else {})}


def _pools(batch: BatchClient) -> None:
    """What a pool can refer to, when 1.0 is active and no version the default."""
    for references in ([_reference("other", "1.0")], [_reference("render", "2.0")], [_reference("render")]):
        with pytest.raises(HttpResponseError) as caught:
            batch.create_pool(pool_options("p1", application_package_references=references))
        assert caught.value.status_code == 409
        assert caught.value.model is not None and caught.value.model.code == "InvalidApplicationPackageReferences"
    batch.create_pool(pool_options("p1", application_package_references=[_reference("Render", "1.0")]))


@needs_node
def test_an_active_package_is_created_again_where_its_application_allows_it(
    managed: EmulatorProcess, manager: Any, storage: Storage
) -> None:
    managed.switch("package-storage", storage.container("again"))
    account, packages = managed.account, manager.application_package
    manager.application.create(GROUP, account, "tool", {"properties": {"allowUpdates": False}})
    record = packages.create(GROUP, account, "tool", "1", None)
    assert packages.create(GROUP, account, "tool", "1", None).state == "Pending"
    with BlobClient.from_blob_url(record.storage_url) as blob:
        blob.upload_blob(content())
    first = packages.activate(GROUP, account, "tool", "1", FORM)
    assert refused(packages.create, account, "tool", "1", None) == (409, "ApplicationUpdatesNotAllowed")
    manager.application.update(GROUP, account, "tool", {"properties": {"allowUpdates": True}})
    assert packages.create(GROUP, account, "tool", "1", None).state == "Active"
    managed.switch("package-put-again", "pending")
    assert packages.create(GROUP, account, "tool", "1", None).state == "Pending"
    managed.advance(60)
    assert packages.activate(GROUP, account, "tool", "1", FORM).last_activation_time > first.last_activation_time
    managed.switch("package-storage-url", "hidden")
    assert packages.get(GROUP, account, "tool", "1").storage_url is None


@needs_node
def test_applications_and_packages_outlive_the_emulator(keys: Keys, storage: Storage, tmp_path: Path) -> None:
    properties = {"properties": {"displayName": "Tool", "allowUpdates": False}}
    with process(keys, tmp_path) as first, _manager(first, keys, keys.token(aud=MANAGER)) as client:
        at = (GROUP, first.account, "tool")
        first.switch("package-storage", storage.container("kept", "rwdlc"))
        client.application.create(*at, properties)
        client.application_package.create(*at, "pending", {})
        record = client.application_package.create(*at, "active", {})
        with BlobClient.from_blob_url(str(record.storage_url)) as blob:
            blob.upload_blob(content())
        activated = client.application_package.activate(*at, "active", FORM).last_activation_time
        client.application.update(*at, {"properties": {"defaultVersion": "active"}})
    with process(keys, tmp_path) as second, _manager(second, keys, keys.token(aud=MANAGER)) as client:
        second.switch("package-storage", storage.container("kept", "rwdlc"))
        there = client.application.get(*at)
        assert (there.display_name, there.allow_updates, there.default_version) == ("Tool", False, "active")
        found = {one.name: one.state for one in client.application_package.list(*at)}
        assert found == {"active": "Active", "pending": "Pending"}
        assert client.application_package.get(*at, "active").last_activation_time == activated


def test_an_account_without_storage_has_no_packages(managed: EmulatorProcess, manager: Any) -> None:
    manager.application.create(GROUP, managed.account, "tool", None)
    there = manager.batch_account.get(GROUP, managed.account).properties
    assert there.auto_storage is None
    assert there.account_endpoint == managed.endpoint.removeprefix("https://")
    create = manager.application_package.create
    assert refused(create, managed.account, "tool", "1", None) == (409, "AccountNotEnabledForAutoStorage")


def test_applications_come_in_pages(managed: EmulatorProcess, manager: Any) -> None:
    for number in range(5):
        manager.application.create(GROUP, managed.account, f"tool{number}", None)
    found = manager.application.list(GROUP, managed.account, maxresults=2)
    assert [one.name for one in found] == [f"tool{number}" for number in range(5)]


def test_another_subscription_group_or_account_is_not_there(managed: EmulatorProcess, manager: Any, keys: Keys) -> None:
    with pytest.raises(HttpResponseError) as caught:
        manager.application.get("other", managed.account, "tool")
    assert caught.value.error is not None and caught.value.error.code == "ResourceGroupNotFound"
    assert refused(manager.application.get, "another", "tool") == (404, "ResourceNotFound")
    assert refused(manager.application.create, managed.account, "no name", None) == (400, "InvalidResourceName")


def test_a_lost_answer_of_the_manager_is_ordered_like_any_other(managed: EmulatorProcess, manager: Any) -> None:
    managed.fault(operation="Application - Create", drop="after")
    with pytest.raises(ServiceResponseError):
        manager.application.create(GROUP, managed.account, "tool", None)
    assert manager.application.get(GROUP, managed.account, "tool").name == "tool"
    asked = [(entry["operation"], entry["status"]) for entry in managed.requests()]
    assert asked == [("Application - Create", None), ("Application - Get", 200)]


def test_only_a_token_for_the_manager_gets_in(managed: EmulatorProcess, keys: Keys) -> None:
    for token in (keys.token(aud=AUDIENCE), "nonsense"):
        with _manager(managed, keys, token) as client, pytest.raises(ClientAuthenticationError):
            client.application.get(GROUP, managed.account, "tool")
    url = f"{managed.manager}{managed.account_id}/applications?api-version=2025-06-01"
    for headers in ({}, {"Authorization": f"SharedKey {managed.account}:x"}):
        answer = requests.get(url, headers=headers, verify=str(keys.certificate_file), timeout=30)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "AuthenticationFailed")
    bearer = {"Authorization": f"Bearer {keys.token(aud=MANAGER)}"}
    for path, status in (("/_emulator/requests", 501), ("/pools", 501), (managed.account_id, 200)):
        answer = requests.get(
            f"{managed.manager}{path}?api-version=2025-06-01",
            headers=bearer,
            verify=str(keys.certificate_file),
            timeout=30,
        )
        assert answer.status_code == status, answer.text
    for query in ("", "?api-version=2001-01-01"):
        answer = requests.get(
            managed.manager + managed.account_id + query, headers=bearer, verify=str(keys.certificate_file), timeout=30
        )
        assert answer.status_code == 400
