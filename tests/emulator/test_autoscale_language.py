"""What formulas come to: evaluated on a pool, as a caller sees them."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.emulator.parts import MACHINE
from tests.emulator_process import EmulatorProcess

POOL: dict[str, Any] = {
    "id": "p1",
    "vmSize": "a",
    "virtualMachineConfiguration": MACHINE,
    "enableAutoScale": True,
    "autoScaleFormula": "$TargetDedicatedNodes=2",
}
VALUES = [
    ("1 + 2 * 3", "7"),
    ("(1 + 2) * 3", "9"),
    ("10 - 4 - 3", "3"),
    ("-2 * -3", "6"),
    ("7 / 2", "3.5"),
    ("1 / 3", "0.333333333333333"),
    ("1 / 0", "Infinity"),
    ("1.5e3", "1500"),
    ("!0 + !5", "1"),
    ("1 < 2 == 1", "1"),
    ("1 + 1 == 2 && 3 > 2", "1"),
    ("0 && 1 || 1", "1"),
    ("0 || 0 && 1", "0"),
    ("1 ? 2 : 3", "2"),
    ("0 ? 2 : 0 ? 4 : 5", "5"),
    ("2 > 1 ? 10 : 20", "10"),
    ("'a' < 'b'", "1"),
    ("\"x\" != 'x'", "0"),
    ("'text'", "text"),
    ("avg(1, vec(2, 3), 6)", "3"),
    ("len(vec(1, 2), 3)", "3"),
    ("len()", "0"),
    ("lg(8)", "3"),
    ("lg(vec(8))", "[3]"),
    ("log(1000)", "3"),
    ("log(1, 10)", "[0,1]"),
    ("ln(1)", "0"),
    ("ln(0)", "-Infinity"),
    ("max(3, vec(7, 1))", "7"),
    ("min(3, vec(7, 1))", "1"),
    ("norm(3, 4)", "5"),
    ("percentile(vec(10, 20, 30, 40), 50)", "20"),
    ("percentile(vec(10, 20, 30, 40), 100)", "40"),
    ("range(3, 9, 5)", "6"),
    ("std(2, 4, 4, 4, 5, 5, 7, 9)", "2.1380899352994"),
    ("std(3)", "0"),
    ("sum(1, vec(2, 3))", "6"),
    ("sum()", "0"),
    ("val(vec(5, 6, 7), 2)", "7"),
    ("vec(5, 6)[1]", "6"),
    ("ceil(1.2)", "2"),
    ("floor(-1.2)", "-2"),
    ("round(2.6)", "3"),
    ("rand() >= 0 && rand() < 1", "1"),
    ("vec(1, 2) + 1", "[2,3]"),
    ("vec(4, 6) / vec(2, 3)", "[2,2]"),
    ("2 * TimeInterval_Minute", "00:02:00"),
    ("TimeInterval_Day * 1.5 + TimeInterval_100ns", "1.12:00:00.0000001"),
    ("-TimeInterval_Hour", "-01:00:00"),
    ("TimeInterval_Week / 7 == TimeInterval_Day", "1"),
    ("TimeInterval_Year > TimeInterval_Week * 52", "1"),
    ("time('2026-01-05T13:14:15.678Z')", "2026-01-05T13:14:15.678Z"),
    ("time('Mon, 05 Jan 2026 13:14:15 GMT') == time('2026-01-05T13:14:15Z')", "1"),
    ("time('2026-01') == time('2026-01-01')", "1"),
    ("time('2026-01-05').weekday", "1"),
    ("time('2026-01-04').weekday", "0"),
    ("time('2026-03-05T13:14:15Z').month * 10000 + time('2026-03-05T13:14:15Z').minute", "30014"),
    ("time('2026-01-05') + TimeInterval_Day", "2026-01-06T00:00:00Z"),
    ("TimeInterval_Day + time('2026-01-05')", "2026-01-06T00:00:00Z"),
    ("time('2026-01-06') - time('2026-01-05')", "1.00:00:00"),
    ("$TargetDedicatedNodes + $TargetLowPriority", "2"),
    ("$NodeDeallocationOption", "requeue"),
    ("$TaskSlotsPerNode", "1"),
]
FAULTS = [
    ("x = 'a' + 'b';", "Line 1, Col 9: operator + does not take string and string"),
    ("x = 1 - vec(1);", "Line 1, Col 7: operator - does not take double and doubleVec"),
    ("x = time() + 1;", "Line 1, Col 12: operator + does not take timestamp and double"),
    ("x = !vec(1);", "Line 1, Col 5: operator ! does not take doubleVec"),
    ("x = 'a' ? 1 : 2;", "Line 1, Col 9: a double is expected, not a string"),
    ("x = vec(1, 2) + vec(1, 2, 3);", "Line 1, Col 15: vectors of 2 and 3 values cannot be joined by +"),
    ("x = val(vec(1), 1);", "Line 1, Col 8: there is no value at 1: the vector has 1"),
    ("x = avg('a');", "Line 1, Col 8: a double or a doubleVec is expected, not a string"),
    ("x = max(vec());", "Line 1, Col 8: max needs at least one value"),
    ("x = time('soon');", "Line 1, Col 9: 'soon' is not a time"),
    ("x = 1; y = x.hour;", "Line 1, Col 13: a double has no member hour"),
    ("x = 1;\nx.Count();", "Line 2, Col 8: a double has no method Count"),
    ("$TargetDedicatedNodes = -1;", "Line 1, Col 1: $TargetDedicatedNodes is a double between 0 and 2147483647"),
    ("$TargetDedicatedNodes = 1 / 0;", "Line 1, Col 1: $TargetDedicatedNodes is a double between 0 and 2147483647"),
    (
        "$NodeDeallocationOption = 'later';",
        "Line 1, Col 1: $NodeDeallocationOption is one of requeue, terminate, taskcompletion, retaineddata",
    ),
    ("x = TimeInterval_Year * 1e9;", "Line 1, Col 23: the time is out of range"),
    ("x = time('9999-12-31') + TimeInterval_Year;", "Line 1, Col 24: the time is out of range"),
    ("$CPUPercent.GetSample('a');", "Line 1, Col 22: a timestamp or a timeinterval is expected, not a string"),
    ("$CPUPercent.GetSample(1, 2);", "Line 1, Col 22: GetSample takes a count, or one time or two and a percentage"),
    ("$CPUPercent.Count(1);", "Line 1, Col 18: Count takes no arguments"),
    ("$something_useless", "Line 1, Col 1: $something_useless is an unknown variable"),
    ("a = (1;", "Line 1, Col 7: ')' is expected before ;"),
]
UNCHANGED = "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"


def evaluate(emulator: EmulatorProcess, formula: str) -> dict[str, Any]:
    run: dict[str, Any] = emulator.post("/pools/p1/evaluateautoscale", {"autoScaleFormula": formula})
    return run


def value_of(emulator: EmulatorProcess, expression: str) -> str:
    """What an expression comes to, as the results show it."""
    run = evaluate(emulator, f"x = {expression};")
    assert "error" not in run, run["error"]
    return str(run["results"]).removeprefix(f"{UNCHANGED};x=")


@pytest.fixture
def pool(emulator: EmulatorProcess) -> EmulatorProcess:
    """An emulator with a frozen clock and a pool that scales."""
    emulator.post("/_emulator/clock", {"frozen": True})
    emulator.post("/pools", POOL)
    emulator.settle()
    return emulator


def test_every_operator_and_function_comes_to_its_value(pool: EmulatorProcess) -> None:
    assert {expression: value_of(pool, expression) for expression, _ in VALUES} == dict(VALUES)


def test_what_cannot_be_evaluated_is_said_with_its_place_and_changes_nothing(pool: EmulatorProcess) -> None:
    found = {}
    for formula, _ in FAULTS:
        run = evaluate(pool, formula)
        assert run["results"] == UNCHANGED
        assert run["error"]["code"] == "AutoScalingFormulaEvaluationError"
        assert [item["name"] for item in run["error"]["values"]] == ["Message"]
        found[formula] = run["error"]["values"][0]["value"]
    assert found == dict(FAULTS)


def test_results_have_the_targets_first_and_then_variables_by_name(pool: EmulatorProcess) -> None:
    run = evaluate(
        pool, "$b = 1; a = vec(1, 2); $A = 0; $NodeDeallocationOption = taskcompletion; $TargetDedicated = 4"
    )
    assert run["results"] == (
        "$TargetDedicatedNodes=4;$TargetLowPriorityNodes=0;$NodeDeallocationOption=taskcompletion;$A=0;$b=1;a=[1,2]"
    )


def test_the_full_name_of_a_target_beats_its_alias(pool: EmulatorProcess) -> None:
    run = evaluate(pool, "$TargetDedicatedNodes = 3; $TargetDedicated = 4; $TargetLowPriority = 1;")
    assert run["results"].startswith("$TargetDedicatedNodes=3;$TargetLowPriorityNodes=1;")


def test_a_stopped_formula_keeps_what_was_assigned(pool: EmulatorProcess) -> None:
    run = evaluate(pool, "$TargetDedicatedNodes = 3; $x = 1 ? stop() : 2; $TargetDedicatedNodes = 9;")
    assert run["results"] == UNCHANGED.replace("=2", "=3")
    assert "error" not in run


def test_only_the_chosen_side_is_evaluated(pool: EmulatorProcess) -> None:
    assert value_of(pool, "0 ? vec(1)[5] : 4") == "4"
    assert value_of(pool, "0 && vec(1)[5]") == "0"
    assert value_of(pool, "1 || vec(1)[5]") == "1"


@pytest.mark.parametrize(("switch", "target"), [("down", 2), ("nearest", 3), ("up", 3)])
def test_a_fraction_of_a_node_is_rounded_as_the_switch_says(pool: EmulatorProcess, switch: str, target: int) -> None:
    pool.switch("autoscale-fraction", switch)
    assert evaluate(pool, "$TargetDedicatedNodes = 2.7;")["results"].startswith(f"$TargetDedicatedNodes={target};")


def test_time_is_the_emulator_s(pool: EmulatorProcess) -> None:
    before = evaluate(pool, "$x = time();")
    pool.advance(3600)
    after = evaluate(pool, f"$x = time() - time('{before['timestamp']}');")
    assert after["results"] == f"{UNCHANGED};$x=01:00:00"


def seed(emulator: EmulatorProcess, **samples: Any) -> None:
    emulator.post("/_emulator/samples/p1", {f"${name}": values for name, values in samples.items()})


def test_samples_are_those_of_a_time_frame(pool: EmulatorProcess) -> None:
    seed(pool, CPUPercent=[1, 2, 3, 4, 5, 6])
    found = {
        "$CPUPercent.GetSample(1)": "[6]",
        "$CPUPercent.GetSample(100)": "[1,2,3,4,5,6]",
        "$CPUPercent.GetSample(TimeInterval_Minute)": "[5,6]",
        "$CPUPercent.GetSample(TimeInterval_Minute, 2 * TimeInterval_Minute)": "[3,4]",
        "$CPUPercent.GetSample(2 * TimeInterval_Minute, TimeInterval_Minute)": "[3,4]",
        "$CPUPercent.GetSample(time() + -TimeInterval_Minute, time())": "[5,6]",
        "$CPUPercent.GetSample(TimeInterval_Minute * 10, 30)": "[1,2,3,4,5,6]",
        "$CPUPercent.GetSamplePercent(TimeInterval_Minute * 10)": "30",
        "$CPUPercent.GetSamplePercent(TimeInterval_Minute * 3)": "100",
        "$CPUPercent.GetSamplePeriod()": "00:00:30",
        "$CPUPercent.Count()": "6",
        "time() - $CPUPercent.HistoryBeginTime()": "00:02:30",
        "$CPUPercent * 2": "12",
        "$MemoryBytes.GetSample(1)": "[]",
        "$MemoryBytes.GetSamplePercent(TimeInterval_Minute)": "0",
    }
    assert {expression: value_of(pool, expression) for expression in found} == found


def test_too_few_samples_fail_the_run_as_azure_says_it(pool: EmulatorProcess) -> None:
    seed(pool, CPUPercent=[1, None, None, 4])
    run = evaluate(pool, "$x = $CPUPercent.GetSample(2 * TimeInterval_Minute);")
    assert run["results"] == UNCHANGED
    assert run["error"]["code"] == "InsufficientSampleData"
    message = run["error"]["values"][0]
    text = "Line 1, Col 27: Insufficient data from data set: $CPUPercent wanted 70%, received 50%"
    assert message == {"name": "Message", "value": text}
    assert "error" not in evaluate(pool, "$x = $CPUPercent.GetSample(2 * TimeInterval_Minute, 50);")
    pool.switch("autoscale-sample-percent", 0)
    assert "error" not in evaluate(pool, "$x = $CPUPercent.GetSample(2 * TimeInterval_Minute);")
    run = evaluate(pool, "$x = $MemoryBytes + 1;")
    assert (run["error"]["code"], run["results"]) == ("InsufficientSampleData", UNCHANGED)


def test_samples_grow_old_and_can_be_given_back(pool: EmulatorProcess) -> None:
    seed(pool, PendingTasks=[9, 9])
    pool.advance(60)
    assert value_of(pool, "$PendingTasks.GetSamplePercent(TimeInterval_Minute)") == "0"
    seed(pool, PendingTasks=None)
    assert value_of(pool, "$PendingTasks.GetSample(TimeInterval_Minute)") == "[0,0]"


@pytest.mark.parametrize("body", [{}, {"$Heat": [1]}, {"$CPUPercent": [True]}, {"$CPUPercent": [0] * 2881}, []])
def test_samples_that_are_none_are_refused(pool: EmulatorProcess, body: Any) -> None:
    assert pool.call("POST", "/_emulator/samples/p1", body).status == 400
    assert pool.call("POST", "/_emulator/samples/p2", {"$CPUPercent": [1]}).status == 404


def test_a_pool_that_is_new_has_no_samples_yet(pool: EmulatorProcess) -> None:
    assert value_of(pool, "$PendingTasks.GetSamplePercent(TimeInterval_Minute * 3)") == "0"
    assert value_of(pool, "$CurrentDedicatedNodes") == "2"
    pool.advance(90)
    assert value_of(pool, "$PendingTasks.GetSamplePercent(TimeInterval_Minute * 3)") == "50"
    assert value_of(pool, "$CurrentDedicatedNodes.GetSample(2)") == "[2,2]"
    pool.switch("autoscale-sample-delay", 60)
    assert value_of(pool, "$PendingTasks.Count()") == "1"


def test_a_metric_keeps_the_samples_of_a_day(pool: EmulatorProcess) -> None:
    pool.advance(3 * 86_400)
    assert value_of(pool, "$PendingTasks.Count()") == "2880"
    assert value_of(pool, "time() - $PendingTasks.HistoryBeginTime()") == "23:59:30"


def test_tasks_are_sampled_by_their_own_times(pool: EmulatorProcess) -> None:
    pool.post("/jobs", {"id": "j1", "poolInfo": {"poolId": "P1"}, "usesTaskDependencies": True})
    pool.post("/jobs", {"id": "j2", "poolInfo": {"poolId": "other"}})
    pool.advance(31)
    for task_id, more in (
        ("1", {}),
        ("02", {}),
        ("3", {"dependsOn": {"taskIds": ["1"], "taskIdRanges": [{"start": 1, "end": 2}]}}),
        ("4", {"multiInstanceSettings": {"coordinationCommandLine": "x", "numberOfInstances": 3}}),
    ):
        pool.post("/jobs/j1/tasks", {"id": task_id, "commandLine": "x", **more})
    pool.post("/jobs/j2/tasks", {"id": "1", "commandLine": "x"})
    pool.advance(30)
    for task_id in ("1", "02"):
        pool.run_task("j1", task_id, state="running")
    pool.advance(30)
    pool.run_task("j1", "1", state="completed")
    pool.run_task("j1", "02", state="completed", exitCode=1)
    pool.advance(30)
    found = {name: value_of(pool, f"${name}Tasks.GetSample(4)") for name in ("Active", "Running", "Pending")}
    assert found == {"Active": "[0,5,3,3]", "Running": "[0,0,2,0]", "Pending": "[0,5,5,3]"}
    assert value_of(pool, "$SucceededTasks.GetSample(4)") == value_of(pool, "$FailedTasks.GetSample(4)") == "[0,0,0,1]"


def test_a_dependent_is_active_once_what_it_waits_for_has_succeeded(pool: EmulatorProcess) -> None:
    pool.post("/jobs", {"id": "j1", "poolInfo": {"poolId": "p1"}, "usesTaskDependencies": True})
    for task_id, needs in (("1", []), ("2", ["1"])):
        pool.post("/jobs/j1/tasks", {"id": task_id, "commandLine": "x", "dependsOn": {"taskIds": needs}})
    pool.advance(30)
    assert value_of(pool, "$ActiveTasks") == "1"
    pool.run_task("j1", "1", state="running")
    pool.run_task("j1", "1", state="completed")
    pool.advance(30)
    assert value_of(pool, "$ActiveTasks.GetSample(2)") == "[1,1]"
    pool.call("POST", "/jobs/j1/terminate", {})
    pool.settle()
    pool.advance(30)
    assert value_of(pool, "$ActiveTasks") == "0"


def test_ids_of_a_range_may_have_leading_zeros(pool: EmulatorProcess) -> None:
    pool.post("/jobs", {"id": "j1", "poolInfo": {"poolId": "p1"}, "usesTaskDependencies": True})
    pool.post("/jobs/j1/tasks", {"id": "1", "commandLine": "x"})
    pool.post("/jobs/j1/tasks", {"id": "002", "commandLine": "x"})
    for task_id, ends in (("far", 2**31 - 1), ("near", 2)):
        depends = {"taskIdRanges": [{"start": 1, "end": ends}]}
        pool.post("/jobs/j1/tasks", {"id": task_id, "commandLine": "x", "dependsOn": depends})
    for task_id in ("1", "002"):
        pool.run_task("j1", task_id, state="running")
        pool.run_task("j1", task_id, state="completed")
    pool.advance(30)
    assert value_of(pool, "$ActiveTasks") == "1"


def test_what_would_grow_without_end_is_refused(pool: EmulatorProcess) -> None:
    doubled = "x = vec(1, 2);" + "x = vec(x, x);" * 40
    message = evaluate(pool, doubled)["error"]["values"][0]["value"]
    assert message == "Line 1, Col 190: a vector has at most 10000 values"


def test_formulas_at_random_are_answered(pool: EmulatorProcess) -> None:
    words = (
        "1 2.5 1e400 'a' x vec( max( std( val( time( ( ) , ; = + - * / < == && ! ? : [ ] . $CPUPercent GetSample( hour"
    )
    chance = random.Random(5)
    codes = set()
    for _ in range(60):
        formula = "x = 1; " + " ".join(chance.choices(words.split(), k=chance.randint(1, 12)))
        codes.add(evaluate(pool, formula).get("error", {}).get("code"))
    assert codes >= {None, "AutoScalingFormulaEvaluationError"}
