"""The page Corpora: what is there and on what terms, preparing it, and what it is like, against counts by hand."""

import time
from collections import Counter

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from generator.app import corpora_statistics
from generator.app.corpora_charts import lengths_chart, pitches_chart, symbols_chart, tag_chart
from generator.app.corpora_preparing import start
from generator.app.corpora_statistics import kept_statistics, measure, pitch_name
from generator.config import PrepareConfig
from generator.corpus import list_corpora, prepare, read_text
from generator.music import score_from_json

TUNE = """X:{number}
T:Tune {number}
M:4/4
L:1/8
K:{key}
{notes}|
"""
BARS = ("c2d2e2f2", "cdefgfed", "e4c4", "g2e2c2e2", "c8")


def script():
    from generator.app.page_corpora import page

    page()


def lawful(page):
    assert not page.exception, page.exception
    return page


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def pieces(tmp_path):
    """A corpus of pieces of many lengths."""
    text = "\n\n".join("\n".join(f"line {number} of a poem" for _ in range(1 + number % 7)) for number in range(90))
    (tmp_path / "poems.txt").write_text(text)
    config = PrepareConfig(pieces="blank")
    return prepare(tmp_path / "poems.txt", tmp_path / "data" / "poems", config, say=lambda line: None, progress=False)


def test_statistics_are_those_counted_by_hand(pieces):
    found = measure(pieces)
    texts = list(read_text(pieces, "train"))
    by_hand = Counter("".join(texts))
    assert dict(map(tuple, found["symbols"])) == {
        {" ": "␣", "\n": "⏎"}.get(character, character): count for character, count in by_hand.items()
    }
    lengths = sorted(map(len, texts))
    told = found["lengths"]
    assert (told["least"], told["most"], told["pieces"]) == (lengths[0], lengths[-1], len(texts))
    assert told["median"] == np.median(lengths)
    for low, high, count in told["bins"]:
        assert count == sum(low <= length <= high for length in lengths)
    assert found["baselines"]["uniform"] > found["baselines"]["unigram"] > found["baselines"]["5-gram"] > 0
    assert found["preview"][0] == texts[0]


def test_statistics_are_of_one_corpus_only(pieces):
    digest = pieces.details["digest"]
    assert kept_statistics(pieces.folder, digest) is None
    found = measure(pieces)
    assert kept_statistics(pieces.folder, digest) == found
    assert kept_statistics(pieces.folder, "another") is None
    (pieces.folder / "statistics.json").write_text("[]")
    assert kept_statistics(pieces.folder, digest) is None


