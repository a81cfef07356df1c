"""A SAS that was minted again is not a change, wherever it stands; what stands around it is."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import quote

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, pool, task, writes
from tests.emulator_process import EmulatorProcess

FILES: Final = "https://files.blob.core.windows.net/in"
# Texts as programs write them. The marks stand for a signature, an end, and a word of the program's own.
TEXTS: Final = {
    "several": f"{FILES}/a.csv?sp=r&sig=<1>;{FILES}/<name>.csv?sp=r&sig=<2>",
    "code": f"powershell -Command (iwr {FILES}/s.ps1?sp=r&sig=<1>).Content;Install-<name>",
    "json": {"fn::toJSON": {"url": f"{FILES}/a.csv?sp=r&sr=b&sig=<1>", "target": "<name>"}},
    "encoded": f"https://proxy/?url={quote(f'{FILES}/a.csv?sp=r&se=<end>&sig=<1>', safe='<>')}&as=<name>",
    "token": "sv=2024-05-04&se=<end>&sr=c&sp=rl&sig=<1> for <name>",
    "members": '{"sv": "2024-05-04", "se": "<end>", "sig": "<1>", "for": "<name>"}',
    "letters": f"{FILES}/a.csv?sp=r&%73ig=<1>|<name>",
}


def minted(text: Any, signature: str, end: str, name: str) -> Any:
    """A text with signatures in the alphabet's every letter, as they come out of one run of the program."""
    whole = json.dumps(text)
    for mark, value in (("<1>", f"{signature}%2Bb%2F1%3D"), ("<2>", f"{signature}%2Fb%2B2%3D"), ("<end>", end)):
        whole = whole.replace(mark, value)
    return json.loads(whole.replace("<name>", name))


def program(signature: str, end: str, name: str = "one") -> dict[str, Any]:
    """A task for each text, and a pool whose start task has all of them but those with an end of their own."""
    texts = {key: minted(text, signature, end, name) for key, text in TEXTS.items()}
    variables = [{"name": key, "value": text} for key, text in texts.items() if "<end>" not in json.dumps(TEXTS[key])]
    return {
        "job": job(metadata=[{"name": "input", "value": texts["several"]}]),
        "pool": pool(startTask={"commandLine": "cmd /c start", "environmentSettings": variables}),
        **{
            key: task("${job.jobId}", taskId=key, environmentSettings=[{"name": "INPUT", "value": text}])
            for key, text in texts.items()
        },
    }


def add(emulator: EmulatorProcess, id: str, value: str) -> None:
    """What the program says of a task, by another client."""
    settings = [{"name": "INPUT", "value": value}]
    body = {"id": id, "commandLine": "cmd /c echo task1", "environmentSettings": settings}
    emulator.post("/jobs/jobId/tasks", body)


def test_a_sas_that_was_minted_again_runs_no_task_again_and_is_renewed_where_it_can_be(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    first = program("SIGNATUREone", "2036-01-01T00%3A00%3A00Z")
    stack = make_stack(first)
    planned = stack.preview()
    made = stack.up()
    state = json.dumps(stack.export())
    for text in (planned.output, made.output, state):
        assert "SIGNATUREone" not in text

    # Only the signature differs, or also the end: the old key may be dead, and what can be changed in place is changed.
    stack.write(program("SIGNATUREtwo", "2037-01-01T00%3A00%3A00Z"))
    emulator.clear_requests()
    planned = stack.preview()
    assert planned.changed == {"pool": "update", "job": "update"}
    assert "SIGNATURE" not in planned.output
    assert stack.up().changed == planned.changed
    assert sorted(writes(emulator)) == [("PATCH", "/jobs/jobId"), ("POST", "/pools/poolId/updateproperties")]
    assert "SIGNATUREtwo" in json.dumps(emulator.get("/pools/poolId"))
    assert "SIGNATUREtwo" in json.dumps(emulator.get("/jobs/jobId"))
    assert "SIGNATUREone" in json.dumps(emulator.get("/jobs/jobId/tasks/json"))
    assert stack.preview("--expect-no-changes").changed == {}

    # What another client minted for the same purpose is no drift of a task; what it wrote besides is.
    emulator.call("DELETE", "/jobs/jobId/tasks/token")
    emulator.call("DELETE", "/jobs/jobId/tasks/several")
    for name, text in (("token", "one"), ("several", "other")):
        value = minted(TEXTS[name], "SIGNATUREthree", "2038-01-01T00%3A00%3A00Z", text)
        add(emulator, name, value)
    planned = stack.preview()
    assert planned.changed == {"several": "replace"}

    # The program's own text changed, right behind a signature and elsewhere.
    stack.write(program("SIGNATUREtwo", "2037-01-01T00%3A00%3A00Z", name="two"))
    planned = stack.preview()
    assert planned.changed == {"pool": "update", **dict.fromkeys(TEXTS, "replace"), "job": "update"}
    assert "SIGNATURE" not in planned.output


def test_what_exists_with_an_older_sas_is_adopted(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    emulator.post("/jobs", {"id": "jobId", "poolInfo": {"poolId": "poolId"}})
    wanted = program("SIGNATUREtwo", "2037-01-01T00%3A00%3A00Z")
    for key in ("code", "token"):
        value = minted(TEXTS[key], "SIGNATUREone", "2036-01-01T00%3A00%3A00Z", "one")
        add(emulator, key, value)
    emulator.clear_requests()
    stack = make_stack({"job": job(), **{key: wanted[key] for key in ("code", "token")}})
    run = stack.up()
    assert run.changed == {"job": "create", "code": "create", "token": "create"}
    assert "adopted" in run.output
    assert {path for method, path in writes(emulator) if method == "POST"} <= {"/jobs", "/jobs/jobId/tasks"}
    assert "SIGNATUREone" in json.dumps(emulator.get("/jobs/jobId/tasks/token"))
