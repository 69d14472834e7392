"""A proxy as a value: shown, compared, hashed, listed, copied and pickled."""

import copy
import pickle

import pytest

import pyrox
from tests.behaviour.conftest import ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator


def test_making_a_proxy_does_not_connect(make_proxy: ProxyMaker) -> None:
    proxy = make_proxy("PYRO:nobody@localhost:1")
    assert not proxy._pyro.connected


def test_repr_shows_the_uri_and_whether_it_is_connected(serve: ObjectServer) -> None:
    proxy = serve(Calculator(), "calc")
    assert repr(proxy) == f"<Proxy for {proxy._pyro.uri}; not connected>"
    proxy.add(1)
    assert "PYRO:calc@localhost:" in repr(proxy)
    assert "; connected to " in repr(proxy)


def test_proxies_for_one_uri_are_equal_and_have_one_hash(serve: ObjectServer) -> None:
    proxy = serve(Calculator())
    twin = pyrox.Proxy(proxy._pyro.uri)
    other = pyrox.Proxy("PYRO:other@localhost:1")
    assert proxy == twin
    assert hash(proxy) == hash(twin)
    assert proxy != other
    assert {proxy, twin, other} == {proxy, other}
    assert not proxy._pyro.connected


def test_a_proxy_is_not_equal_to_anything_else(serve: ObjectServer) -> None:
    proxy = serve(Calculator())
    assert proxy != str(proxy._pyro.uri)
    assert proxy != 1


def test_a_proxy_for_a_search_by_tags_can_be_hashed(make_proxy: ProxyMaker) -> None:
    assert hash(make_proxy("PYROMETA:a,b")) == hash(make_proxy("PYROMETA:b,a"))


def test_dir_lists_the_remote_members(serve: ObjectServer) -> None:
    assert {"add", "echo", "size", "_pyro"} <= set(dir(serve(Calculator())))


def test_dir_of_an_unreachable_object_still_answers(make_proxy: ProxyMaker) -> None:
    assert "_pyro" in dir(make_proxy("PYRO:nobody@localhost:1"))


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_a_copy_is_a_proxy_of_its_own_with_the_same_settings(
    serve: ObjectServer, duplicate: type
) -> None:
    proxy = serve(Calculator(), timeout=7.5, serializer="json")
    proxy._pyro.max_retries = 3
    proxy.add(1)
    twin = duplicate(proxy)
    assert twin == proxy
    assert not twin._pyro.connected
    assert (twin._pyro.timeout, twin._pyro.serializer, twin._pyro.max_retries) == (7.5, "json", 3)
    with twin:
        assert twin.add(2, 3) == 5
    assert proxy._pyro.connected


def test_a_pickled_proxy_comes_back_unconnected_and_works(serve: ObjectServer) -> None:
    proxy = serve(Calculator(), timeout=7.5, serializer="json")
    proxy.add(1)
    twin = pickle.loads(pickle.dumps(proxy))
    assert twin == proxy
    assert not twin._pyro.connected
    assert (twin._pyro.timeout, twin._pyro.serializer) == (7.5, "json")
    with twin:
        assert twin.add(2, 3) == 5


def test_copying_and_pickling_never_connect(make_proxy: ProxyMaker) -> None:
    proxy = make_proxy("PYRO:nobody@localhost:1")
    for twin in (copy.copy(proxy), copy.deepcopy(proxy), pickle.loads(pickle.dumps(proxy))):
        assert twin == proxy


def test_a_daemon_cannot_be_pickled(daemon: pyrox.Daemon) -> None:
    with pytest.raises(pyrox.SecurityError, match="uri_for"):
        pickle.dumps(daemon)


def test_connect_gives_a_proxy_that_is_connected(serve: ObjectServer) -> None:
    uri = serve(Calculator())._pyro.uri
    calculator = pyrox.connect(uri, Calculator)
    assert isinstance(calculator, pyrox.Proxy)
    assert calculator._pyro.connected
    assert calculator.add(2, 3) == 5
    calculator._pyro.release()


def test_connect_says_so_when_nobody_is_there() -> None:
    with pytest.raises(pyrox.ConnectError, match="nothing listens there"):
        pyrox.connect("PYRO:nobody@localhost:1")


def test_connect_takes_a_class_as_the_interface() -> None:
    with pytest.raises(pyrox.UsageError, match="interface is a class"):
        pyrox.connect("PYRO:nobody@localhost:1", "Calculator")  # type: ignore[call-overload]


def test_a_subclass_of_proxy_keeps_its_own_methods_and_attributes(
    daemon: pyrox.Daemon,
) -> None:
    class Patient(pyrox.Proxy):
        def add_twice(self, value: int) -> int:
            self._count = getattr(self, "_count", 0) + 1
            return int(self.add(value, value))

    uri = daemon.register(Calculator())
    with Patient(uri) as proxy:
        assert proxy.add_twice(4) == 8
        assert proxy.add_twice(5) == 10
        assert proxy._count == 2
