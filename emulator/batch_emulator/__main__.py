"""The command line: `azure-batch-emulator`, or `python -m batch_emulator`."""

from __future__ import annotations

import argparse
import base64
import gc
import ipaddress
import os
import re
import secrets
import ssl
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from batch_emulator import __version__
from batch_emulator.copying.source import SWITCHES as SWITCHES_OF_A_COPY
from batch_emulator.copying.source import CopyError, Source
from batch_emulator.http.auth import DEVELOPMENT_ACCOUNT, DEVELOPMENT_KEY, Credentials, decode_key
from batch_emulator.http.bearer import TokenChecker, TokenKeyError
from batch_emulator.http.diagnostics import say
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.files import Files
from batch_emulator.state.journal import Journal, LocationError, MemoryJournal, SqliteJournal, StorageError
from batch_emulator.state.switches import SWITCHES, Switches, printed

if TYPE_CHECKING:
    from batch_emulator.running.executor import ProcessExecutor

DEFAULT_PORT = 10_100
DEFAULT_HOST = "127.0.0.1"
ACCOUNT = "AZURE_BATCH_ACCOUNT"
KEY = "AZURE_BATCH_ACCESS_KEY"
MANAGER = "AZURE_RESOURCE_MANAGER_ENDPOINT"
ACCOUNT_ID = "AZURE_BATCH_ACCOUNT_RESOURCE_ID"


DESCRIPTION = """\
The data plane of an Azure Batch account on this machine: pools, nodes, jobs, schedules and tasks, for any Batch client.

When it is ready, it prints on standard output where it is and how to sign in, as three lines that a shell can evaluate:
AZURE_BATCH_ENDPOINT, AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY. On standard error it prints the address of a page
that shows what is in the account. Ctrl-C or SIGTERM ends it."""
EXAMPLES = """\
examples:
  azure-batch-emulator
      on port {port}, in memory, with the well-known development account
          name  {account}
          key   {key}
  eval "$(azure-batch-emulator --background)"
      in the background, with the variables set for what this shell starts; `kill $AZURE_BATCH_EMULATOR_PID` ends it
  azure-batch-emulator --location ./batch --access-log
      keep the account through restarts and crashes; log each request
  azure-batch-emulator --host 0.0.0.0 --allow-host batch.example.com
      in a container or for other machines. Nothing but the key protects it: give one of your own
  azure-batch-emulator --run-tasks
      run the command lines of tasks, with files from Azurite. Anyone who has the key can then run programs as you: on
      a machine with other users, give a key of your own
  AZURE_BATCH_ACCESS_KEY=... azure-batch-emulator --port 0 --copy-of https://ACCOUNT.REGION.batch.azure.com
      a copy of that account, to try a change on. Without a key it is read with a token from azure-identity
  azure-batch-emulator --set states=by-clock --set pool-quota=20
      slower states and a small quota; --list-switches says what there is
"""


