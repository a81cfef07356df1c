"""Requests drawn by seed over all operations, the control API and the pages: good ones but for a few things.

They go out on connections that are kept, several at once, so that a hundred thousand take minutes.
"""

from __future__ import annotations

import copy
import json
import socket
import zlib
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Final
from urllib.parse import quote, urlsplit

import requests

from batch_emulator.operations.table import OPERATIONS, Operation
from tests.emulator import draws
from tests.emulator.parts import MACHINE, POOL_INFO
from tests.emulator.raw import signed
from tests.emulator_process import MEDIA_TYPE, V2024, V2025, EmulatorProcess

IS_MEANT: Final = (501, 503)
PATIENCE: Final = 30.0
"""Seconds after which a request counts as never answered."""
TOGETHER: Final = 8
"""Requests under way at once, each on a connection of its own."""
ROUND: Final = 160
"""Requests to one account, before the next one."""
GROWTH: Final = 48 * 1024 * 1024
"""Bytes that the process may have more after all requests than after the first quarter, its account empty both times:
allocators do not give everything back."""

_AUTO_POOL = {"vmSize": "a", "virtualMachineConfiguration": MACHINE, "targetDedicatedNodes": 1}
AUTO_POOL = {"autoPoolSpecification": {"poolLifetimeOption": "job", "pool": _AUTO_POOL}}
FORMULA = "$TargetDedicatedNodes = min(2, $CPUPercent.GetSample(1)); $NodeDeallocationOption = taskcompletion;"
BODIES: Final[Mapping[str, Any]] = {
    "Pool - Add": {**draws.POOL, "targetDedicatedNodes": 1, "startTask": {"commandLine": "x"}},
    "Pool - Patch": {"metadata": [], "startTask": {"commandLine": "x"}, "userAccounts": []},
    "Pool - Update Properties": {"metadata": [], "applicationPackageReferences": []},
    "Pool - Resize": {"targetDedicatedNodes": 3, "resizeTimeout": "PT10M", "nodeDeallocationOption": "requeue"},
    "Pool - Enable Auto Scale": {"autoScaleFormula": FORMULA, "autoScaleEvaluationInterval": "PT5M"},
    "Pool - Evaluate Auto Scale": {"autoScaleFormula": FORMULA},
    "Pool - Remove Nodes": {"nodeList": ["<node>"], "resizeTimeout": "PT10M", "nodeDeallocationOption": "terminate"},
    "Job - Add": draws.JOB,
    "Job - Patch": {"priority": 1, "constraints": {"maxTaskRetryCount": 1}, "poolInfo": AUTO_POOL},
    "Job - Update": {"poolInfo": POOL_INFO, "onAllTasksComplete": "noaction"},
    "Job - Disable": {"disableTasks": "requeue"},
    "Job - Terminate": {"terminateReason": "x"},
    "Job Schedule - Add": draws.SCHEDULE,
    "Job Schedule - Patch": {name: draws.SCHEDULE[name] for name in ("schedule", "jobSpecification", "metadata")},
    "Job Schedule - Update": {"schedule": {}, "jobSpecification": {"poolInfo": AUTO_POOL}},
    "Task - Add": draws.TASK,
    "Task - Add Collection": {"value": [draws.TASK, {**draws.TASK, "id": "t3"}]},
    "Task - Update": {"constraints": {"maxWallClockTime": "PT1H"}},
    "Compute Node - Reboot": {"nodeRebootOption": "terminate"},
    "Compute Node - Reimage": {"nodeReimageOption": "taskcompletion"},
    "Compute Node - Deallocate": {"nodeDeallocateOption": "requeue"},
    "Compute Node - Disable Scheduling": {"nodeDisableSchedulingOption": "requeue"},
    "Compute Node - Upload Batch Service Logs": {
        "containerUrl": "https://a.blob.core.windows.net/c?sig=x",
        "startTime": "2026-11-25T10:00:00Z",
    },
    "Compute Node - Add User": {"name": "u2", "password": "x", "isAdmin": True, "expiryTime": "2036-11-25T10:00:00Z"},
    "Compute Node - Update User": {"password": "x", "sshPublicKey": "ssh-rsa A"},
    "Certificate - Add": {
        "thumbprint": "00" * 20,
        "thumbprintAlgorithm": "sha1",
        "data": "AA==",
        "certificateFormat": "cer",
    },
}
"""A good body of each operation that has one. `<node>` becomes the id of a node."""
FAULT = {"method": "GET", "path": "/nowhere", "times": 1, "status": 503, "delay": 0.01}
SCRIPT = {"pattern": "t*", "kind": "task", "duration": 5, "exitCode": 1, "stdout": "x", "times": 2}
CONTROL: Final[tuple[tuple[str, str, Any], ...]] = (
    ("POST", "settle", None),
    ("GET", "requests", None),
    ("DELETE", "requests", None),
    ("GET", "clock", None),
    ("POST", "clock", {"advance": 1, "frozen": False}),
    ("POST", "clock", {"advance": 86_400}),
    ("GET", "switches", None),
    ("POST", "switches", draws.SWITCHES),
    ("GET", "faults", None),
    ("POST", "faults", FAULT),
    ("DELETE", "faults", None),
    ("GET", "scripts", None),
    ("POST", "scripts", SCRIPT),
    ("DELETE", "scripts", None),
    ("POST", "applications", {"id": "a1", "displayName": "x", "versions": ["1"]}),
    ("DELETE", "applications", None),
    ("POST", "tasks/j1/t1", draws.BECAME),
    ("POST", "preparation/j1/<node>", draws.BECAME),
    ("POST", "release/j1/<node>", draws.BECAME),
    ("POST", "nodes/p1/<node>", {"state": "unusable", "errors": [{"code": "x"}]}),
    ("POST", "pools/p1", {"resizeErrors": [{"code": "x"}], "dedicatedNodes": 1}),
    ("POST", "samples/p1", {"$CPUPercent": [1, None, 2.5]}),
    ("POST", "files/tasks/j1/t1", {"name": "wd/a", "text": "x"}),
    ("POST", "files/nodes/p1/<node>", [{"name": "shared/a", "base64": "AAAA"}, {"name": "big", "size": 2**33}]),
)
PAGES: Final = (
    *("", "page/pools", "page/pools/p1", "page/jobs", "page/jobs/j1", "page/jobs/j1/tasks/t1", "page/requests"),
    *("page/schedules", "page/schedules/s1", "page/jobs/j1/tasks/t1/files/stdout.txt", "page/pools/p1/nodes/<node>"),
)
KEPT: Final[dict[str, Any]] = {
    "shared-key": "allowed",
    "missing-authorization-status": 401,
    "bearer-refusal-status": 401,
}
"""Switches that are put back before it is checked what is left."""
ENCODINGS = ("gzip", "deflate", "br", "identity", "gzip, gzip", "x")
RANGES = (
    "bytes=0-0",
    "bytes=2-1",
    "bytes=-1",
    "bytes=0-",
    "bytes=0-1,3-4",
    f"bytes={'9' * 30}-",
    "bytes=-",
    "lines=1-2",
)
SIGNATURES = ("", "SharedKey", "SharedKey a", "SharedKey a:b", "Bearer x.y.z", "Bearer", "Basic YTpi", "\xff")
NUMBERS = (0, -1, 1, 3, 10**30, -(2**63), 2**31, 2**53, 1e308, -0.0, 1.5, True, False, None)
FILES = ("stdout.txt", "wd", "wd/a", "startup", "shared/a", "big", "../../x", "wd/../..", ".", "a" * 300, "\x7f")
NAMES = ("timeout", "timeOut", "maxresults", "$select", "$expand", "$skiptoken", "$filter", "force", "recursive", "x")
FILTER_PARTS = (
    *("id", "state", "creationTime", "executionInfo/exitCode", "startswith", "eq", "ne", "gt", "le", "and", "or"),
    *("(", ")", ",", "true", "-7", "1" * 50, "'", "''", "'a'", "not", "null", "datetime'2026-11-25T10:00:00Z'"),
)


