"""What the library says, in another language: nothing is left out, and no value is lost or changed."""

from __future__ import annotations

from string import Formatter

import pytest
from babel.messages.pofile import read_po
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.app.error_templates import gather, template_of
from generator.app.languages import LANGUAGES, LOCALE, in_words, phrasebook
from generator.app.phrasebook import Phrasebook, joined

CODES = [code for code in LANGUAGES if code != "en"]
AWKWARD = [
    *(
        "x",
        "17",
        "1,024",
        "C:\\new\\file.txt",
        "{name}",
        "{",
        "}}",
        "100 %",
        "%s",
        "“床前明月光”",
        "'it''s'",
        "a\nb",
        " ",
    ),
    *("../[x](y).mid", "*" * 3, "</b>", "\\1", "(?P<a>.*)", "𠮷", "né", "--seed", "é" * 300),
]


def entries(code: str) -> dict[str, str]:
    """The catalogue, as it is written."""
    with open(LOCALE / code / "LC_MESSAGES" / "errors.po", "rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file, locale=code) if each.id}


def places(template: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


ZH = entries("zh_CN")
WITH_PLACES = sorted(each for each in ZH if places(each))


@pytest.mark.parametrize("code", CODES)
def test_all_that_the_library_says_is_translated(code: str):
    known = entries(code)
    templates = gather()
    assert not [each for each in templates if not known.get(each, "").strip()]
    assert len(templates) > 700
    assert not sorted(set(known) - set(templates))


@pytest.mark.parametrize("code", CODES)
def test_places_are_kept(code: str):
    for said, translated in entries(code).items():
        assert set(places(said)) == set(places(translated)), said


@pytest.mark.parametrize("code", CODES)
def test_what_is_compiled_is_what_was_written_of_errors(code: str):
    book = Phrasebook(entries(code))
    assert phrasebook(code).exact == book.exact
    assert phrasebook(code).templates == book.templates


def test_texts_are_gathered_wherever_they_are_made(tmp_path):
    (tmp_path / "one.py").write_text(
        """
HINTS = {"a": "Ask for a pear.", "b": "Ask for a plum."}
class GeneratorError(Exception): ...
class Mine(GeneratorError): ...
def plain(x, kind, error):
    what = "ripe" if x else f"as green as {x}"
    if x > 1:
        raise Mine(f"{x!r} is not {what}: {error.message}", HINTS[kind])
    raise Mine("A {brace}, and " + ("this" if x else "that") + f" too: {x}.", hint=other(x))
def other(x) -> str:
    return f"Have {x} words. " + bare() if x else "Nothing helps."
def bare() -> str:
    return "See below."
def pass_on(error):
    raise Mine(error.message, error.hint)
def given(said):
    raise GeneratorError(said)
def caller():
    given("It is given away.")
class Report: ...
def tell(report: Report):
    report.reason = f"no reader for {report.suffix} files"
    report.dropped["too short"] += 1
""",
        encoding="utf-8",
    )
    found = set(gather(tmp_path))
    assert found >= {
        "{x} is not {what_}: {message_}",
        "as green as {x}",
        "Ask for a pear.",
        "Ask for a plum.",
        "A {{brace}}, and this too: {x}.",
        "A {{brace}}, and that too: {x}.",
        "Have {x} words. {bare_}",
        "See below.",
        "Nothing helps.",
        "It is given away.",
        "no reader for {suffix} files",
        "too short",
    }


def test_a_shape_names_equal_values_alike_and_others_apart():
    from generator.app.error_templates import Hole

    first, second = Hole("name", "a.name"), Hole("name", "b.name")
    assert template_of(("{", first, " ", second, " ", first, " --", Hole("key_", "key"))) == (
        "{{{name} {name2} {name} --{key}"
    )


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(WITH_PLACES), st.lists(st.sampled_from(AWKWARD), min_size=12, max_size=12))
@example("{name} cannot be used: {problem_}.", ["a: b.", "c"] * 6)
def test_a_message_keeps_its_values(template: str, values: list[str]):
    put = dict(zip(dict.fromkeys(places(template)), values, strict=False))
    said = in_words(template.format(**put), "zh_CN")
    assert said != template.format(**put) or ZH[template].format(**put) == said
    for value in put.values():
        assert value.strip().strip("'") in said


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(WITH_PLACES), st.lists(st.from_regex(r"[A-Z]{2}[0-9]{4}", fullmatch=True), min_size=12, max_size=12)
)
def test_a_message_is_translated_by_its_own_template(template: str, values: list[str]):
    put = dict(zip(dict.fromkeys(places(template)), values, strict=False))

    def bare(text: str) -> str:
        return text.replace(" ", "")

    said = in_words(template.format(**put), "zh_CN")
    alike = [each for each in WITH_PLACES if shape(each) == shape(template)]
    assert bare(said) in {
        bare(ZH[each].format(**dict(zip(dict.fromkeys(places(each)), values, strict=False)))) for each in alike
    }


def shape(template: str) -> str:
    """A template without the names of its places."""
    return "{}".join(text for text, _, _, _ in Formatter().parse(template.strip()))


@pytest.mark.parametrize(
    ("said", "translated"),
    [
        ("poems.txt is empty.", "poems.txt 是空的。"),
        ("there is no form 'xyz'", "没有“xyz”这种体裁"),
        (
            "There is no piece in a.mid that can be used: an overlap in bar 3 in part 1.",
            "a.mid 中没有可用的乐曲：有重叠，第 1 声部组：在第 3 小节。",
        ),
        (
            "Nothing could be read from x: no reader for .exe files (3 files); empty (1 file).",
            "从 x 什么也读不出来：无法读取 .exe 文件（3 个文件）；空白（1 个文件）。",
        ),
        ("wishes.toml: a form needs 'lines'", "wishes.toml：体裁必须有“lines”"),
        ("What is this", "What is this"),
        ("", ""),
    ],
)
def test_messages_come_back_in_chinese(said: str, translated: str):
    assert in_words(said, "zh_CN") == translated
    assert in_words(said, "en") == said


@given(st.text())
def test_any_text_can_be_asked_for(text: str):
    assert in_words(text, "en") == text
    in_words(text, "zh_CN")


def test_a_very_long_text_is_let_through():
    text = "a is b: " * 2000
    assert in_words(text, "zh_CN") == text


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("A is b.", "Do c."), "A is b. Do c."),
        (("a is b", "Do c."), "a is b. Do c."),
        (("没有“甲”", "请换一个。"), "没有“甲”。请换一个。"),
        (("甲。", ""), "甲。"),
        (("", ""), ""),
    ],
)
def test_sentences_are_joined(parts: tuple[str, str], text: str):
    assert joined(*parts) == text
