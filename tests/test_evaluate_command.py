"""The command that judges a model: its table, its JSON, its errors, and how fast it explains itself."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import generator
from generator import corpus
from generator.config import ModelConfig, PrepareConfig
from generator.evaluate import main
from generator.evaluation import evaluate_split
from generator.model import LanguageModel


@pytest.fixture
def prepared(tmp_path: Path) -> corpus.PreparedCorpus:
    random = np.random.default_rng(1)
    source = tmp_path / "text.txt"
    source.write_text("".join(random.choice(list("abcdef \n"), 9000)), encoding="utf-8")
    config = PrepareConfig(pieces="file")
    return corpus.prepare(source, tmp_path / "prepared", config, say=lambda line: None, progress=False)


@pytest.fixture
def loaded(prepared, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What a checkpoint is when it has been loaded, by any name."""
    sizes = {"embed_dim": 12, "hidden_size": 12, "num_layers": 1, "tie_weights": True}
    config = ModelConfig(vocab_size=prepared.tokenizer.vocab_size, dropout=0.3, input_dropout=0.3, **sizes)
    model = LanguageModel(config, torch.Generator().manual_seed(1)).eval()
    provenance = {"corpus": str(prepared.folder), "source": "text.txt", "corpus_digest": prepared.details["digest"]}
    found = SimpleNamespace(
        model=model,
        tokenizer=prepared.tokenizer,
        config={"name": "letters", "tag_fields": {}, "provenance": provenance},
        folder=prepared.folder,
    )
    module = SimpleNamespace(load=lambda name: found)
    monkeypatch.setitem(sys.modules, "generator.checkpoint", module)
    monkeypatch.setattr(generator, "checkpoint", module, raising=False)
    return found


def test_json_is_one_object_and_nothing_else(loaded, prepared, capsys) -> None:
    assert main(["letters", "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    found = json.loads(lines[0])
    part = prepared.split("validation")
    expected = evaluate_split(loaded.model, part.ids, characters=part.characters)["protocols"]
    for protocol in ("carried", "windowed"):
        assert found["protocols"][protocol]["nats"] == pytest.approx(expected[protocol]["nats"])
        assert found["protocols"][protocol]["bits"] == pytest.approx(expected[protocol]["nats"] / math.log(2))
    assert found["dynamic"] is None and found["baselines"] is None
    assert (found["characters"], found["split"], found["model"]) == (part.characters, "validation", "letters")


def test_the_table_shows_what_was_asked_for(loaded, capsys) -> None:
    assert main(["letters", "--dynamic", "--baselines", "--split", "test"]) == 0
    shown = capsys.readouterr().out
    assert "test part" in shown and "450 characters" in shown
    for name in ("carried", "windowed", "temperature", "dynamic", "uniform", "unigram", "5-gram"):
        assert any(line.startswith(name) for line in shown.splitlines()), name
    assert main(["letters", "--protocol", "windowed"]) == 0
    shown = capsys.readouterr().out
    assert "\nwindowed" in shown and "\ncarried" not in shown


def test_json_of_everything_and_of_a_part(loaded, capsys) -> None:
    assert main(["letters", "--json", "--dynamic", "--baselines", "--tokens", "100"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["tokens"] == 100 and found["characters"] == 100
    assert set(found["dynamic"]) == {"nats", "bits"}
    assert found["baselines"]["uniform"]["nats"] == pytest.approx(math.log(loaded.tokenizer.vocab_size))


def test_preparing_a_corpus_says_nothing_on_stdout(loaded, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["letters", "--json", "--corpus", "text.txt"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["corpus"] == "text"
    assert "text.txt" in printed.err and "has changed" not in printed.err  # another text was asked for


def test_a_corpus_that_has_changed_is_told(loaded, capsys) -> None:
    loaded.config["provenance"]["corpus_digest"] = "0" * 64
    assert main(["letters", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["same_corpus"] is False
    assert "has changed" in printed.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["letters", "--split", "nowhere"], "nowhere"),
        (["letters", "--corpus", "not/there.txt"], "not/there.txt"),
    ],
)
def test_errors_are_words(loaded, capsys, arguments: list[str], told: str) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and told in printed.err and "Traceback" not in printed.err


def test_a_corpus_that_is_gone_names_the_option(loaded, capsys) -> None:
    loaded.config["provenance"] = {"corpus": "/gone/away"}
    assert main(["letters"]) == 2
    assert "--corpus" in capsys.readouterr().err


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys, generator.evaluate as e\n"
        "try: e.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'sentencepiece', 'pooch', 'tqdm'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--corpus" in done.stdout
    assert time.perf_counter() - start < 5  # 0.1 s on a machine that does nothing else
