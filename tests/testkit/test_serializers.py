"""The serializers that come with pyrox do what the suite asks of every one."""

import datetime

import pytest

from pyrox import SecurityError, SerializeError, Serializer
from pyrox_json import JsonSerializer
from pyrox_marshal import MarshalSerializer
from pyrox_msgpack import MsgpackSerializer
from pyrox_serpent import SerpentSerializer
from pyrox_testkit import SerializerSuite


class Ours(SerializerSuite):
    """They do more than they have to: they go deeper, and say what is wrong."""

    depth = 199
    refusals = (SerializeError, SecurityError)


class TestSerpent(Ours):
    keeps = (int, float, str, tuple, complex, dict)

    @pytest.fixture
    def serializer(self) -> Serializer:
        return SerpentSerializer()


class TestJson(Ours):
    keeps = (int, float, str)

    @pytest.fixture
    def serializer(self) -> Serializer:
        return JsonSerializer()


class TestMarshal(Ours):
    keeps = (int, float, str, bytes, tuple, set, frozenset, complex, dict)

    @pytest.fixture
    def serializer(self) -> Serializer:
        return MarshalSerializer()


class TestMsgpack(Ours):
    keeps = (int, float, str, bytes, complex, dict, datetime.date)

    @pytest.fixture
    def serializer(self) -> Serializer:
        return MsgpackSerializer()
