"""`make docs` builds a site without a broken link, and fails where there is one."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

from tests.languages.workshop import KEPT, ROOT, ended, succeed


def test_the_site_is_whole_and_a_link_that_leads_nowhere_ends_its_build(tmp_path: Path) -> None:
    environment = KEPT / "docs"
    succeed("python3", ROOT / "tools" / "venv.py", environment, ROOT / "docs" / "requirements.txt", folder=ROOT)
    site, python = tmp_path / "site", environment / "bin" / "python"
    succeed(python, "-m", "scripts.site", site, folder=ROOT)
    for page in site.rglob("*.html"):
        if page.name != "404.html":
            targets = re.findall(r'(?:href|src)="([^":?#]+)[?#"]', page.read_text())
            assert [name for name in targets if not Path(os.path.normpath(page.parent / unquote(name))).exists()] == []
    for name in ("jobschedule", "gettask"):
        text = (site / "reference" / f"{name}.html").read_text()
        tabs = re.findall(r'<label for="__tabbed_1_\d">(.*?)</label>', text)
        assert tabs == ["TypeScript", "Python", "Go", "C#", "Java", "YAML"] and "{{%" not in text

    copy = tmp_path / "copy"
    kept = (
        "docs",
        "emulator/README.md",
        "emulator/differences.md",
        "examples",
        "README.md",
        "mkdocs.yml",
        "schema.json",
    )
    for name in (*kept, "scripts/site"):
        source, target = ROOT / name, copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    (copy / "docs" / "waiting.md").write_text("# Waiting\n\n[gone](pools.md#nowhere)\n")
    done = ended(python, "-m", "scripts.site", tmp_path / "other", folder=copy)
    assert done.returncode != 0 and "nowhere" in done.stdout + done.stderr
