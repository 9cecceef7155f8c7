"""Every file of a source is either read or reported with a reason; archives are read with distrust."""

import gzip
import io
import os
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from generator.corpus import archives
from generator.corpus.inputs import InputFile, Rejected
from generator.corpus.rules import Rules
from generator.corpus.sources import walk


def found(path: Path, rules: Rules | None = None) -> dict[str, str]:
    """Name to content, or to the reason why it was rejected in brackets."""
    result = {}
    for file in walk([(path.name, path)], rules or Rules()):
        if isinstance(file, Rejected):
            result[file.name] = f"[{file.reason}]"
        else:
            assert isinstance(file, InputFile)
            with file.open() as first:
                content = first.read()
            with file.open() as again:
                assert again.read() == content
            result[file.name] = content.decode("latin-1")
    return result


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def test_a_folder_is_read_with_all_below_it(tmp_path: Path) -> None:
    (tmp_path / "b" / "deep").mkdir(parents=True)
    (tmp_path / "b" / "deep" / "two.MD").write_text("two")
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "c.jsonl").write_text("{}")
    (tmp_path / "picture.png").write_text("x")
    (tmp_path / "README").write_text("x")
    (tmp_path / ".hidden.txt").write_text("x")
    (tmp_path / "empty.txt").touch()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "a.txt").write_text("x")
    assert found(tmp_path) == {
        "a.txt": "one",
        "b/deep/two.MD": "two",
        "c.jsonl": "{}",
        "picture.png": "[no reader for .png files]",
        "README": "[no reader for files without an ending]",
        ".hidden.txt": "[hidden]",
        "empty.txt": "[empty]",
        ".git/": "[a hidden folder]",
    }


def test_links_circles_and_pipes_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "circle").symlink_to(tmp_path)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    assert found(tmp_path) == {
        "a.txt": "one",
        "circle/": "[a link to a folder, not followed]",
        "gone.txt": "[a link to nothing]",
        "pipe.txt": "[not a regular file]",
    }


def test_a_prepared_corpus_in_a_folder_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "data" / "tokenizer").mkdir(parents=True)
    (tmp_path / "data" / "corpus.json").write_text("{}")
    assert found(tmp_path) == {"data/": "[a prepared corpus, not text]"}


def test_names_can_be_left_out_and_endings_added(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "a.py").write_text("x")
    (tmp_path / "b.py").write_text("code")
    (tmp_path / "notes.txt").write_text("x")
    assert found(tmp_path, Rules(suffixes=(".py",), leave_out=("tests", "*.txt"))) == {
        "b.py": "code",
        "tests/": "[left out by the corpus's description]",
        "notes.txt": "[left out by the corpus's description]",
    }


def test_a_file_that_was_asked_for_is_tried_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "poems"
    path.write_text("one")
    assert found(path) == {"poems": "one"}


def test_zip_members_are_read_and_none_is_written(tmp_path: Path) -> None:
    path = tmp_path / "in" / "a.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good.txt", "one")
        archive.writestr("../../outside.txt", "two")
        archive.writestr("/etc/absolute.txt", "three")
        archive.writestr("inner.zip", "x")
        archive.writestr("__MACOSX/._good.txt", "x")
        archive.writestr("empty.txt", "")
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert found(path) == {
        "a.zip!good.txt": "one",
        "a.zip!../../outside.txt": "two",
        "a.zip!/etc/absolute.txt": "three",
        "a.zip!inner.zip": "[an archive inside an archive: unpack it first]",
        "a.zip!__MACOSX/._good.txt": "[hidden]",
        "a.zip!empty.txt": "[empty]",
        "a.zip!link.txt": "[a link, not followed]",
    }
    assert sorted(child.name for child in tmp_path.rglob("*")) == ["a.zip", "in"]


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tgz"])
def test_tar_members_are_read_and_none_is_written(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    with tarfile.open(path, "w" if suffix == ".tar" else "w:gz") as archive:
        add(archive, "good.txt", b"one")
        add(archive, "../outside.txt", b"two")
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        device = tarfile.TarInfo("null.txt")
        device.type = tarfile.CHRTYPE
        archive.addfile(device)
        add(archive, "last.jsonl", b"{}")
    name = path.name
    assert found(path) == {
        f"{name}!good.txt": "one",
        f"{name}!../outside.txt": "two",
        f"{name}!link.txt": "[a link, not followed]",
        f"{name}!null.txt": "[not a regular file]",
        f"{name}!last.jsonl": "{}",
    }
    assert [child.name for child in tmp_path.iterdir()] == [name]


def test_gz_is_one_file_whose_kind_its_name_tells(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b"{}") + gzip.compress(b"{}"))
    (tmp_path / "b.zip.gz").write_bytes(gzip.compress(b"x"))
    kinds = {file.name: file.kind for file in walk([("", tmp_path)], Rules()) if isinstance(file, InputFile)}
    assert kinds == {"a.jsonl.gz": "jsonl"}
    assert found(tmp_path) == {
        "a.jsonl.gz": "{}{}",
        "b.zip.gz": "[an archive inside an archive: unpack it first]",
    }


