"""``pyrox stubs``: the interface of a live object as a Python module."""

import ast
import importlib.util
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Protocol

import pytest

import pyrox
from pyrox_cli.interfaces.interface import interface_of
from pyrox_cli.interfaces.reading import read
from pyrox_cli.interfaces.rendering import render
from tests.cli.conftest import Runner


class Lot:
    """A class that only the server knows."""


Lots = list[Lot]
Names = list[str]  # a class with a method ``list`` cannot say so
A_LOT = Lot()


@pyrox.expose
class Shop:
    """Sells bread."""

    def price(
        self, bread: str, currency: Literal["EUR", "USD"] = "EUR", *, count: int = 1
    ) -> float:
        """Return what bread costs.

        All of it.
        """
        return 1.0

    def order(self, lots: Lots, until: datetime | None = None, how: Any = A_LOT) -> Lot | None:
        return None

    def smells(self) -> Iterator[str]:
        yield "rye"

    def list(self) -> Names:
        return []

    async def bake(self, /, *breads: str, **wishes: int) -> dict[str, Any]:
        return {}

    @staticmethod
    def greet(self: str) -> str:
        return self

    @pyrox.oneway
    def ring(self, times: int) -> int:
        return times

    @property
    def clerk(self) -> str:
        """Who serves."""
        return "Ada"

    @property
    def open(self) -> bool:
        return True

    @open.setter
    def open(self, value: bool) -> None:
        pass

    def __len__(self) -> int:
        return 1


@pytest.fixture
def shop() -> Iterator[str]:
    """Serve a shop; the URI of it."""
    with pyrox.Daemon("localhost:0") as daemon:
        uri = daemon.register(Shop, "example.shop")
        daemon.start()
        yield str(uri)


