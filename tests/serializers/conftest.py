import pytest

import pyrox_json
import pyrox_marshal
import pyrox_msgpack
import pyrox_serpent
from pyrox import Converters

SERIALIZERS = {
    module.pyrox_register_serializer().name: module.pyrox_register_serializer()
    for module in (pyrox_serpent, pyrox_json, pyrox_marshal, pyrox_msgpack)
}


@pytest.fixture(params=SERIALIZERS, scope="session")
def serializer(request):
    """Each of the four in turn."""
    return SERIALIZERS[request.param]


@pytest.fixture(scope="session")
def serpent():
    return SERIALIZERS["serpent"]


@pytest.fixture(scope="session")
def json():
    return SERIALIZERS["json"]


@pytest.fixture(scope="session")
def marshal():
    return SERIALIZERS["marshal"]


@pytest.fixture(scope="session")
def msgpack():
    return SERIALIZERS["msgpack"]


@pytest.fixture
def converters():
    return Converters()


@pytest.fixture
def travel(serializer, converters):
    """Send a value through the serializer and return what arrives."""
    return lambda value: serializer.loads(serializer.dumps(value, converters), converters)
