"""What `make dist` writes is whole, and can be used from clean environments of every Python, without a network."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from scripts import dist
from tests.emulator_process import EmulatorProcess
from tests.languages.test_hello_task import check
from tests.languages.workshop import HELLO, KEPT, ROOT, Engine, ended, program, succeed

PYTHONS = ("3.10", "3.11", "3.12", "3.13")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    dist.release(folder)
    return folder


def test_all_of_a_release_has_one_version(release: Path) -> None:
    version = json.loads((release / "schema.json").read_text())["version"]
    for folder in dist.DISTRIBUTIONS:
        settings = (ROOT / folder / "pyproject.toml").read_text()
        assert re.findall(r'^ *version = "(.*)"$', settings, re.MULTILINE) == [version]
    others = {
        path.name for path in release.iterdir() if f"-{version}" not in path.name and f"-v{version}-" not in path.name
    }
    assert others == {"schema.json", dist.SUMS}


def test_the_checksums_are_those_of_the_files(release: Path) -> None:
    lines = [line.split() for line in (release / dist.SUMS).read_text().splitlines()]
    assert {name for _, name in lines} == {path.name for path in release.iterdir()} - {dist.SUMS}
    assert all(hashlib.sha256((release / name).read_bytes()).hexdigest() == digest for digest, name in lines)


def test_an_archive_of_the_plugin_has_what_the_wheel_has_and_what_pulumi_starts_it_by(release: Path) -> None:
    (wheel,) = release.glob("azure_batch_provider-*.whl")
    modules = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("azure_batch_provider/")}
    archives = sorted(release.glob("pulumi-resource-azure-batch-*.tar.gz"))
    assert len(archives) == len(dist.MACHINES) and len({path.read_bytes() for path in archives}) == 1
    with tarfile.open(archives[0]) as archive:
        members = {member.name: member for member in archive.getmembers()}
    assert {name for name in members if name.startswith("azure_batch_provider/")} == modules
    assert {"PulumiPlugin.yaml", "pyproject.toml"} <= set(members)
    assert members["pulumi-resource-azure-batch"].mode & 0o111


@pytest.mark.parametrize("python", PYTHONS)
def test_a_program_lives_on_what_was_installed_without_a_network(
    python: str, release: Path, tmp_path: Path, engine: Engine, account: EmulatorProcess
) -> None:
    interpreter = interpreter_of(python)
    wheels, environment = KEPT / "wheels" / python, tmp_path / "environment"
    pip = (environment / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check")
    (wheel,) = release.glob("azure_batch_provider-*.whl")
    succeed(interpreter, "-m", "venv", environment, folder=tmp_path)
    # What it depends on is fetched here, and nothing after that.
    succeed(*pip, "wheel", "--wheel-dir", wheels, "--find-links", wheels, wheel, folder=tmp_path)
    succeed(*pip, "install", "--no-index", "--find-links", wheels, wheel, folder=tmp_path)
    said = engine.run(environment / "bin" / "azure-batch-provider", "install", folder=tmp_path)
    assert f"it is run by {environment}/bin/python" in said
    check(engine.lives(program("yaml"), HELLO), account)


def interpreter_of(python: str) -> Path:
    """An interpreter of a version, also of those that pyenv keeps off the path. Skips the test where there is none."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions").glob(f"{python}.*/bin/python{python}")
    named = shutil.which(f"python{python}")
    for found in (*([Path(named)] if named else []), *sorted(kept)):
        if ended(found, "--version", folder=ROOT).returncode == 0:
            return found
    pytest.skip(f"there is no Python {python} on this machine")
