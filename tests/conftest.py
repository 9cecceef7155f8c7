"""What all tests share: how Hypothesis searches, and an environment that is nobody's in particular."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A machine that is busy with something else must not fail a test: no deadline for an example, and
# no complaint about the time that drawing takes (pytest's timeout guards against hanging).
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same examples on every run, so that a change is judged by what it changed.
settings.register_profile("ci", settings.get_profile("house"), derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


LONGEST = ("tests/training/test_training.py", "tests/browser/")  # begun first: nothing waits for them at the end


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture(scope="session", autouse=True)
def nobodys_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither read nor write what the person who runs them has set or cached."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GENERATOR_CHECKPOINTS", "GENERATOR_CORPORA", "GENERATOR_FORMS", "GENERATOR_MIRROR"):
            patch.delenv(name, raising=False)
        patch.setenv("GENERATOR_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def sample(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    """Run the command ``generator.sample`` in an empty folder: its status, what it printed, what it said beside.

    The models are those of the file that tests: its fixture ``models`` is a folder of them.
    """
    from generator.sample import main

    monkeypatch.setenv("GENERATOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GENERATOR_CHECKPOINTS", str(models))
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        try:
            status = main(words)
        except SystemExit as end:
            status = int(end.code or 0)
        told = capfd.readouterr()
        return status, told.out, told.err

    return call
