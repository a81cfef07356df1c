"""Runs the Azure CLI for each list of arguments that comes on standard input, and tells how it ended, as JSON.

Each run is a process of its own, as `python -m azure.cli` is one, but forked from this one: what it has loaded need not
be loaded again, which takes nine tenths of the time of a command.
"""

from __future__ import annotations

import gc
import io
import json
import os
import runpy
import sys
import tempfile

import msrest.exceptions  # noqa: F401 loaded by what tells of a refusal
from azure.cli.core import get_default_cli


def run(arguments: list[str]) -> dict[str, object]:
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(errors.fileno(), 2)
            sys.argv = ["az", *arguments]
            runpy.run_module("azure.cli", run_name="__main__", alter_sys=True)
            sys.exit()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        errors.seek(0)
        return {"status": status, "out": out.read(), "errors": errors.read()}


# A command loads what it needs when it runs, so one has to run here.
get_default_cli().invoke(["batch", "pool", "list"], out_file=io.StringIO())
# Collecting garbage would otherwise copy all of this into each fork, to find none.
gc.freeze()
for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
