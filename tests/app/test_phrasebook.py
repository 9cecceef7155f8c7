"""What the library says, in another language: nothing is left out, and no value is lost or changed."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator import catalogue
from generator.app import languages
from generator.app.error_templates import Hole, gather, template_of
from generator.app.errors_in_words import Complaint, said
from generator.app.languages import LANGUAGES, LOCALE, in_words, phrasebook
from generator.app.phrasebook import Phrasebook, joined
from generator.errors import ConfigError

CODES = [code for code in LANGUAGES if code != "en"]
AWKWARD = [
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
]
AWKWARD += [" x ", "../[x](y).mid", "***", "</b>", "\\1", "(?P<a>.*)", "𠮷", "né", "--seed", "é" * 300]


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
    for text, translated in entries(code).items():
        assert set(places(text)) == set(places(translated)), text


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
        (
            "chorales: Bach's chorales in four voices, as the package music21 carries them",
            "chorales：巴赫的四部众赞歌，取自软件包 music21",
        ),
        (
            "--prompt is no music in ABC: There is not one note in it.",
            "--prompt 不是用 ABC 写的音乐：里面一个音符也没有。",
        ),
        ("A of --word has no tone in the rhyme book.", "--word 中的“A”在韵书中没有声调。"),
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


def test_no_page_shows_an_error_past_the_catalogue():
    """``error.message`` is shown by ``said`` or ``in_words``; where it is kept for later, it is said later."""
    raw = re.compile(r"""f"[^"]*\{[\w.]*\.(?:message|hint|reason|problem)\b""")
    for path in sorted((Path(languages.__file__).parent).glob("*.py")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if raw.search(line) and "raise " not in line and "Error(" not in line:
                assert "progress.scored(" in line, f"{path.name}: {line}"


def test_errors_on_a_page_are_in_its_language(monkeypatch):
    error = ConfigError("--count must be 1 or more.", "Ask for at least one variation.")
    assert said(error) == "--count must be 1 or more. Ask for at least one variation."
    assert Complaint.of(error).said({"count": "Variations"}) == (
        "“Variations” must be 1 or more. Ask for at least one variation."
    )
    monkeypatch.setattr(languages, "language", lambda: "zh_CN")
    assert said(error) == "--count 至少为 1。至少写一篇。"
    assert Complaint.of(error).said({"count": "篇数"}) == "“篇数” 至少为 1。至少写一篇。"


def test_what_the_shipped_corpora_are_is_translated():
    for entry in catalogue.corpora(Path("nowhere")):
        for text in (entry.title, entry.licence):
            assert in_words(text, "zh_CN") == ZH[text]
