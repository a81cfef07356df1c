from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azure_batch_provider.models.sweep import Sweep
from azure_batch_provider.models.sweep_rules import first_task
from azure_batch_provider.models.task_body import TaskBody
from azure_batch_provider.properties.sweep import task_id_format
from azure_batch_provider.values.paths import at
from azure_batch_provider.values.template import escaped
from azure_batch_provider.values.unknown import UNKNOWN
from tests.models.breaking import failures, paths, put, warned
from tests.models.full_bodies import FULL_TASK

FRAMES = {"frame": {"start": 1, "end": 10}}
BODY = {name: value for name, value in FULL_TASK.items() if name in TaskBody.properties()}


def sweep(task: dict[str, Any] | None = None, parameters: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "task": {"commandLine": "render {frame}", **(task or {})},
        "parameters": FRAMES if parameters is None else parameters,
        **more,
    }


def values(*listed: Any) -> dict[str, Any]:
    return {"values": list(listed)}


def test_a_sweep_is_accepted_without_a_warning() -> None:
    assert failures(Sweep, sweep()) == {}
    assert warned(Sweep, sweep()) == {}


def test_the_task_of_a_sweep_is_a_task_like_any_other() -> None:
    assert Sweep.properties()["task"].type.model is TaskBody


OUTPUT = {
    "filePattern": "{v:id}/*.txt",
    "destination": {"container": {"containerUrl": "https://a/c?{{}}", "path": "{v}"}},
    "uploadOptions": {"uploadCondition": "TaskSuccess"},
}
ACCEPTED = [
    sweep({"constraints": {"maxWallClockTime": "PT{frame}M"}}),
    sweep({"constraints": {"maxWallClockTime": "{time}"}}, {**FRAMES, "time": values("PT1H", "P1D")}),
    sweep({"dependsOn": {"taskIds": ["prepare-{frame:05}"]}}),
    sweep({"userIdentity": {"autoUser": {"scope": "{scope}"}}}, {**FRAMES, "scope": values("task", "Pool")}),
    sweep(
        {"resourceFiles": [{"httpUrl": "https://a/{frame}.blend", "filePath": "{frame}.blend", "fileMode": "{m}"}]},
        {**FRAMES, "m": values("0644", "0755")},
    ),
    sweep({"environmentSettings": [{"name": "FRAME", "value": "{frame}"}, {"name": "JSON", "value": "{{}}"}]}),
    sweep({"displayName": "{{{frame:03}}}"}),
    sweep({"commandLine": "render"}, taskIdFormat="frame-{frame}"),
    sweep({"commandLine": "run {a} {b}"}, {"a": values("x", "y"), "b": {"start": 5, "end": -5, "step": -5}}),
    sweep({"commandLine": "run {v}"}, {"v": values("3.9", "3.10")}, taskIdFormat=UNKNOWN),
    sweep({"requiredSlots": 4}),
    sweep({"commandLine": "train {rate} {model}"}, {"rate": values(0.1, 0.01, 1), "model": values("a.onnx", "b/c")}),
    sweep({"commandLine": "run {v}", "outputFiles": [OUTPUT]}, {"v": values("3.9", "3.10")}),
]


