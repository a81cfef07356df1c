"""Writes the SDK of one language from schema.json, as a package that can be used as it is written.

    python scripts/sdk.py LANGUAGE FOLDER [--plugins URL]

The libraries behind `pulumi package gen-sdk` write it: for Python, Node and Go in `tools/pulumi/gensdk`, for Java and
.NET in the hosts of those languages. What they leave to a release of Pulumi's own is added here.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "schema.json"
LIBRARIES = ("go", "nodejs", "python")
HOSTS = ("dotnet", "java")


class Failed(Exception):
    """An SDK cannot be written; the message says why, unless a program that was run has said it."""


def main() -> int:
    arguments = argparse.ArgumentParser(description="Write the SDK of one language from schema.json.")
    arguments.add_argument("language", choices=sorted([*LIBRARIES, *HOSTS]))
    arguments.add_argument("folder", type=Path, help="a new or empty folder")
    arguments.add_argument(
        "--plugins", metavar="URL", help="where engines fetch the plugin (default: as schema.json says)"
    )
    options = arguments.parse_args()
    try:
        if options.folder.is_dir() and any(options.folder.iterdir()):
            raise Failed(f"{options.folder} is not empty.")
        schema = json.loads(SCHEMA.read_bytes())
        if options.plugins:
            schema["pluginDownloadURL"] = options.plugins
        if options.language in LIBRARIES:
            by_library(options.language, options.folder, schema)
        else:
            by_host(options.language, options.folder, schema)
        shutil.copy(ROOT / "LICENSE", options.folder)
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def by_library(language: str, folder: Path, schema: dict[str, Any]) -> None:
    """Let the library of a language write its SDK."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch, "schema.json")
        file.write_text(json.dumps(schema))
        run(ensured("gensdk") / "gensdk", language, file, folder)


def by_host(language: str, folder: Path, schema: dict[str, Any]) -> None:
    """Let the host of a language write its SDK, and complete it."""
    cli, host = ensured("pulumi"), ensured(language)
    with tempfile.TemporaryDirectory() as scratch, served(logo()) as address:
        # The generator for .NET fetches the package's picture, or Pulumi's where none is named.
        named = Path(scratch, "schema.json")
        named.write_text(json.dumps({**(in_csharp(schema) if language == "dotnet" else schema), "logoUrl": address}))
        said = subprocess.run(
            [cli / "pulumi", "package", "gen-sdk", named, "--language", language, "--out", scratch],
            env={
                **os.environ,
                "PATH": os.pathsep.join([str(host), str(cli), os.environ.get("PATH", "")]),
                "NO_PROXY": "127.0.0.1",
                "PULUMI_HOME": scratch,
                "PULUMI_IGNORE_AMBIENT_PLUGINS": "false",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if said.returncode != 0:
            raise Failed(said.stdout)
        if language == "java":
            Path(scratch, language, "pom.xml").write_text(pom(schema))
        shutil.copytree(Path(scratch, language), folder, dirs_exist_ok=True)


def in_csharp(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with its functions' examples in C# alone. The generator picks those of resources only."""

    def alone(found: re.Match[str]) -> str:
        block = re.search(r"^```csharp\n.*?^```$", found[0], re.MULTILINE | re.DOTALL)
        return f"## Example Usage\n\n{block[0]}" if block else ""

    section = re.compile(r"{{% examples %}}.*{{% /examples %}}", re.DOTALL)
    functions = {
        token: {**function, "description": section.sub(alone, function["description"])}
        for token, function in schema["functions"].items()
    }
    return {**schema, "functions": functions}


def pom(schema: dict[str, Any]) -> str:
    """The package for Maven, from which `mvn install` makes the jar."""
    settings = schema["language"]["java"]
    dependencies = "\n".join(
        f"""        <dependency>
            <groupId>{group}</groupId>
            <artifactId>{artifact}</artifactId>
            <version>{version}</version>
        </dependency>"""
        for name, version in sorted(settings["dependencies"].items())
        for group, artifact in [name.split(":")]
    )
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
    <modelVersion>4.0.0</modelVersion>
    <groupId>{settings["basePackage"]}</groupId>
    <artifactId>{schema["name"]}</artifactId>
    <version>{schema["version"]}</version>
    <name>{escape(schema["displayName"])}</name>
    <description>{escape(schema["description"])}</description>
    <url>{escape(schema["homepage"])}</url>
    <licenses>
        <license>
            <name>{escape(schema["license"])}</name>
        </license>
    </licenses>
    <properties>
        <maven.compiler.release>11</maven.compiler.release>
        <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
    </properties>
    <dependencies>
{dependencies}
    </dependencies>
    <build>
        <plugins>
            <plugin>
                <groupId>org.apache.maven.plugins</groupId>
                <artifactId>maven-compiler-plugin</artifactId>
                <version>3.14.0</version>
            </plugin>
        </plugins>
    </build>
</project>
"""


def logo() -> bytes:
    """A picture of 64 by 64 pixels for the package's entry at NuGet: three rows of tasks in a pool. PNG."""
    blue, white = b"\x00\x62\xad", b"\xff\xff\xff"
    rows = b"".join(
        b"\0" + b"".join(white if y % 16 in range(5, 11) and x % 16 in range(4, 12) else blue for x in range(64))
        for y in range(64)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@contextmanager
def served(picture: bytes) -> Iterator[str]:
    """The address of a picture, on loopback."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(picture)))
            self.end_headers()
            self.wfile.write(picture)

        def log_message(self, *_: object) -> None:
            """What the generator asks is nobody's concern."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/logo.png"
        finally:
            server.shutdown()


def ensured(what: str, *options: str) -> Path:
    """The folder of an executable that `tools/pulumi` finds or builds."""
    return Path(run(sys.executable, ROOT / "tools/pulumi/ensure.py", what, *options).strip())


def run(*command: str | Path) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Failed(f"`{' '.join(map(str, command))}` ended with {done.returncode}.")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
