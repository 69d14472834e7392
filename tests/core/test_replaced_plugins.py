"""Plugins for some daemons and proxies alone: what is installed, with other parts in its place."""

import pytest

from pyrox import Plugins, SocketTransport
from tests.core.fakes import EntryPoint, FakeSerializer, Offering

JSON, SERPENT = FakeSerializer("json", 3, 40), FakeSerializer("serpent", 1, 50)


class FakeTransport(SocketTransport):
    scheme = "fake"


TRANSPORT, OTHER = FakeTransport(), FakeTransport()


@pytest.fixture
def plugins() -> Plugins:
    return Plugins(
        [
            EntryPoint("one", Offering(serializer=JSON, transport=TRANSPORT)),
            EntryPoint("two", Offering(serializer=SERPENT)),
        ]
    )


def test_a_transport_takes_the_place_of_another_under_its_scheme(plugins: Plugins) -> None:
    changed = plugins.replacing(transports={"fake": OTHER})
    assert changed.transport("fake") is OTHER
    assert plugins.transport("fake") is TRANSPORT


def test_a_transport_may_serve_a_scheme_that_is_not_its_own(plugins: Plugins) -> None:
    changed = plugins.replacing(transports={"tcp": OTHER})
    assert changed.transports == {"fake": TRANSPORT, "tcp": OTHER}
    assert "tcp" not in plugins.transports


def test_a_serializer_takes_the_place_of_the_one_with_its_name(plugins: Plugins) -> None:
    mine = FakeSerializer("json", 3, 90)
    changed = plugins.replacing(serializers=[mine])
    assert changed.serializer("json") is mine
    assert changed.serializers_by_id == {3: mine, 1: SERPENT}
    assert changed.ranked == [mine, SERPENT]
    assert plugins.ranked == [SERPENT, JSON]


def test_parts_may_be_replaced_again(plugins: Plugins) -> None:
    mine = FakeSerializer("json", 3, 90)
    changed = plugins.replacing(transports={"fake": OTHER}).replacing(serializers=[mine])
    assert changed.transport("fake") is OTHER
    assert changed.serializer("json") is mine


def test_everything_else_is_shared(plugins: Plugins) -> None:
    changed = plugins.replacing(transports={"fake": OTHER})
    assert changed.infos is plugins.infos
    assert changed.manager is plugins.manager


def test_what_is_registered_later_is_there_too(plugins: Plugins) -> None:
    changed = plugins.replacing(transports={"fake": OTHER})
    assert set(changed.serializers) == {"json", "serpent"}
    marshal = FakeSerializer("marshal", 2, 10)
    plugins.register(Offering(serializer=marshal))
    assert changed.serializer("marshal") is marshal
    changed.register(Offering(serializer=FakeSerializer("xml", 9, 1)))
    assert "xml" in plugins.serializers