@pytest.mark.parametrize("inputs", ACCEPTED)
def test_what_becomes_valid_tasks_is_accepted(inputs: dict[str, Any]) -> None:
    assert failures(Sweep, inputs) == {}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    # What may be typed where a placeholder is meant.
    (
        sweep({"displayName": "{farme}"}),
        "task.displayName",
        "a placeholder `farme`, which is not one of the parameters (`frame`)",
    ),
    (sweep(taskIdFormat="{n}"), "taskIdFormat", "a placeholder `n`, which is not one of the parameters (`frame`)"),
    (sweep({"commandLine": "echo ${HOME} {frame}"}), "task.commandLine", "a placeholder `HOME`, which is not one of"),
    (sweep({"commandLine": "awk '{print $1}' {frame}"}), "task.commandLine", "has braces at character 6"),
    (sweep({"commandLine": 'run {"frame": {frame}}'}), "task.commandLine", "write `{{` for `{`"),
    (sweep({"commandLine": "render {0:5}"}), "task.commandLine", "placeholders have the names of parameters"),
    (sweep({"environmentSettings": [{"name": "A", "value": "}"}]}), "task.environmentSettings[0].value", "has a `}`"),
    (sweep(taskIdFormat="frame-{frame"), "taskIdFormat", "has a `{` at character 7"),
    (sweep({"requiredSlots": "{frame}"}), "task.requiredSlots", "must be a whole number, not a string"),
    (
        sweep({"commandLine": "render"}),
        "parameters.frame",
        "is used nowhere: write `{frame}` in a text of `task` or in",
    ),
    (sweep({"commandLine": "{{frame}}"}), "parameters.frame", "is used nowhere"),
    # Parameters.
    (sweep(parameters={}), "parameters", "must not be empty"),
    (sweep(parameters=None, task={"commandLine": "{a-b}"}), "task.commandLine", "not the name of a parameter"),
    (sweep(parameters={**FRAMES, "a-b": values(1)}), 'parameters["a-b"]', "is not a name for a parameter: a letter or"),
    (sweep(parameters={**FRAMES, "1": values(1)}), 'parameters["1"]', "is not a name for a parameter"),
    (sweep(parameters={"frame": {}}), "parameters.frame", "has no values: give `start` and `end`, or `values`"),
    (sweep(parameters={"frame": values()}), "parameters.frame.values", "must not be empty"),
    (
        sweep(parameters={"frame": values("a", None)}),
        "parameters.frame.values[1]",
        "must be a string, a number, or true",
    ),
    (sweep(parameters={"frame": values(["a"])}), "parameters.frame.values[0]", "must be a string, a number, or true"),
    (
        sweep(parameters={"frame": values(float("inf"))}),
        "parameters.frame.values[0]",
        "a number that JSON does not have",
    ),
    (sweep(parameters={"frame": {"start": 1}}), "parameters.frame.end", "is required: a range has a `start` and an"),
    (sweep(parameters={"frame": {"end": 1}}), "parameters.frame.start", "is required: a range has a `start` and an"),
    (sweep(parameters={"frame": {"step": 1}}), "parameters.frame.start", "is required: a range has a `start` and an"),
    (
        sweep(parameters={"frame": {**values(1), "end": 2}}),
        "parameters.frame.values",
        "cannot be given together with `end`",
    ),
    (sweep(parameters={"frame": {"start": 1, "end": 2.5}}), "parameters.frame.end", "must be a whole number"),
    (sweep(parameters={"frame": {"start": 1, "end": 2, "step": 0}}), "parameters.frame.step", "must not be 0"),
    (
        sweep(parameters={"frame": {"start": 10, "end": 1}}),
        "parameters.frame.end",
        "makes an empty range, from 10 to 1 by steps of 1: a `step` below 0 counts down",
    ),
    (
        sweep(parameters={"frame": {"start": 1, "end": 10, "step": -1}}),
        "parameters.frame.end",
        "makes an empty range, from 1 to 10 by steps of -1: leave out `step`",
    ),
    (
        sweep(
            parameters={"frame": {"start": 1, "end": 1001}, "n": {"start": 1, "end": 100}}, taskIdFormat="{frame}-{n}"
        ),
        "parameters",
        "has 100,100 combinations, at most 100,000 are allowed",
    ),
    (
        sweep(parameters={"frame": {"start": 1, "end": 2_000_000_000}, "n": UNKNOWN}, taskIdFormat="{frame}{n}"),
        "parameters",
        "has at least 2,000,000,000 combinations",
    ),
    # What texts become.
    (
        sweep({"displayName": "{frame:02}"}, {"frame": values(1, "x")}),
        "task.displayName",
        "pads `frame` with zeros, and not all values of that parameter are whole numbers",
    ),
    (
        sweep({"constraints": {"maxWallClockTime": "PT{m}M"}}, {**FRAMES, "m": {"start": 2, "end": -3, "step": -1}}),
        "task.constraints.maxWallClockTime",
        "must be an ISO 8601 duration such as PT1H30M or P7D (where `m` is -1)",
    ),
    (
        sweep({"constraints": {"retentionTime": "{t}"}}, {**FRAMES, "t": values("P1D", "hidden")}),
        "task.constraints.retentionTime",
        "must be an ISO 8601 duration such as PT1H30M or P7D (where `t` is its value 2 of 2)",
    ),
    (
        sweep({"constraints": {"retentionTime": "{{}}"}}),
        "task.constraints.retentionTime",
        "must be an ISO 8601 duration",
    ),
    (
        sweep({"dependsOn": {"taskIds": ["{frame}", "scene.{frame}"]}}),
        "task.dependsOn.taskIds[1]",
        "may only consist of letters (A to Z), digits, hyphens and underscores (where `frame` is 1)",
    ),
    (
        sweep({"dependsOn": {"taskIds": ["{frame:064}-"]}}),
        "task.dependsOn.taskIds[0]",
        "has 65 characters, at most 64 are allowed (where `frame` is 1)",
    ),
    (
        sweep({"userIdentity": {"autoUser": {"scope": "{s}"}}}, {**FRAMES, "s": values("task", "hidden")}),
        "task.userIdentity.autoUser.scope",
        "must be one of `task`, `pool` (where `s` is its value 2 of 2)",
    ),
    (
        sweep({"displayName": "x" * 1022 + "{frame}"}, {"frame": {"start": 8, "end": 120}}),
        "task.displayName",
        "has 1025 characters, at most 1024 are allowed (where `frame` is 120)",
    ),
    (
        sweep({"commandLine": "{c}"}, {**FRAMES, "c": values("run", "")}, taskIdFormat="{frame}-{c}"),
        "task.commandLine",
        "must not be empty (where `c` is its value 2 of 2)",
    ),
    (
        sweep({"resourceFiles": [{"httpUrl": "{frame}", "filePath": "a"}]}),
        "task.resourceFiles[0].httpUrl",
        "must be a complete URL that begins with https:// or http://",
    ),
    (
        sweep({"resourceFiles": [{"autoStorageContainerName": "{frame}", "storageContainerUrl": "https://a/{frame}"}]}),
        "task.resourceFiles[0].storageContainerUrl",
        "only one of",
    ),
    # Ids.
    (
        sweep({"commandLine": "run {v}"}, {"v": values("3.9", "3.10")}, taskIdFormat="python-{v}"),
        "taskIdFormat",
        "in place of which `{name:id}` puts `_` (where `v` is its value 1 of 2)",
    ),
    (
        sweep({"commandLine": "run {v}"}, {"v": values("3.9", "3_9")}),
        "taskIdFormat",
        "where `v` is its value 2 of 2; left out, the ids are made of the values of all parameters",
    ),
    (sweep(taskIdFormat="a b {frame}"), "taskIdFormat", "makes an id with characters other than letters"),
    (sweep(taskIdFormat="all"), "taskIdFormat", "must contain `{frame}`, or else tasks that differ in nothing else"),
    (
        sweep({"commandLine": "run {s}"}, {"s": values("Scene", "scene")}),
        "taskIdFormat",
        "makes the same id (case does not count) where `s` is its value 1 of 2 and where `s` is its value 2 of 2",
    ),
    # As of any task.
    (sweep({"constraints": {"maxTaskRetryCount": -2}}), "task.constraints.maxTaskRetryCount", "must be at least -1"),
    (sweep({"comandLine": "{frame}"}), "task.comandLine", "did you mean `commandLine`?"),
    ({"parameters": FRAMES}, "task", "is required"),
    ({"task": {}}, "parameters", "is required"),
]


