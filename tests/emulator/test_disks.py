"""The directories of nodes on disk: their layout, and when what was on them is gone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from batch_emulator.state.files import OUTPUTS, Files, root_of_task
from tests.emulator.disk import Disk
from tests.emulator_process import EmulatorProcess

NODE = "tvmps_1_d"


@pytest.fixture(params=["temporary", "kept"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Files]:
    files = Files(tmp_path if request.param == "kept" else None)
    yield files
    files.close()


def test_a_node_and_its_tasks_have_the_layout_of_the_node_agent(files: Files) -> None:
    node = files.directory_of_node("p1", NODE)
    assert sorted(path.name for path in node.iterdir()) == [
        "applications",
        "fsmounts",
        "shared",
        "startup",
        "volatile",
        "workitems",
    ]
    task = files.directory_of_task("p1", NODE, "j1", "t1")
    assert task == node / "workitems/j1/job-1/t1"
    assert sorted(path.name for path in task.iterdir()) == ["certs", "stderr.txt", "stdout.txt", "wd"]
    assert all((task / name).read_bytes() == b"" for name in OUTPUTS)
    assert files.directory_of_task("p1", NODE, "nightly:job-3", "t1") == node / "workitems/nightly/job-3/t1"
    assert files.directory_of_start_task("p1", NODE) == node / "startup"
    assert (node / "startup/wd").is_dir() and (node / "startup/stdout.txt").is_file()
    assert files.root.stat().st_mode & 0o77 == 0


def test_what_a_task_wrote_stays_when_its_directory_is_asked_for_again(files: Files) -> None:
    task = files.directory_of_task("p1", NODE, "j1", "t1")
    (task / "stdout.txt").write_text("done")
    (task / "stderr.txt").unlink()
    assert files.directory_of_task("p1", NODE, "j1", "t1") == task
    assert (task / "stdout.txt").read_text() == "done" and not (task / "stderr.txt").exists()


DISCARDS: list[tuple[str, Callable[[Files], None], list[tuple[str, str, str, str]]]] = [
    ("task", lambda files: files.discard_task("p1", "n1", "j1", "t1"), [("p1", "n1", "j1", "t1")]),
    ("job", lambda files: files.discard_job("j1"), [("p1", "n1", "j1", "t1"), ("p1", "n2", "j1", "t1")]),
    ("job of a schedule", lambda files: files.discard_job("s:job-2"), [("p1", "n1", "s:job-2", "t1")]),
    ("node", lambda files: files.discard_node("p1", "n2"), [("p1", "n2", "j1", "t1")]),
    (
        "pool",
        lambda files: files.discard_pool("p1"),
        [("p1", "n1", "j1", "t1"), ("p1", "n2", "j1", "t1"), ("p1", "n1", "s:job-2", "t1")],
    ),
]
TASKS = [
    ("p1", "n1", "j1", "t1"),
    ("p1", "n2", "j1", "t1"),
    ("p1", "n1", "s:job-2", "t1"),
    ("p2", "n3", "j2", "t1"),
]


@pytest.mark.parametrize(("what", "discard", "gone"), DISCARDS, ids=[what for what, _, _ in DISCARDS])
def test_no_more_is_discarded_than_was_meant(
    files: Files, what: str, discard: Callable[[Files], None], gone: list[tuple[str, str, str, str]]
) -> None:
    places = {task: files.directory_of_task(*task) for task in TASKS}
    discard(files)
    assert [task for task in TASKS if not places[task].exists()] == gone
    discard(files)


def test_what_no_one_keeps_is_removed_at_the_end_with_what_a_task_has_shut(tmp_path: Path) -> None:
    files = Files()
    task = files.directory_of_task("p1", NODE, "j1", "t1")
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o500)
    inner = task / "wd" / "inner"
    inner.mkdir()
    (inner / "file").touch()
    (inner / "link").symlink_to(outside)
    inner.chmod(0)
    task.chmod(0)
    files.discard_task("p1", NODE, "j1", "t1")
    assert not os.path.lexists(task)
    files.close()
    assert not files.root.exists()
    assert outside.is_dir() and outside.stat().st_mode & 0o777 == 0o500


def test_what_a_killed_emulator_has_left_is_removed_by_the_next_that_starts(tmp_path: Path) -> None:
    there = {"TMPDIR": str(tmp_path)}
    with EmulatorProcess(environment=there) as killed, EmulatorProcess(environment=there) as going:
        disks = [Disk(emulator) for emulator in (killed, going)]
        listed = [disk.emulator.get(disk.of_node)["value"] for disk in disks]
        assert len(list(tmp_path.iterdir())) == 2
        killed.kill()
        with EmulatorProcess(environment=there):
            pass
        assert len(list(tmp_path.iterdir())) == 1
        assert going.get(disks[1].of_node)["value"] == listed[1] != []
    assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_discarded_is_discarded_at_the_next_start(tmp_path: Path) -> None:
    before = Files(tmp_path)
    places = {task: before.directory_of_task(*task) for task in TASKS}
    files = Files(tmp_path)
    files.discard_strays(
        lambda pool_key, node_id: node_id != "n3",
        lambda root, name: f"{root}/{name}" == root_of_task("j1", "t1"),
    )
    assert [task for task in TASKS if places[task].exists()] == TASKS[:2]
    files.close()
    assert not list((tmp_path / "nodes/.gone").iterdir())


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0"])
def test_no_name_leads_elsewhere(files: Files, name: str) -> None:
    for place in (
        (name, NODE, "j1", "t1"),
        ("p1", name, "j1", "t1"),
        ("p1", NODE, name, "t1"),
        ("p1", NODE, "j1", name),
    ):
        with pytest.raises(ValueError):
            files.directory_of_task(*place)
    assert not [*files.nodes()]
