"""pyrox_serpent against its models: it reads as ast.literal_eval, and writes as serpent."""

import array
import ast
import base64
import math
import sys
import warnings
from typing import Any

import pytest
import serpent as library
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyrox import Converters, SerializeError
from pyrox_serpent import SerpentSerializer
from pyrox_serpent.by_json import read_call, read_value
from pyrox_serpent.read import read
from pyrox_serpent.write import Writer, write, write_plain

CONVERTERS = Converters()
WRITER = Writer(CONVERTERS)
MANY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text()
    | st.text("'\"\\\n\r\t\0aé€😀\x85\u2028\ud800")
)
keys = st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
hashables = keys | st.tuples(keys, st.tuples(keys))
values = st.recursive(
    scalars | st.binary() | st.binary().map(bytearray),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(hashables, inner)
        | st.sets(hashables)
        | st.frozensets(hashables)
    ),
    max_leaves=15,
)


def read_or_none(text):
    try:
        return read(text, CONVERTERS)
    except (SerializeError, ValueError, TypeError):
        return read_value(text)


def evaluated(text):
    """Return what Python makes of it, without the comment and the blanks that it would mind."""
    if text.startswith("#"):
        text = text.partition("\n")[2]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return ast.literal_eval(text.strip(" \t\r\n\f"))


def shape(value):
    """Return a value's types all through, which == does not compare."""
    if isinstance(value, list | tuple):
        return type(value), [shape(item) for item in value]
    if isinstance(value, dict):
        return dict, [(shape(key), shape(item)) for key, item in value.items()]
    return type(value)


def assert_means_the_same(text):
    expected = evaluated(text)
    actual = read(text, CONVERTERS)
    assert actual == expected
    assert shape(actual) == shape(expected)
    if (quickly := read_value(text)) is not None:
        assert quickly == expected
        assert shape(quickly) == shape(expected)


def written(value):
    """Return what we write, which is the same in the two ways that there are."""
    text = write(value, WRITER)
    assert write_plain(value) in (None, text)
    return "# serpent utf-8 python3.2\n" + text


@MANY
@given(values)
def test_what_is_written_is_what_serpent_writes(value):
    assert written(value) == library.dumps(value).decode()


@pytest.mark.parametrize(
    "value",
    [
        1e16, -0.0, [1.5, math.inf], [1, math.nan], [-math.inf, 2], -0j, complex(-1, -0.0),
        complex(math.nan, 1), [[]], ((),), ({},), (1,), {1: (2,)}, "it's", '"', "'\"",
        array.array("d", [1.5]),
    ],
    ids=repr,
)  # fmt: skip
def test_special_values_are_written_as_serpent_writes_them(value):
    assert written(value) == library.dumps(value).decode()


literals = st.recursive(
    (scalars | st.binary()).filter(lambda value: value == value),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(hashables, inner)
        | st.sets(hashables, min_size=1)
    ),
    max_leaves=15,
)


@MANY
@given(literals)
def test_what_python_writes_is_read(value):
    text = repr(value)
    if "inf" not in text and "nan" not in text:
        assert_means_the_same(text)


PIECES = """
    ( ) [ ] { } , : ' " \\ \n # - + . 0 1 7 10 007 1.5 .5 5. 1e5 1e999 2j 1+2j -1 +3 e j b f r u
    True False None 'a' "b" 'it\\'s' "\\"" b'c' b"\\x00" '\\n' '\\x41' '\\u20ac' '\\101' '\\z' '\\'
    ''' é '😀' () [] {} (1,) (1) [1] {1} {1:2} 'k': 1, ,) (( )) ]] [[ _ 1_0 0x1 ... nan
    lambda not in if == * ** / % ~ ; @ = < >
""".split(" ")
pieces = [piece.strip(" \n") or "\n" for piece in PIECES] + [" ", ", ", ": ", "\t", "\r", "\f"]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(pieces), max_size=9).map("".join))
def test_whatever_is_read_means_what_it_means_to_python(text):
    if read_or_none(text) is not None:
        assert_means_the_same(text)


CALL_PARTS = [*pieces, "'o'", "'m'", "'o','m',(", ",{})", ",None)", "(1,),", "('a'),", "(,),"]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(CALL_PARTS), max_size=6).map("".join))
def test_a_call_that_is_read_quickly_means_what_it_means_to_python(rest):
    text = f"('o','m',({rest}"
    if (call := read_call(text)) is not None:
        object_id, method, args, kwargs = evaluated(text)
        assert call == [object_id, method, list(args), kwargs]
        assert type(args) is tuple
        assert shape(call[2]) == shape(list(args))


@pytest.mark.parametrize("rest", ["),{})", "1,),{})", "1,'x'),{'k':[1]})", "[1],),None)"])
def test_a_plain_call_is_read_quickly(rest):
    text = f"('o','m',({rest}"
    assert read_call(text) == [list(part) if type(part) is tuple else part
                               for part in evaluated(text)]  # fmt: skip


