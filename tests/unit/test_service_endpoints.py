"""botocore's list of endpoints without what its defaults say too: the same for every client."""

import copy
import json
from itertools import product
from pathlib import Path

import botocore
import pytest
from botocore.exceptions import EndpointVariantError
from botocore.regions import EndpointResolver
from bundle_fixture import distribution, listed, write

from headstart.model.bundle import BundleSettings, Spared
from headstart.optimize.bundle import service_endpoints
from headstart.optimize.bundle.staging import stage

PLACE = Path(botocore.__file__).parent
LIST = "botocore/data/endpoints.json"
RESOLVER = (PLACE / "regions.py").read_bytes()


@pytest.fixture
def root(tmp_path):
    files = {LIST: (PLACE / "data/endpoints.json").read_bytes(), "botocore/regions.py": RESOLVER}
    return distribution(tmp_path / "root", "botocore", files)


def endpoints(root: Path):
    return json.loads((root / LIST).read_bytes())


def resolved(resolver: EndpointResolver, service: str, region: str | None, partition: str) -> list[object]:
    """What clients get, with each combination of dual stack and FIPS, and then once more."""
    found: list[object] = []
    for dual_stack, fips in [*product([False, True], repeat=2)] * 2:
        try:
            endpoint = resolver.construct_endpoint(
                service, region, partition, use_dualstack_endpoint=dual_stack, use_fips_endpoint=fips
            )
        except EndpointVariantError as error:
            found.append(str(error))
        else:
            found.append({name: each for name, each in endpoint.items() if name not in {"variants", "tags"}})
    return found


def test_botocore_makes_the_same_endpoints_of_less(root):
    old = endpoints(root)
    (shrunk,) = service_endpoints.shrink(listed(root)).shrunk
    new = endpoints(root)
    assert (shrunk.owner, shrunk.files) == ("botocore==1.0", 1)
    assert len(json.dumps(new)) < 0.8 * len(json.dumps(old))
    first, second = EndpointResolver(copy.deepcopy(old)), EndpointResolver(copy.deepcopy(new))
    for was, partition in zip(old["partitions"], new["partitions"], strict=True):
        assert list(was["services"]) == list(partition["services"])
        for service, data in was["services"].items():
            assert list(data["endpoints"]) == list(partition["services"][service]["endpoints"])
            for region in (*data["endpoints"], "xx-new-1"):
                each = service, region, was["partition"]
                assert resolved(first, *each) == resolved(second, *each), each


def test_what_differs_from_its_defaults_in_anything_stays(root):
    partition = {
        "partition": "own",
        "dnsSuffix": "own.com",
        "defaults": {"variants": [{"hostname": "{service}-fips.{region}.{dnsSuffix}", "tags": ["fips"]}]},
    }
    variants = {
        "same": {"hostname": "s3-fips.same.own.com", "tags": ["fips"]},
        "host": {"hostname": "fips.host.own.com", "tags": ["fips"]},
        "suffix": {"hostname": "s3-fips.suffix.own.com", "dnsSuffix": "api.own", "tags": ["fips"]},
        "scope": {"hostname": "s3-fips.scope.own.com", "credentialScope": {"region": "a"}, "tags": ["fips"]},
        "no-default": {"hostname": "s3-fips.no-default.own.com", "tags": ["dualstack", "fips"]},
        "tags-alone": {"tags": ["dualstack"]},
    }
    services = {"s3": {"endpoints": {name: {"variants": [each]} for name, each in variants.items()} | {"plain": {}}}}
    write(root, {LIST: json.dumps({"partitions": [{**partition, "services": services}]})})
    service_endpoints.shrink(listed(root))
    left = endpoints(root)["partitions"][0]["services"]["s3"]["endpoints"]
    assert [name for name, each in left.items() if each] == ["host", "suffix", "scope", "no-default", "tags-alone"]
    assert list(left) == [*variants, "plain"]


@pytest.mark.parametrize(
    "module",
    [
        "session.get_available_endpoints('s3', endpoint_variant_tags=['fips'])\n",
        "loader.load_data('endpoints')\n",
        "session.get_component('endpoint_resolver')\n",
        "DATA / 'endpoints.json'\n",
    ],
)
def test_where_a_module_takes_the_list_itself_it_stays(root, tmp_path, module):
    old = (root / LIST).read_bytes()
    result = stage(root, write(tmp_path / "code", {"app.py": module}), settings=BundleSettings(), opt=None)
    assert result.spared == (Spared(path=LIST, because="app.py"),)
    assert (root / LIST).read_bytes() == old


@pytest.mark.parametrize(
    ("resolver", "kept"), [(b"# another way\n", ()), (RESOLVER, ("*/endpoints.json",))], ids=["unknown", "kept"]
)
def test_another_botocore_and_what_is_kept_stay(root, tmp_path, resolver, kept):
    old = (root / LIST).read_bytes()
    write(root, {"botocore/regions.py": resolver})
    result = stage(root, write(tmp_path / "code", {"app.py": ""}), settings=BundleSettings(keep=kept), opt=None)
    assert (result.shrunk, (root / LIST).read_bytes()) == ((), old)
