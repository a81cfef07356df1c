"""`azure-batch-provider` as a person starts it, what it registers with Pulumi, and how the engine starts it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from azure_batch_provider import command
from azure_batch_provider.__main__ import engine_address

PROGRAM = Path(sys.executable).with_name("azure-batch-provider")
CHECKOUT = Path(__file__).resolve().parents[2] / "provider" / "pulumi-resource-azure-batch"
VERSION = version("azure-batch-provider")
# A Pulumi that keeps what it was given to install.
PULUMI = """\
#!/bin/sh
[ "$2" = ls ] && exit 0
echo "$@" > {calls}
cp "$7"/* {kept}
{after}
"""


def run(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def pulumi(folder: Path, after: str = "") -> Path:
    file = folder / "pulumi"
    (folder / "kept").mkdir()
    file.write_text(PULUMI.format(calls=folder / "calls", kept=folder / "kept", after=after))
    file.chmod(0o755)
    return file


def test_it_says_its_version_and_what_it_is_for() -> None:
    done = run(PROGRAM, "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"azure-batch-provider {VERSION}\n", "")
    said = run(PROGRAM, "--help").stdout
    assert run(CHECKOUT, "--help").stdout == said
    assert said.startswith("usage: azure-batch-provider install ") and "pulumi up" in said


@pytest.mark.parametrize("words", [(), ("instal",), ("install", "here"), ("install", "--pulumi")])
def test_what_it_does_not_know_is_answered_by_its_usage(words: tuple[str, ...]) -> None:
    done = run(PROGRAM, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: ")


def test_install_registers_this_version_run_by_this_python(tmp_path: Path) -> None:
    pulumi(tmp_path)
    done = run(PROGRAM, "install", PATH=str(tmp_path) + os.pathsep + os.environ["PATH"])
    assert done.stderr == ""
    assert done.stdout == f"Registered the plugin azure-batch {VERSION} with Pulumi; it is run by {sys.executable}.\n"
    assert (tmp_path / "calls").read_text().startswith(f"plugin install resource azure-batch {VERSION} --file ")
    (registered,) = (tmp_path / "kept").iterdir()
    assert registered.name == "pulumi-resource-azure-batch"
    # From a folder with a module of ours by name: the program's folder, in which the engine starts it, is no source.
    (tmp_path / "azure_batch_provider.py").write_text("raise SystemExit('not this one')")
    process = subprocess.Popen([registered], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None and process.stdout.readline().strip().isdigit()
    finally:
        process.terminate()
        process.communicate()


def test_install_without_a_pulumi_says_where_to_get_one_and_how_to_name_one(tmp_path: Path) -> None:
    done = run(PROGRAM, "install", PATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert "There is no pulumi on the path" in done.stderr and "--pulumi FILE" in done.stderr
    gone = run(PROGRAM, "install", "--pulumi", tmp_path / "gone")
    assert (gone.returncode, gone.stderr) == (1, f"{tmp_path / 'gone'} cannot be run: No such file or directory.\n")


def test_what_pulumi_complains_of_is_said(tmp_path: Path) -> None:
    done = run(PROGRAM, "install", "--pulumi", pulumi(tmp_path, "echo 'no room' >&2; exit 3"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{tmp_path / 'pulumi'} plugin install resource azure-batch {VERSION} failed:\nno room\n"


@pytest.mark.parametrize("gone", ["python", "script"])
def test_a_plugin_whose_environment_is_gone_says_how_to_mend_it(tmp_path: Path, gone: str) -> None:
    there = tmp_path / "its folder's name" / "there"
    there.parent.mkdir()
    there.touch()
    files = {"python": there, "script": there, gone: tmp_path / "gone"}
    command.write_launcher(tmp_path, **files)
    done = run(tmp_path / "pulumi-resource-azure-batch", "127.0.0.1:1")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"with {tmp_path / 'gone'}, which is gone" in done.stderr
    assert "pipx install --force azure-batch-provider && azure-batch-provider install" in done.stderr


def test_nothing_on_the_path_has_the_name_by_which_the_engine_looks_for_plugins() -> None:
    """It would take that whatever version a program asks for, and warn at each command."""
    assert shutil.which("pulumi-resource-azure-batch", path=str(PROGRAM.parent)) is None


@pytest.mark.parametrize(
    "words", [(sys.executable, "-m", "azure_batch_provider"), (CHECKOUT,)], ids=["module", "checkout"]
)
def test_it_serves_where_it_is_not_registered(words: tuple[str | Path, ...]) -> None:
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None and process.stdout.readline().strip().isdigit()
    finally:
        process.terminate()
        process.communicate()


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        ("127.0.0.1:4711", "127.0.0.1:4711"),
        ("--logtostderr -v=9 127.0.0.1:4711", "127.0.0.1:4711"),
        ("--logtostderr -v=9 --tracing http://127.0.0.1:9411/api 127.0.0.1:4711", "127.0.0.1:4711"),
        ("", None),
        ("-v=3", None),
    ],
)
def test_the_engine_is_found_behind_its_options(arguments: str, address: str | None) -> None:
    assert engine_address(arguments.split()) == address
