"""What a container image of a function is built from: AWS's own image of the runtime, and the package."""

from pathlib import Path
from typing import Final

from headstart.model.function import Architecture

FOLDER: Final = "function"
# https://docs.aws.amazon.com/lambda/latest/dg/python-image.html (2026-11-25)
_DOCKERFILE: Final = """\
# docker build --platform {platform} --provenance=false -t {name} .
FROM public.ecr.aws/lambda/python:{version}
COPY {folder}/ ${{LAMBDA_TASK_ROOT}}/
CMD ["{handler}"]
"""
_PLATFORMS: Final = {Architecture.ARM64: "linux/arm64", Architecture.X86_64: "linux/amd64"}


def write_dockerfile(context: Path, *, runtime: str, architecture: Architecture, handler: str) -> None:
    """Write the Dockerfile of the package in the folder ``function`` of ``context``."""
    text = _DOCKERFILE.format(
        platform=_PLATFORMS[architecture],
        name=handler.partition(".")[0].replace("/", "-").lower().strip("-_"),
        version=runtime.removeprefix("python"),
        folder=FOLDER,
        handler=handler,
    )
    (context / "Dockerfile").write_text(text, "utf-8")
