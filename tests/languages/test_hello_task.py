"""The first example goes up, stays, is updated and is destroyed in every language, on the SDK that `make sdk` writes.

Programs of Python, Node and Go are run as inline programs of the Automation API, those of YAML and Java by the hosts
of these languages. Each sends to the account, request for request, what the others send.
"""

from __future__ import annotations

import sys

from tests.emulator.clients.environments import needs
from tests.emulator_process import EmulatorProcess
from tests.languages.workshop import (
    GO,
    HELLO,
    HERE,
    MAVEN,
    Engine,
    Results,
    asked,
    go,
    host,
    java,
    program,
    results,
    typescript,
)

# The names that resources get come from the project, the stack and themselves: they are the same in each language.
JOB, OLD, NEW = "job-c73c53e1", "hello-cfe80a94", "hello-03131417"
LIFE: Results = {
    "created": {"changes": {"create": 3}, "job": JOB, "task": OLD},
    "unchanged": {"changes": {"same": 3}, "job": JOB, "task": OLD},
    "updated": {"changes": {"replace": 1, "same": 1, "update": 1}, "job": JOB, "task": NEW},
    "destroyed": {"changes": {"delete": 3}},
}
POOL, METADATA = {"poolId": "poolId"}, [{"name": "says", "value": "hello"}]
WRITES = [
    ("POST", "/jobs", {"id": JOB, "poolInfo": POOL, "metadata": METADATA}),
    ("POST", f"/jobs/{JOB}/tasks", {"id": OLD, "commandLine": "/bin/sh -c 'echo hello'"}),
    ("PATCH", f"/jobs/{JOB}", {"metadata": [{"name": "says", "value": "good morning"}]}),
    ("POST", f"/jobs/{JOB}/tasks", {"id": NEW, "commandLine": "/bin/sh -c 'echo good morning'"}),
    ("DELETE", f"/jobs/{JOB}/tasks/{OLD}", None),
    ("DELETE", f"/jobs/{JOB}/tasks/{NEW}", None),
    ("DELETE", f"/jobs/{JOB}", None),
]


def test_yaml(engine: Engine, account: EmulatorProcess) -> None:
    check(engine.lives(program("yaml"), HELLO), account)


def test_python(engine: Engine, account: EmulatorProcess) -> None:
    folder = program("python")
    HELLO.write(folder)
    engine.run(sys.executable, HERE / "python" / "up.py", ".", folder=folder)
    check(results(folder), account)


@needs("Node", "node", "npm")
def test_typescript(engine: Engine, account: EmulatorProcess) -> None:
    folder = typescript()
    HELLO.write(folder)
    engine.run("npx", "--no-install", "tsc", folder=folder)
    engine.run("node", "up.js", ".", folder=folder)
    check(results(folder), account)


@needs("Go", "go")
def test_go(engine: Engine, account: EmulatorProcess) -> None:
    folder = go()
    HELLO.write(folder)
    engine.run("go", "vet", ".", "github.com/azure-batch-pulumi/pulumi-azure-batch/sdk/go/...", folder=folder, **GO)
    engine.run("go", "test", "-count=1", ".", folder=folder, **GO)
    check(results(folder), account)


@needs("Java development kit with Maven", "java", "javac", "mvn")
def test_java(engine: Engine, account: EmulatorProcess) -> None:
    folder = java()
    # The host is found on the path.
    settings = {"PATH": host("java"), "PULUMI_IGNORE_AMBIENT_PLUGINS": "false", **MAVEN}
    check(Engine({**engine.settings, **settings}).lives(folder, HELLO), account)


def check(found: Results, account: EmulatorProcess) -> None:
    assert found == LIFE
    assert [request for request in asked(account) if request[0] != "GET"] == WRITES
