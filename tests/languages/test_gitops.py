"""What examples/gitops has for a cluster fits Pulumi's operator, and names what there is."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator.clients.environments import needs
from tests.languages.workshop import HERE, KEPT, ROOT, ended, succeed

FOLDER = ROOT / "examples" / "gitops"
MANIFEST = FOLDER / "operator" / "stack.yaml"
WORKFLOW = FOLDER / ".github" / "workflows" / "batch.yml"
OPERATOR = "github.com/pulumi/pulumi-kubernetes-operator/v2@v2.9.0"


def stack() -> dict[str, Any]:
    (found,) = [thing for thing in yaml.safe_load_all(MANIFEST.read_text()) if thing["kind"] == "Stack"]
    return dict(found["spec"])


def test_workflow_and_operator_run_one_stack_on_one_version() -> None:
    workflow, image = WORKFLOW.read_text(), (FOLDER / "operator" / "Dockerfile").read_text()
    assert re.findall(r"stack-name: (\S+)", workflow) == [stack()["stack"]]
    named = re.findall(r"azure-batch-provider==(\S+)", workflow + image)
    assert [*named, stack()["workspaceTemplate"]["spec"]["image"].partition(":")[2]] == 3 * [
        version("azure-batch-provider")
    ]
    (engine,) = re.findall(r"FROM pulumi/pulumi:([\d.]+)-nonroot\n", image)
    assert f"github.com/pulumi/pulumi/pkg/v3 v{engine}\n" in (ROOT / "tools" / "pulumi" / "go.mod").read_text()


@needs("Go", "go")
def test_the_manifest_fits_the_schema_of_the_operator(tmp_path: Path) -> None:
    got = json.loads(ended("go", "mod", "download", "-json", OPERATOR, folder=tmp_path, GOFLAGS="").stdout)
    if "Error" in got:
        pytest.skip(f"{OPERATOR}, which has the schema, is not to be had here")
    environment = KEPT / "gitops"
    succeed("python3", ROOT / "tools" / "venv.py", environment, HERE / "gitops" / "requirements.txt", folder=ROOT)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(MANIFEST.read_text().replace("resyncFrequencySeconds:", "resyncFrequency:"))
    schema = Path(got["Dir"], "deploy", "crds", "pulumi.com_stacks.yaml")
    fits = (environment / "bin" / "python", HERE / "gitops" / "fits.py")
    right, found = json.loads(succeed(*fits, schema, MANIFEST, wrong, folder=ROOT))
    assert right == [[]]
    assert "'resyncFrequency' was unexpected" in found[0][0]
