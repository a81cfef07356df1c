"""Writes what is generated from the code: schema.json, the Python SDK, dynamic resources, templates and pages of docs.

`make generate` and `make check` call it.

    python scripts/generate.py           writes
    python scripts/generate.py --check   writes nothing; names what is not fresh, and fails

Both compare whole files, so that what a generator no longer writes is found as well.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = Path("schema.json")
SDK = Path("sdk/python")
PAGES = {
    Path("docs/_index.md"): "scripts.registry_page",
    Path("docs/errors.md"): "scripts.error_page",
    Path("docs/lifecycle.md"): "tests.matrix.page",
    Path("docs/ownership.svg"): "scripts.ownership_diagram",
}
"""Each page, or picture, and the module that prints it."""
TEMPLATES = Path("templates")
DYNAMIC = Path("provider/azure_batch_provider/dynamic")
NOTICE = "Written by scripts/generate.py"
"""In each generated module of a folder that has others as well."""

Files = dict[Path, bytes]


class Failed(Exception):
    """A generator ended with an error, and has said which."""


def main() -> int:
    arguments = argparse.ArgumentParser(
        description="Generate schema.json, the Python SDK, the dynamic resources and pages of docs."
    )
    arguments.add_argument("--check", action="store_true", help="only say what is not fresh")
    options = arguments.parse_args()
    try:
        fresh = generate()
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    stale = sorted(path for path, content in fresh.items() if read(path) != content)
    obsolete = sorted(set(generated()) - set(fresh))
    if options.check:
        return report(stale, obsolete)
    write(fresh, obsolete)
    print(f"{len(fresh)} files are fresh: {len(stale)} written, {len(obsolete)} removed.")
    return 0


def generate() -> Files:
    """Everything that is generated, by path from the root of the repository."""
    return {path: content for generator in GENERATORS for path, content in generator().items()}


def schema_and_sdk() -> Files:
    schema = run(sys.executable, "-m", "azure_batch_provider.schema")
    generator = Path(run(sys.executable, "tools/pulumi/ensure.py", "gensdk").decode().strip()) / "gensdk"
    with tempfile.TemporaryDirectory() as scratch:
        spec, sdk = Path(scratch, "schema.json"), Path(scratch, "sdk")
        spec.write_bytes(schema)
        run(str(generator), "python", str(spec), str(sdk))
        return {SCHEMA: schema, **written(sdk, SDK), SDK / "LICENSE": (ROOT / "LICENSE").read_bytes()}


def dynamic_resources() -> Files:
    with tempfile.TemporaryDirectory() as scratch:
        run(sys.executable, "scripts/dynamic_resources.py", scratch)
        return written(Path(scratch), DYNAMIC)


def pages() -> Files:
    return {path: run(sys.executable, "-m", module) for path, module in PAGES.items()}


def templates() -> Files:
    with tempfile.TemporaryDirectory() as scratch:
        run(sys.executable, "scripts/templates.py", scratch)
        return written(Path(scratch), TEMPLATES)


GENERATORS: tuple[Callable[[], Files], ...] = (schema_and_sdk, dynamic_resources, pages, templates)


def written(folder: Path, place: Path) -> Files:
    """What a generator left in a folder, by the paths that it belongs to."""
    return {place / path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def generated() -> list[Path]:
    """What is there now, less what installing and running the SDK leaves beside it."""
    made = [path for folder in (SDK, TEMPLATES) for path in (ROOT / folder).rglob("*") if path.is_file()]
    made += [path for path in (ROOT / DYNAMIC).glob("*.py") if NOTICE in path.read_text(encoding="utf-8")]
    here = (path.relative_to(ROOT) for path in made)
    return [path for path in here if not any(is_left_over(part) for part in path.parts)]


def is_left_over(name: str) -> bool:
    return name in {"__pycache__", "build"} or name.endswith(".egg-info")


def read(path: Path) -> bytes | None:
    try:
        return (ROOT / path).read_bytes()
    except FileNotFoundError:
        return None


def write(fresh: Files, obsolete: list[Path]) -> None:
    for path, content in fresh.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        # A file that is as it should be keeps its time: make compares those.
        if read(path) != content:
            (ROOT / path).write_bytes(content)
    for path in obsolete:
        (ROOT / path).unlink()
        folder = (ROOT / path).parent
        if all(is_left_over(left.name) for left in folder.iterdir()):
            shutil.rmtree(folder)


def report(stale: list[Path], obsolete: list[Path]) -> int:
    if not stale and not obsolete:
        print("Generated files are fresh.")
        return 0
    for path in stale:
        print(f"{path} is not what is generated for it", file=sys.stderr)
    for path in obsolete:
        print(f"{path} is no longer generated", file=sys.stderr)
    print("Fix it: make generate", file=sys.stderr)
    return 1


def run(*command: str) -> bytes:
    result = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    if result.returncode != 0:
        raise Failed(f"Nothing was generated: `{' '.join(command)}` ended with {result.returncode}.")
    return result.stdout


if __name__ == "__main__":
    sys.exit(main())
