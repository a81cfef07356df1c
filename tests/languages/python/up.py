"""Programs as inline programs: created, seen to be unchanged, updated where life.json says how, destroyed.

python up.py FOLDER...
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

from pulumi import automation


def main() -> None:
    for name in sys.argv[1:]:
        live(Path(name))


def live(folder: Path) -> None:
    life = json.loads((folder / "life.json").read_text())
    program = runpy.run_path(str(folder / "__main__.py"))["declare"]
    stack = automation.create_or_select_stack("dev", project_name=life["project"], program=program)

    def configure(settings: dict[str, str]) -> None:
        for key, value in settings.items():
            stack.set_config(key, automation.ConfigValue(value))

    def up() -> dict[str, Any]:
        done = stack.up()
        return {"changes": done.summary.resource_changes, **{name: out.value for name, out in done.outputs.items()}}

    configure(life["config"])
    results = {"created": up()}
    if life["again"]:
        results["unchanged"] = up()
    if life["change"]:
        configure(life["change"])
        results["updated"] = up()
    results["destroyed"] = {"changes": stack.destroy().summary.resource_changes}
    (folder / "results.json").write_text(json.dumps(results))


if __name__ == "__main__":
    main()