@pytest.mark.parametrize(("inputs", "path", "reason"), REFUSED)
def test_what_cannot_work_is_refused_by_name(inputs: dict[str, Any], path: str, reason: str) -> None:
    found = failures(Sweep, inputs)
    assert "hidden" not in json.dumps(found)
    assert reason in found.pop(path)
    # A parameter whose only placeholder was misspelt is not used either.
    assert all("is used nowhere" in other for other in found.values())


def test_a_variable_of_the_shell_that_is_called_like_a_parameter_is_warned_of() -> None:
    found = warned(Sweep, sweep({"commandLine": "/bin/sh -c 'for frame in 1 2; do echo ${frame}; done'"}))
    assert found == {
        "task.commandLine": "puts the value of `frame` behind a `$`; a variable of the shell is written `${{frame}}`"
    }
    assert warned(Sweep, sweep({"commandLine": "/bin/sh -c 'echo ${{frame}} {frame}'"})) == {}


@pytest.mark.parametrize(
    ("written", "format", "is_own"),
    [
        ("{frame:02}", None, True),
        ("{frame}", None, True),  # of frame 10
        ("{frame:03}", None, False),
        ("Task-{frame}", "task-{frame}", True),
        ("task-{frame}", UNKNOWN, False),
        ("{farme}", None, False),
    ],
)
def test_a_task_that_waits_for_itself_is_warned_of(written: str, format: Any, is_own: bool) -> None:
    inputs = sweep({"dependsOn": {"taskIds": ["first", written]}}, taskIdFormat=format)
    own = {"task.dependsOn.taskIds[1]": "is the task itself, which would wait forever"}
    assert warned(Sweep, inputs) == (own if is_own else {})


@pytest.mark.parametrize("inputs", [*ACCEPTED, *(inputs for inputs, _, _ in REFUSED)])
def test_wherever_something_is_unknown_nothing_new_is_refused(inputs: dict[str, Any]) -> None:
    declared = failures(Sweep, inputs)
    for path in paths(inputs):
        found = failures(Sweep, put(inputs, path, UNKNOWN))
        new = {at: reason for at, reason in found.items() if at not in declared and "is used nowhere" not in reason}
        assert new == {}, path


