"""Every answer of every operation, from one account that has something of everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

import pytest
from azure.batch import models

from batch_emulator.operations.table import OPERATIONS, Operation
from tests.emulator import test_job_bodies, test_pool_bodies
from tests.emulator.client_models import faults
from tests.emulator.parts import MACHINE, POOL_INFO, values_of
from tests.emulator_process import V2024, V2025, EmulatorProcess, Reply

BOTH = (V2024, V2025)
OUTPUT = {
    "filePattern": "*",
    "destination": {"container": {"containerUrl": "https://store.blob.core.windows.net/c?sig=a", "path": "p"}},
    "uploadOptions": {"uploadCondition": "taskcompletion"},
}
TASK: dict[str, Any] = {
    "id": "t1",
    "displayName": "Whole",
    "commandLine": "run",
    "containerSettings": {
        "imageName": "ubuntu",
        "containerHostBatchBindMounts": [{"source": "Task", "isReadOnly": True}],
    },
    "exitConditions": {
        "exitCodes": [{"code": 3, "exitOptions": {"jobAction": "none", "dependencyAction": "satisfy"}}],
        "exitCodeRanges": [{"start": 4, "end": 5, "exitOptions": {"jobAction": "none"}}],
        "preProcessingError": {"jobAction": "none"},
        "fileUploadError": {"jobAction": "none"},
        "default": {"jobAction": "none"},
    },
    "resourceFiles": [{"httpUrl": "https://a.b/c", "filePath": "c", "fileMode": "0770"}],
    "outputFiles": [OUTPUT],
    "environmentSettings": [{"name": "A", "value": "1"}],
    "affinityInfo": {"affinityId": "TVM:x"},
    "constraints": {"maxWallClockTime": "PT1H", "retentionTime": "P1D", "maxTaskRetryCount": 1},
    "requiredSlots": 1,
    "userIdentity": {"autoUser": {"scope": "task", "elevationLevel": "admin"}},
    "dependsOn": {"taskIds": ["t2"], "taskIdRanges": [{"start": 1, "end": 2}]},
    "applicationPackageReferences": [{"applicationId": "tool", "version": "1"}],
    "authenticationTokenSettings": {"access": ["job"]},
}
JOB: dict[str, Any] = {
    "id": "j1",
    "poolInfo": POOL_INFO,
    "usesTaskDependencies": True,
    "onTaskFailure": "performexitoptionsjobaction",
    "jobPreparationTask": {"commandLine": "prepare"},
    "jobReleaseTask": {"commandLine": "release"},
}
FAILED = {"category": "UserError", "code": "BlobNotFound", "message": "x", "details": [{"name": "a", "value": "b"}]}
GALLERY = {"poolLifetimeOption": "jobschedule", "pool": {"vmSize": "a", "virtualMachineConfiguration": MACHINE}}


class Everything:
    """An account, and the names of what is in it, by the variables of paths."""

    def __init__(self, emulator: EmulatorProcess) -> None:
        self.emulator = emulator
        self._switch(**{"linked-resources": "any-credentials", "pool-identity": True, "multi-instance-slots": "any"})
        for version in BOTH:
            emulator.post("/pools", {**test_pool_bodies.whole(version), "id": f"whole-{version[:4]}"}, version)
        pool = {"vmSize": "standard_d2s_v3", "virtualMachineConfiguration": MACHINE}
        start = {"commandLine": "start", "maxTaskRetryCount": 1}
        emulator.post("/pools", {**pool, "id": "p1", "targetDedicatedNodes": 3, "startTask": start})
        emulator.post(
            "/pools", {**pool, "id": "p2", "enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes=0"}
        )
        emulator.post("/pools", {**pool, "id": "p3", "targetLowPriorityNodes": 1})
        error = {"code": "AllocationTimedout", "message": "x", "values": [{"name": "a", "value": "b"}]}
        emulator.post("/_emulator/pools/p3", {"resizeErrors": [error]})
        emulator.settle()
        nodes = [node["id"] for node in emulator.get("/pools/p1/nodes")["value"]]
        emulator.post(
            f"/_emulator/nodes/p1/{nodes[1]}", {"state": "unusable", "errors": [{"code": "DiskFull", "message": "x"}]}
        )
        emulator.post(f"/_emulator/nodes/p1/{nodes[2]}", {"state": "starttaskfailed"})
        self._jobs(nodes[0])
        self._schedules()
        emulator.post("/_emulator/applications", {"id": "tool", "displayName": "Tool", "versions": ["1"]})
        for place in (f"nodes/p1/{nodes[0]}", "tasks/j1/t2"):
            emulator.post(f"/_emulator/files/{place}", [{"name": f"wd/{name}.txt", "text": name} for name in "abc"])
        self.names = {
            "pool": "p1",
            "node": nodes[0],
            "job": "j1",
            "task": "t2",
            "schedule": "s1",
            "application": "tool",
            "extension": "batchNodeExtension",
            "file": "wd/a.txt",
        }

    def _switch(self, **values: Any) -> None:
        self.emulator.post("/_emulator/switches", values)

    def _jobs(self, node: str) -> None:
        post = self.emulator.post
        for version in BOTH:
            job = {**test_job_bodies.body(version), "id": f"whole-{version[:4]}"}
            post("/jobs", job, version)
        post("/jobs", JOB)
        self._switch(scheduling="on")
        post("/jobs/j1/tasks", {"id": "t2", "commandLine": "x"})
        for _ in range(8):
            if self.emulator.get("/jobs/j1/tasks/t2")["state"] == "completed":
                break
        self._switch(scheduling="off")
        post("/jobs/j1/tasks", TASK)
        parts = {"numberOfInstances": 2, "coordinationCommandLine": "c", "commonResourceFiles": TASK["resourceFiles"]}
        post("/jobs/j1/tasks", {"id": "t3", "commandLine": "x", "multiInstanceSettings": parts})
        post("/_emulator/tasks/j1/t3", {"state": "running"})
        calm = {"commandLine": "x", "exitConditions": {"default": {"jobAction": "none"}}}
        post("/jobs/j1/tasks", {**calm, "id": "t4"})
        post("/_emulator/tasks/j1/t4", {"state": "completed", "failureInfo": FAILED, "retryCount": 1})
        post("/jobs/j1/tasks", {**calm, "id": "t5"})
        post("/jobs/j1/tasks/t5/terminate")
        for which in ("preparation", "release"):
            post(f"/_emulator/{which}/j1/{node}", {"state": "running"})
            post(f"/_emulator/{which}/j1/n2", {"state": "completed", "exitCode": 3})
        post("/jobs", {"id": "j2", "poolInfo": POOL_INFO})
        post("/jobs/j2/terminate", {"terminateReason": "x"})
        self.emulator.settle()

    def _schedules(self) -> None:
        for version in BOTH:
            job = {name: value for name, value in test_job_bodies.body(version).items() if name != "id"}
            times = {"doNotRunUntil": "2000-01-01T00:00:00Z", "recurrenceInterval": "PT1H", "startWindow": "PT5M"}
            body = {"id": f"whole-{version[:4]}-s", "schedule": times, "jobSpecification": job, "displayName": "Whole"}
            self.emulator.post("/jobschedules", body, version)
        specification = {"poolInfo": {"autoPoolSpecification": GALLERY}}
        self.emulator.post("/jobschedules", {"id": "s1", "schedule": {}, "jobSpecification": specification})
        self.emulator.get("/jobschedules")

    def path(self, operation: Operation) -> str:
        return re.sub(r"\{\*?(\w+)\}", lambda match: self.names.get(match[1], "x"), operation.path)

    def get(self, operation: Operation, query: str = "", version: str = V2025) -> Reply:
        return self.emulator.call("GET", f"{self.path(operation)}?{query}", api_version=version)


@pytest.fixture(scope="module")
def everything() -> Iterator[Everything]:
    """Nothing of these tests changes it."""
    with EmulatorProcess() as emulator:
        yield Everything(emulator)


ONE: dict[str, type[Any]] = {
    "Pool - Get": models.BatchPool,
    "Job - Get": models.BatchJob,
    "Job - Get Task Counts": models.BatchTaskCountsResult,
    "Job Schedule - Get": models.BatchJobSchedule,
    "Task - Get": models.BatchTask,
    "Compute Node - Get": models.BatchNode,
    "Compute Node - Get Remote Login Settings": models.BatchNodeRemoteLoginSettings,
    "Compute Node Extension - Get": models.BatchNodeVMExtension,
    "Application - Get": models.BatchApplication,
}
LISTS: dict[str, type[Any]] = {
    "Pool - List": models.BatchPool,
    "Job - List": models.BatchJob,
    "Job - List Preparation And Release Task Status": models.BatchJobPreparationAndReleaseTaskStatus,
    "Job - List From Job Schedule": models.BatchJob,
    "Job Schedule - List": models.BatchJobSchedule,
    "Task - List": models.BatchTask,
    "Task - List Subtasks": models.BatchSubtask,
    "File - List From Task": models.BatchNodeFile,
    "File - List From Compute Node": models.BatchNodeFile,
    "Compute Node - List": models.BatchNode,
    "Compute Node Extension - List": models.BatchNodeVMExtension,
    "Application - List": models.BatchApplication,
    "Account - List Supported Images": models.BatchSupportedImage,
    "Account - List Pool Node Counts": models.BatchPoolNodeCounts,
    "Pool - List Usage Metrics": models.BatchPoolUsageMetrics,
}
OTHERS = {
    "File - Get From Task",
    "File - Get From Compute Node",
    "Compute Node - Get Remote Desktop",
    "Certificate - List",
    "Certificate - Get",
}
"""What has no model: bytes, and what the service has retired."""
EXTRA: dict[str, set[str]] = {
    "BatchTask": {"authenticationTokenSettings"},
    "BatchJobManagerTask": {"authenticationTokenSettings"},
}
"""What the service accepts and shows, and the client does not know."""
OLD = {
    **EXTRA,
    "BatchPool": {
        "certificateReferences",
        "resourceTags",
        "targetNodeCommunicationMode",
        "currentNodeCommunicationMode",
    },
    "BatchPoolSpecification": {"certificateReferences", "resourceTags", "targetNodeCommunicationMode"},
    "BatchNode": {"certificateReferences"},
    "DataDisk": {"storageAccountType"},
}
"""What the client of 2025-06-01 does not know of the version before."""
SEEN = re.compile(
    r"\.ipv6Address is required of BatchNode"
    r"|\.instanceView\.statuses\[0\]\.level: 0 is not one of StatusLevelTypes"
    r"|\.(password|accountKey) is required of (UserAccount|CifsMountConfiguration|AzureFileShareConfiguration)"
    r"|\.extensions\[0\]\.settings\.a: .* is not str"
)
"""Where what was seen of the service is not what the models say: secrets do not come back, for one."""
GETS = [operation for operation in OPERATIONS if operation.method == "GET"]
BY_NAME = {operation.name: operation for operation in OPERATIONS}


def test_every_answer_is_as_the_client_s_models_say(everything: Everything) -> None:
    assert {operation.name for operation in GETS} == ONE.keys() | LISTS.keys() | OTHERS
    wrong: dict[str, str] = {}
    for version, extra in ((V2024, OLD), (V2025, EXTRA)):
        for operation in GETS:
            expand = "$expand=stats" if "$expand" in operation.query else ""
            recursive = "recursive=true" if "recursive" in operation.query else ""
            reply = everything.get(operation, expand + recursive, version) if operation.name not in OTHERS else None
            if reply is None:
                continue
            assert reply.status == 200, (operation.name, reply.body)
            shown = dict(reply.body)
            metadata = shown.pop("odata.metadata")
            assert metadata.startswith(f"{everything.emulator.endpoint}/$metadata#")
            items = shown.pop("value") if operation.name in LISTS else [shown]
            assert operation.name in ONE or not shown
            model = (ONE | LISTS)[operation.name]
            for item in items:
                for fault in (fault for fault in faults(item, model, extra) if not SEEN.search(fault)):
                    wrong.setdefault(f"{version} {operation.name} {re.sub(r'[0-9]+', '0', fault)}", fault)
            empty = operation.name in ("Pool - List Usage Metrics", "Task - List Subtasks")
            assert items or empty, operation.name
    assert not wrong, "\n".join(sorted(wrong))


def test_what_posts_answer_is_as_the_client_s_models_say(everything: Everything) -> None:
    logs = {"containerUrl": "https://store.blob.core.windows.net/c?sig=a", "startTime": "2026-01-01T00:00:00Z"}
    formulas = ("$TargetDedicatedNodes=0", "$TargetDedicatedNodes=1/0")
    asked: list[tuple[str, Any, type[Any]]] = [
        ("/pools/p2/evaluateautoscale", {"autoScaleFormula": formula}, models.AutoScaleRun) for formula in formulas
    ]
    collection = {"value": [{"id": "t1", "commandLine": "x"}]}
    asked.append(("/jobs/j1/addtaskcollection", collection, models.BatchCreateTaskCollectionResult))
    node = everything.names["node"]
    asked.append((f"/pools/p1/nodes/{node}/uploadbatchservicelogs", logs, models.UploadBatchServiceLogsResult))
    for path, body, model in asked:
        shown = everything.emulator.post(path, body)
        assert shown.pop("odata.metadata").startswith(f"{everything.emulator.endpoint}/$metadata#")
        assert list(faults(shown, model, {})) == [], path


def test_every_refusal_is_the_client_s_error(everything: Everything) -> None:
    """Of what is not there, or of a body that says nothing."""
    seen = set()
    for operation in OPERATIONS:
        path = re.sub(r"\{\*?\w+\}", "missing", operation.path)
        reply = everything.emulator.call(operation.method, f"{path}?colour=red", api_version=operation.versions[0])
        assert reply.status == 400
        if operation.method == "HEAD":
            assert reply.body is None
            continue
        body: Any = {} if operation.body == "required" else None
        for refusal in (reply, everything.emulator.call(operation.method, path, body, operation.versions[0])):
            if refusal.status >= 400:
                shown = dict(refusal.body)
                assert shown.pop("odata.metadata").endswith(
                    "#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"
                )
                assert list(faults(shown, models.BatchError, {})) == [], operation.name
                assert f"RequestId:{refusal.headers['request-id']}\nTime:" in shown["message"]["value"]
                seen.add(shown["code"])
    assert {"PoolNotFound", "JobNotFound", "JobScheduleNotFound", "ApplicationNotFound"} <= seen


def test_an_etag_is_the_ticks_of_the_last_change(everything: Everything) -> None:
    year_one = datetime(1, 1, 1, tzinfo=timezone.utc)
    seen = 0
    for operation in GETS:
        if operation.name in OTHERS:
            continue
        reply = everything.get(operation)
        items = reply.body["value"] if operation.name in LISTS else [reply.body]
        for item in (item for item in items if "eTag" in item):
            when, _, fraction = item["lastModified"].rstrip("Z").partition(".")
            ticks = int(item["eTag"], 16)
            assert item["eTag"] == f"0x{ticks:X}"
            assert year_one + timedelta(seconds=ticks // 10**7) == datetime.fromisoformat(f"{when}+00:00")
            assert ticks % 10**7 == int(fraction.ljust(7, "0"))
            seen += 1
        if operation.name in ONE and "eTag" in reply.body:
            assert reply.headers["ETag"] == reply.body["eTag"]
        elif operation.name in LISTS:
            assert not {"ETag", "Last-Modified"} & reply.headers.keys()
    assert seen > 20


def test_what_a_task_did_is_told_in_the_order_of_the_service(everything: Everything) -> None:
    shown = everything.get(BY_NAME["Task - Get"]).body
    assert list(shown["executionInfo"]) == ["startTime", "endTime", "exitCode", "result", "retryCount", "requeueCount"]
    assert list(shown["nodeInfo"]) == [
        "affinityId",
        "nodeUrl",
        "poolId",
        "nodeId",
        "taskRootDirectory",
        "taskRootDirectoryUrl",
    ]


def refused(reply: Reply, code: str, name: str) -> bool:
    return (
        reply.status == 400 and reply.body["code"] == code and values_of(reply.body).get("QueryParameterName") == name
    )


def test_a_page_has_between_one_and_a_thousand_items(everything: Everything) -> None:
    for name in LISTS:
        operation = BY_NAME[name]
        if "maxresults" not in operation.query:
            assert refused(everything.get(operation, "maxresults=5"), "UnsupportedQueryParameter", "maxresults")
            continue
        for size in ("0", "-1", "1001", "x", "1.5", ""):
            assert refused(
                everything.get(operation, f"maxresults={size}"), "InvalidQueryParameterValue", "maxresults"
            ), (name, size)
        assert refused(everything.get(operation, "$skiptoken=*"), "InvalidQueryParameterValue", "$skiptoken"), name
        whole, pages, path = everything.get(operation).body["value"], [], f"{everything.path(operation)}?maxresults=1"
        while path:
            page = everything.emulator.get(path)
            assert len(page["value"]) <= 1
            pages += page["value"]
            path = page.get("odata.nextLink", "").removeprefix(everything.emulator.endpoint)
        assert [_id(item) for item in pages] == [_id(item) for item in whole], name


def _id(item: dict[str, Any]) -> Any:
    found = next((item[name] for name in ("id", "name", "nodeId", "poolId") if name in item), None)
    return found or (item.get("vmExtension", {}).get("name"), item.get("imageReference"))


WRITTEN: dict[str, dict[str, Any]] = {
    "/pools": {"vmSize": "a", "virtualMachineConfiguration": MACHINE},
    "/jobs": {"poolInfo": POOL_INFO},
    "/jobschedules": {
        "schedule": {"doNotRunUntil": "2999-01-01T00:00:00Z"},
        "jobSpecification": {"poolInfo": POOL_INFO},
    },
    "/jobs/m/tasks": {"commandLine": "x"},
}


def test_pages_are_stable_while_others_write(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "m", "poolInfo": POOL_INFO})
    for collection, body in WRITTEN.items():
        prefix = collection[-4:].strip("/")
        names = [f"{prefix}-{number}" for number in range(1, 7)]
        for name in names:
            emulator.post(collection, {**body, "id": name})
        seen: list[str] = []
        only = quote(f"startswith(id,'{prefix}-')")
        path = f"{collection}?maxresults=2&$filter={only}"
        while path:
            page = emulator.get(path)
            seen += [item["id"] for item in page["value"]]
            emulator.post(collection, {**body, "id": f"{seen[-1]}-after"})
            emulator.post(collection, {**body, "id": f"{prefix}-0{len(seen)}"})
            emulator.call("DELETE", f"{collection}/{names[0]}")
            emulator.settle()
            path = page.get("odata.nextLink", "").removeprefix(emulator.endpoint)
        assert [name for name in seen if name in names] == names
        assert len(set(seen)) == len(seen) and not [name for name in seen if "-0" in name]


def test_what_is_selected_comes_in_the_order_of_the_whole(everything: Everything) -> None:
    seen = 0
    for operation in (operation for operation in GETS if operation.name not in OTHERS):
        if "$select" not in operation.query:
            assert refused(everything.get(operation, "$select=id"), "UnsupportedQueryParameter", "$select"), (
                operation.name
            )
            continue
        whole = everything.get(operation).body
        items = whole["value"] if operation.name in LISTS else [whole]
        for item in items[:1]:
            names = [name for name in item if name != "odata.metadata"]
            some = names[-1:] + names[:1]
            chosen = everything.get(operation, f"$select={quote(', '.join(some))}").body
            (first, *_) = chosen["value"] if operation.name in LISTS else [chosen]
            assert [name for name in first if name != "odata.metadata"] == [name for name in names if name in some]
            seen += 1
        for unknown in ("colour", "id,colour", "ID", ",", "id,"):
            assert refused(everything.get(operation, f"$select={unknown}"), "InvalidQueryParameterValue", "$select"), (
                operation.name,
                unknown,
            )
    assert seen > 8


def test_only_statistics_can_be_expanded(everything: Everything) -> None:
    for operation in (operation for operation in GETS if operation.name not in OTHERS):
        if "$expand" not in operation.query:
            assert refused(everything.get(operation, "$expand=stats"), "UnsupportedQueryParameter", "$expand")
            continue
        assert refused(everything.get(operation, "$expand=tasks"), "InvalidQueryParameterValue", "$expand"), (
            operation.name
        )
        assert "stats" not in str(everything.get(operation).body), operation.name
        body = everything.get(operation, "$expand=stats").body
        items = body["value"] if operation.name in LISTS else [body]
        assert any("stats" in item for item in items), operation.name
        chosen = everything.get(operation, "$expand=stats&$select=id,stats").body
        for item in chosen["value"] if operation.name in LISTS else [chosen]:
            assert item.keys() <= {"odata.metadata", "id", "stats"}


ALWAYS, NEVER = 0, 1
FILTERS: dict[str, tuple[str, str]] = {
    "Pool - List": ("id ne 'zz'", "id eq 'zz'"),
    "Job - List": ("state ne 'zz'", "creationTime lt DateTime'2001-01-01T00:00:00Z'"),
    "Job - List Preparation And Release Task Status": ("nodeId ne 'zz'", "poolId eq 'zz'"),
    "Job - List From Job Schedule": ("startswith(id,'s1')", "id eq 'zz'"),
    "Job Schedule - List": ("id gt '0'", "id lt '0'"),
    "Task - List": ("executionInfo/retryCount ge 0", "executionInfo/exitCode gt 99"),
    "File - List From Task": ("startswith(name,'')", "startswith(name,'zz')"),
    "File - List From Compute Node": ("startswith(name,'')", "startswith(name,'zz')"),
    "Compute Node - List": ("state ne 'zz'", "allocationTime lt 2001-01-01T00:00:00Z"),
    "Account - List Supported Images": ("nodeAgentSKUId ne 'zz'", "osType eq 'zz'"),
    "Account - List Pool Node Counts": ("startswith(poolId,'')", "poolId eq 'zz'"),
    "Pool - List Usage Metrics": ("startswith(poolId,'')", "poolId eq 'zz'"),
}
"""Of each list that has one, a filter that all pass, and one that none pass."""
FORMS: list[tuple[str, int]] = [
    ("{0}", ALWAYS),
    ("{1}", NEVER),
    ("{0} or {1} and {1}", ALWAYS),
    ("({0} or {1}) and {1}", NEVER),
    ("{1} and {0} or {0}", ALWAYS),
    ("{1} and ({0} or {0})", NEVER),
    (" ( ( {0} ) ) ", ALWAYS),
    ("{1} or {1} or {0}", ALWAYS),
]
MISTAKES = [
    "colour eq 'x'",
    "{0} and",
    "({0}",
    "{0})",
    "{0} {1}",
    "not {0}",
    "{0} xor {1}",
    "and {0}",
    "endswith(id,'x')",
    "id",
]
"""`not` is not one of the service's operators."""


