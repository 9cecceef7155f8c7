"""What a person sees first: the names of the package, and commands that explain themselves at once."""

import importlib
import importlib.metadata
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import generator
from generator import errors

PACKAGE = Path(generator.__file__).parent
MODULES = sorted(
    info.name for info in pkgutil.walk_packages([str(PACKAGE)], "generator.") if not info.name.endswith(".__main__")
)
COMMANDS = sorted(
    "generator" if path.stem == "__main__" else f"generator.{path.stem}"
    for path in PACKAGE.glob("*.py")
    if 'if __name__ == "__main__":' in path.read_text(encoding="utf-8")
)
HEAVY = ("torch", "numpy", "sentencepiece", "pooch", "requests", "safetensors", "charset_normalizer", "tensorboard")
HELP_SECONDS = 0.5

# Runs a command in this process, then says on the last line which heavy packages it has imported
# and how much processor time it took: wall time would measure whatever else the machine is doing.
PROBE = """
import contextlib, io, runpy, sys, time
heavy, module, *words = sys.argv[1:]
sys.argv = [module, *words]
try:
    runpy.run_module(module, run_name="__main__", alter_sys=True)
except SystemExit as end:
    status = end.code or 0
else:
    status = 0
print()
print(status, time.process_time(), *[name for name in heavy.split(",") if name in sys.modules])
"""


def probe(module: str, *words: str) -> tuple[str, int, float, list[str]]:
    """Run ``python -m module words``; give what it printed, its status, its seconds, its heavy imports."""
    ended = subprocess.run(
        [sys.executable, "-c", PROBE, ",".join(HEAVY), module, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    text, _, last = ended.stdout.rstrip().rpartition("\n")
    status, seconds, *loaded = last.split()
    return text, int(status), float(seconds), loaded


# ------------------------------------------------------------------ names


def test_every_public_name_is_there():
    assert sorted(generator.__all__) == generator.__all__
    for name in generator.__all__:
        assert getattr(generator, name) is not None, name
    assert set(generator.__all__) <= set(dir(generator))


def test_every_error_is_public():
    assert set(errors.__all__) <= set(generator.__all__)
    assert all(getattr(generator, name) is getattr(errors, name) for name in errors.__all__)


def test_nothing_public_is_left_out():
    public = {
        name
        for name, value in vars(generator).items()
        if not name.startswith("_") and not inspect.ismodule(value) and name not in ("Any", "TYPE_CHECKING")
    }
    assert public - {"import_module"} <= set(generator.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        generator.lode  # noqa: B018
    assert not hasattr(generator, "__path_of_nothing__")


def test_the_version_is_that_of_the_installed_package():
    assert importlib.metadata.version("generator") == generator.__version__


@pytest.mark.parametrize("name", MODULES)
def test_every_module_can_be_imported_and_keeps_its_word(name: str):
    module = importlib.import_module(name)
    missing = [public for public in getattr(module, "__all__", []) if not hasattr(module, public)]
    assert not missing


# ------------------------------------------------------------------ quickness


def test_importing_the_package_loads_nothing_heavy():
    ended = subprocess.run(
        [sys.executable, "-c", "import generator, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert not set(HEAVY) & set(ended.stdout.split())


def test_the_commands_are_found():
    assert "generator" in COMMANDS


@pytest.mark.parametrize("module", COMMANDS)
def test_help_answers_at_once(module: str):
    runs = [probe(module, "--help") for _ in range(3)]
    text, status, _, loaded = runs[0]
    assert status == 0
    assert text.startswith(f"usage: python -m {module}")
    assert "--debug" in text
    assert not loaded
    assert min(seconds for _, _, seconds, _ in runs) < HELP_SECONDS


@pytest.mark.parametrize("module", COMMANDS)
def test_an_unknown_option_is_refused_in_words(module: str):
    needed = {"generator": [], "generator.check": ["anything", "--form", "qijue"]}.get(module, ["anything"])
    words = [*needed, "--no-such-option"]
    ended = subprocess.run([sys.executable, "-m", module, *words], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "--no-such-option" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("module", [module for module in COMMANDS if module != "generator"])
def test_every_command_shows_how_it_is_used(module: str):
    doc = importlib.import_module(module).__doc__ or ""
    assert f"python -m {module}" in doc, "the top of the file gives a command that can be copied"
