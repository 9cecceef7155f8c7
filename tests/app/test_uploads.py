"""Files that people drop: names that do no harm, limits, nothing left behind."""

import gc
import io
import os
import time
import unicodedata
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.app.uploads import FOLDER, LONGEST_NAME, WORTH_OF_FILES, clear_old, receive, safe_file_name
from generator.config import PrepareConfig
from generator.corpus import prepare
from generator.errors import CorpusError

MANY = {"most_files": 10, "most_mb": 1}


def everything(folder):
    """All files below a folder, relative to it."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@given(st.text(max_size=300) | st.text(alphabet="./\\\x00:a 字", max_size=40))
@settings(max_examples=300, deadline=None)
def test_a_safe_name_names_one_file_of_its_folder(given_name):
    name = safe_file_name(given_name)
    assert name and name not in (".", "..") and not name.startswith(".")
    assert "/" not in name and "\\" not in name and len(name.encode()) <= LONGEST_NAME
    assert all(unicodedata.category(character)[0] != "C" for character in name)


@pytest.mark.parametrize(
    "bad, good",
    [
        ("../../etc/passwd", "passwd"),
        (". .", "file"),
        ("C:\\Users\\me\\poems.txt", "poems.txt"),
        (".bashrc", "bashrc"),
        ("a\x00b\n.mid", "ab.mid"),
        ("", "file"),
        ("诗" * 100 + ".txt", "诗" * 38 + ".txt"),
    ],
)
def test_safe_names(bad, good):
    assert safe_file_name(bad) == good


@given(st.lists(st.sampled_from(["a.txt", "A.TXT", "b/a.txt", "a (2).txt", ""]), min_size=1, max_size=8))
@settings(max_examples=30, deadline=None)
def test_no_file_takes_the_place_of_another(tmp_path_factory, names):
    home = tmp_path_factory.mktemp("home")
    upload = receive([(name, str(number).encode()) for number, name in enumerate(names)], home, **MANY)
    folder = upload.folder / "files"
    assert sorted(path.read_text() for path in folder.iterdir()) == sorted(map(str, range(len(names))))
    assert len({path.name.casefold() for path in folder.iterdir()}) == len(names)


def test_one_file_is_the_source_and_several_are_a_folder(tmp_path):
    one = receive([("poems.txt", b"a")], tmp_path, **MANY)
    assert one.source.name == "poems.txt" and one.source.read_bytes() == b"a" and one.title == "poems.txt"
    two = receive([("poems.txt", b"a"), ("songs.txt", io.BytesIO(b"bc"))], tmp_path, **MANY)
    assert everything(two.source) == ["poems.txt", "songs.txt"] and two.size == 3
    assert one.folder.parent == two.folder.parent == tmp_path / FOLDER and one.folder != two.folder
    assert os.stat(one.folder).st_mode & 0o077 == 0, "others on the machine have no business in it"


@pytest.mark.parametrize(
    "files, words",
    [
        ([], "No file"),
        ([(f"{number}.txt", b"a") for number in range(11)], "too many"),
        ([("a.txt", b"a"), ("large.txt", b"a" * 1_000_001)], "large.txt is larger than 1 MB"),
        ([(f"{number}.txt", b"a" * 900_000) for number in range(WORTH_OF_FILES + 1)], "together"),
    ],
)
def test_what_is_too_much_is_refused_and_leaves_nothing(tmp_path, files, words):
    with pytest.raises(CorpusError, match=words):
        receive(files, tmp_path, **MANY)
    assert everything(tmp_path) == []


def test_an_upload_goes_with_its_session(tmp_path):
    upload = receive([("poems.txt", b"a")], tmp_path, **MANY)
    folder = upload.folder
    assert folder.exists()
    del upload
    gc.collect()
    assert not folder.exists()


def test_what_a_killed_app_left_is_cleared_after_a_day(tmp_path):
    upload = receive([("poems.txt", b"a")], tmp_path, **MANY)
    clear_old(tmp_path)
    assert upload.folder.exists()
    clear_old(tmp_path, now=time.time() + 25 * 3600)
    assert not upload.folder.exists()


def test_an_archive_is_read_by_the_readers_that_distrust_it(tmp_path):
    """Names in an archive lead nowhere, and what unpacks to too much is given up early."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("poems.txt", "a river and a lamp\n" * 40)
        archive.writestr("../../evil.txt", "a lamp and a river\n" * 40)
        archive.writestr("bomb.txt", b"\0" * 80_000_000)
    home = tmp_path / "home"
    upload = receive([("poems.zip", packed.getvalue())], home, **MANY)
    corpus = prepare(upload.source, upload.corpus, PrepareConfig(), say=lambda line: None, progress=False)
    reasons = {file["name"]: file.get("reason", "") for file in corpus.report["files"]}
    assert any("unpacks to more" in reason for reason in reasons.values())
    assert not list(tmp_path.rglob("evil.txt")) and not (home.parent.parent / "evil.txt").exists()
