"""What counts as gone, and whose answer an answer is, operation by operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from azure_batch_provider.batch import operations
from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.batch.operations import Operation
from azure_batch_provider.http.errors import ProtocolError, ServiceError
from tests.http.conftest import Connect
from tests.http.scripted_service import Answer, ScriptedService, error

Ask = Callable[[BatchClient], Any]
GONE: dict[str, set[str]] = {
    "CREATE_POOL": set(),
    "UPDATE_POOL": {"PoolNotFound"},
    "DELETE_POOL": {"PoolNotFound"},
    "RESIZE_POOL": {"PoolNotFound"},
    "STOP_POOL_RESIZE": {"PoolNotFound"},
    "ENABLE_POOL_AUTO_SCALE": {"PoolNotFound"},
    "DISABLE_POOL_AUTO_SCALE": {"PoolNotFound"},
    "GET_POOL": {"PoolNotFound"},
    "REPLACE_POOL_PROPERTIES": {"PoolNotFound"},
    "LIST_POOLS": set(),
    "LIST_NODES": {"PoolNotFound"},
    "LIST_POOL_NODE_COUNTS": set(),
    "LIST_SUPPORTED_IMAGES": set(),
    "LIST_APPLICATIONS": set(),
    "REBOOT_NODE": {"NodeNotFound", "PoolNotFound"},
    "REIMAGE_NODE": {"NodeNotFound", "PoolNotFound"},
    "LIST_NODE_FILES": {"NodeNotFound", "PoolNotFound"},
    "GET_NODE_FILE": {"NodeNotFound", "PoolNotFound", "FileNotFound"},
    "CREATE_JOB": set(),
    "GET_JOB": {"JobNotFound"},
    "UPDATE_JOB": {"JobNotFound"},
    "DISABLE_JOB": {"JobNotFound"},
    "ENABLE_JOB": {"JobNotFound"},
    "DELETE_JOB": {"JobNotFound"},
    "TERMINATE_JOB": {"JobNotFound"},
    "LIST_JOBS": set(),
    "GET_JOB_TASK_COUNTS": {"JobNotFound"},
    "CREATE_JOB_SCHEDULE": set(),
    "GET_JOB_SCHEDULE": {"JobScheduleNotFound"},
    "UPDATE_JOB_SCHEDULE": {"JobScheduleNotFound"},
    "DELETE_JOB_SCHEDULE": {"JobScheduleNotFound"},
    "TERMINATE_JOB_SCHEDULE": {"JobScheduleNotFound"},
    "LIST_JOB_SCHEDULES": set(),
    "LIST_JOBS_OF_SCHEDULE": {"JobScheduleNotFound"},
    "ADD_TASKS": {"JobNotFound"},
    "CREATE_TASK": {"JobNotFound"},
    "GET_TASK": {"TaskNotFound", "JobNotFound"},
    "DELETE_TASK": {"TaskNotFound", "JobNotFound"},
    "LIST_TASKS": {"JobNotFound"},
    "LIST_TASK_FILES": {"TaskNotFound", "JobNotFound"},
    "GET_TASK_FILE": {"TaskNotFound", "JobNotFound", "FileNotFound"},
}


IDS = ("j", "t", "f")
"""Of whatever an operation asks for, by their place in its path."""


def ask(name: str) -> Ask:
    operation: Operation = getattr(operations, name)
    ids = IDS[: operation.path.count("{}")]
    if operation is operations.GET_JOB_TASK_COUNTS:
        return lambda client: client.task_counts(*ids)
    if name.startswith("LIST"):
        return lambda client: list(client.list_all(operation, *ids))
    if name.startswith("GET"):
        return lambda client: client.get(operation, *ids)
    return lambda client: client.call(operation, *ids, body=None if operation.method == "DELETE" else {})


OPERATIONS = {name: (ask(name), gone) for name, gone in GONE.items()}
CODES = (
    "PoolNotFound",
    "JobNotFound",
    "JobScheduleNotFound",
    "TaskNotFound",
    "NodeNotFound",
    "FileNotFound",
    "ApplicationNotFound",
    "ResourceNotFound",
    "ProxyNotFound",
    "NotFound",
    "",
)


def test_every_operation_is_asked_for() -> None:
    assert {name for name, row in vars(operations).items() if isinstance(row, Operation)} == GONE.keys()


@pytest.mark.parametrize("name", OPERATIONS)
def test_gone_is_gone_only_by_the_code_of_the_thing_or_its_parent(connect: Connect, name: str) -> None:
    ask, gone = OPERATIONS[name]
    with ScriptedService(*(error(404, code) for code in CODES)) as service:
        client = BatchClient(connect(service.endpoint))
        believed = set()
        for code in CODES:
            with pytest.raises(ServiceError) as raised:
                ask(client)
            assert raised.value.code == code
            if raised.value.is_not_found:
                believed.add(code)
        client.close()
    assert believed == gone


@pytest.mark.parametrize("status", [400, 403, 409, 410, 500])
def test_the_code_alone_does_not_make_it_gone(connect: Connect, status: int) -> None:
    with ScriptedService(error(status, "JobNotFound")) as service, pytest.raises(ServiceError) as raised:
        BatchClient(connect(service.endpoint, request_timeout=1)).get(operations.GET_JOB, "j")
    assert not raised.value.is_not_found


def test_a_foreign_code_says_what_to_look_for(connect: Connect) -> None:
    with ScriptedService(error(404, "ProxyNotFound")) as service, pytest.raises(ServiceError) as raised:
        BatchClient(connect(service.endpoint)).get(operations.GET_JOB, "j")
    assert "does not say whether what was asked for exists: check `endpoint`, and any proxy" in str(raised.value)


GETS: dict[str, Callable[[BatchClient, str | None], Any]] = {
    "pool": lambda client, select: client.get(operations.GET_POOL, "Abc", select=select),
    "job": lambda client, select: client.get(operations.GET_JOB, "Abc", select=select),
    "task": lambda client, select: client.get(operations.GET_TASK, "Abc-job", "Abc", select=select),
}


@pytest.mark.parametrize("select", [None, "id,state", "state"])
@pytest.mark.parametrize("noun", GETS)
@pytest.mark.parametrize("shown", ["zzz", "Abc-job", "", "ab\u212a", 5, None, ["Abc"], {"id": "Abc"}, ...])
def test_an_answer_that_shows_another_thing_or_none_is_not_believed(
    connect: Connect, noun: str, select: str | None, shown: Any
) -> None:
    body = {"state": "active", **({} if shown is ... else {"id": shown})}
    with ScriptedService(Answer(200, body)) as service, pytest.raises(ProtocolError) as raised:
        GETS[noun](BatchClient(connect(service.endpoint)), select)
    what = "which is not what was asked for" if isinstance(shown, str) else "without an id"
    assert what in str(raised.value)


@pytest.mark.parametrize("noun", GETS)
@pytest.mark.parametrize("name", ["state", "creationTime", "eTag", "url", "executionInfo"])
@pytest.mark.parametrize("value", [5, ["x"], True])
def test_what_the_service_says_of_every_entity_has_its_type(connect: Connect, noun: str, name: str, value: Any) -> None:
    with (
        ScriptedService(Answer(200, {"id": "Abc", name: value})) as service,
        pytest.raises(ProtocolError, match=f"a `{name}` of another type"),
    ):
        GETS[noun](BatchClient(connect(service.endpoint)), None)


@pytest.mark.parametrize("noun", GETS)
def test_ids_have_no_case_and_are_asked_for_with_every_selection(connect: Connect, noun: str) -> None:
    with ScriptedService(Answer(200, {"id": "aBC", "state": "active"})) as service:
        client = BatchClient(connect(service.endpoint))
        assert GETS[noun](client, "state")["id"] == "aBC"
        client.close()
    assert service.requests[0].query["$select"] == "id,state"


def test_a_letter_that_only_folds_to_the_one_asked_for_is_another(connect: Connect) -> None:
    with ScriptedService(Answer(200, {"id": "\u212a"})) as service, pytest.raises(ProtocolError):
        BatchClient(connect(service.endpoint)).get(operations.GET_POOL, "k")


@pytest.mark.parametrize("items", [["text"], [None], [{}], [{"id": 5}], [{"id": "a"}, []]])
def test_a_list_of_things_without_ids_is_not_believed(connect: Connect, items: list[Any]) -> None:
    with ScriptedService(Answer(200, {"value": items})) as service:
        client = BatchClient(connect(service.endpoint))
        with pytest.raises(ProtocolError, match="without ids"):
            list(client.list_all(operations.LIST_JOBS))
        with pytest.raises(ProtocolError, match="without ids"):
            list(client.list_all(operations.LIST_TASKS, "j"))
        client.close()


@pytest.mark.parametrize("body", [{}, {"taskCounts": None}, {"taskCounts": {"active": "many"}}, {"taskCounts": [1]}])
def test_counts_of_another_shape_are_not_believed(connect: Connect, body: Any) -> None:
    with ScriptedService(Answer(200, body)) as service, pytest.raises(ProtocolError, match="without counts"):
        BatchClient(connect(service.endpoint)).task_counts("j")


@pytest.mark.parametrize("link", [5, ["x"], {"a": "b"}, "http://[::1"])
def test_a_further_page_that_is_not_a_url_is_not_followed(connect: Connect, link: Any) -> None:
    with (
        ScriptedService(Answer(200, {"value": [], "odata.nextLink": link})) as service,
        pytest.raises(ProtocolError, match="not followed"),
    ):
        list(BatchClient(connect(service.endpoint)).list_all(operations.LIST_JOBS))
