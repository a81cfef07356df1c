"""The example beside azure-native, on azure-native's own SDK: what it registers, and that a type checker accepts it."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.clients.environments import needs
from tests.languages.test_sdks import SDK, pyright
from tests.languages.workshop import HERE, KEPT, ROOT, ended, succeed

PROGRAM = ROOT / "examples" / "azure-native" / "python"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "the first key"}
"""A secret, as Pulumi's protocol writes one."""


@pytest.fixture(scope="module")
def native() -> Path:
    """A folder with azure-native's SDK, which is large: it is got once, and not compiled."""
    kept, wanted = KEPT / "azure-native", HERE / "azure_native" / "requirements.txt"
    installed = kept / "requirements.txt"
    if not installed.exists() or installed.read_text() != wanted.read_text():
        shutil.rmtree(kept, ignore_errors=True)
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        succeed(*pip, "--no-deps", "--no-compile", "--target", kept, "--requirement", wanted, folder=ROOT)
        shutil.copy(wanted, installed)
    return kept


@pytest.fixture(scope="module")
def registered(native: Path) -> dict[str, Any]:
    """All that the program registers where two nodes are asked for, by type and name."""
    return run(native, 2)


def run(native: Path, nodes: int) -> dict[str, Any]:
    runner = HERE / "azure_native" / "registered.py"
    found: dict[str, Any] = json.loads(
        succeed(sys.executable, runner, PROGRAM, str(nodes), folder=ROOT, PYTHONPATH=str(native))
    )
    return found


def test_the_pool_leaves_to_pool_properties_what_is_theirs(registered: dict[str, Any]) -> None:
    pool, properties = registered["azure-native:batch:Pool nodes"], registered["azure-batch:index:PoolProperties nodes"]
    assert not {"startTask", "metadata", "applicationPackages"} & set(pool["inputs"])
    assert {"startTask", "applicationPackageReferences"} <= set(properties["inputs"])
    assert "azure-native:batch:Pool nodes" in properties["after"]
    assert registered["azure-batch:index:Job film"]["after"] == ["azure-batch:index:PoolProperties nodes"]


def test_what_may_change_on_the_pool_is_a_trigger(native: Path, registered: dict[str, Any]) -> None:
    """Whatever of the pool the program can say without a new pool; here, all but its names."""
    scale, *others = registered["azure-batch:index:PoolProperties nodes"]["inputs"]["triggers"]
    assert scale["fixed_scale"]["target_dedicated_nodes"] == 2
    assert len(others) == len(
        registered["azure-native:batch:Pool nodes"]["inputs"].keys() & {"vmSize", "deploymentConfiguration"}
    )
    (after, *same) = run(native, 3)["azure-batch:index:PoolProperties nodes"]["inputs"]["triggers"]
    assert after["fixed_scale"]["target_dedicated_nodes"] == 3 and same == others


def test_the_account_says_where_and_with_which_key(registered: dict[str, Any]) -> None:
    data, packages = (registered[f"pulumi:providers:azure-batch {name}"] for name in ("data", "packages"))
    for provider in (data, packages):
        assert provider["inputs"]["endpoint"] == "render.westeurope.batch.azure.com"
        assert "azure-native:batch:BatchAccount render" in provider["after"]
    assert data["inputs"]["accountKey"] == SECRET
    # A package is made by Azure Resource Manager, which takes no key.
    assert packages["inputs"].keys() == {"endpoint", "accountResourceId"}
    ours = {name: entry["provider"] for name, entry in registered.items() if name.startswith("azure-batch:")}
    assert ours.pop("azure-batch:index:ApplicationPackage tools") == "packages"
    assert set(ours.values()) == {"data"} and len(ours) == 3


@needs("Node", "node", "npm")
def test_pyright_accepts_it_and_finds_a_mistake_on_either_side(native: Path, tmp_path: Path) -> None:
    """Not mypy: it reads all of azure-native, which takes it many minutes."""
    check = pyright(tmp_path, SDK, native)
    text = (PROGRAM / "__main__.py").read_text()
    (tmp_path / "right.py").write_text(text)
    wrong = text.replace(" vm_size=", " vm_sizes=").replace("pool_id=pool.name", "pool_ids=pool.name")
    (tmp_path / "wrong.py").write_text(wrong)
    done = ended(*check, "right.py", "wrong.py", folder=tmp_path)
    errors = [line for line in done.stdout.splitlines() if " - error: " in line]
    assert [line for line in errors if "right.py" in line] == []
    found = [wrong.splitlines()[int(re.findall(r"wrong\.py:(\d+):", line)[0]) - 1].strip() for line in errors]
    assert found == ["pool = arm.Pool(", "properties = batch.PoolProperties("], done.stdout
