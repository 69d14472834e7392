"""Plugins use what the face of pyrox offers, as a plugin of somebody else would have to."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyrox

ROOT = Path(__file__).parents[2]
FILES = {
    ".".join(path.relative_to(source.parent).with_suffix("").parts): path
    for source in sorted(ROOT.glob("packages/**/src/pyrox_*"))
    for path in sorted(source.rglob("*.py"))
}
DOCUMENTED = {"pyrox.aio", "pyrox.plain"}
"""Modules of the core that a plugin's author may import, besides the face."""
LOOKING_INSIDE = {
    ("pyrox_pyro5.callcontext", "pyrox.values.context"),
    ("pyrox_pyro5.calls", "pyrox.logic.remote"),
    ("pyrox_pyro5.client", "pyrox.values.context"),
    ("pyrox_pyro5.client", "pyrox.objects.exposure"),
    ("pyrox_pyro5.protocol", "pyrox.wire.message"),
    ("pyrox_pyro5.remote", "pyrox.values.context"),
    ("pyrox_pyro5.server", "pyrox.objects.exposure"),
    ("pyrox_cli.doctor.probe", "pyrox.wire.message"),
    ("pyrox_cli.targets", "pyrox.objects.exposure"),
    ("pyrox_pyro5.errors", "pyrox.values.tracebacks"),
}
"""Where our own packages look deeper than a plugin may.

The command does at bytes, and at marks; Pyro5's names at what they only rename, since each call
under them may cost next to nothing more.
"""


def is_offered(module: str, name: str | None = None) -> bool:
    """Tell whether a plugin's author can know of ``module``, or of what it holds as ``name``."""
    if module != "pyrox":
        return module in DOCUMENTED
    return name is None or name in pyrox.__all__ or f"pyrox.{name}" in DOCUMENTED


def uses(tree: ast.AST) -> Iterator[tuple[str, str | None, int]]:
    """Yield what a file uses of pyrox: the module, the name in it, and the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == "pyrox":
                    yield alias.name, None, node.lineno
        elif isinstance(node, ast.ImportFrom) and not node.level:
            if (node.module or "").partition(".")[0] == "pyrox":
                for alias in node.names:
                    yield node.module or "", alias.name, node.lineno
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "pyrox"
        ):
            yield "pyrox", node.attr, node.lineno


@pytest.mark.parametrize("file", FILES)
def test_a_plugin_uses_only_what_pyrox_offers(file: str) -> None:
    deeper = [
        f"line {line}: {module}" + (f", {name}" if name else "")
        for module, name, line in uses(ast.parse(FILES[file].read_text(encoding="utf-8")))
        if not is_offered(module, name) and (file, module) not in LOOKING_INSIDE
    ]
    assert not deeper, f"{file} uses what pyrox does not offer: {deeper}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import pyrox", ("pyrox", None)),
        ("import pyrox.values.uri as u", ("pyrox.values.uri", None)),
        ("from pyrox import URI", ("pyrox", "URI")),
        ("def f():\n    from pyrox.values.uri import URI", ("pyrox.values.uri", "URI")),
        ("if TYPE_CHECKING:\n    from pyrox.values.uri import URI", ("pyrox.values.uri", "URI")),
        ("pyrox.secret()", ("pyrox", "secret")),
    ],
)
def test_every_kind_of_use_is_seen(text: str, found: tuple[str, str | None]) -> None:
    assert [(module, name) for module, name, _ in uses(ast.parse(text))] == [found]


@pytest.mark.parametrize("text", ["import pyrox_tcp", "from .pyrox import x", "x.pyrox.y", "os.x"])
def test_nothing_else_is_seen(text: str) -> None:
    assert not list(uses(ast.parse(text)))
