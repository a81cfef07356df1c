"""The commands in pages, pasted into a shell as they stand: those that a comment says are run."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.commands import blocks, sessions
from tests.languages.workshop import KEPT, ROOT, SECONDS, host, succeed

PIPX = "1.8.0"
GETTING_STARTED = ROOT / "docs" / "getting-started.md"
HOSTS = {"python": "python", "typescript": "nodejs", "go": "go", "csharp": "dotnet"}
"""What a language's programs need of Pulumi beside the CLI, where it cannot be built."""
PRELUDE = """\
git() {
    local clone="${2##*/}"
    mkdir "$clone" && (cd "$CHECKOUT" && command git ls-files -coz --exclude-standard | tar -c --null -T -) |
        tar -x -C "$clone" && ln -s "$CHECKOUT/.venv" "$clone/.venv"
}
azure-batch-emulator() { command azure-batch-emulator --port 0 "$@"; }
"""
"""A clone is a copy of this checkout, as it is now; an emulator picks a port of its own."""


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Nothing of this machine's own account, stacks or Python; the emulators of a session are ended."""
    home = tmp_path / "home"
    ours = str(ROOT / ".venv" / "bin")
    path = [str(home / ".local" / "bin"), *(part for part in os.environ["PATH"].split(os.pathsep) if part != ours)]
    taken = ("AZURE_", "ARM_", "PULUMI_", "MAKE", "PIP_NO_")
    home.mkdir()
    yield {
        **{name: value for name, value in os.environ.items() if not name.startswith(taken)},
        "CHECKOUT": str(ROOT),
        "HOME": str(home),
        "NO_COLOR": "1",
        "OUT": str(tmp_path / "tried"),
        "PATH": os.pathsep.join(path),
        "PULUMI_BACKEND_URL": tmp_path.as_uri(),
        "PULUMI_HOME": str(home / ".pulumi"),
        "PULUMI_CONFIG_PASSPHRASE": "a passphrase of the tests",
        "PULUMI_SKIP_CONFIRMATIONS": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "SHELL": "/bin/bash",
        "TMPDIR": str(tmp_path),
    }
    for log in tmp_path.glob("azure-batch-emulator-*.log"):
        end(log)


def end(log: Path) -> None:
    """End the emulator that writes this log, if it still runs."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            writes = (process / "fd" / "2").resolve() == log
        except OSError:
            continue
        if writes:
            os.kill(int(process.name), signal.SIGTERM)


@pytest.mark.parametrize(
    ("page", "name"), list(sessions()), ids=[f"{page.relative_to(ROOT)}: {name}" for page, name in sessions()]
)
def test_a_session_of_a_page_does_what_the_page_says(
    page: Path, name: str, environment: dict[str, str], tmp_path: Path
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    if page == GETTING_STARTED:
        prepare(name.removeprefix("start "), environment)
    else:
        tools(environment)
    if page.parent not in (ROOT, GETTING_STARTED.parent):
        (here / "emulator").symlink_to(copy(ROOT / "emulator", tmp_path / "emulator"))
    script = PRELUDE
    for block in blocks(page):
        kind, (of, _, file) = block.kind, block.said.partition(", as ")
        if kind == "run" and of == name and file:
            (here / file).parent.mkdir(parents=True, exist_ok=True)
            (here / file).write_text(block.text)
        elif kind == "run" and of == name:
            script += block.text
    done = subprocess.run(
        ["bash", "-s"],
        input=script,
        cwd=here,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
    )
    said = " ".join(done.stdout.split())
    shown = [block for block in blocks(page) if (block.kind, block.said) == ("output of", name)]
    for part in [part for block in shown for part in block.text.split("[...]")]:
        assert " ".join(part.split()).rstrip(".").strip() in said, done.stdout
    assert done.returncode == 0, done.stdout
    if page == GETTING_STARTED:
        assert '"goodbye" => "hello"' in said and "~ 1 updated" in said, done.stdout


def prepare(language: str, environment: dict[str, str]) -> None:
    """What is needed for a program in a language beside this checkout; skips where the machine lacks it."""
    if language in HOSTS and shutil.which(f"pulumi-language-{HOSTS[language]}", path=environment["PATH"]) is None:
        pytest.skip(f"this machine has no pulumi-language-{HOSTS[language]}")
    if language == "java":
        if not all(map(shutil.which, ("java", "javac", "mvn"))):
            pytest.skip("this machine has no Java development kit with Maven")
        environment["MAVEN_OPTS"] = f"-Dmaven.repo.local={KEPT / 'java' / 'repository'} -XX:TieredStopAtLevel=1"
        environment["PATH"] = host("java") + os.pathsep + environment["PATH"]
    # Kept between runs, as everywhere: what registries gave.
    environment["HOME"] = os.environ["HOME"]


def tools(environment: dict[str, str]) -> None:
    """Put `pip` and `pipx` in front of the path, each in an environment of its own."""
    kept = KEPT / "pipx"
    if not (kept / "bin" / "pipx").exists():
        succeed(sys.executable, "-m", "venv", kept, folder=ROOT)
        succeed(kept / "bin" / "pip", "install", "--quiet", f"pipx=={PIPX}", folder=ROOT)
    fresh = Path(environment["HOME"]) / "python"
    succeed(sys.executable, "-m", "venv", fresh, folder=ROOT)
    commands = fresh / "bin"
    (commands / "pipx").symlink_to(kept / "bin" / "pipx")
    environment["PATH"] = str(commands) + os.pathsep + environment["PATH"]


def copy(source: Path, target: Path) -> Path:
    return Path(shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.egg-info", "build", "__pycache__")))


FISH = re.compile(r"^```fish\n(.*?)^```$", re.MULTILINE | re.DOTALL)
START = 'eval "$(azure-batch-emulator --background)"\n'


@pytest.mark.parametrize("shell", ["bash", "dash", "fish", "zsh"])
def test_a_shell_evaluates_what_the_emulator_prints(shell: str, environment: dict[str, str]) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"this machine has no {shell}")
    text = (ROOT / "emulator" / "README.md").read_text()
    (of_fish,) = FISH.findall(text)
    assert START in text
    start = (of_fish if shell == "fish" else START).replace("--background", "--background --port 0")
    script = f"{start}azure-batch-request GET /pools\nkill $AZURE_BATCH_EMULATOR_PID\n"
    environment["PATH"] = str(ROOT / ".venv" / "bin") + os.pathsep + environment["PATH"]
    done = subprocess.run([shell, "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, '"value": []' in done.stdout) == (0, True), done.stderr
