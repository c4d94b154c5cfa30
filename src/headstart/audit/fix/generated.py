"""Tells files that are made by another program, which are not edited: the next ``cdk synth`` would undo it."""

from pathlib import Path


def source_hint(file: Path) -> str:
    """Where to edit instead of ``file``, as a sentence; empty where it is nobody's output."""
    for folder in reversed(file.absolute().parents):
        if (folder / "manifest.json").is_file() and (folder / "cdk.out").is_file():
            return f"{folder.name} is made by cdk synth: change the CDK app that it comes from"
        if folder.name == ".aws-sam":
            return f"{folder.name} is made by sam build: change the code and template that it is built from"
    return ""
