"""Poems in forms: the form and every wish are kept whatever the network says, or refused before the first step."""

from __future__ import annotations

import dataclasses
import re
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import currently_in_test_context, event, given, settings
from hypothesis import strategies as st
from small_poets import ALIKE, TWICE, WIDE, poems, small_poet

from generator.config import SamplingConfig, VerseConfig
from generator.decoding import generate
from generator.decoding.constraints.chinese_form import ChineseForm
from generator.decoding.constraints.drafting import Drafts
from generator.decoding.constraints.plans import Wishes
from generator.decoding.constraints.sounds import SoundMasks
from generator.errors import ConstraintUnsatisfiable
from generator.seeding import candidate_seeds
from generator.text.checking import check, check_wishes
from generator.text.chinese.analysis import lines_of
from generator.text.chinese.script import to_simplified
from generator.text.chinese.sounds import rhymebook
from generator.text.forms import Form, Line, Pattern, find_form

FORMS = [
    "wujue", "qijue", "wulv", "qilv", "guwu", "guqi", "duilian", "ci:如梦令", "ci:西江月", "ci:菩萨蛮", "ci:浣溪沙",
    "ci:调笑令", "ci:虞美人", "ci:忆秦娥",
]  # fmt: skip
EVERY = "".join(dict.fromkeys(WIDE + TWICE + ALIKE))


def faults(text: str, wish: VerseConfig) -> list[str]:
    """What the judge has against a poem."""
    form = find_form(wish.form)
    report = check(text, form, book=form.book or wish.book)
    broken = [finding.said for finding in report.broken]
    return broken + check_wishes(
        text, form, wish.acrostic, wish.start, wish.rhyme, wish.word, wish.upper, book=form.book or wish.book
    )


def judged(wish: VerseConfig, poet=None, seed: int = 1, count: int = 2, **more: float) -> list[str]:
    """Write, and hold every poem against the form and the wishes, as it is written and as it is shown."""
    poet = poet or small_poet()
    generation = poems(poet, wish, seed, count, **more)
    samples = generation.samples()
    for sample in samples:
        assert sample.ended
        written = poet.writer.tokenizer.decode(list(sample.tokens))
        for text in {written, sample.text, to_simplified(written)}:
            assert not faults(text, wish), (text, faults(text, wish), wish)
    return [sample.text for sample in samples]


@st.composite
def wishes(draw, known: str, forms=FORMS) -> VerseConfig:
    """Some of all that can be wished at once."""
    some = st.text(st.sampled_from(known), min_size=1, max_size=7)
    doubled = some.map(lambda text: text[0] * 2 + text[1:])
    marked = st.tuples(some, some, st.sampled_from("，。\n, ")).map(lambda parts: parts[0] + parts[2] + parts[1])
    book = draw(st.sampled_from(["pingshui", "pingshui", "xinyun", "cilin"]))
    form = draw(st.sampled_from(forms))
    maybe = draw(st.sets(st.sampled_from(["acrostic", "rhyme", "start", "upper", "word"]), max_size=3))
    return VerseConfig(
        form=form,
        book=book,
        acrostic=draw(some | doubled) if "acrostic" in maybe else None,
        rhyme=draw(st.sampled_from(rhymebook(find_form(form).book or book).groups())) if "rhyme" in maybe else None,
        start=draw(some | doubled | marked) if "start" in maybe else None,
        upper=draw(some) if "upper" in maybe and form in ("duilian", "wujue") else None,
        word=tuple(draw(st.lists(some.map(lambda text: text[:3]), max_size=3))) if "word" in maybe else (),
        theme=draw(st.none() | some.map(",".join)),
        repeat=draw(st.booleans()),
        candidates=draw(st.sampled_from([1, 1, 2])),
        lookahead=draw(st.sampled_from([0.0, 0.5, 3.0])),
        script=draw(st.sampled_from(["auto", "simplified", "traditional"])),
    )


