"""Each command in a page is run by a test, or says why not. `tests/languages` runs the sessions."""

from __future__ import annotations

from pathlib import Path

from tests.docs import commands
from tests.docs.commands import ROOT, blocks, pages

FOUND = [block for page in pages() for block in blocks(page)]


def test_every_block_of_commands_is_run_or_says_why_not() -> None:
    assert len(FOUND) > 40
    assert [str(block) for block in FOUND if not block.kind] == []


def test_what_a_block_names_is_there() -> None:
    sessions = set(commands.sessions())
    for block in FOUND:
        assert block.said.strip(), str(block)
        if block.kind == "run by":
            assert (ROOT / block.said).is_file(), str(block)
        elif block.kind == "output of":
            assert (block.page, block.said) in sessions, str(block)


def test_commands_are_found_however_they_are_written(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A\n\n    pulumi up\n\n    and more\n\n```\nA=1 make it\n```\n\n```sh\n./run\n```\n\n```yaml\nmake: no\n```"
        "\n\n1. In a list:\n\n   <!-- not run: it is late -->\n   ```console\n   $ ls\n   ```\n\n    name: no command\n"
    )
    found = [(block.line, block.kind, block.said) for block in blocks(page)]
    assert found == [(3, "", ""), (7, "", ""), (11, "", ""), (22, "not run", "it is late")]