@dataclass(frozen=True)
class Sent:
    """A request as it goes out; `drawn` says what it is, for the report of a failure."""

    method: str
    drawn: str
    content: bytes


class Hostile:
    """The same seed draws the same requests."""

    def __init__(self, emulator: EmulatorProcess, seed: int) -> None:
        self._emulator = emulator
        self._random = Random(seed)
        self._host = urlsplit(emulator.endpoint).netloc
        self._cookie = ""
        self._node = "n1"
        self._date = formatdate(usegmt=True)

    def furnish(self) -> None:
        """An account in which most of what is asked for exists."""
        emulator = self._emulator
        emulator.reset()
        if not self._cookie:
            answer = requests.get(emulator.page, allow_redirects=False, timeout=PATIENCE)
            self._cookie = answer.headers["Set-Cookie"].partition(";")[0]
        pool = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE, "targetDedicatedNodes": 2}
        emulator.post("/pools", pool)
        emulator.settle()
        emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO, "usesTaskDependencies": True})
        emulator.post("/jobs", {"id": "k1", "poolInfo": POOL_INFO, "onTaskFailure": "performexitoptionsjobaction"})
        emulator.post("/jobschedules", {**draws.SCHEDULE, "id": "s1", "jobSpecification": {"poolInfo": POOL_INFO}})
        emulator.post(
            "/jobs/j1/addtaskcollection", {"value": [{"id": name, "commandLine": "x"} for name in ("t1", "k1")]}
        )
        emulator.post("/_emulator/applications", {"id": "a1", "versions": ["1"]})
        nodes = emulator.get("/pools/p1/nodes")["value"]
        self._node = nodes[0]["id"]
        emulator.post(f"/_emulator/files/nodes/p1/{self._node}", {"name": "shared/a", "text": "0123456789"})
        self._date = formatdate(usegmt=True)

    def request(self) -> Sent:
        choose = self._random
        kind = choose.random()
        if kind < 0.82:
            operation = choose.choice(OPERATIONS)
            method, path, query = operation.method, self._path(operation), self._query(operation)
            body = BODIES.get(operation.name)
        elif kind < 0.95:
            method, rest, body = choose.choice(CONTROL)
            path, query = f"/_emulator/{rest.replace('<node>', self._node)}", ""
        else:
            method, path, query, body = (
                "GET",
                f"/_emulator/{choose.choice(PAGES).replace('<node>', self._node)}",
                "",
                None,
            )
        content = b"" if body is None else self._content(method, path, body)
        if choose.random() < 0.05:
            method = choose.choice((*draws.METHODS, "OPTIONS", "TRACE", "get", "PROPFIND", "!"))
        if choose.random() < 0.1:
            path = self._other(path)
        headers = self._headers(path)
        if "/files" in path and choose.random() < 0.5:
            headers.append((choose.choice(("ocp-range", "Range")), choose.choice(RANGES)))
        target = f"{path}?{query}" if query else path
        return Sent(
            method,
            f"{method} {target[:300]} {headers!r} {content[:2000]!r}",
            self._wire(method, target, headers, content),
        )

    def _path(self, operation: Operation) -> str:
        names = {
            "pool": ("p1", "p2"),
            "job": ("j1", "k1", "j2", "s1:job-1"),
            "task": ("t1", "k1", "t2", "t3"),
            "schedule": ("s1", "s2"),
            "node": (self._node,),
            "user": ("u2", "u1"),
            "extension": ("e",),
            "application": ("a1",),
            "certificate": (f"thumbprintAlgorithm=sha1,thumbprint={'0' * 40}", "x"),
            "*file": FILES,
        }
        path = operation.path
        # What others are in goes seldom, or there would soon be nothing left.
        gone = 0.97 if operation.name.endswith((" - Delete", " - Terminate")) else 0.25
        for name, known in names.items():
            place = f"{{{name}}}"
            if place in path:
                kind = self._random.random()
                drawn = self._random.choice(draws.IDS if kind < 0.06 else known if kind < gone else known[:1])
                path = path.replace(place, quote(drawn, safe="/:,="))
        return path

    def _other(self, path: str) -> str:
        choose = self._random
        parts = path.split("/")
        kind = choose.randrange(4)
        if kind == 0:
            parts[choose.randrange(len(parts))] = quote(
                choose.choice((*draws.IDS, *draws.WORDS, *draws.HOSTILE)), safe=""
            )
        elif kind == 1:
            parts.insert(
                choose.randrange(len(parts) + 1), choose.choice(("", "..", "%2F", "%2e%2e", "%", "%zz", "%ff", "x"))
            )
        elif kind == 2:
            parts = parts[: choose.randrange(len(parts)) + 1]
        else:
            parts = [part.upper() for part in parts]
        return "/".join(parts) or "/"

    def _query(self, operation: Operation) -> str:
        choose = self._random
        query = f"api-version={V2024 if operation.versions == (V2024,) or choose.random() < 0.3 else V2025}"
        if choose.random() < 0.02:
            query = choose.choice(("", "api-version=", "api-version=x", "api-version=2019-08-01.10.0", "&&=&"))
        while choose.random() < 0.25:
            name = choose.choice(operation.query or NAMES) if choose.random() < 0.8 else choose.choice(NAMES)
            if name == "$filter":
                value = " ".join(choose.choice(FILTER_PARTS) for _ in range(choose.randrange(9)))
            else:
                value = choose.choice((*draws.WORDS, *draws.HOSTILE, "true", "1", "10"))
            query += f"&{quote(name)}={quote(value)}"
        return query

    def _headers(self, path: str) -> list[tuple[str, str]]:
        choose = self._random
        headers: list[tuple[str, str]] = []
        if path.startswith(("/_emulator/page", "/_emulator/?")) or path == "/_emulator/":
            headers.append(("Cookie", self._cookie if choose.random() < 0.8 else choose.choice(draws.WORDS[:5])))
        while choose.random() < 0.15:
            names = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "ocp-date", "Date")
            more = (
                "client-request-id",
                "return-client-request-id",
                "Content-Type",
                "Accept",
                "Origin",
                "Expect",
                "Via",
            )
            name = choose.choice((*names, *more, "Accept-Encoding", "Content-Encoding", "ocp-range", "If-Range"))
            values = ENCODINGS if name.endswith("Encoding") else (*draws.WORDS, *draws.HOSTILE)
            value = "".join(letter for letter in choose.choice(values) if 0x20 < ord(letter) < 0x7F)
            headers.append((name, value if name != "Expect" else "100-continue"))
        return headers

    def _value(self) -> Any:
        choose = self._random
        kind = choose.randrange(5)
        if kind == 0:
            return choose.choice(NUMBERS)
        if kind == 1:
            return choose.choice((*draws.WORDS, *draws.HOSTILE, ""))
        if kind == 2:
            return choose.choice(tuple(draws.TOKENS))
        return choose.choice(([], {}, [None], [[]], {"id": "x"}, [{"name": "a", "value": "b"}], {"": None}, [1, "x"]))

    def _spoil(self, value: Any) -> Any:
        """The value with something else at a place in it, however deep, gone from it, or there twice."""
        choose = self._random
        if isinstance(value, dict) and value and choose.random() < 0.85:
            name = choose.choice(sorted(value))
            if choose.random() < 0.15:
                return {other: inner for other, inner in value.items() if other != name}
            return {**value, name if choose.random() < 0.9 else name.upper(): self._spoil(value[name])}
        if isinstance(value, list) and value and choose.random() < 0.85:
            if choose.random() < 0.15:
                return value * choose.choice((0, 2, 120))
            place = choose.randrange(len(value))
            return [*value[:place], self._spoil(value[place]), *value[place + 1 :]]
        return self._value()

    def _content(self, method: str, path: str, body: Any) -> bytes:
        choose = self._random
        body = json.loads(json.dumps(body).replace("<node>", self._node))
        good = copy.deepcopy(body)
        kind = choose.random()
        if kind < 0.6:
            for _ in range(choose.choice((1, 1, 2))):
                body = self._spoil(body)
        if path == "/_emulator/faults" and isinstance(body, dict):  # strikes nothing, or else 500 can be meant
            body = {**body, "path": FAULT["path"]}
        elif path == "/_emulator/faults":
            body = good
        if path == "/_emulator/switches" and isinstance(body, dict):
            body = {name: value for name, value in body.items() if name not in KEPT}
        if path == "/_emulator/clock" and isinstance(body, dict) and isinstance(body.get("advance"), (int, float)):
            body["advance"] = min(body["advance"], 10**7) if choose.random() < 0.98 else body["advance"]
        if kind > 0.97:
            return bytes(choose.randrange(256) for _ in range(choose.randrange(60)))
        text = json.dumps(body, ensure_ascii=choose.random() < 0.5)
        for name, token in draws.TOKENS.items():
            text = text.replace(json.dumps(name), token)
        content = text.encode("utf-16" if kind > 0.96 else "utf-8", errors="surrogatepass")
        if kind > 0.94:
            content = content[: choose.randrange(len(content) + 1)]
        return zlib.compress(content) if kind > 0.93 else content

    def _wire(self, method: str, target: str, headers: list[tuple[str, str]], content: bytes) -> bytes:
        choose = self._random
        given = {name.lower() for name, _ in headers}
        chunked = bool(content) and choose.random() < 0.05
        if content or method in ("POST", "PUT", "PATCH"):
            if not chunked:
                headers.append(("Content-Length", str(len(content))))
            if "content-type" not in given:
                headers.append(("Content-Type", MEDIA_TYPE))
        if chunked:
            headers.append(("Transfer-Encoding", "chunked"))
        signature = choose.random()
        if "ocp-date" not in given:
            headers.append(("ocp-date", self._date))
        if signature < 0.95:
            with suppress(ValueError):
                headers = list(signed(self._emulator, method, target, headers, content))
        elif signature < 0.98:
            headers.append(("Authorization", choose.choice(SIGNATURES)))
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self._host}", *(f"{name}: {value}" for name, value in headers)]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1", errors="replace")
        if not chunked:
            return head + content
        half = len(content) // 2
        parts = [part for part in (content[:half], content[half:]) if part]
        return head + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


