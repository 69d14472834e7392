"""Serializers: what travels as what, and classes of the program's own. Reference 1.18, 5."""

import array
import collections
import datetime
import decimal
import enum
import fractions
import math
import pathlib
import sqlite3
import struct
import types
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import Pyro5.errors
import Pyro5.serializers
import pytest

from pyrox_pyro5 import errors, serializers
from pyrox_pyro5.api import (
    URI,
    Daemon,
    Proxy,
    SerializerBase,
    config,
    expose,
    register_class_to_dict,
    register_dict_to_class,
    unregister_class_to_dict,
    unregister_dict_to_class,
)
from tests.named import by_value

Connect = Callable[..., Proxy]
NAMES = ["serpent", "json", "marshal", "msgpack"]


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Plain:
    def __init__(self) -> None:
        self.x = 1


class Slotted:
    __slots__ = ("x",)

    def __init__(self) -> None:
        self.x = 1


class Words(str):
    __slots__ = ()


class Number(int):
    pass


class Pieces(list[Any]):
    pass


class OwnError(Exception):
    pass


Point = collections.namedtuple("Point", "x y")
UTC = datetime.timezone.utc
DAY = datetime.datetime(2024, 2, 29, 12, 30, 15, 250000)

VALUES: list[Any] = [
    None, True, False, 0, -1, 2**63, 2**64, 2**200, -(2**70),
    0.0, -1.5, 1e300, math.inf, -math.inf, 1 + 2j,
    "", "text", "\0", "žluťoučký €😀", "it's \"quoted\" \\ \n",
    b"", b"bytes", bytearray(b"array"), memoryview(b"view"),
    [], [1, [2, [3]]], (), (1,), (1, (2, ())), {1, 2}, frozenset({1}),
    {}, {"a": {"b": [1]}}, {1: 2}, {1.5: 2}, {True: 2}, {(1, 2): 3},
    DAY, DAY.replace(tzinfo=UTC), DAY.date(), DAY.time(), datetime.timedelta(days=1.5),
    decimal.Decimal("1.50"), uuid.UUID(int=7),
    array.array("i", [1, 2]), array.array("d", [1.5]),
    Colour.RED, Level.LOW, Point(1, 2), Words("w"), Number(5), Pieces([1]),
    collections.OrderedDict(a=1), collections.defaultdict(int, a=1), collections.Counter("aab"),
    collections.deque([1, 2]), {"a": 1}.keys(), {"a": 1}.values(),
    range(3), Ellipsis, slice(1), types, int, len,
    ValueError("bad", 1), KeyError("key"), OSError(2, "no file"), struct.error("s"),
    sqlite3.OperationalError("o"), StopIteration(5),
]  # fmt: skip

OURS = {
    ("json", "frozenset"): "list [1]",
    ("msgpack", "frozenset"): "list [1]",
    ("marshal", "memoryview"): "bytes b'view'",
}
"""How some values arrive that travel with no serializer of Pyro5's in that form."""


def there_and_back(made: Any, value: Any) -> tuple[bool, Any]:
    """Return whether a value travels, and what it arrives as."""
    try:
        arrived = made.loads(made.dumps(value))
    except Exception as error:
        return False, error
    return True, arrived


def shown(value: Any) -> str:
    if isinstance(value, BaseException):
        attributes = {key: vars(value)[key] for key in vars(value) if not key.startswith("_")}
        return f"{type(value).__name__}{value.args}{attributes}"
    return f"{type(value).__name__} {value!r}"


@pytest.mark.parametrize("value", VALUES, ids=by_value)
@pytest.mark.parametrize("name", NAMES)
def test_a_value_travels_as_it_does_with_pyro5(name: str, value: Any) -> None:
    # More values travel here than with Pyro5: as they do with another of its serializers.
    theirs = {n: there_and_back(Pyro5.serializers.serializers[n], value) for n in NAMES}
    travels, arrived = there_and_back(serializers.serializers[name], value)
    if theirs[name][0]:
        assert travels, arrived
        assert shown(arrived) == shown(theirs[name][1])
    elif travels:
        others = {shown(other) for travelled, other in theirs.values() if travelled}
        assert shown(arrived) in others | {OURS.get((name, type(value).__name__))}


