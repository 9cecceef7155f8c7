"""The settings: every one is reachable, checked and explained, on the command line as in Python."""

import argparse
import dataclasses
import math
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import config
from generator.config import (
    CORPUS_SIZES,
    Checked,
    ModelConfig,
    MusicConfig,
    PrepareConfig,
    SamplingConfig,
    TrainingConfig,
    VerseConfig,
    add_options,
    flag_of,
    from_options,
)
from generator.errors import ConfigError

CONFIGS: list[type[Any]] = [PrepareConfig, ModelConfig, TrainingConfig, SamplingConfig, VerseConfig, MusicConfig]
SETTINGS = [(cls, field) for cls in CONFIGS for field in dataclasses.fields(cls)]
IDS = [f"{cls.__name__}.{field.name}" for cls, field in SETTINGS]


def kind_of(cls: type, name: str) -> Any:
    """The type of a setting, ``None`` left aside."""
    hint = get_type_hints(cls)[name]
    if get_origin(hint) is tuple:
        return hint
    return next((kind for kind in get_args(hint) if kind is not type(None)), hint)


def values_of(cls: type, field: dataclasses.Field) -> st.SearchStrategy:
    """Lawful values of a setting, drawn from its declaration alone."""
    kind, limits = kind_of(cls, field.name), field.metadata
    if limits["choices"]:
        return st.sampled_from(limits["choices"])
    if kind is bool:
        return st.booleans()
    if get_origin(kind) is tuple:
        item = st.integers(0, 9) if get_args(kind)[0] is int else st.text(min_size=1)
        return st.lists(item, max_size=3).map(tuple)
    if kind is str:
        return st.text(min_size=1)
    low = limits["least"] if limits["least"] is not None else limits["above"]
    high = limits["most"]
    if kind is int:
        return st.integers(low, high)
    return st.floats(low, high, exclude_min=limits["above"] is not None, allow_nan=False, allow_infinity=False)


@st.composite
def settings_of(draw: st.DrawFn, cls: type) -> dict[str, Any]:
    """Some settings of ``cls`` with lawful values that do not contradict each other."""
    fields = {field.name: field for field in dataclasses.fields(cls)}
    names = draw(st.sets(st.sampled_from(sorted(fields))))
    names -= {"tie_weights"} if "embed_dim" in names else set()
    names -= {"cue_sizes", "cue_tables", "cue_groups", "cue_ahead"}  # go together
    names -= {"best_of", "particles"} if "beam_size" in names else {"particles"} if "best_of" in names else set()
    return {name: draw(values_of(cls, fields[name])) for name in sorted(names)}


def some_config() -> st.SearchStrategy[Any]:
    return st.sampled_from(CONFIGS).flatmap(lambda cls: settings_of(cls).map(lambda said: cls(**said)))


def words_for(cls: type, name: str, value: Any) -> list[str]:
    """What a person types for ``name`` to be ``value``."""
    if isinstance(value, bool):
        return [flag_of(name) if value else flag_of(name).replace("--", "--no-", 1)]
    if isinstance(value, tuple):
        return [f"{flag_of(name)}={item}" for item in value]
    return [f"{flag_of(name)}={value!r}" if isinstance(value, float) else f"{flag_of(name)}={value}"]


def parser_for(cls: type, **more: Any) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    add_options(parser, cls, **more)
    return parser


# ------------------------------------------------------------------ round trips


@given(made=some_config())
def test_plain_values_give_the_same_settings(made: Any):
    plain = made.to_dict()
    as_json = {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}
    assert type(made).from_dict(plain) == made
    assert type(made).from_dict(as_json) == made


@given(data=st.data(), cls=st.sampled_from(CONFIGS))
def test_the_command_line_gives_the_same_settings(data: st.DataObject, cls: type):
    said = data.draw(settings_of(cls))
    for name in CORPUS_SIZES:
        said.pop(name, None)
    words = [word for name, value in said.items() for word in words_for(cls, name, value)]
    options = parser_for(cls, skip=CORPUS_SIZES).parse_args(words)
    assert from_options(cls, options) == cls(**said)


@pytest.mark.parametrize("cls", CONFIGS)
def test_saying_nothing_gives_the_defaults(cls: type):
    assert from_options(cls, parser_for(cls).parse_args([])) == cls()


