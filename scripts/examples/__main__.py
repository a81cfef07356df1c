"""Converts the examples of the schema, written in YAML, into the other languages: the sections "Example Usage".

    python -m scripts.examples            writes
    python -m scripts.examples --check    writes nothing; names what is not fresh, and fails

For each `programs/NAME.yaml`, where NAME is a resource's or a function's, there is a `NAME.md` in the provider's folder
`examples`, as the Pulumi Registry wants it, from which the schema takes it. `tools/pulumi/genexamples` converts; what
it gets wrong is mended in `mending.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from azure_batch_provider import schema
from scripts.examples.mending import MENDED
from scripts.sdk import Failed, ensured, run

ROOT: Final = Path(__file__).resolve().parents[2]
PROGRAMS: Final = Path(__file__).resolve().parent / "programs"
HOSTS: Final = {"csharp": "dotnet", "java": "java"}
"""Languages that only their hosts convert to, and what the hosts are called."""
LANGUAGES: Final = ("typescript", "python", "go", "csharp", "java", "yaml")
"""In the order of the Registry."""


def main() -> int:
    arguments = argparse.ArgumentParser(description="Convert the examples of the schema into all languages.")
    arguments.add_argument("--check", action="store_true", help="only say what is not fresh")
    options = arguments.parse_args()
    try:
        fresh = sections()
    except Failed as error:
        print(f"Nothing was written: {error}", file=sys.stderr)
        return 1
    there = {path: path.read_text(encoding="utf-8") for path in schema.EXAMPLES.glob("*.md")}
    stale = sorted(path for path in {*fresh, *there} if fresh.get(path) != there.get(path))
    if options.check:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not what its example is converted to", file=sys.stderr)
        print("Fix it: make examples" if stale else "Examples are fresh.")
        return 1 if stale else 0
    for path in stale:
        if path in fresh:
            path.write_text(fresh[path], encoding="utf-8")
        else:
            path.unlink()
    print(f"{len(fresh)} examples are fresh: {len(stale)} written or removed.")
    return 0


def sections() -> dict[Path, str]:
    """The section of each example, by the file that it belongs to."""
    package = schema.package_schema()
    return {
        schema.EXAMPLES / f"{name}.md": section(
            {
                "yaml": (PROGRAMS / f"{name}.yaml").read_text(encoding="utf-8"),
                **{language: MENDED[language](text, package) for language, text in texts.items()},
            }
        )
        for name, texts in converted(package).items()
    }


def section(texts: dict[str, str]) -> str:
    """What the Registry shows as "Example Usage", and the SDK of each language in its own."""
    blocks = "\n".join(f"```{language}\n{texts[language].strip()}\n```" for language in LANGUAGES)
    return (
        "{{% examples %}}\n## Example Usage\n\n{{% example %}}\n\n"
        + blocks
        + "\n\n{{% /example %}}\n{{% /examples %}}\n"
    )


def converted(package: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The text of each example in each language but YAML, as the pinned libraries of Pulumi convert it."""
    hosts = [f"{language}={ensured(host, '--pinned')}/pulumi-language-{host}" for language, host in HOSTS.items()]
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch, "schema.json")
        file.write_text(json.dumps(package))
        texts: dict[str, dict[str, str]] = json.loads(
            run(ensured("genexamples") / "genexamples", file, PROGRAMS, *hosts)
        )
        return texts


if __name__ == "__main__":
    sys.exit(main())
