"""Which text a model is judged on, and that it comes in the model's own tokens and tags."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from generator import corpus, tokenizers
from generator.config import PrepareConfig
from generator.corpus.packing import turned
from generator.errors import CorpusError, UnknownSymbol
from generator.evaluation import DynamicSettings, find_corpus, judge, material, same_corpus
from generator.evaluation.report import baselines

WORDS = ["the", "rose", "is", "red", "and", "the", "violet", "is", "blue", "so", "are", "you", "my", "love"]


def quiet(line: str) -> None:
    """Say nothing."""


def write_poems(path: Path, count: int = 200) -> Path:
    random = np.random.default_rng(1)
    with open(path, "w", encoding="utf-8") as file:
        for number in range(count):
            text = " ".join(random.choice(WORDS, 6)) + f" {number}"
            file.write(json.dumps({"text": text, "poet": "AB"[number % 2], "form": "x"}) + "\n")
    return path


@pytest.fixture
def poems(tmp_path: Path) -> corpus.PreparedCorpus:
    config = PrepareConfig(pieces="record", text_field="text", tag_fields=("poet", "form"))
    source = write_poems(tmp_path / "poems.jsonl")
    return corpus.prepare(source, tmp_path / "prepared", config, say=quiet, progress=False)


def test_its_own_tokenizer_uses_the_files_as_they_are(poems) -> None:
    found, part = material(poems, "validation", poems.tokenizer), poems.split("validation")
    np.testing.assert_array_equal(found.ids, part.ids)
    np.testing.assert_array_equal(found.starts, part.starts)
    assert found.characters == part.characters and found.tags is None


def test_another_tokenizer_encodes_the_same_text_again(poems) -> None:
    texts = list(corpus.read_text(poems, "validation"))
    other = tokenizers.train("byte", texts)
    found = material(poems, "validation", other)
    edges = [*(int(start) for start in found.starts), len(found.ids) - 1]
    assert found.ids[-1] == other.boundary
    for text, begin, end in zip(texts, edges[:-1], edges[1:], strict=True):
        assert found.ids[begin] == other.boundary
        assert other.boundary not in found.ids[begin + 1 : end]
        assert other.decode(found.ids[begin:end]) == text
    assert found.characters == sum(map(len, texts)) == poems.split("validation").characters


@pytest.mark.parametrize("prepared_so", [False, True])
def test_a_model_that_reads_lines_from_their_ends_is_judged_on_them_however_the_corpus_was_prepared(
    tmp_path: Path, prepared_so: bool
) -> None:
    source = write_poems(tmp_path / "poems.jsonl")
    config = PrepareConfig(pieces="record", text_field="text", backward=prepared_so)
    prepared = corpus.prepare(source, tmp_path / "prepared", config, say=quiet, progress=False)
    as_it_lies = material(prepared, "train", prepared.tokenizer)
    same = material(prepared, "train", prepared.tokenizer, backward=prepared_so)
    np.testing.assert_array_equal(same.ids, as_it_lies.ids)
    other = material(prepared, "train", prepared.tokenizer, backward=not prepared_so)
    np.testing.assert_array_equal(other.starts, as_it_lies.starts)
    edges = [*(int(start) for start in other.starts), len(other.ids) - 1]
    for text, begin, end in zip(corpus.read_text(prepared, "train"), edges[:-1], edges[1:], strict=True):
        assert prepared.tokenizer.decode(other.ids[begin:end]) == turned(text)


def test_tags_are_those_of_the_model_by_name(poems) -> None:
    """Its fields in another order, a field the corpus has not, a value the corpus has not and one the model has not."""
    fields = {"mood": ["sad"], "form": ["x"], "poet": ["Z", "B"]}
    found, part = material(poems, "train", poems.tokenizer, fields), poems.split("train")
    poets = [poems.tag_fields["poet"][tag - 1] for tag in part.tags[:, list(poems.tag_fields).index("poet")]]
    assert set(poets) == {"A", "B"}
    np.testing.assert_array_equal(found.tags, [[0, 1, {"A": 0, "B": 2}[poet]] for poet in poets])


@pytest.mark.parametrize("most", [1, 50, 137, 10**9])
def test_the_first_tokens_only(poems, most: int) -> None:
    whole = material(poems, "train", poems.tokenizer, {"poet": ["A", "B"]})
    part = material(poems, "train", poems.tokenizer, {"poet": ["A", "B"]}, most_tokens=most)
    assert len(part.ids) == min(most, len(whole.ids) - 1) + 1
    np.testing.assert_array_equal(part.ids, whole.ids[: len(part.ids)])
    assert part.characters == int((np.asarray(part.ids) != 0).sum())
    assert len(part.tags) == len(part.starts) and part.starts[-1] < len(part.ids)


def test_a_character_that_the_model_never_saw_is_an_error(poems) -> None:
    with pytest.raises(UnknownSymbol):
        material(poems, "validation", tokenizers.train("char", ["abc"]))


def test_the_corpus_of_the_provenance_is_found(poems, tmp_path: Path) -> None:
    by_folder = find_corpus({"corpus": str(poems.folder), "source": "gone"}, folder=tmp_path / "data", say=quiet)
    assert by_folder.folder == poems.folder
    provenance = {"corpus": str(tmp_path / "gone"), "source": str(tmp_path / "poems.jsonl")}
    provenance |= {"settings": poems.details["settings"], "corpus_digest": poems.details["digest"]}
    again = find_corpus(provenance, folder=tmp_path / "data", say=quiet)
    assert again.folder.parent == tmp_path / "data"
    assert again.details["digest"] == poems.details["digest"]
    assert same_corpus(provenance, again) is True


def test_a_corpus_that_is_asked_for_goes_before(poems, tmp_path: Path) -> None:
    asked = find_corpus({"corpus": "gone"}, str(poems.folder), folder=tmp_path / "data", say=quiet)
    assert asked.folder == poems.folder
    changed = write_poems(tmp_path / "other.jsonl", 150)
    asked = find_corpus({"corpus": str(poems.folder)}, str(changed), folder=tmp_path / "data", say=quiet)
    assert same_corpus({"corpus_digest": poems.details["digest"]}, asked) is False
    assert same_corpus({}, asked) is None


def test_a_source_is_prepared_as_the_corpus_of_the_model_was(poems, tmp_path: Path) -> None:
    said: list[str] = []
    other = write_poems(tmp_path / "other.jsonl", 150)
    provenance = {"corpus": str(poems.folder), "settings": poems.details["settings"]}
    asked = find_corpus(provenance, str(other), folder=tmp_path / "data", say=said.append)
    assert asked.details["settings"] == poems.details["settings"]
    assert set(asked.tag_fields) == {"poet", "form"}
    told = next(line for line in said if line.startswith("settings"))
    assert "--pieces record --text-field text --tag-fields poet --tag-fields form" in told
    by_default = find_corpus({}, str(other), folder=tmp_path / "data", say=said.append)
    assert not by_default.tag_fields


@pytest.mark.parametrize("settings", [None, {"pieces": "line", "a setting of tomorrow": 1}])
def test_a_checkpoint_that_does_not_say_how_is_told(settings, tmp_path: Path) -> None:
    said: list[str] = []
    source = write_poems(tmp_path / "poems.jsonl")
    found = find_corpus({"settings": settings}, str(source), folder=tmp_path / "data", say=said.append)
    assert PrepareConfig.from_dict(found.details["settings"]) == PrepareConfig(tokenizer="char")
    assert any(line.startswith("settings") and "does not say" in line for line in said)


def test_settings_that_do_not_fit_a_source_are_an_error(poems, tmp_path: Path) -> None:
    (tmp_path / "plain.txt").write_text("no records here\n" * 500)
    provenance = {"settings": poems.details["settings"]}
    with pytest.raises(CorpusError) as caught:
        find_corpus(provenance, str(tmp_path / "plain.txt"), folder=tmp_path / "data", say=quiet)
    assert "--pieces record" in caught.value.hint and "generator.prepare" in caught.value.hint
    with pytest.raises(CorpusError) as caught:
        find_corpus(provenance, str(tmp_path / "gone.txt"), folder=tmp_path / "data", say=quiet)
    assert "--pieces record" not in (caught.value.hint or "")


def test_a_corpus_known_by_name_is_prepared_beside_where_its_settings_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifests = tmp_path / "corpora"
    write_poems((manifests / "verses").mkdir(parents=True) or manifests / "verses" / "a.jsonl")
    (manifests / "verses.toml").write_text('title = "v"\nlicence = "MIT"\nfolder = "verses"\ntext_field = "text"\n')
    monkeypatch.setenv("GENERATOR_CORPORA", str(manifests))
    said: list[str] = []
    plain = find_corpus({}, "verses", folder=tmp_path / "data", say=quiet)
    settings = {**PrepareConfig().to_dict(), "split": "90/10"}
    other = find_corpus({"settings": settings}, "verses", folder=tmp_path / "data", say=said.append)
    assert plain.has("test") and not other.has("test")
    assert other.folder.parent == plain.folder.parent and other.folder != plain.folder
    assert any(str(plain.folder) in line and "other settings" in line for line in said)
    again = find_corpus({"settings": settings}, "verses", folder=tmp_path / "data", say=quiet)
    assert again.folder == other.folder
    same = {"settings": PrepareConfig().to_dict()}
    assert find_corpus(same, "verses", folder=tmp_path / "data", say=quiet).folder == plain.folder


def test_a_corpus_known_by_name_is_prepared_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifests = tmp_path / "corpora"
    write_poems((manifests / "verses").mkdir(parents=True) or manifests / "verses" / "a.jsonl")
    (manifests / "verses.toml").write_text('title = "v"\nlicence = "MIT"\nfolder = "verses"\ntext_field = "text"\n')
    monkeypatch.setenv("GENERATOR_CORPORA", str(manifests))
    first = find_corpus({"source": "verses"}, folder=tmp_path / "data", say=quiet)
    assert first.folder == tmp_path / "data" / "verses"
    (manifests / "verses" / "a.jsonl").unlink()
    described = {"source": first.details["source"]}  # as a checkpoint remembers it
    assert find_corpus(described, folder=tmp_path / "data", say=quiet).folder == first.folder
    assert find_corpus({}, "verses", folder=tmp_path / "data", say=quiet).folder == first.folder


@pytest.mark.parametrize("provenance", [{}, {"corpus": "/nowhere/at/all", "source": "/nowhere/poems.txt"}])
def test_a_corpus_that_is_gone_is_an_error_that_says_what_to_do(provenance, tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        find_corpus(provenance, folder=tmp_path, say=quiet)
    assert "--corpus" in caught.value.hint
    assert all(value in caught.value.message for value in provenance.values())


class Bar:
    """A progress bar that remembers."""

    def __init__(self) -> None:
        self.totals: list[int] = []
        self.done: list[int] = []

    def __call__(self, title: str, total: int) -> Bar:
        self.totals.append(total)
        self.done.append(0)
        return self

    def __enter__(self):
        return self.advance

    def __exit__(self, *_) -> None:
        pass

    def advance(self, tokens: int) -> None:
        self.done[-1] += tokens


def test_every_figure_of_a_model_on_a_split(poems, tiny_model, plain_nats) -> None:
    fields = {"poet": ["A", "B"], "form": ["x"]}
    model, bar = tiny_model(poems.tokenizer.vocab_size, fields=2), Bar()
    config = {"tag_fields": fields, "provenance": {"corpus_digest": poems.details["digest"]}}
    still = DynamicSettings(rate=0.0, statistics_batches=2)
    found = judge(model, poems.tokenizer, config, poems, "validation", watch=bar, dynamic=still, with_baselines=True)
    part = poems.split("validation")
    order = [list(poems.tag_fields).index(field) for field in fields]
    nats = plain_nats(model, part.ids, part.starts, part.tags[:, order]).sum() / part.characters
    assert found["protocols"]["carried"]["nats"] == pytest.approx(nats, abs=1e-5)
    assert found["dynamic"]["nats"] == pytest.approx(nats, abs=1e-5)
    assert found["temperature"]["nats"] <= nats
    assert found["same_corpus"] is True
    assert (found["corpus"], found["split"]) == (poems.name, "validation")
    simple = baselines(poems.split("train").ids, part.ids, poems.tokenizer.vocab_size, characters=part.characters)
    assert {name: values["nats"] for name, values in found["baselines"].items()} == pytest.approx(simple)
    assert bar.done == bar.totals
    json.dumps(found)


def test_a_part_that_is_not_there_is_an_error(poems, tiny_model) -> None:
    model = tiny_model(poems.tokenizer.vocab_size)
    with pytest.raises(CorpusError, match="no nowhere part"):
        judge(model, poems.tokenizer, {}, poems, "nowhere", watch=Bar())


def test_a_text_of_one_s_own_is_judged_whole_however_rare_its_characters(tmp_path: Path) -> None:
    """That a character is rare in a few poems says nothing of whether the model knows it."""
    settings = PrepareConfig(pieces="line", min_count=2, rare="piece").to_dict()
    texts = [f"line {chr(0x4E00 + number)} of verse" for number in range(200)]
    (tmp_path / "mine.txt").write_text("\n".join(texts), encoding="utf-8")
    provenance = {"corpus": "gone", "settings": settings}
    found = find_corpus(provenance, str(tmp_path / "mine.txt"), folder=tmp_path / "data", say=quiet)
    assert sorted(text for name in found.details["splits"] for text in corpus.read_text(found, name)) == sorted(texts)
    with pytest.raises(UnknownSymbol) as caught:
        material(found, "validation", tokenizers.train("char", ["line of verse"]))
    assert "--corpus" in caught.value.hint


def test_a_download_that_fails_keeps_its_own_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENERATOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GENERATOR_MIRROR", "http://127.0.0.1:9")
    provenance = {"source": "shakespeare: plays", "settings": PrepareConfig(min_count=2, split="90/10").to_dict()}
    with pytest.raises(CorpusError, match="could not be fetched") as caught:
        find_corpus(provenance, folder=tmp_path / "data", say=quiet)
    assert "GENERATOR_MIRROR" in caught.value.hint and "network" in caught.value.hint
    assert "--min-count" not in caught.value.hint


def test_what_is_wrong_with_a_text_of_one_s_own_keeps_its_advice(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("one line\nand another\n", encoding="utf-8")
    provenance = {"corpus": "gone", "settings": PrepareConfig(pieces="line").to_dict()}
    with pytest.raises(CorpusError, match="too few") as caught:
        find_corpus(provenance, str(tmp_path / "mine.txt"), folder=tmp_path / "data", say=quiet)
    assert "more pieces" in caught.value.hint and "generator.prepare" in caught.value.hint
