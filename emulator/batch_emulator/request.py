"""The command line `azure-batch-request`: one signed request, for shells and for languages without the fixtures.

azure-batch-request POST /_emulator/clock '{"advance": 3600}'
azure-batch-request GET /jobs/nightly
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from http.client import HTTPException

from batch_emulator.testing.control_client import ControlClient, ControlError

_VARIABLES = ("AZURE_BATCH_ENDPOINT", "AZURE_BATCH_ACCOUNT", "AZURE_BATCH_ACCESS_KEY")

DESCRIPTION = """\
Sends one request, signed with the account's key, and prints the answer's body. The account is that of
AZURE_BATCH_ENDPOINT, AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY."""
EPILOG = """\
examples:
  azure-batch-request GET /pools
  azure-batch-request PATCH /jobs/nightly '{"priority": 5}'
      be another client of the account; the latest api-version is asked for, unless PATH names one
  azure-batch-request POST /_emulator/clock '{"advance": 3600}'
      the emulator's control API

The exit code is 0 when the request succeeded, 1 when it was refused, 2 when it could not be sent."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="azure-batch-request",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("method", metavar="METHOD", help="GET, POST, PUT, PATCH or DELETE")
    parser.add_argument("path", metavar="PATH", help="path of the operation, with its query if it has one")
    parser.add_argument("body", metavar="JSON", nargs="?", help="body of the request")
    options = parser.parse_args(arguments)
    try:
        endpoint, account, key = (os.environ[name] for name in _VARIABLES)
        body = None if options.body is None else json.loads(options.body)
        answer = ControlClient(endpoint, account, key).request(options.method.upper(), options.path, body)
    except KeyError as missing:
        return _failed(f"{missing.args[0]} is not set", 2)
    except ControlError as refusal:
        return _failed(str(refusal), 1)
    except (OSError, HTTPException, ValueError) as error:
        return _failed(str(error), 2)
    if answer is not None:
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    return 0


def _failed(text: str, code: int) -> int:
    print(f"azure-batch-request: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
