"""Classes that travel: registered with a daemon, with a proxy, or for the whole process."""

import enum
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker

NAME = "shapes.Point"


class Point:
    def __init__(self, x: int, y: int) -> None:
        self.x, self.y = x, y

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point) and (self.x, self.y) == (other.x, other.y)

    __hash__ = None  # type: ignore[assignment]


class ShapeError(Exception):
    """An exception that both ends may know."""


class Shapes:
    def __init__(self) -> None:
        self.seen: list[Any] = []

    @pyrox.expose
    def mirror(self, point: Any) -> Any:
        self.seen.append(point)
        return Point(point.y, point.x)

    @pyrox.expose
    def nested(self, box: dict[str, Any]) -> dict[str, Any]:
        return {"points": [self.mirror(point) for point in box["points"]]}

    @pyrox.expose
    def fail(self, text: str) -> None:
        error = ShapeError(text, 7)
        error.detail = "bent"  # type: ignore[attr-defined]
        raise error

    @pyrox.expose
    def items(self) -> Iterator[Point]:
        yield Point(1, 2)


def knowing(*classes: type) -> pyrox.Converters:
    """Converters of one daemon or proxy, behind which are the process's."""
    converters = pyrox.Converters(parent=pyrox.default_converters)
    for cls in classes:
        converters.register(cls, name=NAME if cls is Point else None)
    return converters


@pytest.fixture
def shapes() -> Shapes:
    return Shapes()


@pytest.fixture
def proxy(make_daemon: DaemonMaker, make_proxy: ProxyMaker, shapes: Shapes) -> pyrox.Proxy:
    """A proxy and a daemon that both know Point."""
    uri = make_daemon(converters=knowing(Point)).register(shapes)
    return make_proxy(uri, converters=knowing(Point))


@pytest.mark.usefixtures("serializer")
def test_a_registered_class_travels_both_ways(proxy: pyrox.Proxy, shapes: Shapes) -> None:
    assert proxy.mirror(Point(1, 2)) == Point(2, 1)
    assert shapes.seen == [Point(1, 2)]


@pytest.mark.usefixtures("serializer")
def test_a_registered_class_travels_inside_of_containers(proxy: pyrox.Proxy) -> None:
    box = {"points": [Point(1, 2), Point(3, 4)]}
    assert proxy.nested(box) == {"points": [Point(2, 1), Point(4, 3)]}


@pytest.mark.usefixtures("serializer")
def test_a_registered_class_travels_in_a_batch_and_in_a_stream(proxy: pyrox.Proxy) -> None:
    batch = proxy._pyro.batch()
    batch.mirror(Point(1, 2))
    assert list(batch()) == [Point(2, 1)]
    assert list(proxy.items()) == [Point(1, 2)]


def test_what_one_daemon_knows_another_does_not(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, shapes: Shapes
) -> None:
    make_daemon(converters=knowing(Point))
    ignorant = make_proxy(make_daemon().register(shapes), converters=knowing(Point))
    with pytest.raises(pyrox.SerializeError, match=r"shapes\.Point"):
        ignorant.mirror(Point(1, 2))


def test_what_one_proxy_knows_another_does_not(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, shapes: Shapes
) -> None:
    uri = make_daemon(converters=knowing(Point)).register(shapes)
    assert list(make_proxy(uri, converters=knowing(Point)).items()) == [Point(1, 2)]
    with pytest.raises(pyrox.SerializeError, match=r"shapes\.Point") as caught:
        list(make_proxy(uri).items())
    assert caught.value.outcome is pyrox.Outcome.EXECUTED


def test_a_class_registered_for_the_process_is_known_everywhere(
    serve: ObjectServer, shapes: Shapes
) -> None:
    proxy = serve(shapes)
    pyrox.register_class(Point)
    try:
        assert proxy.mirror(Point(1, 2)) == Point(2, 1)
    finally:
        pyrox.unregister_class(Point)
    with pytest.raises(pyrox.SerializeError, match="Point"):
        proxy.mirror(Point(1, 2))