class Connection:
    """One that is kept as long as the other side keeps it."""

    def __init__(self, endpoint: str) -> None:
        split = urlsplit(endpoint)
        self._address = (str(split.hostname), int(split.port or 0))
        self._socket: socket.socket | None = None
        self._received = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._received = None, b""

    def send(self, content: bytes) -> None:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=PATIENCE)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(content)

    def _more(self) -> bool:
        assert self._socket is not None
        try:
            chunk = self._socket.recv(262_144)
        except ConnectionResetError:
            chunk = b""
        self._received += chunk
        return bool(chunk)

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._received:
            if not self._more():
                return b""
        found, _, self._received = self._received.partition(mark)
        return found

    def _take(self, length: int) -> None:
        while len(self._received) < length and self._more():
            pass
        self._received = self._received[length:]

    def status(self, method: str) -> int:
        """Of the answer, which is read to its end; 0 where there is none. Raises TimeoutError."""
        status = 100
        while status == 100:
            head = self._until(b"\r\n\r\n").lower()
            if not head:
                self._close()
                return 0
            status = int(head.split(b" ", 2)[1])
        if method != "HEAD" and status not in (204, 304):
            self._skip_content(head)
        if b"connection: close" in head:
            self._close()
        return status

    def _skip_content(self, head: bytes) -> None:
        if b"transfer-encoding: chunked" in head:
            while size := int(self._until(b"\r\n") or b"0", 16):
                self._take(size + 2)
            self._until(b"\r\n")
        elif b"content-length:" in head:
            self._take(int(head.partition(b"content-length:")[2].split()[0]))