def loaded(text: str, path: Path) -> ModuleType:
    """Run a stub as the module that it is."""
    path.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location("stub", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rendered(is_async: bool = False, **described: Any) -> str:
    """Return the stub of what a daemon, perhaps a bad one, tells."""
    told = {"doc": "", "methods": {}, "attributes": {}, **described}
    text = render(interface_of(told), "Shop", ["", "pyrox stubs"], is_async)
    compile(text, "stub", "exec")
    return text


def defined(text: str) -> list[str]:
    """Return the kinds of statement that a module has, and the members of its classes."""
    nodes = ast.parse(text).body
    inner = [each for node in nodes if isinstance(node, ast.ClassDef) for each in node.body]
    return [type(node).__name__ for node in (*nodes, *inner)]


def test_a_stub_has_each_method_with_its_signature_and_doc(cli: Runner, shop: str) -> None:
    result = cli("stubs", shop)
    assert (result.code, result.err) == (0, "")
    assert 'class Shop(Protocol):\n    """Sells bread."""\n' in result.out
    assert (
        "    def price(self, bread: str, currency: Literal['EUR', 'USD'] = 'EUR', *, count: int"
        ' = 1) -> float:\n        """Return what bread costs.\n\n        All of it.\n        """\n'
    ) in result.out
    assert "    def bake(self, *breads: str, **wishes: int) -> dict[str, Any]: ...\n" in result.out


def test_a_class_of_the_server_is_any_and_a_comment_names_it(cli: Runner, shop: str) -> None:
    lines = cli("stubs", shop).out.splitlines()
    number = next(n for n, line in enumerate(lines) if "def order(" in line)
    assert lines[number] == (
        "    def order(self, lots: _list[Any], until: datetime | None = None, how: Any = ...)"
        " -> Any | None: ..."
    )
    assert lines[number - 1].startswith("    # The server says: (lots: list[")
    assert lines[number - 1].endswith("Lot | None")


def test_a_method_called_like_a_type_does_not_stand_in_its_way(cli: Runner, shop: str) -> None:
    text = cli("stubs", shop).out
    assert "from builtins import list as _list\n" in text
    assert "    def list(self) -> _list[str]: ...\n" in text


def test_a_parameter_may_be_called_self(cli: Runner, shop: str) -> None:
    assert "    def greet(self_, self: str) -> str: ...\n" in cli("stubs", shop).out


def test_nothing_comes_back_from_a_oneway_method(cli: Runner, shop: str) -> None:
    assert (
        "    # oneway: no answer comes back\n    def ring(self, times: int) -> None: ...\n"
    ) in cli("stubs", shop).out


def test_attributes_are_properties_and_writable_ones_have_a_setter(cli: Runner, shop: str) -> None:
    text = cli("stubs", shop).out
    assert '    @property\n    def clerk(self) -> str:\n        """Who serves."""\n' in text
    assert "    @open.setter\n    def open(self, value: bool) -> None: ...\n" in text
    assert "@clerk.setter" not in text


def test_an_attribute_has_its_type_where_the_daemon_tells_it() -> None:
    text = rendered(attributes={"open": {"annotation": "bool", "writable": True}})
    assert "def open(self) -> bool: ..." in text
    assert "def open(self, value: bool) -> None: ..." in text


def test_for_asyncio_methods_are_awaited_and_streams_iterated(cli: Runner, shop: str) -> None:
    text = cli("stubs", shop, "--async").out
    assert "    async def list(self) -> _list[str]: ...\n" in text
    assert "    def smells(self) -> AsyncIterator[str]: ...\n" in text
    assert "    def clerk(self) -> Awaitable[str]:\n" in text
    assert '# writable: await proxy._pyro.set("open", value)\n' in text
    assert "setter" not in text


def test_a_stub_can_be_given_to_connect(cli: Runner, shop: str, tmp_path: Path) -> None:
    interface = loaded(cli("stubs", shop).out, tmp_path / "stub.py").Shop
    assert Protocol in interface.__mro__
    with pyrox.connect(shop, interface) as proxy:
        assert proxy.price("rye") == 1.0


def test_the_head_tells_the_command_the_uri_and_not_to_edit(cli: Runner, shop: str) -> None:
    head = cli("stubs", shop, "--name", "Bakery").out.partition("\n\n")[0]
    assert "Do not edit this file" in head
    assert f"#     pyrox stubs {shop} --name Bakery\n" in head
    assert f"# URI: {shop}" in head


def test_the_class_is_called_like_the_object(cli: Runner, shop: str) -> None:
    assert "class Daemon(Protocol):" in cli("stubs", shop.partition("@")[2]).out


def test_an_object_without_a_name_of_its_own_is_a_remote_object(cli: Runner) -> None:
    with pyrox.Daemon("localhost:0") as daemon:
        uri = daemon.register(Shop)
        daemon.start()
        assert "class RemoteObject(Protocol):" in cli("stubs", str(uri)).out


@pytest.mark.parametrize("name", ["class", "1st", "a b", "x:\n    import os", "", "ﬁne"])
def test_a_class_name_that_is_none_is_refused(cli: Runner, shop: str, name: str) -> None:
    result = cli("stubs", shop, "--name", name)
    assert result.code == 2
    assert "--name is what the class is called" in result.err


@pytest.mark.parametrize("name", ["Protocol", "Any", "list", "Iterator", "property", "_Any"])
def test_a_class_may_have_the_name_of_a_type(
    cli: Runner, shop: str, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "stub.py"
    assert hasattr(loaded(cli("stubs", shop, "--name", name).out, file), name)
    assert cli("diff", shop, str(file)).out == ""


def test_the_stub_goes_to_a_file(cli: Runner, shop: str, tmp_path: Path) -> None:
    file = tmp_path / "shop.py"
    assert cli("stubs", shop, "--output", str(file)).out == f"{file}\n"
    assert "class Shop(Protocol):" in file.read_text("utf-8")
    result = cli("stubs", shop, "-o", str(file), "--force", "--json")
    assert json.loads(result.out) == {"file": str(file), "class": "Shop"}


def test_a_file_that_is_there_is_written_over_by_force_alone(
    cli: Runner, shop: str, tmp_path: Path
) -> None:
    file = tmp_path / "shop.py"
    file.write_text("mine", "utf-8")
    result = cli("stubs", shop, "--output", str(file))
    assert result.code == 2
    assert "--force writes over it" in result.err
    assert file.read_text("utf-8") == "mine"
    assert cli("stubs", shop, "--output", str(file), "--force").code == 0
    assert file.read_text("utf-8") != "mine"


def test_an_object_that_is_not_there_leaves_no_file(cli: Runner, shop: str, tmp_path: Path) -> None:
    file = tmp_path / "shop.py"
    assert cli("stubs", shop.replace("example.shop", "no"), "--output", str(file)).code == 1
    assert not file.exists()


@pytest.mark.parametrize("is_async", [False, True])
def test_what_is_written_is_read_as_what_was_told(tmp_path: Path, is_async: bool) -> None:
    with pyrox.Daemon("localhost:0") as daemon:
        told = interface_of(pyrox.DaemonObject.describe(daemon_object(daemon), "example.shop"))
    file = tmp_path / "stub.py"
    file.write_text(render(told, "Shop", [], is_async), "utf-8")
    assert read(file) == told


def daemon_object(daemon: pyrox.Daemon) -> pyrox.DaemonObject:
    daemon.register(Shop, "example.shop")
    found = daemon.objects[pyrox.DAEMON_ID]
    assert isinstance(found, pyrox.DaemonObject)
    return found


def test_of_a_pyro5_daemon_the_names_are_told() -> None:
    text = rendered(methods={"echo": {"oneway": False}}, attributes={"verbose": {}})
    assert "    def echo(self, *args: Any, **kwargs: Any) -> Any: ...\n" in text + "\n"
    assert "def verbose(self) -> Any: ..." in text


def test_an_object_without_members_is_a_class_all_the_same() -> None:
    assert rendered().endswith("class Shop(Protocol):\n    ...")


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("(x: typing.Optional[int])", "(self, x: int | None) -> Any"),
        ("(x: Union[int, str, NoneType])", "(self, x: int | str | None) -> Any"),
        ("(x: List[typing.Dict[str, int]])", "(self, x: list[dict[str, int]]) -> Any"),
        (
            "(x: list, y: dict, z: tuple)",
            "list[Any], y: dict[Any, Any], z: tuple[Any, ...]) -> Any",
        ),
        ("(x: 'int') -> 'Missing'", "(self, x: int) -> Any"),
        ("(x: list[int, str])", "(self, x: Any) -> Any"),
        ("(x: shop.Box[int])", "(self, x: Any) -> Any"),
        ("(x: ~T) -> ~T", "(self, x: Any) -> Any"),
        ("(x: typing.Annotated[int, 3])", "(self, x: int) -> Any"),
        ("(x: collections.abc.Callable[[int], shop.Lot])", "x: Callable[[int], Any]) -> Any"),
        ("(x: int = <object object at 0x7f>)", "(self, x: int = ...) -> Any"),
        ("(f=<function S.<lambda> at 0x7f>, s='<b>')", "(self, f: Any = ..., s: Any = '<b>')"),
        ("(x: int = None)", "(self, x: int = ...) -> Any"),
        ("(x: float = 1, y: float = inf)", "(self, x: float = 1, y: float = ...) -> Any"),
        ("(a, /, b, *, c)", "(self, a: Any, /, b: Any, *, c: Any) -> Any"),
        ("(a, /)", "(self, a: Any, /) -> Any"),
        ("() -> pyrox.values.uri.URI", "(self) -> URI"),
        ("() -> Generator[int, NoneType, NoneType]", "(self) -> Iterator[int]"),
        ("(a, a)", "(self, *args: Any, **kwargs: Any) -> Any"),
        ("(...)", "(self, *args: Any, **kwargs: Any) -> Any"),
    ],
)
def test_a_signature_becomes_one_that_type_checkers_understand(told: str, shown: str) -> None:
    assert shown in rendered(methods={"do": {"signature": told}})


