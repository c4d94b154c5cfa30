"""What synth ships: the folder as it is, or what is put together of it."""

import zipfile

import pytest
from synth_fixture import FORMATS, TOML, of, requests_in, terminal_in

from headstart.errors import RequestError
from headstart.infra.synth import cdk_app, cloudformation
from headstart.infra.synth.plan import Format, plan
from headstart.model.bundle import BundleSettings


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    return terminal_in(tmp_path, capsysbinary)


@pytest.fixture
def request_of(tmp_path):
    return requests_in(tmp_path)


def packages(request_of, **said):
    return {kind: plan(request_of(kind=kind, **said)).package for kind in FORMATS}


def test_a_folder_that_is_complete_is_named_where_it_lies(request_of):
    for package in packages(request_of).values():
        assert (package.is_built, package.path, package.left_out) == (False, "../orders", ())


def test_what_is_required_is_built_but_by_sam(request_of, tmp_path):
    own = tmp_path / "orders/requirements.txt"
    own.write_text("requests\n")
    found = packages(request_of, requirements=own)
    assert {kind: package.path for kind, package in found.items()} == {
        Format.CDK: "build",
        Format.CLOUDFORMATION: "build",
        Format.SAM: "../orders",
    }
    assert "packaged(\n" in cdk_app.render(plan(request_of(kind=Format.CDK, requirements=own)))
    elsewhere = tmp_path / "shipped.txt"
    elsewhere.write_text("requests\n")
    assert packages(request_of, requirements=elsewhere)[Format.SAM].path == "build"
    app = cdk_app.render(plan(request_of(kind=Format.CDK, requirements=elsewhere)))
    assert 'requirements=HERE / "../shipped.txt"' in app


def test_a_bundle_is_made_as_headstart_toml_says(request_of, tmp_path):
    asked = BundleSettings(prune=("notes/*",), runtime_packages=("boto3==1.44.5",))
    for kind, package in packages(request_of, bundle=asked).items():
        assert (kind, package.path, package.bundle) == (kind, "build", asked)
    app = cdk_app.render(plan(request_of(kind=Format.CDK, bundle=asked)))
    assert 'bundle=BundleSettings(prune=("notes/*",), runtime_packages=("boto3==1.44.5",)),' in app
    assert "    BundleSettings,\n" in app
    (tmp_path / "requirements.txt").write_text("requests\n")
    usual = cdk_app.render(plan(request_of(kind=Format.CDK, requirements=tmp_path / "requirements.txt")))
    assert "BundleSettings" not in usual
    with zipfile.ZipFile(tmp_path / "orders.zip", "w"):
        pass
    with pytest.raises(RequestError, match=r"orders\.zip is a zip, in which \[bundle\] changes nothing"):
        plan(request_of(code=tmp_path / "orders.zip", bundle=asked))


def test_a_template_ships_what_the_table_bundle_leaves(terminal):
    file = terminal.folder / "orders/headstart.toml"
    file.write_text(f'{TOML}[bundle]\nprune = ["notes.md"]\n')
    (terminal.folder / "orders/notes.md").write_text("mine")
    pruned = of(terminal, "--format", "cloudformation")["template.yaml"]
    built = terminal.folder / "orders/infrastructure/build"
    assert (built / "app.py").is_file()
    assert not (built / "notes.md").exists()
    file.write_text(TOML)
    assert of(terminal, "--format", "cloudformation", "--force")["template.yaml"] != pruned
    assert (built / "notes.md").is_file()


def test_the_infrastructure_does_not_ship_with_the_code_that_it_lies_in(request_of, tmp_path):
    found = packages(request_of, folder=tmp_path / "orders/deploy/plain")
    assert {package.left_out for package in found.values()} == {("deploy", "headstart-report")}
    assert found[Format.SAM].path == "build"
    app = cdk_app.render(plan(request_of(kind=Format.CDK, folder=tmp_path / "orders/deploy")))
    assert 'exclude=["deploy", "headstart-report", "__pycache__", "*.pyc"]' in app


def test_a_template_in_the_folder_of_its_code_names_a_copy_without_it(terminal):
    of(terminal, "--format", "cloudformation")
    built = terminal.folder / "orders/infrastructure/build"
    assert sorted(each.name for each in built.iterdir()) == ["app.py", "headstart.toml"]
    (built / "stale.py").write_text("")
    of(terminal, "--format", "cloudformation", "--force")
    assert not (built / "stale.py").exists()


def test_a_zip_ships_as_it_is_but_takes_no_requirements(request_of, tmp_path):
    (tmp_path / "orders.zip").write_bytes(b"PK")
    (tmp_path / "requirements.txt").write_text("requests\n")
    assert plan(request_of(code=tmp_path / "orders.zip")).package.path == "../orders.zip"
    with pytest.raises(RequestError, match="unpack it and name the folder"):
        plan(request_of(code=tmp_path / "orders.zip", requirements=tmp_path / "requirements.txt"))


def test_a_custom_runtime_is_written_but_takes_no_requirements(request_of, tmp_path):
    (tmp_path / "requirements.txt").write_text("requests\n")
    assert "provided.al2023" in cloudformation.render(plan(request_of(runtime="provided.al2023")))
    with pytest.raises(RequestError, match="has no Python of its own"):
        plan(request_of(runtime="provided.al2023", requirements=tmp_path / "requirements.txt"))