def test_the_two_directions_can_be_registered_apart(serve: ObjectServer, shapes: Shapes) -> None:
    proxy = serve(shapes)
    pyrox.register_class_to_dict(Point, lambda p: {"__class__": NAME, "at": [p.x, p.y]})
    pyrox.register_dict_to_class(NAME, lambda name, values: Point(*values["at"]))
    try:
        assert proxy.mirror(Point(1, 2)) == Point(2, 1)
    finally:
        pyrox.unregister_class_to_dict(Point)
        pyrox.unregister_dict_to_class(NAME)


@pytest.mark.usefixtures("serializer")
def test_a_registered_exception_arrives_as_its_class(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, shapes: Shapes
) -> None:
    def to_dict(error: ShapeError) -> dict[str, Any]:
        return {"args": list(error.args), "detail": error.detail}  # type: ignore[attr-defined]

    def from_dict(values: dict[str, Any]) -> ShapeError:
        error = ShapeError(*values["args"])
        error.detail = values["detail"]  # type: ignore[attr-defined]
        return error

    both = pyrox.Converters(parent=pyrox.default_converters)
    both.register(ShapeError, to_dict, from_dict)
    uri = make_daemon(converters=both).register(shapes)
    proxy = make_proxy(uri, converters=both)
    with pytest.raises(ShapeError) as caught:
        proxy.fail("crooked")
    assert caught.value.args == ("crooked", 7)
    assert caught.value.detail == "bent"  # type: ignore[attr-defined]
    assert "in fail" in (pyrox.remote_traceback(caught.value) or "")
    batch = proxy._pyro.batch()
    batch.fail("crooked")
    with pytest.raises(ShapeError, match="crooked"):
        list(batch())


@pytest.mark.usefixtures("serializer")
def test_an_exception_class_only_has_to_be_known_where_it_arrives(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, shapes: Shapes
) -> None:
    uri = make_daemon().register(shapes)
    proxy = make_proxy(uri, converters=knowing(ShapeError))
    with pytest.raises(ShapeError) as caught:
        proxy.fail("crooked")
    assert caught.value.args == ("crooked", 7)
    assert caught.value.detail == "bent"  # type: ignore[attr-defined]
    assert "in fail" in (pyrox.remote_traceback(caught.value) or "")
    with pytest.raises(pyrox.RemoteError, match=r"ShapeError: \('crooked', 7\)"):
        make_proxy(uri).fail("crooked")


def test_an_exception_class_may_travel_under_another_name(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, shapes: Shapes
) -> None:
    named = pyrox.Converters(parent=pyrox.default_converters)
    named.register(ShapeError, name="shapes.Error")
    proxy = make_proxy(make_daemon(converters=named).register(shapes), converters=named)
    with pytest.raises(ShapeError) as caught:
        proxy.fail("crooked")
    assert caught.value.args == ("crooked", 7)
    assert "in fail" in (pyrox.remote_traceback(caught.value) or "")


@pytest.mark.parametrize("direction", ["there", "back"])
@pytest.mark.parametrize("failure", [ValueError("cannot convert"), SystemExit("no")])
def test_a_converter_that_fails_is_an_error_for_its_caller_alone(
    make_daemon: DaemonMaker,
    make_proxy: ProxyMaker,
    shapes: Shapes,
    direction: str,
    failure: BaseException,
) -> None:
    def fail(*_: Any) -> Any:
        raise failure

    bad = knowing(Point)
    if direction == "there":
        bad.register_dict_to_class(NAME, fail)
    else:
        bad.register_class_to_dict(Point, fail)
    uri = make_daemon(converters=bad).register(shapes)
    proxy = make_proxy(uri, converters=knowing(Point))
    with pytest.raises(pyrox.PyroxError):
        proxy.mirror(Point(1, 2))
    with pytest.raises(pyrox.RemoteError):
        proxy.fail("still served")
    with pytest.raises(pyrox.RemoteError):
        make_proxy(uri).fail("others too")


def test_a_converter_for_an_exception_that_fails_still_leaves_the_caller_an_answer(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, shapes: Shapes
) -> None:
    bad = pyrox.Converters(parent=pyrox.default_converters)
    bad.register(ShapeError, lambda error: {"args": error.no_such_attribute})
    proxy = make_proxy(make_daemon(converters=bad).register(shapes), converters=bad)
    with pytest.raises(pyrox.PyroxError, match="crooked"):
        proxy.fail("crooked")
    with pytest.raises(pyrox.PyroxError, match="crooked"):
        proxy.fail("crooked")


