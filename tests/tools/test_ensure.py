"""How `tools/pulumi/ensure.py` decides, builds, waits and fails, on machines that have this and lack that.

The machine is a PATH of our making. What stands on it are executables of other projects, each reduced to the answers
that are asked of it; what is tested is always the real script, as a process.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENSURE = ROOT / "tools" / "pulumi" / "ensure.py"
COMPANIONS = ("pulumi-language-yaml", "pulumi-resource-pulumi-python")

GO = """
    import pathlib, sys, time
    here = pathlib.Path(__file__).parent
    verb, arguments = sys.argv[1], sys.argv[2:]
    with (here / "calls").open("a") as calls:
        print(verb, *arguments, file=calls)
    if verb == "env":
        print("go1.99.0")
    elif "-m" in arguments:
        print(here / "module")
    elif verb == "list":
        print("one/package", "another/package", sep="\\n")
    else:
        {build}
        folder = next(word for word in arguments if word.startswith("-o=")).removeprefix("-o=")
        for package in arguments:
            if package.rpartition("/")[2] in ("pulumi", "pulumi-language-yaml"):
                pathlib.Path(folder, package.rpartition("/")[2]).touch(mode=0o755)
"""


# Pulumi's SDK as far as it is used here: its installer, which reaches its host or does not.
INSTALLER = """
    import os, pathlib
    class PulumiCommand:
        @staticmethod
        def install(root, version):
            {install}
            for name in ("pulumi", "pulumi-language-yaml", "pulumi-resource-pulumi-python"):
                (pathlib.Path(root) / "bin").mkdir(parents=True, exist_ok=True)
                pathlib.Path(root, "bin", name).touch(mode=0o755)
            with pathlib.Path(__file__).with_name("installed").open("a") as calls:
                print(version, file=calls)
"""


class Machine:
    """A path with nothing on it but what is put there, an empty cache folder, and no way to Pulumi's own host."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.cache = folder / "cache"
        self.sdk = folder / "sdk" / "pulumi"
        self.bin.mkdir()
        self.sdk.mkdir(parents=True)
        self.put_installer("raise OSError('its host is not known')")
        self.environment = {
            "HOME": str(folder),
            "PATH": str(self.bin),
            "XDG_CACHE_HOME": str(self.cache),
            "PYTHONPATH": str(folder / "sdk"),
            # Nothing is fetched in these tests.
            "PIP_NO_INDEX": "1",
            "PIP_CONFIG_FILE": os.devnull,
        }

    def put(self, name: str, program: str) -> None:
        path = self.bin / name
        path.write_text(f"#!{sys.executable}\n{textwrap.dedent(program)}")
        path.chmod(0o755)

    def put_pulumi(self, version: str, *companions: str) -> None:
        self.put("pulumi", f"print('{version}')")
        for name in companions:
            self.put(name, "")

    def put_installer(self, install: str = "pass") -> None:
        (self.sdk / "__init__.py").touch()
        (self.sdk / "automation.py").write_text(textwrap.dedent(INSTALLER).format(install=install))

    def put_go(self, build: str = "pass") -> None:
        self.put("go", GO.format(build=build))
        script = self.bin / "module" / "python" / "dist" / "pulumi-resource-pulumi-python"
        script.parent.mkdir(parents=True)
        script.write_text("#!/bin/sh\n")

    def start(self, *arguments: str, python: str = sys.executable) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [python, str(ENSURE), *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ensure(self, *arguments: str, python: str = sys.executable) -> tuple[int, str, str]:
        with self.start(*arguments, python=python) as process:
            output, errors = process.communicate(timeout=60)
        assert "Traceback" not in errors
        return process.returncode, output.strip(), errors

    def builds(self) -> int:
        return (self.bin / "calls").read_text().count("build ")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_full_pulumi_on_the_path_is_used(machine: Machine) -> None:
    machine.put_pulumi("v3.231.0", *COMPANIONS)
    assert machine.ensure() == (0, str(machine.bin), "")


@pytest.mark.parametrize(
    ("version", "companions", "reason"),
    [
        ("v3.230.9", COMPANIONS, "is 3.230.9, older than 3.231.0: not used."),
        ("v3.300.0", COMPANIONS[:1], "has no pulumi-resource-pulumi-python beside it: not used."),
        ("hello", COMPANIONS, "does not say its version: not used."),
    ],
)
def test_a_pulumi_that_will_not_do_is_named_and_another_is_built(
    machine: Machine, version: str, companions: tuple[str, ...], reason: str
) -> None:
    machine.put_pulumi(version, *companions)
    machine.put_go()
    status, output, errors = machine.ensure()
    assert status == 0
    assert reason in errors
    assert Path(output).is_relative_to(machine.cache)


def test_what_was_built_has_its_companions_and_is_not_built_again(machine: Machine) -> None:
    machine.put_go()
    first, second = machine.ensure(), machine.ensure()
    assert (first[0], second) == (0, (0, first[1], ""))
    assert sorted(path.name for path in Path(first[1]).iterdir()) == ["pulumi", *COMPANIONS]
    assert all(os.access(path, os.X_OK) for path in Path(first[1]).iterdir())
    assert machine.builds() == 1


def test_the_released_cli_is_installed_once_where_it_can_be_had(machine: Machine) -> None:
    machine.put_installer()
    machine.put_go()
    first, second = machine.ensure(), machine.ensure()
    assert (first[0], second) == (0, (0, first[1], ""))
    assert sorted(path.name for path in Path(first[1]).iterdir()) == ["pulumi", *COMPANIONS]
    version = re.search(r"pulumi/pkg/v3 v(\S+)", (ENSURE.parent / "go.mod").read_text())
    assert version is not None
    assert (machine.sdk / "installed").read_text() == f"{version[1]}\n"
    assert not (machine.bin / "calls").exists()


def test_an_installation_that_fails_is_told_and_leaves_nothing_behind(machine: Machine) -> None:
    machine.put_installer("(pathlib.Path(root) / 'bin').mkdir(parents=True); raise OSError('the connection broke')")
    machine.put_go()
    status, output, errors = machine.ensure()
    assert (status, machine.builds()) == (0, 1)
    assert "Pulumi's own installer cannot be used here: OSError: the connection broke\n" in errors
    assert not list((machine.cache / "azure-batch-pulumi").glob("*released*/bin"))
    # What was built is there: nobody is asked again.
    machine.put_installer()
    assert machine.ensure() == (0, output, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_installation_ends_what_downloads(machine: Machine, number: signal.Signals) -> None:
    pid = machine.sdk / "pid"
    machine.put_installer(f"pathlib.Path({str(pid)!r}).write_text(str(os.getpid())); import time; time.sleep(60)")
    process = machine.start()
    wait_for(lambda: pid.exists() and pid.read_text() != "")
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, "Stopped. The next run goes on from here.\n")
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_two_at_once_build_once(machine: Machine) -> None:
    machine.put_go(build=until_told())
    first = machine.start()
    wait_for(lambda: (machine.bin / "building").exists())
    second = machine.start()
    assert second.stderr is not None
    assert any("another process is making the Pulumi CLI" in line for line in second.stderr)
    (machine.bin / "go on").touch()
    answers = [process.communicate(timeout=60) for process in (first, second)]
    assert answers[0][0] == answers[1][0] != ""
    assert machine.builds() == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_leaves_nothing_that_looks_finished(machine: Machine, number: signal.Signals) -> None:
    machine.put_go(build=until_told())
    process = machine.start()
    wait_for(lambda: (machine.bin / "building").exists())
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, "")
    assert errors.endswith("Stopped. The next run goes on from here.\n")
    assert "Traceback" not in errors
    (machine.bin / "go on").touch()
    assert machine.ensure()[0] == 0


