"""Azurite, Microsoft's emulator of Storage, as it comes from npm: a process on a port of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import requests

ACCOUNT = "devstoreaccount1"
# The key of Azurite's own account, which is the same everywhere.
KEY = base64.b64decode("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==")
_VERSION = "2021-12-02"
_READY = re.compile(r"success.*(http://127\.0\.0\.1:\d+)")
START_SECONDS = 60


class Storage:
    def __init__(self, endpoint: str) -> None:
        self.endpoint = f"{endpoint}/{ACCOUNT}"
        self._session = requests.Session()
        self._session.trust_env = False

    def sas(self, permissions: str = "rwlc") -> str:
        """A signature of the account for all of its blobs."""
        said = {"sp": permissions, "ss": "b", "srt": "sco", "se": "2099-01-01T00:00:00Z", "spr": "https,http"}
        order = (said["sp"], said["ss"], said["srt"], "", said["se"], "", said["spr"], _VERSION, "")
        text = "\n".join((ACCOUNT, *order, ""))
        signature = base64.b64encode(hmac.new(KEY, text.encode(), hashlib.sha256).digest()).decode()
        said |= {"sv": _VERSION, "sig": signature}
        return "&".join(f"{name}={quote(value, safe='')}" for name, value in said.items())

    def container(self, name: str, permissions: str = "rwlc", make: bool = True) -> str:
        """The URL of a container, with a signature."""
        if make:
            made = self._session.put(f"{self.endpoint}/{name}?restype=container&{self.sas()}", timeout=30)
            assert made.status_code in (201, 409), made.text
        return f"{self.endpoint}/{name}?{self.sas(permissions)}"

    def blob(self, container: str, name: str) -> requests.Response:
        found = self._session.get(f"{self.endpoint}/{container}/{quote(name)}?{self.sas()}", timeout=30)
        assert found.status_code == 200, found.text
        return found

    def put(self, container: str, name: str, content: bytes) -> None:
        url = f"{self.endpoint}/{container}/{quote(name)}?{self.sas()}"
        put = self._session.put(url, content, headers={"x-ms-blob-type": "BlockBlob"}, timeout=30)
        assert put.status_code == 201, put.text

    def delete(self, container: str, name: str) -> None:
        url = f"{self.endpoint}/{container}/{quote(name)}?{self.sas('rwdlc')}"
        assert self._session.delete(url, timeout=30).status_code == 202

    def names(self, container: str) -> list[str]:
        url = f"{self.endpoint}/{container}?restype=container&comp=list&{self.sas()}"
        return sorted(re.findall(r"<Name>([^<]*)</Name>", self._session.get(url, timeout=30).text))

    def close(self) -> None:
        self._session.close()


@contextmanager
def serving(modules: Path, directory: Path) -> Iterator[Storage]:
    program = modules / ".bin" / "azurite-blob"
    process = subprocess.Popen(
        [str(program), "--blobPort", "0", "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        found = None
        said = ""
        late = threading.Timer(START_SECONDS, process.kill)
        late.start()
        for line in process.stdout:
            said += line
            found = _READY.search(line)
            if found:
                break
        late.cancel()
        try:
            assert found, f"Azurite did not start:\n{said}"
            storage = Storage(found[1])
            yield storage
            storage.close()
        finally:
            process.terminate()
            process.stdout.read()
            process.wait()
