"""Poems that are shown in simplified characters keep their sounds."""

from hypothesis import given
from hypothesis import strategies as st

from generator.text.chinese.script import simplified_alone, to_simplified


def test_a_phrase_keeps_a_character_and_never_makes_it_another():
    assert simplified_alone("乾坤雲") == "乾坤云"
    assert simplified_alone("沈醉不知歸") == "沈醉不知归"


@given(st.text(alphabet="乾坤沈醉憑藉雲裏後發天地人髮鐘鍾", max_size=12))
def test_every_character_is_itself_or_its_own_simplified_form(text: str):
    shown = simplified_alone(text)
    assert len(shown) == len(text)
    assert all(new in (old, to_simplified(old)) for old, new in zip(text, shown, strict=True))
