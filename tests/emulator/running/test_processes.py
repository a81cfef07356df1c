"""Commands as real processes, and what is left of them: nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from batch_emulator.running.processes import ALL_IS_FOUND, CAN_RUN, Command, End, Processes
from tests.emulator.running.scattered import SCATTERED, SECONDS, gone, lives, started
from tests.emulator_process import EMULATOR

pytestmark = pytest.mark.skipif(not CAN_RUN, reason="there are no processes of this kind on this system")
handed_over = pytest.mark.skipif(not ALL_IS_FOUND, reason="only Linux hands over what a command leaves behind")


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    processes = Processes()
    yield processes
    processes.close()


@pytest.fixture
def shell(tmp_path: Path) -> Callable[[str], Command]:
    def command(text: str) -> Command:
        outputs = tmp_path / "stdout.txt", tmp_path / "stderr.txt"
        return Command(["/bin/sh", "-c", text], tmp_path, {"PATH": os.environ["PATH"]}, *outputs)

    return command


def run(processes: Processes, command: Command, name: str = "r") -> End:
    return processes.start(name, command).result(SECONDS)


def test_a_command_has_an_exit_code_and_its_output_in_files(
    processes: Processes, shell: Callable[[str], Command], tmp_path: Path
) -> None:
    assert run(processes, shell("echo out; echo err >&2; cat; pwd > here; exit 3")) == End("exited", 3)
    assert (tmp_path / "stdout.txt").read_text() == "out\n"
    assert (tmp_path / "stderr.txt").read_text() == "err\n"
    assert (tmp_path / "here").read_text().strip() == str(tmp_path)
    assert run(processes, shell("echo again")) == End("exited", 0)
    assert (tmp_path / "stdout.txt").read_text() == "again\n"
    assert run(processes, replace(shell("echo more"), appends=True)) == End("exited", 0)
    assert (tmp_path / "stdout.txt").read_text() == "again\nmore\n"


def test_a_signal_is_a_negative_exit_code(processes: Processes, shell: Callable[[str], Command]) -> None:
    assert run(processes, shell("kill -9 $$")) == End("exited", -9)
    assert run(processes, shell("kill -TERM $$")) == End("exited", -15)


def test_what_cannot_be_launched_says_why(
    processes: Processes, shell: Callable[[str], Command], tmp_path: Path
) -> None:
    plain = shell("")
    assert run(processes, replace(plain, arguments=["no-such-program"])).errno == 2
    assert run(processes, replace(plain, arguments=["/etc/passwd"])).errno == 13
    (tmp_path / "stdout.txt").unlink(missing_ok=True)
    (tmp_path / "stdout.txt").symlink_to(tmp_path / "elsewhere")
    assert run(processes, shell("true")) == End("launch", None, 5)
    assert not (tmp_path / "elsewhere").exists()


def test_limits_of_time_and_of_size_end_a_command(
    processes: Processes, shell: Callable[[str], Command], tmp_path: Path
) -> None:
    assert run(processes, replace(shell("sleep 600"), seconds=0.05)) == End("time", -9)
    end = run(processes, replace(shell("exec cat /dev/zero"), file_size=10_000))
    assert end == End("exited", -signal.SIGXFSZ)
    assert (tmp_path / "stdout.txt").stat().st_size == 10_000


@handed_over
def test_a_command_that_ends_takes_along_what_it_has_started(
    processes: Processes, shell: Callable[[str], Command], tmp_path: Path
) -> None:
    assert run(processes, shell(f"{SCATTERED} exit 7")) == End("exited", 7)
    assert not any(map(lives, started(tmp_path)))


@handed_over
def test_a_killed_command_takes_along_what_it_has_started(
    processes: Processes, shell: Callable[[str], Command], tmp_path: Path
) -> None:
    end = processes.start("k", shell(f"trap '' TERM; {SCATTERED} sleep 600"))
    pids = started(tmp_path)
    assert all(map(lives, pids))
    processes.kill("k")
    assert end.result(SECONDS) == End("killed", -9)
    assert not any(map(lives, pids))


@handed_over
def test_what_a_command_may_leave_behind_goes_on_until_it_is_killed(
    processes: Processes, shell: Callable[[str], Command], tmp_path: Path
) -> None:
    end = processes.start("s", replace(shell(f"{SCATTERED} exit 0"), stays=True))
    assert end.result(SECONDS) == End("exited", 0)
    pids = started(tmp_path)
    assert sum(map(lives, pids)) == 3
    processes.kill("s")
    assert gone(pids)


def _children(pid: int) -> list[int]:
    """Those of its main thread."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@handed_over
@pytest.mark.parametrize("victim", ["keeper", "warden"])
def test_nothing_is_left_when_what_watches_is_killed(
    shell: Callable[[str], Command], tmp_path: Path, victim: str
) -> None:
    processes = Processes()
    end = processes.start("w", shell(f"{SCATTERED} sleep 600"))
    pids = started(tmp_path)
    warden = [child for child in _children(os.getpid()) if "warden.py" in _command_of(child)][-1]
    (keeper,) = _children(warden)
    os.kill(keeper if victim == "keeper" else warden, signal.SIGKILL)
    assert end.result(SECONDS) == End("lost")
    assert gone(pids)
    assert run(processes, shell("true")) == End("exited", 0)
    processes.close()


def _command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")


_OWNER = """
import sys, time
from pathlib import Path
from batch_emulator.running.processes import Command, Processes
place = Path(sys.argv[1])
command = Command(["/bin/sh", "-c", sys.argv[2]], place, {"PATH": sys.argv[3]}, place / "o", place / "e")
Processes().start("x", command).result()
"""


@handed_over
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGABRT])
def test_nothing_is_left_when_the_owner_is_killed(tmp_path: Path, number: signal.Signals) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(tmp_path), f"{SCATTERED} sleep 600", os.environ["PATH"]],
        env={**os.environ, "PYTHONPATH": str(EMULATOR)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    pids = started(tmp_path)
    below = _children(owner.pid)
    owner.send_signal(number)
    assert owner.wait(SECONDS) in (-number, 1)
    assert gone([*pids, *below])


def test_any_thread_can_start_a_command(processes: Processes, shell: Callable[[str], Command]) -> None:
    codes: list[int | None] = []

    def start(number: int) -> None:
        codes.append(run(processes, shell(f"exit {number}"), f"t{number}").code)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(code for code in codes if code is not None) == list(range(20))


def test_after_its_end_nothing_is_started(shell: Callable[[str], Command]) -> None:
    processes = Processes()
    processes.close()
    assert run(processes, shell("true")) == End("killed")
