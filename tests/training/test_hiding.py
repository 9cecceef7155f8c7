"""Which tags and cues a network is shown while it learns; and a short training on music."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small_runs import QUICK

from generator import checkpoint, tokenizers
from generator.config import MUSIC, ModelConfig, PrepareConfig, TrainingConfig
from generator.corpus import open_prepared, prepare
from generator.evaluation import evaluate_split
from generator.seeding import torch_generator
from generator.training import RunDirectory, resume, train
from generator.training.hiding import shown
from generator.training.trainer import Trainer

ROWS = 4000
SETTINGS = TrainingConfig(tag_dropout=0.3, cue_dropout=0.2, ahead_share=0.6)


def config_of(groups: tuple[int, ...], ahead: tuple[int, ...], tags: int = 2) -> ModelConfig:
    return ModelConfig(
        vocab_size=9, tag_sizes=(3,) * tags, cue_sizes=(5,) * len(groups), cue_tables=tuple(range(len(groups))),
        cue_groups=groups, cue_ahead=ahead,
    )  # fmt: skip


def drawn(config: ModelConfig, settings: TrainingConfig = SETTINGS, seed: int = 1, rows: int = ROWS) -> torch.Tensor:
    """What is shown [rows, fields + cues]."""
    found = shown(config, settings, rows, torch_generator(seed))
    width = len(config.tag_sizes) + len(config.cue_sizes)
    assert found.shape == (rows, 1, width)
    assert set(found.unique().tolist()) <= {0, 1}
    return found[:, 0].double()


def near(tensor: torch.Tensor, share: float) -> bool:
    """Whether so many are shown, within four standard errors."""
    return abs(float(tensor.mean()) - share) < 4 * max(share * (1 - share) / tensor.numel(), 1e-9) ** 0.5


def test_tags_are_hidden_one_by_one_and_cues_by_groups():
    rows = drawn(config_of((0, 0, 1, 1, 2), ()))
    for column in range(7):
        assert near(rows[:, column], 0.7 if column < 2 else 0.8)
    assert torch.equal(rows[:, 2], rows[:, 3]) and torch.equal(rows[:, 4], rows[:, 5])
    for one, other in ((0, 1), (1, 2), (2, 4), (4, 6)):
        assert near(rows[:, one] * rows[:, other], float(rows[:, one].mean() * rows[:, other].mean()))


def test_what_is_coming_is_mostly_hidden_or_its_first_groups_alone_or_any_of_it():
    """0.4 nothing; 0.3 the first two groups alone; 0.1 the first alone; 0.2 each group by the toss of a coin."""
    groups, ahead = (0, 1, 2, 2, 3, 3, 4), (0, 0, 1, 1, 1, 1, 1)
    rows = drawn(config_of(groups, ahead))
    assert near(rows[:, 2], 0.8) and near(rows[:, 3], 0.8)
    first, second, third = rows[:, 4], rows[:, 6], rows[:, 8]
    assert torch.equal(first, rows[:, 5]) and torch.equal(second, rows[:, 7])
    assert near(first, 0.3 + 0.1 + 0.1) and near(second, 0.3 + 0.1) and near(third, 0.1)
    patterns = {
        (0, 0, 0): 0.4, (1, 1, 0): 0.3, (1, 0, 0): 0.1, (0, 1, 0): 0, (0, 0, 1): 0, (1, 1, 1): 0, (1, 0, 1): 0,
        (0, 1, 1): 0,
    }  # fmt: skip
    for pattern, share in patterns.items():
        found = torch.stack([each == told for each, told in zip((first, second, third), pattern, strict=True)]).all(0)
        assert near(found.double(), share + 0.2 / 8), pattern


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_share_of_chunks_that_are_told_what_comes_goes_from_none_to_all(share: float):
    rows = drawn(config_of((0, 1, 2, 3), (0, 1, 1, 1), 0), replace(SETTINGS, ahead_share=share))
    for column, told in ((1, 1 / 2 + 1 / 6 + 1 / 6), (2, 1 / 2 + 1 / 6), (3, 1 / 6)):
        assert near(rows[:, column], share * told)


@pytest.mark.parametrize("kind", MUSIC)
def test_a_number_of_bars_alone_is_learnt_in_every_alphabet(kind: str):
    """``--bars 16`` tells a network how many bars are left, and nothing else of what comes."""
    if kind == "midi":
        pytest.importorskip("miditok")
    fields = tokenizers.alphabet(kind).cue_fields
    told = [number for number, field in enumerate(fields) if field.ahead]
    assert fields[told[0]].name in ("bars_left", "ahead", "left"), "the first group is that of the bars"
    config = config_of(tuple(field.group for field in fields), tuple(int(field.ahead) for field in fields), 0)
    rows = drawn(config, TrainingConfig())[:, told].bool()
    bars = torch.tensor([fields[number].group == fields[told[0]].group for number in told])
    alone = rows[:, bars].all(1) & ~rows[:, ~bars].any(1)
    assert float(alone.double().mean()) > 0.1


def test_without_cues_that_look_ahead_the_draws_are_those_of_tags_and_then_groups():
    """So that trainings on text are what they were before there was music."""
    for groups in ((), (0, 0, 1, 2, 1)):
        config = config_of(groups, ())
        random_numbers = torch_generator(7)
        tags = torch.rand(50, 1, 2, generator=random_numbers) >= 0.3
        expected = tags
        if groups:
            kept = torch.rand(50, 1, 3, generator=random_numbers) >= 0.2
            expected = torch.cat((tags, kept[..., list(groups)]), -1)
        source = torch_generator(7)
        assert torch.equal(shown(config, SETTINGS, 50, source), expected)
        assert torch.equal(torch.rand(3, generator=source), torch.rand(3, generator=random_numbers))


@pytest.mark.parametrize("kind", MUSIC)
def test_cues_of_one_group_are_all_ahead_or_none_is(kind: str):
    """A group is shown as a whole, so it must not mix what may be known with what is still to be written."""
    if kind == "midi":
        pytest.importorskip("miditok")
    fields = tokenizers.alphabet(kind).cue_fields
    for group in {field.group for field in fields}:
        assert len({field.ahead for field in fields if field.group == group}) == 1
    assert any(field.ahead for field in fields)


def test_voices_are_trained_for_harmonising():
    """A melody that is harmonised is all that is told of what comes, and the number of bars with it."""
    fields = tokenizers.alphabet("voices").cue_fields
    told = [number for number, field in enumerate(fields) if field.ahead]
    config = ModelConfig(
        vocab_size=9,
        cue_sizes=tuple(field.size or 9 for field in fields),
        cue_tables=tuple(field.table for field in fields),
        cue_groups=tuple(field.group for field in fields),
        cue_ahead=tuple(int(field.ahead) for field in fields),
    )
    rows = drawn(config)[:, told]
    top = [number for number, column in enumerate(told) if fields[column].name.startswith("top_")]
    others = [
        number for number, column in enumerate(told) if fields[column].name.startswith(("lowest_", "second_", "third_"))
    ]
    as_harmonised = rows[:, top].all(1) & ~rows[:, others].any(1)
    assert float(as_harmonised.double().mean()) > 0.2


# ------------------------------------------------------------------ a short training


def made_tune(number: int) -> str:
    """Eight bars of ABC at random."""
    source = random.Random(number)

    def note() -> str:
        return source.choice("DEFGABcd")

    def beat() -> str:
        return note() + "2" if source.random() < 0.4 else note() + note()

    bars = ["".join(beat() for _ in range(4)) for _ in range(8)]
    return f"X:{number}\nR:reel\nM:4/4\nL:1/8\nK:{source.choice(('D', 'G', 'Em'))}\n{'|'.join(bars)}|\n\n"


@pytest.fixture(scope="module")
def tunes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tunes")
    (folder / "tunes.abc").write_text("".join(map(made_tune, range(1, 61))))
    prepare(
        folder / "tunes.abc", folder / "prepared", PrepareConfig(split="90/10"), say=lambda line: None, progress=False
    )
    return folder / "prepared"


NETWORK = ModelConfig(hidden_size=16, embed_dim=16, num_layers=1, dropout=0.1)
SHORT = replace(QUICK, epochs=1, batch_size=8, bptt_steps=32, validations=2)


def run(corpus: Path, name: str):
    return train(corpus, name=name, model_config=NETWORK, training_config=SHORT, say=lambda line="": None, live=False)


def test_a_training_on_music_runs_is_resumed_and_writes_what_people_read(tunes: Path, monkeypatch: pytest.MonkeyPatch):
    assert open_prepared(tunes).details["tokenizer"]["kind"] == "melody"
    whole = run(tunes, "whole")
    assert whole.state == "finished"
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_asked_to_stop", lambda self: self.progress.step + 1 == 4)
        assert run(tunes, "cut").state == "stopped"
    assert resume("cut", say=lambda line="": None, live=False).state == "finished"
    one, other = (checkpoint.load(Path("runs") / name).model.state_dict() for name in ("whole", "cut"))
    assert all(torch.equal(one[name], other[name]) for name in one)

    loaded = checkpoint.load(whole.folder)
    fields = tokenizers.alphabet("melody").cue_fields
    assert loaded.config["medium"] == "music"
    assert loaded.model.config.cue_ahead == tuple(int(field.ahead) for field in fields)
    assert loaded.model.config.cue_groups == tuple(field.group for field in fields)
    assert set(loaded.config["tag_fields"]) == {"type", "metre", "mode"}
    part = open_prepared(tunes).split("validation")
    found = evaluate_split(
        loaded.model, part.ids, characters=part.characters, starts=part.starts, tags=part.tags, cues=part.cues
    )
    told = loaded.config["scores"]["protocols"]
    for protocol in told:
        if protocol in found["protocols"]:
            assert told[protocol]["nats"] == pytest.approx(found["protocols"][protocol]["nats"], abs=1e-4)
    written = sorted((whole.folder / "samples").iterdir())
    assert written
    labels = set(tokenizers.alphabet("melody").symbols)
    for path in written:
        words = path.read_text("utf-8").split()
        assert sum(word in labels for word in words) > 0.8 * len(words) > 4, path.read_text("utf-8")[:300]
    assert json.loads((whole.folder / "status.json").read_text("utf-8"))["state"] == "finished"
    assert RunDirectory(whole.folder).metrics()
