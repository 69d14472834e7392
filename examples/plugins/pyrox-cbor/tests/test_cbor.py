"""The serializer does all that pyrox asks of one, and keeps what CBOR has a form for."""

import datetime
import decimal
import fractions
import uuid

import cbor2
import pytest

import pyrox
from pyrox_cbor import CborSerializer
from pyrox_testkit import SerializerSuite


class TestCbor(SerializerSuite):
    keeps = (int, float, dict, bytes, complex, set, decimal.Decimal, uuid.UUID, datetime.date)

    @pytest.fixture
    def serializer(self) -> pyrox.Serializer:
        return CborSerializer()


def test_fractions_arrive_as_they_were_sent() -> None:
    serializer, converters = CborSerializer(), pyrox.Converters()
    third = [fractions.Fraction(1, 3)]
    assert serializer.loads(serializer.dumps(third, converters), converters) == third


@pytest.mark.parametrize(
    "data",
    [
        bytes.fromhex("d81c81d81d00"),  # a list that holds itself
        cbor2.dumps(cbor2.CBORTag(35, "(a+)+b")),  # a regular expression
        bytes.fromhex("c5821b7fffffffffffffff01"),  # two to the power of very much
    ],
    ids=["a cycle", "a regular expression", "a power"],
)
def test_tags_that_could_do_harm_are_refused(data: bytes) -> None:
    with pytest.raises(cbor2.CBORDecodeError):
        CborSerializer().loads(data, pyrox.Converters())