def test_without_go_and_without_an_index_the_message_names_both_ways_out(machine: Machine) -> None:
    status, output, errors = machine.ensure()
    assert (status, output) == (1, "")
    assert "could not be fetched" in errors
    assert "on the path, or install Pulumi 3.231.0 or newer." in errors


def test_without_go_and_without_pip_the_message_names_both(machine: Machine, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    status, _, errors = machine.ensure(python=str(tmp_path / "bare" / "bin" / "python"))
    assert status == 1
    assert "no pip in" in errors
    assert "on the path, or install Pulumi 3.231.0 or newer." in errors


def test_a_go_that_is_too_old_is_named(machine: Machine) -> None:
    machine.put("go", "print('go1.21.3')")
    status, _, errors = machine.ensure()
    assert status == 1
    assert f"{machine.bin / 'go'} is older than Go " in errors


def test_without_a_network_the_message_says_what_could_not_be_downloaded(machine: Machine) -> None:
    machine.put_go(build="sys.exit('go: example.org/x: dial tcp: lookup modules.example.org: no such host')")
    status, output, errors = machine.ensure()
    assert (status, output) == (1, "")
    assert "could not be downloaded: go: example.org/x: dial tcp" in errors
    assert "it goes on where it stopped" in errors


def test_a_build_that_fails_shows_what_go_said(machine: Machine) -> None:
    machine.put_go(build="sys.exit('write /tmp/x: no space left on device')")
    status, _, errors = machine.ensure()
    assert status == 1
    assert "The Pulumi CLI" in errors
    assert "no space left on device" in errors


def test_a_cache_folder_that_cannot_be_written_is_named(machine: Machine) -> None:
    machine.put_go()
    machine.cache.write_text("a file")
    status, _, errors = machine.ensure()
    assert status == 1
    assert f"cannot be kept in {machine.cache / 'azure-batch-pulumi'}" in errors


def until_told() -> str:
    """A build that says it has begun and goes on when a file appears; it ends on its own after a while."""
    return (
        "(here / 'building').touch()\n"
        "        end = time.monotonic() + 60\n"
        "        while not (here / 'go on').exists() and time.monotonic() < end: time.sleep(0.02)"
    )


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
