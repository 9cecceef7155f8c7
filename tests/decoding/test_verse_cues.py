"""What a model is told along a poem in a form is what its corpus would have told it of the finished poem."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_poets import small_poet

from generator.config import SamplingConfig
from generator.corpus.cues import verse_rows
from generator.decoding import generate
from generator.decoding.constraints.chinese_form import ChineseForm
from generator.decoding.constraints.drafting import Drafts
from generator.decoding.constraints.plans import Wishes
from generator.decoding.constraints.sounds import SoundMasks
from generator.text.chinese.analysis import analyse
from generator.text.chinese.sounds import rhymebook
from generator.text.forms import find_form


class Listening(ChineseForm):
    """Notes where one row stands before each token, and what is told there."""

    def begins(self, context: Any, seeds: Any) -> Any:
        self.noted: list[tuple[Any, np.ndarray]] = []
        return super().begins(context, seeds)

    def advance(self, place: Any, token: int) -> Any:
        cues = self.cues(place)
        assert cues is not None
        self.noted.append((place, cues))
        return super().advance(place, token)


@pytest.mark.parametrize("name", ["wujue", "qijue", "wulv", "qilv", "wupai", "guwu"])
def test_cues_are_those_of_the_finished_poem(name: str):
    form, poet = find_form(name), small_poet()
    sounds = SoundMasks(poet.writer.tokenizer, rhymebook())
    beginnings = list(dict.fromkeys(pattern.name.split(" ")[0] for pattern in form.patterns))
    compared = 0
    for seed in range(4):
        rule = Listening(Drafts(form, Wishes(), sounds), None, 0.0, [5, 9])
        config = SamplingConfig(seed=seed, temperature=1.0)
        sample = generate(poet.writer, "", config, constraints=[rule]).samples()[0]
        tokens = np.array(sample.tokens[:-1])
        expected = verse_rows(sample.text, tokens)
        assert len(rule.noted) == len(expected) == len(sample.tokens)
        analysis, (plan,) = analyse(sample.text), rule.plans
        told = np.stack([cues for _, cues in rule.noted])
        assert (told[:, [0, 1, 4]] == expected[:, [0, 1, 4]]).all(), "place in the line and the poem, and what is above"
        assert (told[:, 5:7] == [5, 9]).all()
        assert not told[:, 7:].any()
        if name == "guwu":
            assert not told[:, 2].any()
            continue
        assert analysis.form == name
        for (place, cues), row in zip(rule.noted, expected, strict=True):
            index, column = len(place.written) - 1, len(place.written[-1])
            if index == len(plan.lines) or place.ended:
                assert cues[2] == cues[3] == row[2] == row[3] == 0
                continue
            line = plan.lines[index]
            # a first line that rhymes by chance is one that rhymes, to those who have the poem before them
            if analysis.rhyme_lines[index] == (line.letter is not None):
                assert cues[3] == row[3]
            marks = {line.templates[number][column] for number in place.alive} if column < line.length else {""}
            same = beginnings[analysis.pattern or 0] == plan.pattern.name.split(" ")[0]
            if same and len(marks) == 1:
                assert cues[2] == row[2]
                compared += 1
    assert name == "guwu" or compared > 30
