"""Small experiments on what no page of the service's reference says: each puts one question, and answers it.

A probe costs next to nothing: pools of no nodes, jobs, and tasks that never run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.emulator_process import V2024, V2025
from tests.live.bench import Bench, outcome, properties_named

LISTS: Final[dict[str, Any]] = {"applicationPackageReferences": [], "metadata": []}
_MOUNT: Final = {"source": "Task", "isReadOnly": True}


@dataclass(frozen=True)
class Probe:
    question: str
    ask: Callable[[Bench], str]


def timeout_name(bench: Bench) -> str:
    answers = []
    for version in (V2024, V2025):
        for name in ("timeout", "timeOut", "TIMEOUT", "nonsense"):
            reply = bench.send("GET", f"/jobs?maxresults=1&$select=id&{name}=20", api_version=version, show="code")
            answers.append(f"{version} {name}: {outcome(reply)}")
    return "; ".join(answers) + "."


def missing_list(bench: Bench) -> str:
    path = f"/pools/{bench.estate.pool}/updateproperties"
    answers = []
    for left_out in LISTS:
        body = {name: value for name, value in LISTS.items() if name != left_out}
        reply = bench.send("POST", path, body)
        answers.append(f"without {left_out}: {outcome(reply)}, {properties_named(reply)}")
    old = bench.send("POST", path, LISTS, api_version=V2024)
    answers.append(f"2024-07-01.20.0 without certificateReferences: {outcome(old)}, {properties_named(old)}")
    return "; ".join(answers) + "."


def patch_of_what_needs_an_empty_pool(bench: Bench) -> str:
    reply = bench.send("PATCH", f"/pools/{bench.estate.pool}", {"displayName": "patched"})
    return f"On a pool without nodes: {outcome(reply)}. With nodes this is not asked: it would cost a virtual machine."


def duplicate_mounts(bench: Bench) -> str:
    job = bench.estate.make_job("mounts")
    settings = {"imageName": "ubuntu", "containerHostBatchBindMounts": [_MOUNT, _MOUNT]}
    reply = bench.send("POST", f"/jobs/{job}/tasks", {"id": "t", "commandLine": "true", "containerSettings": settings})
    return f"{outcome(reply)}, {properties_named(reply)}."


def empty_mounts(bench: Bench) -> str:
    job = bench.estate.make_job("no-mounts")
    settings = {"imageName": "ubuntu", "containerHostBatchBindMounts": []}
    bench.made(f"/jobs/{job}/tasks", {"id": "t", "commandLine": "true", "containerSettings": settings})
    reply = bench.send("GET", f"/jobs/{job}/tasks/t", show="containerSettings")
    shown = bench.part(reply, "containerSettings.containerHostBatchBindMounts")
    return "The empty list is shown." if shown == [] else f"It is read back as {shown!r}."


def dependencies(bench: Bench) -> str:
    job = bench.estate.make_job("no-dependencies")
    reply = bench.send(
        "POST", f"/jobs/{job}/tasks", {"id": "t", "commandLine": "true", "dependsOn": {"taskIds": ["other"]}}
    )
    return f"{outcome(reply)}, {properties_named(reply)}."


def too_many_tasks(bench: Bench) -> str:
    job = bench.estate.make_job("many")
    tasks = [{"id": f"t{number}", "commandLine": "true"} for number in range(101)]
    reply = bench.send("POST", f"/jobs/{job}/addtaskcollection", {"value": tasks}, show="code")
    return f"{outcome(reply)}, {properties_named(reply)}."


def too_many_files(bench: Bench) -> str:
    job = bench.estate.make_job("files")
    url = "https://files.blob.core.windows.net/in/" + "x" * 200
    files = [{"httpUrl": f"{url}{number}", "filePath": f"file{number}"} for number in range(3000)]
    reply = bench.send("POST", f"/jobs/{job}/tasks", {"id": "t", "commandLine": "true", "resourceFiles": files})
    return f"3,000 files, about 800 KB: {outcome(reply)}."


def bad_tokens(bench: Bench) -> str:
    none = bench.send("GET", "/jobs?maxresults=1", authorization="")
    nonsense = bench.send("GET", "/jobs?maxresults=1", authorization="Bearer nonsense")
    answered = nonsense.headers.get("WWW-Authenticate", "absent")
    return f"No credentials: {outcome(none)}. A bad token: {outcome(nonsense)}, WWW-Authenticate {answered}."


def shared_key(bench: Bench) -> str:
    reply = bench.send("GET", "/jobs?maxresults=1&$select=id", show="code")
    if bench.account.signs_with == "SharedKey":
        refused = reply.status == 403
        return f"This account {'refuses' if refused else 'takes'} SharedKey: {outcome(reply)}."
    return "Not asked: this run has no account key."


def secrets_read_back(bench: Bench) -> str:
    id = bench.estate.id("secrets")
    registry = {"registryServer": "registry.example.com", "username": "user", "password": "not-a-real-password"}
    container = {"type": "dockerCompatible", "containerRegistries": [registry]}
    share = {"username": "user", "source": "//host/share", "password": "not-a-real-password", "relativeMountPath": "a"}
    blobs = {
        "accountName": "files",
        "containerName": "c",
        "sasKey": "sv=2024-11-04&sig=notreal",
        "relativeMountPath": "b",
    }
    machine = bench.estate.machine(virtualMachineConfiguration={"containerConfiguration": container})
    mounts = [{"cifsMountConfiguration": share}, {"azureBlobFileSystemConfiguration": blobs}]
    if not bench.made("/pools", {"id": id, **machine, "mountConfiguration": mounts}):
        return "The service did not take a pool with these secrets on this image."
    reply = bench.send("GET", f"/pools/{id}", show="mountConfiguration")
    text = str(reply.body)
    shown = [
        name for name, value in (("passwords", "not-a-real-password"), ("the SAS key", "notreal")) if value in text
    ]
    bench.estate.gone(f"/pools/{id}")
    return f"Read back: {', '.join(shown) or 'none of registry password, CIFS password and SAS key'}."


def application_ids(bench: Bench) -> str:
    reply = bench.send("GET", "/applications?maxresults=1")
    found = reply.body.get("value", []) if reply.status == 200 else []
    if not found:
        return f"Not asked: the account shows no application ({outcome(reply)})."
    references = [{"applicationId": found[0]["id"]}]
    path = f"/pools/{bench.estate.pool}"
    bench.send("POST", f"{path}/updateproperties", {**LISTS, "applicationPackageReferences": references})
    shown = bench.part(bench.send("GET", path, show="applicationPackageReferences"), "applicationPackageReferences")
    bench.send("POST", f"{path}/updateproperties", LISTS)
    return f"Sent {references!r}, read back {shown!r}."


def retry_inheritance(bench: Bench) -> str:
    job = bench.estate.make_job("retries", constraints={"maxTaskRetryCount": 5})
    body = {"id": "t", "commandLine": "true", "constraints": {"maxWallClockTime": "PT1H"}}
    bench.made(f"/jobs/{job}/tasks", body)
    shown = bench.part(bench.send("GET", f"/jobs/{job}/tasks/t", show="constraints"), "constraints.maxTaskRetryCount")
    return f"A task with other constraints in a job whose count is 5 has {shown}."


def recreation(bench: Bench) -> str:
    job = bench.estate.make_job("again")
    bench.made(f"/jobs/{job}/tasks", {"id": "t", "commandLine": "true"})
    bench.send("DELETE", f"/jobs/{job}")
    again = bench.send("POST", "/jobs", {"id": job, "poolInfo": {"poolId": bench.estate.pool}})
    id = bench.estate.id("again-pool")
    machine = bench.estate.machine()
    bench.made("/pools", {"id": id, **machine})
    bench.send("DELETE", f"/pools/{id}")
    pool = bench.send("POST", "/pools", {"id": id, **machine})
    return f"A job: {outcome(again)}. A pool: {outcome(pool)}. 201 means that the deletion was over already."


def endpoint_suffix(bench: Bench) -> str:
    bench.send("GET", "/jobs?maxresults=1&$select=id", show="code")
    return f"This account answers at {bench.account.endpoint}; clouds other than its own are not asked."


def retry_after(bench: Bench) -> str:
    for _ in range(5):
        bench.send("GET", "/jobs?maxresults=1&$select=id", show="code")
    return ", ".join(bench.account.throttled) or "No answer of this run was a 429 or a 503."


def casing_of_urls(bench: Bench) -> str:
    job = bench.estate.make_job("CaSe")
    reply = bench.send("GET", f"/jobs/{job.upper()}", show="url")
    url = str((reply.body or {}).get("url", ""))
    return f"Asked in upper case ({outcome(reply)}), the URL has the id {'as stored' if job in url else 'as asked'}."


def file_mode(bench: Bench) -> str:
    job = bench.estate.make_job("mode")
    files = [{"httpUrl": "https://files.blob.core.windows.net/in/data", "filePath": "data"}]
    bench.made(f"/jobs/{job}/tasks", {"id": "t", "commandLine": "true", "resourceFiles": files})
    reply = bench.send("GET", f"/jobs/{job}/tasks/t", show="resourceFiles")
    item = (bench.part(reply, "resourceFiles") or [{}])[0]
    return f"fileMode is {'shown as ' + repr(item['fileMode']) if 'fileMode' in item else 'not filled in'}."


def empty_job_ends(bench: Bench) -> str:
    job = bench.estate.make_job("ends", onAllTasksComplete="terminatejob")
    states = [str(bench.part(bench.send("GET", f"/jobs/{job}", show="state"), "state")) for _ in range(3)]
    return f"States seen in the first looks: {', '.join(states)}."


PROBES: Final = (
    Probe("Is the timeout parameter matched by its exact spelling?", timeout_name),
    Probe("What does updateproperties answer when a required list is missing?", missing_list),
    Probe("How is a PATCH refused that only an empty pool allows?", patch_of_what_needs_an_empty_pool),
    Probe("Are two bind mounts of one source refused?", duplicate_mounts),
    Probe("Is an empty list of bind mounts read back?", empty_mounts),
    Probe("How is dependsOn refused in a job without task dependencies?", dependencies),
    Probe("How are more than 100 tasks in one call refused?", too_many_tasks),
    Probe("Is there a limit for a task's resource files of its own?", too_many_files),
    Probe("Are missing and bad tokens answered with 401 or 403?", bad_tokens),
    Probe("How does an account refuse SharedKey?", shared_key),
    Probe("Which secrets of a pool are read back?", secrets_read_back),
    Probe("In which form are application ids read back?", application_ids),
    Probe("Does a task with some constraints inherit the job's retry count?", retry_inheritance),
    Probe("What is answered to a creation while the old one is being deleted?", recreation),
    Probe("At which suffix does a cloud's endpoint end?", endpoint_suffix),
    Probe("Does a throttled answer say when to come back?", retry_after),
    Probe("Which casing of an id do URLs show?", casing_of_urls),
    Probe("Is the default of fileMode read back?", file_mode),
    Probe("How soon does terminatejob end a job without tasks?", empty_job_ends),
)