@pytest.mark.parametrize(
    "value", [Plain(), Slotted(), fractions.Fraction(1, 3), pathlib.Path("a")],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
@pytest.mark.parametrize("name", NAMES)
def test_an_instance_of_an_unknown_class_is_refused(name: str, value: Any) -> None:
    for made in (Pyro5.serializers.serializers[name], serializers.serializers[name]):
        travels, error = there_and_back(made, value)
        assert not travels
        assert isinstance(error, ValueError | TypeError | errors.PyroError | Pyro5.errors.PyroError)


@pytest.mark.parametrize("name", NAMES)
def test_what_pyro5_wrote_is_read_and_the_other_way_round(name: str) -> None:
    value = {"text": "t", "list": [1, 2.5, None, True], "deep": {"er": [{}]}}
    theirs, ours = Pyro5.serializers.serializers[name], serializers.serializers[name]
    assert ours.loads(theirs.dumps(value)) == theirs.loads(ours.dumps(value)) == value
    call = ("object", "method", (1, "two"), {"three": 3})
    for one, other in ((ours, theirs), (theirs, ours)):
        target, method, args, kwargs = other.loadsCall(one.dumpsCall(*call))
        assert (target, method, list(args), kwargs) == (
            "object",
            "method",
            [1, "two"],
            {"three": 3},
        )


@pytest.mark.parametrize("name", ["serpent", "json", "msgpack"])
def test_bytes_are_the_same_as_pyro5s(name: str) -> None:
    value = {"a": [1, 2.5, "x", None, True], "b": {"c": {}}}
    theirs, ours = Pyro5.serializers.serializers[name], serializers.serializers[name]
    assert ours.dumps(value) == theirs.dumps(value)
    call = ("object", "method", (1, "two"), {"three": 3})
    assert ours.dumpsCall(*call) == theirs.dumpsCall(*call)


def test_marshal_sends_attribute_access_and_batches() -> None:
    # Reference 9.3-1: Pyro5's cannot.
    made = serializers.serializers["marshal"]
    assert made.loadsCall(made.dumpsCall("o", "__getattr__", ("a",), None))[3] is None


def test_the_serializers_are_known_by_name_and_id() -> None:
    assert {made.serializer_id: name for name, made in serializers.serializers.items()} == {
        1: "serpent", 2: "marshal", 3: "json", 4: "msgpack",
    }  # fmt: skip
    assert serializers.serializers_by_id[3] is serializers.serializers["json"]


# Pyro's own objects


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "uri", ["PYRO:o@h:1", "PYRO:o@./u:path", "PYRONAME:n@h:2", "PYROMETA:a,b", "PYRO:o@[::1]:5"]
)
def test_a_uri_arrives_as_a_uri(name: str, uri: str) -> None:
    made = serializers.serializers[name]
    arrived = made.loads(made.dumps(URI(uri)))
    assert arrived == URI(uri)
    assert type(arrived) is URI


@pytest.mark.parametrize("name", NAMES)
def test_a_proxy_arrives_as_a_proxy_without_its_secrets(name: str) -> None:
    # Reference 9.2-4: Pyro5 sent the handshake data along.
    proxy = Proxy("PYRO:o@h:1")
    proxy._pyroMethods, proxy._pyroOneway, proxy._pyroAttrs = {"m", "n"}, {"n"}, {"a"}
    proxy._pyroHandshake, proxy._pyroSerializer = "secret", "json"
    made = serializers.serializers[name]
    data = made.dumps(proxy)
    assert b"secret" not in data
    arrived = made.loads(data)
    assert type(arrived) is Proxy
    assert arrived == proxy
    assert (arrived._pyroMethods, arrived._pyroOneway) == ({"m", "n"}, {"n"})
    assert (arrived._pyroAttrs, arrived._pyroSerializer) == ({"a"}, "json")
    assert arrived._pyroHandshake == "hello"