@pytest.mark.parametrize(
    "path", [("task", "commandLine"), ("task", "displayName"), ("parameters", "frame"), ("taskIdFormat",)]
)
def test_a_parameter_may_be_used_by_what_is_unknown(path: tuple[str, ...]) -> None:
    inputs = sweep({"commandLine": "render", "displayName": "x"}, taskIdFormat="{frame}")
    del inputs["taskIdFormat"]
    assert list(failures(Sweep, inputs)) == ["parameters.frame"]
    if path != ("parameters", "frame"):
        assert failures(Sweep, put({**inputs, "taskIdFormat": None}, path, UNKNOWN)) == {}


def test_every_text_of_a_task_may_be_a_template() -> None:
    """Each text of a task with all properties, written as one value of a parameter."""
    for path in paths(BODY):
        text = at(BODY, path)
        if isinstance(text, str):
            task = put(BODY, path, "{text}")
            inputs = {"task": task, "parameters": {"text": values(text), **FRAMES}, "taskIdFormat": "{frame}"}
            assert failures(Sweep, inputs) == {}, path
            assert first_task(inputs) == BODY


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, dict):
        return {name: _escaped(item) for name, item in value.items()}
    return [_escaped(item) for item in value] if isinstance(value, list) else value


@settings(deadline=None, max_examples=30)
@given(st.text(), st.text(min_size=1, max_size=1000))
def test_a_task_of_any_texts_is_itself_once_it_is_escaped(value: str, line: str) -> None:
    task = {**BODY, "commandLine": line, "environmentSettings": [{"name": "{}", "value": value}]}
    inputs = {"task": _escaped(task), "parameters": FRAMES, "taskIdFormat": "{frame}"}
    assert failures(Sweep, inputs) == {}
    assert first_task(inputs) == task


@settings(deadline=None)
@given(
    st.text("{}x:0 ", max_size=12),
    st.text("{}x:0 ", max_size=12),
    st.lists(st.text(max_size=3) | st.integers(), max_size=3),
)
def test_no_reason_repeats_a_text(text: str, format: str, listed: list[Any]) -> None:
    secret = "QQQQ"
    inputs = {
        "task": {"commandLine": f"{secret} {text}", "constraints": {"retentionTime": f"{text}{secret}"}},
        "parameters": {"x": values(*listed, f"{secret}.")},
        "taskIdFormat": f"{secret}.{format}",
    }
    assert secret not in json.dumps(failures(Sweep, inputs))


def test_a_hundred_thousand_combinations_are_checked_at_once() -> None:
    inputs = sweep(
        {"displayName": "{frame:06}", "dependsOn": {"taskIds": ["prepare-{frame}"]}},
        {"frame": {"start": 1, "end": 50_000}, "eye": values("left", "right")},
        taskIdFormat="{frame:06}-{eye}",
    )
    assert failures(Sweep, inputs) == {}
    inputs["parameters"]["eye"]["values"].append("")
    assert "150,000 combinations" in failures(Sweep, inputs)["parameters"]


NAMES = st.sampled_from(
    [
        "frame",
        "values",
        "start",
        "end",
        "step",
        "commandLine",
        "taskIds",
        "taskIdRanges",
        "maxWallClockTime",
        "x",
        "a-b",
    ]
)
LEAVES = st.sampled_from(
    [
        UNKNOWN,
        None,
        "",
        "{frame}",
        "{frame:03}",
        "{frame:id}",
        "{x}",
        "{",
        "a.b",
        "PT{frame}M",
        0,
        1,
        -1,
        10**6,
        0.5,
        True,
    ]
)
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))
SWEEPS = st.fixed_dictionaries(
    {
        "task": ANYTHING
        | st.fixed_dictionaries({"commandLine": LEAVES, "dependsOn": ANYTHING, "constraints": ANYTHING}),
        "parameters": ANYTHING
        | st.dictionaries(
            st.sampled_from(["frame", "x", "a-b", ""]),
            ANYTHING
            | st.fixed_dictionaries({"start": LEAVES, "end": LEAVES}, optional={"step": LEAVES})
            | st.fixed_dictionaries({"values": st.lists(LEAVES, max_size=3)}),
        ),
        "taskIdFormat": LEAVES,
    }
)


@settings(deadline=None)
@given(SWEEPS, st.sampled_from(["{frame}", "{frame:02}", "{", ""]) | st.none())
def test_whatever_is_written_is_checked_without_an_exception(inputs: dict[str, Any], kept: str | None) -> None:
    found = failures(Sweep, inputs)
    warned(Sweep, inputs)
    first_task(inputs)
    format = task_id_format({**inputs, "taskIdFormat": None}, kept)
    if not found and isinstance(format, str):
        assert "taskIdFormat" not in failures(Sweep, {**inputs, "taskIdFormat": format})