class OptionError(Exception):
    """The options do not fit; the text says why."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="azure-batch-emulator",
        usage="%(prog)s [options]",
        description=DESCRIPTION,
        epilog=EXAMPLES.format(key=DEVELOPMENT_KEY, account=DEVELOPMENT_ACCOUNT, port=DEFAULT_PORT),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    add = parser.add_argument_group("where it listens").add_argument
    add("--port", type=int, default=DEFAULT_PORT, help=f"port to listen on, 0 picks one (default {DEFAULT_PORT})")
    add(
        "--arm-port",
        type=int,
        metavar="PORT",
        help="also serve the part of Azure Resource Manager that makes packages; needs --token-key",
    )
    add("--host", default=DEFAULT_HOST, metavar="ADDRESS", help=f"address to listen on (default {DEFAULT_HOST})")
    add(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another name that clients call it by; repeatable",
    )
    add("--cert", type=Path, metavar="FILE", help="serve TLS with this certificate in PEM; needs --key")
    add("--key", type=Path, metavar="FILE", help="private key of the certificate in PEM; needs --cert")

    add = parser.add_argument_group("who may sign in").add_argument
    add("--account", metavar="NAME", help=f"account name (default: {ACCOUNT}, then {DEVELOPMENT_ACCOUNT})")
    add("--account-key", metavar="BASE64", help=f"account key (default: {KEY}, then a well-known one)")
    add("--token-key", type=Path, metavar="FILE", help="accept bearer tokens that this RSA public key (PEM) verifies")

    add = parser.add_argument_group("what it does").add_argument
    add("--location", type=Path, metavar="DIR", help="keep the state in this folder, in SQLite (default: in memory)")
    add(
        "--copy-of",
        metavar="ENDPOINT",
        help="start with the contents of this account, which is only read; the copy is in memory, and nothing in it"
        f" runs. {ACCOUNT} and {KEY} are then the account's, and the copy gets a key of its own",
    )
    add(
        "--run-tasks",
        action="store_true",
        help="run the command lines of tasks, as processes of this user; on loopback only",
    )
    add("--set", action="append", default=[], metavar="NAME=VALUE", dest="switches", help="set a switch; repeatable")

    add = parser.add_argument_group("what it prints").add_argument
    add("--export", action="store_true", help="start each line on standard output with `export`")
    add(
        "--background",
        action="store_true",
        help="return when it is ready and leave it running; prints the lines with `export`, and a fourth with the"
        " process id",
    )
    add("--access-log", action="store_true", help="log each request on standard error, without secrets")
    add("--list-switches", action=_ListSwitches, help="list the switches of --set with their defaults, and exit")
    add("--version", action="version", version=f"%(prog)s {__version__}", help="show the version and exit")
    add("--help", "-h", action="help", help="show this help and exit")
    return parser


class _ListSwitches(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str, **more: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **more)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        lines = []
        for switch in SWITCHES:
            choices = f" One of: {', '.join(map(str, switch.choices))}." if switch.choices else ""
            about = textwrap.fill(switch.about + choices, 96, initial_indent="    ", subsequent_indent="    ")
            lines += [f"{switch.name}={printed(switch.default)}", about]
        print("\n".join(lines))
        parser.exit()


def _switches(assignments: Sequence[str], defaults: Mapping[str, str]) -> Switches:
    values = dict(defaults)
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise OptionError(f"--set takes name=value, not {assignment!r}")
        values[name.strip()] = value.strip()
    try:
        return Switches(values)
    except ValueError as error:
        raise OptionError(f"--set: {error}") from None


def _defaults(options: argparse.Namespace, source: Source | None) -> Mapping[str, str]:
    """Switches that other options set, unless `--set` does."""
    if source is not None:
        return SWITCHES_OF_A_COPY
    return {"package-references": "active"} if options.arm_port is not None else {}


def _source(options: argparse.Namespace, environment: Mapping[str, str]) -> Source | None:
    """The account to copy. The variables are its own: what holds a real key must not become the key of a copy."""
    if options.copy_of is None:
        return None
    if options.location or options.run_tasks:
        raise OptionError("--copy-of keeps nothing and runs nothing: it goes neither with --location nor --run-tasks")
    source = Source.of(options.copy_of, options.account or environment.get(ACCOUNT), environment.get(KEY) or None)
    if options.account_key is not None and options.account_key == source.key:
        raise OptionError("--account-key is the key of the copy, which must not be that of the account")
    options.account = source.account
    options.account_key = options.account_key or base64.b64encode(secrets.token_bytes(64)).decode()
    return source


def _credentials(options: argparse.Namespace, environment: Mapping[str, str]) -> Credentials:
    """Of another account than the well-known one there is both a name and a key, each an option or a variable."""
    name, text = options.account, options.account_key
    name = name if name is not None else environment.get(ACCOUNT)
    text = text if text is not None else environment.get(KEY)
    if (name is None) != (text is None):
        raise OptionError(f"--account (or {ACCOUNT}) and --account-key (or {KEY}) go together")
    if name is None or text is None:
        name, text = DEVELOPMENT_ACCOUNT, DEVELOPMENT_KEY
    if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
        raise OptionError("--account has letters, digits, and . _ - only")
    try:
        key = decode_key(text)
    except ValueError as error:
        raise OptionError(f"--account-key: {error}") from None
    tokens = TokenChecker(options.token_key) if options.token_key else None
    return Credentials(name, key, tokens)


def _shown_key(options: argparse.Namespace, environment: Mapping[str, str]) -> str:
    """A key that came by the environment stays there: it can be that of a real account."""
    if options.account_key is not None:
        return str(options.account_key)
    return f"${KEY}" if KEY in environment else DEVELOPMENT_KEY


def _check_certificate(options: argparse.Namespace) -> None:
    if (options.cert is None) != (options.key is None):
        raise OptionError("--cert and --key go together")
    if options.cert is None:
        return
    for path in (options.cert, options.key):
        if not path.is_file():
            raise OptionError(f"{path} is not a file")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(options.cert, options.key)
    except (ssl.SSLError, OSError):
        raise OptionError("--cert and --key are not a certificate in PEM and its private key") from None


def _run(options: argparse.Namespace) -> None:
    for name, port in (("--port", options.port), ("--arm-port", options.arm_port or 0)):
        if not 0 <= port <= 65_535:
            raise OptionError(f"{name} is a number from 0 to 65535")
    if options.arm_port is not None and options.token_key is None:
        raise OptionError("--arm-port takes bearer tokens and nothing else, so it goes with --token-key")
    source = _source(options, os.environ)
    switches = _switches(options.switches, _defaults(options, source))
    credentials = _credentials(options, os.environ)
    _check_certificate(options)
    journal: Journal = SqliteJournal(options.location) if options.location else MemoryJournal()
    files = Files(options.location)
    try:
        _serve(options, credentials, _load(journal, switches, files, source))
    finally:
        files.close()
        journal.close()


def _load(journal: Journal, switches: Switches, files: Files, source: Source | None) -> SimulatedAccount:
    """What is loaded stays: it is not looked through for garbage again and again."""
    gc.disable()
    try:
        account = SimulatedAccount(journal, switches, files)
        if source is not None:
            from batch_emulator.copying.entities import copy

            for line in copy(account, source):
                say(line)
        return account
    finally:
        gc.freeze()
        gc.enable()


def _serve(options: argparse.Namespace, credentials: Credentials, account: SimulatedAccount) -> None:
    # The server costs more to load than all of the above: options that do not fit are reported without it.
    from batch_emulator.http.app import Emulator
    from batch_emulator.http.hosts import Hosts
    from batch_emulator.http.server import ListenError, listen, serve, url
    from batch_emulator.management.wire import account_id

    try:
        listener = listen(options.host, options.port)
        manager = listen(options.host, options.arm_port) if options.arm_port is not None else None
    except ListenError as error:
        raise OptionError(str(error)) from None
    address = listener.getsockname()[0]
    hosts = Hosts(address, (options.host, *options.allow_host))
    scheme = "https" if options.cert else "http"
    endpoint = url(scheme, listener)
    account.endpoint = endpoint
    key = _shown_key(options, os.environ)

    managed = manager.getsockname()[1] if manager is not None else None
    emulator = Emulator(account, credentials, hosts, options.access_log, managed)
    executor = _executor(account, address, endpoint) if options.run_tasks else None

    def ready() -> None:
        emulator.wait()
        if executor is not None:
            executor.attach(emulator.perform)
        prefix = "export " if options.export else ""
        greeting = {"AZURE_BATCH_ENDPOINT": endpoint, ACCOUNT: credentials.account, KEY: key}
        if manager is not None:
            # Before the others: whoever waits for these has it all.
            greeting = {MANAGER: url(scheme, manager), ACCOUNT_ID: account_id(credentials.account), **greeting}
        *lines, last = (f"{prefix}{name}={value}" for name, value in greeting.items())
        try:
            print(*lines, sep="\n", flush=True)
            # Before the last one: whoever has waited for that may look at once for what was said.
            say(f"the page that shows what it holds: {emulator.page_address(endpoint)}")
            print(last, flush=True)
        except OSError as error:
            # What was not written would be tried again at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise OptionError(f"cannot write to standard output: {error.strerror}") from None

    try:
        serve(emulator, [listener, *([manager] if manager is not None else [])], ready, options.cert, options.key)
    finally:
        if executor is not None:
            executor.close()


def _executor(account: SimulatedAccount, address: str, endpoint: str) -> ProcessExecutor:
    """What tasks say is run for callers on this machine only. Raises OptionError."""
    from batch_emulator.running.executor import ProcessExecutor
    from batch_emulator.running.processes import ALL_IS_FOUND, CAN_RUN

    if not ipaddress.ip_address(address).is_loopback:
        raise OptionError("--run-tasks runs what callers send, so it goes with a --host of loopback only")
    if not CAN_RUN:
        raise OptionError("--run-tasks needs Linux or another POSIX system")
    say("--run-tasks: whoever has the account's key can run programs on this machine as the user who started this")
    if not ALL_IS_FOUND:
        say("--run-tasks: on this system a process that leaves its group is not ended with its task")
    executor = ProcessExecutor(account, endpoint)
    account.scheduler.executor = executor
    return executor


def _go_on(words: Sequence[str]) -> int:
    """Starts an emulator with these options, and leaves it running."""
    # What starts processes is not loaded where the emulator itself runs.
    from batch_emulator import background

    try:
        lines, log = background.start(words)
    except background.BackgroundError as error:
        print(error, file=sys.stderr)
        return 2
    for line in log.read_text(encoding="utf-8").splitlines():
        print(line, file=sys.stderr)
    say(f"it goes on in the background; what it says is in {log}")
    print(*lines, sep="\n")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until a signal ends it. The status is 0 then, and 2 when the options do not fit."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(words)
    try:
        if options.background:
            return _go_on([word for word in words if word != "--background"])
        _run(options)
    except KeyboardInterrupt:
        return 0
    except (CopyError, OptionError, LocationError, StorageError, TokenKeyError) as error:
        say(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