@pytest.mark.parametrize("name", NAMES)
def test_a_daemon_arrives_as_an_empty_shell(name: str) -> None:
    made = serializers.serializers[name]
    with Daemon() as daemon:
        arrived = made.loads(made.dumps(daemon))
    assert isinstance(arrived, Daemon)
    assert "unusable" in repr(arrived)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "error", [errors.NamingError("n"), errors.PyroError("p"), errors.TimeoutError("t")]
)
def test_an_error_of_pyro_arrives_as_itself(name: str, error: errors.PyroError) -> None:
    made = serializers.serializers[name]
    arrived = made.loads(made.dumps(error))
    assert type(arrived) is type(error)
    assert arrived.args == error.args


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("no.such.Class", errors.SerializeError),
        ("has__underscores.Class", errors.SecurityError),
        ("builtins.eval", errors.PyroError),
        ("os.system", errors.SerializeError),
        ("Pyro5.errors.format_traceback", errors.PyroError),
    ],
)
def test_nothing_is_made_of_a_class_that_is_not_known(name: str, problem: type[Exception]) -> None:
    with pytest.raises(problem):
        SerializerBase.dict_to_class({"__class__": name, "__exception__": True, "args": ["x"]})


# Classes of the program's own


@pytest.fixture
def hooks() -> Iterator[None]:
    register_class_to_dict(Plain, lambda plain: {"__class__": "my.Plain", "x": plain.x})
    register_dict_to_class("my.Plain", lambda name, values: (name, values["x"]))
    yield
    unregister_class_to_dict(Plain)
    unregister_dict_to_class("my.Plain")


@pytest.mark.usefixtures("hooks")
@pytest.mark.parametrize("name", NAMES)
def test_hooks_count_for_all_serializers(name: str) -> None:
    made = serializers.serializers[name]
    assert made.loads(made.dumps(Plain())) == ("my.Plain", 1)


@pytest.mark.usefixtures("hooks")
def test_a_subclass_travels_as_its_base() -> None:
    class More(Plain):
        pass

    assert SerializerBase.class_to_dict(More()) == {"__class__": "my.Plain", "x": 1}


def test_hooks_can_be_taken_back(hooks: None) -> None:
    unregister_class_to_dict(Plain)
    unregister_class_to_dict(Plain)
    unregister_dict_to_class("my.Plain")
    unregister_dict_to_class("never.known")
    made = serializers.serializers["serpent"]
    with pytest.raises(errors.PyroError):
        made.loads(made.dumps(Plain()))


def test_hooks_come_before_every_rule() -> None:
    register_dict_to_class("has__underscores", lambda name, values: "allowed")
    try:
        assert SerializerBase.dict_to_class({"__class__": "has__underscores"}) == "allowed"
    finally:
        unregister_dict_to_class("has__underscores")


@expose
class Echo:
    def echo(self, value: Any) -> Any:
        return value

    def kind(self, value: Any) -> str:
        return type(value).__name__

    def fail(self) -> None:
        raise OwnError("own text")

    def unwritable(self) -> Any:
        return Plain()


@pytest.mark.usefixtures("hooks")
def test_a_class_of_the_program_travels_in_a_call(connect: Connect, serializer: str) -> None:
    assert list(connect(Echo()).echo(Plain())) in (["my.Plain", 1], ["my.Plain", 1])


def test_arguments_that_cannot_travel_are_not_sent(connect: Connect, serializer: str) -> None:
    proxy = connect(Echo())
    proxy._pyroBind()
    with pytest.raises((errors.SerializeError, TypeError, ValueError)):
        proxy.echo(len)
    assert proxy.echo("next") == "next"


def test_an_exception_of_an_unknown_class_keeps_its_text_and_traceback(
    connect: Connect, serializer: str
) -> None:
    # Reference 5.2: with Pyro5 both were lost.
    with pytest.raises(errors.PyroError) as caught:
        connect(Echo()).fail()
    assert "OwnError" in str(caught.value)
    assert "own text" in str(caught.value)
    assert "in fail" in "".join(caught.value._pyroTraceback)


def test_a_result_that_cannot_be_read_is_an_error_for_the_caller(
    connect: Connect, serializer: str
) -> None:
    proxy = connect(Echo())
    with pytest.raises(errors.SerializeError, match="unsupported serialized class"):
        proxy.unwritable()
    assert proxy.echo("next") == "next"


def test_bytes_can_be_sent_as_literals() -> None:
    config.SERPENT_BYTES_REPR = True
    made = serializers.serializers["serpent"]
    assert made.loads(made.dumps(b"literal")) == b"literal"
