"""The function of a folder for tests of synth: the requests that are made of it, and the files that are written."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from cli_fixture import Terminal, function

from headstart.infra.infrastructure_table import InfrastructureTable
from headstart.infra.synth.plan import Format, Request
from headstart.model.function import Architecture, FunctionSpec, MemorySize

TOML = """
[function]
name = "orders"
handler = "app.handler"
runtime = "python3.13"
architecture = "arm64"
memory_mb = 512
timeout_s = 10
"""
FORMATS = tuple(Format)
NOTHING_SAID = InfrastructureTable()


def terminal_in(folder: Path, capture) -> Terminal:
    """A terminal beside the function's folder."""
    function(folder / "orders")
    (folder / "orders/headstart.toml").write_text(TOML)
    return Terminal(folder, capture)


def requests_in(folder: Path) -> Callable[..., Request]:
    """Makes requests for the function."""
    code = function(folder / "orders")
    spec = FunctionSpec(
        name="orders",
        code=code,
        handler="app.handler",
        runtime="python3.13",
        memory=MemorySize(512),
        timeout_s=10,
        architecture=Architecture.ARM64,
    )

    def make(table: InfrastructureTable = NOTHING_SAID, kind: Format = Format.CLOUDFORMATION, **said) -> Request:
        of_spec = {key: said.pop(key) for key in list(said) if key in spec.__struct_fields__}
        changed = msgspec.structs.replace(spec, **of_spec)
        given = {"folder": folder / "infrastructure", "version": "0.1.0"} | said
        return Request(spec=changed, table=table, format=kind, **given)

    return make


def of(terminal: Terminal, *words: str) -> dict[str, bytes]:
    """The files that a command writes."""
    said = terminal.type("synth", "orders", *words)
    assert said.code == 0, said.err
    folder = terminal.folder / "orders/infrastructure"
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}
