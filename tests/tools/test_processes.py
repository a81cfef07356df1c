"""What `tests/conftest.py` promises every test about the processes that it starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FORKS = """
    import multiprocessing, os, pty, subprocess, sys

    def test_fork():
        pid = os.fork() or os._exit(0)
        os.waitpid(pid, 0)

    def test_pty():
        pid, file = pty.fork()
        pid or os._exit(0)
        os.waitpid(pid, 0)
        os.close(file)

    def test_preexec():
        subprocess.run([sys.executable, "-S", "-c", ""], preexec_fn=int)

    def test_multiprocessing():
        child = multiprocessing.get_context("fork").Process(target=int)
        child.start()
        child.join()

    def test_no_fork():
        subprocess.run([sys.executable, "-S", "-c", ""], start_new_session=True, check=True)
"""
INTERRUPT = """
    import signal, subprocess, sys

    def test_a_child_can_be_interrupted():
        program = "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
        assert subprocess.check_output([sys.executable, "-S", "-c", program], text=True) == "False\\n"
"""


def run(tests: str, folder: Path, *launcher: str) -> str:
    """What pytest says of tests that stand in a file beside nothing else."""
    file = folder / "test_it.py"
    file.write_text("\n".join(line[4:] for line in tests.splitlines()))
    options = ("-q", "-p", "no:cacheprovider", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml"))
    done = subprocess.run(
        [*launcher, sys.executable, "-m", "pytest", *options, str(file)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout + done.stderr


def test_a_test_that_forks_fails_and_says_why(tmp_path: Path) -> None:
    said = run(FORKS, tmp_path)
    assert "4 failed, 1 passed" in said, said
    assert "start a new program by `subprocess` without `preexec_fn`" in said


def test_an_interrupt_reaches_children_also_where_the_tests_are_a_background_job(tmp_path: Path) -> None:
    ignoring = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    )
    assert "1 passed" in run(INTERRUPT, tmp_path, sys.executable, "-S", "-c", ignoring)
