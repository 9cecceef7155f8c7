"""Form files of the person who runs the tests are no part of them."""

import pytest


@pytest.fixture(autouse=True)
def no_own_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENERATOR_FORMS", raising=False)
