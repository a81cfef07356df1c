"""Pools and their nodes."""

from __future__ import annotations

from collections import Counter

from batch_emulator.operations.nodes import NODES
from batch_emulator.operations.pools import POOLS
from batch_emulator.pages import files
from batch_emulator.pages.slices import cut
from batch_emulator.pages.view import Shown, View
from batch_emulator.state.entities import Job, Node, Pool


def show_all(view: View) -> Shown:
    pools = view.account.store.of(Pool)
    return Shown("pools", "pools", {"pools": cut(pools.keys, pools.__getitem__, view.query)})


def show(view: View, pool_id: str) -> Shown:
    pool = view.found(Pool, pool_id)
    nodes = view.account.store.of(Node, pool.key)
    values = {
        "pool": pool,
        "body": view.body(POOLS, pool),
        "nodes": cut(nodes.keys, nodes.__getitem__, view.query),
        "states": sorted(Counter(node.state for node in nodes).items()),
        "jobs": [job for job in view.account.store.of(Job) if view.pool_of(job) is pool],
    }
    return Shown("pool", "pools", values)


def show_node(view: View, pool_id: str, node_id: str) -> Shown:
    pool = view.found(Pool, pool_id)
    node = view.found(Node, node_id, pool.key)
    recent = [{**task, "known": view.knows_task(task.get("jobId"), task.get("taskId"))} for task in node.recent_tasks]
    directory = files.of_node(view, node)
    values = {
        "pool": pool,
        "node": node,
        "body": view.body(NODES, node),
        "recent": recent,
        "outputs": files.start_task_outputs(directory),
        "files": files.listed(directory),
        "files_root": ["pools", pool.id, "nodes", node.id, "files"],
    }
    return Shown("node", "pools", values)
