"""However reads, our own writes and another client's fall together, no answer is older than `TaskReads` promises."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from azure_batch_provider.batch import operations, task_reads
from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.batch.listing import Listing
from azure_batch_provider.batch.task_reads import TaskReads
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import ServiceError, TransportError
from azure_batch_provider.sign_in.shared_key import SharedKey
from tests.batch.jobs_of_tasks import JOB, fill, read
from tests.emulator_process import EmulatorProcess
from tests.http.conftest import Connect

TASKS = [f"t{number}" for number in range(12)]
Event = tuple[str, str]

names = st.sampled_from(TASKS)
writes = st.tuples(st.sampled_from(["ours", "theirs", "theirs"]), names)
reads = st.tuples(st.just("read"), names)
runs = st.lists(reads, min_size=4, max_size=8)
breaks = st.tuples(st.sampled_from(["pause", "failure"]), st.just(""))
schedules = st.lists(runs | st.lists(reads | writes | breaks, min_size=1, max_size=4), max_size=6).map(
    lambda parts: [event for part in parts for event in part]
)


class World:
    """A job whose tasks have versions, our reads of them, and, kept apart from those, what may be answered.

    `meanwhile` happens while a page is on its way: half of it before the service has made it, half after.
    """

    def __init__(self, meanwhile: list[Event]) -> None:
        self.now = 0.0
        self.versions = dict.fromkeys(TASKS, 0)
        self.meanwhile = meanwhile
        self.fails = False
        self.from_pages = 0
        self.reads = TaskReads(lambda job: cast(Listing, _Pages(self)), clock=lambda: self.now)
        self._begin()

    def _begin(self) -> None:
        """A round begins: from now on, nothing older than this is answered."""
        self.floor = dict(self.versions)
        self.asked: set[str] = set()

    def write(self, who: str, task: str) -> None:
        self.versions[task] += 1
        if who == "ours":
            self.reads.written("job")
            self._begin()

    def happens(self, event: Event) -> None:
        what, task = event
        if what == "pause":
            self.now += task_reads.MOMENT * 1.5
            self._begin()
        elif what == "failure":
            self.fails = True
        elif what == "read":
            self._read(task)
        else:
            self.write(what, task)

    def _read(self, task: str) -> None:
        if task in self.asked:
            self._begin()
        self.asked.add(task)
        oldest, begun, alone = self.floor[task], self.versions[task], []

        def ask() -> dict[str, Any]:
            alone.append(self.versions[task])
            return {"id": task, "version": self.versions[task]}

        answer = self.reads.read("job", task, ask, Deadline())
        assert oldest <= answer["version"] <= self.versions[task]
        if alone:
            assert answer["version"] >= begun
        else:
            self.from_pages += 1
        self.now += 0.01


class _Pages:
    def __init__(self, world: World) -> None:
        self._world = world
        self.more = True

    def take(self, deadline: Deadline) -> list[dict[str, Any]]:
        world, half = self._world, len(self._world.meanwhile) // 2
        if world.fails:
            world.fails = False
            raise TransportError("no answer", sent=True)
        for what, task in world.meanwhile[:half]:
            world.write(what, task)
        page = [{"id": name, "version": version} for name, version in world.versions.items()]
        for what, task in world.meanwhile[half:]:
            world.write(what, task)
        self.more = False
        return page


def test_no_answer_is_older_than_its_round_or_our_last_write() -> None:
    from_pages = 0

    @settings(max_examples=500, deadline=None, derandomize=True, database=None)
    @given(schedules, st.lists(writes, max_size=3))
    def check(schedule: list[Event], meanwhile: list[Event]) -> None:
        nonlocal from_pages
        world = World(meanwhile)
        for event in schedule:
            world.happens(event)
        from_pages += world.from_pages

    check()
    assert from_pages > 1000  # otherwise this says nothing


def test_a_round_ends_though_reads_go_on() -> None:
    world = World([])
    for task in TASKS[:4]:
        world.happens(("read", task))
    world.write("theirs", TASKS[5])
    while world.now <= task_reads.LONGEST:
        world.now += task_reads.MOMENT * 0.9
        world.reads.read("job", f"other{world.now}", dict, Deadline())
    assert world.reads.read("job", TASKS[5], lambda: {"version": 1}, Deadline())["version"] == 1


def test_threads_never_see_what_was_before_a_write_of_ours(emulator: EmulatorProcess, connect: Connect) -> None:
    """Two threads write, one of them another client, while eight read, until there were a thousand answers."""
    ids = fill(emulator, 30)
    real: dict[str, Any] = {"clock": time.monotonic, "sleep": time.sleep, "max_concurrency": 32}
    client = BatchClient(connect(emulator.endpoint, SharedKey(emulator.account, emulator.key), **real))
    lock = threading.Lock()
    versions = dict.fromkeys(ids, 0)  # as written, by whomever
    floor = dict(versions)  # as before our last write, and what we wrote
    answers: list[tuple[str, int, int]] = []
    over = threading.Event()

    def ours(dice: random.Random) -> None:
        id = dice.choice(ids)
        with lock:
            before = dict(versions)
            client.call(operations.DELETE_TASK, JOB, id)
            body = {"id": id, "commandLine": "true", "constraints": {"maxTaskRetryCount": before[id] + 1}}
            client.call(operations.CREATE_TASK, JOB, body=body)
            versions[id] += 1
            floor.update({**before, id: versions[id]})
        time.sleep(0.05)

    def theirs(dice: random.Random) -> None:
        id = dice.choice(ids)
        with lock:
            emulator.call("PUT", f"/jobs/{JOB}/tasks/{id}", {"constraints": {"maxTaskRetryCount": versions[id] + 1}})
            versions[id] += 1
        time.sleep(0.002)

    def reads(dice: random.Random) -> None:
        id = dice.choice(ids)
        oldest = floor[id]
        try:
            found = read(client, id)["constraints"]["maxTaskRetryCount"]
        except ServiceError as error:
            assert error.is_not_found  # between our deletion and our addition
        else:
            answers.append((id, oldest, max(found, 0)))

    def again(work: Callable[[random.Random], None], seed: int) -> None:
        dice = random.Random(seed)
        while not over.is_set():
            work(dice)

    threads = [
        threading.Thread(target=again, args=(work, seed)) for seed, work in enumerate([ours, theirs, *[reads] * 8])
    ]
    for thread in threads:
        thread.start()
    ends = time.monotonic() + 30
    while len(answers) < 1000 and time.monotonic() < ends:
        time.sleep(0.05)
    over.set()
    for thread in threads:
        thread.join(10)
    client.close()
    assert len(answers) >= 1000
    assert [(id, oldest, found) for id, oldest, found in answers if found < oldest] == []