class Shade(enum.Enum):
    DARK = "dark"


class Depth(enum.IntEnum):
    LOW, HIGH = 1, 2


class Pixel(Point):
    pass


def member_of(kind: type[enum.Enum], values: dict[str, Any]) -> enum.Enum:
    return kind[values["name"]]


@pytest.fixture
def named() -> Iterator[None]:
    """Enums that both ends know, which a format may have its own treatment for."""
    for kind in (Shade, Depth):
        pyrox.register_class(
            kind,
            name=f"shapes.{kind.__name__}",
            to_dict=lambda member: {"name": member.name},
            from_dict=partial(member_of, kind),
        )
    yield
    for kind in (Shade, Depth):
        pyrox.unregister_class(kind, name=f"shapes.{kind.__name__}")


@pyrox.expose
class Mirror:
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def echo(self, value: Any) -> Any:
        self.seen.append(value)
        return value


@pytest.mark.parametrize("member", [Shade.DARK, Depth.HIGH])
def test_a_registered_enum_wins_over_what_the_format_makes_of_it(
    serve: ObjectServer, serializer: str, named: None, member: Any
) -> None:
    mirror = Mirror()
    answer = serve(mirror, serializer=serializer).echo([member, {"key": member}])
    assert answer == [member, {"key": member}] == mirror.seen[0]
    assert type(answer[0]) is type(answer[1]["key"]) is type(mirror.seen[0][0]) is type(member)


@pytest.mark.parametrize("member", [Shade.DARK, Depth.HIGH])
@pytest.mark.parametrize(
    "wrapped",
    [lambda m: {m: 1}, lambda m: {(m, 2): 1}, lambda m: {None: m}, lambda m: {(1, "a"): m}],
    ids=["key", "in a tuple key", "None as key", "tuple as key"],
)
def test_between_pyrox_peers_it_may_be_a_key(
    serve: ObjectServer, named: None, member: Any, wrapped: Any
) -> None:
    mirror = Mirror()
    value = wrapped(member)
    assert serve(mirror).echo(value) == value == mirror.seen[0]
    assert repr(mirror.seen[0]) == repr(value)


def test_between_pyrox_peers_it_may_be_a_member_of_a_set(serve: ObjectServer, named: None) -> None:
    mirror = Mirror()
    assert set(serve(mirror).echo({Shade.DARK, Depth.LOW})) == {Shade.DARK, Depth.LOW}
    assert {type(member) for member in mirror.seen[0]} == {Shade, Depth}


@pytest.mark.parametrize("order", [[Point, Pixel], [Pixel, Point]], ids=["base first", "last"])
def test_the_most_specific_class_counts_whatever_the_order(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, serializer: str, order: list[type]
) -> None:
    daemon = make_daemon()
    mirror = Mirror()
    proxy = make_proxy(daemon.register(mirror), serializer=serializer)
    for kind in order:
        for side in (daemon, proxy._pyro):
            side.register_class(kind, name=f"shapes.{kind.__name__}")
    assert type(proxy.echo(Pixel(1, 2))) is Pixel
    assert type(mirror.seen[0]) is Pixel


def test_what_one_daemon_or_proxy_knows_is_no_other_ones_business(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    knowing, ignorant = make_daemon(), make_daemon()
    knowing.register_class(Point, name=NAME)
    proxies = [make_proxy(daemon.register(Mirror())) for daemon in (knowing, ignorant)]
    for proxy in proxies:
        assert proxy.echo(1) == 1  # connected before it learns of the class
        proxy._pyro.register_class(Point, name=NAME)
    assert proxies[0].echo(Point(1, 2)) == Point(1, 2)
    with pytest.raises(pyrox.SerializeError, match=NAME):
        proxies[1].echo(Point(1, 2))
    with pytest.raises(pyrox.SerializeError, match=NAME):
        make_proxy(proxies[0]._pyro.uri).echo({"__class__": NAME, "x": 1, "y": 2})
    knowing.unregister_class(Point, name=NAME)
    with pytest.raises(pyrox.SerializeError, match=NAME):
        proxies[0].echo(Point(1, 2))
