from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.parts import MACHINE, values_of
from tests.emulator_process import EmulatorProcess

POOL: dict[str, Any] = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE, "enableAutoScale": True}
PENDING = """
// Half an hour of samples, or the latest one.
$samples = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 15);
$tasks = $samples < 70 ? max(0, $PendingTasks.GetSample(1)) :
    max($PendingTasks.GetSample(1), avg($PendingTasks.GetSample(TimeInterval_Minute * 15)));
$targetVMs = $tasks > 0 ? $tasks : max(0, $TargetDedicatedNodes / 2);
cappedPoolSize = 20;
$TargetDedicatedNodes = max(0, min($targetVMs, cappedPoolSize));
$NodeDeallocationOption = taskcompletion;
"""
CLOCK = (
    "$curTime = time();\n$workHours = $curTime.hour >= 8 && $curTime.hour < 18;"
    '$isWeekend = !(time("2026-01-05").weekday >= 1) || $workHours == 0;'
)
GOOD = [
    "$TargetDedicatedNodes=3",
    "$TargetDedicatedNodes = 3;",
    " x = -1.5e3 ; // the last line",
    "$TargetDedicated=min(100,(($CPUPercent.GetSamplePercent(TimeInterval_Minute*0)<0.7)?5:$CurrentDedicated*1.1));",
    "$v = $CPUPercent.GetSample(1)[0]; $w = 'a' < \"b\"; stop();",
    "$CPUPercent.GetSample(1)",
    "x=" + "(" * 31 + "1" + ")" * 31,
    "x=" + "1+" * 4000 + "1;",
    "x=" + "-" * 8000 + "1;",
    ";".join(["x = 1"] * 100),
    PENDING,
    CLOCK,
]
BAD = [
    ("x", "Line 1, Col 1: x is an unknown variable"),
    ("a = 1;\nb = a + $b;", "Line 2, Col 9: $b is an unknown variable"),
    ("$TargetDedicatedNodes = ", "Line 1, Col 25: a value is expected before the end"),
    ("$TargetDedicatedNodes 3;", "Line 1, Col 23: ';' is expected before 3"),
    ("a = 1\nb = 2;", "Line 2, Col 1: ';' is expected before b"),
    ("a = (1;", "Line 1, Col 7: ')' is expected before ;"),
    ("a = 1 ? 2;", "Line 1, Col 10: ':' is expected before ;"),
    ("a = min(1,);", "Line 1, Col 11: a value is expected before )"),
    ("a = avg;", "Line 1, Col 5: avg is an unknown variable"),
    ("a = mean(1);", "Line 1, Col 5: mean is an unknown function"),
    ("a = val(1);", "Line 1, Col 8: val does not take 1 arguments"),
    ("a = $CPUPercent.;", "Line 1, Col 17: a method is expected before ;"),
    ("a = $CPUPercent.GetSamples(1);", "Line 1, Col 17: GetSamples is an unknown method"),
    ("a = time().hours;", "Line 1, Col 12: hours is an unknown member"),
    ("// why\n$CPUPercent = 1;", "Line 2, Col 1: $CPUPercent cannot be assigned"),
    ("requeue = 1;", "Line 1, Col 1: requeue cannot be assigned"),
    ("a = 'text;", 'Line 1, Col 5: "\'" is not part of the language'),
    ("a = 1 % 2;", "Line 1, Col 7: '%' is not part of the language"),
    ("3 = 4;", "Line 1, Col 3: ';' is expected before ="),
    (";", "Line 1, Col 1: a value is expected before ;"),
    ("x=" + "(" * 4000, "Line 1, Col 35: the expression is nested too deeply"),
    ("x=1[0][0][0][0]", "Line 1, Col 13: the expression is nested too deeply"),
    (";".join(["x=1"] * 101), "Line 1, Col 401: a formula has at most 100 statements"),
]


@pytest.mark.parametrize("formula", GOOD, ids=range(len(GOOD)))
def test_a_formula_is_taken_and_read_back_as_it_was_sent(emulator: EmulatorProcess, formula: str) -> None:
    emulator.post("/pools", {**POOL, "autoScaleFormula": formula})
    assert emulator.get("/pools/p1")["autoScaleFormula"] == formula


@pytest.mark.parametrize(("formula", "reason"), BAD)
def test_a_formula_that_cannot_be_parsed_is_refused_with_the_place(
    emulator: EmulatorProcess, formula: str, reason: str
) -> None:
    reply = emulator.call("POST", "/pools", {**POOL, "autoScaleFormula": formula})
    assert (reply.status, reply.body["code"]) == (400, "AutoScalingFormulaSyntaxError")
    assert values_of(reply.body) == {"PropertyName": "autoScaleFormula", "Reason": f"{reason}."}
    assert emulator.get("/pools")["value"] == []


def test_the_formula_of_an_auto_pool_is_not_parsed_before_the_pool_is_made(emulator: EmulatorProcess) -> None:
    pool = {**POOL, "autoScaleFormula": "x"}
    del pool["id"]
    auto = {"poolLifetimeOption": "job", "pool": pool}
    assert emulator.call("POST", "/jobs", {"id": "j1", "poolInfo": {"autoPoolSpecification": auto}}).status == 201
