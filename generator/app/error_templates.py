"""What the library can say to a person, gathered from its source, so that it can be said in another language.

The library speaks English: ``raise CorpusError(f"{path} is damaged.", "Prepare it again.")``. Here the source is
read, never run, and each such text becomes a template, ``{path} is damaged.``, for the catalogue ``errors.po``.
At run time `errors_in_words` finds the template that a finished message was made from.

Texts are looked for where errors are made (every class that descends from ``GeneratorError``: message and hint)
and where a field called ``reason`` or ``problem`` is filled: why a file was left out, what is wrong with a model.
A text that is put together elsewhere is followed there: to the names that are assigned in the same function, the
constants of the module, the callers who give it as an argument, the functions that return it. What is put into
a text becomes a place in braces; where that is itself words, these are gathered as templates of their own.

``python -m generator.app.error_templates`` writes them all as a template of a catalogue (``make messages``).
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, product
from pathlib import Path

__all__ = ["Hole", "Sources", "gather", "template_of"]

PACKAGE = Path(__file__).parents[1]
CORPORA = PACKAGE.parent / "corpora"
ROOT = "GeneratorError"
TOLD = ("reason", "problem")  # fields that hold a text for a person
HANDED_ON = ("hint", "message", *TOLD)  # names of values that are such texts, wherever they come from
COUNTED = ("changed", "dropped", "mended")  # tables of such texts with how often each was true
MOST_SHAPES = 24  # of one text: a choice of three words and another of four make twelve
MOST_NAMESAKES = 4  # functions that may be meant by a call
DEEPEST = 6  # calls and names that are followed
LONE = {  # single words that are no values
    *("Chinese", "English", "ends", "key", "letter", "metre", "none", "nothing", "rhyme", "tempo", "words"),
}
COMMANDS = {  # what only these modules say is said by a command, on a terminal, and stays in English
    *("api", "check", "command", "evaluate", "export", "listing", "measuring", "prepare", "sample", "sheets"),
    *("showing", "train"),
}
WORDS = re.compile(r"[^\W\d_]{2,}")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Hole:
    """A place in a text where a value goes.

    Attributes:
        name: What the value is called; with ``_`` at its end where it is words itself, which can be translated.
        source: How the source writes it.
    """

    name: str
    source: str


Shape = tuple["str | Hole", ...]


@dataclass(frozen=True)
class Scope:
    """Where an expression stands: its module, the functions around it (innermost last), how far it was followed."""

    module: ast.Module
    around: tuple[Function, ...]
    depth: int = 0

    def deeper(self, module: ast.Module | None = None, around: tuple[Function, ...] | None = None) -> Scope:
        """One step further, perhaps elsewhere."""
        return Scope(module or self.module, self.around if around is None else around, self.depth + 1)


def template_of(shape: Shape) -> str:
    """A text with named places in braces: equal values have one name, different ones are numbered apart."""
    names: dict[Hole, str] = {}
    taken: Counter[str] = Counter()
    text = ""
    for part in shape:
        if isinstance(part, str):
            text += part.replace("{", "{{").replace("}", "}}")
            continue
        if part not in names:
            name = part.name.rstrip("_") if text.endswith("--") else part.name  # what an option is called is no word
            taken[name] += 1
            names[part] = name if taken[name] == 1 else f"{name}{taken[name]}"
        text += "{" + names[part] + "}"
    return text


def says_something(shape: Shape, least: int = 1) -> bool:
    """Whether a shape has words of its own, at least as many as asked for."""
    return len(WORDS.findall(" ".join(part for part in shape if isinstance(part, str)))) >= least


def is_phrase(shape: Shape) -> bool:
    """Whether what is put into a text is itself words to be translated, rather than a name, a value or a file."""
    text = "".join(part if isinstance(part, str) else "0" for part in shape)
    return text in LONE or (" " in text.strip() and not text.startswith(".") and says_something(shape))


def name_of(node: ast.expr) -> str:
    """What a value is called, for whoever translates the text around it."""
    if isinstance(node, ast.Name):
        return node.id.lower()
    if isinstance(node, ast.Attribute):
        return name_of(node.value) if node.attr.startswith("__") else node.attr.lower()
    if isinstance(node, ast.Call):
        if node.args and isinstance(node.func, ast.Name) and node.func.id in ("len", "repr", "str", "min", "max"):
            return name_of(node.args[0])
        if isinstance(node.func, ast.Attribute) and node.func.attr == "join" and node.args:
            return name_of(node.args[0])
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("removesuffix", "rstrip"):
            return name_of(node.func.value)
        return name_of(node.func)
    if isinstance(node, ast.Subscript | ast.Starred):
        return name_of(node.value)
    if isinstance(node, ast.BinOp):
        return name_of(node.left)
    if isinstance(node, ast.BoolOp):
        return name_of(node.values[0])
    return "value"


def last_name(node: ast.expr) -> str:
    """The last part of a dotted name; empty for anything else."""
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


@dataclass
class Sources:
    """The source of a package, read once.

    Attributes:
        modules: Its modules.
        errors: The names of the classes of errors for a person.
        fields: Of each class, its fields in order.
        functions: By name, the functions, with where they stand.
        calls: By name, the calls of them.
    """

    modules: list[ast.Module]
    errors: set[str] = field(default_factory=lambda: {ROOT})
    fields: dict[str, list[str]] = field(default_factory=dict)
    functions: dict[str, list[tuple[Scope, Function]]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[str, list[tuple[Scope, ast.Call]]] = field(default_factory=lambda: defaultdict(list))
    constants: dict[str, list[tuple[Scope, ast.expr]]] = field(default_factory=lambda: defaultdict(list))
    assigned: list[tuple[Scope, ast.expr]] = field(default_factory=list)
    phrases: set[Shape] = field(default_factory=set)
    known: dict[tuple[int, ...], list[Shape]] = field(default_factory=dict)

    @classmethod
    def read(cls, package: Path = PACKAGE) -> Sources:
        """The source below a folder."""
        paths = [path for path in sorted(package.rglob("*.py")) if path.stem not in COMMANDS or path.parent != package]
        found = cls([ast.parse(path.read_bytes()) for path in paths])
        for module in found.modules:
            found._look(module, Scope(module, ()))
        above = {
            node.name: {last_name(base) for base in node.bases}
            for module in found.modules
            for node in ast.walk(module)
            if isinstance(node, ast.ClassDef)
        }
        while more := {name for name, bases in above.items() if bases & found.errors} - found.errors:
            found.errors |= more
        return found

    def _look(self, node: ast.AST, scope: Scope) -> None:
        for child in ast.iter_child_nodes(node):
            inside = scope
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                self.functions[child.name].append((scope, child))
                inside = Scope(scope.module, (*scope.around, child))
            elif isinstance(child, ast.ClassDef):
                self.fields[child.name] = [
                    each.target.id
                    for each in child.body
                    if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
                ] or next(
                    (
                        [argument.arg for argument in each.args.args[1:]]
                        for each in child.body
                        if isinstance(each, ast.FunctionDef) and each.name == "__init__"
                    ),
                    [],
                )
            elif isinstance(child, ast.Call):
                self.calls[last_name(child.func)].append((scope, child))
            elif isinstance(child, ast.Assign):
                for target in child.targets:
                    if isinstance(target, ast.Attribute) and target.attr in TOLD:
                        self.assigned.append((scope, child.value))
                    if isinstance(target, ast.Name) and not scope.around:
                        self.constants[target.id].append((scope, child.value))
            elif isinstance(child, ast.AugAssign) and isinstance(child.target, ast.Subscript):
                self.assigned += [(scope, child.target.slice)] * (last_name(child.target.value) in COUNTED)
            self._look(child, inside)

    def texts(self) -> Iterator[tuple[Scope, ast.expr]]:
        """The expressions that are shown to a person as they are."""
        for name, calls in self.calls.items():
            fields = ["message", "hint"] if name in self.errors else self.fields.get(name, [])
            wanted = ("message", "hint", *TOLD) if name in self.errors else TOLD
            for scope, call in calls:
                yield from ((scope, value) for each, value in zip(fields, call.args, strict=False) if each in wanted)
                yield from ((scope, each.value) for each in call.keywords if each.arg in wanted)
        yield from self.assigned

    def shapes(self, node: ast.expr, scope: Scope) -> list[Shape]:
        """What an expression can be as a text: one shape for each way through its choices."""
        key = (id(node), scope.depth, *map(id, scope.around))
        if key not in self.known:
            self.known[key] = []  # what comes back to itself says nothing
            self.known[key] = self._shapes(node, scope)
        return self.known[key]

    def _shapes(self, node: ast.expr, scope: Scope) -> list[Shape]:
        found: list[Shape] = []
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = [(node.value,)]
        elif isinstance(node, ast.JoinedStr):
            found = self._joined([self._part(each, scope) for each in node.values])
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            found = self._joined([self._part(node.left, scope), self._part(node.right, scope)])
        elif isinstance(node, ast.IfExp):
            found = [*self.shapes(node.body, scope), *self.shapes(node.orelse, scope)]
        elif isinstance(node, ast.BoolOp):
            found = [shape for value in node.values for shape in self.shapes(value, scope)]
        elif scope.depth < DEEPEST:
            found = [shape for value, where in self._behind(node, scope) for shape in self.shapes(value, where)]
        return list(dict.fromkeys(found or [(Hole(name_of(node), ast.unparse(node)),)]))[:MOST_SHAPES]

    def _joined(self, parts: list[list[Shape]]) -> list[Shape]:
        return [tuple(piece for shape in each for piece in shape) for each in islice(product(*parts), MOST_SHAPES)]

    def _part(self, node: ast.expr, scope: Scope) -> list[Shape]:
        """A part of a text: words as they are, a choice of words as each of them, all else as a hole."""
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp) and not isinstance(
            getattr(node, "op", None), ast.Sub | ast.Mult | ast.Div | ast.FloorDiv | ast.RShift | ast.Mod
        ):
            return self.shapes(node, scope)
        value = node.value if isinstance(node, ast.FormattedValue) else node
        name = name_of(value)
        if isinstance(value, ast.IfExp) and all(
            isinstance(each, ast.Constant | ast.JoinedStr) for each in (value.body, value.orelse)
        ):
            return self.shapes(value, scope)
        if not (isinstance(node, ast.FormattedValue) and (node.format_spec or node.conversion != -1)):
            words = {shape for shape in self.shapes(value, scope) if is_phrase(shape)}
            self.phrases |= words
            if words or name in HANDED_ON:
                name += "_"
        return [(Hole(name, ast.unparse(node)),)]

    def _behind(self, node: ast.expr, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
        """The expressions that a name, a call or a place in a table stands for, as far as they are words."""
        if isinstance(node, ast.Subscript):
            for value, where in self._behind(node.value, scope):
                within = value.values if isinstance(value, ast.Dict) else [value]
                yield from ((each, where) for each in within)
        elif isinstance(node, ast.Starred | ast.YieldFrom):
            yield node.value, scope
        elif isinstance(node, ast.ListComp | ast.GeneratorExp):
            yield node.elt, scope
        elif isinstance(node, ast.Dict):
            yield from ((each, scope) for each in node.keys if each is not None)
        elif isinstance(node, ast.List | ast.Tuple):
            yield from ((each, scope) for each in node.elts)
        elif isinstance(node, ast.Call):
            if last_name(node.func) == "join":
                yield from ((each, scope.deeper()) for each in node.args)
            else:
                yield from self._returned(last_name(node.func), scope)
        elif isinstance(node, ast.Name):
            yield from self._named(node.id, scope)

    def _named(self, name: str, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
        for place in range(len(scope.around), 0, -1):
            function = scope.around[place - 1]
            inside = scope.deeper(around=scope.around[:place])
            found = assignments(function).get(name, [])
            yield from ((value, inside) for value in found if not isinstance(value, ast.Name) or value.id != name)
            arguments = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
            if name in arguments or name in {each.arg for each in function.args.kwonlyargs}:
                at = arguments.index(name) if name in arguments else -1
                method = bool(arguments) and arguments[0] in ("self", "cls")
                for where, call in self.calls.get(function.name, ()):
                    if where.module is not scope.module and len(self.functions.get(function.name, ())) > 1:
                        continue
                    given = next((each.value for each in call.keywords if each.arg == name), None)
                    if given is None and 0 <= at - method < len(call.args):
                        given = call.args[at - method]
                    if given is not None:
                        yield given, Scope(where.module, where.around, scope.depth + 1)
                return
            if found:
                return
        here = [each for each in self.constants.get(name, ()) if each[0].module is scope.module]
        for where, value in here or (self.constants[name] if len(self.constants.get(name, ())) == 1 else []):
            yield value, Scope(where.module, (), scope.depth + 1)

    def _returned(self, name: str, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
        several = self.functions.get(name, [])
        here = [each for each in several if each[0].module is scope.module]
        for where, function in here or (several if len(several) <= MOST_NAMESAKES else []):
            if function.returns is None or "str" not in ast.unparse(function.returns):
                continue
            inside = Scope(where.module, (*where.around, function), scope.depth + 1)
            yield from ((value, inside) for value in handed_back(function))


@cache
def handed_back(function: Function) -> list[ast.expr]:
    """What a function returns or yields."""
    several = ast.Return | ast.Yield | ast.YieldFrom
    return [node.value for node in ast.walk(function) if isinstance(node, several) and node.value is not None]


@cache
def assignments(function: Function) -> dict[str, list[ast.expr]]:
    """What is assigned to each name in a function: by itself, as one of several, in a loop, or put into its list."""
    found: dict[str, list[ast.expr]] = defaultdict(list)
    for node in ast.walk(function):
        pairs: Iterable[tuple[ast.expr, ast.expr]] = ()
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr | ast.AugAssign) and node.value is not None:
            pairs = [(node.target, node.value)]
        elif isinstance(node, ast.For):
            several = node.iter.elts if isinstance(node.iter, ast.Tuple | ast.List) else [node.iter]
            pairs = [(node.target, each) for each in several]
        elif isinstance(node, ast.Call) and last_name(node.func) == "append" and isinstance(node.func, ast.Attribute):
            pairs = [(node.func.value, each) for each in node.args]
        for target, value in pairs:
            if isinstance(target, ast.Name):
                found[target.id].append(value)
            elif isinstance(target, ast.Tuple):
                for one in [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]:
                    if isinstance(one, ast.Tuple) and len(one.elts) == len(target.elts):
                        for each, put in zip(target.elts, one.elts, strict=True):
                            found[last_name(each)].append(put)
    return dict(found)


def of_manifests(folder: Path) -> Iterator[str]:
    """What the descriptions of corpora say: what each is, and of records left out and signs taken out of it."""
    for path in sorted(folder.glob("*.toml")):
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        said = [told.get(name, "") for name in ("title", "description", "licence")]
        yield from (each.replace("{", "{{").replace("}", "}}") for each in (*said, *told.get("refuse", {})) if each)
        yield from (f"{what} taken out" for what in told.get("strip", {}))


def gather(package: Path = PACKAGE) -> list[str]:
    """Every template of a package, in order.

    Texts without a word of their own (a message that is handed on) are left out.
    """
    sources = Sources.read(package)
    found = {shape for scope, node in sources.texts() for shape in sources.shapes(node, scope) if says_something(shape)}
    return sorted({template_of(shape) for shape in found | sources.phrases} | set(of_manifests(CORPORA)))


def main() -> None:
    """Write the templates as a catalogue without translations."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    catalog = Catalog(project="generator", version="0")
    for template in gather():
        catalog.add(template)
    write_po(sys.stdout.buffer, catalog, sort_output=True, width=0)


if __name__ == "__main__":
    main()
