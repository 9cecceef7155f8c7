"""The English forms, and schemes written in one word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import ConfigError
from generator.text.forms import find_form, form_text, list_forms, parse_form
from generator.text.forms.inline import METRES, parse_inline


def rhymes(name: str, pattern: int = 0) -> str:
    return "".join(line.rhyme or "x" for line in find_form(name).patterns[pattern].lines)


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("sonnet", "ABABCDCDEFEFGG"),
        ("Shakespearean", "ABABCDCDEFEFGG"),
        ("petrarchan", "ABBAABBACDECDE"),
        ("quatrain", "ABAB"),
        ("couplet", "AA"),
        ("limerick", "AABBA"),
        ("haiku", "xxx"),
        ("ballad", "xBxB"),
        ("triolet", "ABAAABAB"),
    ],
)
def test_the_forms_rhyme_as_handbooks_say(name: str, scheme: str):
    assert rhymes(name) == scheme


def test_syllables_and_stresses():
    assert [line.syllables for line in find_form("haiku").patterns[0].lines] == [(5, 5), (7, 7), (5, 5)]
    for line in find_form("sonnet").patterns[0].lines:
        assert line.syllables == (10, 11)
        assert set(line.stress) == {"x/x/x/x/x/", "/xx/x/x/x/", "x/x/x/x/x/x", "/xx/x/x/x/x"}
    assert [line.syllables for line in find_form("ballad").patterns[0].lines] == [(8, 8), (6, 6)] * 2
    long, short = (find_form("limerick").patterns[0].lines[place].syllables for place in (0, 2))
    assert long == (7, 10) and short == (5, 7)
    assert [line.refrain for line in find_form("triolet").patterns[0].lines] == [None] * 3 + [0, None, None, 0, 1]


def test_an_acrostic_has_a_line_for_each_letter():
    assert {len(pattern.lines) for pattern in find_form("acrostic").patterns} == set(range(1, 25))


@pytest.mark.parametrize("form", list_forms("en"), ids=lambda form: form.name)
def test_every_line_can_be_filled(form):
    for pattern in form.patterns:
        for line in pattern.lines:
            least, most = line.syllables
            assert 1 <= least <= most
            assert all(least <= len(stress) <= most and set(stress) <= set("x/.") for stress in line.stress)
            assert not line.end and not line.tones and line.length is None


# ---------------------------------------------------------------- schemes


@pytest.mark.parametrize(
    ("scheme", "rhyme", "syllables", "stanzas"),
    [
        ("ABAB/8", "ABAB", [(8, 8)] * 4, []),
        ("AABBA", "AABBA", [(4, 12)] * 5, []),
        ("abba/8-10", "ABBA", [(8, 10)] * 4, []),
        ("ABCB/8,6", "xBxB", [(8, 8), (6, 6)] * 2, []),
        ("xAxA/7", "xAxA", [(7, 7)] * 4, []),
        ("AABBA/9,9,6,6,9", "AABBA", [(9, 9), (9, 9), (6, 6), (6, 6), (9, 9)], []),
        ("ABAB CDCD EFEF GG/10", "ABABCDCDEFEFGG", [(10, 10)] * 14, [3, 7, 11]),
        (" AA  BB / 8 ", "AABB", [(8, 8)] * 4, [1]),
    ],
)
def test_a_scheme_is_read(scheme: str, rhyme: str, syllables: list[tuple[int, int]], stanzas: list[int]):
    form = find_form(scheme)
    lines = form.patterns[0].lines
    assert form.language == "en"
    assert "".join(line.rhyme or "x" for line in lines) == rhyme
    assert [line.syllables for line in lines] == syllables
    assert [place for place, line in enumerate(lines) if line.stanza] == stanzas
    assert not any(line.stress for line in lines)


@pytest.mark.parametrize(
    ("scheme", "stress"),
    [
        ("AA/8:iambic", {"x/x/x/x/", "/xx/x/x/", "x/x/x/x/x", "/xx/x/x/x"}),
        ("AA/7:iambic", {"x/x/x/x", "/xx/x/x"}),
        ("AA/8:trochaic", {"/x/x/x/x", "/x/x/x/"}),
        ("AA/9:anapestic", {"xx/xx/xx/", "x/xx/xx/"}),
        ("AA/6:dactylic", {"/xx/xx", "/xx/x", "/xx/"}),
    ],
)
def test_a_scheme_with_a_metre(scheme: str, stress: set[str]):
    assert set(find_form(scheme).patterns[0].lines[0].stress) == stress


@pytest.mark.parametrize(
    "wrong", ["ABAB/0", "ABAB/99", "ABAB/9-8", "ABAB/x", "ABAB/", "ABAB/8:waltz", "ABAB/8,", "A" * 101]
)
def test_what_begins_as_a_scheme_and_goes_wrong_is_told(wrong: str):
    with pytest.raises(ConfigError):
        find_form(wrong)


@pytest.mark.parametrize("word", ["sonet", "BAD", "ode", "AB", "A", "", "qijue", "baab", "七绝"])
def test_a_name_is_no_scheme(word: str):
    assert parse_inline(word) is None


SCHEMES = st.builds(
    lambda stanzas, spans, metre: f"{' '.join(stanzas)}/{','.join(spans)}{metre}",
    st.lists(st.text(alphabet="ABCX", min_size=1, max_size=5), min_size=1, max_size=3),
    st.lists(
        st.one_of(
            st.integers(1, 20).map(str),
            st.integers(1, 10).flatmap(lambda n: st.integers(n, 20).map(lambda m: f"{n}-{m}")),
        ),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(["", *(f":{metre}" for metre in METRES)]),
)


@given(SCHEMES)
def test_any_scheme_is_a_form_that_can_be_kept_as_a_file(scheme: str):
    form = parse_inline(scheme)
    assert form is not None
    assert parse_inline(form.name) == form
    assert parse_form(form_text(form)) == form
    for line in form.patterns[0].lines:
        least, most = line.syllables
        assert 1 <= least <= most
        assert all(least <= len(stress) <= most for stress in line.stress)
