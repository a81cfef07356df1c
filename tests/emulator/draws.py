"""Requests that a client may send by mistake or by malice: hypothesis draws of methods, targets, headers and bodies."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from batch_emulator.operations.table import OPERATIONS
from tests.emulator.parts import MACHINE, POOL_INFO
from tests.emulator_process import V2024, V2025

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
IDS = ("p1", "j1", "t1", "K1", "k1", "\N{KELVIN SIGN}1", "j1:job-1", "", ".", "..")
POOL = {"id": "p2", "vmSize": "a", "virtualMachineConfiguration": MACHINE, "metadata": [{"name": "a", "value": "b"}]}
JOB: dict[str, Any] = {
    "id": "j2",
    "poolInfo": POOL_INFO,
    "constraints": {"maxWallClockTime": "P1D"},
    "jobManagerTask": {"id": "m", "commandLine": "x", "constraints": {"maxTaskRetryCount": 1}},
    "onAllTasksComplete": "noaction",
    "onTaskFailure": "performexitoptionsjobaction",
}
TASK: dict[str, Any] = {
    "id": "t2",
    "commandLine": "x",
    "displayName": "x",
    "constraints": {"retentionTime": "PT1H", "maxTaskRetryCount": 3},
    "exitConditions": {"exitCodes": [{"code": 1, "exitOptions": {"jobAction": "none"}}]},
    "resourceFiles": [{"httpUrl": "https://a.b/c", "filePath": "c"}],
    "environmentSettings": [{"name": "A", "value": "b"}],
    "dependsOn": {"taskIds": ["a"], "taskIdRanges": [{"start": 1, "end": 2}]},
}
AUTOMATIC = {"autoPoolSpecification": {"poolLifetimeOption": "job", "pool": {"vmSize": "a"}}}
BECAME = {"state": "completed", "exitCode": 1, "retryCount": 1, "failureInfo": {"category": "UserError"}}
SWITCHES = {"polls": 1, "states": "by-clock", "token-audience": "x", "read-back-secrets": True, "pool-quota": 3}
SCHEDULE: dict[str, Any] = {
    "id": "s2",
    "schedule": {"recurrenceInterval": "PT1M", "startWindow": "PT1M", "doNotRunUntil": "2026-11-25T10:00:00Z"},
    "jobSpecification": {**{name: value for name, value in JOB.items() if name != "id"}, "displayName": "x"},
    "metadata": [{"name": "a", "value": "b"}],
}
ASKED: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/pools", POOL),
    ("GET", "/pools", None),
    ("GET", "/pools/p1", None),
    ("HEAD", "/pools/p1", None),
    ("PATCH", "/pools/p1", {"metadata": [], "startTask": {"commandLine": "x"}, "userAccounts": []}),
    ("POST", "/pools/p1/updateproperties", {"metadata": [], "applicationPackageReferences": []}),
    ("DELETE", "/pools/p1", None),
    ("POST", "/jobs", JOB),
    ("POST", "/jobs", {"id": "j3", "poolInfo": AUTOMATIC, "onAllTasksComplete": "terminatejob"}),
    ("GET", "/jobs", None),
    ("GET", "/jobs/j1", None),
    ("PATCH", "/jobs/j1", {"priority": 1, "constraints": {"maxTaskRetryCount": 1}, "poolInfo": AUTOMATIC}),
    ("PUT", "/jobs/j1", {"poolInfo": POOL_INFO, "onAllTasksComplete": "noaction"}),
    ("POST", "/jobs/j1/disable", {"disableTasks": "requeue"}),
    ("POST", "/jobs/j1/enable", None),
    ("POST", "/jobs/j1/terminate", {"terminateReason": "x"}),
    ("GET", "/jobs/j1/taskcounts", None),
    ("DELETE", "/jobs/k1", None),
    ("POST", "/jobs/j1/tasks", TASK),
    ("POST", "/jobs/j1/addtaskcollection", {"value": [TASK, {**TASK, "id": "t3"}]}),
    ("GET", "/jobs/j1/tasks", None),
    ("GET", "/jobs/j1/tasks/t1", None),
    ("PUT", "/jobs/j1/tasks/t1", {"constraints": {"maxWallClockTime": "PT1H"}}),
    ("GET", "/jobs/j1/tasks/t1/subtasksinfo", None),
    ("GET", "/jobs/j1/tasks/t1/files", None),
    ("HEAD", "/jobs/j1/tasks/t1/files/wd/a", None),
    ("DELETE", "/jobs/j1/tasks/t1/files/wd/a", None),
    ("GET", "/pools/p1/nodes/n1/files/stdout.txt", None),
    ("POST", "/_emulator/files/tasks/j1/t1", {"name": "wd/a", "text": "x"}),
    ("POST", "/jobs/j1/tasks/t1/terminate", None),
    ("POST", "/jobs/j1/tasks/t1/reactivate", None),
    ("DELETE", "/jobs/j1/tasks/t1", None),
    ("GET", "/jobs/j1/jobpreparationandreleasetaskstatus", None),
    ("POST", "/jobschedules", SCHEDULE),
    ("GET", "/jobschedules", None),
    ("GET", "/jobschedules/s1", None),
    ("HEAD", "/jobschedules/s1", None),
    ("PATCH", "/jobschedules/s1", {name: SCHEDULE[name] for name in ("schedule", "jobSpecification", "metadata")}),
    ("PUT", "/jobschedules/s1", {"schedule": {}, "jobSpecification": {"poolInfo": AUTOMATIC}}),
    ("POST", "/jobschedules/s1/disable", None),
    ("POST", "/jobschedules/s1/enable", None),
    ("POST", "/jobschedules/s1/terminate", None),
    ("GET", "/jobschedules/s1/jobs", None),
    ("POST", "/jobs/s1:job-1/tasks", TASK),
    ("DELETE", "/jobs/s1:job-1", None),
    ("DELETE", "/jobschedules/s1", None),
    ("POST", "/_emulator/clock", {"advance": 1, "frozen": False}),
    ("POST", "/_emulator/settle", None),
    ("POST", "/_emulator/switches", SWITCHES),
    ("POST", "/_emulator/tasks/j1/t1", BECAME),
    ("GET", "/_emulator/requests", None),
)
LISTS = ("/pools", "/jobs", "/jobschedules", "/jobs/j1/tasks", "/jobs/j1")
TIMES = (
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-25T10:00:00Z", "2026-02-30T00:00:00Z"),
    *("Mon, 01 Jan 0001 00:00:00 +1400", "Fri, 31 Dec 9999 23:59:59 -1400", "Wed, 25 Nov 2026 10:00:00 GMT"),
)
WORDS = (
    *("true", "FALSE", "stats", "id,state", "0", "-1", "1_0", "9" * 18, "\u0663", "*", "a\r\nb", V2025, V2024),
    *("P1D", "PT0.0000001S", "PT", "-P1D", "0x8DE62C0DBC88F32", 'W/"x"', "9C4D50EE-2D56-4CD3-8152-34347DC9F2B0"),
    *("application/json", "application/json; odata=minimalmetadata", "=?utf-8?q?x?=", "\U0001f600"),
)
HOSTILE = ("1" * 5000, f"P{'9' * 5000}D", "\x00", "\N{KELVIN SIGN}1", *TIMES)
TOKENS = {
    "<large>": "1e400",
    "<long>": "1" * 5000,
    "<half>": '"\\ud83d"',
    "<deep>": "[" * 950 + "]" * 950,
    "<nan>": "NaN",
    "<twice>": '{"a": 1, "a": 2}',
    "<surrogate>": '"\ud83d"',
}
"""What JSON may hold and Python's own would not write. The last is for bytes that are not UTF-8."""
texts = st.one_of(st.sampled_from(WORDS), st.sampled_from(HOSTILE), st.text(max_size=20))
numbers = st.one_of(st.integers(), st.integers(-3, 3), st.floats(), st.sampled_from((10**30, -(2**63), 2**31, 1e308)))
scalars = st.one_of(st.none(), st.booleans(), numbers, texts, st.sampled_from(tuple(TOKENS)))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=5,
)


