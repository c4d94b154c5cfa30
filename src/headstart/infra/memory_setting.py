"""Where a function's memory size is said, and the edit that changes it there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from headstart.errors import ConfigError
from headstart.infra import settings
from headstart.infra.config_file import FILE_NAME, is_template
from headstart.infra.program import reader as program_reader
from headstart.infra.project import Project
from headstart.infra.template import assembly
from headstart.model.finding import SetProperty
from headstart.model.function import MemorySize
from headstart.model.function_keys import PROPERTIES
from headstart.model.infrastructure import DeclaredFunction, Place

_KEY: Final = "memory_mb"
_PATH: Final = PROPERTIES[_KEY]


def edit(path: Path, project: Project, *, memory: MemorySize) -> SetProperty:
    """The edit that gives the function of ``project``, found at ``path``, the size ``memory``.

    headstart.toml is edited where it says the size, or describes the function by itself; else its template.

    Raises:
        ConfigError: neither is there, or the template was made by ``cdk synth``: then the message has the line of code
            that says the size.
    """
    declared, config = project.declared, _config(path)
    if config is not None and (declared is None or settings.read(config).function.memory_mb is not None):
        return SetProperty(file=str(config), id=project.spec.name, path=_PATH, value=memory.mb)
    if declared is None:
        raise ConfigError(
            f"no {FILE_NAME} or template says the memory size of {path}, so that there is nothing to change",
            hint=f"headstart init {path} writes a {FILE_NAME}",
        )
    file = Path(declared.resource.place.file)
    if synthesized := next((folder for folder in file.absolute().parents if assembly.is_assembly(folder)), None):
        raise _made_by_cdk(declared, synthesized)
    return SetProperty(file=str(file), id=declared.id, path=_PATH, value=memory.mb)


def _config(path: Path) -> Path | None:
    """The headstart.toml that ``path`` is or holds; what lies beside a template's code says no memory size."""
    file = path / FILE_NAME if path.is_dir() else path
    return file if not is_template(path) and file.suffix == ".toml" and file.is_file() else None


def _made_by_cdk(declared: DeclaredFunction, synthesized: Path) -> ConfigError:
    construct = declared.resource.construct_path.removesuffix("/Resource")
    places = [str(place) for place in _places(construct, synthesized.parent)]
    where = f" at {places[0]}" if len(places) == 1 else f" of the construct {construct}" if construct else ""
    return ConfigError(
        f"{synthesized.name} is made by cdk synth, which would undo a change of it: the size is said by code{where}",
        hint=f"leave --apply out, write memory_size= what is recommended{where}, then cdk synth",
    )


def _places(construct: str, folder: Path) -> Iterator[Place]:
    """Where programs in ``folder`` say the memory size of a construct, or make it if they do not."""
    for file in program_reader.find(folder):
        for infrastructure in program_reader.read(file):
            for function in infrastructure.functions:
                made = function.resource.construct_path
                if made and f"/{construct}".endswith(f"/{made}"):
                    yield function.resource.place_of(*_PATH)
