"""Automatic scaling of pools, driven by Microsoft's client."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError

from tests.emulator.parts import MACHINE, code_of, pool_options, values_of
from tests.emulator_process import EmulatorProcess

POOL: dict[str, Any] = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE}
MINUTE = datetime.timedelta(minutes=1)


def scaling(formula: str | None, minutes: int | None = None) -> models.BatchPoolEnableAutoScaleOptions:
    interval = None if minutes is None else minutes * MINUTE
    return models.BatchPoolEnableAutoScaleOptions(auto_scale_formula=formula, auto_scale_evaluation_interval=interval)


def test_scaling_is_enabled_evaluated_at_once_and_disabled(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_pool(pool_options("p1"))
    emulator.settle()
    before = client.get_pool("p1")
    client.enable_pool_auto_scale("p1", scaling("$TargetDedicatedNodes=2", 6))
    pool = emulator.get("/pools/p1")
    assert (pool["enableAutoScale"], pool["autoScaleFormula"]) == (True, "$TargetDedicatedNodes=2")
    assert (pool["autoScaleEvaluationInterval"], pool["targetDedicatedNodes"]) == ("PT6M", 2)
    results = "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"
    assert pool["autoScaleRun"] == {"timestamp": pool["lastModified"], "results": results}
    assert (pool["allocationState"], pool["allocationStateTransitionTime"]) == ("resizing", pool["lastModified"])
    assert pool["eTag"] != before.etag
    emulator.settle()
    assert client.get_pool("p1").current_dedicated_nodes == 2
    client.disable_pool_auto_scale("p1")
    after = emulator.get("/pools/p1")
    assert (after["enableAutoScale"], after["targetDedicatedNodes"]) == (False, 2)
    assert after["eTag"] != pool["eTag"] and after["allocationState"] == "steady"
    assert not after.keys() & {"autoScaleFormula", "autoScaleEvaluationInterval", "autoScaleRun"}


def test_a_formula_is_evaluated_without_being_applied(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_pool(pool_options("p1", enable_auto_scale=True, auto_scale_formula="$TargetDedicatedNodes=1"))
    options = models.BatchPoolEvaluateAutoScaleOptions(auto_scale_formula="$TargetDedicatedNodes=3")
    run = client.evaluate_pool_auto_scale("p1", options)
    assert run.error is None
    assert run.results == "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"
    options = models.BatchPoolEvaluateAutoScaleOptions(auto_scale_formula="$something_useless")
    run = client.evaluate_pool_auto_scale("p1", options)
    assert run.results == "$TargetDedicatedNodes=1;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"
    assert run.error is not None and run.error.code == "AutoScalingFormulaEvaluationError"
    assert run.error.error_values is not None
    assert [item.name for item in run.error.error_values] == ["Message"]
    assert client.get_pool("p1").target_dedicated_nodes == 1


def test_the_answers_bear_the_headers_that_azure_s_bear(emulator: EmulatorProcess) -> None:
    emulator.post("/pools", POOL)
    emulator.settle()
    url = f"{emulator.endpoint}/pools/p1"
    reply = emulator.call("POST", "/pools/p1/enableautoscale", {"autoScaleFormula": "$TargetDedicatedNodes=2"})
    assert (reply.status, reply.body) == (200, None)
    assert reply.headers["dataserviceid"] == f"{url}/enableautoscale"
    assert reply.headers["etag"] == emulator.get("/pools/p1")["eTag"]
    reply = emulator.call("POST", "/pools/p1/evaluateautoscale", {"autoScaleFormula": "x = 1"})
    assert (reply.status, reply.headers["dataserviceid"]) == (200, f"{url}/evaluateautoscale")
    assert "etag" not in reply.headers and "last-modified" not in reply.headers
    kind = "Microsoft.Azure.Batch.Protocol.Entities.AutoScaleRun"
    assert reply.body["odata.metadata"] == f"{emulator.endpoint}/$metadata#{kind}"
    assert list(reply.body) == ["odata.metadata", "timestamp", "results"]
    reply = emulator.call("POST", "/pools/p1/disableautoscale")
    assert (reply.status, reply.body) == (200, None)
    assert reply.headers["etag"] == emulator.get("/pools/p1")["eTag"]


def test_the_clock_evaluates_a_formula_at_its_interval(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.post("/_emulator/clock", {"frozen": True})
    formula = "$TargetDedicatedNodes = $TargetDedicatedNodes + 1;"
    options = pool_options("p1", enable_auto_scale=True, auto_scale_formula=formula)
    client.create_pool(options)
    etag = client.get_pool("p1").etag

    def run() -> tuple[int | None, datetime.datetime]:
        pool = client.get_pool("p1")
        assert pool.auto_scale_run is not None and pool.etag == etag
        return pool.target_dedicated_nodes, pool.auto_scale_run.timestamp

    first = run()
    assert first[0] == 1
    emulator.advance(14 * 60 + 59)
    assert run() == first
    emulator.advance(1)
    assert run() == (2, first[1] + 15 * MINUTE)
    emulator.advance(40 * 60)
    assert run() == (4, first[1] + 45 * MINUTE)
    emulator.advance(5 * 60)
    assert run() == (5, first[1] + 60 * MINUTE)
    emulator.advance(365 * 86_400)
    assert run() == (5 + 96, first[1] + 60 * MINUTE + datetime.timedelta(days=365))


def test_an_evaluation_that_changes_the_targets_resizes_the_pool(emulator: EmulatorProcess) -> None:
    formula = "$TargetDedicatedNodes = $PendingTasks.GetSamplePercent(60 * TimeInterval_Second) < 70 ? 1 : 2;"
    emulator.post("/pools", {**POOL, "enableAutoScale": True, "autoScaleFormula": formula})
    emulator.settle()
    assert emulator.get("/pools/p1")["currentDedicatedNodes"] == 1
    emulator.advance(15 * 60)
    pool = emulator.get("/pools/p1")
    assert (pool["allocationState"], pool["targetDedicatedNodes"], pool["currentDedicatedNodes"]) == ("resizing", 2, 1)
    pool = emulator.get("/pools/p1")
    assert (pool["allocationState"], pool["currentDedicatedNodes"]) == ("steady", 2)
    emulator.advance(15 * 60)
    assert emulator.get("/pools/p1")["allocationState"] == "steady"


def test_a_formula_that_fails_leaves_the_targets_and_says_why(emulator: EmulatorProcess) -> None:
    formula = "$TargetDedicatedNodes = min(3, $CPUPercent.GetSample(TimeInterval_Minute * 5, 50));"
    emulator.post("/pools", {**POOL, "enableAutoScale": True, "autoScaleFormula": formula})
    pool = emulator.get("/pools/p1")
    assert pool["targetDedicatedNodes"] == 0
    assert pool["autoScaleRun"]["error"]["code"] == "InsufficientSampleData"
    emulator.advance(14 * 60 + 59)
    emulator.post("/_emulator/samples/p1", {"$CPUPercent": [4] * 10})
    emulator.advance(2)
    pool = emulator.get("/pools/p1")
    assert pool["targetDedicatedNodes"] == 3 and "error" not in pool["autoScaleRun"]


def test_what_is_not_sent_stays_and_the_schedule_starts_anew(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.post("/_emulator/clock", {"frozen": True})
    client.create_pool(pool_options("p1", enable_auto_scale=True, auto_scale_formula="$TargetDedicatedNodes=1"))
    emulator.settle()
    emulator.advance(10 * 60)
    client.enable_pool_auto_scale("p1", scaling(None, 20))
    pool = client.get_pool("p1")
    assert (pool.auto_scale_formula, pool.auto_scale_evaluation_interval) == ("$TargetDedicatedNodes=1", 20 * MINUTE)
    emulator.advance(19 * 60)
    assert client.get_pool("p1").auto_scale_run == pool.auto_scale_run
    emulator.advance(60)
    client.enable_pool_auto_scale("p1", scaling("$TargetDedicatedNodes=2"))
    pool = client.get_pool("p1")
    assert (pool.target_dedicated_nodes, pool.auto_scale_evaluation_interval) == (2, 20 * MINUTE)


def test_enabling_is_refused_within_thirty_seconds(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.post("/_emulator/clock", {"frozen": True})
    client.create_pool(pool_options("p1"))
    emulator.settle()
    client.enable_pool_auto_scale("p1", scaling("$TargetDedicatedNodes=0"))
    emulator.advance(29)
    reply = emulator.call("POST", "/pools/p1/enableautoscale", {"autoScaleFormula": "$TargetDedicatedNodes=1"})
    assert (reply.status, reply.body["code"]) == (503, "TooManyEnableAutoScaleRequests")
    emulator.advance(2)
    client.enable_pool_auto_scale("p1", scaling("$TargetDedicatedNodes=1"))
    emulator.switch("enable-autoscale-interval", 0)
    client.enable_pool_auto_scale("p1", scaling("$TargetDedicatedNodes=2"))
    assert client.get_pool("p1").target_dedicated_nodes == 2


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({}, "MissingRequiredProperty", "autoScaleFormula"),
    ({"autoScaleFormula": ""}, "InvalidPropertyValue", "autoScaleFormula"),
    ({"autoScaleFormula": "x"}, "AutoScalingFormulaSyntaxError", "autoScaleFormula"),
    ({"autoScaleFormula": "x=1;" * 3000}, "AutoScalingFormulaTooLong", "autoScaleFormula"),
    (
        {"autoScaleFormula": "x=1", "autoScaleEvaluationInterval": "PT4M59S"},
        "InvalidPropertyValue",
        "autoScaleEvaluationInterval",
    ),
    (
        {"autoScaleFormula": "x=1", "autoScaleEvaluationInterval": "P7DT1S"},
        "InvalidPropertyValue",
        "autoScaleEvaluationInterval",
    ),
    ({"autoScaleFormula": "x=1", "colour": "red"}, "UnsupportedProperty", "colour"),
]


@pytest.mark.parametrize(("body", "code", "name"), REFUSED)
def test_settings_that_are_none_are_refused(
    emulator: EmulatorProcess, body: dict[str, Any], code: str, name: str
) -> None:
    emulator.post("/pools", POOL)
    reply = emulator.call("POST", "/pools/p1/enableautoscale", body)
    assert (reply.status, reply.body["code"], values_of(reply.body)["PropertyName"]) == (400, code, name)
    assert emulator.get("/pools/p1")["enableAutoScale"] is False


def test_a_formula_that_is_too_long_or_missing_is_not_evaluated(emulator: EmulatorProcess) -> None:
    emulator.post("/pools", {**POOL, "enableAutoScale": True, "autoScaleFormula": "x=1"})
    for body, code in (
        ({}, "MissingRequiredProperty"),
        ({"autoScaleFormula": "x" * 8193}, "AutoScalingFormulaTooLong"),
    ):
        reply = emulator.call("POST", "/pools/p1/evaluateautoscale", body)
        assert (reply.status, reply.body["code"]) == (400, code)


@pytest.mark.parametrize("code", ["OperationInvalidForCurrentState", "OperationNotValidOnPool"])
def test_a_pool_that_does_not_scale_evaluates_nothing(
    client: BatchClient, emulator: EmulatorProcess, code: str
) -> None:
    emulator.switch("autoscale-not-enabled-code", code)
    client.create_pool(pool_options("p1"))
    with pytest.raises(ResourceExistsError) as caught:
        client.evaluate_pool_auto_scale("p1", models.BatchPoolEvaluateAutoScaleOptions(auto_scale_formula="x=1"))
    assert code_of(caught) == code
    client.disable_pool_auto_scale("p1")


def test_a_pool_that_is_resized_keeps_its_etag_or_is_refused(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.switch("polls", 9)
    client.create_pool(pool_options("p1", target_dedicated_nodes=1))
    etag = client.get_pool("p1").etag
    client.enable_pool_auto_scale("p1", scaling("$TargetDedicatedNodes=4"))
    pool = client.get_pool("p1")
    assert (pool.etag, pool.target_dedicated_nodes, pool.allocation_state) == (etag, 4, "resizing")
    emulator.switch("autoscale-while-resizing", "refuse")
    with pytest.raises(ResourceExistsError) as caught:
        client.enable_pool_auto_scale("p1", scaling("$TargetDedicatedNodes=5"))
    assert code_of(caught) == "PoolBeingResized"


def test_pools_that_are_gone_or_going_do_not_scale(client: BatchClient, emulator: EmulatorProcess) -> None:
    with pytest.raises(ResourceNotFoundError):
        client.enable_pool_auto_scale("p1", scaling("x=1"))
    emulator.switch("polls", 9)
    client.create_pool(pool_options("p1", enable_auto_scale=True, auto_scale_formula="$TargetDedicatedNodes=1"))
    emulator.call("DELETE", "/pools/p1")
    options = models.BatchPoolEvaluateAutoScaleOptions(auto_scale_formula="x=1")
    for attempt in (
        lambda: client.enable_pool_auto_scale("p1", scaling("x=1")),
        lambda: client.disable_pool_auto_scale("p1"),
        lambda: client.evaluate_pool_auto_scale("p1", options),
    ):
        with pytest.raises(HttpResponseError) as caught:
            attempt()
        assert code_of(caught) == "PoolBeingDeleted"
    emulator.advance(3600)
    assert emulator.get("/pools/p1")["targetDedicatedNodes"] == 0


def test_enabling_honours_conditions(client: BatchClient) -> None:
    client.create_pool(pool_options("p1"))
    etag = client.get_pool("p1").etag
    with pytest.raises(ResourceModifiedError):
        client.enable_pool_auto_scale("p1", scaling("x=1"), etag="0x1", match_condition=MatchConditions.IfNotModified)
    client.enable_pool_auto_scale("p1", scaling("x=1"), etag=etag, match_condition=MatchConditions.IfNotModified)


def test_an_auto_pool_whose_formula_cannot_be_parsed_says_so(emulator: EmulatorProcess) -> None:
    pool = {**POOL, "enableAutoScale": True, "autoScaleFormula": "x"}
    del pool["id"]
    auto = {"poolLifetimeOption": "job", "pool": pool}
    emulator.post("/jobs", {"id": "j1", "poolInfo": {"autoPoolSpecification": auto}})
    pool_id = emulator.get("/jobs/j1")["executionInfo"]["poolId"]
    run = emulator.get(f"/pools/{pool_id}")["autoScaleRun"]
    assert run["error"]["code"] == "AutoScalingFormulaEvaluationError"


def test_scaling_goes_on_after_a_restart_and_applications_are_there(tmp_path: Path) -> None:
    formula = "$TargetDedicatedNodes = $CPUPercent.Count();"
    with EmulatorProcess("--location", str(tmp_path)) as emulator:
        emulator.post("/_emulator/clock", {"frozen": True})
        emulator.post("/pools", {**POOL, "enableAutoScale": True, "autoScaleFormula": formula})
        emulator.post("/_emulator/samples/p1", {"$CPUPercent": [1, 2, 3]})
        emulator.post("/_emulator/applications", {"id": "a", "versions": ["1"]})
        before = emulator.get("/pools/p1")["autoScaleRun"]
        assert emulator.kill() != 0
    with EmulatorProcess("--location", str(tmp_path)) as emulator:
        assert emulator.get("/pools/p1")["autoScaleRun"] == before
        assert emulator.get("/applications/a")["versions"] == ["1"]
        emulator.advance(15 * 60)
        pool = emulator.get("/pools/p1")
        assert (pool["targetDedicatedNodes"], pool["autoScaleRun"]["timestamp"] > before["timestamp"]) == (3, True)
