"""The examples answer their events as their expected output says."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

INVOICE = Path(__file__).parents[2] / "examples/invoice"
BOTO3 = "boto3==1.43.117"  # what the managed runtime would bring
ANSWER = "import json, sys, app; print(json.dumps(app.handler(json.load(sys.stdin), None)))"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the function requires, installed into a folder of its own."""
    folder = tmp_path_factory.mktemp("packages")
    wanted = ["--requirement", str(INVOICE / "requirements.txt"), BOTO3]
    install = ["uv", "pip", "install", "--quiet", "--python", sys.executable, "--target", str(folder), *wanted]
    subprocess.run([sys.executable, "-m", *install], check=True)
    return folder


def answer(event: Path, packages: Path) -> dict[str, object]:
    """What the handler returns, with its body decoded and the signature of its link cut off."""
    settings = tomllib.loads((INVOICE / "headstart.toml").read_text())["function"]["environment"]
    environment = settings | {"PYTHONPATH": os.pathsep.join([str(INVOICE), str(packages)]), "AWS_REGION": "us-east-1"}
    done = subprocess.run(
        [sys.executable, "-B", "-c", ANSWER], input=event.read_bytes(), env=environment, capture_output=True, check=True
    )
    response = json.loads(done.stdout)
    body = json.loads(response["body"])
    if "archive_link" in body:
        body["archive_link"], _, signature = body["archive_link"].partition("?")
        assert "Signature=" in signature
    return response | {"body": body}


@pytest.mark.slow
@pytest.mark.parametrize("event", sorted((INVOICE / "events").iterdir()), ids=lambda event: event.stem)
def test_the_invoice_function_answers_as_expected(event: Path, packages: Path):
    assert answer(event, packages) == json.loads((INVOICE / "expected" / event.name).read_text())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"vat_percent": "8"}, "8 % is not a VAT rate of DE; its rates are 19, 7"),
        ({"vat_number": "DE136695975"}, "VAT number DE136695975 of Papier & Tinte GmbH"),
    ],
    ids=["rate", "number"],
)
def test_the_invoice_function_refuses_what_cannot_be(
    change: dict[str, str], reason: str, *, tmp_path: Path, packages: Path
):
    event = json.loads((INVOICE / "events/invoice.json").read_text())
    order = json.loads(event["body"])
    for part in (order["seller"], order["lines"][0]):
        part.update({name: value for name, value in change.items() if name in part})
    changed = tmp_path / "event.json"
    changed.write_text(json.dumps(event | {"body": json.dumps(order)}))
    response = answer(changed, packages)
    assert response["statusCode"] == 422
    assert reason in response["body"]["message"]
