"""Says which Pulumi CLI this repository uses, and installs or builds one where the machine has none.

Prints the folder of the executables on standard output, everything else on standard error. It knows how a CLI is
judged and which executables belong together; `released` installs them, `gobuild` builds them, and `golang` finds Go. It
runs before any virtual environment exists, so it has the standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

import gobuild
import golang
import released
from golang import Unavailable

HERE = Path(__file__).resolve().parent

# The release that the Python SDK which the generator writes asks for. Engine and SDK are released together; the engine
# has known `refresh_before_update`, which the provider's drift detection stands on, since 3.178.
OLDEST = (3, 231, 0)

CLI = "github.com/pulumi/pulumi/pkg/v3"
SDK = "github.com/pulumi/pulumi/sdk/v3"
YAML_HOST = "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"

# A full installation of Pulumi has these beside the CLI, and the examples need them: the host of YAML programs and the
# plugin that runs Python's dynamic providers.
COMPANIONS = ("pulumi-language-yaml", "pulumi-resource-pulumi-python")

# What writes SDKs, and the examples of the schema, in the languages that need no host. Both are built from our sources.
GENERATORS = {"gensdk": "the SDK generator", "genexamples": "the converter of examples"}

# Hosts that write the SDK of their language and run its programs. Each is built from a go.mod of its own, since none
# stands on the version of Pulumi's libraries that the CLI has.
HOSTS = {
    "java": "github.com/pulumi/pulumi-java/pkg/cmd/pulumi-language-java",
    "dotnet": "github.com/pulumi/pulumi-dotnet/pulumi-language-dotnet/v3",
}


def main() -> int:
    arguments = argparse.ArgumentParser(description="Print the folder of an executable, built first where needed.")
    arguments.add_argument("what", nargs="?", choices=["pulumi", *GENERATORS, *HOSTS], default="pulumi")
    arguments.add_argument("--pinned", action="store_true", help="a host of go.mod's version, whatever the machine has")
    arguments.add_argument("--kept", action="store_true", help="only say where executables that were built are kept")
    options = arguments.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if options.kept:
            say_what_is_kept()
        elif options.what in GENERATORS:
            print(generator(options.what))
        elif options.what in HOSTS:
            print((None if options.pinned else installed_host(options.what)) or pinned_host(options.what))
        else:
            print(installed_cli() or pinned_cli())
    except Unavailable as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. The next run goes on from here.", file=sys.stderr)
        return 130
    return 0


def installed_cli() -> Path | None:
    """The folder of the `pulumi` on the path, if it can be used; says why if not."""
    found = shutil.which("pulumi")
    if found is None:
        return None
    missing = [name for name in COMPANIONS if not _stands_near(Path(found), name)]
    version = _version(found)
    if version is None:
        problem = "does not say its version"
    elif version < OLDEST:
        problem = f"is {_dotted(version)}, older than {_dotted(OLDEST)}"
    elif missing:
        problem = f"has no {' and no '.join(missing)} beside it"
    else:
        return Path(found).parent
    print(f"{found} {problem}: not used.", file=sys.stderr)
    return None


def pinned_cli() -> Path:
    """The folder of the CLI that go.mod pins, with its companions: the released one where it can be had, else built.

    Raises:
        Unavailable: it is not there and cannot be built.
    """
    version = _pinned(CLI)
    build = gobuild.Build(
        name=f"pulumi-{version}-{_fingerprint('go.mod', 'go.sum')}",
        title=f"the Pulumi CLI {version}",
        module=HERE,
        packages=(f"{CLI}/cmd/pulumi", YAML_HOST),
        # Without it the CLI takes itself for a development build, and plugins that ask for a version refuse it.
        ldflags=f"-X {SDK}/go/common/version.Version={version}",
        copies=((SDK, "python/dist/pulumi-resource-pulumi-python"),),
        hint="five to ten minutes on two cores, of which one is download; once for each user of this machine",
        otherwise=f"install Pulumi {_dotted(OLDEST)} or newer",
    )
    return (None if build.is_kept() else released.cli(version)) or build.folder()


def generator(name: str) -> Path:
    """The folder of a generator.

    Raises:
        Unavailable: it is not there and cannot be built.
    """
    sources = (path for folder in (name, "packageschema") for path in (HERE / folder).glob("*.go"))
    build = gobuild.Build(
        name=f"{name}-{_fingerprint('go.mod', 'go.sum', *sorted(str(path.relative_to(HERE)) for path in sources))}",
        title=GENERATORS[name],
        module=HERE,
        packages=(f"./{name}",),
        hint="a minute or two where the CLI was built before, several where it was not",
        otherwise="leave what is generated as it is: only `generate`, `examples`, `check` and `sdk` need it",
    )
    return build.folder()


def installed_host(language: str) -> Path | None:
    """The folder of a language's host that the machine has: on the path, or beside the CLI that was installed."""
    name = f"pulumi-language-{language}"
    found = shutil.which(name) or shutil.which(name, path=str(installed_cli() or pinned_cli()))
    return Path(found).parent if found else None


def pinned_host(language: str) -> Path:
    """The folder of a language's host, built from the go.mod of its own.

    Raises:
        Unavailable: it is not there and cannot be built.
    """
    build = gobuild.Build(
        name=f"{language}-host-{_fingerprint(f'{language}/go.mod', f'{language}/go.sum')}",
        title=f"the {language} host",
        module=HERE / language,
        packages=(HOSTS[language],),
        hint="three minutes on two cores; once for each user of this machine",
        otherwise="install the whole of Pulumi, which has it",
    )
    return build.folder()


def say_what_is_kept() -> None:
    kept = golang.cache()
    if kept.is_dir():
        print(f"Kept, for other clones too: the Pulumi CLI and what builds it, in {kept}", file=sys.stderr)


def _stands_near(cli: Path, name: str) -> bool:
    folders = {cli.parent, cli.resolve().parent}
    return any(os.access(folder / name, os.X_OK) for folder in folders) or shutil.which(name) is not None


def _version(cli: str) -> tuple[int, ...] | None:
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(
            [cli, "version"], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", answer.stdout.strip())
    return tuple(int(part) for part in match.groups()) if match else None


def _pinned(module: str) -> str:
    match = re.search(rf"^\s*{re.escape(module)} v(\S+)", (HERE / "go.mod").read_text(), re.MULTILINE)
    if match is None:
        raise Unavailable(f"{HERE / 'go.mod'} requires no {module}.")
    return match.group(1)


def _fingerprint(*names: str) -> str:
    digest = hashlib.sha256()
    for name in names:
        digest.update((HERE / name).read_bytes())
    # A home folder may be shared by machines of several kinds.
    machine = os.uname()
    digest.update(f"{machine.sysname} {machine.machine}".encode())
    return digest.hexdigest()[:12]


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
