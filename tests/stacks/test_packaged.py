"""A function whose package has what its code requires, as ``headstart bundle`` makes it."""

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace
from stacks.synthesis import of_type, synthesized

from headstart.cdk import Architecture, BundleSettings, FunctionSettings, TunedFunction, bundled, cdk, packaged
from headstart.engine import interpreters
from headstart.errors import InvalidValueError, PackageError

RUNTIME = interpreters.installed()[-1].runtime
KIT = Path(__file__).parents[2] / "kit"


@pytest.fixture
def needing(code: Path, settings: FunctionSettings) -> FunctionSettings:
    """A function that requires the kit."""
    (code / "requirements.txt").write_text(f"{KIT}\n")
    return replace(settings, runtime=RUNTIME)


def test_the_asset_has_the_code_what_it_requires_and_bytecode(stack: cdk.Stack, needing: FunctionSettings):
    TunedFunction(stack, "Orders", settings=packaged(needing))
    synthesized(stack)
    (asset,) = Path(cdk.App.of(stack).outdir).glob("asset.*")  # type: ignore[union-attr]
    assert {"app.py", "headstart_kit"} <= {path.name for path in asset.iterdir()}
    assert list(asset.glob("headstart_kit/__pycache__/handlers.cpython-*.pyc"))


def test_what_is_named_is_left_out(stack: cdk.Stack, needing: FunctionSettings, code: Path):
    for name in ("notes.md", "more.md"):
        (code / name).write_text("mine")
    with pytest.warns(UserWarning, match=r"there is no .*headstart\.lock\.json, so that nothing is optimised"):
        made = packaged(needing, leave_out=("notes.md",), bundle=BundleSettings(prune=("more.*",), defer=True))
    TunedFunction(stack, "Orders", settings=made)
    synthesized(stack)
    (asset,) = Path(cdk.App.of(stack).outdir).glob("asset.*")  # type: ignore[union-attr]
    assert not {"notes.md", "more.md"} & {path.name for path in asset.iterdir()}
    assert (asset / "app.py").is_file()


def test_requirements_may_be_elsewhere(tmp_path: Path, needing: FunctionSettings, code: Path):
    (code / "requirements.txt").rename(tmp_path / "shipped.txt")
    assert packaged(needing, requirements=tmp_path / "shipped.txt").handler == needing.handler
    with pytest.raises(PackageError, match=r"nowhere\.txt"):
        packaged(needing, requirements=tmp_path / "nowhere.txt")


def test_a_bundle_is_an_asset_by_its_own_hash(stack: cdk.Stack, needing: FunctionSettings, code: Path, tmp_path: Path):
    """The same content in another folder is not deployed again; pruning differently is."""
    shutil.copytree(code, tmp_path / "copy")
    kept = BundleSettings(keep=("requirements.txt",))
    for name, folder, settings in (("One", code, None), ("Two", tmp_path / "copy", None), ("Three", code, kept)):
        package = bundled(folder, runtime=RUNTIME, architecture=Architecture.ARM64, settings=settings)
        TunedFunction(stack, name, settings=replace(needing, code=package))
    functions = of_type(synthesized(stack), "Lambda::Function").values()
    one, two, three = (each["Properties"]["Code"]["S3Key"].removesuffix(".zip") for each in functions)
    assert one == two != three
    outdir = Path(cdk.App.of(stack).outdir)  # type: ignore[union-attr]
    assert (outdir / f"asset.{three}" / "requirements.txt").is_file()
    assert not (outdir / f"asset.{one}" / "requirements.txt").exists()


def test_only_a_folder_can_be_packaged(needing: FunctionSettings, tmp_path: Path):
    (tmp_path / "code.zip").write_bytes(b"PK")
    with pytest.raises(InvalidValueError, match=r"code is .*code\.zip.*; allowed: a folder"):
        packaged(replace(needing, code=tmp_path / "code.zip"))
