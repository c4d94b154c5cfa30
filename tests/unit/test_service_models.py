"""The models of AWS services, as botocore ships them, without documentation: the same for every client."""

import gzip
import json
from pathlib import Path

import botocore
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from bundle_fixture import distribution, listed, write

from headstart.model.bundle import BundleSettings, Spared
from headstart.optimize.bundle import service_models
from headstart.optimize.bundle.staging import Staged, stage

PLACE = Path(botocore.__file__).parent
MODEL = {
    "documentation": "<p>All.</p>",
    "clientContextParams": {"Fast": {"documentation": "<p>Required.</p>", "type": "boolean"}},
    "operations": {
        "Put": {
            "documentation": "<p>Puts.</p>",
            "input": {"shape": "Put", "documentation": "<p>What.</p>"},
            "errors": [{"shape": "Refused", "documentation": "<p>No.</p>"}],
        }
    },
    "shapes": {
        "documentation": {"type": "string", "documentation": "<p>ä</p>"},
        "Put": {"type": "structure", "members": {"documentation": {"shape": "documentation", "documentation": "x"}}},
        "Several": {"type": "list", "member": {"shape": "Put", "documentation": "<p>One.</p>"}},
    },
}
SHRUNK = {
    "clientContextParams": {"Fast": {"documentation": "<p>Required.</p>", "type": "boolean"}},
    "operations": {"Put": {"input": {"shape": "Put"}, "errors": [{"shape": "Refused"}]}},
    "shapes": {
        "documentation": {"type": "string"},
        "Put": {"type": "structure", "members": {"documentation": {"shape": "documentation"}}},
        "Several": {"type": "list", "member": {"shape": "Put"}},
    },
}


def installed(root: Path, *services: str) -> Path:
    """A botocore with the modules that read models, and a made-up service beside ``services`` of the real one."""
    files: dict[str, str | bytes] = {"botocore/data/own/2030-01-01/service-2.json.gz": packed(MODEL)}
    files |= {f"botocore/{path.name}": path.read_bytes() for path in PLACE.glob("*.py")}
    for service in services:
        files |= {
            f"botocore/{path.relative_to(PLACE)}": path.read_bytes()
            for path in (PLACE / "data" / service).rglob("*.json*")
        }
    return distribution(root, "botocore", files)


def staged(
    tmp_path: Path, code: dict[str, str], *, settings: BundleSettings | None = None, services: str = ""
) -> Staged:
    own = write(tmp_path / "code", code)
    return stage(installed(tmp_path / "root", *services.split()), own, settings=settings or BundleSettings(), opt=None)


def packed(model: object) -> bytes:
    return gzip.compress(json.dumps(model).encode(), mtime=1)


def data(root: Path) -> list[str]:
    return sorted(path.relative_to(root / "botocore/data").as_posix() for path in root.rglob("data/*/*/*-*.json*"))


def loader(place: Path) -> Loader:
    return Loader(extra_search_paths=[str(place)], include_default_search_paths=False)


