from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azure_batch_provider.values.template import Placeholder, Template, TemplateError, escaped, has_braces, parse

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
PLACEHOLDERS = st.builds(Placeholder, NAMES, st.integers(0, 64)) | st.builds(Placeholder, NAMES, safe=st.just(True))
BRACES = st.text("{}ab0:", max_size=20)


@settings(deadline=None)
@given(st.text() | BRACES)
def test_any_text_that_is_escaped_stands_for_itself(text: str) -> None:
    template = parse(escaped(text))
    assert template.names == frozenset()
    assert template.rendered({}) == text


@settings(deadline=None)
@given(st.lists(st.text() | BRACES | PLACEHOLDERS), st.integers())
def test_placeholders_are_found_between_any_texts(parts: list[str | Placeholder], value: int) -> None:
    def written(part: str | Placeholder) -> str:
        if isinstance(part, str):
            return escaped(part)
        form = f":0{part.width}" if part.width else ":id" if part.safe else ""
        return f"{{{part.name}{form}}}"

    template = parse("".join(map(written, parts)))
    placeholders = [part for part in parts if isinstance(part, Placeholder)]
    assert list(template.placeholders) == placeholders
    texts = [
        part if isinstance(part, str) else f"{value:0{part.width}d}" if part.width else str(value) for part in parts
    ]
    assert template.rendered(dict.fromkeys(template.names, value)) == "".join(texts)


@settings(deadline=None)
@given(BRACES)
def test_a_text_is_a_template_or_refused_with_the_place_of_the_brace(text: str) -> None:
    try:
        template = parse(text)
    except TemplateError as error:
        assert "at character" in str(error) or "digits" in str(error)
    else:
        rendered = template.rendered(dict.fromkeys(template.names, 7))
        assert has_braces(text) or rendered == text


@settings(deadline=None)
@given(BRACES, st.text("xyz", min_size=4, max_size=8))
def test_a_reason_repeats_nothing_of_the_text(text: str, secret: str) -> None:
    for written in (f"{{{text}{secret}", f"{secret}}}{text}", f"{{{secret} }}", f"{{{secret}:{secret}}}"):
        try:
            parse(written)
        except TemplateError as error:
            assert secret not in str(error)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("render -f {frame:05} -o {frame}.exr", "render -f 00007 -o 7.exr"),
        ("/bin/sh -c 'echo ${{HOME}} {frame}'", "/bin/sh -c 'echo ${HOME} 7'"),
        ("awk '{{print ${frame}}}' in", "awk '{print $7}' in"),
        ('run --json {{"frame":{frame},"a":{{}}}}', 'run --json {"frame":7,"a":{}}'),
        ("find . -exec rm {{}} ;", "find . -exec rm {} ;"),
        ("{{frame}}", "{frame}"),
        ("{{{frame}}}", "{7}"),
        ("{{{{frame}}}}", "{{frame}}"),
        ("{frame:id}-{frame}", "7-7"),
    ],
)
def test_commands_are_written_with_doubled_braces(written: str, meant: str) -> None:
    assert parse(written).rendered({"frame": 7}) == meant


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("awk '{print $1}'", "has braces at character 6"),
        ('run {"frame": {frame}}', "has a `{` at character 5 that does not belong to a placeholder; write `{{`"),
        ("find . -exec rm {} ;", "has braces at character 17 with something in them that is not the name"),
        ("a {1,2}", "has braces at character 3"),
        ("render {0}", "has a number in braces at character 8: placeholders have the names of parameters"),
        ("render {0:5}", "has a number in braces at character 8"),
        ("{frame:5}", "has a placeholder at character 1 with a form that is not known: `{name:05}`"),
        ("{frame:05d}", "form that is not known"),
        ("{frame:}", "form that is not known"),
        ("{frame:ID}", "form that is not known: `{name:05}` pads with zeros to 5 digits, `{name:id}` puts `_` in"),
        ("{frame:00}", "form that is not known"),
        ("{frame:065}", "pads `frame` to 65 digits, at most 64 are allowed"),
        ("{frame!r}", "not the name of a parameter"),
        ("{frame.real}", "not the name of a parameter"),
        ("{ frame }", "not the name of a parameter"),
        ("{bröd}", "not the name of a parameter"),
        ("{" + "n" * 65 + "}", "not the name of a parameter"),
        ("{frame", "has a `{` at character 1"),
        ("frame}", "has a `}` at character 6"),
        ("{{frame}", "has a `}` at character 8"),
        ("{frame}}", "has a `}` at character 8"),
    ],
)
def test_what_is_not_a_template_is_refused_with_what_to_write(written: str, reason: str) -> None:
    with pytest.raises(TemplateError) as refused:
        parse(written)
    assert reason in str(refused.value)


def test_padding_leaves_the_sign_in_front() -> None:
    template = parse("{n:04}")
    assert [template.rendered({"n": n}) for n in (-5, 5, -12345, 12345)] == ["-005", "0005", "-12345", "12345"]


def test_a_renderer_takes_values_by_place() -> None:
    assert Template(("{", Placeholder("b", 2), "-", Placeholder("b"))).renderer(("a", "b"))("x", 3) == "{03-3"


@given(st.text(), st.text())
def test_a_value_can_be_written_as_an_id_has_it(one: str, other: str) -> None:
    rendered = parse("{b:id}{a:id}-{b}").rendered({"a": one, "b": other})
    safe, plain = rendered[: len(one) + len(other)], rendered[len(one) + len(other) :]
    assert plain == f"-{other}"
    letters = zip(safe, other + one, strict=True)
    assert all(
        ours in ("_", theirs) and (ours == theirs) == (re.fullmatch("[A-Za-z0-9_-]", theirs) is not None)
        for ours, theirs in letters
    )
