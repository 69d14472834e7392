"""Signatures: read from the text that a daemon tells, or from a function in a stub file.

The text comes from a peer. It is parsed, never run, and what leaves this module is made anew from
the parts that were understood.
"""

from __future__ import annotations

import ast
import inspect
import re
import warnings
from typing import NamedTuple

from .annotations import ANY, Imports, canonical, known, parts

__all__ = [
    "Kind",
    "Parameter",
    "Signature",
    "from_function",
    "from_text",
    "received",
    "type_from_text",
]

Kind = inspect._ParameterKind
_LONGEST = 10_000
_LONGEST_DEFAULT = 60
_SOME_VALUE = "..."
_DEEPEST = 50
_AWAITED = {"Awaitable", "Coroutine"}
_STREAMS = {"Iterator", "Generator", "AsyncIterator", "AsyncGenerator"}
_OBJECT = re.compile(
    r"""(?P<other>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|->)|<(?:[^<>]|<[^<>]*>)*>""", re.DOTALL
)
_BROKEN = (SyntaxError, ValueError, RecursionError, MemoryError)
_WIDER = {"bool": {"int", "float"}, "int": {"float"}}


class Parameter(NamedTuple):
    """A parameter: its type in its one spelling, and its default, ``...`` for one not told."""

    name: str
    kind: Kind
    annotation: str = ANY
    default: str = ""

    @property
    def is_positional(self) -> bool:
        """Tell whether an argument may be given by position."""
        return self.kind in (Kind.POSITIONAL_ONLY, Kind.POSITIONAL_OR_KEYWORD)

    @property
    def is_rest(self) -> bool:
        """Tell whether it takes what is left: ``*args`` or ``**kwargs``."""
        return self.kind in (Kind.VAR_POSITIONAL, Kind.VAR_KEYWORD)

    @property
    def is_required(self) -> bool:
        """Tell whether a call must have an argument for it."""
        return not self.default and not self.is_rest

    @property
    def label(self) -> str:
        """The name, with the stars of what takes the rest."""
        stars = {Kind.VAR_POSITIONAL: "*", Kind.VAR_KEYWORD: "**"}
        return stars.get(self.kind, "") + self.name


class Signature(NamedTuple):
    """What a method takes, without ``self``, and what it returns."""

    parameters: tuple[Parameter, ...] = ()
    returns: str = ANY

    def __str__(self) -> str:
        return f"({', '.join(self.fields())}) -> {self.returns}"

    @property
    def is_stream(self) -> bool:
        """Tell whether a client gets items as they come."""
        return self.returns.startswith("Iterator[") and len(parts(self.returns)) == 1

    def fields(self) -> list[str]:
        """Return the text of each parameter, and the marks between the kinds of them."""
        shown: list[str] = []
        before: Kind | None = None
        for parameter in self.parameters:
            kind = parameter.kind
            if before is Kind.POSITIONAL_ONLY and kind is not before:
                shown.append("/")
            if kind is Kind.KEYWORD_ONLY and before not in (kind, Kind.VAR_POSITIONAL):
                shown.append("*")
            default = f" = {parameter.default}" if parameter.default else ""
            shown.append(f"{parameter.label}: {parameter.annotation}{default}")
            before = kind
        return [*shown, "/"] if before is Kind.POSITIONAL_ONLY else shown


def from_text(text: object) -> Signature | None:
    """Return the signature that ``(x: int) -> str`` tells; None where it is none, or tells nothing.

    Defaults that are no literals become ``...``: ``<object at 0x7f>`` is no Python, and what a
    call in it would do is nobody's business here.
    """
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    try:
        with warnings.catch_warnings():  # the parser has views on strings with backslashes
            warnings.simplefilter("ignore")
            function = _function(f"def f{_without_objects(text)}: ...")
            return _informative(_signature(function, function.args.args, {}))
    except _BROKEN:
        return None


def from_function(
    function: ast.FunctionDef | ast.AsyncFunctionDef, imports: Imports, oneway: bool = False
) -> Signature | None:
    """Return the signature of a method in a file, as :func:`from_text` does."""
    given = function.args
    first = given.posonlyargs or given.args
    if first:
        del first[0]
    try:
        _refuse_depth(function)
        return _informative(_signature(function, given.args, imports), oneway)
    except _BROKEN:
        return None


