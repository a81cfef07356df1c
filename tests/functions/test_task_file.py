"""The end of a file of a task: bounded, in text, without secrets, and why there is none."""

from __future__ import annotations

import base64
from typing import Any, Final

import grpc
import pytest

from tests.emulator_process import EmulatorProcess
from tests.functions.conftest import Invoke
from tests.properties.provider import Provider

T: Final = "jobs/job/tasks/t"
SAS: Final = "https://a.blob.core.windows.net/c?sv=2024-11-04&sp=r&sig=PlantedPlantedPlantedPlantedPlantedPlante%3D"


@pytest.fixture(autouse=True)
def task(emulator: EmulatorProcess) -> None:
    """A task that has run on a node of the pool."""
    emulator.switch("scheduling", "on")
    emulator.post("/jobs/job/tasks", {"id": "t", "commandLine": "x"})
    emulator.settle()
    assert emulator.get(f"/{T}")["nodeInfo"]["nodeId"]
    emulator.clear_requests()


def put(emulator: EmulatorProcess, content: bytes | str, name: str = "stdout.txt") -> None:
    data = content.encode() if isinstance(content, str) else content
    emulator.post("/_emulator/files/tasks/job/t", {"name": name, "base64": base64.b64encode(data).decode()})


def test_a_small_file_comes_whole(emulator: EmulatorProcess, invoke: Invoke) -> None:
    put(emulator, "Grüße\nfrom the node\n")
    emulator.clear_requests()
    found = invoke("getTaskFile", id=T)
    assert (found["content"], found["size"]) == ("Grüße\nfrom the node\n", 22)
    assert (found["isText"], found["isWhole"], found["filePath"], found["id"]) == (True, True, "stdout.txt", T)
    assert found["lastModified"].endswith("Z")
    assert [(entry["method"], entry["path"]) for entry in emulator.requests()] == [
        ("GET", f"/{T}/files"),
        ("GET", f"/{T}/files/stdout.txt"),
    ]
    assert invoke("getTaskFile", jobId="job", taskId="t", filePath="stderr.txt") == {
        **found,
        "filePath": "stderr.txt",
        "content": "",
        "size": 0,
        "lastModified": invoke("getTaskFile", id=T, filePath="stderr.txt")["lastModified"],
    }


def test_of_a_large_file_the_end_comes_by_a_range(emulator: EmulatorProcess, invoke: Invoke) -> None:
    lines = [f"line {number:06}" for number in range(20_000)]
    put(emulator, "\n".join(lines))
    found = invoke("getTaskFile", id=T)
    assert (found["size"], found["isWhole"]) == (20_000 * 12 - 1, False)
    assert 65_500 < len(found["content"]) < 65_536
    assert found["content"].split("\n")[-1] == "line 019999"
    assert found["content"].split() == " ".join(lines).split()[-len(found["content"].split()) :]
    assert invoke("getTaskFile", id=T, maxBytes=30)["content"] == "line 019998\nline 019999"


@pytest.mark.parametrize("status", [200, 206])
def test_a_file_within_a_directory_is_found(emulator: EmulatorProcess, invoke: Invoke, status: int) -> None:
    emulator.switch("file-range-status", status)
    put(emulator, "deep", "wd/of it's/own.txt")
    emulator.clear_requests()
    assert invoke("getTaskFile", id=T, filePath="wd/of it's/own.txt")["content"] == "deep"
    assert emulator.requests()[0]["query"]["recursive"] == "true", "without it one level is listed"


@pytest.mark.parametrize(
    ("content", "most", "text"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", 100, None),
        (b"\xff\xfea\x00", 100, None),
        (b"a\x00b", 100, None),
        (b"\xef\xbb\xbfwith a mark", 100, "with a mark"),
        ("aß " * 10, 6, "aß "),  # cut within the first ß
        ("word" * 30, 6, ""),  # not one word in full
        (b"half a character: \xc3", 100, "half a character: "),
        (b"colour \x1b[31mred\x1b[0m\r\nnext", 100, "colour red\nnext"),
    ],
)
def test_what_is_no_text_is_told_and_what_is_cut_is_left_out(
    emulator: EmulatorProcess, invoke: Invoke, content: bytes | str, most: int, text: str | None
) -> None:
    put(emulator, content)
    found = invoke("getTaskFile", id=T, maxBytes=most)
    assert found["isText"] is (text is not None)
    assert found["content"] == (text or "")


def test_a_text_of_another_encoding_is_shown_as_far_as_it_can_be(emulator: EmulatorProcess, invoke: Invoke) -> None:
    put(emulator, "le café est prêt".encode("latin-1"))
    found = invoke("getTaskFile", id=T)
    assert (found["content"], found["isText"], found["isWhole"]) == ("le caf\ufffd est pr\ufffdt", False, True)


def test_what_looks_like_a_secret_is_masked_also_where_the_beginning_of_it_is_cut_off(
    emulator: EmulatorProcess, invoke: Invoke
) -> None:
    put(emulator, f"reading {SAS}\ndone\n")
    assert invoke("getTaskFile", id=T)["content"].endswith("&sig=***\ndone\n")
    for most in range(1, 60, 4):
        assert "Plante" not in invoke("getTaskFile", id=T, maxBytes=most)["content"], most


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"id": T, "filePath": "none.txt"}, r"jobs/job/tasks/t has no file 'none.txt' .*file-not-there"),
        ({"id": T, "filePath": "stdout"}, "has no file 'stdout'"),
        ({"id": T, "filePath": "wd"}, "'wd' of jobs/job/tasks/t is a directory.*is-a-directory"),
        ({"id": "jobs/job/tasks/waits"}, "409 TaskFilesUnavailable.*once it runs on a node"),
    ],
)
def test_why_there_is_no_file_is_said(
    emulator: EmulatorProcess, provider: Provider, asked: dict[str, Any], said: str
) -> None:
    emulator.switch("scheduling", "off")
    emulator.post("/jobs/job/tasks", {"id": "waits", "commandLine": "x"})
    with pytest.raises(grpc.RpcError, match=said):
        provider.invoke("getTaskFile", asked)
