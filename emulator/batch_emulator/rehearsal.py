"""The command line `azure-batch-rehearse`: runs a command of Pulumi on a copy of account and stack.

The copy of the account is an emulator, a process that ends with this one; the copy of the stack is a file in a folder
of this user alone, which is removed. Secrets in it stay as they were exported, encrypted by what the stack uses. What
binds the provider to the copy are environment variables, so nothing here knows the provider.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from batch_emulator import __version__
from batch_emulator.testing.control_client import ControlClient

_ENDPOINT = "AZURE_BATCH_ENDPOINT"
_ACCOUNT = "AZURE_BATCH_ACCOUNT"
_KEY = "AZURE_BATCH_ACCESS_KEY"
_SIGN_IN = {
    "accountName": (_ACCOUNT, _ACCOUNT),
    "accountKey": (_KEY, _KEY),
    "tenantId": ("AZURE_TENANT_ID", "ARM_TENANT_ID"),
    "clientId": ("AZURE_CLIENT_ID", "ARM_CLIENT_ID"),
    "clientSecret": ("AZURE_CLIENT_SECRET", "ARM_CLIENT_SECRET"),
}
"""By the provider's setting: the variable by which the emulator signs in, and the one that the provider reads."""
_OURS = re.compile(r"pulumi:|azure-batch:|pulumi-python:dynamic/azure-batch:")
_READS = ("GET", "HEAD")

DESCRIPTION = """\
Runs a Pulumi command, such as `pulumi up`, on copies of a stack and of its Batch account, and prints the requests by
which it would have changed the account. Neither account nor stack is changed. The exit code is that of the command, and
2 where there was no rehearsal."""
EPILOG = """\
examples:
  azure-batch-rehearse -- pulumi up --yes
  azure-batch-rehearse --stack prod -- pulumi destroy --yes
  azure-batch-rehearse -- sh -c 'pulumi up --yes && pulumi up --yes --expect-no-changes'

Account and credentials are those of the stack's configuration, otherwise those of the environment:
AZURE_BATCH_ENDPOINT, AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY, or whatever azure-identity finds."""


class RehearsalError(Exception):
    """There is no rehearsal; the text says why."""


