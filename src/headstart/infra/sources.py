"""What lies at a path that is to be audited: templates, code, a headstart.toml. Found by looking, not by reading."""

from pathlib import Path
from typing import Final

import msgspec

from headstart.errors import ConfigError
from headstart.infra.config_file import FILE_NAME, TEMPLATE_SUFFIXES
from headstart.infra.template import assembly

_ASSEMBLY: Final = "cdk.out"
_TEMPLATES: Final = ("template.yaml", "template.yml", "template.json", "*.template.*")
_CODE_SUFFIXES: Final = (".py", ".zip")


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """``folder`` is what is looked at, or what holds it. ``code`` is a folder, a .zip or a .py that was named; None
    where only a template was. ``is_synthesized``: some of the templates are what ``cdk synth`` wrote.
    """

    folder: Path
    templates: tuple[Path, ...] = ()
    config: Path | None = None
    code: Path | None = None
    is_synthesized: bool = False


def find(path: Path) -> Sources:
    """What lies at ``path``: a folder (a project's, a function's, or cdk.out), a template, a .py, a .zip or a
    headstart.toml.

    Raises:
        ConfigError: it does not exist, or is of another kind.
    """
    if not path.exists():
        raise ConfigError(f"{path} does not exist; needed: a folder or a file", hint="headstart audit .")
    if path.is_dir():
        return _in_folder(path)
    config = path.parent / FILE_NAME
    beside = config if config.is_file() else None
    if path.suffix == ".toml":
        return msgspec.structs.replace(_in_folder(path.parent), config=path)
    if path.suffix in _CODE_SUFFIXES:
        return Sources(folder=path.parent, code=path, config=beside)
    if path.suffix in TEMPLATE_SUFFIXES:
        return Sources(folder=path.parent, templates=(path,), config=beside)
    raise ConfigError(
        f"{path} is not a folder, a template ({', '.join(TEMPLATE_SUFFIXES)}), a .py, a .zip or a {FILE_NAME}",
        hint=f"headstart audit {path.parent}",
    )


def _in_folder(folder: Path) -> Sources:
    if assembly.is_assembly(folder):
        return Sources(folder=folder, templates=_of_assembly(folder))
    config = folder / FILE_NAME
    found = sorted(
        {file for pattern in _TEMPLATES for file in folder.glob(pattern) if file.suffix in TEMPLATE_SUFFIXES}
    )
    synthesized = _of_assembly(folder / _ASSEMBLY) if assembly.is_assembly(folder / _ASSEMBLY) else ()
    return Sources(
        folder=folder,
        templates=(*found, *synthesized),
        config=config if config.is_file() else None,
        code=folder,
        is_synthesized=bool(synthesized),
    )


def _of_assembly(folder: Path) -> tuple[Path, ...]:
    """The templates of its stacks. A nested stack is read with the one that it is nested in."""
    return tuple(stack.template for stack in assembly.stacks(folder))
