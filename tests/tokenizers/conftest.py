"""One tokenizer of each kind, trained once on a few lines."""

import pytest
from tokenizer_texts import CHINESE, CODE, VERSE

from generator import tokenizers
from generator.tokenizers import Tokenizer


@pytest.fixture(scope="session")
def texts() -> list[str]:
    return [VERSE, CHINESE, CODE] * 3


@pytest.fixture(scope="session")
def trained(texts: list[str]) -> dict[str, Tokenizer]:
    return {kind: tokenizers.train(kind, texts, vocab_size=400) for kind in tokenizers.KINDS}