EVIL = [
    "(): ...\nimport os\ndef g()",
    "():\n  import os\n  def g()",
    "(x=__import__('os').system('ls'))",
    "(x: __import__('os').system('ls'))",
    "(x: 'a\\n    import os')",
    "() -> (yield)",
    "() -> 'x' # ",
    "(): pass #",
    "(x: shop.Lot = 1) -> '\x0c\r\nimport os'",
    "(\x00)",
    "[T: int](x: T)",
    "(self, *, __debug__=1)",
    "(" * 500,
    "(x: " + "|".join(["int"] * 2000) + ")",
    "(x: " + "list[" * 150 + "]" * 150 + ")",
    "(x: int)" + " " * 20_000,
    "(x='\ud800')",
]


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("told", [*EVIL, 3, None, ["(x)"]])
def test_a_signature_cannot_put_code_into_the_file(told: Any, is_async: bool) -> None:
    text = rendered(is_async, methods={"do": {"signature": told}})
    function = "AsyncFunctionDef" if is_async else "FunctionDef"
    imports = ["ImportFrom"] * text.count("\nfrom ")
    assert defined(text) == [*imports, "Assign", "ClassDef", function]
    code = [line.partition("#")[0] for line in text.splitlines()]
    assert not [line for line in code if "import os" in line or "__import__" in line]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "class",
            "a b",
            "x(self): ...\n    import os\n    def y",
            "",
            "1",
            "_private",
            "__class__",
        ),
        *("__init__", "__slots__", "ﬁne", "a\u202eb", "x" * 10_000 + "\n"),
    ],
)
def test_a_name_that_is_none_is_left_out_and_told(name: str) -> None:
    text = rendered(methods={name: {"signature": "()"}, "good": {}}, attributes={name: {}})
    assert defined(text).count("FunctionDef") == 1
    comment = next(line for line in text.splitlines() if "# Left out" in line)
    assert comment.isascii() and len(comment) < 1000