def test_filters_have_the_precedence_of_odata_and_say_what_is_wrong(everything: Everything) -> None:
    assert FILTERS.keys() == {name for name in LISTS if "$filter" in BY_NAME[name].query}
    for name, (always, never) in FILTERS.items():
        operation = BY_NAME[name]
        whole = [_id(item) for item in everything.get(operation).body["value"]]
        for form, passes in FORMS:
            found = everything.get(operation, f"$filter={quote(form.format(always, never))}").body["value"]
            assert [_id(item) for item in found] == (whole if passes == ALWAYS else []), (name, form)
        for mistake in MISTAKES:
            reply = everything.get(operation, f"$filter={quote(mistake.format(always, never))}")
            assert refused(reply, "InvalidQueryParameterValue", "$filter"), (name, mistake, reply.body)
            assert values_of(reply.body)["Reason"]
        wrong_type = re.sub(r"(DateTime)?'[^']*'|\d+$|\d{4}-.*", "true", always)
        assert refused(
            everything.get(operation, f"$filter={quote(wrong_type)}"), "InvalidQueryParameterValue", "$filter"
        )


def test_no_body_is_larger_than_a_mebibyte(everything: Everything) -> None:
    large = b"{" + b" " * 1_048_576
    seen = 0
    for operation in OPERATIONS:
        if operation.body != "none" and V2025 in operation.versions:
            reply = everything.emulator.call(operation.method, everything.path(operation), large)
            assert (reply.status, reply.body["code"]) == (413, "RequestBodyTooLarge"), operation.name
            assert values_of(reply.body) == {"MaxLimit": "1048576"}
            seen += 1
    assert seen > 20