def without_documentation(node: object) -> object:
    """Whatever botocore may look at: all but texts called documentation, other than of context parameters."""
    if isinstance(node, list):
        return [without_documentation(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: each if name == "clientContextParams" else without_documentation(each)
        for name, each in node.items()
        if not (name == "documentation" and isinstance(each, str))
    }


def test_every_text_goes_and_nothing_else(tmp_path):
    root = staged(tmp_path, {"app.py": ""}).root
    content = (root / "botocore/data/own/2030-01-01/service-2.json.gz").read_bytes()
    assert json.loads(gzip.decompress(content)) == SHRUNK
    assert content[4:8] == bytes(4), "it has no date"


@pytest.mark.parametrize("service", ["s3", "apigateway", "dynamodb"])
def test_botocore_loads_the_same_of_a_real_service_but_for_its_documentation(tmp_path, service):
    root = staged(tmp_path, {"app.py": f"client('{service}')"}, services=service).root
    for kind in ("service-2", "endpoint-rule-set-1", "paginators-1"):
        old, new = (loader(place / "data").load_service_model(service, kind) for place in (PLACE, root / "botocore"))
        assert list(new.get("shapes", {})) == list(old.get("shapes", {}))
        assert new == (without_documentation(old) if kind == "service-2" else old)
    assert new != loader(PLACE / "data").load_service_model(service, "service-2")
    model = ServiceModel(loader(root / "botocore/data").load_service_model(service, "service-2"), service)
    operations = [model.operation_model(name) for name in model.operation_names]
    shapes = [shape for each in operations for shape in (each.input_shape, each.output_shape) if shape]
    assert {each.documentation for each in (model, *operations, *shapes)} == {""}
    assert all(parameter.documentation for parameter in model.client_context_parameters)


@pytest.mark.parametrize(
    ("module", "is_unpacked"),
    [
        ("SERVICE = 'sqs'\nboto3.client(SERVICE)\n", True),
        ("# sqs\n", False),
        ("import sqs\nimport another\n", False),
    ],
)
def test_what_the_function_names_is_unpacked(tmp_path, module, is_unpacked):
    result = staged(tmp_path, {"app.py": module}, services="sqs")
    suffix = "" if is_unpacked else ".gz"
    packed_by_botocore = {f"sqs/2012-11-05/{kind}.json{suffix}" for kind in ("service-2", "endpoint-rule-set-1")}
    assert packed_by_botocore <= set(data(result.root))
    record = (result.root / "botocore-1.0.dist-info/RECORD").read_text()
    assert f"botocore/data/sqs/2012-11-05/service-2.json{suffix},," in record
    assert record.count("botocore/data/sqs/2012-11-05/service-2.json") == 1


def test_what_a_dependency_creates_is_unpacked_what_it_only_spells_is_not(tmp_path):
    root = installed(tmp_path / "root", "sqs", "sns")
    distribution(root, "queue", {"queue_.py": "NAME = 'sns'\nboto3.client(\n    service_name='sqs'\n)\n"})
    stage(root, write(tmp_path / "code", {"app.py": ""}), settings=BundleSettings(), opt=None)
    assert "sqs/2012-11-05/service-2.json" in data(root)
    assert "sns/2010-03-31/service-2.json.gz" in data(root)


def test_it_is_the_same_bytes_each_time_and_told(tmp_path):
    first, second = (staged(tmp_path / name, {"app.py": "'s3'"}, services="s3 sqs") for name in "ab")
    contents = [
        {path: (each.root / "botocore/data" / path).read_bytes() for path in data(each.root)}
        for each in (first, second)
    ]
    assert contents[0] == contents[1]
    (shrunk,) = first.shrunk
    assert (shrunk.owner, shrunk.why, shrunk.files) == ("botocore==1.0", service_models.WHY, 4)
    assert shrunk.saved_bytes > (PLACE / "data/s3/2006-03-01/service-2.json.gz").stat().st_size / 2


def test_what_is_kept_stays_as_it_is(tmp_path):
    result = staged(
        tmp_path, {"app.py": "'sqs'"}, services="sqs s3", settings=BundleSettings(keep=("botocore/data/sqs/*",))
    )
    kept = "data/sqs/2012-11-05/service-2.json.gz"
    assert (result.root / "botocore" / kept).read_bytes() == (PLACE / kept).read_bytes()
    assert result.shrunk[0].files == 2


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("app.py", "import boto3\nprint(boto3.client('own').meta.service_model.documentation)\n"),
        ("app.py", "from botocore import session\nmodel['documentation']\n"),
        (
            "botocore/model.py",
            "# botocore\nclass Shape:\n    def text(self):\n        return self._shape['documentation']\n",
        ),
    ],
)
def test_where_a_module_may_need_documentation_it_stays(tmp_path, path, module):
    root = installed(tmp_path / "root")
    code = write(tmp_path / "code", {"app.py": ""})
    write(code if path == "app.py" else root, {path: module})
    result = stage(root, code, settings=BundleSettings(), opt=None)
    assert result.spared == (Spared(path="botocore/data", because=path),)
    assert (root / "botocore/data/own/2030-01-01/service-2.json.gz").read_bytes() == packed(MODEL)


def test_a_botocore_that_is_not_packed_is_shrunk_too(tmp_path):
    place = "botocore/data/own/2030-01-01/service-2.json"
    service_models.shrink(listed(distribution(tmp_path, "botocore", {place: json.dumps(MODEL, indent=2)})))
    assert json.loads((tmp_path / place).read_bytes()) == SHRUNK
