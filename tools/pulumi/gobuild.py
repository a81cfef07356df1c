"""Builds executables from Go modules, once for each user and set of pinned versions, and keeps them.

It knows nothing of what it builds. An interrupted build goes on where it stopped, because Go keeps what it has
downloaded and compiled; a finished one appears under its name in one step, so that no half of it is ever seen.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import golang
from golang import Unavailable

# Seconds between two lines that say how far a build is.
EVERY = 20

_NETWORK = re.compile(
    r"dial tcp|no such host|timeout|connection re|TLS|x509|proxyconnect|EOF|network is unreachable"
    r"|module lookup disabled|Service Unavailable|Bad Gateway|Not Found|Forbidden"
)


@dataclass(frozen=True)
class Build:
    """Executables that belong together, and how they come about.

    Args:
        name: the folder to keep them in; holds whatever tells one build from another.
        title: what is built, as a noun phrase.
        module: the folder of the go.mod that pins the versions.
        packages: Go packages, one executable each.
        ldflags: flags for the linker.
        copies: files to put beside the executables, as (module, path in it).
        hint: how long it takes, for whoever waits.
        otherwise: what to do instead where it cannot be built, as the end of a sentence.
    """

    name: str
    title: str
    module: Path
    packages: tuple[str, ...]
    hint: str
    otherwise: str
    ldflags: str = ""
    copies: tuple[tuple[str, str], ...] = ()

    def is_kept(self) -> bool:
        """Whether the executables were built before."""
        return (golang.cache() / self.name).is_dir()

    def folder(self) -> Path:
        """The folder with the executables, which are built now if they were not before.

        Raises:
            Unavailable: they cannot be built on this machine.
        """
        kept = golang.cache()
        finished = kept / self.name
        if not finished.is_dir():
            try:
                kept.mkdir(parents=True, exist_ok=True)
                with alone(kept / f"{self.name}.lock", self.title):
                    if not finished.is_dir():
                        self._make(finished)
            except OSError as error:
                raise Unavailable(
                    f"{self.title[0].upper()}{self.title[1:]} cannot be kept in {kept}: {error}."
                ) from error
        return finished / "bin"

    def _make(self, finished: Path) -> None:
        # Whoever holds the lock is alone, so what others left behind is nobody's.
        for left in finished.parent.glob(f"{finished.name}.partial*"):
            shutil.rmtree(left)
        partial = finished.with_name(f"{finished.name}.partial")
        go = golang.executable(golang.wanted(self.module), self.otherwise)
        print(f"Building {self.title} from its Go modules ({self.hint}).", file=sys.stderr)
        started = time.monotonic()
        flags = [f"-ldflags={self.ldflags}"]
        listing = self._go(go, "list", "-deps", "-f={{if .Stale}}{{.ImportPath}}{{end}}", *flags, *self.packages)
        stale = len(listing.split())
        (partial / "bin").mkdir(parents=True)
        self._go(go, "build", "-v", f"-o={partial / 'bin'}{os.sep}", *flags, *self.packages, packages=stale)
        for module, path in self.copies:
            source = Path(self._go(go, "list", "-m", "-f={{.Dir}}", module).strip()) / path
            copy = partial / "bin" / source.name
            # The module cache is read-only, and the proxy's archives carry no permissions.
            shutil.copyfile(source, copy)
            copy.chmod(0o755)
        partial.rename(finished)
        print(f"Built {self.title} in {_clock(time.monotonic() - started)}: {finished / 'bin'}", file=sys.stderr)

    def _go(self, go: Path, verb: str, *arguments: str, packages: int = 0) -> str:
        command = [str(go), verb, "-mod=readonly", *arguments]
        if verb == "build":
            # The version control system's word about this repository is no property of what is built.
            command.insert(2, "-buildvcs=false")
        with subprocess.Popen(
            command,
            cwd=self.module,
            env=golang.environment(go),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            progress = _Progress(process, packages)
            try:
                return progress.follow(self.title, self.otherwise)
            except BaseException:
                # Asked by an interrupt, Go ends what it runs and leaves its caches whole.
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    process.kill()
                raise


class _Progress:
    """What a `go` command has said so far."""

    def __init__(self, process: subprocess.Popen[str], packages: int) -> None:
        self._process = process
        self._packages = packages
        self._started = time.monotonic()
        self._downloaded = 0
        self._compiled = 0
        self._output = ""
        self._said: list[str] = []

    def follow(self, title: str, otherwise: str) -> str:
        """Waits for the end of the command, and tells now and then how far it is. Returns its standard output."""
        readers = [threading.Thread(target=read, daemon=True) for read in (self._read_output, self._read_errors)]
        for reader in readers:
            reader.start()
        while True:
            try:
                status = self._process.wait(timeout=EVERY)
                break
            except subprocess.TimeoutExpired:
                print(f"  {_clock(time.monotonic() - self._started)}  {self._phase()}", file=sys.stderr)
        for reader in readers:
            reader.join()
        if status in (-signal.SIGINT, -signal.SIGTERM):
            raise KeyboardInterrupt
        if status != 0:
            raise Unavailable(self._failure(title, otherwise))
        return self._output

    def _phase(self) -> str:
        if self._packages == 0:
            return f"downloading modules: {self._downloaded} so far"
        if self._compiled >= self._packages:
            return f"linking: all {self._packages} packages are compiled"
        return f"compiling: {self._compiled} of {self._packages} packages ({100 * self._compiled // self._packages} %)"

    def _failure(self, title: str, otherwise: str) -> str:
        reason = self._said[-1] if self._said else "Go does not say why"
        if any(_NETWORK.search(line) for line in self._said):
            return (
                f"The Go modules of {title} could not be downloaded: {reason}\n"
                f"Check the network and Go's GOPROXY, and run the same command again: it goes on where it stopped. "
                f"Or {otherwise}."
            )
        said = "\n  ".join(self._said)
        return f"{title[0].upper()}{title[1:]} could not be built. Go says:\n  {said}\nOr {otherwise}."

    def _read_output(self) -> None:
        assert self._process.stdout is not None
        self._output = self._process.stdout.read()

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            line = line.rstrip()
            if line.startswith("go: downloading "):
                self._downloaded += 1
            elif self._packages and re.fullmatch(r"[\w./~+-]+", line):
                self._compiled += 1
            elif line:
                self._said = [*self._said[-9:], line]


@contextmanager
def alone(lock: Path, title: str) -> Iterator[None]:
    """Waits until no other process makes the same."""
    with lock.open("w") as file:
        started = time.monotonic()
        told = -float(EVERY)
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waited = time.monotonic() - started
                if waited - told >= EVERY:
                    print(f"  {_clock(waited)}  another process is making {title}; waiting for it", file=sys.stderr)
                    told = waited
                time.sleep(0.5)
        # The lock is given back when the file is closed, also by the death of the process.
        yield


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