def _function(code: str) -> ast.FunctionDef:
    """Return the one function that ``code`` is; ValueError where it is anything else besides."""
    body = ast.parse(code).body
    function = body[0]
    if len(body) != 1 or not isinstance(function, ast.FunctionDef) or function.name != "f":
        raise ValueError("the text goes on behind the signature")
    if [ast.unparse(statement) for statement in function.body] != ["..."]:
        raise ValueError("the text has a body of its own")
    _refuse_depth(function)
    return function


def _refuse_depth(tree: ast.AST) -> None:
    """Raise ValueError where a tree is too deep to be walked by functions that call themselves."""
    level, depth = [tree], 0
    while level:
        level, depth = [child for node in level for child in ast.iter_child_nodes(node)], depth + 1
        if depth > _DEEPEST:
            raise ValueError("it is nested too deeply")


def _informative(signature: Signature, oneway: bool = False) -> Signature | None:
    """Return a signature unless it allows everything: then it tells no more than none."""
    kinds = [parameter.kind for parameter in signature.parameters]
    annotations = {parameter.annotation for parameter in signature.parameters}
    returned = signature.returns == ("None" if oneway else ANY)
    is_anything = kinds == [Kind.VAR_POSITIONAL, Kind.VAR_KEYWORD] and annotations == {ANY}
    return None if is_anything and returned else signature


def _signature(
    function: ast.FunctionDef | ast.AsyncFunctionDef, free: list[ast.arg], imports: Imports
) -> Signature:
    given = function.args
    positional = [*given.posonlyargs, *free]
    bare = len(positional) - len(given.defaults)
    read: list[Parameter] = []
    for number, argument in enumerate(positional):
        only = number < len(given.posonlyargs)
        kind = Kind.POSITIONAL_ONLY if only else Kind.POSITIONAL_OR_KEYWORD
        default = given.defaults[number - bare] if number >= bare else None
        read.append(_parameter(argument, kind, default, imports))
    if given.vararg is not None:
        read.append(_parameter(given.vararg, Kind.VAR_POSITIONAL, None, imports))
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        read.append(_parameter(argument, Kind.KEYWORD_ONLY, default, imports))
    if given.kwarg is not None:
        read.append(_parameter(given.kwarg, Kind.VAR_KEYWORD, None, imports))
    if len({parameter.name for parameter in read} - {"__debug__"}) != len(read):
        raise ValueError("two parameters have one name")
    return Signature(tuple(read), received(canonical(function.returns, imports)))


def _parameter(
    argument: ast.arg, kind: Kind, default: ast.expr | None, imports: Imports
) -> Parameter:
    annotation = canonical(argument.annotation, imports)
    shown = "" if default is None else _default(default, annotation)
    return Parameter(argument.arg, kind, annotation, shown)


def _default(node: ast.expr, annotation: str) -> str:
    """Return the text of a default, if it is a literal that goes with the parameter's type."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return _SOME_VALUE
    if value is not None and not isinstance(value, bool | int | float | str | bytes):
        return _SOME_VALUE
    name = "None" if value is None else type(value).__name__
    fitting = {ANY, "object", name, *_WIDER.get(name, ())}
    text = repr(value)
    accepted = parts(known(annotation))
    if not fitting & accepted and not any(text in _literals(part) for part in accepted):
        return _SOME_VALUE
    return _SOME_VALUE if len(text) > _LONGEST_DEFAULT or text in ("inf", "-inf") else text


def _literals(part: str) -> list[str]:
    """Return the values that a ``Literal[...]`` has; none for another type."""
    name, _, values = part.partition("[")
    return [repr(value) for value in ast.literal_eval(f"[{values}")] if name == "Literal" else []


def received(returns: str) -> str:
    """Return the type of what a client gets: what was awaited, or a stream in its one spelling."""
    told = ast.parse(returns, mode="eval").body
    if not isinstance(told, ast.Subscript):
        return returns
    name = ast.unparse(told.value)
    arguments = told.slice.elts if isinstance(told.slice, ast.Tuple) else [told.slice]
    if name in _AWAITED:
        return received(ast.unparse(arguments[-1]))
    return f"Iterator[{ast.unparse(arguments[0])}]" if name in _STREAMS else returns


def _without_objects(text: str) -> str:
    """Return a signature with ``...`` for what Python shows of an object: ``<object at 0x7f>``."""
    return _OBJECT.sub(lambda found: found["other"] or "...", text)


def type_from_text(text: object) -> str:
    """Return the type that a text tells, in its one spelling; Any where it tells none."""
    signature = from_text(f"() -> {text}") if isinstance(text, str) and text else None
    return signature.returns if signature else ANY
