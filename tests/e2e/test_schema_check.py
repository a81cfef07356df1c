"""What Pulumi's own tools say of the schema."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SCHEMA = Path(__file__).resolve().parents[2] / "schema.json"


def test_the_schema_binds_without_an_error_or_a_warning(tmp_path: Path) -> None:
    environment = {**os.environ, "PULUMI_HOME": str(tmp_path), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    done = subprocess.run(["pulumi", "schema", "check", str(SCHEMA)], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
