"""Reads templates that a test writes down."""

from pathlib import Path
from typing import Any

from headstart.infra.template.options import ReadOptions
from headstart.infra.template.reader import read
from headstart.model.infrastructure import Infrastructure, Resource


def read_text(folder: Path, text: str, *, name: str = "template.yaml", **options: Any) -> Infrastructure:
    file = folder / name
    file.write_text(text)
    return read(file, options=ReadOptions(**options))


def one(folder: Path, properties: str, *, before: str = "", beside: str = "", **options: Any) -> Resource:
    """The resource ``It`` with these properties, in a template with a queue, a function, its version and its alias."""
    text = f"""{before}
Resources:
  Queue: {{Type: AWS::SQS::Queue}}
  Orders: {{Type: AWS::Lambda::Function}}
  V1: {{Type: AWS::Lambda::Version, Properties: {{FunctionName: !Ref Orders}}}}
  Live:
    Type: AWS::Lambda::Alias
    Properties: {{FunctionName: !GetAtt Orders.Arn, FunctionVersion: !GetAtt V1.Version, Name: live}}
  It:
    Type: Custom::It
    Properties: {properties}
{beside}
"""
    return read_text(folder, text, **options).resources["It"]


def value(folder: Path, expression: str, **more: Any) -> Any:
    """What ``expression`` resolves to as a property."""
    return one(folder, f"{{X: {expression}}}", **more).get("X", default="(absent)")
