"""Leaves out of botocore's list of endpoints what it makes of its own defaults: most of the list, read for each client.

Services have variants for FIPS and dual stack in each region, and their hosts are mostly what the template of the
service or the partition comes to. botocore takes the first that it finds of the three, and fills it in from the others.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from headstart.model.bundle import Shrunk, Spared
from headstart.optimize.bundle.listing import Listing, name_of
from headstart.optimize.bundle.rewritten import Rewritten, write_anew

WHY: Final = "endpoints of AWS services that are as their defaults say"
_LIST: Final = "botocore/data/endpoints.json"
_RESOLVER: Final = "botocore/regions.py"
# Only a botocore that resolves variants in this way is known to make the same of less.
_RESOLVES: Final = b"for variants in [endpoint_data, service_defaults, partition_defaults]:"
# Who takes the list itself, or asks which endpoints have a variant, must find all of it.
_READS: Final = re.compile(
    rb"get_available_endpoints|get_service_endpoints_data|_endpoint_data\b|_retrieve_variant_data|endpoints\.json"
    rb"|load_data(?:_with_path)?\(\s*['\"]endpoints|['\"]endpoint_resolver['\"]"
)
_OF_SDK: Final = frozenset({"boto3", "botocore"})
_Variant = Mapping[str, Any]


def shrink(files: Listing, *, kept: Collection[str] = ()) -> Rewritten:
    """Write the list anew, unless it is ``kept``; what a client gets of it is the same."""
    if _LIST in kept or not {_LIST, _RESOLVER} <= files.sizes.keys() or _RESOLVES not in files.read(_RESOLVER):
        return Rewritten()
    readers = [path for owner in files.sources if name_of(owner) not in _OF_SDK for path in _readers(files, owner)]
    if readers:
        return Rewritten(spared=(Spared(path=_LIST, because=readers[0]),))
    endpoints = json.loads(files.read(_LIST))
    for partition in endpoints["partitions"]:
        for service, data in partition["services"].items():
            _leave_out(data, service=service, partition=partition)
    content = json.dumps(endpoints, ensure_ascii=False, separators=(",", ":")).encode()
    write_anew(files, _LIST, content=content)
    saved_bytes = files.sizes[_LIST] - len(content)
    shrunk = Shrunk(owner=files.owner(_LIST), why=WHY, files=1, saved_bytes=saved_bytes)
    return Rewritten(paths={_LIST: _LIST}, shrunk=(shrunk,))


def _readers(files: Listing, owner: str) -> list[str]:
    return [path for path in files.sources[owner] if _READS.search(files.read(path))]


def _leave_out(data: dict[str, Any], *, service: str, partition: Mapping[str, Any]) -> None:
    """Leave out the variants of a service's endpoints that its defaults, or the partition's, are the same as."""
    for region, endpoint in data["endpoints"].items():
        names = {"service": service, "region": region, "dnsSuffix": partition["dnsSuffix"]}
        left = []
        for variant in endpoint.get("variants", ()):
            defaults = [*_like(variant, data.get("defaults", {})), *_like(variant, partition.get("defaults", {}))]
            if not defaults or _resolved([variant, *defaults], names) != _resolved(defaults, names):
                left.append(variant)
        if left:
            endpoint["variants"] = left
        else:
            endpoint.pop("variants", None)


def _like(variant: _Variant, defaults: Mapping[str, Any]) -> list[_Variant]:
    """The default for the same tags, if there is one."""
    return [each for each in defaults.get("variants", ()) if set(each["tags"]) == set(variant["tags"])][:1]


def _resolved(variants: Sequence[_Variant], names: Mapping[str, str]) -> _Variant:
    """The first of ``variants``, all for the same tags, filled in from the others, with its host."""
    filled: dict[str, Any] = {}
    for variant in reversed(variants):
        filled |= variant
    names = {**names, "dnsSuffix": filled.get("dnsSuffix", names["dnsSuffix"])}
    return {**filled, "hostname": filled.get("hostname", "").format(**names), "tags": ()}