@dataclass(frozen=True)
class Drawn:
    """`target` and `headers` are as they are sent."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    content: bytes
    signed: bool


@st.composite
def filters(draw: st.DrawFn) -> str:
    names = (
        "id",
        "state",
        "creationTime",
        "executionInfo/exitCode",
        "schedule/doNotRunUntil",
        "displayName",
        "enableAutoScale",
        "startswith",
    )
    verbs = ("eq", "ne", "gt", "le", "and", "or", "(", ")", ",", "true", "-7", "1" * 5000, "'", "''", "'a'")
    times = tuple(f"datetime'{time}'" for time in TIMES)
    parts = draw(st.lists(st.one_of(st.sampled_from((*names, *verbs, *times)), st.text(max_size=3)), max_size=12))
    return " ".join(parts) if draw(st.booleans()) else "(" * draw(st.integers(0, 600)) + " ".join(parts)


@st.composite
def paths(draw: st.DrawFn, path: str) -> str:
    """Another path, or other ids in this one."""
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return draw(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="?#"), min_size=1))
    if kind == 1:
        path = draw(st.sampled_from(OPERATIONS)).path.replace("{", "").replace("}", "")
    ids = st.one_of(st.sampled_from(IDS), st.text(max_size=70))
    parts = path.split("/")
    place = draw(st.integers(0, len(parts) - 1))
    parts[place] = draw(ids)
    return "/".join(quote(part, safe=draw(st.sampled_from(("", "/", "%")))) for part in parts)


@st.composite
def queries(draw: st.DrawFn) -> str:
    names = (
        "timeout",
        "timeOut",
        "maxresults",
        "$select",
        "$expand",
        "$skiptoken",
        "force",
        "FORCE",
        "api-version",
        "x",
    )
    drawn = st.tuples(st.one_of(st.sampled_from(names), st.text(max_size=5)), texts)
    pairs = draw(st.one_of(st.lists(drawn, max_size=3), st.tuples(st.tuples(st.just("$filter"), filters()))))
    return "".join(f"&{quote(name)}={quote(value)}" for name, value in pairs)


@st.composite
def headers(draw: st.DrawFn) -> tuple[tuple[str, str], ...]:
    names = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "ocp-date", "Date", "ocp-range")
    more = ("client-request-id", "return-client-request-id", "Content-Type", "Accept", "Origin", "Cookie", "X-\x21")
    chosen = draw(st.lists(st.tuples(st.sampled_from((*names, *more)), texts), max_size=3))
    # What is not a header at all is for the test of bytes.
    return tuple(
        (name, "".join(letter for letter in value if 0x20 < ord(letter) < 0x7F or 0xA0 < ord(letter) < 0x100))
        for name, value in chosen
    )


def _replace(draw: st.DrawFn, value: Any) -> Any:
    """The value with something else at a place in it."""
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        name = draw(st.sampled_from(sorted(value)))
        return {**value, draw(st.sampled_from((name, name, name, "odata.x", "x"))): _replace(draw, value[name])}
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        return [_replace(draw, value[0]), *value[1:], *draw(st.lists(values, max_size=1))]
    return draw(values)


@st.composite
def contents(draw: st.DrawFn, value: Any) -> bytes:
    """A body that is not quite this one, or not JSON, or not in UTF-8."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.binary(max_size=50))
    for _ in range(draw(st.integers(1, 3))):
        value = _replace(draw, value)
    if kind == 1:
        return json.dumps(value).encode(draw(st.sampled_from(("utf-16", "utf-16-le", "utf-32", "utf-7", "utf-8-sig"))))
    text = json.dumps(value, ensure_ascii=draw(st.booleans()))
    for name, token in TOKENS.items():
        text = text.replace(json.dumps(name), token)
    return text.encode(errors="surrogatepass")


@st.composite
def requests(draw: st.DrawFn) -> Drawn:
    """A request that would be good but for one or two things, and now and then a good one."""
    method, path, value = draw(st.sampled_from(ASKED))
    spoilt = draw(st.sets(st.sampled_from(("method", "path", "query", "headers", "body", "nothing")), max_size=2))
    if "query" in spoilt:
        method, path, value = "GET", draw(st.sampled_from(LISTS)), None
    if value is None:
        spoilt -= {"body"}
    if "path" in spoilt:
        path = draw(paths(path))
    if "method" in spoilt:
        method = draw(st.one_of(st.sampled_from(METHODS), st.from_regex(r"\A[A-Za-z!#$%&'*+.^_`|~-]{1,9}\Z")))
    version = draw(st.sampled_from((V2024, V2025)))
    query = f"api-version={version}" + (draw(queries()) if "query" in spoilt else "")
    content = json.dumps(value).encode() if value is not None else b""
    if "body" in spoilt:
        content = draw(contents(value))
    sent = draw(headers()) if "headers" in spoilt else ()
    return Drawn(method, f"{path}?{query}", sent, content, draw(st.integers(0, 19)) > 0)
