"""The files of tasks and nodes, through Microsoft's client and on the wire."""

from __future__ import annotations

import base64
import os
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from azure.batch import BatchClient
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from tests.emulator.disk import Disk
from tests.emulator.parts import POOL_INFO, WINDOWS, code_of, values_of
from tests.emulator.raw import send
from tests.emulator_process import V2024, V2025, EmulatorProcess

ON_WINDOWS = {"imageReference": WINDOWS, "nodeAgentSKUId": "batch.node.windows amd64"}
BYTES = bytes(range(256)) * 8


@pytest.fixture
def disk(emulator: EmulatorProcess) -> Disk:
    return Disk(emulator)


def test_the_node_s_own_directories_are_listed_and_have_no_properties(disk: Disk, client: BatchClient) -> None:
    names = ["applications", "fsmounts", "shared", "startup", "volatile", "workitems"]
    listed = list(client.list_node_files("p1", disk.node))
    assert [(file.name, file.is_directory, file.properties) for file in listed] == [
        (name, True, None) for name in names
    ]
    assert disk.emulator.get(disk.of_node)["odata.metadata"] == f"{disk.emulator.endpoint}/$metadata#files"
    assert listed[0].url == f"{disk.emulator.endpoint}{disk.of_node}/applications"


def test_a_recursive_list_goes_level_by_level_and_says_what_files_are(disk: Disk, client: BatchClient) -> None:
    disk.put("workitems/j1/job-1/t1/stdout.txt", "hello\n")
    disk.put("shared/a.bin", base64=base64.b64encode(BYTES).decode())
    listed = list(client.list_node_files("p1", disk.node, recursive=True))
    assert [file.name for file in listed][6:] == [
        "shared/a.bin",
        "volatile/startup",
        "workitems/j1",
        "workitems/j1/job-1",
        "workitems/j1/job-1/t1",
        "workitems/j1/job-1/t1/stdout.txt",
    ]
    last = listed[-1]
    properties = last.properties
    assert not last.is_directory and properties is not None
    assert (properties.content_length, properties.content_type) == (6, "text/plain")
    assert (properties.creation_time, properties.file_mode) == (None, "0o100644")
    assert abs(properties.last_modified - datetime.now(timezone.utc)) < timedelta(minutes=1)
    shown = disk.emulator.get(f"{disk.of_node}?recursive=true&$filter=startswith(name,'shared/a')")["value"]
    assert shown[0]["properties"]["contentLength"] == "2048"
    assert list(shown[0]["properties"]) == ["lastModified", "contentLength", "contentType", "fileMode"]


FILTERS = [
    ("", False, ["b", "shared", "top.txt"]),
    ("startswith(name,'t')", False, ["top.txt"]),
    ("startswith(name,'T')", False, ["top.txt"]),
    ("startswith(name, 'b/')", False, ["b/c", "b/it's.txt"]),
    ("startswith(name,'b/it''s')", False, ["b/it's.txt"]),
    ("startswith(name,'b/c/')", False, ["b/c/deep.txt"]),
    ("startswith(name,'b/c')", True, ["b/c", "b/c/deep.txt"]),
    ("startswith(name,'top') or startswith(name,'b')", False, ["b", "top.txt"]),
    (
        "startswith(name,'top') or (startswith(name,'b/') and startswith(name,'b/c'))",
        True,
        ["top.txt", "b/c", "b/c/deep.txt"],
    ),
    ("startswith(name,'none/')", True, []),
]


def test_files_are_filtered_by_how_their_names_begin(disk: Disk, client: BatchClient) -> None:
    for name in ("applications", "fsmounts", "startup", "volatile", "workitems"):
        client.delete_node_file("p1", disk.node, name, recursive=True)
    for name in ("top.txt", "b/c/deep.txt", "b/it's.txt"):
        disk.put(name, "x")
    for text, recursive, found in FILTERS:
        listed = client.list_node_files("p1", disk.node, filter=text or None, recursive=recursive, max_results=1)
        assert [file.name for file in listed] == found, text