def resident(emulator: EmulatorProcess) -> int:
    """Bytes of memory of the process."""
    return int(Path(f"/proc/{emulator.pid}/statm").read_text().split()[1]) * 4096


def check(emulator: EmulatorProcess) -> None:
    """All that there is can be listed, and nothing was written to standard error."""
    emulator.post("/_emulator/switches", KEPT)
    for path in ("/pools", "/jobschedules", "/jobs", "/nodecounts", "/applications"):
        assert isinstance(emulator.get(path)["value"], list)
    for job in emulator.get("/jobs?$select=id,state")["value"]:
        reply = emulator.call("GET", f"/jobs/{job['id']}/tasks")
        assert reply.status == 200 or reply.body["code"] == "JobNotFound"
    assert isinstance(emulator.requests(), list)
    said = emulator.errors()
    assert said == "", said


def fuzz(size: int, seed: int, tally: Counter[str]) -> None:
    """Sends so many to an emulator of its own. Raises AssertionError for one that is not answered as it should be."""
    with EmulatorProcess("--set", "scheduling=on") as emulator:
        hostile = Hostile(emulator, seed)
        connections = [Connection(emulator.endpoint) for _ in range(TOGETHER)]
        first, sent = 0, 0
        try:
            while sent < size:
                hostile.furnish()
                if not first and sent >= size / 4:
                    first = resident(emulator)
                for _ in range(ROUND // TOGETHER):
                    together = [(connection, hostile.request()) for connection in connections]
                    for connection, request in together:
                        connection.send(request.content)
                    for connection, request in together:
                        _judge(emulator, connection, request, tally)
                sent += ROUND
                check(emulator)
        finally:
            for connection in connections:
                connection.__exit__(None, None, None)
        emulator.reset()
        grown = resident(emulator) - first
        assert grown < GROWTH, f"the emulator has grown by {grown:,} bytes"
        tally["requests"] += sent


def _judge(emulator: EmulatorProcess, connection: Connection, request: Sent, tally: Counter[str]) -> None:
    try:
        status = connection.status(request.method)
    except TimeoutError:
        raise AssertionError(f"never answered: {request.drawn}") from None
    if not (200 <= status < 500 or status in IS_MEANT):
        raise AssertionError(f"{status}: {request.drawn}\n{emulator.errors()}")
    tally[f"answered {status}"] += 1
