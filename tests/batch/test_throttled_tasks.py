"""Many tasks in an account that is throttled all the time: none lost, none twice, and hardly a request more."""

from __future__ import annotations

from collections import Counter

from azure_batch_provider.batch.client import BatchClient
from tests.batch.jobs_of_tasks import JOB, client_of, fill
from tests.emulator_process import EmulatorProcess
from tests.http.conftest import Connect

COUNT = 400
IDS = [f"t{number:05}" for number in range(COUNT)]


def come_and_go(client: BatchClient, emulator: EmulatorProcess) -> int:
    """Add, read and delete them; returns how many requests that took."""
    emulator.clear_requests()
    added = client.add_tasks(JOB, [{"id": id, "commandLine": f"echo {id}"} for id in IDS])
    assert sorted(added.added) == IDS
    assert (added.exists, added.failed, added.uncertain, added.stopped) == ([], {}, {}, None)
    assert {task["id"]: task["commandLine"] for task in client.read_tasks(JOB, IDS, select="commandLine")} == {
        id: f"echo {id}" for id in IDS
    }
    removed = client.delete_tasks(JOB, IDS)
    assert removed.gone == set(IDS)
    assert (removed.failed, removed.left, removed.stopped) == ({}, set(), None)
    requests = emulator.requests()
    succeeded = [entry for entry in requests if entry["status"] == 200]
    taken = Counter(task["id"] for entry in succeeded if entry["method"] == "POST" for task in entry["body"]["value"])
    deleted = Counter(entry["path"].rpartition("/")[2] for entry in succeeded if entry["method"] == "DELETE")
    assert taken == deleted == dict.fromkeys(IDS, 1)
    return len(requests)


def test_a_tenth_of_all_answers_and_slow_deletes(emulator: EmulatorProcess, connect: Connect) -> None:
    fill(emulator, 0)
    emulator.switch("task-delete-polls", 3)
    client = client_of(emulator, connect, request_timeout=120)
    undisturbed = come_and_go(client, emulator)
    # Each counts the requests that those before it let pass.
    faults = [{"path": f"/jobs/{JOB}/*", "skip": 9 * (number + 1)} for number in range(COUNT // 5)]
    for number, fault in enumerate(faults):
        fault |= {"status": 503} if number % 2 else {"status": 429, "retryAfter": 0.1}
    emulator.post("/_emulator/faults", faults)
    throttled = come_and_go(client, emulator)
    refused = sum(entry["status"] in (429, 503) for entry in emulator.requests())
    assert throttled * 0.09 <= refused
    assert throttled <= undisturbed * 1.2
