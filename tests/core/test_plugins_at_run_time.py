"""Plugins that a program registers itself, and what plugins do besides offering."""

import logging
from typing import Any

import pytest

import pyrox
import pyrox_json
from pyrox import Converters, PluginError, Plugins, SocketTransport, hookimpl
from tests.core.fakes import EntryPoint, FakeSerializer, Offering

JSON, SERPENT = FakeSerializer("json", 3, 40), FakeSerializer("serpent", 1, 50)


class FakeTransport(SocketTransport):
    scheme = "fake"


def test_a_plugin_may_be_registered_at_run_time() -> None:
    plugins = Plugins([EntryPoint("one", Offering(serializer=JSON))])
    assert plugins.ranked == [JSON]
    hooks = plugins.register(Offering(serializer=SERPENT, transport=FakeTransport()))
    assert set(hooks) == {"pyrox_register_serializer", "pyrox_register_transport"}
    assert plugins.ranked == [SERPENT, JSON]
    assert plugins.serializers_by_id == {3: JSON, 1: SERPENT}
    assert set(plugins.transports) == {"fake"}


def test_converters_of_a_plugin_are_registered_with_it() -> None:
    class Tea: ...

    class Teaches:
        @hookimpl
        def pyrox_register_converters(self, converters: Converters) -> None:
            converters.register(Tea, name="tea.Tea")

    try:
        Plugins([]).register(Teaches())
        assert pyrox.default_converters.to_plain(Tea()) == {"__class__": "tea.Tea"}
    finally:
        pyrox.unregister_class(Tea, name="tea.Tea")


def test_a_plugin_that_is_registered_again_stays() -> None:
    plugins, plugin = Plugins([]), Offering(serializer=JSON)
    plugins.register(plugin)
    with pytest.raises(ValueError, match="already registered"):
        plugins.register(plugin)
    plugins.register(Offering())
    assert plugins.serializers == {"json": JSON}


def test_two_collections_of_plugins_share_nothing() -> None:
    Plugins([]).register(Offering(serializer=JSON))
    assert Plugins([]).serializers == {}


def test_a_module_may_be_a_plugin() -> None:
    plugins = Plugins([])
    plugins.register(pyrox_json, "json")
    assert set(plugins.serializers) == {"json"}


# Around calls


def wrapper(letter: str | None, log: list[str]) -> Any:
    class Wrapper:
        @hookimpl
        def pyrox_wrap_invoke(self, invoke: Any) -> Any:
            if letter is None:
                return None
            return lambda *call: log.append(letter) or invoke(*call)  # type: ignore[func-returns-value]

    return Wrapper()


def test_wrappers_are_put_around_each_other() -> None:
    log: list[str] = []
    plugins = Plugins([])
    for letter in ("a", None, "b"):
        plugins.register(wrapper(letter, log))
    wrapped = plugins.wrap_invoke(lambda *call: call)
    assert wrapped(1, 2, 3, 4) == (1, 2, 3, 4)
    assert sorted(log) == ["a", "b"]


def test_without_wrappers_a_call_is_not_wrapped() -> None:
    def invoke(*call: Any) -> Any: ...

    assert Plugins([]).wrap_invoke(invoke) is invoke


class Wraps:
    """Puts ``wrapped`` around calls; an exception is raised instead."""

    def __init__(self, wrapped: Any) -> None:
        self.wrapped = wrapped

    @hookimpl
    def pyrox_wrap_invoke(self, invoke: Any) -> Any:
        if isinstance(self.wrapped, Exception):
            raise self.wrapped
        return self.wrapped


@pytest.mark.parametrize(
    ("wrapped", "why"), [(RuntimeError("no ink"), "no ink"), (5, "it returned 5, which cannot be")]
)
def test_no_daemon_goes_without_a_wrapper_that_fails(wrapped: Any, why: str) -> None:
    plugins = Plugins([EntryPoint("audit", Wraps(wrapped))])
    with pytest.raises(PluginError, match=f"'audit' failed in pyrox_wrap_invoke: {why}"):
        pyrox.Daemon(plugins=plugins)


def test_a_wrapper_that_counts_as_false_is_put_around_calls() -> None:
    class Empty(list[Any]):
        def __call__(self, *call: Any) -> str:
            return "wrapped"

    plugins = Plugins([EntryPoint("audit", Wraps(Empty()))])
    assert plugins.wrap_invoke(lambda *call: "bare")() == "wrapped"


def test_nothing_is_logged_where_nothing_is_broken(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        _ = Plugins([EntryPoint("one", Offering(serializer=JSON))]).serializers
    assert caplog.text == ""
