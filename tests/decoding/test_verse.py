"""Poems in forms: the form and every wish are kept whatever the network says, or refused before the first step."""

from __future__ import annotations

from functools import cache

from hypothesis import event, given, settings
from hypothesis import strategies as st
from small_poets import ALIKE, TWICE, WIDE, poems, small_poet

from generator.config import SamplingConfig, VerseConfig
from generator.decoding import generate
from generator.decoding.constraints.chinese_form import ChineseForm
from generator.decoding.constraints.drafting import Drafts
from generator.decoding.constraints.plans import Wishes
from generator.decoding.constraints.sounds import SoundMasks
from generator.errors import ConstraintUnsatisfiable
from generator.text.checking import check, check_wishes
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


@settings(max_examples=60)
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
        event("refused")
        return False
    event("written")
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


@settings(max_examples=100)
@given(st.data(), few_characters(), st.integers(0, 2**40))
def test_so_it_is_with_a_vocabulary_of_a_few_characters(data: st.DataObject, known: str, seed: int):
    form = find_form(
        data.draw(st.sampled_from(["wujue", "qijue", "guwu", "duilian", "ci:西江月", "ci:浣溪沙", "ci:如梦令"]))
    )
    asked = some_wishes(data.draw, known, 1)
    try_to_write(form, asked, small_poet(known), data.draw(st.sampled_from(["pingshui", "cilin"])), seed)


@settings(max_examples=100)
@given(st.data(), st.lists(st.sampled_from(EVERY), min_size=2, max_size=9, unique=True), st.integers(0, 2**40))
def test_couplets_share_no_character_however_few_there_are(data: st.DataObject, known: list[str], seed: int):
    asked = some_wishes(data.draw, "".join(known), 2)
    try_to_write(find_form("duilian"), asked, small_poet("".join(known)), "pingshui", seed)


@st.composite
def own_forms(draw) -> Form:
    """Forms that nobody has thought of: any tones, rhymes across lines, refrains, opposed lines."""
    opposed = draw(st.booleans())
    length, count = draw(st.integers(1, 5)), draw(st.integers(2, 2 if opposed else 6))
    patterns = []
    for name in range(draw(st.integers(1, 2))):
        lines: list[Line] = []
        for index in range(count):
            earlier = [number for number in range(index) if not opposed]
            tones = st.text("平仄中", min_size=length, max_size=length)
            letter = None if opposed else draw(st.sampled_from([None, "A", "A", "B"]))
            lines.append(
                Line(
                    length=length,
                    tones=tuple(draw(st.lists(tones, max_size=3, unique=True))),
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


@settings(max_examples=150)
@given(st.data(), own_forms(), st.integers(0, 2**40))
def test_forms_of_ones_own_are_kept_too(data: st.DataObject, form: Form, seed: int):
    known = data.draw(few_characters() | st.just(EVERY))
    asked = some_wishes(data.draw, known, 1)
    try_to_write(form, asked, small_poet(known), data.draw(st.sampled_from(["pingshui", "cilin", "xinyun"])), seed)
