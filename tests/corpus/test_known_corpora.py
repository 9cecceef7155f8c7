"""The corpora that are known by name. Those that are downloaded are checked where a copy is at hand."""

import http.server
import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from generator import corpus
from generator.corpus import PreparedCorpus
from generator.corpus.manifest import Manifest, find_manifest

DATA = os.environ.get("GENERATOR_TEST_DATA", "")
needs_data = pytest.mark.skipif(
    not Path(DATA).is_dir() or not DATA, reason="GENERATOR_TEST_DATA names no folder with the downloads"
)
REMOTE = ["shakespeare", "song-ci", "sonnets", "tang", "war-and-peace"]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *values: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GENERATOR_CACHE", str(tmp_path / "cache"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=DATA)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("GENERATOR_MIRROR", f"http://127.0.0.1:{server.server_port}")
        yield
        server.shutdown()
        thread.join()


def manifest_of(name: str) -> Manifest:
    manifest = find_manifest(name)
    assert manifest is not None
    return manifest


def test_all_are_there() -> None:
    assert {"stdlib", "verses", *REMOTE} <= {manifest.name for manifest in corpus.list_corpora()}


@pytest.mark.parametrize("name", REMOTE)
def test_addresses_are_public_and_fixed(name: str) -> None:
    manifest = manifest_of(name)
    assert manifest.address.startswith("https://")
    assert manifest.licence
    assert len({file.path for file in manifest.files}) == len(manifest.files) > 0


@needs_data
@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize(
    ("name", "pieces", "characters"),
    [
        ("shakespeare", 2, 1_115_394),
        ("war-and-peace", 3, None),
        ("sonnets", 3_355, None),
        ("tang", 57_607 - 4, None),  # four records of the collection have no text
        ("song-ci", 21_050, None),
    ],
)
def test_a_mirror_serves_what_the_manifest_describes(
    tmp_path: Path, prepare: Callable[..., PreparedCorpus], name: str, pieces: int, characters: int | None
) -> None:
    prepared = prepare(name, tmp_path / "out")
    counts = prepared.details["splits"].values()
    assert sum(part["pieces"] for part in counts) == pieces
    assert characters in (None, sum(part["characters"] for part in counts))
    assert all(file["kept"] for file in prepared.report["files"])
    texts = {part: list(corpus.read_text(prepared, part)) for part in prepared.details["splits"]}
    if name == "shakespeare":
        assert {part: len(text[0]) for part, text in texts.items()} == {"train": 1_003_854, "validation": 111_540}
    elif name == "war-and-peace":
        text = "".join(texts[part][0] for part in ("train", "validation", "test"))
        assert "Gutenberg" not in text
        assert text.startswith("An Anonymous Volunteer")
    elif name == "sonnets":
        assert all(text.count("\n") == 13 and "<eos>" not in text for part in texts.values() for text in part)
    else:
        assert set(prepared.tag_fields) == {"author", "form"}
        assert prepared.split("train").tags is not None
    if name == "tang":
        assert prepared.tag_fields["form"][:4] and {"五绝", "七绝", "五律", "七律"} <= set(prepared.tag_fields["form"])


def test_verses_need_no_network(tmp_path: Path, prepare: Callable[..., PreparedCorpus]) -> None:
    prepared = prepare("verses", tmp_path / "out")
    assert prepared.report["totals"]["characters"] > 15_000
    assert prepared.split("validation").characters > 1_000


def test_stdlib_is_the_running_interpreter_s(tmp_path: Path, prepare: Callable[..., PreparedCorpus]) -> None:
    prepared = prepare("stdlib", tmp_path / "out", tokenizer="byte")
    kept = {file["name"] for file in prepared.report["files"] if file["kept"]}
    assert {"os.py", "json/decoder.py", "collections/__init__.py"} <= kept
    assert not any(name.startswith(("test/", "site-packages/")) for name in kept)
    import json.decoder

    source = Path(json.decoder.__file__).read_text(encoding="utf-8")
    assert any(source in text for part in prepared.details["splits"] for text in corpus.read_text(prepared, part))
