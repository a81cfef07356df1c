from __future__ import annotations

import re

from batch_emulator.__main__ import _parser
from batch_emulator.state.switches import SWITCHES, printed
from batch_emulator.testing.control import PREFIX
from tests.emulator_process import EMULATOR, EmulatorProcess

README = (EMULATOR / "README.md").read_text(encoding="utf-8")


def test_every_switch_is_in_the_readme_with_its_default_and_values() -> None:
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (.*) \|$", README.split("## Switches")[1], re.MULTILINE))
    assert set(rows) == {switch.name for switch in SWITCHES}
    for switch in SWITCHES:
        default, about = rows[switch.name].split(" | ", 1)
        assert default == f"`{printed(switch.default)}`"
        assert about.startswith(switch.about)
        assert all(f"`{choice}`" in about for choice in switch.choices)


def test_every_option_is_in_the_readme() -> None:
    options = set(re.findall(r"--[a-z][a-z-]*", _parser().format_help())) - {"--help", "--version", "--list-switches"}
    assert options == set(re.findall(r"--[a-z][a-z-]*", README.split("## Options")[1].split("## Authentication")[0]))


def test_every_call_of_the_control_api_is_in_the_readme(emulator: EmulatorProcess) -> None:
    text = emulator.call("GET", f"{PREFIX}nothing").body["message"]["value"].split("It has")[1]
    calls = re.findall(rf"(GET|POST|DELETE) {PREFIX}(\S+?)[,.]", text)
    assert len(calls) > 10
    table = README.split("## Control API")[1].split("A fault strikes")[0]
    for method, noun in calls:
        assert f"`{method} {noun}`" in table


def test_the_differences_name_switches_and_options_that_there_are() -> None:
    text = (EMULATOR / "differences.md").read_text(encoding="utf-8")
    switches = {switch.name: switch for switch in SWITCHES}
    for name, value in re.findall(r"`([a-z-]+)=([a-z-]+)`", text):
        assert value in map(str, switches[name].choices)
    for name in re.findall(r"switch(?:es)? `([a-z-]+)`", text):
        assert name in switches
    assert set(re.findall(r"--[a-z][a-z-]*", text)) <= set(re.findall(r"--[a-z][a-z-]*", _parser().format_help()))
