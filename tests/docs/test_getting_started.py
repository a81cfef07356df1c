"""docs/getting-started.md shows the programs that `make try` brings, with the same five commands in each language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.first_project import EXAMPLE, Failed, settings
from tests.docs.commands import ROOT, blocks

PAGE = ROOT / "docs" / "getting-started.md"
SECTIONS = {
    section.partition("\n")[0]: section for section in re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
}
LANGUAGES = {
    "YAML": "yaml",
    "Python": "python",
    "TypeScript": "typescript",
    "Go": "go",
    "Java": "java",
    "C\\#": "csharp",
}


def test_there_is_a_section_for_each_language_that_can_be_tried() -> None:
    assert set(LANGUAGES.values()) == {path.name for path in EXAMPLE.iterdir() if path.is_dir()}
    assert [title for title in SECTIONS if title in LANGUAGES] == list(LANGUAGES)


@pytest.mark.parametrize("title", LANGUAGES)
def test_a_section_has_five_commands_and_the_program_of_the_example(title: str) -> None:
    folder = EXAMPLE / LANGUAGES[title]
    program = [line.strip() for path in folder.rglob("*") if is_source(path) for line in path.read_text().splitlines()]
    (shown,) = re.findall(r"^```(?!sh)\w+\n(.*?)^```$", SECTIONS[title], re.MULTILINE | re.DOTALL)
    assert [line for line in shown.splitlines() if line.strip() not in program] == []

    (commands,) = [
        block.text for block in blocks(PAGE) if block.kind == "run" and block.said == f"start {LANGUAGES[title]}"
    ]
    assert len(commands.splitlines()) <= 5
    (first,) = [block.text for block in blocks(PAGE) if block.said == "start yaml" and block.kind == "run"]
    assert commands == first.replace("=yaml", f"={LANGUAGES[title]}")


def executable(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("language", ["go", "python", "typescript"])
def test_a_language_that_pulumi_cannot_run_is_refused(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(executable(tmp_path / "engine" / "pulumi").parent))
    with pytest.raises(Failed, match=f"cannot run programs in {language}"):
        settings(language, tmp_path)


def test_a_host_is_found_beside_the_engine_or_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = executable(tmp_path / "engine" / "pulumi")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pulumi").symlink_to(engine)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    host = executable(tmp_path / "bin" / "pulumi-language-go")
    assert settings("go", tmp_path)["PULUMI_IGNORE_AMBIENT_PLUGINS"] == "false"
    # The engine looks where it is itself, which is not where a link to it is.
    host.rename(engine.parent / host.name)
    assert "PULUMI_IGNORE_AMBIENT_PLUGINS" not in settings("go", tmp_path)


def is_source(path: Path) -> bool:
    return path.is_file() and not {"sdk", "node_modules", "bin", "obj", "target"} & set(path.parts)