UNKNOWN = [
    ("$filter=name%20eq%20'x'", "InvalidQueryParameterValue"),
    ("$filter=startswith(url,'x')", "InvalidQueryParameterValue"),
    ("$filter=startswith(name,5)", "InvalidQueryParameterValue"),
    ("recursive=yes", "InvalidQueryParameterValue"),
    ("maxresults=0", "InvalidQueryParameterValue"),
    ("maxresults=1001", "InvalidQueryParameterValue"),
    ("$select=name", "UnsupportedQueryParameter"),
]


def test_a_list_refuses_what_it_does_not_know(disk: Disk) -> None:
    for query, code in UNKNOWN:
        for path in (disk.of_node, "/jobs/none/tasks/none/files"):
            reply = disk.emulator.call("GET", f"{path}?{query}")
            assert (reply.status, reply.body["code"]) == (400, code), query


RANGES = [
    ("bytes=0-9", BYTES[:10]),
    ("bytes=250-260", BYTES[250:261]),
    ("bytes=2000-", BYTES[2000:]),
    ("bytes=2000-9999999", BYTES[2000:]),
    ("bytes=5-5", BYTES[5:6]),
    ("bytes=2048-", b""),
    ("bytes=2048-4096", b""),
]


def test_a_part_of_a_file_is_answered(disk: Disk, client: BatchClient) -> None:
    disk.put("a.bin", base64=base64.b64encode(BYTES).decode())
    assert b"".join(client.download_node_file("p1", disk.node, "a.bin")) == BYTES
    for part, content in RANGES:
        assert b"".join(client.download_node_file("p1", disk.node, "a.bin", ocp_range=part)) == content
    disk.emulator.switch("file-range-status", 206)
    for part, content in RANGES:
        reply = send(disk.emulator, "GET", f"{disk.of_node}/a.bin?api-version={V2025}", [("ocp-range", part)])
        assert (reply.status, reply.content) == (206 if content else 200, content)


def test_a_range_that_is_not_one_is_refused(disk: Disk) -> None:
    disk.put("a.txt", "abc")
    for part in ("bytes=-5", "bytes=9-5", "bytes=1-2,4-5", "items=0-5", "bytes=a-b", "0-5"):
        reply = disk.emulator.call("GET", f"{disk.of_node}/a.txt", headers={"ocp-range": part})
        assert (reply.status, reply.body["code"]) == (400, "InvalidHeaderValue"), part
        assert values_of(reply.body)["HeaderName"] == "ocp-range"


def test_a_range_beyond_the_end_is_refused(disk: Disk) -> None:
    disk.put("a.txt", "abc")
    reply = disk.emulator.call("GET", f"{disk.of_node}/a.txt", headers={"ocp-range": "bytes=4-9"})
    assert (reply.status, reply.body["code"]) == (416, "InvalidRange")
    disk.emulator.switch("file-range-at-end", "refuse")
    reply = disk.emulator.call("GET", f"{disk.of_node}/a.txt", headers={"ocp-range": "bytes=3-9"})
    assert (reply.status, reply.body["code"]) == (416, "InvalidRange")


@pytest.mark.parametrize("version", [V2024, V2025])
def test_properties_are_headers(disk: Disk, version: str) -> None:
    disk.put("shared/out file.txt", "hello")
    url = f"{disk.emulator.endpoint}{disk.of_node}/shared/out file.txt"
    with disk.emulator.client(version) as client:
        file = client.get_node_file_properties("p1", disk.node, "shared/out file.txt")
        assert (unquote(file.url or ""), file.is_directory, file.content_length) == (url, False, 5)
        assert (file.creation_time, file.file_mode) == (None, "0o100644")
        directory = client.get_node_file_properties("p1", disk.node, "shared")
        assert (directory.is_directory, directory.file_mode) == (True, "0o40755")
    reply = disk.emulator.call("HEAD", f"{disk.of_node}/shared/out%20file.txt", api_version=version)
    assert reply.headers["ocp-batch-file-isdirectory"] == "False"
    assert reply.headers["ocp-batch-file-url"] == quote(url, safe="")
    assert (reply.headers["Content-Length"], reply.headers["Content-Type"]) == ("5", "text/plain")
    assert "ETag" not in reply.headers and "DataServiceId" not in reply.headers


