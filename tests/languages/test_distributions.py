"""What `make dist` writes is whole, and can be used from clean environments of every Python, without a network."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import dist
from tests.emulator_process import EmulatorProcess
from tests.languages.test_hello_task import check
from tests.languages.workshop import HELLO, KEPT, ROOT, Engine, ended, program, succeed

PYTHONS = ("3.10", "3.11", "3.12", "3.13")
VERSION = json.loads((ROOT / "schema.json").read_text())["version"]


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
    environment = installed(python, wheel_in(release), tmp_path / "environment")
    said = engine.run(environment / "bin" / "azure-batch-provider", "install", folder=tmp_path)
    assert f"it is run by {environment}/bin/python" in said
    check(engine.lives(program("yaml"), HELLO), account)


@pytest.fixture(scope="module")
def environment(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the release is installed, whatever else was meanwhile."""
    return installed(f"3.{sys.version_info.minor}", wheel_in(release), tmp_path_factory.mktemp("user") / "environment")


@pytest.fixture
def stack(environment: Path, tmp_path: Path, engine: Engine) -> Callable[..., str]:
    """A stack that is up by the release: two jobs, one as a program in YAML has it, and one whose plugin has a version,
    as from the release's SDK. Runs commands of Pulumi on it."""
    folder = tmp_path / "program"
    folder.mkdir()
    resources = {
        name: {"type": "azure-batch:Job", "properties": {"poolInfo": {"poolId": "poolId"}}, "options": options}
        for name, options in {"newest": {}, "fixed": {"version": VERSION}}.items()
    }
    (folder / "Pulumi.yaml").write_text(json.dumps({"name": "film", "runtime": "yaml", "resources": resources}))
    engine.run(environment / "bin" / "azure-batch-provider", "install", folder=folder)
    engine.run("pulumi", "stack", "init", "dev", folder=folder)

    def pulumi(*arguments: str) -> str:
        return engine.run("pulumi", *arguments, folder=folder)

    pulumi("up", "--yes", "--skip-preview")
    return pulumi


def test_a_stack_goes_on_after_an_upgrade_in_place_and_after_a_step_back(
    environment: Path,
    release: Path,
    stack: Callable[..., str],
    tmp_path: Path,
    engine: Engine,
    account: EmulatorProcess,
) -> None:
    later = ".".join([*VERSION.split(".")[:-1], "99"])
    pip = (environment / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check")
    program = environment / "bin" / "azure-batch-provider"
    made = len(account.requests())

    def serves(plugin: str) -> str:
        """The version of what an engine runs."""
        return str(json.loads(stack("package", "get-schema", plugin))["version"])

    try:
        succeed(*pip, "install", "--no-deps", "--no-index", "--upgrade", wheel_of(later, tmp_path), folder=tmp_path)
        stack("preview", "--expect-no-changes")  # whoever has not registered it yet goes on as well
        said = engine.run(program, "install", folder=tmp_path)
        assert said.startswith(f"Registered the plugin azure-batch {later} with Pulumi")
        assert said.endswith(f"\nVersion {VERSION} stays registered, for the SDKs and states that name it.\n")
        assert (serves("azure-batch"), serves(f"azure-batch@{VERSION}")) == (later, later)
        stack("up", "--yes", "--skip-preview", "--expect-no-changes")
    finally:
        succeed(*pip, "install", "--no-deps", "--no-index", "--force-reinstall", wheel_in(release), folder=tmp_path)
    removal = f"pulumi plugin rm resource azure-batch {later}"
    said = engine.run(program, "install", folder=tmp_path)
    assert f"\nVersion {later} is registered too, and is what runs where no version is named." in said
    assert said.endswith(f"\n    {removal}\n")
    engine.run(*removal.split(), "--yes", folder=tmp_path)
    assert serves("azure-batch") == VERSION
    assert "stays" not in engine.run(program, "install", folder=tmp_path)
    stack("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert [entry for entry in account.requests()[made:] if entry["method"] != "GET"] == []


def test_a_plugin_whose_environment_was_deleted_says_what_mends_it(
    environment: Path, stack: Callable[..., str], tmp_path: Path, engine: Engine
) -> None:
    away = environment.rename(tmp_path / "away")
    try:
        with pytest.raises(AssertionError) as caught:
            stack("preview")
    finally:
        away.rename(environment)
    gone = f"The azure-batch plugin was registered with {environment}/bin/python"
    advice = "pipx install --force azure-batch-provider && azure-batch-provider install"
    assert gone in str(caught.value) and advice in str(caught.value)
    stack("preview", "--expect-no-changes")


def wheel_in(release: Path) -> Path:
    (wheel,) = release.glob("azure_batch_provider-*.whl")
    return wheel


def wheel_of(version: str, folder: Path) -> Path:
    """The provider as it is, under another version."""
    source = folder / "source"
    shutil.copytree(ROOT / "provider", source, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    settings = source / "pyproject.toml"
    settings.write_text(settings.read_text().replace(f'\nversion = "{VERSION}"', f'\nversion = "{version}"'))
    succeed(sys.executable, "-m", "build", "--quiet", "--wheel", "--outdir", folder / "later", source, folder=folder)
    return wheel_in(folder / "later")


def installed(python: str, wheel: Path, environment: Path) -> Path:
    """A new environment with a wheel in it. What that depends on is fetched, and nothing after that."""
    folder, wheels = environment.parent, KEPT / "wheels" / python
    pip = (environment / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check")
    succeed(interpreter_of(python), "-m", "venv", environment, folder=folder)
    succeed(*pip, "wheel", "--wheel-dir", wheels, "--find-links", wheels, wheel, folder=folder)
    succeed(*pip, "install", "--no-index", "--find-links", wheels, wheel, folder=folder)
    return environment


def interpreter_of(python: str) -> Path:
    """An interpreter of a version, also of those that pyenv keeps off the path. Skips the test where there is none."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions").glob(f"{python}.*/bin/python{python}")
    named = shutil.which(f"python{python}")
    for found in (*([Path(named)] if named else []), *sorted(kept)):
        if ended(found, "--version", folder=ROOT).returncode == 0:
            return found
    pytest.skip(f"there is no Python {python} on this machine")
