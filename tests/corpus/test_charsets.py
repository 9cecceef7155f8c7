"""Encodings are found in order: what was said, the mark, strict UTF-8, a guess that is shown."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.corpus import charsets
from generator.corpus.charsets import Charset, TextStream, candidates, guess_charset, text_of_head
from generator.errors import UnreadableFile

CHINESE = "春江花月夜，孤帆遠影碧空盡，唯見長江天際流。\n床前明月光，疑是地上霜；舉頭望明月，低頭思故鄉。\n" * 20
FRENCH = (
    "Où êtes-vous passé, cher ami ? Déjà l'été s'achève à Orléans. Le garçon naïf a mangé des gâteaux près de"
    " l'hôtel, et sa sœur préférait rêver. Après la fête, nous sommes allés à la forêt.\n"
) * 10


def decoded(content: bytes, said: str | None = None) -> tuple[str, TextStream]:
    stream = TextStream(io.BytesIO(content), candidates(content[:4], said))
    return "".join(stream), stream


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells(codec: str) -> None:
    text, stream = decoded("Ünï ✓ 春\n".encode(codec))
    assert text == "Ünï ✓ 春\n"
    assert stream.charset.found == "mark"


@pytest.mark.parametrize(("mark", "codec"), [(b"\xfe\xff", "utf-16-be"), (b"\x00\x00\xfe\xff", "utf-32-be")])
def test_a_mark_of_the_other_byte_order(mark: bytes, codec: str) -> None:
    assert decoded(mark + "春x".encode(codec))[0] == "春x"


def test_the_mark_is_not_text_even_where_the_encoding_was_said() -> None:
    assert decoded("春".encode("utf-8-sig"), "utf-8")[0] == "春"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff")), st.integers(1, 9))
@settings(max_examples=200)
def test_text_does_not_depend_on_blocks(text: str, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charsets, "BLOCK", block)
        found, stream = decoded(text.encode(), "utf-8")
    assert found == text.replace("\r\n", "\n").replace("\r", "\n")
    assert stream.newlines_changed == text.count("\r")
    assert stream.bytes_read == len(text.encode())


@given(st.text("ab\r\n", max_size=30), st.integers(1, 5), st.sampled_from(["utf-8", "utf-16", "gb18030"]))
def test_returns_at_the_ends_of_blocks(text: str, block: int, codec: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charsets, "BLOCK", block)
        assert decoded(text.encode(codec), codec)[0] == text.replace("\r\n", "\n").replace("\r", "\n")


@given(st.integers(0, 200), st.integers(1, 64))
def test_a_wrong_byte_is_found_at_its_place(place: int, block: int) -> None:
    content = ("é" * 200).encode()
    wrong = content[: place * 2] + b"\xff" + content[place * 2 :]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charsets, "BLOCK", block)
        with pytest.raises(UnicodeDecodeError) as caught:
            decoded(wrong)
    assert caught.value.start == place * 2


@pytest.mark.parametrize(
    ("text", "codec"),
    [(CHINESE, "big5"), (CHINESE, "gb18030"), (FRENCH, "cp1252"), ("Мороз и солнце! " * 40, "cp1251")],
)
def test_other_encodings_are_guessed(text: str, codec: str) -> None:
    content = text.encode(codec)
    guess = guess_charset(io.BytesIO(content), 0)
    assert content.decode(guess.codec) == text
    assert guess.label.endswith("(guessed)")


def test_a_failure_far_into_a_file_is_looked_at_where_it_is() -> None:
    content = b"plain English words in a row\n" * 20_000 + CHINESE.encode("gb18030")
    with pytest.raises(UnicodeDecodeError) as caught:
        decoded(content)
    assert caught.value.start >= 29 * 20_000
    guess = guess_charset(io.BytesIO(content), caught.value.start)
    assert content.decode(guess.codec).endswith(CHINESE)


def test_nul_bytes_are_not_text() -> None:
    with pytest.raises(UnreadableFile, match="NUL"):
        decoded(b"some\0thing")
    with pytest.raises(UnreadableFile, match="NUL"):
        guess_charset(io.BytesIO(b"\x89PNG\r\n\0\0\xff"), 0)


def test_the_head_of_a_file_may_end_inside_a_character(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charsets, "HEAD", 4)
    assert text_of_head(io.BytesIO("春江".encode()), None) == "春"
    assert text_of_head(io.BytesIO(b"a\r\nb"), None) == "a\nb"


def test_labels() -> None:
    assert [Charset("x", found).label for found in ("said", "mark", "strict", "guessed")] == [
        "x",
        "x (mark)",
        "x",
        "x (guessed)",
    ]