@settings(max_examples=20)
@given(st.data(), st.integers(0, 2**40))
def test_every_poem_keeps_its_form_and_wishes_or_is_refused_beforehand(data: st.DataObject, seed: int):
    wish = data.draw(wishes(EVERY))
    try:
        generation = poems(small_poet(), wish, seed)
    except ConstraintUnsatisfiable as error:
        event("refused")
        assert error.hint
        return
    event("written")
    del generation
    judged(wish, seed=seed)


@cache
def rhyming(book: str) -> dict[str, str]:
    """The characters of each rhyme."""
    found: dict[str, str] = {}
    for character in EVERY:
        for group in rhymebook(book).rhymes(character):
            found[group] = found.get(group, "") + character
    return found


@st.composite
def few_characters(draw) -> str:
    """A vocabulary with which a poem can just be written, or just not: some of one or two rhymes, and some others."""
    groups = sorted((chars for chars in rhyming("pingshui").values() if len(chars) > 2), key=len)
    chosen = draw(st.lists(st.sampled_from(groups), min_size=1, max_size=2))
    rhymes = [draw(st.lists(st.sampled_from(chars), min_size=2, max_size=7)) for chars in chosen]
    others = draw(st.lists(st.sampled_from(EVERY), min_size=2, max_size=8))
    return "".join(dict.fromkeys([*others, *(character for chars in rhymes for character in chars)]))


def told(what: str) -> None:
    """Count it among what Hypothesis shows."""
    if currently_in_test_context():
        event(what)


def try_to_write(form: Form, asked: Wishes, poet, book: str, seed: int, count: int = 2) -> bool:
    """Whether it is written; that it then keeps everything is asserted."""
    sounds = SoundMasks(poet.writer.tokenizer, rhymebook(book))
    try:
        rule = ChineseForm(Drafts(form, asked, sounds), poet.aids.bigrams, 0.5)
        generation = generate(
            poet.writer, "", SamplingConfig(seed=seed, temperature=1.0), count=count, constraints=[rule]
        )
    except ConstraintUnsatisfiable as error:
        assert error.hint
        told("refused")
        return False
    told("written")
    for sample in generation.samples():
        for text in {sample.text, to_simplified(sample.text)}:
            broken = [finding.said for finding in check(text, form, book=book).broken]
            broken += check_wishes(
                text, form, asked.acrostic or None, asked.start or None, asked.rhyme, asked.words, asked.upper or None,
                book=book,
            )  # fmt: skip
            assert not broken, (text, broken)
    return True


def some_wishes(draw, known: str, most: int) -> Wishes:
    some = st.text(st.sampled_from(known), min_size=1, max_size=6)
    maybe = draw(st.sets(st.sampled_from(["acrostic", "start", "words"]), max_size=most))
    return Wishes(
        acrostic=draw(some) if "acrostic" in maybe else "",
        start=draw(some) if "start" in maybe else "",
        words=tuple(draw(st.lists(some.map(lambda text: text[:2]), max_size=2))) if "words" in maybe else (),
        repeat=draw(st.booleans()),
    )


@settings(max_examples=30)
@given(st.data(), few_characters(), st.integers(0, 2**40))
def test_so_it_is_with_a_vocabulary_of_a_few_characters(data: st.DataObject, known: str, seed: int):
    form = find_form(
        data.draw(st.sampled_from(["wujue", "qijue", "guwu", "duilian", "ci:西江月", "ci:浣溪沙", "ci:如梦令"]))
    )
    asked = some_wishes(data.draw, known, 1)
    try_to_write(form, asked, small_poet(known), data.draw(st.sampled_from(["pingshui", "cilin"])), seed)


@settings(max_examples=30)
@given(st.data(), st.lists(st.sampled_from(EVERY), min_size=2, max_size=9, unique=True), st.integers(0, 2**40))
def test_couplets_share_no_character_however_few_there_are(data: st.DataObject, known: list[str], seed: int):
    asked = some_wishes(data.draw, "".join(known), 2)
    try_to_write(find_form("duilian"), asked, small_poet("".join(known)), "pingshui", seed)


