"""The command line: `azure-batch-emulator`, or `python -m batch_emulator`."""

from __future__ import annotations

import argparse
import re
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__
from .account import Account
from .auth import DEVELOPMENT_ACCOUNT, DEVELOPMENT_KEY, Credentials, decode_key
from .bearer import TokenChecker, TokenKeyError
from .journal import Journal, LocationError, MemoryJournal, SqliteJournal
from .switches import Switches

DEFAULT_PORT = 10_100


class OptionError(Exception):
    """The options do not fit; the text says why."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="azure-batch-emulator",
        description="Emulates the data plane of Azure Batch on the loopback interface.",
    )
    add = parser.add_argument
    add("--port", type=int, default=DEFAULT_PORT, help=f"port to listen on, 0 picks one (default {DEFAULT_PORT})")
    add("--location", type=Path, metavar="DIR", help="keep the state there, in SQLite (default: in memory)")
    add("--account", metavar="NAME", help=f"account name (default {DEVELOPMENT_ACCOUNT}); needs --account-key")
    add("--account-key", metavar="BASE64", help="account key (default: a well-known one); needs --account")
    add("--cert", type=Path, metavar="FILE", help="serve TLS with this certificate in PEM; needs --key")
    add("--key", type=Path, metavar="FILE", help="private key of the certificate in PEM; needs --cert")
    add("--token-key", type=Path, metavar="FILE", help="take bearer tokens signed by this RSA public key in PEM")
    add("--set", action="append", default=[], metavar="NAME=VALUE", dest="switches", help="set a switch")
    add("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def _switches(assignments: Sequence[str]) -> Switches:
    values: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise OptionError(f"--set takes name=value, not {assignment!r}")
        values[name.strip()] = value.strip()
    try:
        return Switches(values)
    except ValueError as error:
        raise OptionError(f"--set: {error}") from None


def _credentials(options: argparse.Namespace) -> tuple[Credentials, str]:
    """The credentials, and the key as text."""
    if (options.account is None) != (options.account_key is None):
        raise OptionError("--account and --account-key go together")
    given = options.account is not None
    name, text = (options.account, options.account_key) if given else (DEVELOPMENT_ACCOUNT, DEVELOPMENT_KEY)
    if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
        raise OptionError("--account has letters, digits, and . _ - only")
    try:
        key = decode_key(text)
    except ValueError as error:
        raise OptionError(f"--account-key: {error}") from None
    tokens = TokenChecker(options.token_key) if options.token_key else None
    return Credentials(name, key, tokens), text


def _check_certificate(options: argparse.Namespace) -> None:
    if (options.cert is None) != (options.key is None):
        raise OptionError("--cert and --key go together")
    if options.cert is None:
        return
    for path in (options.cert, options.key):
        if not path.is_file():
            raise OptionError(f"{path} is no file")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(options.cert, options.key)
    except (ssl.SSLError, OSError):
        raise OptionError("--cert and --key are no certificate in PEM and its private key") from None


def _run(options: argparse.Namespace) -> None:
    if not 0 <= options.port <= 65_535:
        raise OptionError("--port is a number from 0 to 65535")
    switches = _switches(options.switches)
    credentials, key = _credentials(options)
    _check_certificate(options)
    journal: Journal = SqliteJournal(options.location) if options.location else MemoryJournal()
    try:
        _serve(options, credentials, key, Account(journal, switches))
    finally:
        journal.close()


def _serve(options: argparse.Namespace, credentials: Credentials, key: str, account: Account) -> None:
    # The server costs more to load than all of the above: options that do not fit are told without it.
    from .app import Emulator
    from .server import HOST, PortError, listen, serve

    try:
        listener = listen(options.port)
    except PortError as error:
        raise OptionError(str(error)) from None
    scheme = "https" if options.cert else "http"
    port = listener.getsockname()[1]

    def ready() -> None:
        print(f"AZURE_BATCH_ENDPOINT={scheme}://{HOST}:{port}")
        print(f"AZURE_BATCH_ACCOUNT={credentials.account}")
        print(f"AZURE_BATCH_ACCESS_KEY={key}", flush=True)

    serve(Emulator(account, credentials), listener, ready, options.cert, options.key)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until a signal ends it. The status is 0 then, and 2 when the options do not fit."""
    options = _parser().parse_args(arguments)
    try:
        _run(options)
    except KeyboardInterrupt:
        return 0
    except (OptionError, LocationError, TokenKeyError) as error:
        print(f"azure-batch-emulator: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
