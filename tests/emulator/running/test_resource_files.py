"""Resource files come from servers of this machine, into the task's directory, and from nowhere else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from batch_emulator.running import loopback
from batch_emulator.running.failures import Failed
from batch_emulator.running.resource_files import Download

_PAGES = {
    "": ("<Blob><Name>in/a b.txt</Name></Blob><Blob><Name>in/deep/c.txt</Name></Blob>", "second"),
    "second": ("<Blob><Name>in/d.txt</Name></Blob><Blob><Name>in/deep/</Name></Blob>", ""),
}


class _Handler(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        path, _, query = self.path.partition("?")
        if "comp=list" in query:
            marker = "second" if "marker=second" in query else ""
            blobs, following = _PAGES[marker]
            self._answer(200, f"<E><Blobs>{blobs}</Blobs><NextMarker>{following}</NextMarker></E>".encode())
        elif path == "/away":
            self._answer(302, b"", Location="http://example.com/x")
        elif path == "/moved":
            self._answer(301, b"", Location="/file?moved")
        elif path == "/short":
            self._answer(200, b"1234", length=10)
        elif path == "/slow":
            self._answer(200, b"", length=10, close=False)
        elif path[1:].isdigit():
            self._answer(int(path[1:]), b"no")
        else:
            self._answer(200, f"content of {self.path}".encode())

    def _answer(self, status: int, content: bytes, length: int | None = None, close: bool = True, **more: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        if not close:
            self.server.held.wait(20)  # type: ignore[attr-defined]

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.held = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.held.set()  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def url(server: ThreadingHTTPServer) -> str:
    _Handler.asked = []
    return f"http://127.0.0.1:{server.server_address[1]}"


def fetch(directory: Path, *files: dict[str, Any], windows: bool = False, most: int = 0) -> None:
    Download(directory, windows=windows, most=most, ended=lambda: False).fetch(list(files))


def failure(directory: Path, *files: dict[str, Any], most: int = 0) -> dict[str, Any]:
    with pytest.raises(Failed) as caught:
        fetch(directory, *files, most=most)
    return caught.value.info


def code(directory: Path, *files: dict[str, Any], most: int = 0) -> str:
    return str(failure(directory, *files, most=most)["code"])


def names(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def test_a_file_comes_by_its_url_as_it_stands(url: str, tmp_path: Path) -> None:
    signed = "/file%20x?sig=a%2Bb%3D&se=2030-01-01T00:00:00Z"
    fetch(
        tmp_path,
        {"httpUrl": url + signed, "filePath": "a/b.txt"},
        {"httpUrl": f"{url}/moved", "filePath": "c", "fileMode": "0640"},
        {"httpUrl": url.replace("127.0.0.1", "LOCALHOST") + "/x", "filePath": "./d"},
    )
    assert (tmp_path / "a" / "b.txt").read_text() == f"content of {signed}"
    assert (tmp_path / "a" / "b.txt").stat().st_mode & 0o7777 == 0o770
    assert (tmp_path / "c").read_text() == "content of /file?moved"
    assert (tmp_path / "c").stat().st_mode & 0o7777 == 0o640
    assert (tmp_path / "d").exists()


def test_a_container_comes_page_by_page_with_its_structure(url: str, tmp_path: Path) -> None:
    fetch(tmp_path, {"storageContainerUrl": f"{url}/acct/box?sig=s%2F", "blobPrefix": "in/", "filePath": "to"})
    assert names(tmp_path) == ["to/in/a b.txt", "to/in/d.txt", "to/in/deep/c.txt"]
    assert (tmp_path / "to/in/a b.txt").read_text() == "content of /acct/box/in/a%20b.txt?sig=s%2F"
    assert _Handler.asked[:2] == [
        "/acct/box?sig=s%2F&restype=container&comp=list&prefix=in%2F",
        "/acct/box?sig=s%2F&restype=container&comp=list&prefix=in%2F&marker=second",
    ]


@pytest.mark.parametrize(
    ("status", "expected"),
    [(404, "BlobNotFound"), (403, "BlobAccessDenied"), (401, "BlobAccessDenied"), (500, "BlobDownloadMiscError")],
)
def test_what_the_server_answers_is_the_tasks_failure(url: str, tmp_path: Path, status: int, expected: str) -> None:
    info = failure(tmp_path, {"httpUrl": f"{url}/{status}?sig=secret", "filePath": "a"})
    assert info["code"] == expected
    assert "secret" not in str(info) and f"{url}/{status}" in str(info)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "http://example.com/x",
        "http://192.168.1.1/x",
        "http://127.0.0.1.example.com/x",
        "http://localhost.example.com/x",
        "http://0.0.0.0:1/x",
        "http://[::ffff:8.8.8.8]/x",
        "http://user@127.0.0.1:1/x",
        "http://127.0.0.1:99999/x",
        "http://[::1/x",
        "http://127.0.0.1:1/x",
        "ftp://127.0.0.1/x",
        "x",
    ],
)
def test_only_servers_of_loopback_are_called(tmp_path: Path, address: str) -> None:
    assert code(tmp_path, {"httpUrl": address, "filePath": "a"}) == "BlobDownloadMiscError"
    assert code(tmp_path, {"storageContainerUrl": address}) == "ResourceContainerListMiscError"


def test_a_redirection_does_not_lead_away(url: str, tmp_path: Path) -> None:
    assert code(tmp_path, {"httpUrl": f"{url}/away", "filePath": "a"}) == "BlobDownloadMiscError"
    assert names(tmp_path) == []


def test_a_file_that_ends_early_or_never_is_a_failure(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert code(tmp_path, {"httpUrl": f"{url}/short", "filePath": "a"}) == "BlobDownloadMiscError"
    monkeypatch.setattr(loopback, "SECONDS", 0.1)
    assert code(tmp_path, {"httpUrl": f"{url}/slow", "filePath": "a"}) == "BlobDownloadTimedOut"


def test_the_files_of_a_task_have_a_limit(url: str, tmp_path: Path) -> None:
    files = [{"httpUrl": f"{url}/x", "filePath": name} for name in "ab"]
    fetch(tmp_path, *files, most=30)
    assert code(tmp_path, *files, most=20) == "DiskFull"


@pytest.mark.parametrize("path", ["../a", "a/../../b", "/etc/x", "link/x", "link", "", "a\0b"])
def test_no_file_leaves_the_directory(url: str, tmp_path: Path, path: str) -> None:
    work = tmp_path / "wd"
    work.mkdir()
    (work / "link").symlink_to(tmp_path)
    assert code(work, {"httpUrl": f"{url}/x", "filePath": path}) == "ResourceFileCreateFailed"
    assert names(tmp_path) == []


def test_paths_of_windows_have_both_separators(url: str, tmp_path: Path) -> None:
    fetch(tmp_path, {"httpUrl": f"{url}/x", "filePath": "a\\b.txt"}, windows=True)
    fetch(tmp_path, {"httpUrl": f"{url}/x", "filePath": "a\\c.txt"})
    assert names(tmp_path) == ["a/b.txt", "a\\c.txt"]
    with pytest.raises(Failed):
        fetch(tmp_path, {"httpUrl": f"{url}/x", "filePath": "..\\x"}, windows=True)


def test_a_directory_that_cannot_be_made_is_a_failure_of_its_own(url: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file")
    assert code(tmp_path, {"httpUrl": f"{url}/x", "filePath": "a/b"}) == "ResourceDirectoryCreateFailed"
    (tmp_path / "d").mkdir()
    assert code(tmp_path, {"httpUrl": f"{url}/x", "filePath": "d"}) == "ResourceFileCreateFailed"


def test_an_account_without_auto_storage_gives_no_container(tmp_path: Path) -> None:
    assert code(tmp_path, {"autoStorageContainerName": "box"}) == "ResourceContainerAccessDenied"
