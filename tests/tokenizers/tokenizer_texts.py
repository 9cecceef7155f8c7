"""Text to try tokenizers on: two scripts and a little code to learn from, and everything delicate."""

from hypothesis import strategies as st

VERSE = """The heron stands where the river bends,
    and the river bends where the willow leans;
the willow leans on the wind it lends
    to the reeds that whisper of what it means.

"Who goes there?" asked the tide at dawn,
"Only the light," said the light, "and gone."
"""
CHINESE = """春雨落在小橋上，
小橋下面水聲長。
老人坐看春江水，
不問春江向何方。
"""
CODE = "def bend(river):\n    if river.wide:\n        return river.slow()\n\treturn None\n"

# Each of these is changed or swallowed by sentencepiece as it comes, or has broken a tokenizer somewhere.
DELICATE = [
    " ", "  ", "   ", "\t", "\n", "\r", "\r\n", "\0", "\x1f", "\x7f", "\x85", "\u00a0", "\u3000", "\u200b", "\u2028",
    "\u2581", "\u2581the", "\u2585", "\u2047", "\ufffd", "\ufeff", "\uffff", "\ufdd0", "\U0010ffff", "\ue000",
    "e\u0301", "\u00e9", "\u0301", "\ufb01", "\u2460", "\u212b", "\uff21", "\u1100\u1161", "\uac00", "\u0130",
    "👩‍👩‍👧", "🇨🇳", "👍🏽", "\u200d", "\ufe0f", "春", "江水", "。", "，", "the", " the", "river", "  the", "a", "A",
    "<s>", "</s>", "<unk>", "<pad>", "<0x41>", "<0x00>", "<0xFF>", "<piece boundary>", "<", "0x41", ">",
]  # fmt: skip
delicate_text = st.lists(st.sampled_from(DELICATE) | st.text(max_size=3), max_size=20).map("".join)
any_text = st.text() | delicate_text
