"""Application packages against what other clients do, and answers that are lost: nothing of it needs an engine."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azure_batch_provider.archives.source import ARCHIVE, ASSET, SIGNATURE
from azure_batch_provider.config.rehearsal import Rehearsal
from azure_batch_provider.http.errors import RequestError
from azure_batch_provider.lifecycle.results import InitFailed
from azure_batch_provider.models.application_package import ApplicationPackage
from azure_batch_provider.properties.secrets import wrapped
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.refusal import Refused
from azure_batch_provider.values.unknown import UNKNOWN
from tests.e2e.conftest import POOL as EMPTY_POOL
from tests.e2e.packages import Managed, managed_account
from tests.emulator.clients.environments import needs_node
from tests.resources.package_life import PackageLife

pytestmark = needs_node
FOREVER = 10**6
POOL = {**EMPTY_POOL, "id": "pool"}


def refers_to(application: str, version: str | None = None) -> dict[str, Any]:
    reference = {"applicationId": application} | ({} if version is None else {"version": version})
    return {"applicationPackageReferences": [reference]}


_SPECIFICATION = {name: value for name, value in EMPTY_POOL.items() if name != "id"}
AUTO_POOL: dict[str, Any] = {
    "poolInfo": {
        "autoPoolSpecification": {"poolLifetimeOption": "job", "pool": {**_SPECIFICATION, **refers_to("tools", "1.0")}}
    }
}
MANAGER = {"id": "manager", "commandLine": "work"}
MANAGED: dict[str, Any] = {"poolInfo": {"poolId": "pool"}, "jobManagerTask": {**MANAGER, **refers_to("tools")}}


def holding(**files: str) -> dict[str, Any]:
    """An archive of texts."""
    assets = {name: {SIGNATURE: ASSET, "text": text} for name, text in files.items()}
    return {SIGNATURE: ARCHIVE, "assets": assets}


ONE, TWO = holding(tool="one"), holding(tool="two")


@pytest.fixture(scope="module")
def _managed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Managed]:
    with managed_account(tmp_path_factory.mktemp("managed")) as found:
        yield found
        assert found.account.errors() == ""


@pytest.fixture
def managed(_managed: Managed, monkeypatch: pytest.MonkeyPatch) -> Managed:
    for name, value in _managed.environment.items():
        monkeypatch.setenv(name, value)
    _managed.empty()
    return _managed


@pytest.fixture
def life(managed: Managed) -> PackageLife:
    return PackageLife(managed)


def writes_of(version: str) -> list[tuple[str, str]]:
    """What brings content under a version."""
    return [("PUT", f"tools/versions/{version}"), ("POST", f"tools/versions/{version}/activate")]


def lost(managed: Managed, operation: str) -> None:
    """Every answer to it is lost from now on, while it is carried out."""
    managed.account.fault(operation=f"Application Package - {operation}", drop="after", times=FOREVER)


def heal(managed: Managed) -> None:
    managed.account.call("DELETE", "/_emulator/faults", api_version=None)


def test_what_another_client_has_done_is_seen_and_healed(managed: Managed, life: PackageLife) -> None:
    program: dict[str, Any] = {"source": ONE, "version": "1", "defaultVersion": True, "displayName": "Ours"}
    life.up(**program)
    assert life.up(**program) == {}
    managed.account.advance(60)
    managed.put("1", {"tool": "theirs"})
    assert life.up(**program) == {"contentHash": False}
    assert any("was activated by another client at" in text for text in life.said)
    assert managed.written() == writes_of("1")
    assert managed.files("tools/1") == {"tool": "one"}
    assert life.up(**program) == {}

    managed.put("2", {"tool": "theirs"})
    with managed.manager() as client:
        changed = {"properties": {"defaultVersion": "2", "displayName": "Theirs"}}
        client.application.update("emulator", managed.account.account, "tools", changed)
    managed.account.clear_requests()
    assert life.up(**program) == {"defaultVersion": False, "displayName": False}
    assert managed.written() == [("PATCH", "tools"), ("PATCH", "tools")]
    assert life.up(**program) == {}

    # Pending again: its record was made anew, and nothing activated.
    managed.account.switch("package-put-again", "pending")
    with managed.manager() as client:
        client.application_package.create("emulator", managed.account.account, "tools", "1", {})
    assert life.up(**program) == {"contentHash": False}
    assert any("is pending: its content has not been activated" in text for text in life.said)
    assert "1" in managed.application("tools")["versions"]

    with managed.manager() as client:
        client.application_package.delete("emulator", managed.account.account, "tools", "1")
    assert life.up(**program) == {"create": True}
    assert managed.files("tools/1") == {"tool": "one"}
    assert life.up(source=ONE, version="1", applicationId="other") == {
        "applicationId": True,
        "defaultVersion": False,
        "displayName": False,
    }
    assert managed.application("other")["versions"] == ["1"]
    assert managed.application("tools")["versions"] == ["2"]


def test_what_exists_is_adopted_by_its_content_refused_or_taken_over(managed: Managed, life: PackageLife) -> None:
    life.up(ONE)
    managed.written()
    other = PackageLife(managed)
    other.up(ONE)
    assert any("its version says that it has this content: it is adopted" in text for text in other.said)
    assert managed.written() == []

    managed.put("1.0", {"tool": "theirs"})
    third = PackageLife(managed)
    for preview in (True, False):
        with pytest.raises(Refused, match=r"\[azure-batch: package-exists\]"):
            third.up(ONE, preview=preview, version="1.0")
    assert managed.written() == []
    third.up(ONE, version="1.0", takeOver=True)
    assert any("taking over applications/tools/versions/1.0" in text for text in third.said)
    assert managed.files("tools/1.0") == {"tool": "one"}


@pytest.mark.parametrize("operation", ["Create", "Activate"])
def test_a_package_whose_answer_is_lost_is_finished_by_the_next_up(
    managed: Managed, life: PackageLife, operation: str
) -> None:
    lost(managed, operation)
    with pytest.raises(InitFailed, match="got no answer"):
        life.up(ONE)
    heal(managed)
    life.up(ONE)
    (version,) = managed.application("tools")["versions"]
    assert managed.files(f"tools/{version}") == {"tool": "one"}
    assert life.up(ONE) == {}
    life.destroy()
    assert managed.application("tools")["versions"] == []


def test_a_lost_answer_is_made_up_for_by_a_retry(managed: Managed, life: PackageLife) -> None:
    for operation in ("Create", "Activate"):
        managed.account.fault(operation=f"Application Package - {operation}", drop="after")
    managed.account.fault(operation="Application - Create", status=503, retryAfter=0)
    life.up(ONE)
    assert len(managed.application("tools")["versions"]) == 1
    managed.account.fault(operation="Application Package - Delete", drop="after")
    life.destroy()


def test_content_that_does_not_arrive_is_uploaded_by_the_next_up(managed: Managed, life: PackageLife) -> None:
    secret = "sv=2021-12-02&sig=c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmU%3D"
    managed.account.switch("package-storage", f"{managed.storage.endpoint}/nowhere?{secret}")
    with pytest.raises(InitFailed, match="its content is not active") as caught:
        life.up(ONE)
    assert life.state is not None
    assert "c2VjcmV0" not in f"{caught.value}{life.state}{life.said}{life.logged}"
    assert life.up(ONE, preview=True) == {}

    managed.account.switch("package-storage", managed.storage.container(managed.container, "rwdlc"))
    life.up(ONE)
    (version,) = managed.application("tools")["versions"]
    assert managed.files(f"tools/{version}") == {"tool": "one"}
    assert life.up(ONE) == {}
    assert "sig=" not in f"{life.state}{life.said}{life.logged}"


def test_an_activation_that_was_lost_is_not_repeated_where_the_application_forbids_it(
    managed: Managed, life: PackageLife
) -> None:
    lost(managed, "Activate")
    with pytest.raises(InitFailed):
        life.up(ONE, version="1.0", allowUpdates=False)
    heal(managed)
    managed.written()
    life.up(ONE, version="1.0", allowUpdates=False)
    assert managed.written() == []
    assert life.up(ONE, version="1.0", allowUpdates=False) == {}


def test_what_was_active_when_the_rest_failed_is_not_uploaded_again(managed: Managed, life: PackageLife) -> None:
    program: dict[str, Any] = {"source": ONE, "version": "1.0", "allowUpdates": False, "defaultVersion": True}
    managed.account.fault(operation="Application - Update", status=409, code="Busy", times=FOREVER)
    with pytest.raises(InitFailed, match=r"is active, and then: .*Busy"):
        life.up(**program)
    heal(managed)
    managed.written()
    life.up(**program)
    assert managed.written() == [("PATCH", "tools")]
    assert life.up(**program) == {}


def test_a_plan_from_the_state_does_not_take_foreign_content_for_its_own(managed: Managed) -> None:
    life = PackageLife(managed, driftDetection="refresh")
    life.up(ONE, version="1.0")
    managed.account.advance(60)
    managed.put("1.0", {"tool": "theirs"})
    package = life._lifecycle(life._session())
    assert life.state is not None
    news = package.named({}, Inputs({"applicationId": "tools", "source": ONE, "version": "1.0", "displayName": "It"}))
    package.update(life.state, news)
    assert managed.files("tools/1.0") == {"tool": "one"}


def test_what_a_creation_changes_of_its_application_is_said_before_it_does(managed: Managed, life: PackageLife) -> None:
    managed.put("1.0", {"tool": "theirs"})
    with managed.manager() as client:
        theirs = {"properties": {"displayName": "Theirs", "defaultVersion": "1.0"}}
        client.application.update("emulator", managed.account.account, "tools", theirs)
    for preview in (True, False):
        life.up(ONE, preview=preview, version="2.0", displayName="Ours", defaultVersion=True)
        said = 'is changed: `displayName` is "Theirs", and becomes "Ours"; `defaultVersion` is "1.0", and becomes'
        assert any(said in text for text in life.said)
    life.up(ONE, version="2.0", displayName="Ours", defaultVersion=True)
    assert not any("is changed" in text for text in life.said)


def test_an_application_is_locked_once_the_content_is_there(managed: Managed, life: PackageLife) -> None:
    """A package that is active cannot be uploaded again in an application that allows no updates."""
    managed.put("1.0", {"tool": "theirs"})
    program: dict[str, Any] = {"source": ONE, "version": "1.0", "takeOver": True, "allowUpdates": False}
    life.up(**program)
    assert managed.files("tools/1.0") == {"tool": "one"}
    assert managed.written() == [*writes_of("1.0"), ("PATCH", "tools")]
    assert life.up(**program) == {}
    # That it is locked already is said in the preview.
    other = PackageLife(managed)
    for preview in (True, False):
        with pytest.raises(Refused, match=r"\[azure-batch: package-frozen\]"):
            other.up(TWO, preview=preview, version="1.0", takeOver=True)
    assert managed.written() == []


def test_a_frozen_package_is_replaced_and_one_that_was_frozen_after_the_plan_kept(
    managed: Managed, life: PackageLife
) -> None:
    life.up(ONE, version="1.0", allowUpdates=False)
    assert life.up(TWO, preview=True, version="1.0", allowUpdates=False) == {"contentHash": True}
    assert life.up(TWO, preview=True, version="1.0", allowUpdates=True) == {
        "contentHash": False,
        "allowUpdates": False,
    }
    # Another client freezes it between plan and request.
    life.up(ONE, version="1.0", allowUpdates=True)
    managed.account.fault(operation="Application Package - Create", status=409, code="AnyCode")
    with managed.manager() as client:
        at = ("emulator", managed.account.account, "tools")
        client.application.update(*at, {"properties": {"allowUpdates": False}})
    assert life.state is not None
    package = life._lifecycle(life._session())
    inputs = package.named({}, Inputs({"applicationId": "tools", "source": TWO, "version": "1.0"}))
    with pytest.raises(Refused, match=r"\[azure-batch: package-frozen\]"):
        package.change(life.state, inputs)
    assert managed.files("tools/1.0") == {"tool": "one"}


def test_a_package_in_use_is_not_deleted_and_what_refers_to_it_is_named(managed: Managed, life: PackageLife) -> None:
    life.up(ONE, version="1.0", defaultVersion=True)
    account = managed.account
    for number, reference in enumerate(({"applicationId": "TOOLS", "version": "1.0"}, {"applicationId": "tools"})):
        account.post("/pools", {**POOL, "id": f"pool{number}", "applicationPackageReferences": [reference]})
    account.post("/jobs", {"id": "job", **AUTO_POOL})
    account.post("/jobs", {"id": "managed", **MANAGED})
    account.post("/jobs", {"id": "other", **MANAGED, "jobManagerTask": {**MANAGER, **refers_to("tools", "2")}})
    account.post("/jobs", {"id": "ended", **AUTO_POOL, **MANAGED})
    for id, specification in (("nightly", AUTO_POOL), ("hourly", {**MANAGED, **AUTO_POOL}), ("over", AUTO_POOL)):
        waiting = {"schedule": {"doNotRunUntil": "2099-01-31T18:00:00Z"}}
        account.post("/jobschedules", {"id": id, **waiting, "jobSpecification": specification})
    for path in ("/jobs/ended", "/jobschedules/over"):
        assert account.call("POST", f"{path}/terminate", {}).status == 202
    account.settle()
    account.clear_requests()
    with pytest.raises(Refused, match=r"\[azure-batch: package-in-use\]$") as refused:
        life.destroy()
    lists = [entry["path"] for entry in account.requests() if entry["path"] in ("/pools", "/jobs", "/jobschedules")]
    assert sorted(lists) == ["/jobs", "/jobschedules", "/pools"]
    (auto_pool,) = {pool["id"] for pool in account.get("/pools")["value"]} - {"pool0", "pool1"}
    place = "poolInfo.autoPoolSpecification.pool"
    assert (
        f"because pools/{auto_pool}, pools/pool0, pools/pool1 refer to it; jobs/job refers to it in `{place}`; "
        "jobs/managed refers to it in `jobManagerTask`; jobschedules/hourly, jobschedules/nightly refer to it in "
        f"`jobSpecification.{place}`; jobschedules/hourly refers to it in `jobSpecification.jobManagerTask`. "
    ) in str(refused.value)

    # What is being deleted has no nodes to put it on.
    account.switch("states", "by-hand")
    for path in ("/pools/pool0", "/pools/pool1", f"/pools/{auto_pool}", "/jobs/job", "/jobs/managed"):
        assert account.call("DELETE", path).status == 202
    for schedule in ("nightly", "hourly"):
        assert account.call("DELETE", f"/jobschedules/{schedule}").status == 202
    managed.account.fault(operation="Application Package - Delete", status=409, code="StillInUse")
    with pytest.raises(Refused, match="StillInUse") as refused:
        life.destroy()
    assert str(refused.value).endswith("[azure-batch: package-not-deleted]")
    life.destroy()
    life.destroy()


def test_what_the_service_refuses_is_said_with_what_to_do(managed: Managed, life: PackageLife) -> None:
    managed.account.switch("package-storage", "none")
    with pytest.raises(RequestError, match=r"AccountNotEnabledForAutoStorage.* Link a storage account"):
        life.up(ONE)
    managed.empty()
    managed.account.fault(operation="Application Package - Get", status=403, code="AuthorizationFailed")
    with pytest.raises(RequestError, match=r"Microsoft\.Batch/batchAccounts/applications/"):
        life.up(ONE)
    life.up(ONE)
    # That its group is not found, or that it fails, does not mean that the package is gone.
    unreadable: tuple[dict[str, Any], ...] = (
        {"status": 404, "code": "ResourceGroupNotFound"},
        {"status": 404, "code": "AccountNotFound"},
        {"status": 500, "times": FOREVER},
    )
    for answer in unreadable:
        managed.account.fault(operation="Application Package - Get", **answer)
        with pytest.raises(Refused, match=r"\[azure-batch: unreadable\]"):
            life.up(ONE)
    heal(managed)
    # Refused credentials do not block an `up` that brings new ones.
    managed.account.fault(operation="Application Package - Get", status=401, code="ExpiredAuthenticationToken")
    assert life.up(ONE) == {}
    # What the service says of a package may have another name than is known here.
    managed.account.fault(operation="Application Package - Get", status=404, code="PackageDoesNotExist")
    managed.account.fault(operation="Application Package - Get", status=404, code="PackageDoesNotExist")
    assert life.up(ONE) == {"create": True}


def test_an_import_records_the_content_and_sends_nothing(managed: Managed, life: PackageLife) -> None:
    managed.put("1.0", {"tool": "one"})
    life.imports("applications/tools/versions/1.0")
    assert any("is taken to be what the program declares" in text for text in life.said)
    assert life.up(ONE, version="1.0", defaultVersion=False) == {"contentHash": False}
    assert managed.written() == []
    assert life.up(ONE, version="1.0") == {}
    gone = PackageLife(managed)
    gone.imports("applications/tools/versions/9")
    assert gone.state is None
    with pytest.raises(Refused, match="applications/APPLICATION/versions/VERSION"):
        gone.imports("tools/1.0")


def test_what_cannot_be_made_is_said_before_anything_is_sent(managed: Managed, life: PackageLife) -> None:
    managed.written()
    assert "is not a zip file, and an asset is uploaded as it is" in life.refused({SIGNATURE: ASSET, "text": "x"})
    both = life.refused({"path": "x"}, version="a b")
    assert "must be an asset or an archive" in both
    assert "letters (A to Z), digits, dots, hyphens and underscores" in both
    key = {"useMsi": None, "accountName": managed.account.account, "accountKey": managed.account.key}
    assert "needs Entra: application packages are made by" in PackageLife(managed, **key).refused(ONE)
    assert "[azure-batch: account-id-missing]" in PackageLife(managed, accountResourceId=None).refused(ONE)
    another = PackageLife(managed, accountName="another").refused(ONE)
    assert "`accountResourceId` names account batchdev, and the configuration is that of another" in another
    assert managed.written() == []


def test_an_application_has_one_default_version(managed: Managed, operation: Any) -> None:
    del managed
    begun = operation()
    program = {"applicationId": "tools", "source": ONE, "defaultVersion": True}
    other = {**program, "applicationId": "TOOLS", "version": "2"}
    begun("ApplicationPackage", "one").check({}, Inputs(program))
    checked = begun("ApplicationPackage", "two").check({}, Inputs(other))
    assert any("an application has one default version" in reason for _, reason in checked.failures)


def test_what_is_not_known_yet_makes_version_and_hash_unknown(life: PackageLife) -> None:
    package = life._lifecycle(life._session(), preview=True)
    text = {SIGNATURE: ARCHIVE, "assets": {"a": {SIGNATURE: ASSET, "text": UNKNOWN}}}
    for source in (UNKNOWN, text):
        checked = package.check({}, Inputs({"applicationId": "tools", "source": source}))
        assert checked.failures == []
        assert (checked.inputs["version"], checked.inputs["contentHash"]) == (UNKNOWN, UNKNOWN)
        assert package.create(checked.inputs).id == ""


def test_an_archive_that_is_fetched_by_a_signature_is_a_secret_as_a_whole() -> None:
    source = {SIGNATURE: ARCHIVE, "uri": "https://h.example/a.zip?sv=2022-11-02&sp=r&sig=c2VjcmV0"}
    assert wrapped(ApplicationPackage, {"source": source}).secret_paths == {("source",)}
    assert wrapped(ApplicationPackage, {"source": ONE}).secret_paths == frozenset()


def test_large_content_goes_up_in_blocks(managed: Managed, life: PackageLife, tmp_path: Path) -> None:
    block = bytes(range(256)) * 4096
    with (tmp_path / "large.bin").open("wb") as file:
        for number in range(20):
            file.write(bytes([number]) + block[1:])
    with zipfile.ZipFile(tmp_path / "large.zip", "w") as archive:
        archive.write(tmp_path / "large.bin", "large.bin")
    life.up({SIGNATURE: ASSET, "path": str(tmp_path / "large.zip")})
    (version,) = managed.application("tools")["versions"]
    assert managed.storage.blob(managed.container, f"tools/{version}").content == (tmp_path / "large.zip").read_bytes()
    told = [text for text in life.logged if text.startswith("uploading applications/tools")]
    assert len(told) >= 3
    assert told[0].endswith("8.0 of 20.0 MiB")


def test_a_rehearsal_leaves_packages_out(managed: Managed, life: PackageLife, monkeypatch: pytest.MonkeyPatch) -> None:
    life.up(ONE, version="1.0")
    managed.written()
    session = life._session()
    copy = Rehearsal(managed.account.endpoint, managed.account.account, managed.account.key)
    session.configuration = replace(session.configuration, rehearsal=copy)
    monkeypatch.setattr(life, "_session", lambda: session)
    life.up(TWO, version="1.0")
    life.up(TWO, version="2.0")
    life.destroy()
    assert managed.written() == []
    assert any("is not part of a rehearsal" in text for text in life.said)
    assert managed.files("tools/1.0") == {"tool": "one"}
