"""The one table of the service's operations: a row says what a request may bring and what handles it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from batch_emulator.operations import (
    applications,
    autoscale,
    certificates,
    files,
    job_schedules,
    jobs,
    node_counts,
    node_extensions,
    node_users,
    nodes,
    pools,
    resizes,
    special_tasks,
    subtasks,
    supported_images,
    task_collection,
    tasks,
    usage_metrics,
)
from batch_emulator.operations.job_schedules import SCHEDULES
from batch_emulator.protocol.conditions import DATES_ONLY
from batch_emulator.protocol.conditions import HEADERS as CONDITIONS
from batch_emulator.protocol.versions import BOTH, V2024
from batch_emulator.protocol.wire import Answer, Call
from batch_emulator.simulation.machine import SimulatedAccount

Handler = Callable[[SimulatedAccount, Call], Answer]
_LIST = ("$filter", "$select", "$expand", "maxresults", "$skiptoken")
_GET = ("$select", "$expand")
_NODES = ("$filter", "$select", "maxresults", "$skiptoken")
_COUNTS = ("$filter", "maxresults", "$skiptoken")
_USAGE = ("starttime", "endtime", *_COUNTS)
_FILES = ("$filter", "maxresults", "recursive", "$skiptoken")
_NODE = "/pools/{pool}/nodes/{node}"
_TASK = "/jobs/{job}/tasks/{task}"


@dataclass(frozen=True)
class Operation:
    """`path` has its variable parts in braces. `conditional` are the conditional headers that it honours."""

    name: str
    method: str
    path: str
    handler: Handler
    query: tuple[str, ...] = ()
    conditional: tuple[str, ...] = ()
    body: str = "none"
    """none, required or optional"""
    versions: tuple[str, ...] = BOTH


def _op(
    name: str,
    route: str,
    handler: Handler,
    query: tuple[str, ...] = (),
    *,
    conditional: bool | tuple[str, ...] = False,
    body: str = "none",
    versions: tuple[str, ...] = BOTH,
) -> Operation:
    method, path = route.split()
    honoured = conditional if isinstance(conditional, tuple) else CONDITIONS if conditional else ()
    return Operation(name, method, path, handler, query, honoured, body, versions)


OPERATIONS = (
    _op("Pool - List", "GET /pools", pools.POOLS.list, _LIST),
    _op("Pool - Add", "POST /pools", pools.add, body="required"),
    _op("Pool - Get", "GET /pools/{pool}", pools.POOLS.get, _GET, conditional=True),
    _op("Pool - Exists", "HEAD /pools/{pool}", pools.POOLS.exists, conditional=True),
    _op("Pool - Patch", "PATCH /pools/{pool}", pools.patch, conditional=True, body="required"),
    _op("Pool - Delete", "DELETE /pools/{pool}", pools.delete, conditional=True),
    _op("Pool - Update Properties", "POST /pools/{pool}/updateproperties", pools.replace_properties, body="required"),
    _op("Pool - Resize", "POST /pools/{pool}/resize", resizes.resize, conditional=True, body="required"),
    _op("Pool - Stop Resize", "POST /pools/{pool}/stopresize", resizes.stop_resize, conditional=True),
    _op(
        "Pool - Enable Auto Scale",
        "POST /pools/{pool}/enableautoscale",
        autoscale.enable,
        conditional=True,
        body="required",
    ),
    _op("Pool - Disable Auto Scale", "POST /pools/{pool}/disableautoscale", autoscale.disable),
    _op("Pool - Evaluate Auto Scale", "POST /pools/{pool}/evaluateautoscale", autoscale.evaluate, body="required"),
    _op(
        "Pool - Remove Nodes", "POST /pools/{pool}/removenodes", resizes.remove_nodes, conditional=True, body="required"
    ),
    _op("Pool - List Usage Metrics", "GET /poolusagemetrics", usage_metrics.usage_metrics, _USAGE),
    _op("Job - List", "GET /jobs", jobs.JOBS.list, _LIST),
    _op("Job - Add", "POST /jobs", jobs.add, body="required"),
    _op("Job - Get", "GET /jobs/{job}", jobs.JOBS.get, _GET, conditional=True),
    _op("Job - Patch", "PATCH /jobs/{job}", jobs.patch, conditional=True, body="required"),
    _op("Job - Update", "PUT /jobs/{job}", jobs.update, conditional=True, body="required"),
    _op("Job - Delete", "DELETE /jobs/{job}", jobs.delete, ("force",), conditional=True),
    _op("Job - Disable", "POST /jobs/{job}/disable", jobs.disable, conditional=True, body="required"),
    _op("Job - Enable", "POST /jobs/{job}/enable", jobs.enable, conditional=True),
    _op("Job - Terminate", "POST /jobs/{job}/terminate", jobs.terminate, ("force",), conditional=True, body="optional"),
    _op("Job - Get Task Counts", "GET /jobs/{job}/taskcounts", jobs.task_counts),
    _op(
        "Job - List Preparation And Release Task Status",
        "GET /jobs/{job}/jobpreparationandreleasetaskstatus",
        special_tasks.status,
        ("$filter", "$select", "maxresults", "$skiptoken"),
    ),
    _op("Job - List From Job Schedule", "GET /jobschedules/{schedule}/jobs", job_schedules.jobs, _LIST),
    _op("Job Schedule - List", "GET /jobschedules", SCHEDULES.list, _LIST),
    _op("Job Schedule - Add", "POST /jobschedules", job_schedules.add, body="required"),
    _op("Job Schedule - Get", "GET /jobschedules/{schedule}", SCHEDULES.get, _GET, conditional=True),
    _op("Job Schedule - Exists", "HEAD /jobschedules/{schedule}", SCHEDULES.exists, conditional=True),
    _op(
        "Job Schedule - Patch",
        "PATCH /jobschedules/{schedule}",
        job_schedules.patch,
        conditional=True,
        body="required",
    ),
    _op(
        "Job Schedule - Update",
        "PUT /jobschedules/{schedule}",
        job_schedules.update,
        conditional=True,
        body="required",
    ),
    _op(
        "Job Schedule - Delete",
        "DELETE /jobschedules/{schedule}",
        job_schedules.delete,
        ("force",),
        conditional=True,
    ),
    _op("Job Schedule - Disable", "POST /jobschedules/{schedule}/disable", job_schedules.disable, conditional=True),
    _op("Job Schedule - Enable", "POST /jobschedules/{schedule}/enable", job_schedules.enable, conditional=True),
    _op(
        "Job Schedule - Terminate",
        "POST /jobschedules/{schedule}/terminate",
        job_schedules.terminate,
        ("force",),
        conditional=True,
    ),
    _op("Task - List", "GET /jobs/{job}/tasks", tasks.TASKS.list, _LIST),
    _op("Task - Add", "POST /jobs/{job}/tasks", tasks.add, body="required"),
    _op("Task - Add Collection", "POST /jobs/{job}/addtaskcollection", task_collection.add_collection, body="required"),
    _op("Task - Get", "GET /jobs/{job}/tasks/{task}", tasks.TASKS.get, _GET, conditional=True),
    _op("Task - Update", "PUT /jobs/{job}/tasks/{task}", tasks.update, conditional=True, body="required"),
    _op("Task - Delete", "DELETE /jobs/{job}/tasks/{task}", tasks.delete, conditional=True),
    _op("Task - Terminate", "POST /jobs/{job}/tasks/{task}/terminate", tasks.terminate, conditional=True),
    _op("Task - Reactivate", "POST /jobs/{job}/tasks/{task}/reactivate", tasks.reactivate, conditional=True),
    _op("Task - List Subtasks", f"GET {_TASK}/subtasksinfo", subtasks.list_all, ("$select", "$skiptoken")),
    _op("File - List From Task", f"GET {_TASK}/files", files.list_of_task, _FILES),
    _op("File - Get From Task", f"GET {_TASK}/files/{{*file}}", files.get_of_task, conditional=DATES_ONLY),
    _op(
        "File - Get Properties From Task",
        f"HEAD {_TASK}/files/{{*file}}",
        files.properties_of_task,
        conditional=DATES_ONLY,
    ),
    _op("File - Delete From Task", f"DELETE {_TASK}/files/{{*file}}", files.delete_of_task, ("recursive",)),
    _op("Compute Node - List", "GET /pools/{pool}/nodes", nodes.NODES.list, _NODES),
    _op("Compute Node - Get", f"GET {_NODE}", nodes.NODES.get, ("$select",)),
    _op("Compute Node - Reboot", f"POST {_NODE}/reboot", nodes.reboot, body="optional"),
    _op("Compute Node - Reimage", f"POST {_NODE}/reimage", nodes.reimage, body="optional"),
    _op("Compute Node - Start", f"POST {_NODE}/start", nodes.start),
    _op("Compute Node - Deallocate", f"POST {_NODE}/deallocate", nodes.deallocate, body="optional"),
    _op(
        "Compute Node - Disable Scheduling",
        f"POST {_NODE}/disablescheduling",
        nodes.disable_scheduling,
        body="optional",
    ),
    _op("Compute Node - Enable Scheduling", f"POST {_NODE}/enablescheduling", nodes.enable_scheduling),
    _op("Compute Node - Get Remote Login Settings", f"GET {_NODE}/remoteloginsettings", nodes.remote_login_settings),
    _op("Compute Node - Get Remote Desktop", f"GET {_NODE}/rdp", nodes.remote_desktop, versions=(V2024,)),
    _op(
        "Compute Node - Upload Batch Service Logs",
        f"POST {_NODE}/uploadbatchservicelogs",
        nodes.upload_logs,
        body="required",
    ),
    _op("Compute Node - Add User", f"POST {_NODE}/users", node_users.add, body="required"),
    _op("Compute Node - Update User", f"PUT {_NODE}/users/{{user}}", node_users.update, body="required"),
    _op("Compute Node - Delete User", f"DELETE {_NODE}/users/{{user}}", node_users.delete),
    _op("Compute Node Extension - List", f"GET {_NODE}/extensions", node_extensions.list_extensions, _NODES[1:]),
    _op("Compute Node Extension - Get", f"GET {_NODE}/extensions/{{extension}}", node_extensions.get, ("$select",)),
    _op("File - List From Compute Node", f"GET {_NODE}/files", files.list_of_node, _FILES),
    _op("File - Get From Compute Node", f"GET {_NODE}/files/{{*file}}", files.get_of_node, conditional=DATES_ONLY),
    _op(
        "File - Get Properties From Compute Node",
        f"HEAD {_NODE}/files/{{*file}}",
        files.properties_of_node,
        conditional=DATES_ONLY,
    ),
    _op("File - Delete From Compute Node", f"DELETE {_NODE}/files/{{*file}}", files.delete_of_node, ("recursive",)),
    _op("Application - List", "GET /applications", applications.list_all, ("maxresults", "$skiptoken")),
    _op("Application - Get", "GET /applications/{application}", applications.get),
    _op(
        "Account - List Supported Images",
        "GET /supportedimages",
        supported_images.list_all,
        ("$filter", "maxresults", "$skiptoken"),
    ),
    _op("Account - List Pool Node Counts", "GET /nodecounts", node_counts.node_counts, _COUNTS),
    _op(
        "Certificate - List",
        "GET /certificates",
        certificates.list_all,
        ("$filter", "$select", "maxresults", "$skiptoken"),
        versions=(V2024,),
    ),
    _op("Certificate - Add", "POST /certificates", certificates.add, body="required", versions=(V2024,)),
    _op(
        "Certificate - Get",
        "GET /certificates({certificate})",
        certificates.missing,
        ("$select",),
        versions=(V2024,),
    ),
    _op("Certificate - Delete", "DELETE /certificates({certificate})", certificates.missing, versions=(V2024,)),
    _op(
        "Certificate - Cancel Deletion",
        "POST /certificates({certificate})/canceldelete",
        certificates.missing,
        versions=(V2024,),
    ),
)
