"""The sample command: what goes to the terminal, to files and to standard error, and what stops it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generator import checkpoint, tokenizers
from generator.config import ModelConfig, PrepareConfig
from generator.corpus import prepare
from generator.model import LanguageModel
from generator.seeding import torch_generator
from generator.text.checking import check, check_wishes
from generator.text.chinese.script import simplified_alone, to_simplified

TEXT = "O rose, thou art sick!\nThe invisible worm,\nROMEO: 春眠\n"


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for name, kind, start_text in (("rose", "char", "\n"), ("bytes", "byte", ""), ("tagged", "char", "")):
        tokenizer = tokenizers.train(kind, [TEXT])
        config = ModelConfig(
            vocab_size=tokenizer.vocab_size, embed_dim=24, hidden_size=24, num_layers=1, tie_weights=True, dropout=0.0,
            input_dropout=0.0, tag_sizes=(2,) if name == "tagged" else (),
        )  # fmt: skip
        fields = {"author": ["李白", "Blake"]} if name == "tagged" else {}
        details = {"name": name, "medium": "text", "tag_fields": fields, "start_text": start_text}
        network = LanguageModel(config, torch_generator(1)).eval()
        checkpoint.save(folder / name, network, tokenizer, details, f"# {name}\n")
    return folder


def test_the_prompt_and_what_follows_go_to_the_terminal(sample):
    status, out, err = sample("rose", "--prompt", "ROMEO:", "--temperature", "0.8", "--seed", "7", "--length", "40")
    assert status == 0
    assert out.startswith("ROMEO:")
    assert len(out) == len("ROMEO:") + 40 + 1
    assert err == ""


def test_a_seed_that_was_drawn_is_told_and_writes_the_same_again(sample):
    _, out, err = sample("rose", "--length", "60")
    seed = err.split()[1]
    assert f"--seed {seed}" in err
    assert sample("rose", "--length", "60", "--seed", seed)[1] == out


def test_several_texts_stand_one_after_the_other(sample):
    _, out, _ = sample("rose", "-n", "3", "--prompt", "The", "--seed", "5", "--length", "30", "--only", "abc rose")
    texts = out.rstrip("\n").split("\n\n")
    alone = [
        sample("rose", "--prompt", "The", "--seed", str(5 + row), "--length", "30", "--only", "abc rose")[1].rstrip(
            "\n"
        )
        for row in range(3)
    ]
    assert texts == alone


def test_json_gives_everything_that_writes_a_text_again(sample):
    status, out, _ = sample(
        "rose", "--json", "-n", "2", "--seed", "3", "--length", "25", "--top-p", "0.9", "--best-of", "3"
    )
    assert status == 0
    records = [json.loads(line) for line in out.splitlines()]
    assert len(records) == 2
    for record in records:
        assert record["precision"] == record["settings"]["precision"] in ("int8", "bfloat16", "float32")
        assert record["characters"] == 25
        assert record["bits_per_char"] > 0
        settings = record["settings"]
        words = [word for name in ("seed", "length", "top_p", "temperature", "precision", "best_of")
                 for word in (f"--{name.replace('_', '-')}", str(settings[name]))]  # fmt: skip
        assert json.loads(sample("rose", "--json", *words)[1])["text"] == record["text"]


def test_texts_go_to_a_file_which_is_not_replaced_unasked(sample, tmp_path: Path):
    path = tmp_path / "out" / "poems.txt"
    words = ("rose", "-n", "2", "--length", "30", "--out", str(path), "--only", "abc")
    status, out, err = sample(*words, "--seed", "1")
    assert (status, out) == (0, "")
    assert "2 texts, 60 characters" in err
    first = path.read_text(encoding="utf-8")
    assert len(first.rstrip("\n").split("\n\n")) == 2
    status, _, err = sample(*words, "--seed", "2")
    assert status == 2
    assert "there already" in err
    assert "--force" in err
    assert path.read_text(encoding="utf-8") == first
    assert sample(*words, "--seed", "2", "--force")[0] == 0
    assert path.read_text(encoding="utf-8") != first
    assert [file.name for file in path.parent.iterdir()] == ["poems.txt"]


def test_json_goes_to_a_file_too(sample, tmp_path: Path):
    sample("rose", "--json", "-n", "2", "--length", "10", "--out", "poems.jsonl")
    lines = (tmp_path / "poems.jsonl").read_text(encoding="utf-8").splitlines()
    assert [len(json.loads(line)["text"]) for line in lines] == [10, 10]


def test_a_prompt_comes_from_a_file_with_its_line_breaks(sample, tmp_path: Path):
    prompt = "The worm,\n\nROMEO: 春\n"
    (tmp_path / "prompt.txt").write_bytes(b"\xef\xbb\xbf" + prompt.replace("\n", "\r\n").encode())
    _, from_file, _ = sample("rose", "--prompt-file", "prompt.txt", "--seed", "1", "--length", "20")
    assert from_file.startswith(prompt)
    assert sample("rose", "--prompt", prompt, "--seed", "1", "--length", "20")[1] == from_file


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nobody"], "no model 'nobody'"),
        (["rose", "--prompt", "a\nbØ"], "line 2, column 2"),
        (["rose", "--prompt", "a\nbØ"], "--drop-unknown"),
        (["rose", "--top-p", "2"], "--top-p 2.0 is too large"),
        (["rose", "--temperature", "hot"], "invalid float value"),
        (["rose", "-n", "0"], "-n/--count: 0"),
        (["rose", "--beam-size", "3", "--best-of", "2"], "cannot be used together"),
        (["rose", "--prompt", "a", "--prompt-file", "b"], "cannot be used together"),
        (["rose", "--prompt-file", "absent.txt"], "absent.txt"),
        (["rose", "--tag", "author"], "FIELD=VALUE"),
        (["rose", "--tag", "author=Blake"], "no tag 'author'"),
        (["tagged", "--tag", "author=Black"], "Did you mean: Blake"),
        (["rose", "--acrostic", "Ø"], "No line can begin with 'Ø'"),
        (["rose", "--only", "Ø"], "none of the characters"),
    ],
)
def test_mistakes_are_told_on_one_screen(sample, words: list[str], message: str):
    status, out, err = sample(*words)
    assert status == 2
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_a_prompt_file_in_another_encoding_is_refused(sample, tmp_path: Path):
    (tmp_path / "latin.txt").write_bytes("caf\xe9".encode("latin-1"))
    status, _, err = sample("rose", "--prompt-file", "latin.txt")
    assert status == 2
    assert "byte 3" in err


def test_strangers_in_the_prompt_can_be_dropped(sample):
    with pytest.warns(UserWarning, match="dropped"):
        status, out, _ = sample("rose", "--prompt", "rØse", "--drop-unknown", "--length", "5")
    assert status == 0
    assert out.startswith("rØse")


def test_tags_and_rules_reach_the_text(sample):
    _, out, _ = sample("tagged", "--tag", "author=李白", "--json", "--seed", "1", "--length", "30", "--acrostic", "The")
    record = json.loads(out)
    assert record["tags"] == {"author": "李白"}
    assert record["text"][0] == "T"
    _, out, _ = sample("rose", "--until", "e", "--json", "--seed", "1", "--length", "900")
    assert json.loads(out)["text"].index("e") == json.loads(out)["characters"] - 1
    _, out, _ = sample("rose", "--only", "ab\\n", "--seed", "1", "--length", "50")
    assert set(out) == set("ab\n")


def test_originality_shows_what_was_copied(sample, models: Path, tmp_path: Path):
    (tmp_path / "rose.txt").write_text(TEXT * 60, encoding="utf-8")
    prepare(
        tmp_path / "rose.txt", tmp_path / "corpus", PrepareConfig(pieces="file"), say=lambda line: None, progress=False
    )
    loaded = checkpoint.load(models / "rose")
    config = {**loaded.config, "provenance": {"corpus": str(tmp_path / "corpus")}}
    config.pop("model")
    checkpoint.save(tmp_path / "own", loaded.model, loaded.tokenizer, config, "# own\n")
    words = (str(tmp_path / "own"), "--originality", "--acrostic", "O rose", "--seed", "1", "--length", "200")
    _, out, err = sample(*words)
    assert "text 1: the longest copied run is" in err
    _, out, _ = sample(*words, "--json")
    record = json.loads(out)
    copied = record["originality"]["text"]
    assert len(copied) == record["originality"]["length"] > 0
    assert copied in record["text"]
    assert copied in TEXT * 2
    # and none is longer
    text = record["text"]
    longer = {text[i : i + len(copied) + 1] for i in range(len(text) - len(copied))}
    assert not any(run in TEXT * 2 for run in longer)
    status, out, err = sample("rose", "--originality", "--length", "5")
    assert (status, out) == (2, "")
    assert "corpus" in err


def test_without_a_model_those_that_are_here_are_listed(sample):
    status, out, _ = sample()
    assert status == 0
    for name in ("rose", "bytes", "tagged"):
        assert f"\n  {name} " in out


def environment(models: Path, tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "GENERATOR_CHECKPOINTS": str(models), "GENERATOR_CACHE": str(tmp_path / "cache")}


@pytest.mark.parametrize("where", ["terminal", "file"])
def test_ctrl_c_keeps_what_is_written(models: Path, tmp_path: Path, where: str):
    words = ["--out", str(tmp_path / "kept.txt")] if where == "file" else []
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "generator.sample",
            "rose",
            "--length",
            "10000000",
            "--prompt",
            "The",
            "-n",
            "2",
            *words,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(models, tmp_path),
        # where the tests run in the background, a shell has them ignore the signal, and their children too
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    if where == "terminal":
        first = process.stdout.read(200)  # it streams: this is there long before the end
        assert first.decode("utf-8", "ignore").startswith("The")
    else:
        deadline = time.monotonic() + 60
        while not (tmp_path / "cache" / "precisions.jsonl").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1)  # the speed is measured, so the writing has begun
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert b"stopped" in err
    assert b"Traceback" not in err
    if where == "file":
        kept = (tmp_path / "kept.txt").read_text(encoding="utf-8")
        assert kept.count("The") >= 2
        assert len(kept) > 100
    else:
        assert "\n\nThe" in out.decode(), "what the second row has is shown too"


def test_a_reader_that_goes_away_is_no_error(models: Path, tmp_path: Path):
    command = f"{sys.executable} -m generator.sample rose --length 200000 --seed 1 | head -c 100"
    ended = subprocess.run(
        command, shell=True, capture_output=True, env=environment(models, tmp_path), timeout=60, check=True
    )
    assert len(ended.stdout) == 100
    assert b"Traceback" not in ended.stderr
    assert b"Error" not in ended.stderr


# ------------------------------------------------------------------ poems in forms


@pytest.fixture(scope="session")
def poet(models: Path) -> Path:
    """A network that says anything, and knows a hundred characters of verse."""
    known = (
        "東風同空中紅翁宮功江窗雙支時詩枝知衣微稀書魚居無孤湖西溪啼低佳開來臺真人春新文雲門山間天年前煙仙橋朝高多河花家"
        "陽香光長明情城青秋流樓舟林心深南月日白石碧色客落木葉雪酒水鳥曉夜路樹雨草古道子里事意盡望萬遠見岸"
    )
    tokenizer = tokenizers.train("char", [known + "，。\n"])
    config = ModelConfig(
        vocab_size=tokenizer.vocab_size, embed_dim=8, hidden_size=8, num_layers=1, tie_weights=True, dropout=0.0,
        input_dropout=0.0,
    )  # fmt: skip
    network = LanguageModel(config, torch_generator(1)).eval()
    details = {"name": "poet", "medium": "text", "tag_fields": {}, "start_text": "", "verse": "zh"}
    checkpoint.save(models / "poet", network, tokenizer, details, "# poet\n")
    return models / "poet"


def test_a_poem_in_a_form_is_shown_whole_and_written_again_by_its_seed(sample, poet: Path):
    words = ("poet", "--form", "五绝", "--acrostic", "春風花月", "--candidates", "3", "--rhyme", "东")
    status, out, err = sample(*words)
    assert status == 0, err
    assert check_wishes(out, "wujue", "春風花月", rhyme="东") == []
    assert check(out.strip(), "wujue", exact=True).ok
    seed = err.split()[1]
    assert sample(*words, "--seed", seed)[1] == out
    status, out, _ = sample(*words, "--seed", seed, "-n", "2", "--json")
    records = [json.loads(line) for line in out.splitlines()]
    assert [record["verse"]["form"] for record in records] == ["五绝"] * 2
    assert [record["chosen_from"] for record in records] == [3, 3]
    for record in records:
        again = json.loads(sample(*words, "--seed", str(record["seed"]), "--candidates", "1", "--json")[1])
        assert again["text"] == record["text"]


def test_the_poem_is_in_the_script_of_the_wish_or_as_said(sample, poet: Path):
    words = ("poet", "--form", "qijue", "--seed", "4", "--candidates", "1")
    plain = sample(*words)[1]
    assert plain == to_simplified(plain)
    traditional = sample(*words, "--script", "traditional")[1]
    assert to_simplified(traditional) == plain != traditional
    assert sample(*words, "--acrostic", "風雲")[1] != to_simplified(sample(*words, "--acrostic", "風雲")[1])


def test_the_forms_that_a_model_writes_are_drawn(sample, poet: Path):
    status, out, _ = sample("poet", "--forms")
    assert status == 0
    for name in ("wujue", "qilv", "duilian", "ci:浣溪沙"):
        assert name in out
    assert "△" not in out and len(out.split("\n")) < 100
    assert "sonnet" not in out
    status, out, _ = sample("poet", "--forms", "--form", "七绝")
    assert status == 0
    assert "△ level" in out.split("\n")[0] and "⊙○⊙●●○△。" in out
    assert "qijue" in out and "wujue" not in out and "qijue  " in sample("poet", "--forms", "--form", "绝")[1]
    assert "sonnet is a form of English" in sample("poet", "--forms", "--form", "sonnet")[2]


def test_the_tags_are_listed(sample):
    assert sample("tagged", "--tags")[:2] == (0, "author (2): 李白, Blake\n")
    assert "without tags" in sample("rose", "--tags")[1]


def test_without_a_form_an_acrostic_ends_its_text_and_the_script_is_that_of_the_wish(sample, poet: Path):
    words = ("poet", "--acrostic", "春風花", "--seed", "3", "--length", "2000")
    status, out, err = sample(*words)
    assert status == 0, err
    lines = out.rstrip("\n").split("\n")
    assert [line[0] for line in lines] == ["春", "風", "花"]
    simplified = sample(*words, "--script", "simplified")[1]
    assert simplified.rstrip("\n") == simplified_alone(out).rstrip("\n") != out.rstrip("\n")
    typed = sample("poet", "--acrostic", "春风花", "--seed", "3", "--length", "2000")[1]
    assert typed == simplified
    assert sample("poet", "--acrostic", "春风花", *words[3:], "--script", "traditional")[1].strip() == out.strip()


def test_an_author_of_either_script_is_known_without_a_form_too_and_others_are_named(sample, models: Path):
    assert sample("tagged", "--author", "李白", "--length", "5")[0] == 0
    _, _, err = sample("tagged", "--author", "李贺", "--length", "5")
    assert "Near: 李白." in err and "--tags lists all 2" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["poet", "--form", "qijve"], "qijue"),
        (["poet", "--form", "sonnet"], "this model writes Chinese"),
        (["rose", "--form", "qijue"], "was not trained on verse"),
        (["rose", "--forms"], "was not trained on verse"),
        (["poet", "--rhyme", "东"], "--rhyme is about a poem in a form"),
        (["poet", "--start", "春"], "--start is about a poem in a form"),
        (["poet", "--word", "春"], "--word is about a poem in a form"),
        (["poet", "--candidates", "3"], "--candidates is about a poem in a form"),
        (["poet", "--theme-weight", "3"], "--theme-weight is about a poem in a form"),
        (["poet", "--form", "qijue", "--theme", "love"], "in Chinese, as 雪"),
        (["poet", "--form", "qijue", "--prompt", "春"], "--prompt cannot be used with --form"),
        (["poet", "--form", "qijue", "--until", "春"], "--until cannot be used with --form"),
        (["poet", "--form", "qijue", "--only", "春"], "--only cannot be used with --form"),
        (["poet", "--form", "qijue", "--rhyme", "仄"], "仄"),
        (["poet", "--form", "qijue", "--acrostic", "春龘"], "龘 of --acrostic"),
        (["poet", "--form", "qijue", "--theme", "龘"], "龘 of --theme"),
        (["poet", "--form", "qijue", "--author", "李白"], "no tag 'author'"),
        (["poet", "--form", "duilian", "--upper", "春風"], "the upper line has 2 characters, and 4 to 11 are due"),
        (["poet", "--form", "qijue", "--rhyme", "入聲十一陌"], "Rhymes that would do"),
    ],
)
def test_mistakes_about_forms_are_told_before_anything_is_written(sample, poet: Path, words: list[str], message: str):
    status, out, err = sample(*words)
    assert (status, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_a_form_is_kept_by_a_search_with_beams_too(sample, poet: Path):
    status, out, err = sample("poet", "--form", "wujue", "--beam-size", "4", "--seed", "1")
    assert status == 0, err
    assert check(out.strip(), "wujue", exact=True).ok
