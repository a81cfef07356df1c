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
    "$v = $CPUPercent.GetSample(1)[0]; $w = 'a' + \"b\";",
    "x=" + "(" * 50 + "1" + ")" * 50,
    PENDING,
]
BAD = [
    ("x", "'=' is expected before the end at line 1, column 2"),
    ("$TargetDedicatedNodes = ", "a value is expected before the end at line 1, column 25"),
    ("$TargetDedicatedNodes 3;", "'=' is expected before 3 at line 1, column 23"),
    ("a = 1\nb = 2;", "';' is expected before b at line 2, column 1"),
    ("a = (1;", "')' is expected before ; at line 1, column 7"),
    ("a = 1 ? 2;", "':' is expected before ; at line 1, column 10"),
    ("a = min(1,);", "a value is expected before ) at line 1, column 11"),
    ("a = $CPUPercent.;", "a method is expected before ; at line 1, column 17"),
    ("a = 'text;", '"\'" is not part of the language at line 1, column 5'),
    ("a = 1 % 2;", "'%' is not part of the language at line 1, column 7"),
    ("3 = a;", "an assignment is expected before 3 at line 1, column 1"),
    (";", "an assignment is expected before ; at line 1, column 1"),
    ("a == 1;", "'=' is expected before == at line 1, column 3"),
    ("x=" + "(" * 4000, "the expression is nested too deeply at line 1, column 103"),
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
