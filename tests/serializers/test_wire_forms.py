"""The bytes of Pyro 5: what it sends is read, and what is sent is what it would send."""

import datetime

import pytest

from pyrox import remote_traceback

HEADER = b"# serpent utf-8 python3.2\n"

CALLS = {
    "serpent": HEADER + b"('calc','add',(5,),{'b':7})",
    "json": b'{"object": "calc", "method": "add", "params": [5], "kwargs": {"b": 7}}',
    "marshal": bytes.fromhex("2904fa0463616c63da03616464db01000000e905000000fbda0162e90700000030"),
    "msgpack": bytes.fromhex("94a463616c63a3616464910581a16207"),
}
RESULTS = {
    "serpent": HEADER + b"12",
    "json": b"12",
    "marshal": bytes.fromhex("e90c000000"),
    "msgpack": b"\x0c",
}
ATTRIBUTES = {
    "serpent": HEADER + b"('calc','__setattr__',('attr',9),None)",
    "json": b'{"object": "calc", "method": "__setattr__", "params": ["attr", 9], "kwargs": null}',
    "msgpack": b"\x94\xa4calc\xab__setattr__\x92\xa4attr\x09\xc0",
}
BATCHES = {
    "serpent": HEADER + b"('calc','<batch>',[('add',(1,),{'b':2}),('zero',(),{})],None)",
    "json": b'{"object": "calc", "method": "<batch>", '
    b'"params": [["add", [1], {"b": 2}], ["zero", [], {}]], "kwargs": null}',
    "msgpack": b"\x94\xa4calc\xa7<batch>"
    b"\x92\x93\xa3add\x91\x01\x81\xa1b\x02\x93\xa4zero\x90\x80\xc0",
}
ERROR = {
    "__class__": "builtins.ValueError",
    "__exception__": True,
    "args": ("bad",),
    "attributes": {"_pyroTraceback": ["Traceback...\n", "ValueError: bad\n"]},
}
ERRORS = {
    "serpent": HEADER + b"{'__class__':'builtins.ValueError','__exception__':True,'args':('bad',),"
    b"'attributes':{'_pyroTraceback':['Traceback...\\n','ValueError: bad\\n']}}",
    "json": b'{"__class__": "builtins.ValueError", "__exception__": true, "args": ["bad"], '
    b'"attributes": {"_pyroTraceback": ["Traceback...\\n", "ValueError: bad\\n"]}}',
    "msgpack": b"\x84\xa9__class__\xb3builtins.ValueError\xad__exception__\xc3\xa4args\x91\xa3bad"
    b"\xaaattributes\x81\xae_pyroTraceback\x92\xadTraceback...\n\xb0ValueError: bad\n",
}


def test_ids_and_preferences(serializer):
    known = {"serpent": (1, 50), "marshal": (2, 0), "json": (3, 40), "msgpack": (4, 100)}
    assert (serializer.id, serializer.preference) == known[serializer.name]


def test_a_call_is_written_as_pyro5_writes_it(serializer, converters):
    data = serializer.dumps_call("calc", "add", (5,), {"b": 7}, converters)
    if serializer.name == "marshal":  # its bits of interned text depend on the interpreter
        assert serializer.loads(data, converters) == ("calc", "add", [5], {"b": 7})
    else:
        assert data == CALLS[serializer.name]


def test_a_call_of_pyro5_is_read(serializer, converters):
    object_id, method, args, kwargs = serializer.loads_call(CALLS[serializer.name], converters)
    assert (object_id, method, tuple(args), kwargs) == ("calc", "add", (5,), {"b": 7})


def test_a_result_is_written_as_pyro5_writes_it(serializer, converters):
    data = serializer.dumps(12, converters)
    assert data[-4:] == RESULTS[serializer.name][-4:]
    assert serializer.loads(RESULTS[serializer.name], converters) == 12


@pytest.mark.parametrize(
    ("method", "args", "golden"),
    [
        ("__setattr__", ("attr", 9), ATTRIBUTES),
        ("<batch>", [("add", (1,), {"b": 2}), ("zero", (), {})], BATCHES),
    ],
)
def test_attributes_and_batches_have_no_kwargs(serializer, converters, method, args, golden):
    data = serializer.dumps_call("calc", method, args, None, converters)
    assert data == golden.get(serializer.name, data)
    read = serializer.loads_call(data, converters)
    assert read[:2] == ("calc", method)
    assert len(read[2]) == 2
    assert read[3] is None


def test_an_exception_is_written_as_pyro5_writes_it(serializer, converters):
    data = serializer.dumps(ERROR, converters)
    if serializer.name == "marshal":
        assert len(data) == 131
        assert data[:4] == bytes.fromhex("7bda095f") or data[:4] == bytes.fromhex("fbda095f")
    else:
        assert data == ERRORS[serializer.name]
    error = serializer.loads(data, converters)
    assert type(error) is ValueError
    assert error.args == ("bad",)
    assert remote_traceback(error) == "Traceback...\nValueError: bad\n"


def test_bytes_travel_in_serpent_as_base64_in_a_dictionary(serpent, converters):
    data = serpent.dumps([b"hi", 1], converters)
    assert data == HEADER + b"[{'data': 'aGk=', 'encoding': 'base64'},1]"


def test_serpents_comment_line_may_be_missing_or_another(serpent, converters):
    assert serpent.loads(b"('a',)", converters) == ("a",)
    assert serpent.loads(b"# serpent utf-8 python2.6\n('a',)", converters) == ("a",)


def test_lists_are_taken_for_the_tuples_of_a_call(serpent, converters):
    assert serpent.loads_call(b"['calc','add',[5],{}]", converters) == ("calc", "add", [5], {})


def test_numbers_of_json_that_json_does_not_have(json, converters):
    assert json.dumps([float("inf"), float("-inf")], converters) == b"[Infinity, -Infinity]"
    assert json.dumps(float("nan"), converters) == b"NaN"


def test_json_leaves_other_alphabets_as_they_are(json, converters):
    assert json.dumps("žluť", converters) == '"žluť"'.encode()


EXTENSIONS = [
    (1 + 2j, "d830000000000000f03f0000000000000040"),
    (2**70, "c71631" + b"1180591620717411303424".hex()),
    (-(2**64), "c71531" + b"-18446744073709551616".hex()),
    (datetime.date(2026, 11, 23), "d733" + (739943).to_bytes(8, "little").hex()),
]


@pytest.mark.parametrize(("value", "golden"), EXTENSIONS)
def test_extensions_of_msgpack(msgpack, converters, value, golden):
    data = msgpack.dumps(value, converters)
    assert data.hex() == golden
    assert msgpack.loads(data, converters) == value


def test_a_datetime_of_msgpack_is_a_local_timestamp(msgpack, converters):
    value = datetime.datetime(2026, 11, 23, 12, 30, 15, 250000)
    data = msgpack.dumps(value, converters)
    assert data[:2].hex() == "d732"
    assert msgpack.loads(data, converters) == value


def test_a_date_of_pyro5_on_windows_has_four_bytes(msgpack, converters):
    data = bytes.fromhex("d633") + (739943).to_bytes(4, "little")
    assert msgpack.loads(data, converters) == datetime.date(2026, 11, 23)
