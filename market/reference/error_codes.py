"""Every error code of the product, read off the places that raise it.

An error is made in one way only: a constructor of `market.errors` (or `Denied`, a decision's no;
`End` and `Expiry`, a job's), with the code, the message and the next action as literals or
constants. So a code can be found, and its entry
here is what a person is told. A helper that passes on another error's three texts is passed over;
a subclass, or a variable of a kind, is followed to that kind.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

SLUG: Final = re.compile(r"[a-z]+(-[a-z0-9]+)*")
_KINDS: Final = {
    "Refused": "refused",
    "Denied": "refused",
    "TooMany": "refused",
    "NotFound": "not found",
    "NotPermitted": "not permitted",
    "Conflict": "conflict",
    "Unavailable": "unavailable",
    "Failure": "unavailable",
    "End": "ended",
    "Expiry": "ended",
}
_TEXT: Final = re.compile(r"^\w+: Final = [\"'(r]", re.MULTILINE)
"""How a constant begins that may be a text."""
_PACKAGES: Final = ("crypto", "market", "spark_jobs")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place that raises a code.

    Attributes:
        kind: refused, not found, not permitted, conflict or unavailable (market.errors), or ended.
        message, next_action: as a person reads them; what is known only then stands in <>,
            what may be left out in [].
        module: dotted name of the module.
    """

    code: str
    kind: str
    message: str
    next_action: str
    module: str


class CodeComputed(Exception):
    """A code that is not a literal: nobody could look it up."""


def read_occurrences(root: Path) -> tuple[Occurrence, ...]:
    """Every place under `root` (the folder of the packages) that raises a code, by code.

    Raises:
        CodeComputed: a constructor whose code is put together.
    """
    paths = (path for package in _PACKAGES for path in sorted((root / package).rglob("*.py")))
    sources = {_dotted(path, root): path.read_text("utf-8") for path in paths}
    parsed = cache(lambda module: ast.parse(sources[module]))
    named = dict(_KINDS)
    for module in _mentioning(_KINDS, sources):
        named |= _named_alone(parsed(module))
    texts = {module: _texts_of(parsed(module)) for module in _giving_texts(sources)}
    trees = {
        module: _spelled_out(parsed(module), texts.get(module, {}), texts)
        for module in _mentioning(named, sources)
    }
    found = (
        occurrence
        for module, tree in trees.items()
        for occurrence in _of_module(tree, named, module)
    )
    return tuple(sorted(found, key=lambda one: (one.code, one.module, one.message)))


def _mentioning(names: Iterable[str], sources: Mapping[str, str]) -> list[str]:
    """The modules in whose text one of the names stands: no other can raise an error of it."""
    one_of = re.compile(rf"\b(?:{'|'.join(names)})\b")
    return [module for module, source in sources.items() if one_of.search(source)]


def _giving_texts(sources: Mapping[str, str]) -> list[str]:
    """The modules that may have a constant which is a text."""
    return [module for module, source in sources.items() if _TEXT.search(source)]


class _SpelledOut(ast.NodeTransformer):
    """Puts a text in the place of its name, where that is a constant."""

    def __init__(self, texts: Mapping[str, ast.expr]) -> None:
        self._texts = texts

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """The text of a constant; any other name as it is."""
        is_read = isinstance(node.ctx, ast.Load)
        return self._texts.get(node.id, node) if is_read else node


class _Locals(ast.NodeTransformer):
    """Puts a text in the place of a function's own name for it, where it is given it once."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """The function, inner ones first, with its texts put in."""
        self.generic_visit(node)
        texts = _once_given(node)
        return _SpelledOut(texts).visit(node) if texts else node


def _once_given(scope: ast.FunctionDef) -> dict[str, ast.expr]:
    """The names that a function gives one text each: as it is, or one of two by a condition."""
    times: Counter[str] = Counter()
    texts: dict[str, ast.expr] = {}
    for node in ast.walk(scope):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                times[name] += 1
            case ast.Assign(targets=targets, value=value) if _is_text(value):
                texts |= {target.id: value for target in targets if isinstance(target, ast.Name)}
    return {name: text for name, text in texts.items() if times[name] == 1}


def _is_text(node: ast.expr) -> bool:
    match node:
        case ast.IfExp(body=one, orelse=other):
            return _is_text(one) and _is_text(other)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _is_text(left) and _is_text(right)
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case _:
            return False


def _texts_of(tree: ast.Module) -> dict[str, ast.Constant]:
    """The constants of a module that are texts: `NAME: Final = "..."`."""
    return {
        _name(node.target): node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign)
        and ast.unparse(node.annotation) == "Final"
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def _spelled_out(
    tree: ast.Module,
    own: Mapping[str, ast.Constant],
    texts: Mapping[str, Mapping[str, ast.Constant]],
) -> ast.Module:
    """The module with its own constants put in, and those it imports of all modules'."""
    put_in = {**dict(_imported(tree, texts)), **own}
    whole = _SpelledOut(put_in).visit(tree) if put_in else tree
    return _Locals().visit(whole)  # type: ignore[no-any-return]