def test_pitches_are_those_of_the_tunes(tmp_path, monkeypatch):
    monkeypatch.setattr(corpora_statistics, "_baselines", lambda corpus: {})
    folder = tmp_path / "tunes"
    folder.mkdir()
    for number in range(120):
        notes = "|".join(BARS[number // power % len(BARS)] for power in (1, 5, 25))
        (folder / f"{number}.abc").write_text(TUNE.format(number=number, key="C", notes=notes))
    config = PrepareConfig(tokenizer="melody")
    corpus = prepare(folder, tmp_path / "corpus", config, say=lambda line: None, progress=False)
    found = measure(corpus)
    pitches = dict(found["pitches"])
    # a melody is kept without its key: what comes back are the intervals above the lowest note, C
    low = min(pitches)
    assert {pitch - low for pitch in pitches} == {0, 2, 4, 5, 7} and found["one_tonic"]
    assert found["scores"] == corpus.details["splits"]["train"]["pieces"]
    previewed = [score_from_json(each) for each in found["preview_scores"]]
    assert len(previewed) == 3 and all(len(score.bars) == 3 for score in previewed)
    monkeypatch.chdir(tmp_path)
    corpus.folder.rename(tmp_path / "data-tunes")
    (tmp_path / "data").mkdir()
    (tmp_path / "data-tunes").rename(tmp_path / "data" / "tunes")
    page = AppTest.from_function(script, default_timeout=120)
    page.query_params["corpus"] = "tunes"
    lawful(page.run())
    for _ in range(100):
        if len(page.get("image")) == 3:
            break
        time.sleep(0.2)
        lawful(page.run())
    assert len(page.get("image")) == 3, "the preview is engraved"
    assert any("Metre: 4/4 (120)" in caption.value.replace("\\", "") for caption in page.caption)
    assert "Pitches by frequency" in [header.value for header in page.subheader]


def test_pitches_have_names():
    assert [pitch_name(midi) for midi in (0, 21, 60, 69, 70, 127)] == ["C-1", "A0", "C4", "A4", "B♭4", "G9"]


def test_every_chart_says_the_same_in_words():
    spec, told = symbols_chart([["e", 30], ["t", 20]], music=False)
    assert spec["data"]["values"] == [{"name": "e", "count": 30}, {"name": "t", "count": 20}]
    assert "e (30), t (20)" in told
    assert "C4 (5)" in pitches_chart([[60, 5], [62, 4]])[1]
    lengths = {"bins": [[1, 2, 3], [3, 9, 1]], "least": 1, "median": 2.0, "most": 9, "pieces": 4}
    assert "4 pieces of 1 to 9 tokens" in lengths_chart(lengths)[1]
    assert "b (9), a (1)" in tag_chart("form", ["a", "b"], [1, 9])[1]


def test_a_preparation_that_is_cancelled_leaves_nothing(home):
    (home / "poems.txt").write_text("a river and a lamp\n" * 50)
    begun = start(home / "poems.txt", home / "data" / "poems", PrepareConfig(), home=home)
    assert begun.look().state == "running"
    begun.cancel()
    assert not begun.folder.exists() and not (home / "data" / "poems").exists()


def test_a_source_that_cannot_be_read_says_why(home):
    (home / "poems.txt").write_text("short")
    begun = start(home / "poems.txt", home / "data" / "poems", PrepareConfig(), home=home)
    for _ in range(300):
        if begun.look().state != "running":
            break
        time.sleep(0.1)
    found = begun.look()
    assert found.state == "failed" and "too short" in found.message and found.hint
    begun.cancel()


def test_the_page_names_every_corpus_with_its_terms(home):
    page = lawful(AppTest.from_function(script, default_timeout=120).run())
    table = page.table[0].value.replace(r"\u2060|\\(?=.)", "", regex=True)
    assert list(table["Name"]) == [manifest.name for manifest in list_corpora()]
    assert all(table["Licence"]) and set(table["Prepared"]) == {"not yet"}
    assert not [size for size in table["Size"] if size.startswith(("0 ", "0.0 "))]
    for name in ("shakespeare", "stdlib", "chorales"):
        lawful(page.selectbox(key="corpora_choice").set_value(name).run())
        assert page.query_params["corpus"] in (name, [name])
        assert any("Licence" in caption.value for caption in page.caption)
        assert "Fetch and prepare" in [button.label for button in page.button]


def test_only_an_address_is_made_a_link():
    from generator.app.page_corpora import link_to

    plain = "https://raw.example.org/a-b/c_d/%20/"
    assert link_to(plain).endswith(f"]({plain})")
    for hostile in ("javascript:alert(1)", "https://a.b/) [x](http://c.d", "https://a.b/\n", "https://a.b?c"):
        assert "](" not in link_to(hostile).replace("\\]", "")


def test_a_prepared_corpus_is_shown_with_charts(home, pieces):
    measure(pieces)
    page = AppTest.from_function(script, default_timeout=120)
    page.query_params["corpus"] = "poems"
    lawful(page.run())
    assert [header.value for header in page.subheader] == ["Characters by frequency", "Lengths of the pieces"]
    charts = page.get("vega_lite_chart")
    assert len(charts) == 2 and any("pieces of" in caption.value for caption in page.caption)
    assert {"Files read", "Pieces", "Characters"} <= {metric.label for metric in page.metric}


def test_preparing_shows_how_far_it_is_and_then_what_came_of_it(home, monkeypatch):
    monkeypatch.setenv("GENERATOR_CORPORA", str(home / "manifests"))
    (home / "manifests" / "lines").mkdir(parents=True)
    (home / "manifests" / "lines" / "a.txt").write_text("\n".join(f"line {number} of a poem" for number in range(300)))
    (home / "manifests" / "little.toml").write_text(
        'title = "A little"\nlicence = "MIT"\nfolder = "lines"\npieces = "line"\n'
    )
    page = lawful(AppTest.from_function(script, default_timeout=120).run())
    lawful(page.button(key="corpora_fetch").click().run())
    for _ in range(200):
        if not any(button.key == "corpora_cancel" for button in page.button):
            break
        time.sleep(0.3)
        lawful(page.run())
    assert (home / "data" / "little" / "corpus.json").exists()
    assert {metric.label: metric.value for metric in page.metric}["Pieces"] == "300"
    assert list(page.table[0].value["Prepared"]) == ["yes"]
    assert list(page.table[1].value["Read"]) == ["yes"] and "Notes" not in page.table[1].value
    assert "Characters by frequency" in [header.value for header in page.subheader]
