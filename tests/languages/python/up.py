"""The program in the current folder as an inline program: created, seen to be unchanged, updated, destroyed."""

from __future__ import annotations

import json
import runpy
from typing import Any

from pulumi import automation

PROGRAM = runpy.run_path("__main__.py")["declare"]


def main() -> None:
    stack = automation.create_stack("dev", project_name="hello-task", program=PROGRAM)

    def up() -> dict[str, Any]:
        done = stack.up()
        return {"changes": done.summary.resource_changes, **{name: out.value for name, out in done.outputs.items()}}

    results = {"created": up(), "unchanged": up()}
    stack.set_config("greeting", automation.ConfigValue("good morning"))
    results["updated"] = up()
    results["destroyed"] = {"changes": stack.destroy().summary.resource_changes}
    print(json.dumps(results))


if __name__ == "__main__":
    main()
