"""Types as a signature tells them: in one spelling, and with Any for what only the server knows.

Known are the types that values of calls have: those of Python and of a few standard modules. They
stand in a table, and nothing is imported to look for more, since the names come from a peer.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping
from typing import NamedTuple

__all__ = ["ANY", "KNOWN", "Known", "canonical", "is_known", "known", "parts"]

ANY = "Any"
_VARIADIC = -1


class Known(NamedTuple):
    """Where a type is imported from, and how many parameters it has."""

    module: str
    name: str
    arity: int = 0


def _table() -> dict[str, Known]:
    """Return the known types by the one spelling that each has here."""
    builtins = {
        **dict.fromkeys("bool bytearray bytes complex float int object range str".split(), 0),
        **dict.fromkeys("BaseException Exception".split(), 0),
        **{"list": 1, "set": 1, "frozenset": 1, "type": 1, "dict": 2, "tuple": _VARIADIC},
    }
    abstract = {
        **dict.fromkeys("Hashable Sized".split(), 0),
        **dict.fromkeys("AsyncIterable AsyncIterator Awaitable Collection Container".split(), 1),
        **dict.fromkeys("Iterable Iterator KeysView MutableSequence MutableSet".split(), 1),
        **dict.fromkeys("Reversible Sequence ValuesView".split(), 1),
        **dict.fromkeys("AsyncGenerator ItemsView Mapping MutableMapping".split(), 2),
        **{"Coroutine": 3, "Generator": 3, "Callable": _VARIADIC},
    }
    elsewhere = {
        **{"collections.abc.Set": 1, "collections.Counter": 1, "collections.deque": 1},
        **{"collections.OrderedDict": 2, "collections.defaultdict": 2},
        **dict.fromkeys("datetime.date datetime.datetime datetime.time".split(), 0),
        **dict.fromkeys("datetime.timedelta datetime.timezone datetime.tzinfo".split(), 0),
        **dict.fromkeys("decimal.Decimal fractions.Fraction uuid.UUID".split(), 0),
        **dict.fromkeys("pathlib.Path pathlib.PurePath pyrox.Proxy pyrox.URI".split(), 0),
    }
    table = {name: Known("builtins", name, arity) for name, arity in builtins.items()}
    table |= {name: Known("collections.abc", name, arity) for name, arity in abstract.items()}
    for path, arity in elsewhere.items():
        module, _, name = path.rpartition(".")
        table[path] = Known(module, name, arity)
    table |= {name: Known("typing", name) for name in (ANY, "NoReturn")}
    return table | {"Literal": Known("typing", "Literal", _VARIADIC)}


KNOWN: Mapping[str, Known] = _table()


def _spellings() -> dict[str, str]:
    """Return what each way of writing a known type stands for."""
    found = {spelling: spelling for spelling in KNOWN}
    for spelling, known in KNOWN.items():
        found[f"{known.module}.{known.name}"] = spelling
        if known.module == "collections.abc":
            found[f"typing.{known.name}"] = spelling
    for name, spelling in {
        **{"List": "list", "Dict": "dict", "Set": "set", "FrozenSet": "frozenset"},
        **{"Tuple": "tuple", "Type": "type", "Text": "str", "Never": "NoReturn"},
        **{"Deque": "collections.deque", "DefaultDict": "collections.defaultdict"},
        **{"Counter": "collections.Counter", "OrderedDict": "collections.OrderedDict"},
        "AbstractSet": "collections.abc.Set",
    }.items():
        found[name] = found[f"typing.{name}"] = spelling
    found["pyrox.values.uri.URI"] = "pyrox.URI"
    found["pyrox.sync.proxy.Proxy"] = "pyrox.Proxy"
    return found


_SPELLINGS = _spellings()
_UNIONS = {"Union": "Union", "Optional": "Optional", "Annotated": "Annotated"}
_FORMS = _UNIONS | {f"typing.{name}": name for name in _UNIONS}
_NONES = {"NoneType", "types.NoneType"}

Imports = Mapping[str, str]
_NOTHING: Imports = {}
_Unknown = Callable[[ast.expr], ast.expr]


def canonical(node: ast.expr | None, imports: Imports = _NOTHING) -> str:
    """Return a type in its one spelling; what is not known stays as it is, and none is Any.

    ``imports`` tells what the names of a file stand for. Raises RecursionError where it is nested
    too deeply.
    """
    return ANY if node is None else ast.unparse(_read(node, imports, lambda unknown: unknown))


def known(text: str, local: Callable[[str], str] = str) -> str:
    """Return a canonical type with Any in the place of what is not known.

    ``local`` gives the name of a known type where the text is to stand.
    """
    return ast.unparse(_Local(local).visit(_read(_expression(text), {}, lambda _: _name(ANY))))


def is_known(text: str) -> bool:
    """Tell whether a canonical type has no part that is not known."""
    return known(text) == text


def parts(text: str) -> set[str]:
    """Return the members of a union, or the one type that it is."""
    return {ast.unparse(part) for part in _parts(_expression(text))}


def _expression(text: str) -> ast.expr:
    with warnings.catch_warnings():  # the parser has views on strings with backslashes
        warnings.simplefilter("ignore")
        return ast.parse(text, mode="eval").body


def _name(text: str) -> ast.expr:
    return ast.Name(text, ast.Load())


def _read(node: ast.expr, imports: Imports, unknown: _Unknown) -> ast.expr:
    if isinstance(node, ast.Constant):
        if node.value is None:
            return node
        return _forward(node, imports, unknown)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([_read(part, imports, unknown) for part in _parts(node)])
    if isinstance(node, ast.Subscript):
        return _generic(node, imports, unknown)
    path = _path(node, imports)
    if path in _NONES:
        return ast.Constant(None)
    if path not in _SPELLINGS or path == "Literal":
        return unknown(node)
    return _bare(_SPELLINGS[path])


def _forward(node: ast.Constant, imports: Imports, unknown: _Unknown) -> ast.expr:
    """Read the type that a string names."""
    try:
        inner = _expression(node.value.strip()) if isinstance(node.value, str) else node
    except (SyntaxError, ValueError):
        return unknown(node)
    return unknown(node) if isinstance(inner, ast.Constant) else _read(inner, imports, unknown)


def _bare(spelling: str) -> ast.expr:
    """Return a known type; one with parameters that are not told gets Any for them."""
    arity = KNOWN[spelling].arity
    filled = {
        0: spelling,
        _VARIADIC: f"{spelling}[..., Any]" if spelling == "Callable" else f"{spelling}[Any, ...]",
    }
    return _expression(filled.get(arity) or f"{spelling}[{', '.join([ANY] * arity)}]")


def _generic(node: ast.Subscript, imports: Imports, unknown: _Unknown) -> ast.expr:
    path = _path(node.value, imports)
    form = _FORMS.get(path)
    arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if form == "Annotated":
        return _read(arguments[0], imports, unknown)
    if form is not None:
        read = [_read(argument, imports, unknown) for argument in arguments]
        return _union([*read, ast.Constant(None)] if form == "Optional" else read)
    if path in ("Literal", "typing.Literal"):
        return _with(_name("Literal"), arguments) if _are_literals(arguments) else unknown(node)
    spelling = _SPELLINGS.get(path, "")
    if not spelling or not KNOWN[spelling].arity:
        return unknown(node)
    base = _expression(spelling)
    if spelling == "Callable":
        return _callable(base, arguments, imports, unknown) or unknown(node)
    if spelling == "tuple":
        return _tuple(base, arguments, imports, unknown)
    if len(arguments) != KNOWN[spelling].arity:
        return unknown(node)
    return _with(base, [_read(argument, imports, unknown) for argument in arguments])


def _callable(
    base: ast.expr, arguments: list[ast.expr], imports: Imports, unknown: _Unknown
) -> ast.expr | None:
    if len(arguments) != 2:
        return None
    taken, result = arguments
    if isinstance(taken, ast.List):
        taken = ast.List([_read(each, imports, unknown) for each in taken.elts], ast.Load())
    elif not _is_ellipsis(taken):
        return None
    return _with(base, [taken, _read(result, imports, unknown)])


def _tuple(
    base: ast.expr, arguments: list[ast.expr], imports: Imports, unknown: _Unknown
) -> ast.expr:
    if len(arguments) == 2 and _is_ellipsis(arguments[1]):
        return _with(base, [_read(arguments[0], imports, unknown), arguments[1]])
    if len(arguments) == 0:
        return ast.Subscript(base, ast.Tuple([], ast.Load()), ast.Load())
    return _with(base, [_read(argument, imports, unknown) for argument in arguments])


def _with(base: ast.expr, arguments: list[ast.expr]) -> ast.expr:
    inner = arguments[0] if len(arguments) == 1 else ast.Tuple(arguments, ast.Load())
    return ast.Subscript(base, inner, ast.Load())


def _union(members: list[ast.expr]) -> ast.expr:
    flat = {ast.unparse(part): part for member in members for part in _parts(member)}
    if not flat:
        return _name(ANY)
    union, *rest = flat.values()
    for part in rest:
        union = ast.BinOp(union, ast.BitOr(), part)
    return union


def _parts(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_parts(node.left), *_parts(node.right)]
    return [node]


def _path(node: ast.expr, imports: Imports) -> str:
    if isinstance(node, ast.Name):
        return imports.get(node.id, node.id)
    if isinstance(node, ast.Attribute) and (base := _path(node.value, imports)):
        return f"{base}.{node.attr}"
    return ""


def _are_literals(arguments: list[ast.expr]) -> bool:
    return bool(arguments) and all(
        isinstance(a, ast.Constant) and (a.value is None or isinstance(a.value, str | bytes | int))
        for a in arguments
    )


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


class _Local(ast.NodeTransformer):
    """Puts the names of the place where a type is to stand for those of the table."""

    def __init__(self, local: Callable[[str], str]) -> None:
        self.local = local

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return _name(self.local(node.id))

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return _name(self.local(ast.unparse(node)))