@pytest.mark.parametrize(
    "rest",
    ["],{})", "1],{})", "[1),],{})", "[1]],{'a':[2)})", "[1]],[[2]))", "),{'a':[1)}]", "),{}]"],
)
def test_brackets_of_two_kinds_do_not_close_each_other(rest):
    text = f"('o','m',({rest}"
    assert read_call(text) is None and read_or_none(text) is None


@pytest.mark.parametrize("rest", ["1),{})", ",),{})", "(1,2),),{})", "{1},),{})", "1j,),{})"])
def test_a_call_that_json_would_change_is_left_to_the_thorough_reader(rest):
    assert read_call(f"('o','m',({rest}") is None


def test_a_deeply_nested_value_is_left_to_the_thorough_reader():
    assert read_value("[" * 501 + "]" * 501) is None
    assert read_value("[" + "[]," * 2000 + "[]]") == [[]] * 2001


@MANY
@given(literals, st.integers(0, 200), st.sampled_from(pieces), st.integers(0, 2))
def test_damaged_literals_are_not_misread(value, at, piece, taken):
    text = repr(value)
    at %= len(text) + 1
    text = text[:at] + piece + text[at + taken :]
    if read_or_none(text) is not None:
        assert_means_the_same(text)


@MANY
@given(literals)
def test_layout_for_people_is_read(value):
    text = library.dumps(value, indent=True).decode()
    if "__class__" not in text:
        assert_means_the_same(text)


@pytest.mark.parametrize(
    "text",
    [
        " 1", "1 ", "[1, 2]", "[ 1 , 2 ]", "(1,)", "(1, )", "( 1 , )", "(1)", "( 1 )", "()", "( )",
        "{}", "{ }", "{1: 2}", "{ 1 : 2 , }", "{1, 2,}", "[\n  'a b',\n  'c'\n]", "('a',)",
        "0", "00", "-0", "0.5", "00.5", "1.", ".5", "1e5", "1E+5", "-1e-5", "1e30000", "+1", "2j",
        "-2j", "1+2j", "(1.0-2.5j)", "1e30000j", "'\\x41\\u20ac\\U0001f600\\101\\0\\''",
        '"\\\\n"', "'\\\\\\\\'", "b'\\x00\\'\\\\'", 'b"a"', "'é\\n'", "'\\ud800'", "{(1, 'a'): 2}",
        "[True, False, None]", "(((1,),),)", "'#'", "['# {', \"[\", '(']",
    ],
)  # fmt: skip
def test_literals_that_are_read(text):
    assert_means_the_same(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "1 2", "[1 2]", "'a' 'b'", "'a''b'", "[,]", "(,)", "{,}", "[1,,]", "{1:}", "{:1}",
        "{1:2:3}", "{1:2,3}", "{1,2:3}", "[1:2]", "(1:2)", "1:2", ":", ",", "1,", "007", "-01",
        "- 1", "--1", "1+1", "1+2j+3j", "0x10", "1_0", "r'a'", "u'a'", "f'a'", "b'é'", "b'\\u0041'",
        "'\\z'", "'\\N{DIGIT ONE}'", "'a\nb'", "'a\0b'", "'a", "a'", "'''a'''", "(]", "(", ")",
        "())", "[1] # comment", "nan", "inf", "True1", "...", "set()", "٣", "'\\é'",
    ],
)  # fmt: skip
def test_texts_that_are_refused(text):
    with pytest.raises((SerializeError, ValueError, TypeError)):
        read(text, CONVERTERS)


def test_nothing_but_values_comes_of_a_text(monkeypatch):
    monkeypatch.setattr("builtins.eval", None)
    monkeypatch.setattr(ast, "literal_eval", None)
    assert read("['a', {'b': (1,)}]", CONVERTERS) == ["a", {"b": (1,)}]


def test_serpents_own_help_reads_our_bytes():
    value = read(write(b"some bytes", WRITER), CONVERTERS)
    assert library.tobytes(value) == b"some bytes"
    assert base64.b64decode(value["data"]) == b"some bytes"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="needs possessive quantifiers")
def test_escapes_take_no_memory_of_their_own():
    import tracemalloc

    text = "'" + "\\n" * 200_000 + "'"
    tracemalloc.start()
    try:
        assert len(read(text, CONVERTERS)) == 200_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10 * len(text)


@pytest.mark.parametrize("value", [b"", b"a'b\"\\\0\xff", bytearray(b"x"), memoryview(b"view")])
def test_bytes_can_be_written_as_literals(value: Any) -> None:
    serializer = SerpentSerializer(bytes_repr=True)
    converters = Converters()
    assert serializer.loads(serializer.dumps(value, converters), converters) == bytes(value)
    call = serializer.dumps_call("o", "m", ([value],), {"k": value}, converters)
    assert serializer.loads_call(call, converters)[2:] == (([bytes(value)],), {"k": bytes(value)})
