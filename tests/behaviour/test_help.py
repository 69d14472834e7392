"""``help(proxy)`` and ``help(proxy.method)`` show what the object says of itself."""

import inspect
import pydoc

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker


@pyrox.expose
class Oven:
    """Bakes."""

    def bake(self, what: str, *, minutes: int = 40) -> str:
        """Return what was baked.

        Takes its time.
        """
        return what

    @pyrox.oneway
    def off(self) -> None: ...

    @property
    def heat(self) -> int:
        """In degrees."""
        return 200


def test_help_of_a_proxy_shows_the_object(serve: ObjectServer) -> None:
    text = pydoc.plain(pydoc.render_doc(serve(Oven())))
    assert "Bakes." in text
    assert "bake(what: str, *, minutes: int = 40) -> str" in text
    assert "Takes its time." in text
    assert "off() -> None  [oneway]" in text
    assert "heat\n" in text and "In degrees." in text


def test_help_of_a_method_shows_signature_and_docstring(serve: ObjectServer) -> None:
    text = pydoc.plain(pydoc.render_doc(serve(Oven()).bake))
    assert "bake(what: str, *, minutes: int = 40) -> str" in text
    assert "Takes its time." in text
    assert "heat" not in text


def test_the_classes_keep_their_own_docstrings() -> None:
    assert (inspect.getdoc(pyrox.Proxy) or "").startswith("Stands for one remote object")
    assert (inspect.getdoc(pyrox.RemoteMethod) or "").startswith("A method of a remote object")


def test_where_nobody_answers_it_is_the_docstring_of_the_class(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon()
    proxy = make_proxy(daemon.register(Oven()))
    daemon.shutdown()
    assert inspect.getdoc(proxy) == inspect.getdoc(pyrox.Proxy)


def test_the_signature_is_told_as_text_whatever_its_defaults_are(serve: ObjectServer) -> None:
    @pyrox.expose
    class Odd:
        def take(self, what: object = print) -> None: ...

    assert "take(what: object = <built-in function print>)" in (serve(Odd()).take.__doc__ or "")


@pytest.mark.parametrize("name", ["bake", "off"])
def test_a_method_is_looked_up_once(serve: ObjectServer, name: str) -> None:
    proxy = serve(Oven())
    assert getattr(proxy, name) is getattr(proxy, name)
