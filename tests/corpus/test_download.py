"""Downloads from a small server of our own: what is right is kept, what is wrong is said."""

import http.server
import os
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from generator.corpus import PreparedCorpus, list_corpora
from generator.corpus.download import address_of, cache_folder, fetch
from generator.corpus.manifest import Manifest, find_manifest, manifest_folder, read_manifest
from generator.errors import ChecksumMismatch, CorpusError

TEXT = "A line of a text that lies on a server.\n" * 200
TRUTH = TEXT.encode()


class Server(http.server.ThreadingHTTPServer):
    """Answers every path from ``files``; counts requests; may break off in the middle."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.break_off = False
        self.status = 200


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        content = self.server.files.get(self.path)
        if content is None or self.server.status != 200:
            self.send_error(404 if content is None else self.server.status)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if self.server.break_off else content)

    def log_message(self, format: str, *values: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("GENERATOR_MIRROR", f"http://127.0.0.1:{server.server_port}")
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        server.files["/there/a%20text.txt"] = TRUTH
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    monkeypatch.setenv("GENERATOR_CORPORA", str(tmp_path / "corpora"))
    monkeypatch.setenv("GENERATOR_CACHE", str(tmp_path / "cache"))
    (tmp_path / "corpora").mkdir()
    (tmp_path / "corpora" / "small.toml").write_text(
        'title = "A small text"\nlicence = "MIT"\naddress = "https://example.org/somewhere/"\nmirror = "there"\n'
        'pieces = "file"\nsplit = "90/10"\n'
        f'[[files]]\npath = "a text.txt"\nbytes = {len(TRUTH)}\nsha256 = "{sha256(TRUTH).hexdigest()}"\n'
    )
    found = find_manifest("small")
    assert found is not None
    return found


def kept() -> list[Path]:
    """Every file of the cache, temporary ones included."""
    return [path for path in cache_folder().rglob("*") if path.is_file()]


def test_a_file_is_fetched_once_and_then_kept(server: Server, manifest: Manifest) -> None:
    [(name, path)] = fetch(manifest, progress=False)
    assert (name, path.read_bytes()) == ("a text.txt", TRUTH)
    server.status = 503
    assert fetch(manifest, progress=False) == [(name, path)]
    assert len(server.requests) == 1
    assert kept() == [path]


def test_a_damaged_copy_is_fetched_again(server: Server, manifest: Manifest) -> None:
    [(_, path)] = fetch(manifest, progress=False)
    for damage in (TRUTH[:-1], b"x" + TRUTH[1:]):
        path.write_bytes(damage)
        [(_, path)] = fetch(manifest, progress=False)
        assert path.read_bytes() == TRUTH
    assert len(server.requests) == 3


@pytest.mark.parametrize("wrong", [b"x" + TRUTH[1:], TRUTH + b"x", TRUTH[:-1], b"<html>sign in</html>"])
def test_another_file_is_refused_and_not_kept(server: Server, manifest: Manifest, wrong: bytes) -> None:
    server.files["/there/a%20text.txt"] = wrong
    with pytest.raises(ChecksumMismatch) as caught:
        fetch(manifest, progress=False)
    for fact in (address_of(manifest, manifest.files[0]), sha256(wrong).hexdigest(), sha256(TRUTH).hexdigest()):
        assert fact in caught.value.message
    assert caught.value.hint
    assert kept() == []


@pytest.mark.parametrize("status", [404, 403, 500, 503])
def test_a_refusal_of_the_server_is_told(server: Server, manifest: Manifest, status: int) -> None:
    server.status = status
    if status == 404:
        server.files.clear()
    with pytest.raises(CorpusError, match=f"answered {status}") as caught:
        fetch(manifest, progress=False)
    assert "a%20text.txt" in caught.value.message
    assert "GENERATOR_MIRROR" in caught.value.hint
    assert kept() == []


def test_a_download_that_breaks_off_starts_again_cleanly(server: Server, manifest: Manifest) -> None:
    server.break_off = True
    with pytest.raises(CorpusError, match="could not be fetched"):
        fetch(manifest, progress=False)
    assert kept() == []
    server.break_off = False
    [(_, path)] = fetch(manifest, progress=False)
    assert path.read_bytes() == TRUTH


def test_a_dead_network_is_told(manifest: Manifest, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server() as gone:
        port = gone.server_port
    monkeypatch.setenv("GENERATOR_MIRROR", f"http://127.0.0.1:{port}")
    with pytest.raises(CorpusError, match=r"could not be fetched: ConnectionError") as caught:
        fetch(manifest, progress=False)
    assert "network" in caught.value.hint


def test_without_a_mirror_the_manifest_s_own_address_is_asked(
    manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GENERATOR_MIRROR", raising=False)
    assert address_of(manifest, manifest.files[0]) == "https://example.org/somewhere/a%20text.txt"


@pytest.mark.usefixtures("manifest")
def test_a_corpus_is_prepared_by_its_name(
    server: Server, tmp_path: Path, prepare: Callable[..., PreparedCorpus]
) -> None:
    prepared = prepare("small", tmp_path / "out")
    assert (prepared.name, prepared.details["licence"]) == ("small", "MIT")
    assert prepared.details["address"] == "https://example.org/somewhere/"
    assert prepared.split("train").characters == len(TEXT) * 9 // 10
    assert not prepared.has("test")
    assert prepare("small", tmp_path / "three", split="90/5/5").has("test")
    assert [manifest.name for manifest in list_corpora()] == ["small"]
    with pytest.raises(CorpusError) as caught:
        prepare("smal", tmp_path / "other")
    assert "Did you mean small?" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "title = ",
        'title = "x"\nlicence = "x"',
        'title = "x"\nfolder = "y"',
        'title = "x"\nlicence = "x"\nfolder = "y"\nsurprise = 1',
        'title = "x"\nlicence = "x"\nfolder = "y"\ninterpreter = "stdlib"',
        'title = "x"\nlicence = "x"\naddress = "https://example.org"',
        'title = "x"\nlicence = "x"\naddress = "https://example.org"\n[[files]]\npath = "../a"\nbytes = 1\nsha256 = "'
        + "0" * 64
        + '"',
        'title = "x"\nlicence = "x"\naddress = "https://example.org"\n[[files]]\npath = "a"\nbytes = 1\nsha256 = "no"',
    ],
)
def test_what_is_no_manifest_is_told_with_its_place(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(CorpusError, match=r"bad\.toml"):
        read_manifest(path)


def test_manifests_lie_beside_the_package_unless_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENERATOR_CORPORA", raising=False)
    assert (manifest_folder() / "verses.toml").is_file()
    assert [entry.name for entry in list_corpora()] == sorted(path.stem for path in manifest_folder().glob("*.toml"))


def test_the_cache_is_the_user_s_own_unless_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENERATOR_CACHE", raising=False)
    assert cache_folder().name == "generator"
    assert os.path.isabs(cache_folder())