@st.composite
def own_forms(draw) -> Form:
    """Forms that nobody has thought of: any tones, rhymes across lines, refrains, opposed lines.

    Of several templates of a line the judge takes the first that fits, not the one by which the line rhymes
    or opposes another. So opposed lines have one template here, and those of others end alike.
    """
    opposed = draw(st.booleans())
    length, count = draw(st.integers(1, 5)), draw(st.integers(2, 2 if opposed else 6))
    patterns = []
    for name in range(draw(st.integers(1, 2))):
        lines: list[Line] = []
        for index in range(count):
            earlier = [number for number in range(index) if not opposed]
            last = draw(st.sampled_from("平仄中"))
            tones = st.text("平仄中", min_size=length - 1, max_size=length - 1).map(
                lambda tones, last=last: tones + last
            )
            letter = None if opposed else draw(st.sampled_from([None, "A", "A", "B"]))
            lines.append(
                Line(
                    length=length,
                    tones=tuple(draw(st.lists(tones, max_size=1 if opposed else 3, unique=True))),
                    rhyme=letter,
                    rhyme_tone=draw(st.sampled_from([None, "平", "仄"])) if letter else None,
                    refrain=draw(st.sampled_from(earlier)) if earlier and draw(st.integers(0, 4)) == 0 else None,
                    end=draw(st.sampled_from("，。")),
                )
            )
        patterns.append(Pattern(str(name), tuple(lines)))
    return Form(
        "own", "zh", {}, (), tuple(patterns),
        pairs=((0, 1),) if opposed else (), opposed=opposed,
        distinct_rhymes=draw(st.booleans()),
        kindred=(("A", "B"),) if draw(st.integers(0, 3)) == 0 else (),
    )  # fmt: skip


@settings(max_examples=50)
@given(st.data(), own_forms(), st.integers(0, 2**40))
def test_forms_of_ones_own_are_kept_too(data: st.DataObject, form: Form, seed: int):
    known = data.draw(few_characters() | st.just(EVERY))
    asked = some_wishes(data.draw, known, 1)
    try_to_write(form, asked, small_poet(known), data.draw(st.sampled_from(["pingshui", "cilin", "xinyun"])), seed)


# ------------------------------------------------------------------ what was found broken once


def own_form(*lines: Line, **more: Any) -> Form:
    return Form("own", "zh", patterns=(Pattern("one", lines),), **more)


@pytest.mark.parametrize("alike", ["雲云", "閑閒", "遊游", "鐘鍾"])
def test_no_rhyme_comes_twice_in_simplified_writing_either(alike: str):
    group = next(iter(rhymebook().rhymes(alike[0]) & rhymebook().rhymes(alike[1])))
    form = own_form(*(Line(length=1, rhyme="A", rhyme_tone="平", end="。") for _ in range(2)))
    assert not try_to_write(form, Wishes(rhyme=group), small_poet(alike + "月"), "pingshui", 1)
    third = next(character for character in rhyming("pingshui")[group] if character not in alike)
    assert try_to_write(form, Wishes(rhyme=group), small_poet(alike + "月" + third), "pingshui", 1, count=8)


def test_a_rhyming_character_of_two_tones_serves_one_letter_only():
    lines = [Line(length=1, rhyme=letter, rhyme_tone=tone, end="，") for letter, tone in (("A", "平"), ("B", "仄"))]
    assert not try_to_write(own_form(*lines), Wishes(), small_poet("看"), "cilin", 1)
    assert try_to_write(own_form(*lines), Wishes(), small_poet("看寒"), "cilin", 1, count=8)


def test_a_free_line_leaves_a_later_one_its_only_rhyme():
    lines = (Line(length=1, rhyme="A", rhyme_tone="平", end="，"), Line(length=2, rhyme="A", rhyme_tone="平", end="。"))
    assert try_to_write(own_form(*lines), Wishes(words=("月東",)), small_poet("東風月"), "pingshui", 1, count=8)


def test_what_is_wished_of_a_refrain_holds_for_the_line_that_it_repeats():
    form = find_form("ci:如梦令")  # line 6 repeats line 5
    with pytest.raises(ConstraintUnsatisfiable, match="line 6 repeats line 5"):
        poems(small_poet(), VerseConfig(form="ci:如梦令", acrostic="日月日月花春日"))
    assert try_to_write(form, Wishes(acrostic="日月日月花花日"), small_poet(), "cilin", 3)


