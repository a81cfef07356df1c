"""`pulumi new` makes of each template the example that it was written from, and asks for the account."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from scripts.templates import RUNTIMES, templates
from tests.emulator_process import EmulatorProcess
from tests.languages.test_hello_task import check
from tests.languages.workshop import HELLO, ROOT, Engine, ended

VERSION = version("azure-batch-provider")


def new(language: str, folder: Path) -> tuple[str | Path, ...]:
    words = ("--yes", "--name", "hello-task", "--description", "A job, and a task that says hello")
    return ("pulumi", "new", ROOT / "templates" / f"azure-batch-{language}", "--dir", folder, *words)


@pytest.mark.parametrize("language", sorted(set(RUNTIMES) - {"yaml"}))
def test_a_new_project_is_the_example_with_its_sdk_from_a_release(
    language: str, engine: Engine, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    done = ended(*new(language, project), "--generate-only", folder=tmp_path, **engine.settings)
    # At its end it asks the host of the language for what else is to be done.
    assert done.returncode == 0 or "language plugin" in done.stderr
    made = {str(path.relative_to(project)): path.read_text() for path in project.rglob("*") if path.is_file()}
    names = {name.partition("/")[2] for name in templates(VERSION) if name.startswith(f"azure-batch-{language}/")}
    assert set(made) == names
    assert "name: hello-task\n" in made["Pulumi.yaml"]
    assert not any("${PROJECT}" in text or "file:sdk" in text or "./sdk" in text for text in made.values())


def test_a_new_project_goes_up(engine: Engine, account: EmulatorProcess, tmp_path: Path) -> None:
    project = tmp_path / "project"
    settings = ("--config", f"azure-batch:endpoint={account.endpoint}", "--stack", "dev")
    engine.run(*new("yaml", project), *settings, folder=tmp_path)
    assert f"azure-batch:endpoint: {account.endpoint}" in (project / "Pulumi.dev.yaml").read_text()
    check(engine.lives(project, HELLO), account)


def test_what_the_examples_and_templates_name_is_this_version() -> None:
    """Where a program names the version of an SDK, as those in Go and Java must."""
    named = {name: text for name, text in templates(VERSION).items() if "0." in text and "azure" in text}
    assert {name for name, text in named.items() if VERSION in text} >= {
        "azure-batch-go/go.mod",
        "azure-batch-java/pom.xml",
        "azure-batch-python/requirements.txt",
        "azure-batch-typescript/package.json",
        "azure-batch-yaml/Pulumi.yaml",
    }
