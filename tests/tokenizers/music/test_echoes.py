"""What a text repeats, against a search of the whole text at every place."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.tokenizers.music import LENGTHS, Echo

texts = st.text("abc", max_size=80) | st.builds(
    lambda strain, turns, end: strain * turns + end,
    st.text("abcd", min_size=1, max_size=30),
    st.integers(1, 4),
    st.text("abcd", max_size=30),
)


def followed(text: str, least: int) -> list[Echo]:
    """The place before the first character and behind each."""
    places = [Echo(least=least)]
    for character in text:
        places.append(places[-1].advance(character))
    return places


def searched(text: str, least: int) -> list[tuple[str, int]]:
    """The character that is due and how much has been repeated, found at each place by looking at all before it.

    A repetition that goes on is followed where it is; else it is the latest place, before the one where the text
    ends, at which the last ``least`` characters stand, that begins one.
    """
    found: list[tuple[str, int]] = []
    copied, length = None, 0  # where the character that is due stands
    for end in range(len(text) + 1):
        if copied is not None and text[copied] == text[end - 1]:
            copied, length = copied + 1, length + 1
        else:
            tail = text[max(end - least, 0) : end]
            begins = [
                start for start in range(end - least) if len(tail) == least and text[start : start + least] == tail
            ]
            copied, length = (begins[-1] + least, least) if begins else (None, 0)
        found.append(("" if copied is None else text[copied], length))
    return found


@given(texts, st.integers(1, 7))
@example("aaaaaaaa", 3)
@example("abcabd" * 3, 2)
def test_an_echo_is_what_a_search_of_the_whole_text_finds(text: str, least: int):
    places = followed(text, least)
    assert [(place.due, place.length if place.due else 0) for place in places] == searched(text, least)
    assert [place.text for place in places] == [text[:end] for end in range(len(text) + 1)]


@given(texts, st.integers(1, 7))
def test_what_is_said_to_be_repeated_stood_there_before(text: str, least: int):
    for place in followed(text, least):
        if place.due:
            assert place.length >= least
            assert place.text[place.again - place.length : place.again] == place.text[-place.length :]
            assert place.again < len(place.text)
        else:
            assert (place.length, place.strength) == (0, 0)
            tail = place.text[-least:]
            assert len(place.text) <= least or tail not in place.text[:-1]


@given(st.permutations("abcdefghij"), st.integers(1, 10), st.integers(2, 30))
@settings(max_examples=30)
def test_a_strain_that_comes_again_is_foretold(order: list[str], length: int, turns: int):
    """From ``least`` characters into the second turn on, every character of a text without a false start."""
    text, least = "".join(order[:length]) * turns, min(6, length)
    behind = length + least
    places = followed(text, least)[behind:-1]
    assert [place.due for place in places] == list(text[behind:])


def test_strengths_rise_with_the_length_and_places_never_change():
    places = followed("abcdefgh" * 60, 6)
    strengths = [place.strength for place in places]
    assert strengths == sorted(strengths)
    assert strengths[-1] == len(LENGTHS)
    for place in places:
        if place.due:
            assert place.strength == sum(place.length >= each for each in LENGTHS)
    early = places[20]
    early.advance("x"), early.advance(early.due)
    assert early == places[20] and early.advance("x").due == ""


@given(st.text("abcde", min_size=1, max_size=12), st.integers(1, 8), st.integers(1, 40))
def test_a_loop_is_a_passage_for_the_third_time(strain, turns, least):
    """Against a search for the shortest period of the end of the text."""
    text = strain * turns
    place = followed(text, 3)[-1]
    if place.loops(least):
        period = len(text) - place.again
        assert text.endswith(text[-period:] * 3)
        assert text[-least:] == text[-least - period : -period] if least + period <= len(text) else True
    if len(text) > 3 * len(strain) + least + 3:
        assert place.loops(least)