def test_a_couplet_has_no_rhyme_to_be_wished():
    with pytest.raises(ConstraintUnsatisfiable, match="no rhyme that could be"):
        poems(small_poet(), VerseConfig(form="duilian", rhyme="东"))


@pytest.mark.parametrize("marks", ["，。", "，\n", "。\n"])
def test_a_model_that_never_saw_the_punctuation_is_refused(marks: str):
    with pytest.raises(ConstraintUnsatisfiable, match="never saw"):
        poems(small_poet(marks=marks), VerseConfig(form="qijue"))


def test_a_model_whose_texts_do_not_end_is_refused():
    with pytest.raises(ConstraintUnsatisfiable, match="does not end a poem"):
        poems(small_poet(start_text="\n"), VerseConfig(form="qijue"))


def test_words_that_cannot_all_stand_are_refused_soon():
    wish = VerseConfig(
        form="wujue", word=("明月", "春風", "白日", "青山", "流水", "花落", "孤舟", "秋夜", "寒江", "長安", "夕陽")
    )
    with pytest.raises(ConstraintUnsatisfiable):
        poems(small_poet(WIDE + TWICE + ALIKE + "夕"), wish)


# ------------------------------------------------------------------ refusals, and what they offer

REFUSED = [
    ({"acrostic": "春夏秋"}, "夏 of --acrostic is not among"),
    ({"acrostic": "春風秋月花"}, "the acrostic has 5 characters"),
    ({"start": "床前"}, "床 of --start"),
    ({"start": "日月日月日"}, "the beginning"),
    ({"start": "明月，光"}, "a line of the beginning has 2 characters, and line 1 has 5"),
    ({"word": ("東風明月花開",)}, "no line is as long as the word"),
    ({"word": ("東東東",)}, "no place for the word '東東東'"),
    ({"rhyme": "入聲十一陌"}, "is oblique .仄., and the form rhymes level"),
    ({"upper": "白日"}, "the upper line has 2 characters, and 5 are due"),
    ({"upper": "明月", "start": "花", "form": "duilian"}, "the upper line has 2"),
]


@pytest.mark.parametrize(("asked", "message"), REFUSED)
def test_a_refusal_names_the_wish_and_the_place(asked: dict[str, Any], message: str):
    with pytest.raises(ConstraintUnsatisfiable, match=message) as refused:
        poems(small_poet(), VerseConfig(**{"form": "wujue", **asked}))
    assert refused.value.hint


def follow(hint: str, wish: VerseConfig) -> list[VerseConfig]:
    """The wishes that a hint offers instead."""
    found = []
    for offer in hint.rstrip(".").split("; "):
        if "hymes that would do: " in offer:
            found += [dataclasses.replace(wish, rhyme=group) for group in offer.split(": ")[1].split()]
        elif named := re.search(r"ithout --(\w+) it can be written", offer):
            found.append(dataclasses.replace(wish, **{named[1]: () if named[1] == "word" else None}))
    return found


@pytest.mark.parametrize(
    "wish",
    [
        VerseConfig(form="wujue", rhyme="入聲十一陌"),
        VerseConfig(form="wujue", rhyme="上平一東", start="白日知山水，高河去海流"),
        VerseConfig(form="qijue", acrostic="春風秋月花"),
        VerseConfig(form="wulv", start="日月日月日"),
        VerseConfig(form="wulv", word=("東東東",), acrostic="春風"),
        VerseConfig(form="duilian", upper="明月松間照", acrostic="明明"),
        VerseConfig(form="ci:如梦令", acrostic="日月日月花春日"),
        VerseConfig(form="ci:西江月", rhyme="第一部·仄", acrostic="月"),
    ],
)
def test_what_a_refusal_offers_can_be_written(wish: VerseConfig):
    wish = dataclasses.replace(wish, candidates=1)
    with pytest.raises(ConstraintUnsatisfiable) as refused:
        poems(small_poet(), wish)
    offers = follow(refused.value.hint, wish)
    assert offers, refused.value
    for offer in offers:
        judged(offer, count=1)