@pytest.fixture
def small_allowance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LEAST_ALLOWANCE", 1 << 20)


@pytest.mark.usefixtures("small_allowance")
@pytest.mark.parametrize("kind", ["zip", "tgz", "gz"])
def test_a_bomb_stops_early(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"bomb.{kind}"
    bomb = b"a" * (8 << 20)
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.txt", b"harmless")
            archive.writestr("bomb.txt", bomb)
    elif kind == "tgz":
        with tarfile.open(path, "w:gz") as archive:
            add(archive, "a.txt", b"harmless")
            add(archive, "bomb.txt", bomb)
    else:
        path.write_bytes(gzip.compress(bomb))
    reasons = [reason for reason in found(path).values() if reason.startswith("[")]
    assert reasons == ["[unpacks to more than 200 times its size: not opened further]"]


@pytest.mark.usefixtures("small_allowance")
def test_a_tgz_of_headers_alone_stops_too(tmp_path: Path) -> None:
    path = tmp_path / "many.tgz"
    header = tarfile.TarInfo("folder")
    header.type = tarfile.DIRTYPE
    path.write_bytes(gzip.compress(header.tobuf() * 10_000))
    assert "more than 200 times" in found(path)["many.tgz"]


def test_many_members_are_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for index in range(6):
            archive.writestr(f"{index}.txt", "x")
    assert found(path) == {
        "a.zip!0.txt": "x",
        "a.zip!1.txt": "x",
        "a.zip!2.txt": "x",
        "a.zip!3.txt": "[more than 3 members: this one and all that follow]",
    }


def test_damage_costs_the_damaged_member_only(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "good text")
        archive.writestr("b.txt", "evil text")
    path.write_bytes(path.read_bytes().replace(b"evil text", b"evi1 text"))
    result = found(path)
    assert result["a.zip!a.txt"] == "good text"
    assert result["a.zip!b.txt"].startswith("[damaged: Bad CRC-32")


def test_an_encrypted_member_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "secret")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x03\x04") + 6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert found(path) == {"a.zip!a.txt": "[encrypted]"}


@pytest.mark.parametrize("name", ["a.zip", "a.tgz", "a.gz", "a.tar"])
@pytest.mark.parametrize("content", [b"this is no archive at all", b"\x1f\x8b\x08", b""])
def test_what_is_no_archive_is_reported(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    result = found(path)
    assert list(result) == [name]
    assert result[name].startswith(("[a damaged archive: ", "[an archive without files]", "[empty]"))


@pytest.mark.parametrize("suffix", ["gz", "tgz"])
def test_a_cut_off_gzip_is_reported(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    if suffix == "gz":
        path.write_bytes(gzip.compress(os.urandom(10_000))[:5_000])
    else:
        with tarfile.open(path, "w:gz") as archive:
            add(archive, "a.txt", zlib.compress(os.urandom(10_000)))
        path.write_bytes(path.read_bytes()[:5_000])
    assert [reason[:20] for reason in found(path).values()] == ["[a damaged archive: "]