def _imported(
    tree: ast.Module, texts: Mapping[str, Mapping[str, ast.Constant]]
) -> Iterator[tuple[str, ast.Constant]]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module in texts:
            for name in node.names:
                if name.name in texts[node.module]:
                    yield name.asname or name.name, texts[node.module][name.name]


def _dotted(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _of_module(tree: ast.Module, named: Mapping[str, str], module: str) -> Iterator[Occurrence]:
    nodes = list(ast.walk(tree))
    kinds = {**named, **_variables(nodes, named)}
    for scope in nodes:
        # An error class of its own calls its parent's constructor.
        if isinstance(scope, ast.ClassDef) and (kind := _kind_of_class(scope)):
            for call in ast.walk(scope):
                if isinstance(call, ast.Call) and _is_super(call):
                    yield from _occurrence(call, kind, module)
        elif isinstance(scope, ast.Call) and _name(scope.func) in kinds:
            yield from _occurrence(scope, kinds[_name(scope.func)], module)


def _named_alone(tree: ast.Module) -> dict[str, str]:
    """Classes that give a kind another name and keep its constructor."""
    return {
        scope.name: kind
        for scope in ast.walk(tree)
        if isinstance(scope, ast.ClassDef)
        and (kind := _kind_of_class(scope))
        and not any(
            isinstance(one, ast.FunctionDef) and one.name == "__init__" for one in scope.body
        )
    }


def _variables(nodes: Iterable[ast.AST], named: Mapping[str, str]) -> dict[str, str]:
    """Names of a module that stand for a kind: a parameter `type[KIND]`, KIND if ... else KIND."""
    found: dict[str, str] = {}
    for node in nodes:
        match node:
            case ast.arg(arg=name, annotation=ast.Subscript(value=ast.Name(id="type"), slice=kind)):
                found[name] = _name(kind)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.IfExp(orelse=kind)):
                found[name] = _name(kind)
    return {name: named[kind] for name, kind in found.items() if kind in named}


def _occurrence(call: ast.Call, kind: str, module: str) -> Iterator[Occurrence]:
    given = {word.arg: word.value for word in call.keywords if word.arg}
    given.update(zip(("code", "message", "next_action"), call.args, strict=False))
    code = given.get("code")
    if code is None or isinstance(code, ast.Attribute | ast.Subscript | ast.Name):
        # The whole of another error, passed on with or without more words.
        return
    for literal in (code.body, code.orelse) if isinstance(code, ast.IfExp) else (code,):
        if not isinstance(literal, ast.Constant):
            raise CodeComputed(f"{module}:{call.lineno}: code {ast.unparse(code)} is not a literal")
        if literal.value == "":
            # No end yet.
            continue
        yield Occurrence(
            str(literal.value),
            kind,
            _text(given.get("message")),
            _text(given.get("next_action")),
            module,
        )


def _kind_of_class(scope: ast.ClassDef) -> str | None:
    return next((_KINDS[_name(base)] for base in scope.bases if _name(base) in _KINDS), None)


def _is_super(call: ast.Call) -> bool:
    return ast.unparse(call.func) == "super().__init__"


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _text(node: ast.expr | None) -> str:
    """A text as it is written; what is put in as the program runs stands in <>, what may be left
    out in []."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(map(_text, parts))
        case ast.FormattedValue(value=ast.Constant(value=str() as text)):
            return text
        case ast.FormattedValue(value=value):
            return _text(value) if _is_text(value) else f"<{_placeholder(value)}>"
        case ast.IfExp(body=one, orelse=ast.Constant(value="")):
            return f"[{_text(one)}]"
        case ast.IfExp(body=ast.Constant(value=""), orelse=other):
            return f"[{_text(other)}]"
        case ast.IfExp(body=one, orelse=other):
            return f"{_text(one)} / {_text(other)}"
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left) + _text(right)
        case None:
            return ""
        case _:
            return f"<{_placeholder(node)}>"


def _placeholder(node: ast.expr) -> str:
    """A word for what will stand there: the outermost name in the expression that is not called."""
    called = {id(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)}
    names = [
        _name(part)
        for part in ast.walk(node)
        if isinstance(part, ast.Name | ast.Attribute) and id(part) not in called
    ]
    words = [name.strip("_").replace("_", " ").lower() for name in names]
    return next((word for word in words if word), "value")
