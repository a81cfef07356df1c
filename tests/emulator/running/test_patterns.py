"""Which files a pattern of an output file means."""

from __future__ import annotations

from pathlib import Path

import pytest

from batch_emulator.running.patterns import expand, files

_FILES = ("a.txt", "b.log", ".h.txt", "x[1].txt", "d/c.txt", "d/e/f.txt", "d/.g/h.txt", ".hd/i.txt", "../stdout.txt")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    work = tmp_path / "wd"
    for name in _FILES:
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(name)
    (work / "loop").symlink_to(work)
    return work


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("a.txt", ["a.txt"]),
        ("nothing.txt", []),
        ("*.txt", ["a.txt", "x[1].txt"]),
        ("**/*.txt", ["a.txt", "d/c.txt", "d/e/f.txt", "x[1].txt"]),
        ("d/**", ["c.txt", "e/f.txt"]),
        ("d/**/*.txt", ["c.txt", "e/f.txt"]),
        ("?.*", ["a.txt", "b.log"]),
        ("[ab].*", ["a.txt", "b.log"]),
        ("[!a-a].*", ["b.log"]),
        (".*.txt", [".h.txt"]),
        ("x[[]1[]].txt", ["x[1].txt"]),
        ("../std*.txt", ["stdout.txt"]),
        ("./d/./c.txt", ["c.txt"]),
        ("[z-a].txt", []),
        ("d", []),
    ],
)
def test_a_pattern_names_files_from_its_last_plain_directory(work: Path, pattern: str, names: list[str]) -> None:
    found = files(pattern, work)
    assert [match.name for match in found] == names
    assert all(match.file.is_file() for match in found)


def test_an_absolute_pattern_begins_at_the_root(work: Path) -> None:
    assert [match.name for match in files(f"{work}/d/*.txt", Path("/nowhere"))] == ["c.txt"]


def test_variables_are_expanded_as_the_system_writes_them() -> None:
    environment = {"AZ_BATCH_TASK_DIR": "/t", "N": "1"}
    assert expand("$AZ_BATCH_TASK_DIR/${N}x$NOTHING.txt", environment, windows=False) == "/t/1x.txt"
    assert expand(r"%az_batch_task_dir%\%N%\%no%.txt", environment, windows=True) == "/t/1/%no%.txt"
