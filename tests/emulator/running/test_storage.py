"""Files to and from a real Azurite: what is uploaded comes back, and what Storage refuses is the task's failure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.batch import models

from batch_emulator.running.failures import Failed
from batch_emulator.running.output_files import Upload, wanted
from batch_emulator.running.resource_files import Download
from tests.emulator.azurite import Storage, serving
from tests.emulator.clients.environments import needs_node
from tests.emulator.running.account import OPTIONS, Account, failure
from tests.emulator_process import EmulatorProcess

pytestmark = needs_node


@pytest.fixture(scope="module")
def storage(client_azurite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with serving(client_azurite, tmp_path_factory.mktemp("azurite")) as storage:
        yield storage


@pytest.fixture
def task(tmp_path: Path) -> Path:
    for name in ("stdout.txt", "wd/a.txt", "wd/out/b c.bin", "wd/out/deep/ü.bin", "wd/out/.hidden"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"content of {name}")
    return tmp_path


def output(pattern: str, url: str, condition: str = "TaskCompletion", **more: Any) -> dict[str, Any]:
    destination = {"container": {"containerUrl": url, **more}}
    return {"filePattern": pattern, "destination": destination, "uploadOptions": {"uploadCondition": condition}}


def upload(task: Path, *files: dict[str, Any]) -> None:
    Upload(task, {"AZ_BATCH_TASK_DIR": str(task)}, windows=False).send(list(files))


def test_files_go_to_a_container_and_come_back(storage: Storage, task: Path) -> None:
    url = storage.container("box")
    headers = [{"name": "x-ms-meta-kind", "value": "test"}, {"name": "content-type", "value": "text/plain"}]
    upload(
        task,
        output("a.txt", url, uploadHeaders=headers),
        output("$AZ_BATCH_TASK_DIR/std*.txt", url, path="t1/logs"),
        output("out/**/*.bin", url, path="t1/"),
        output("a.txt", url, path="renamed/x.txt"),
        output("nothing*", url),
    )
    assert storage.names("box") == ["a.txt", "renamed/x.txt", "t1/b c.bin", "t1/deep/ü.bin", "t1/logs/stdout.txt"]
    blob = storage.blob("box", "a.txt")
    assert blob.text == "content of wd/a.txt"
    assert (blob.headers["x-ms-meta-kind"], blob.headers["Content-Type"]) == ("test", "text/plain")
    assert blob.headers["x-ms-blob-type"] == "BlockBlob"
    log = (task / "fileuploadout.txt").read_text()
    assert "t1/deep/ü.bin" in log and "no file matches nothing*" in log and "sig=" not in log
    assert (task / "fileuploaderr.txt").read_text() == ""
    back = task / "back"
    back.mkdir()
    Download(back, windows=False, most=0, ended=lambda: False).fetch(
        [
            {"storageContainerUrl": url, "blobPrefix": "t1/"},
            {"httpUrl": url.replace("/box?", "/box/a.txt?"), "filePath": "one.txt"},
        ]
    )
    assert (back / "t1/deep/ü.bin").read_text() == "content of wd/out/deep/ü.bin"
    assert (back / "t1/b c.bin").exists() and (back / "one.txt").read_text() == "content of wd/a.txt"


def test_a_container_of_many_blobs_comes_whole(storage: Storage, tmp_path: Path) -> None:
    url = storage.container("empty")
    Download(tmp_path, windows=False, most=0, ended=lambda: False).fetch([{"storageContainerUrl": url}])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("container", "permissions", "code"),
    [("none", "rwlc", "FileUploadContainerNotFound"), ("box", "r", "FileUploadAccessDenied")],
)
def test_what_storage_refuses_to_take_is_the_tasks_failure(
    storage: Storage, task: Path, container: str, permissions: str, code: str
) -> None:
    storage.container("box")
    refused = storage.container(container, permissions, make=False)
    with pytest.raises(Failed) as caught:
        upload(task, output("a.txt", refused), output("a.txt", storage.container("box"), path="after.txt"))
    assert caught.value.info["code"] == code
    assert "sig=" not in str(caught.value.info)
    assert code in (task / "fileuploaderr.txt").read_text()
    assert "after.txt" in storage.names("box")


@pytest.mark.parametrize(
    ("container", "permissions", "blob_code", "container_code"),
    [
        ("none", "rwlc", "BlobNotFound", "ResourceContainerNotFound"),
        ("box", "w", "BlobAccessDenied", "ResourceContainerAccessDenied"),
    ],
)
def test_what_storage_refuses_to_give_is_the_tasks_failure(
    storage: Storage, tmp_path: Path, container: str, permissions: str, blob_code: str, container_code: str
) -> None:
    storage.container("box")
    storage.put("box", "x", b"x")
    url = storage.container(container, permissions, make=False)
    download = Download(tmp_path, windows=False, most=0, ended=lambda: False)
    for file, code in (
        ({"httpUrl": url.replace(f"/{container}?", f"/{container}/x?"), "filePath": "x"}, blob_code),
        ({"storageContainerUrl": url}, container_code),
    ):
        with pytest.raises(Failed) as caught:
            download.fetch([file])
        assert caught.value.info["code"] == code


def test_only_storage_of_this_machine_is_written_to(task: Path) -> None:
    with pytest.raises(Failed) as caught:
        upload(task, output("a.txt", "https://acct.blob.core.windows.net/box?sig=x"))
    assert caught.value.info["code"] == "FileUploadMiscError"
    assert "loopback" in str(caught.value.info["details"])


def test_a_task_works_on_files_of_storage(storage: Storage) -> None:
    url = storage.container("work")
    storage.put("work", "in/a.txt", b"hello")
    put_back = models.OutputFileBlobContainerDestination(container_url=url, path="out")
    refused = models.OutputFileBlobContainerDestination(container_url=storage.container("gone", make=False))

    def output_to(destination: models.OutputFileBlobContainerDestination) -> models.OutputFile:
        return models.OutputFile(
            file_pattern="**/*.up",
            destination=models.OutputFileDestination(container=destination),
            upload_options=models.OutputFileUploadConfiguration(upload_condition="taskSuccess"),
        )

    with EmulatorProcess(*OPTIONS) as emulator, emulator.client() as client:
        account = Account(emulator, client)
        account.make()
        whole = models.ResourceFile(storage_container_url=url, blob_prefix="in/", file_path="d")
        text = "tr a-z A-Z < d/in/a.txt > d/a.up"
        info = account.shell("t1", text, resource_files=[whole], output_files=[output_to(put_back)])
        assert (info.exit_code, info.failure_info) == (0, None)
        assert storage.blob("work", "out/d/a.up").text == "HELLO"
        assert "out/d/a.up" in account.read("t1", "fileuploadout.txt")
        info = account.shell("t2", "touch b.up", output_files=[output_to(put_back), output_to(refused)])
        assert (info.exit_code, failure(info)) == (0, ("UserError", "FileUploadContainerNotFound"))
        info = account.shell("t3", "touch c.up; exit 2", output_files=[output_to(put_back)])
        assert (info.exit_code, failure(info)) == (2, ("UserError", "FailureExitCode"))
    assert storage.names("work") == ["in/a.txt", "out/b.up", "out/d/a.up"]


def test_the_exit_code_says_which_files_are_uploaded() -> None:
    files = [output(name, "u", name) for name in ("TaskSuccess", "taskfailure", "TaskCompletion")]
    assert [file["filePattern"] for file in wanted(files, 0)] == ["TaskSuccess", "TaskCompletion"]
    assert [file["filePattern"] for file in wanted(files, 3)] == ["taskfailure", "TaskCompletion"]
