"""The documents say what is there: links lead somewhere, and the tree in the README is the tree."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").rglob("*.md")])


def tree_of_readme() -> list[str]:
    """The entries under ``generator/`` in the README's tree."""
    tree = (ROOT / "README.md").read_text(encoding="utf-8").partition("\ngenerator/ ")[2].partition("\ncorpora/ ")[0]
    return re.findall(r"^    (\S+)  +\S", tree, flags=re.MULTILINE)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path):
    targets = re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    broken = [
        target
        for target in targets
        if "://" not in target and not target.startswith("#") and not (path.parent / target.partition("#")[0]).exists()
    ]
    assert not broken


def test_the_readme_names_every_room_and_module():
    package = ROOT / "generator"
    rooms = {f"{path.parent.name}/" for path in package.glob("*/__init__.py")}
    modules = {path.name for path in package.glob("*.py")} - {"__init__.py"}
    assert sorted(tree_of_readme()) == sorted(rooms | modules)


def test_every_extra_and_dependency_is_accounted_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    pinned = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    for requirement in needed:
        name = re.split(r"[<>=]", requirement)[0]
        assert name in text
        assert name in pinned
        assert re.fullmatch(rf"{name}>=[\d.]+,<[\d.]+", requirement), "bounded on both sides"


def test_every_pinned_package_is_listed_with_its_licence():
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    names = [line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line]
    assert not [name for name in names if name not in text]
