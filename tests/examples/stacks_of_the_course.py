"""The apps of examples/stacks, made in this process for a Python that this machine has.

The CDK's own validation is off, as in tests/stacks; headstart.cdk starts Node, which reads that.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from headstart.engine import interpreters

os.environ["CDK_VALIDATION"] = "false"

from headstart.cdk import Architecture, cdk

del os.environ["CDK_VALIDATION"]

STACKS = Path(__file__).parents[2] / "examples/stacks"
RUNTIME = interpreters.installed()[-1].runtime
Resource = dict[str, Any]


class Made:
    """A stack as it is written: its resources by logical ids, and what they are asked most."""

    def __init__(self, folder: Path, stack: str) -> None:
        self.folder = folder
        self.template = json.loads((folder / f"{stack}.template.json").read_text())
        self.resources: dict[str, Resource] = self.template["Resources"]
        self.assets = json.loads((folder / f"{stack}.assets.json").read_text())["files"]

    def of_type(self, kind: str) -> dict[str, Resource]:
        """The properties of the resources of a type, such as ``Lambda::Alias``."""
        return {
            id_: resource.get("Properties", {})
            for id_, resource in self.resources.items()
            if resource["Type"] == f"AWS::{kind}"
        }

    def the_one(self, kind: str) -> Resource:
        """The properties of the only resource of a type."""
        (properties,) = self.of_type(kind).values()
        return properties

    def function(self, name: str) -> Resource:
        """The properties of a function, by the construct around it."""
        (found,) = (each for id_, each in self.of_type("Lambda::Function").items() if id_.startswith(f"{name}Function"))
        return found

    def alarms(self, *, metric: str = "") -> dict[str, Resource]:
        """The alarms on a metric, those by an expression over it included."""
        return {
            id_: alarm
            for id_, alarm in self.of_type("CloudWatch::Alarm").items()
            if metric in {each.get("MetricName") for each in metrics_of(alarm)} or not metric
        }

    def code(self, function: Resource) -> Path:
        """The folder that is shipped for it."""
        name = function["Code"]["S3Key"].removesuffix(".zip")
        return self.folder / self.assets[name]["source"]["path"]


def metrics_of(alarm: Resource) -> list[Resource]:
    """The metrics that an alarm looks at."""
    stats = [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", ()) if "MetricStat" in query]
    return stats or [alarm]


def dimensions_of(metric: Resource) -> set[str]:
    """The names of its dimensions."""
    return {dimension["Name"] for dimension in metric.get("Dimensions", ())}


def module(folder: str, file: str = "app.py") -> ModuleType:
    """A module of examples/stacks, loaded anew; what it imports from beside it stays its own."""
    path = STACKS / folder / file
    spec = importlib.util.spec_from_file_location("app", path)
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(loaded)
    finally:
        sys.path.remove(str(path.parent))
        sys.modules.pop("servers", None)
    return loaded


def make(stack: Any, outdir: Path, *, architecture: Architecture = Architecture.ARM64, **settings: Any) -> Made:
    """The stack of a class, written to ``outdir``."""
    app = cdk.App(outdir=str(outdir))
    name = stack.__name__
    stack(app, name, runtime=RUNTIME, architecture=architecture, **settings)
    app.synth()
    return Made(outdir, name)
