"""The house: which module may import which, read from the source of the packages themselves.

Imports for type checkers alone count as well.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "packages" / "core" / "src" / "pyrox"
PLUGINS = sorted(
    source
    for source in ROOT.glob("packages/**/src/pyrox_*")
    if source.is_dir() and not source.name.endswith("egg-info")
)
MAX_LINES = 500

FLOORS = {
    0: [
        "errors", "values.ids", "values.spelling", "version", "values.watched", "wire.buffers",
        "access.identity",
    ],
    1: [
        "wire.message", "wire.receiver", "values.uri", "values.reference", "values.config",
        "values.context", "values.tracebacks", "values.blob_info", "access.tokens",
        "access.policy", "values.time_left",
    ],
    2: [
        "contracts.exception_forms", "contracts.converters", "contracts.plain",
        "contracts.serializer", "contracts.transport", "contracts.resolver", "contracts.flow",
        "contracts.command", "contracts.connecting", "objects.exposure", "contracts.blob",
        "contracts.layer", "values.places", "contracts.storage",
    ],
    3: [
        "hookspecs", "objects.registry", "objects.streams", "plugins",
    ],
    4: [
        "access.control", "protocol.connection", "protocol.greeting", "protocol.negotiation",
        "logic.complaints", "logic.daemon_object",
        "logic.failures", "logic.requests", "protocol.mux", "logic.welcome", "protocol.wire_log",
        "protocol.connection_errors", "protocol.sharing",
    ],
    5: [
        "logic.daemon_base", "logic.invocation", "logic.lookup", "logic.proxy_base",
        "logic.remote", "logic.remote_object", "logic.served",
        "logic.publishing", "logic.remote_help", "logic.interfaces", "logic.lending",
    ],
    6: [
        "sync.awaiting", "sync.connection", "sync.link", "sync.poller", "sync.interrupts",
        "sync.accepting", "sync.calls", "sync.channel", "sync.connected", "sync.exchanges",
        "sync.futures", "sync.pipeline",
        "sync.given", "sync.locking", "sync.guests", "sync.layered",
        "sync.layering", "sync.oneways", "sync.places", "sync.racing", "sync.workers",
        "aio.connection",
        "aio.link", "aio.channel", "aio.calls", "aio.opening", "aio.turns", "aio.references",
        "aio.eager",
    ],
    7: [
        "sync.flow", "sync.leading", "sync.server", "sync.threads", "aio.flow",
        "aio.running", "aio.server",
        "aio.streams",
    ],
    8: [
        "sync.background", "sync.client", "sync.proxy", "sync.daemon", "sync.serving",
        "sync.publisher",
        "aio.client", "aio.proxy", "aio.daemon", "aio.serving", "aio.publisher",
    ],
}  # fmt: skip
FLOOR = {module: floor for floor, modules in FLOORS.items() for module in modules}
PACKAGES = {
    "",
    "access",
    "wire",
    "values",
    "contracts",
    "objects",
    "protocol",
    "logic",
    "sync",
    "aio",
}  # their __init__ modules

WAITING = {"socket", "ssl", "select", "selectors", "threading", "asyncio", "queue", "_thread"}
MAKES_SOCKETS = "contracts.transport"
MAY_IMPORT_LATE = {
    "access.identity": {"pwd"},  # not every Python has it
    "access.tokens": {"hmac"},  # dear, and seldom needed
    "values.config": {"tomllib", "tomli"},  # one of them is there, by the version of Python
    "wire.buffers": {"ctypes"},  # dear, and needed for large bytes alone
    "values.spelling": {"difflib"},  # where something is wrong
    "values.uri": {"ipaddress"},  # seldom needed
    "values.ids": {"uuid"},  # dear, and seldom needed
    "sync.awaiting": {"asyncio", "concurrent"},  # dear, and needed for asynchronous methods alone
    "plugins": {"importlib"},  # dearer than all of pyrox
}


def name_of(file: Path, package: Path) -> str:
    parts = file.relative_to(package).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def modules(package: Path) -> dict[str, ast.Module]:
    return {
        name_of(file, package): ast.parse(file.read_text(encoding="utf-8"))
        for file in sorted(package.rglob("*.py"))
    }


CORE_MODULES = modules(CORE)
PACKAGE_FILES = {name_of(file, CORE) for file in CORE.rglob("__init__.py")}


def imported(tree: ast.AST, module: str, package: str = "pyrox") -> Iterator[str]:
    """Yield the full names of the modules that a module imports from."""
    here = f"{package}.{module}".rstrip(".").split(".")
    if module not in PACKAGE_FILES:
        here = here[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            origin = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            for alias in node.names:
                inner = f"{origin}.{alias.name}".removeprefix("pyrox.")
                yield f"pyrox.{inner}" if inner in CORE_MODULES else origin


def inner_arrows() -> dict[str, set[str]]:
    """Return which core modules each core module imports; ``""`` is the package itself."""
    return {
        module: {
            name.removeprefix("pyrox").removeprefix(".")
            for name in imported(tree, module)
            if name.split(".")[0] == "pyrox"
        }
        for module, tree in CORE_MODULES.items()
    }


ARROWS = inner_arrows()
INSIDE = sorted(set(CORE_MODULES) - PACKAGES)


def drawn() -> str:
    return "\n".join(f"{module or 'pyrox'} -> {', '.join(sorted(ARROWS[module]))}"
                     for module in sorted(ARROWS))  # fmt: skip


def test_every_module_of_core_has_its_floor() -> None:
    assert sorted(FLOOR) == INSIDE


@pytest.mark.parametrize("module", INSIDE)
def test_imports_run_downwards_or_along_one_floor(module: str) -> None:
    upwards = {target for target in ARROWS[module] if FLOOR.get(target, 99) > FLOOR[module]}
    assert not upwards, drawn()


def test_there_is_no_circle_of_imports() -> None:
    finished: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"{' -> '.join((*path, module))}\n\n{drawn()}"
        if module not in finished:
            for target in sorted(ARROWS[module]):
                walk(target, (*path, module))
            finished.add(module)

    for module in ARROWS:
        walk(module, ())


@pytest.mark.parametrize("module", INSIDE)
def test_nobody_inside_imports_the_face(module: str) -> None:
    assert not ARROWS[module] & PACKAGES, drawn()


def test_the_two_drivers_do_not_know_each_other() -> None:
    drivers = {"sync", "aio"}
    for module, targets in ARROWS.items():
        other = drivers - {module.split(".")[0]} if module.split(".")[0] in drivers else set()
        assert not {target for target in targets if target.split(".")[0] in other}, drawn()


@pytest.mark.parametrize("module", [name for name in INSIDE if FLOOR.get(name, 0) < 6])
def test_nothing_below_the_drivers_waits(module: str) -> None:
    used = {name.split(".")[0] for name in imported(CORE_MODULES[module], module)}
    allowed = {"socket"} if module == MAKES_SOCKETS else set()
    assert not (used & WAITING) - allowed
    sleeps = [
        node.lineno
        for node in ast.walk(CORE_MODULES[module])
        if isinstance(node, ast.Attribute) and node.attr == "sleep"
    ]
    assert not sleeps


def test_the_drivers_do_not_know_each_other() -> None:
    for module, targets in ARROWS.items():
        if module.startswith("sync"):
            assert not {name for name in targets if name.startswith("aio")}
        if module.startswith("aio"):
            assert not {name for name in targets if name.startswith("sync")}


def test_core_needs_pluggy_and_nothing_else_and_imports_no_plugin() -> None:
    own = {source.name for source in PLUGINS}
    used = {
        name.split(".")[0]
        for module, tree in CORE_MODULES.items()
        for name in imported(tree, module)
    }
    assert not used & own
    third_party = {"pluggy"} & used
    assert third_party == {"pluggy"}
    assert not used & {"msgpack", "serpent", "click", "rich", "Pyro5"}


@pytest.mark.parametrize("module", INSIDE)
def test_imports_stand_at_the_top(module: str) -> None:
    late = {
        name.split(".")[0]
        for node in ast.walk(CORE_MODULES[module])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for name in imported(node, module)
    }
    assert late <= MAY_IMPORT_LATE.get(module, set())


def needs(plugin: Path) -> set[str]:
    """Return the packages of the other plugins that a plugin says it cannot do without."""
    metadata = (plugin.parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    return {name.replace("-", "_") for name in re.findall(r'"(pyrox-[a-z0-9]+)~=', metadata)}


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_a_plugin_uses_no_private_name_of_another_package(plugin: Path) -> None:
    for file in sorted(plugin.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or node.level or not node.module:
                continue
            top = node.module.split(".")[0]
            if top == plugin.name or not top.startswith("pyrox"):
                continue
            if top != "pyrox":
                assert top in needs(plugin), f"{file} imports from the plugin {top}"
                assert node.module == top, f"{file} looks into the plugin {top}"
            private = [part for part in node.module.split(".") if part.startswith("_")]
            private += [alias.name for alias in node.names if alias.name.startswith("_")]
            assert not [name for name in private if name != "__version__"], file


SOURCES = sorted(
    file
    for folder in ("packages", "benchmarks", "tools", "examples")
    for file in (ROOT / folder).rglob("*.py")
)


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_file_is_longer_than_one_can_keep_in_mind(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MAX_LINES
