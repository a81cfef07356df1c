"""Writes the templates of `pulumi new` from the first example, one for each language, into a folder.

    python scripts/templates.py FOLDER

A template is the example with the project's name left open, what it needs taken from a release, and the questions that
`pulumi new` asks. The generator of generated files calls it.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "hello-task"
RUNTIMES = {"go": "go", "java": "java", "python": "python", "typescript": "nodejs", "yaml": "yaml"}
TEMPLATE = """\
template:
  description: A job on Azure Batch, and a task in it
  important: true
  config:
    azure-batch:endpoint:
      description: URL of the Batch account, https://ACCOUNT.REGION.batch.azure.com
    azure-batch:accountKey:
      description: Key of the Batch account; leave it empty to sign in with Entra
      secret: true
    greeting:
      description: What the task says
      default: hello
"""


def templates(release: str) -> dict[str, str]:
    """Each file by its path, `azure-batch-go/main.go` for example."""
    return {
        f"azure-batch-{language}/{path.relative_to(EXAMPLE / language)}": opened(path, release)
        for language in RUNTIMES
        for path in sorted((EXAMPLE / language).rglob("*"))
        if path.is_file() and not {"sdk", "node_modules", "bin", "target", "__pycache__"} & set(path.parts)
    }


def opened(path: Path, release: str) -> str:
    """A file of the example as a template has it."""
    text = path.read_text()
    if path.name == "Pulumi.yaml":
        text = re.sub(r"^name: .*\ndescription: .*\n", "name: ${PROJECT}\ndescription: ${DESCRIPTION}\n", text)
        # Without a version `pulumi new` looks for the latest one among Pulumi's own providers, and fails.
        text = re.sub(r"( +)type: azure-batch:.*\n", rf"\g<0>\1options: {{ version: {release} }}\n", text)
        return re.sub(r"^(runtime: .*\n)", lambda found: found[1] + TEMPLATE, text, count=1, flags=re.MULTILINE)
    if path.name == "requirements.txt":
        return f"pulumi>=3.235,<4\npulumi-azure-batch=={release}\n"
    if path.name == "package.json":
        return text.replace('"hello-task"', '"${PROJECT}"').replace('"file:sdk"', f'"{release}"')
    if path.name == "go.mod":
        return re.sub(r"\n// Until .*", "", text.replace("module hello-task", "module ${PROJECT}"), flags=re.DOTALL)
    if path.name == "pom.xml":
        return text.replace("<artifactId>hello-task<", "<artifactId>${PROJECT}<")
    return text


def main() -> None:
    for name, text in templates(version("azure-batch-provider")).items():
        path = Path(sys.argv[1], name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
