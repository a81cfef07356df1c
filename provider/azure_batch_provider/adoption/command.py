"""The command line `azure-batch-adopt`."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from azure_batch_provider.adoption.account import Account
from azure_batch_provider.adoption.program import Program
from azure_batch_provider.adoption.selection import Selection
from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.config.resolve import ConfigurationError, configuration
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import RequestError
from azure_batch_provider.lifecycle.context import Call, Level, Session
from azure_batch_provider.values.refusal import Refused

NAME: Final = "azure-batch-adopt"
PROGRAM: Final = "Pulumi.yaml"
_PROGRAMS: Final = (PROGRAM, "Pulumi.yml", "Pulumi.json")
"""What Pulumi takes for a program: where there is one, another is in its way."""
IMPORTS: Final = "import.json"
_NAMED: Final = 20
"""How many lines of a kind are told one by one."""

DESCRIPTION: Final = """\
Writes a Pulumi program that declares what a Batch account has, and the file that imports it. The account is only
read."""
EPILOG: Final = """\
PATTERN matches resource ids, with * and ?: 'pools/render', 'jobs/nightly*', 'jobschedules/*'. A job comes with its
tasks, unless --except 'jobs/*/tasks/*' leaves them out; 'jobs/nightly/tasks/frame-*' are these tasks alone. Without a
pattern everything is included.

The account is that of AZURE_BATCH_ENDPOINT, AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY; without a key the command
signs in with Microsoft Entra, as the provider does.

afterwards:
  cd FOLDER
  pulumi stack init dev                    (unless --stack has made it)
  pulumi config set azure-batch:endpoint ...
  pulumi import --file import.json --generate-code=false --yes
  pulumi preview                           no change
  pulumi convert --language typescript --out ../adopted-ts"""


class NothingTaken(Exception):
    """There is nothing to be declared."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 when both files are written, 1 when not."""
    options = _parser().parse_args(arguments)
    try:
        _adopt(options)
    except (ConfigurationError, NothingTaken, Refused, RequestError, OSError) as error:
        _say(str(error))
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=NAME, description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("patterns", nargs="*", metavar="PATTERN", help="resources to include (default: all)")
    add(
        "--out", type=Path, default=Path(), metavar="FOLDER", help="folder for the two files (default: the current one)"
    )
    add(
        "--except",
        dest="exceptions",
        action="append",
        default=[],
        metavar="PATTERN",
        help="resources to leave out; repeatable",
    )
    add(
        "--pools-as",
        choices=("PoolProperties", "Pool"),
        default="PoolProperties",
        help="declare of a pool its start task, metadata and application packages, or all of it (default: %(default)s)",
    )
    add("--completed", action="store_true", help="include completed jobs and job schedules")
    add(
        "--collection-from",
        type=_positive,
        default=10,
        metavar="N",
        help="declare the tasks of a job as one TaskCollection from this number on (default: %(default)s)",
    )
    add(
        "--stack",
        metavar="NAME",
        help="put secrets that the account returns into the configuration of this stack, made if it is missing",
    )
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _adopt(options: argparse.Namespace) -> None:
    settings = configuration({}, os.environ)
    for name in (*_PROGRAMS, IMPORTS):
        if (options.out / name).exists():
            raise FileExistsError(f"{options.out / name} exists already, and nothing is overwritten")
    session = Session(settings, BatchClient.connect)
    selection = Selection(
        options.patterns,
        options.exceptions,
        with_completed=options.completed,
        whole_pools=options.pools_as == "Pool",
        collection_from=options.collection_from,
    )
    account = Account(session, Call(NAME, NAME, NAME, _log, Deadline()), selection)
    account_name = re.sub(r"[^A-Za-z0-9_.-]", "-", settings.account_name or "account")
    program = Program(f"azure-batch-{account_name}")
    try:
        for found in account.found():
            program.add(found)
    finally:
        session.close()
    left_out = [f"{left.id}: {left.why}" for left in account.left_out]
    left_out += [f"{pattern}: the account has nothing of such an id" for pattern in selection.unused]
    if not program.size:
        _say_each("left out", left_out)
        raise NothingTaken("there is nothing to declare, and no file is written")
    options.out.mkdir(parents=True, exist_ok=True)
    for name, text in ((PROGRAM, program.text()), (IMPORTS, program.imports())):
        with (options.out / name).open("x", encoding="utf-8") as file:
            file.write(text)
    _say(f"{program.size:,} resources are declared in {options.out / PROGRAM}")
    _say_each("left out", left_out)
    _say_each("never returned by the service; where it is set, declare it", program.never_shown)
    if options.stack is not None:
        _set_secrets(options.out, options.stack, program)
    unset = [name for name, value in program.secrets.items() if value is None or options.stack is None]
    _say_each("secrets to be set: `pulumi config set --secret NAME`", unset)


def _set_secrets(folder: Path, stack: str, program: Program) -> None:
    """Put what the service shows into the stack's configuration; each value goes through standard input."""
    _pulumi(folder, None, "stack", "select", "--create", stack)
    for name, value in program.secrets.items():
        if value is not None:
            _pulumi(folder, value, "config", "set", "--secret", name, "--stack", stack)


def _pulumi(folder: Path, text: str | None, *arguments: str) -> None:
    try:
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=folder,
            input=text or "",
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise OSError("`--stack` needs `pulumi` on PATH; the two files are written") from None
    if done.returncode:
        raise OSError(f"`pulumi {' '.join(arguments)}` failed: {done.stderr.strip() or done.stdout.strip()}")


def _log(level: Level, urn: str, text: str) -> None:
    if level == "warning" or (level == "status" and sys.stderr.isatty()):
        _say(text)


def _say(text: str) -> None:
    print(f"{NAME}: {text}", file=sys.stderr, flush=True)


def _say_each(what: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    _say(f"{what}:")
    for line in lines[:_NAMED]:
        print(f"  {line}", file=sys.stderr)
    if len(lines) > _NAMED:
        print(f"  and {len(lines) - _NAMED:,} more", file=sys.stderr)
