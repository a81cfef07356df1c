"""What becomes of Pulumi's assets and archives: a zip file of the same files, under a hash of what is in it."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from azure_batch_provider.archives.packed import digest_of, packed
from azure_batch_provider.archives.source import ARCHIVE, ASSET, SIGNATURE, Unusable

FILES = {"bin/tool": "run", "read me.txt": "Ünï", "empty": ""}
Value = dict[str, Any]


def archive(**place: Any) -> Value:
    return {SIGNATURE: ARCHIVE, "hash": "of the engine", **place}


def asset(**place: Any) -> Value:
    return {SIGNATURE: ASSET, "hash": "of the engine", **place}


def folder(path: Path) -> Path:
    for name, text in FILES.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8")
    (path / "bin" / "tool").chmod(0o755)
    return path


def zipped(path: Path, method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, text in reversed(FILES.items()):
            info = zipfile.ZipInfo(name, (2001, 2, 3, 4, 5, 6))
            info.compress_type = method
            info.external_attr = (0o755 if name == "bin/tool" else 0o600) << 16
            file.writestr(info, text)
    return path


def tarred(path: Path, mode: Any) -> Path:
    with tarfile.open(path, mode) as file:
        for name, text in FILES.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size, info.mode = len(text.encode()), 0o755 if name == "bin/tool" else 0o640
            file.addfile(info, io.BytesIO(text.encode()))
    return path


SOURCES: dict[str, Callable[[Path], Value]] = {
    "folder": lambda path: archive(path=str(folder(path / "folder"))),
    "zip": lambda path: archive(path=str(zipped(path / "a.zip"))),
    "smaller zip": lambda path: archive(path=str(zipped(path / "b.zip", zipfile.ZIP_DEFLATED))),
    "zip as an asset": lambda path: asset(path=str(zipped(path / "c.zip"))),
    "zip by URI": lambda path: archive(uri=zipped(path / "d.zip").as_uri()),
    "tar": lambda path: archive(path=str(tarred(path / "a.tar", "w"))),
    "tar.gz": lambda path: archive(path=str(tarred(path / "a.tar.gz", "w:gz"))),
    "by name": lambda path: archive(
        assets={
            "bin": archive(assets={"tool": asset(path=str(folder(path / "parts") / "bin" / "tool"))}),
            "read me.txt": asset(text=FILES["read me.txt"]),
            "empty": asset(text=""),
        }
    ),
}


@pytest.mark.parametrize("name", SOURCES)
def test_the_same_files_are_the_same_package_however_they_come(name: str, tmp_path: Path) -> None:
    value = SOURCES[name](tmp_path)
    with packed(value) as found:
        assert found.size == len(found.file.read())
        found.file.seek(0)
        with zipfile.ZipFile(found.file) as file:
            assert {info.filename: file.read(info).decode() for info in file.infolist()} == FILES
            runs = [info.filename for info in file.infolist() if info.external_attr >> 16 & 0o100]
    assert runs == ["bin/tool"]
    assert found.digest == digest_of(value) == digest_of(SOURCES["folder"](tmp_path / "again"))


def test_a_zip_file_is_uploaded_as_it_is(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip")
    for value in (archive(path=str(path)), asset(path=str(path))):
        with packed(value) as found:
            assert found.file.read() == path.read_bytes()


def test_a_zip_file_of_windows_may_have_backslashes(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("bin\\tool", "run")
    by_name = archive(assets={"bin": archive(assets={"tool": asset(text="run")})})
    assert digest_of(archive(path=str(path))) == digest_of(by_name)


def test_any_other_name_content_or_right_to_run_is_another_package(tmp_path: Path) -> None:
    def digest() -> str:
        return digest_of(archive(path=str(tmp_path)))

    folder(tmp_path)
    found = [digest()]
    (tmp_path / "empty").write_text("x")
    found.append(digest())
    (tmp_path / "empty").rename(tmp_path / "other")
    found.append(digest())
    (tmp_path / "other").chmod(0o755)
    found.append(digest())
    (tmp_path / "other").unlink()
    found.append(digest())
    assert len(set(found)) == len(found)


def test_what_a_link_leads_to_is_packed_and_a_linked_folder_refused(tmp_path: Path) -> None:
    folder(tmp_path / "files")
    (tmp_path / "text").write_text("linked")
    (tmp_path / "files" / "link").symlink_to(tmp_path / "text")
    with packed(archive(path=str(tmp_path / "files"))) as found, zipfile.ZipFile(found.file) as file:
        assert file.read("link") == b"linked"
    (tmp_path / "files" / "circle").symlink_to(tmp_path / "files", target_is_directory=True)
    with pytest.raises(Unusable, match="link to a folder"):
        digest_of(archive(path=str(tmp_path / "files")))


def escaping(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("../outside", "x")
    return path


def linked(path: Path) -> Path:
    with tarfile.open(path, "w") as file:
        info = tarfile.TarInfo("link")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        file.addfile(info)
    return path


def text(path: Path) -> Path:
    path.write_text("secret words")
    return path


UNUSABLE: dict[str, tuple[Callable[[Path], Value], str]] = {
    "a text": (lambda path: asset(text="secret words"), "is not a zip file"),
    "a file that is no zip": (lambda path: asset(path=str(text(path / "a.zip"))), "is not a zip file"),
    "an archive that is none": (lambda path: archive(path=str(text(path / "a.zip"))), "neither a zip nor a tar"),
    "a folder as an asset": (lambda path: asset(path=str(folder(path))), "is a folder"),
    "a file that is not there": (lambda path: archive(path=str(path / "none")), "No such file"),
    "no file at all": (lambda path: archive(assets={}), "holds no file"),
    "a name that leads out": (lambda path: archive(assets={"../a": asset(text="x")}), "leads out"),
    "a zip that leads out": (lambda path: archive(path=str(escaping(path / "a.zip"))), "not a file below it"),
    "a tar with a link": (lambda path: archive(path=str(linked(path / "a.tar"))), "not a plain file"),
    "a name twice": (
        lambda path: archive(assets={"a/b": asset(text="x"), "a": archive(assets={"b": asset(text="y")})}),
        "twice",
    ),
    "a URI of another kind": (lambda path: archive(uri="ftp://h/a.zip"), "neither http, https nor file"),
    "no content": (lambda path: archive(hash="x"), "without content"),
    "no asset": (lambda path: {"path": "a"}, "must be an asset or an archive"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_cannot_become_a_package_is_refused_in_words(name: str, tmp_path: Path) -> None:
    make, words = UNUSABLE[name]
    value = make(tmp_path)
    for use in (digest_of, lambda value: packed(value).__enter__()):
        with pytest.raises(Unusable, match=words) as caught:
            use(value)
        assert "secret" not in str(caught.value)


def test_content_is_fetched_and_an_error_tells_nothing_of_the_signature(tmp_path: Path) -> None:
    zipped(tmp_path / "a.zip")

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(tmp_path))

        def log_message(self, format: str, *arguments: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        at = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            assert digest_of(archive(uri=f"{at}/a.zip?sv=1&sig=secret")) == digest_of(SOURCES["folder"](tmp_path / "f"))
            with pytest.raises(Unusable, match=r"cannot be fetched: 127\.0\.0\.1 answered 404") as caught:
                digest_of(archive(uri=f"{at}/none.zip?sv=1&sig=secret"))
        finally:
            server.shutdown()
            thread.join()
    assert "secret" not in str(caught.value)
    with pytest.raises(Unusable, match=r"cannot be fetched from 127\.0\.0\.1") as caught:
        digest_of(archive(uri=f"{at}/a.zip?sv=1&sig=secret"))
    assert "secret" not in str(caught.value)