def _say(line: str) -> None:
    print(f"azure-batch-rehearse: {line}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="azure-batch-rehearse",
        usage="%(prog)s [options] -- COMMAND ...",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--stack", metavar="NAME", help="the stack to rehearse on (default: the selected one)")
    add("--copy-of", metavar="ENDPOINT", help="the account to copy (default: the stack's)")
    add(
        "--with",
        action="append",
        default=[],
        metavar="PACKAGE",
        dest="others",
        help="go on although the stack has resources of this package too, which the command really changes; repeatable",
    )
    add("--version", action="version", version=f"%(prog)s {__version__}")
    add("command", nargs="+", metavar="COMMAND", help="the command to run, after `--`")
    return parser


def _pulumi(*arguments: str) -> str:
    """What a command of the CLI prints, secrets included. Raises RehearsalError."""
    try:
        done = subprocess.run(["pulumi", *arguments, "--non-interactive"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise RehearsalError("there is no `pulumi` on PATH") from None
    if done.returncode:
        raise RehearsalError(f"`pulumi {' '.join(arguments)}` failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def _settings(stack: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The provider's settings that say which account it is and how to sign in, by configuration and environment."""
    configured = json.loads(_pulumi("config", "--json", "--show-secrets", "--stack", stack))
    found = {name: environment.get(variable) for name, (_, variable) in _SIGN_IN.items()}
    found["endpoint"] = environment.get(_ENDPOINT)
    for name in found:
        found[name] = configured.get(f"azure-batch:{name}", {}).get("value") or found[name]
    return {name: value for name, value in found.items() if value}


def _foreign(resources: Sequence[Mapping[str, Any]], allowed: Sequence[str]) -> list[str]:
    """The packages of resources that a rehearsal would really change."""
    found = {
        item["type"].partition(":")[0] for item in resources if item.get("custom") and not _OURS.match(item["type"])
    }
    return sorted(found - set(allowed))


def _account_of(resources: Sequence[Mapping[str, Any]]) -> str:
    """The endpoint of the account that the state is about."""
    providers = (item for item in resources if item["type"] == "pulumi:providers:azure-batch")
    found = [item.get("inputs", {}).get("endpoint") for item in providers]
    named = {endpoint for endpoint in found if isinstance(endpoint, str)}
    if len(named) != 1:
        raise RehearsalError("--copy-of must say which account to copy: the stack does not name one")
    return named.pop()


def _project(resources: Sequence[Mapping[str, Any]]) -> str:
    if resources:
        return str(resources[0]["urn"].split("::")[1])
    for folder in (Path.cwd(), *Path.cwd().parents):
        for file in folder.glob("Pulumi.y*ml"):
            name = re.search(r"""^[\s{]*["']?name["']?:\s*["']?([\w.-]+)""", file.read_text("utf-8"), re.MULTILINE)
            if name:
                return name[1]
    raise RehearsalError("there is no Pulumi.yaml here that says the project's name")


@contextlib.contextmanager
def _copy_of_account(endpoint: str, settings: Mapping[str, str]) -> Iterator[ControlClient]:
    """An emulator that has what the account has. What it cannot have it says itself, on standard error."""
    signed = {_SIGN_IN[name][0]: value for name, value in settings.items() if name in _SIGN_IN}
    others = {name: value for name, value in os.environ.items() if name not in (_ACCOUNT, _KEY)}
    process = subprocess.Popen(
        [sys.executable, "-m", "batch_emulator", "--port", "0", "--copy-of", endpoint],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env={**others, **signed},
        text=True,
        start_new_session=True,  # a Ctrl-C is for the command, which still needs it then
    )
    try:
        assert process.stdout is not None
        said: dict[str, str] = {}
        for line in process.stdout:
            name, _, said[name] = line.strip().partition("=")
            if len(said) == 3:
                break
        if len(said) < 3:
            raise RehearsalError("the account could not be copied")
        yield ControlClient(said[_ENDPOINT], said[_ACCOUNT], said[_KEY])
    finally:
        process.terminate()
        process.communicate()


@contextlib.contextmanager
def _copy_of_stack(exported: Mapping[str, Any], project: str, stack: str) -> Iterator[str]:
    """A backend that has this stack only: its URL."""
    folder = Path(tempfile.mkdtemp(prefix="azure-batch-rehearse-"))
    try:
        stacks = folder / ".pulumi" / "stacks" / project
        stacks.mkdir(parents=True)
        (folder / ".pulumi" / "meta.yaml").write_text("version: 1\n")
        rest = {name: value for name, value in exported.items() if name != "deployment"}
        checkpoint = {"stack": f"organization/{project}/{stack}", "latest": exported["deployment"]}
        (stacks / f"{stack}.json").write_text(json.dumps({**rest, "checkpoint": checkpoint}))
        yield folder.as_uri()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """The exit code of the command. A Ctrl-C reaches it without us, and a SIGTERM is handed on: it ends as it likes."""
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        raise RehearsalError(f"cannot run {command[0]}: {error.strerror}") from None
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    code = process.wait()
    return code if code >= 0 else 128 - code


def _print_writes(copy: ControlClient, endpoint: str) -> None:
    """Method, path and what became of it; queries and bodies can hold secrets."""
    writes = [request for request in copy.requests() if request["method"] not in _READS]
    print(f"Requests to write to {endpoint}, sent to its copy: {len(writes) or 'none'}")
    for request in writes:
        refused = f"  {request['status']} {request['code'] or ''}".rstrip() if request["code"] else ""
        print(f"  {request['method']} {request['path']}{refused}")
    sys.stdout.flush()


def _rehearse(options: argparse.Namespace) -> int:
    stack = options.stack or _pulumi("stack", "--show-name").strip()
    exported = json.loads(_pulumi("stack", "export", "--stack", stack))
    resources = exported["deployment"].get("resources") or []
    foreign = _foreign(resources, options.others)
    if foreign:
        wanted = " ".join(f"--with {name}" for name in foreign)
        raise RehearsalError(
            f"the stack has resources of {', '.join(foreign)} too, and those the command really changes: leave them out"
            f" by the command's --target, and say so by {wanted}"
        )
    settings = _settings(stack, os.environ)
    endpoint = options.copy_of or settings.get("endpoint") or _account_of(resources)
    project, name = _project(resources), stack.rpartition("/")[2]
    with _copy_of_account(endpoint, settings) as copy, _copy_of_stack(exported, project, name) as backend:
        environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": backend,
            "PULUMI_STACK": name,
            # Where the configuration does not say what its secrets are encrypted with, the state does.
            "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
            "AZURE_BATCH_REHEARSAL_OF": endpoint,
            "AZURE_BATCH_REHEARSAL_ENDPOINT": copy.endpoint,
            "AZURE_BATCH_REHEARSAL_ACCOUNT": copy.account,
            "AZURE_BATCH_REHEARSAL_ACCESS_KEY": copy.key,
        }
        code = _run(options.command, environment)
        _print_writes(copy, endpoint)
    return code


def _end(*_: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code is that of the command, and 2 where there was no rehearsal."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _end)
    try:
        return _rehearse(options)
    except RehearsalError as error:
        _say(str(error))
        return 2
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main())