# ------------------------------------------------------------------ seeds


@pytest.mark.parametrize("form", ["qijue", "duilian", "ci:西江月"])
def test_row_i_is_the_poem_that_its_seed_writes_alone(form: str):
    wish = VerseConfig(form=form, candidates=1, word=("明月",))
    batch = poems(small_poet(), wish, 70, 4).samples()
    assert [sample.seed for sample in batch] == [70, 71, 72, 73]
    assert batch == poems(small_poet(), wish, 70, 4).samples()
    for row, sample in enumerate(batch):
        assert poems(small_poet(), wish, 70 + row).samples() == [sample]
    assert len({sample.text for sample in batch}) == 4


def test_the_seed_of_a_chosen_poem_writes_it_again_without_the_choice():
    wish = VerseConfig(form="qijue", candidates=5)
    chosen = poems(small_poet(), wish, 90, 3).samples()
    alone = dataclasses.replace(wish, candidates=1)
    for sample in chosen:
        assert poems(small_poet(), alone, sample.seed).samples() == [sample]
    assert [sample.seed for sample in chosen] != [90, 91, 92]


def test_tries_are_of_different_seeds_and_the_first_is_the_row():
    seeds = candidate_seeds(5, 40, 16)
    assert seeds[::16] == list(range(5, 45))
    assert len(set(seeds)) == len(seeds)
    assert candidate_seeds(6, 1, 16) == seeds[16:32]
    assert all(0 <= seed < 2**53 for seed in candidate_seeds(2**53 - 3, 6, 7))


# ------------------------------------------------------------------ steps


def test_steps_tell_what_the_form_took_and_where_it_left_no_choice():
    poet, index = small_poet(), 0
    marks = {int(poet.writer.tokenizer.encode(mark)[0]) for mark in "，。\n"} | {0}
    for step in poems(poet, VerseConfig(form="wujue", candidates=1), 3):
        probabilities = np.exp(step.logits[0].astype(np.float64))
        probabilities /= probabilities.sum()
        assert step.removed[0] == pytest.approx(1 - probabilities[step.allowed[0]].sum(), abs=1e-9)
        if int(step.tokens[0]) in marks:
            assert step.forced[0]
        else:
            assert not step.allowed[0][list(marks)].any()
        index += 1
    assert index == 4 * 6 + 2, "four lines with their marks, a line break and the end; the last line has no break"


def test_a_couplet_of_ones_own_length_has_five_or_seven_characters_unless_it_must_have_others():
    poet = small_poet()
    found = {
        len(lines_of(sample.text)[0].text)
        for sample in poems(poet, VerseConfig(form="duilian", candidates=1), count=24).samples()
    }
    assert found == {5, 7}
    (sample,) = poems(poet, VerseConfig(form="duilian", upper="春風吹雨夜", candidates=1)).samples()
    assert len(lines_of(sample.text)[1].text) == 5
    (sample,) = poems(poet, VerseConfig(form="duilian", upper="春風花月", candidates=1)).samples()
    assert len(lines_of(sample.text)[1].text) == 4


@pytest.mark.parametrize(
    ("form", "due"), [("duilian", "1 character, and 4 to 11 are due"), ("qijue", "1 character, and 7 are due")]
)
def test_an_upper_line_of_no_lawful_length_is_told_all_that_would_do(form: str, due: str):
    with pytest.raises(ConstraintUnsatisfiable, match=due):
        poems(small_poet(), VerseConfig(form=form, upper="春"))


def test_the_halves_of_a_lyric_are_shown_apart():
    poet = small_poet()
    generation = poems(poet, VerseConfig(form="ci:西江月", candidates=1))
    (sample,) = generation.samples()
    assert [len(lines_of(half)) for half in sample.text.split("\n\n")] == [4, 4]
    assert check(sample.text, "ci:西江月", exact=True).ok
    assert "\n\n" not in poet.writer.tokenizer.decode(sample.tokens)