def test_what_is_documented_of_a_file_s_headers_is_a_switch_away(disk: Disk) -> None:
    disk.emulator.switch("file-headers", "documented")
    disk.put("a.txt", "hello")
    (shown,) = disk.emulator.get(f"{disk.of_node}?$filter=startswith(name,'a.txt')")["value"]
    modified = datetime.fromisoformat(shown["properties"]["lastModified"][:19]).replace(tzinfo=timezone.utc)
    reply = send(disk.emulator, "GET", f"{disk.of_node}/a.txt?api-version={V2025}")
    assert (reply.status, reply.content) == (200, b"hello")
    head = disk.emulator.call("HEAD", f"{disk.of_node}/a.txt").headers
    ticks = int(head["ETag"], 16)
    assert head["ETag"] == f"0x{ticks:X}"
    assert datetime(1, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=ticks // 10**7) == modified
    assert head["Last-Modified"] == format_datetime(modified, usegmt=True)


def test_conditions_are_about_the_time_of_the_file_only(disk: Disk, client: BatchClient) -> None:
    disk.put("a.txt", "hello")
    soon, before = datetime.now(timezone.utc) + timedelta(minutes=1), datetime(2020, 1, 1, tzinfo=timezone.utc)
    assert b"".join(client.download_node_file("p1", disk.node, "a.txt", if_modified_since=before)) == b"hello"
    client.get_node_file_properties("p1", disk.node, "a.txt", if_unmodified_since=soon)
    for method, name, when, status in [
        ("GET", "If-Modified-Since", soon, 304),
        ("HEAD", "If-Modified-Since", soon, 304),
        ("GET", "If-Unmodified-Since", before, 412),
        ("HEAD", "If-Unmodified-Since", before, 412),
    ]:
        headers = {name: format_datetime(when, usegmt=True)}
        assert disk.emulator.call(method, f"{disk.of_node}/a.txt", headers=headers).status == status
    assert disk.emulator.call("HEAD", f"{disk.of_node}/a.txt", headers={"If-Match": "0x1"}).status == 200
    disk.emulator.switch("unsupported-conditions", "refuse")
    assert disk.emulator.call("HEAD", f"{disk.of_node}/a.txt", headers={"If-Match": "0x1"}).status == 400


NAMES = [
    "with space.txt",
    "per%cent%2Fsign",
    "hash#and?mark&=+;,@$'().txt",
    "back\\slash",
    "Größe-文件-\U0001f4c4.txt",
    "2020-07-12T08:00:00.000-0-z7x",
    ".hidden",
    "...",
    "inner/of/many/levels/file",
]


def test_a_file_is_found_by_any_name(disk: Disk, client: BatchClient) -> None:
    for name in (f"shared/{name}" for name in NAMES):
        disk.put(name, name)
        assert name in [file.name for file in client.list_node_files("p1", disk.node, recursive=True)]
        assert b"".join(client.download_node_file("p1", disk.node, name)).decode() == name
        assert disk.emulator.call("HEAD", f"{disk.of_node}/{quote(name, safe='/')}").status == 200
        client.delete_node_file("p1", disk.node, name)
        with pytest.raises(ResourceNotFoundError) as caught:
            client.delete_node_file("p1", disk.node, name)
        assert code_of(caught) == "FileNotFound"


OUTSIDE = ["..", "../..", "shared/../../x", "shared/..", ".", "shared/./a", "shared//a", "/etc/passwd", "%00", "a%0Ab"]


def test_no_name_leads_out_of_the_node(disk: Disk) -> None:
    disk.put("shared/a", "inside")
    for name in OUTSIDE:
        encoded = name if "%" in name else quote(name, safe="").replace(".", "%2E")
        for method, more in (("GET", ""), ("HEAD", ""), ("DELETE", "&recursive=true")):
            reply = send(disk.emulator, method, f"{disk.of_node}/{encoded}?api-version={V2025}{more}")
            assert reply.status in (400, 404), name
        body = {"name": unquote(name), "text": ""}
        if "\n" not in unquote(name):
            assert disk.emulator.call("POST", f"/_emulator/files/nodes/p1/{disk.node}", body).status == 400, name
    assert "shared/a" in disk.names("recursive=true")


def test_no_link_leads_out_of_the_node_and_files_outlive_the_process(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    with EmulatorProcess(location=tmp_path / "state") as emulator, emulator.client() as client:
        disk = Disk(emulator)
        disk.put("shared/a.txt", "inside")
        shared = tmp_path / "state/nodes/p1" / disk.node / "shared"
        for name, target in [
            ("file", outside / "secret.txt"),
            ("directory", outside),
            ("nowhere", tmp_path / "none"),
            ("circle", shared / "circle"),
            ("inside", shared / "a.txt"),
        ]:
            (shared / name).symlink_to(target)
        os.mkfifo(shared / "pipe")
        listed = list(client.list_node_files("p1", disk.node, filter="startswith(name,'shared/')"))
        assert [file.name for file in listed] == ["shared/a.txt", "shared/inside"]
        for name in ("file", "directory", "directory/secret.txt", "nowhere", "circle", "pipe"):
            for method in ("GET", "HEAD", "DELETE"):
                assert emulator.call(method, f"{disk.of_node}/shared/{name}").status == 404, name
        body = {"name": "shared/directory/new", "text": "x"}
        assert emulator.call("POST", f"/_emulator/files/nodes/p1/{disk.node}", body).status == 400
        assert b"".join(client.download_node_file("p1", disk.node, "shared/inside")) == b"inside"
        client.delete_node_file("p1", disk.node, "shared/inside")
        assert (shared / "a.txt").exists()
        (shared / os.fsdecode(b"caf\xe9")).touch()
        assert len(list(client.list_node_files("p1", disk.node, filter="startswith(name,'shared/')"))) == 1
        client.delete_node_file("p1", disk.node, "shared", recursive=True)
        assert [path.name for path in outside.iterdir()] == ["secret.txt"]
        disk.put("startup/a.txt", "kept")
        emulator.kill()
    with EmulatorProcess(location=tmp_path / "state") as emulator, emulator.client() as client:
        assert b"".join(client.download_node_file("p1", disk.node, "startup/a.txt")) == b"kept"
        assert (tmp_path / "state/nodes").stat().st_mode & 0o777 == 0o700
        emulator.reset()
        assert [path.name for path in (tmp_path / "state/nodes").iterdir()] == [".gone"]


def test_a_directory_goes_with_what_is_in_it_only_if_that_is_said(disk: Disk, client: BatchClient) -> None:
    disk.put("shared/a/b.txt", "x")
    for recursive in (None, False):
        with pytest.raises(ResourceExistsError) as caught:
            client.delete_node_file("p1", disk.node, "shared/a", recursive=recursive)
        assert code_of(caught) == "OperationInvalidForCurrentState"
    client.delete_node_file("p1", disk.node, "shared/a", recursive=True)
    assert disk.names("$filter=startswith(name,'shared/')") == []
    client.delete_node_file("p1", disk.node, "shared")
    assert "shared" not in disk.names()
    reply = send(disk.emulator, "GET", f"{disk.of_node}/startup?api-version={V2025}")
    assert (reply.status, reply.code) == (404, "FileNotFound")


def test_pages_are_stable_while_files_come_and_go(disk: Disk) -> None:
    for number in range(1, 9):
        disk.put(f"shared/{number}", "x")
    seen: list[str] = []
    query = "$filter=startswith(name,'shared/')&maxresults=3"
    path = f"{disk.of_node}?{query}"
    while path:
        page = disk.emulator.get(path)
        seen += [item["name"][7:] for item in page["value"]]
        path = page.get("odata.nextLink", "").removeprefix(disk.emulator.endpoint)
        disk.put(f"shared/{len(seen)}-new", "x")
        disk.emulator.call("DELETE", f"{disk.of_node}/shared/1")
        disk.emulator.call("DELETE", f"{disk.of_node}/shared/7")
    assert seen == ["1", "2", "3", "3-new", "4", "5", "6", "6-new", "8"]


def test_on_windows_names_have_backslashes_and_files_the_time_when_they_were_made(emulator: EmulatorProcess) -> None:
    disk = Disk(emulator, ON_WINDOWS)
    disk.put("workitems/j1/stdout.txt", "hello\r\n")
    with emulator.client() as client:
        listed = list(client.list_node_files("p1", disk.node, recursive=True))
        assert [file.name for file in listed][6:] == ["volatile\\startup", "workitems\\j1", "workitems\\j1\\stdout.txt"]
        properties = listed[-1].properties
        assert properties is not None and properties.creation_time is not None and properties.file_mode is None
        assert properties.creation_time <= properties.last_modified
        for name in (str(listed[-1].name), "workitems/j1/stdout.txt"):
            assert b"".join(client.download_node_file("p1", disk.node, name)) == b"hello\r\n"
            file = client.get_node_file_properties("p1", disk.node, name)
            assert file.creation_time is not None and file.file_mode is None
            assert unquote(file.url or "").endswith("/files/workitems/j1/stdout.txt")
        level = client.list_node_files("p1", disk.node, filter="startswith(name,'workitems\\j1\\')")
        assert [file.name for file in level] == ["workitems\\j1\\stdout.txt"]
        disk.add_task()
        info = client.get_task("j1", "t1").node_info
        assert info is not None and info.task_root_directory == "workitems\\j1\\job-1\\t1"
        assert str(info.task_root_directory_url).endswith("/files/workitems/j1/job-1/t1")
        assert [file.name for file in client.list_task_files("j1", "t1")] == ["stderr.txt", "stdout.txt", "wd"]


def test_a_large_file_is_streamed_at_constant_memory(disk: Disk, client: BatchClient) -> None:
    size = 100 * 1024 * 1024
    disk.put("shared/large", size=size)
    before, read = _resident(disk.emulator.pid), 0
    for chunk in client.download_node_file("p1", disk.node, "shared/large"):
        read += len(chunk)
    assert read == size
    assert _resident(disk.emulator.pid) - before < 20 * 1024
    stream = client.download_node_file("p1", disk.node, "shared/large")
    next(iter(stream))  # a client that goes away in the middle of it
    assert disk.names() and "bug" not in disk.emulator.errors()


def _resident(pid: int) -> int:
    """In kilobytes."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1])


def test_a_node_without_an_agent_has_no_files(disk: Disk, client: BatchClient) -> None:
    for state, code in [("unusable", "NodeStateUnusable"), ("unknown", "OperationNotValidOnNode")]:
        disk.emulator.post(f"/_emulator/nodes/p1/{disk.node}", {"state": state})
        with pytest.raises(ResourceExistsError) as caught:
            list(client.list_node_files("p1", disk.node))
        assert code_of(caught) == code
    disk.emulator.post(f"/_emulator/nodes/p1/{disk.node}", {"state": "starttaskfailed"})
    assert list(client.list_node_files("p1", disk.node))
    for pool, node, code in [("p1", "none", "NodeNotFound"), ("none", disk.node, "PoolNotFound")]:
        with pytest.raises(ResourceNotFoundError) as missing:
            list(client.list_node_files(pool, node))
        assert code_of(missing) == code


def test_the_disk_goes_with_what_empties_it(disk: Disk) -> None:
    disk.put("shared/a.txt", "x")
    disk.emulator.post(f"/pools/p1/nodes/{disk.node}/reboot")
    disk.emulator.settle()
    assert "shared/a.txt" in disk.names("recursive=true")
    disk.emulator.post(f"/pools/p1/nodes/{disk.node}/reimage")
    reply = disk.emulator.call("GET", disk.of_node)
    assert (reply.status, reply.body["code"]) == (409, "NodeBeingReimaged")
    disk.emulator.settle()
    assert "shared/a.txt" not in disk.names("recursive=true")


def test_a_task_has_the_files_of_its_directory_on_its_node(disk: Disk, client: BatchClient) -> None:
    disk.add_task()
    listed = list(client.list_task_files("j1", "t1"))
    assert [(file.name, file.is_directory) for file in listed] == [
        ("certs", True),
        ("stderr.txt", False),
        ("stdout.txt", False),
        ("wd", True),
    ]
    disk.put_of_task("wd/out.txt", "hello\n")
    listed = list(client.list_task_files("j1", "t1", recursive=True, max_results=2))
    assert [file.name for file in listed] == ["certs", "stderr.txt", "stdout.txt", "wd", "wd/out.txt"]
    assert listed[-1].url == f"{disk.emulator.endpoint}{disk.of_task}/wd/out.txt"
    assert b"".join(client.download_task_file("j1", "t1", "wd/out.txt")) == b"hello\n"
    assert b"".join(client.download_task_file("j1", "t1", "stdout.txt")) == b""
    assert b"".join(client.download_task_file("j1", "t1", "wd/out.txt", ocp_range="bytes=1-2")) == b"el"
    assert client.get_task_file_properties("j1", "t1", "wd/out.txt").content_length == 6
    node_info = client.get_task("j1", "t1").node_info
    assert node_info is not None and node_info.task_root_directory == "workitems/j1/job-1/t1"
    root = str(node_info.task_root_directory_url).removeprefix(disk.emulator.endpoint)
    assert disk.emulator.call("HEAD", f"{root}/wd/out.txt").status == 200
    with pytest.raises(ResourceExistsError):
        client.delete_task_file("j1", "t1", "wd")
    client.delete_task_file("j1", "t1", "wd", recursive=True)
    client.delete_task_file("j1", "t1", "stderr.txt")
    assert [file.name for file in client.list_task_files("j1", "t1")] == ["certs", "stdout.txt"]
    for job, task, code in [("none", "t1", "JobNotFound"), ("j1", "none", "TaskNotFound")]:
        with pytest.raises(ResourceNotFoundError) as caught:
            list(client.list_task_files(job, task))
        assert code_of(caught) == code


def test_a_script_says_what_a_task_writes(disk: Disk, client: BatchClient) -> None:
    disk.emulator.post("/_emulator/scripts", {"pattern": "t*", "stdout": "Größe\r\n", "stderr": "oops"})
    disk.emulator.post("/_emulator/scripts", {"pattern": "prepare", "kind": "preparation", "stdout": "prepared"})
    disk.emulator.post(
        "/jobs", {"id": "j1", "poolInfo": POOL_INFO, "jobPreparationTask": {"id": "prepare", "commandLine": "x"}}
    )
    disk.run_task("t1")
    assert b"".join(client.download_task_file("j1", "t1", "stdout.txt")).decode() == "Größe\r\n"
    assert b"".join(client.download_task_file("j1", "t1", "stderr.txt")) == b"oops"
    root = "workitems/j1/job-1/prepare"
    assert b"".join(client.download_node_file("p1", disk.node, f"{root}/stdout.txt")) == b"prepared"
    assert b"".join(client.download_node_file("p1", disk.node, f"{root}/stderr.txt")) == b""


def _code(disk: Disk, path: str = "") -> str:
    reply = disk.emulator.call("GET", path or disk.of_task)
    return str(reply.body.get("code", reply.status))


def test_a_task_that_has_not_run_has_no_files(disk: Disk) -> None:
    disk.emulator.switch("scheduling", "off")
    disk.add_task()
    assert _code(disk) == "TaskFilesUnavailable"
    reply = disk.emulator.call("POST", "/_emulator/files/tasks/j1/t1", {"name": "wd/x", "text": ""})
    assert (reply.status, reply.body["code"]) == (409, "TaskFilesUnavailable")
    disk.emulator.switch("task-files-before-run-code", "OperationInvalidForCurrentState")
    assert _code(disk, f"{disk.of_task}/stdout.txt") == "OperationInvalidForCurrentState"


def test_a_task_s_files_are_kept_for_its_retention_time(disk: Disk) -> None:
    disk.add_task(constraints={"retentionTime": "PT1H"})
    disk.put_of_task("wd/out.txt", "hello")
    disk.emulator.advance(3500)
    assert _code(disk) == "200"
    root = "recursive=true&$filter=startswith(name,'workitems/j1/job-1/t1')"
    assert len(disk.names(root)) == 6
    disk.emulator.advance(200)
    assert _code(disk) == "TaskFilesUnavailable"
    assert disk.names(root) == []
    disk.emulator.switch("task-files-after-retention-code", "TaskFilesCleanedup")
    assert _code(disk) == "TaskFilesCleanedup"


def test_a_task_s_files_go_with_the_disk_of_its_node_and_with_the_node(disk: Disk) -> None:
    disk.add_task()
    disk.put_of_task("wd/out.txt", "hello")
    disk.emulator.post(f"/_emulator/nodes/p1/{disk.node}", {"state": "unknown"})
    assert _code(disk) == "TaskFilesUnavailable"
    disk.emulator.post(f"/_emulator/nodes/p1/{disk.node}", {"state": "idle"})
    disk.emulator.post(f"/pools/p1/nodes/{disk.node}/reboot")
    assert _code(disk) == "NodeBeingRebooted"
    disk.emulator.settle()
    assert _code(disk) == "200"
    disk.emulator.post(f"/pools/p1/nodes/{disk.node}/reimage")
    disk.emulator.settle()
    assert _code(disk) == "TaskFilesUnavailable"
    disk.run_task("t2")
    assert _code(disk, "/jobs/j1/tasks/t2/files") == "200"
    disk.emulator.post("/pools/p1/removenodes", {"nodeList": [disk.node]})
    disk.emulator.settle()
    assert _code(disk, "/jobs/j1/tasks/t2/files") == "TaskFilesUnavailable"


def test_files_go_with_their_task_and_with_their_job(disk: Disk) -> None:
    disk.add_task()
    disk.run_task("t2")
    for task in ("t1", "t2"):
        assert _code(disk, f"/jobs/j1/tasks/{task}/files") == "200"
    disk.emulator.call("DELETE", "/jobs/j1/tasks/t1")
    assert _code(disk) == "TaskNotFound"
    level = "recursive=true&$filter=startswith(name,'workitems/')"
    assert "workitems/j1/job-1/t1" not in disk.names(level) and "workitems/j1/job-1/t2" in disk.names(level)
    disk.emulator.call("DELETE", "/jobs/j1")
    disk.emulator.settle()
    assert disk.names(level) == []
    disk.add_task()
    assert _code(disk, f"{disk.of_task}/wd/out.txt") == "FileNotFound"


BODIES: list[Any] = [
    None,
    {"name": "a"},
    {"name": 5, "text": ""},
    {"name": "a", "text": 5},
    {"name": "a", "base64": "*"},
    {"name": "a", "size": -1},
    {"name": "a", "size": True},
    {"name": "a", "text": "", "size": 1},
    {"name": "a" * 300, "text": ""},
    {"name": "shared", "text": ""},
    {"name": "shared/", "text": ""},
]


def test_what_cannot_be_put_on_a_disk_is_refused(disk: Disk) -> None:
    for body in BODIES:
        reply = disk.emulator.call("POST", f"/_emulator/files/nodes/p1/{disk.node}", body)
        assert (reply.status, reply.body["code"]) == (400, "InvalidRequestBody"), body