def test_what_the_program_works_out_wins_over_what_was_said():
    options = parser_for(ModelConfig).parse_args(["--vocab-size=7", "--hidden-size=9"])
    made = from_options(ModelConfig, options, vocab_size=65)
    assert (made.vocab_size, made.hidden_size) == (65, 9)


def test_what_a_command_leaves_out_is_not_offered():
    with pytest.raises(SystemExit):
        parser_for(ModelConfig, skip=["vocab_size"]).parse_args(["--vocab-size=7"])


def test_two_configs_share_one_parser_where_they_share_no_name():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    add_options(parser, ModelConfig, skip=CORPUS_SIZES, title="network")
    add_options(parser, TrainingConfig, title="training")
    options = parser.parse_args(["--hidden-size", "64", "--minutes", "1.5"])
    assert from_options(ModelConfig, options) == ModelConfig(hidden_size=64)
    assert from_options(TrainingConfig, options) == TrainingConfig(minutes=1.5)


# ------------------------------------------------------------------ bounds, choices, rules


@pytest.mark.parametrize(("cls", "field"), SETTINGS, ids=IDS)
def test_bounds_and_choices_hold(cls: type, field: dataclasses.Field):
    limits, integral = field.metadata, kind_of(cls, field.name) is int
    lawful: list[Any] = list(limits["choices"] or [])
    unlawful: list[Any] = ["nothing of the kind"] if limits["choices"] else []
    if limits["least"] is not None:
        lawful.append(limits["least"])
        unlawful.append(limits["least"] - 1 if integral else math.nextafter(limits["least"], -math.inf))
    if limits["above"] is not None:
        lawful.append(math.nextafter(limits["above"], math.inf))
        unlawful.append(limits["above"])
    if limits["most"] is not None:
        lawful.append(limits["most"])
        unlawful.append(limits["most"] + 1 if integral else math.nextafter(limits["most"], math.inf))
    if kind_of(cls, field.name) is float:
        unlawful.append(math.nan)
    for value in lawful:
        assert getattr(cls(**{field.name: value}), field.name) == value
    for value in unlawful:
        with pytest.raises(ConfigError) as caught:
            cls(**{field.name: value})
        assert flag_of(field.name) in caught.value.message
        assert str(value) in caught.value.message
        assert caught.value.hint


@pytest.mark.parametrize(("cls", "field"), SETTINGS, ids=IDS)
def test_every_setting_is_explained_and_its_default_shown(cls: type, field: dataclasses.Field):
    assert len(field.metadata["help"].split()) >= 2
    text = " ".join(parser_for(cls).format_help().split())
    assert flag_of(field.name) in text
    if isinstance(field.default, int | float | str) and not isinstance(field.default, bool):
        assert f"(default: {field.metadata['unsaid'] or field.default})" in text


def test_no_setting_stands_in_two_places():
    names = [field.name for cls in CONFIGS for field in dataclasses.fields(cls)]
    shared = {name for name in names if names.count(name) > 1}
    # each of the commands has its own: how the text is cut, the order of training, a sample; how many voices are kept
    # of a corpus, and which are written anew
    assert shared == {"vocab_size", "seed", "precision", "voices"}


def test_tied_weights_need_an_embedding():
    with pytest.raises(ConfigError, match="--tie-weights needs an embedding"):
        ModelConfig(tie_weights=True, embed_dim=0)
    assert ModelConfig(tie_weights=True, embed_dim=64, hidden_size=128).tie_weights
    assert ModelConfig(tie_weights=False, embed_dim=64, hidden_size=128).embed_dim == 64


def test_beam_search_excludes_best_of():
    with pytest.raises(ConfigError, match="cannot be used together"):
        SamplingConfig(beam_size=4, best_of=2)


def test_a_setting_of_a_newer_version_is_named():
    with pytest.raises(ConfigError, match="no setting flux_capacity") as caught:
        ModelConfig.from_dict({"hidden_size": 8, "flux_capacity": 1.21})
    assert "newer version" in caught.value.hint


@pytest.mark.parametrize("cls", CONFIGS)
def test_settings_do_not_change_once_made(cls: type):
    made = cls()
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, dataclasses.fields(cls)[0].name, 1)


def test_each_public_name_is_there():
    assert all(hasattr(config, name) for name in config.__all__)
    own = {cls.__name__ for cls in Checked.__subclasses__() if cls.__module__ == config.__name__}  # the app has its own
    assert own == {cls.__name__ for cls in CONFIGS}
