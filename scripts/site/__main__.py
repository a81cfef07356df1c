"""Builds the documentation's site: the pages of the repository, and a reference made from the schema.

    python -m scripts.site FOLDER

Links between pages go on between pages; those to other files of the repository lead to where it is published. mkdocs is
strict: a link that leads nowhere ends the build.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.site import reference

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    Path("README.md"): "index.md",
    Path("emulator/README.md"): "emulator.md",
    Path("emulator/differences.md"): "differences.md",
}
"""Pages that lie outside docs, and where they are in the site."""
_LINK = re.compile(r"(!?\[[^\]]*\]\()([^)#\s]+)(#[^)]*)?\)")


def main() -> int:
    folder = Path(sys.argv[1]).absolute()
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch, "pages")
        assemble(source)
        shutil.copy(ROOT / "mkdocs.yml", scratch)
        mkdocs = (sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder))
        code = subprocess.run(mkdocs, cwd=scratch, stdin=subprocess.DEVNULL).returncode
    if code == 0:
        print(f"The site is in {folder}: open {folder / 'index.html'}")
    return code


def assemble(source: Path) -> None:
    """Write what mkdocs reads."""
    schema = json.loads((ROOT / "schema.json").read_bytes())
    places = dict(PAGES)
    for page in sorted((ROOT / "docs").glob("*.md")):
        # Those of the Pulumi Registry begin with a head of its own, and say what other pages say here.
        if not page.read_text().startswith("---"):
            places[page.relative_to(ROOT)] = page.name
    for page in sorted((ROOT / "examples").glob("*/README.md")):
        places[page.relative_to(ROOT)] = f"examples/{page.parent.name}.md"
    texts = {place: moved(path, places, schema["repository"]) for path, place in places.items()}
    texts |= reference.pages(schema)
    for place, text in texts.items():
        (source / place).parent.mkdir(parents=True, exist_ok=True)
        (source / place).write_text(text)
    for picture in (ROOT / "docs").glob("*.svg"):
        shutil.copy(picture, source)


def moved(page: Path, places: dict[Path, str], repository: str) -> str:
    """The text of a page, with its links as they are from its place in the site."""
    up = "../" * places[page].count("/")

    def link(found: re.Match[str]) -> str:
        start, target, anchor = found[1], found[2], found[3] or ""
        if "://" in target:
            return found[0]
        file = Path(*((ROOT / page).parent / target).resolve().relative_to(ROOT).parts)
        if file in places or (file / "README.md") in places:
            return f"{start}{up}{places.get(file) or places[file / 'README.md']}{anchor})"
        if file.suffix == ".svg" and file.parent == Path("docs"):
            return f"{start}{up}{file.name})"
        kind = "tree" if (ROOT / file).is_dir() else "blob"
        return f"{start}{repository}/{kind}/main/{file.as_posix()}{anchor})"

    return _LINK.sub(link, (ROOT / page).read_text())


if __name__ == "__main__":
    sys.exit(main())
