"""The errors: one root, a tree that its drawing shows, words that survive copying and pickling."""

import copy
import inspect
import pickle
import re

import pytest

from generator import errors
from generator.errors import GeneratorError


def classes() -> dict[str, type]:
    """Every class that errors.py defines."""
    return {
        name: value
        for name, value in vars(errors).items()
        if inspect.isclass(value) and value.__module__ == errors.__name__
    }


def drawn_tree() -> dict[str, str]:
    """Name to parent, read from the drawing at the top of errors.py."""
    parents: dict[str, str] = {}
    open_branches: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"^(    (?:[│ ] {3})*(?:[├└]── )?)([A-Z]\w+)", line)
        if not match:
            continue
        depth, name = len(match[1]), match[2]
        open_branches = [(at, parent) for at, parent in open_branches if at < depth]
        if open_branches:
            parents[name] = open_branches[-1][1]
        open_branches.append((depth, name))
    return parents


def test_drawing_is_the_tree():
    real = {name: value.__bases__[0].__name__ for name, value in classes().items() if name != "GeneratorError"}
    assert len(real) > 10
    assert drawn_tree() == real


def test_every_error_has_the_one_root_and_is_public():
    assert set(errors.__all__) == set(classes())
    for value in classes().values():
        assert issubclass(value, GeneratorError)
    assert GeneratorError.__bases__ == (Exception,)


@pytest.mark.parametrize("name", sorted(classes()))
def test_message_and_hint_are_kept(name: str):
    error = classes()[name]("It is 七.", "Make it eight.")
    for same in (error, copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (type(same), same.message, same.hint) == (type(error), "It is 七.", "Make it eight.")
        assert str(same) == "It is 七.\nMake it eight."


def test_without_a_hint_the_message_stands_alone():
    error = GeneratorError("Nothing to read.")
    assert error.hint == ""
    assert str(error) == "Nothing to read."


@pytest.mark.parametrize("name", sorted(classes()))
def test_each_class_says_when_it_is_raised(name: str):
    own = classes()[name].__dict__.get("__doc__") or ""
    assert len(own.split()) >= 5
