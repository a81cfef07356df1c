"""The plugin's executable as a person starts it, and the arguments that the engine gives it."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from azure_batch_provider.__main__ import engine_address

INSTALLED = (str(Path(sys.executable).with_name("pulumi-resource-azure-batch")),)
MODULE = (sys.executable, "-m", "azure_batch_provider")
CHECKOUT = (str(Path(__file__).resolve().parents[2] / "provider" / "pulumi-resource-azure-batch"),)


def printed(*command: str) -> str:
    """What a command prints that has nothing to wait for and nothing to complain about."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("command", [INSTALLED, MODULE, CHECKOUT], ids=["installed", "module", "checkout"])
def test_it_says_its_version_and_ends(command: tuple[str, ...]) -> None:
    assert printed(*command, "--version") == f"pulumi-resource-azure-batch {version('azure-batch-provider')}\n"


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_it_says_how_to_register_it_and_ends(option: str) -> None:
    said = printed(*INSTALLED, option)
    assert said.startswith("usage: pulumi-resource-azure-batch ")
    assert f"plugin install resource azure-batch {version('azure-batch-provider')} --file" in said


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
