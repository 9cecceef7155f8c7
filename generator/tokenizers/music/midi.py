"""The alphabet ``midi``: any MIDI file, with its instruments, drums, velocities and tempos, through MidiTok.

The other alphabets write scores; this one writes MIDI files, which hold what a score of ours does not.
Its text is MidiTok's REMI, a character for each token, of the file in its normal form (``midi_normal``
says what that is). What a file loses, it loses the first time:

    text = alphabet.text_of_midi(content)
    alphabet.text_of_midi(alphabet.midi_of(text)) == text
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

from ...errors import GeneratorError, TokenizerError
from ...music import KeyChange, Metre, Part, Rest, Score, Voice, parse_key, score_bytes
from ...music.midi_writing import midi_key
from ...music.reading import read_bytes
from ...text.cues import CueField
from .alphabet import Alphabet, Place, Wish
from .midi_normal import normal_form, opened
from .midi_places import CUE_FIELDS, begin, full_bars, is_shorter
from .midi_vocabulary import vocabulary
from .tokenizer import MusicTokenizer

__all__ = ["Midi", "MidiTokenizer"]

GRID = (8, 6)  # divisions of a quarter in the scores that are read: thirty-seconds, and triplets of sixteenths
SHIFTS = (0, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6)  # semitones


class Midi(Alphabet):
    """MIDI files as text.

    ``text_of_midi`` and ``midi_of`` are the whole alphabet; ``write`` and ``read`` go by way of the MIDI
    file of a score, so that scores in any format can be learnt from together with MIDI files.
    """

    kind: ClassVar[str] = "midi"
    cue_fields: ClassVar[tuple[CueField, ...]] = CUE_FIELDS
    keeps: ClassVar[str] = (
        "keys and onsets (to 1/24 of a beat), lengths (to 1/24 of a beat below 4 beats, 1/12 below 8, 1/4 below 16, "
        "1/2 up to 32), velocities (in 32 steps), programs and drums, metres with bars of at most 12 beats, tempos "
        "(15 to 480 quarters a minute in steps of 4.4 %). Dropped: tracks of one program are joined; pedals, bends "
        "and controllers, key signatures, names, texts, channels, spelling and ties."
    )

    def __init__(self) -> None:
        self.words = vocabulary()
        self.symbols = self.words.symbols  # type: ignore[misc]  # known when MidiTok is there

    # ------------------------------------------------------------------ MIDI files

    def text_of_midi(self, content: bytes) -> str:
        """A MIDI file as text.

        Args:
            content: The bytes of the file.
        Raises:
            TokenizerError: if it is no MIDI file, is damaged, has no note, or is too long: 100,000 notes and
                10,000 bars are the most.
        """
        score = normal_form(opened(content), self.words)
        tokens = self.words.remi.encode(score, no_preprocess_score=True).tokens
        return "".join(map(self.words.of_symbol.__getitem__, tokens))

    def midi_of(self, text: str) -> bytes:
        """The MIDI file of a text, up to its last complete note.

        Args:
            text: As ``text_of_midi`` makes it, or any beginning of one; before the first complete note, the
                file has no notes.
        Raises:
            TokenizerError: if it is not music of this alphabet, naming the place.
        """
        return bytes(self.decoded(text).dumps_midi())

    def decoded(self, text: str) -> Any:
        """A text as a score of symusic."""
        from miditok import TokSequence

        self.words.check(text)
        lengths = self.words.by_kind["Duration"]
        end = next((place for place in range(len(text), 0, -1) if text[place - 1] in lengths), 0)
        tokens = list(map(self.label, text[:end]))
        return self.words.remi.decode(TokSequence(tokens=tokens))

    def kept_of_midi(self, content: bytes) -> bytes:
        """A MIDI file as it comes back: ``text_of_midi`` of both is the same.

        Raises:
            TokenizerError: as ``text_of_midi``.
        """
        return self.midi_of(self.text_of_midi(content))

    # ------------------------------------------------------------------ scores

    def write(self, score: Score) -> str:
        try:
            content = score_bytes(score, ".mid")
        except TokenizerError:
            raise
        except GeneratorError as error:
            raise TokenizerError(f"The score cannot be written as MIDI: {error.message}", error.hint) from error
        return self.text_of_midi(content)

    def read(self, text: str, *, key: str | None = None) -> Score:
        """The score of a text: its notes drawn to thirty-seconds and triplets, on one part a program.

        Args:
            text: As ``write`` makes it, or any beginning of one; without a complete note, a bar of rest.
            key: The key signature to spell it by; nothing is transposed.
        Raises:
            TokenizerError: if it is not music of this alphabet, naming the place.
        """
        signature = parse_key(key) if key else None
        source = self.decoded(text)
        if not source.note_num():
            beats, kind = next((self.words.metre_of[each] for each in text if each in self.words.metre_of), (4, 4))
            metre = Metre(Fraction(0), beats, kind)
            rest = Part((Voice((Rest(Fraction(0), metre.bar),)),))
            keys = (KeyChange(Fraction(0), signature),) if signature else ()
            return Score((rest,), (Fraction(0),), metre.bar, metres=(metre,), keys=keys)
        if signature:
            import symusic

            library: Any = symusic
            source.key_signatures.append(library.KeySignature(0, *midi_key(signature)))
        try:
            found = read_bytes(bytes(source.dumps_midi()), "midi", "the text", GRID)[0]
        except GeneratorError as error:
            raise TokenizerError(error.message, error.hint) from error
        if found.score is None:
            raise TokenizerError(f"The text cannot be written as a score: {found.reason}.")
        return found.score

    def kept(self, score: Score) -> Score:
        """A score as it comes back by way of MIDI, which is how the kept part of it is defined."""
        return self.read(self.write(score))

    def tags(self, score: Score) -> Mapping[str, str]:
        return {"metre": score.metres[0].name} if score.metres else {}

    def tags_of_text(self, text: str) -> Mapping[str, str]:
        """The tags of a piece that was read as a MIDI file: the metre of the first bar that is no pickup."""
        metres = [self.words.metre_of[each] for each in text if each in self.words.metre_of][:2]
        if not metres:
            return {}
        beats, kind = metres[1] if len(metres) > 1 and is_shorter(*metres) else metres[0]
        return {"metre": f"{beats}/{kind}"}

    # ------------------------------------------------------------------ learning and writing

    def begin(self, wish: Wish) -> Place:
        return begin(self.words, wish)

    def known(self, text: str) -> Wish:
        return Wish(bars=full_bars(self.words, text) or None)

    def variants(self, text: str) -> list[str]:
        """The piece, and what it is five semitones lower to six higher, drums as they are, where all keys exist."""
        pitches = self.words.pitches
        used = {self.words.numbers[each] for each in set(text) if self.words.kinds.get(each) == "Pitch"}
        if not used:
            return [text]
        return [
            text.translate({ord(pitches[key]): pitches[key + shift] for key in used})
            for shift in SHIFTS
            if min(used) + shift in pitches and max(used) + shift in pitches
        ]


class MidiTokenizer(MusicTokenizer):
    """A token for each character of the alphabet ``midi``."""

    kind: ClassVar[str] = "midi"

    @classmethod
    def make_alphabet(cls) -> Midi:
        return Midi()
