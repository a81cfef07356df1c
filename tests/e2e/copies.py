"""Processes of Python that an engine attaches to, begun as copies of one that has loaded Pulumi and our package.

Pulumi's runtime keeps its state in globals, so each operation of the engine has processes of its own; but to load the
modules takes longer than most operations. What is copied has loaded them and done nothing else.
"""

from __future__ import annotations

import functools
import importlib.util
import io
import multiprocessing
import os
import runpy
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

_copies = multiprocessing.get_context("forkserver")
_copies.set_forkserver_preload(
    ["pulumi.automation", "azure_batch_provider.dynamic", "azure_batch_provider.batch.client"]
)


@contextmanager
def program(
    environment: Mapping[str, str], folder: Path, file: Path, function: str, arguments: Mapping[str, Any]
) -> Iterator[int]:
    """The port of a function of a file that runs as a program, inline, as the Automation API has it."""
    with _copy(_serve_program, environment, folder, file, function, arguments) as port:
        yield port


@contextmanager
def dynamic_provider(environment: Mapping[str, str], folder: Path, errors: Path) -> Iterator[int]:
    """The port of Pulumi's plugin for dynamic providers, whose standard error goes to a file."""
    with _copy(_serve_dynamic_provider, environment, folder, errors) as port:
        yield port


@contextmanager
def _copy(serve: Callable[..., None], environment: Mapping[str, str], folder: Path, *arguments: Any) -> Iterator[int]:
    """A process in the environment and the folder of an engine, which writes its port as a line; its port."""
    ours, theirs = _copies.Pipe(duplex=False)
    process = _copies.Process(target=_begin, args=(theirs, serve, dict(environment), folder, arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        port = os.read(ours.fileno(), 16)
        yield int(port)
    finally:
        process.kill()
        process.join()
        ours.close()


def _begin(
    output: Connection,
    serve: Callable[..., None],
    environment: dict[str, str],
    folder: Path,
    arguments: tuple[Any, ...],
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[:0] = environment["PYTHONPATH"].split(os.pathsep)
    os.dup2(output.fileno(), 1)
    sys.stdout = io.TextIOWrapper(open(1, "wb", buffering=0, closefd=False), write_through=True)  # noqa: SIM115
    serve(*arguments)


def _serve_program(file: Path, function: str, arguments: Mapping[str, Any]) -> None:
    import grpc
    from pulumi.automation._server import LanguageServer
    from pulumi.runtime.proto import language_pb2_grpc

    server = grpc.server(ThreadPoolExecutor())
    runtime = LanguageServer(functools.partial(_function(file, function), **arguments))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(runtime, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port)
    server.wait_for_termination()


def _serve_dynamic_provider(errors: Path) -> None:
    from google.protobuf.empty_pb2 import Empty
    from pulumi.runtime.proto import ResourceProviderServicer

    def attach(self: Any, request: Any, context: Any) -> Empty:
        """An engine that starts the plugin gives its address as an argument."""
        sys.argv[1:] = [request.address]
        return Empty()

    ResourceProviderServicer.Attach = attach  # type: ignore[method-assign]
    with errors.open("wb") as file:
        os.dup2(file.fileno(), 2)
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)


def _function(file: Path, name: str) -> Callable[..., None]:
    spec = importlib.util.spec_from_file_location(file.parent.name.replace("-", "_"), file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[..., None] = getattr(module, name)
    return found
