"""The house rules that no linter knows: small files, ``__init__`` without code, tests in their room."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*(ROOT / "generator").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *ROOT.glob("*.py")])
MOST_LINES = 450
# The root hands on what needs torch without importing it: Python's own hooks for that are allowed there.
LAZY_HOOKS = {"__getattr__", "__dir__"}
WHOLE = {Path("browser")}  # tests of no one room: the app as it is served, in a browser


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_file_is_too_long(path: Path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES, f"{relative(path)} has {lines} lines: split it"


def hands_on_names(node: ast.stmt, *, root: bool) -> bool:
    """Whether a statement only passes names on: an import, a constant of the interface, a docstring."""
    match node:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name in ("__all__", "__version__") or (root and name.startswith("_"))
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=[]):
            return all(isinstance(inner, ast.ImportFrom) for inner in node.body)
        case ast.FunctionDef(name=name):
            return root and name in LAZY_HOOKS
    return False


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name == "__init__.py"], ids=relative)
def test_init_files_only_hand_names_on(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    root = path.parent == ROOT / "generator"
    code = [f"line {node.lineno}" for node in tree.body if not hands_on_names(node, root=root)]
    assert not code, f"{relative(path)} holds code at {', '.join(code)}"
    assert ast.get_docstring(tree), f"{relative(path)} does not say what the room is for"
    assert "__all__" in {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }, f"{relative(path)} has no __all__"


def test_the_check_on_init_files_can_fail():
    for code in ("def f(): pass", "x = 1", "print(1)", "if 1:\n    import a", "class A: pass", "for x in y: pass"):
        (node,) = ast.parse(code).body
        assert not hands_on_names(node, root=False)


def test_every_folder_of_tests_mirrors_a_room():
    rooms = {path.parent.relative_to(ROOT / "generator") for path in (ROOT / "generator").rglob("__init__.py")}
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    assert folders <= rooms | WHOLE


def test_files_of_tests_have_names_of_their_own():
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names)), "pytest imports tests by file name, so two must not share one"


def test_every_module_says_what_it_is():
    silent = [relative(path) for path in SOURCES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert not silent