@pytest.mark.parametrize(
    "doc",
    [
        *(
            '"""\nimport os\n"""',
            '"',
            "\\",
            '\\"""',
            '""""',
            'x"\\',
            "\\N{DIGIT ONE} \\x",
            "a\r\nb",
        ),
        *("# mypy: ignore-errors", "a\n# mypy: ignore-errors\n  b", "\ud800\x00\u202e", "\\\n\\"),
    ],
)
def test_a_docstring_cannot_put_code_into_the_file(doc: str) -> None:
    text = rendered(doc=doc, methods={"do": {"doc": doc}}, attributes={"at": {"doc": doc}})
    assert [kind for kind in defined(text) if kind in ("Import", "Pass")] == []
    assert defined(text).count("Expr") == 1
    assert not [line for line in text.splitlines() if line.startswith("# mypy")]
    cls = ast.parse(text).body[-1]
    assert isinstance(cls, ast.ClassDef)
    expected = [line.rstrip() for line in doc.replace("\ud800", "?").strip().split("\n")]
    assert (ast.get_docstring(cls, clean=False) or "").strip().split("\n")[0] == expected[0]


@pytest.mark.parametrize("told", ["coding: utf-7", "\nimport os", "x\r\x0cimport os", "\u2028"])
def test_a_header_cannot_put_code_into_the_file(told: str) -> None:
    text = render(interface_of({"methods": {}, "attributes": {}}), "Shop", [told])
    assert defined(text) == ["ImportFrom", "ImportFrom", "Assign", "ClassDef", "Expr"]
    assert "coding" not in "".join(text.splitlines()[:2])


@pytest.mark.parametrize("is_async", [False, True])
def test_a_stub_is_right_to_mypy(
    cli: Runner, shop: str, tmp_path: Path, is_async: bool, echo_uri: str
) -> None:
    api: Any = pytest.importorskip("mypy.api")  # not in the environment of the tests by itself
    evil = {f"m{number}": {"signature": told} for number, told in enumerate(EVIL)}
    operators = {f"__{name}__": {"signature": "(x: int) -> int"} for name in OPERATORS}
    texts = {
        "shop": cli("stubs", shop, *["--async"] * is_async).out,
        "echo": cli("stubs", echo_uri, *["--async"] * is_async).out,
        "evil": rendered(is_async, methods=evil),
        "operators": rendered(is_async, methods=operators),
        "empty": rendered(is_async),
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
    files = [str(tmp_path / f"{name}.py") for name in texts]
    run: Callable[[list[str]], tuple[str, str, int]] = api.run
    said = run(["--strict", "--config-file=", "--no-incremental", *files])
    assert said[2] == 0, said[0]


OPERATORS = (
    "add radd iadd getitem setitem len iter aiter next call contains enter exit aenter aexit get "
    "set set_name getattr bool int index eq hash lt doc dict annotations class_getitem post_init"
).split()
