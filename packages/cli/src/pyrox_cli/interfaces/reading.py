"""An interface, read from a file that ``pyrox stubs`` wrote."""

from __future__ import annotations

import ast
from pathlib import Path

from pyrox import UsageError

from .annotations import Imports, canonical
from .interface import Attribute, Interface, Method
from .rendering import ONEWAY, TOLD
from .signatures import from_function, from_text, received, type_from_text

__all__ = ["read"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def read(path: Path) -> Interface:
    """Return the interface that the protocol in a file tells.

    Where the file has what the server said of a member, in a comment, that is taken. Raises
    UsageError for a file that is no Python or has no protocol, OSError where it cannot be read.
    """
    try:
        text = path.read_text("utf-8")
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UsageError(f"{path} is no Python module: {error}") from error
    imports = _imports(tree)
    found = [
        node for node in tree.body if isinstance(node, ast.ClassDef) and _is_one(node, imports)
    ]
    if len(found) != 1:
        count = "several classes" if found else "no class"
        raise UsageError(f"{path} has {count} with the base Protocol; `pyrox stubs` writes one")
    return _interface(found[0], imports, text.split("\n"))


def _imports(tree: ast.Module) -> dict[str, str]:
    """Return what the imported names stand for."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and not node.level
        for alias in node.names
    }


def _is_one(node: ast.ClassDef, imports: Imports) -> bool:
    names = [base.id for base in node.bases if isinstance(base, ast.Name)]
    return any(imports.get(name) == "typing.Protocol" for name in names)


def _interface(cls: ast.ClassDef, imports: Imports, lines: list[str]) -> Interface:
    methods: dict[str, Method] = {}
    attributes: dict[str, Attribute] = {}
    for node in cls.body:
        if not isinstance(node, _Function):
            continue
        comments, doc = _comments(node, lines), ast.get_docstring(node) or ""
        told = _told(comments)
        decorator = _decorator(node)
        if decorator.endswith(".setter"):
            if node.name in attributes:
                attributes[node.name] = attributes[node.name]._replace(writable=True)
        elif imports.get(decorator, decorator) in ("property", "builtins.property"):
            annotation = (
                type_from_text(told) if told else received(canonical(node.returns, imports))
            )
            writable = any(comment.startswith("# writable:") for comment in comments)
            attributes[node.name] = Attribute(annotation, writable, doc)
        else:
            oneway = ONEWAY in comments
            signature = from_text(told) if told else from_function(node, imports, oneway)
            methods[node.name] = Method(signature, oneway, doc)
    return Interface(methods, attributes, ast.get_docstring(cls) or "")


def _decorator(node: _Function) -> str:
    return ast.unparse(node.decorator_list[0]) if node.decorator_list else ""


def _comments(node: _Function, lines: list[str]) -> list[str]:
    """Return the comment lines above a function."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
    found: list[str] = []
    while first > 0 and (line := lines[first - 1].strip()).startswith("#"):
        found.append(line)
        first -= 1
    return found


def _told(comments: list[str]) -> str:
    """Return what the server said of a member, if the file has it."""
    told = [comment for comment in comments if comment.startswith(TOLD.strip())]
    return told[0].removeprefix(TOLD) if told else ""
