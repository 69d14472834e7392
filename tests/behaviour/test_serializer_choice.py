"""Which serializer a call travels with."""

from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator

IDS = {"serpent": 1, "marshal": 2, "json": 3, "msgpack": 4}


class Spy:
    """Tells with which serializer it was called."""

    @pyrox.expose
    def used(self, *_: Any) -> int:
        return int(pyrox.current_context.call.request.serializer_id)


def without(*names: str) -> pyrox.Plugins:
    """The plugins of a program in which some serializers are not installed."""
    from importlib.metadata import entry_points

    return pyrox.Plugins(e for e in entry_points(group="pyrox") if e.name not in names)


@pytest.mark.parametrize("name", IDS)
def test_a_proxy_calls_with_the_serializer_it_is_told_to(serve: ObjectServer, name: str) -> None:
    assert serve(Spy(), serializer=name).used() == IDS[name]


def test_two_pyrox_peers_choose_msgpack(serve: ObjectServer) -> None:
    assert serve(Spy()).used() == IDS["msgpack"]


def test_the_configured_serializer_is_used_where_none_is_given(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker
) -> None:
    config = pyrox.Config(serializer="json")
    assert make_proxy(daemon.register(Spy()), config=config, serializer=None).used() == IDS["json"]


def test_the_serializer_can_be_changed_between_calls(serve: ObjectServer) -> None:
    proxy = serve(Spy())
    used = []
    for name in ["serpent", "json", "marshal", "msgpack", "auto", None]:
        proxy._pyro.serializer = name
        used.append(proxy.used())
    assert used == [1, 3, 2, 4, 4, 4]
    assert proxy._pyro.serializer == "auto"


def test_a_daemon_answers_in_the_serializer_of_each_call(serve: ObjectServer) -> None:
    proxy = serve(Calculator(), serializer="json")
    assert proxy.echo((1, 2)) == [1, 2]  # JSON knows no tuples
    proxy._pyro.serializer = "marshal"
    assert proxy.echo((1, 2)) == (1, 2)


def test_an_unknown_serializer_is_refused_with_what_is_installed(serve: ObjectServer) -> None:
    proxy = serve(Spy())
    with pytest.raises(pyrox.PluginError, match=r"no serializer 'pickle' here \(installed: json,"):
        proxy._pyro.serializer = "pickle"
    assert proxy.used() == IDS["msgpack"]
    with pytest.raises(pyrox.PluginError, match="'pickle'"):
        serve(Spy(), serializer="pickle").used()


def test_what_only_one_side_has_is_not_chosen(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon(plugins=without("msgpack"))
    assert make_proxy(daemon.register(Spy())).used() == IDS["serpent"]


def test_a_daemon_may_accept_some_serializers_only(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon(serializers=("json", "serpent"))
    uri = daemon.register(Spy())
    assert make_proxy(uri).used() in (IDS["json"], IDS["serpent"])
    assert make_proxy(uri, serializer="json").used() == IDS["json"]
    with pytest.raises(pyrox.ConnectError, match=r"serializer id 2 .*3 json, 1 serpent"):
        make_proxy(uri, serializer="marshal").used()


def test_a_daemon_cannot_accept_a_serializer_that_is_not_installed(
    make_daemon: DaemonMaker,
) -> None:
    with pytest.raises(pyrox.PluginError, match="pip install pyrox-msgpack"):
        make_daemon(plugins=without("msgpack"), serializers=("msgpack",))


@pytest.mark.usefixtures("serializer")
@pytest.mark.parametrize("side", ["both", "caller", "daemon"])
def test_compression_is_each_sides_own_choice(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, side: str
) -> None:
    daemon = make_daemon(compression=side != "caller")
    config = pyrox.Config(compression=side != "daemon")
    proxy = make_proxy(daemon.register(Calculator()), config=config)
    for text in ("short", "long " * 20_000):
        assert proxy.echo(text) == text


@pytest.mark.parametrize("value", [b"bytes", b"", b"\0\xff" * 500])
def test_bytes_stay_bytes_by_default(serve: ObjectServer, value: bytes) -> None:
    assert serve(Calculator()).echo(value) == value
