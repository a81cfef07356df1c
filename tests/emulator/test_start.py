from __future__ import annotations

import base64
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from batch_emulator.__main__ import _parser
from batch_emulator.http.auth import DEVELOPMENT_ACCOUNT, DEVELOPMENT_KEY
from batch_emulator.state.switches import SWITCHES, printed
from tests.emulator.certificates import Keys
from tests.emulator_process import EMULATOR, EmulatorProcess


def _run(*options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs to its end a start that fails."""
    environment = {**os.environ, "PYTHONPATH": str(EMULATOR), **variables}
    command = [sys.executable, "-m", "batch_emulator", *options]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_three_lines_when_it_is_ready_and_ends_cleanly(number: signal.Signals) -> None:
    environment = {**os.environ, "PYTHONPATH": str(EMULATOR)}
    command = [sys.executable, "-m", "batch_emulator", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        port = int(lines[0].rsplit(":", 1)[1])
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
        process.send_signal(number)
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert [line.split("=")[0] for line in lines] == [
        "AZURE_BATCH_ENDPOINT",
        "AZURE_BATCH_ACCOUNT",
        "AZURE_BATCH_ACCESS_KEY",
    ]
    assert lines[0].startswith("AZURE_BATCH_ENDPOINT=http://127.0.0.1:")
    assert rest == ""
    address = re.escape(lines[0].strip().partition("=")[2])
    said = rf"azure-batch-emulator: the page that shows what it holds: {address}/_emulator/\?token=[\w-]{{43}}\n"
    assert re.fullmatch(said, errors)


def test_it_ends_cleanly_while_a_client_keeps_its_connection() -> None:
    with EmulatorProcess() as emulator:
        assert emulator.get("/pools")["value"] == []
        assert emulator.stop() == 0


def test_it_listens_on_loopback_only() -> None:
    with EmulatorProcess() as emulator:
        port = int(emulator.endpoint.rsplit(":", 1)[1])
        sockets = Path("/proc/net/tcp").read_text() if Path("/proc/net/tcp").exists() else ""
        listening = [line.split()[1] for line in sockets.splitlines()[1:] if line.split()[3] == "0A"]
        assert all(address.startswith("0100007F") for address in listening if address.endswith(f":{port:04X}"))


def test_an_account_and_key_can_be_given() -> None:
    key = base64.b64encode(b"mine").decode()
    with EmulatorProcess("--account", "Mine", "--account-key", key) as emulator:
        assert emulator.environment() == {
            "AZURE_BATCH_ENDPOINT": emulator.endpoint,
            "AZURE_BATCH_ACCOUNT": "Mine",
            "AZURE_BATCH_ACCESS_KEY": key,
        }
        with emulator.client() as client:
            assert list(client.list_pools()) == []


def test_an_account_and_key_can_come_by_the_environment_and_stay_there() -> None:
    key = base64.b64encode(b"mine").decode()
    variables = {"AZURE_BATCH_ACCOUNT": "Mine", "AZURE_BATCH_ACCESS_KEY": key}
    with EmulatorProcess(environment=variables) as emulator:
        assert emulator.environment() == {
            "AZURE_BATCH_ENDPOINT": emulator.endpoint,
            "AZURE_BATCH_ACCOUNT": "Mine",
            "AZURE_BATCH_ACCESS_KEY": "$AZURE_BATCH_ACCESS_KEY",
        }
        emulator.key = key
        with emulator.client() as client:
            assert list(client.list_pools()) == []
    other = base64.b64encode(b"other").decode()
    with EmulatorProcess("--account", "Other", "--account-key", other, environment=variables) as emulator:
        assert (emulator.account, emulator.key) == ("Other", other)
        assert emulator.get("/pools")["value"] == []


@pytest.mark.parametrize("name", ["AZURE_BATCH_ACCOUNT", "AZURE_BATCH_ACCESS_KEY"])
def test_half_of_an_account_in_the_environment_is_reported_in_a_line(name: str) -> None:
    done = _run("--port", "0", **{name: "a"})
    assert (done.returncode, done.stdout) == (2, "")
    assert "AZURE_BATCH_ACCOUNT) and --account-key (or AZURE_BATCH_ACCESS_KEY) go together" in done.stderr


def test_the_well_known_account_is_the_same_every_time(emulator: EmulatorProcess) -> None:
    with EmulatorProcess() as another:
        assert (another.account, another.key) == (emulator.account, emulator.key)
        assert another.account == "batchdev"


def test_a_switch_that_was_set_at_the_start_survives_a_reset() -> None:
    with EmulatorProcess("--set", "polls=3", "--set", "states=by-hand") as emulator:
        emulator.switch("polls", 5)
        emulator.reset()
        values = {switch["name"]: switch["value"] for switch in emulator.get("/_emulator/switches")}
        assert (values["polls"], values["states"]) == (3, "by-hand")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--set", "polls"), "--set takes name=value"),
        (("--set", "colour=red"), "there is no switch 'colour'"),
        (("--set", "states=sideways"), "states is one of at-once, by-clock, by-hand"),
        (("--set", "polls=-1"), "polls is a number of at least 0"),
        (("--set", "polls=many"), "polls is a number of at least 0"),
        (("--set", "read-back-secrets=maybe"), "read-back-secrets is true or false"),
        (("--account", "a"), "--account (or AZURE_BATCH_ACCOUNT) and --account-key"),
        (("--account-key", "YQ=="), "(or AZURE_BATCH_ACCESS_KEY) go together"),
        (("--account", "", "--account-key", "YQ=="), "--account has letters, digits"),
        (("--account", "a; b", "--account-key", "YQ=="), "--account has letters, digits"),
        (("--account", "a", "--account-key", "not base64!"), "the account key is not base64 text"),
        (("--account", "a", "--account-key", ""), "the account key is empty"),
        (("--cert", "none.pem"), "--cert and --key go together"),
        (("--cert", "none.pem", "--key", "none.pem"), "none.pem is not a file"),
        (("--token-key", "none.pem"), "cannot read none.pem"),
        (("--port", "70000"), "--port is a number from 0 to 65535"),
        (("--port", "http"), "invalid int value"),
        (("--colour", "red"), "unrecognized arguments"),
    ],
)
def test_options_that_do_not_fit_are_reported_in_a_line(options: tuple[str, ...], said: str) -> None:
    done = _run("--port", "0", *options)
    assert done.returncode == 2
    assert said in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""


def test_files_that_are_no_keys_are_reported_in_a_line(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    text = tmp_path / "text.pem"
    text.write_text("no key at all")
    for options, said in (
        (("--cert", str(text), "--key", str(text)), "not a certificate in PEM"),
        (("--cert", str(keys.certificate_file), "--key", str(text)), "not a certificate in PEM"),
        (("--token-key", str(text)), "holds no public key in PEM"),
    ):
        done = _run("--port", "0", *options)
        assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_an_address_that_is_not_this_machine_s_is_reported_in_a_line() -> None:
    for host in ("192.0.2.1", "nowhere.invalid", "a" * 300, ""):
        done = _run("--port", "0", "--host", host)
        assert done.returncode == 2
        assert f"cannot listen on {host}:0" in done.stderr and len(done.stderr.splitlines()) == 1


def test_an_output_that_takes_nothing_is_reported_in_a_line() -> None:
    environment = {**os.environ, "PYTHONPATH": str(EMULATOR)}
    command = [sys.executable, "-m", "batch_emulator", "--port", "0"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment, timeout=60)
    assert done.returncode == 2
    assert "cannot write to standard output" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_port_in_use_is_reported_in_a_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = _run("--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "cannot listen on 127.0.0.1" in done.stderr and "Traceback" not in done.stderr


def test_two_emulators_do_not_share_a_location(tmp_path: Path) -> None:
    with EmulatorProcess(location=tmp_path):
        done = _run("--port", "0", "--location", str(tmp_path))
    assert done.returncode == 2
    assert "is in use by another emulator" in done.stderr and "Traceback" not in done.stderr


def test_a_location_that_cannot_be_used_is_reported_in_a_line(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("")
    other = tmp_path / "other"
    other.mkdir()
    (other / "batch.sqlite3").write_text("this is not a database, but long enough to look like one" * 100)
    newer = tmp_path / "newer"
    newer.mkdir()
    with sqlite3.connect(newer / "batch.sqlite3") as database:
        database.execute("PRAGMA user_version=99")
    database.close()
    for location, said in ((taken, "cannot use"), (other, "is not a database"), (newer, "format 99")):
        done = _run("--port", "0", "--location", str(location))
        assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_nothing_heavy_is_loaded_at_the_start() -> None:
    """Ready in under a second is a promise about an idle machine; what is loaded before is one about any machine."""
    environment = {**os.environ, "PYTHONPATH": str(EMULATOR)}
    program = "import sys, batch_emulator.http.app, batch_emulator.http.server; print(*sys.modules, sep='\\n')"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=60, check=True
    ).stdout.split()
    for heavy in ("cryptography", "jwt", "pydantic", "requests", "httpx", "anyio._backends._trio"):
        assert heavy not in loaded


def test_the_lines_can_be_exported() -> None:
    with EmulatorProcess("--export") as emulator:
        names = [line.partition("=")[0] for line in emulator.greeting.splitlines()]
    assert names == [f"export {name}" for name in emulator.environment()]


def test_help_teaches_by_groups_and_examples() -> None:
    done = _run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    text = done.stdout
    for said in ("where it listens:", "who may sign in:", "what it does:", "examples:", DEVELOPMENT_ACCOUNT):
        assert said in text
    assert DEVELOPMENT_KEY in text
    # Each example is a start that the parser takes.
    for line in re.findall(r"^  azure-batch-emulator (.+)$", text, re.MULTILINE):
        _parser().parse_args(line.partition(" >")[0].split())


def test_switches_can_be_listed() -> None:
    done = _run("--list-switches")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in done.stdout.splitlines() if not line.startswith(" ")] == [
        f"{switch.name}={printed(switch.default)}" for switch in SWITCHES
    ]
