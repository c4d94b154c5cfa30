"""Reads a CDK program in Python, without running it, into what its templates would declare."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from headstart.infra.program import calls, statements
from headstart.infra.program.machine import OUTSIDE, Frame, Machine
from headstart.infra.program.objects import create, is_scope, is_stack
from headstart.infra.program.recorder import Recorder
from headstart.infra.program.resources.call import Call
from headstart.infra.program.values import Given, Left, OwnClass
from headstart.infra.template import views
from headstart.model.infrastructure import Infrastructure
from headstart.model.own_code import is_own_folder
from headstart.model.python_places import PythonPlaces

_IMPORTS_THE_CDK: Final = re.compile(rb"^\s*(?:from|import)\s+aws_cdk\b", re.MULTILINE)
_FOLDERS_ABOVE_MAX: Final = 6
_APP: Final = "cdk.json"


def find(path: Path) -> list[Path]:
    """The files of a folder that are parts of a CDK program in Python, or the one file that ``path`` is if it is so."""
    files = [path] if path.is_file() else _python_files(path)
    return [file for file in files if file.suffix == ".py" and _imports_the_cdk(file)]


def _python_files(folder: Path) -> Iterator[Path]:
    for inner, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if is_own_folder(name))
        yield from (Path(inner, name) for name in sorted(names) if name.endswith(".py"))


def _imports_the_cdk(file: Path) -> bool:
    try:
        source = file.read_bytes()
    except OSError:
        return False
    return b"aws_cdk" in source and _IMPORTS_THE_CDK.search(source) is not None


def read(file: Path) -> tuple[Infrastructure, ...]:
    """What each stack in ``file`` declares, and each construct that no stack in it uses; nothing where it cannot be
    parsed, or makes nothing.

    A value that comes from outside the file is ``Symbolic``; what is said in a way that is not followed is listed in
    ``not_understood`` by the logical id of the construct that depends on it. Paths of code are looked for from the
    file's folder and those above, up to the one that has ``cdk.json``.
    """
    try:
        source = file.read_bytes()
        tree = ast.parse(source)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    try:
        machine = _followed(file, tree, source=source.decode(errors="replace"))
    except RecursionError:
        return ()
    return tuple(_infrastructure(file, recorder) for recorder in machine.recorders if _has_something(recorder))


def _followed(file: Path, tree: ast.Module, *, source: str) -> Machine:
    """The program after all of its statements; classes that it does not use itself are begun by us."""
    recorder = Recorder(file.stem)
    machine = Machine(
        places=PythonPlaces(str(file), source),
        recorder=recorder,
        asset=lambda path: _asset(file, path),
        run=statements.run,
        call=calls.call,
        invoke=statements.invoke,
        recorders=[recorder],
    )
    frame = Frame(names={"__file__": str(file.absolute()), "__name__": "__main__"}, machine=machine)
    try:
        statements.run(tree.body, frame)
    except Left:
        machine.uncertain = 0
    for own in _unused(frame):
        machine.nested, machine.uncertain = 0, 0
        try:
            _begin(own, machine)
        except Left:
            continue
    return machine


def _unused(frame: Frame) -> Iterator[OwnClass]:
    """Classes of constructs, stacks first, that were not begun before their turn comes."""
    found = [each for each in frame.names.values() if isinstance(each, OwnClass) and is_scope(each)]
    inherited = {id(ancestor) for each in found for ancestor in each.ancestors}
    for own in sorted(found, key=lambda each: not is_stack(each)):
        if own.name not in frame.machine.started and id(own) not in inherited:
            yield own


def _begin(own: OwnClass, machine: Machine) -> None:
    """As an app would: with a scope and an id, all else unknown."""
    place = machine.place(own.node)
    given = {"scope": Given(OUTSIDE, place), "id": Given(own.name, place)}
    recorder = Recorder(own.name)
    if not is_stack(own):
        machine.recorders.append(recorder)
    with machine.in_recorder(recorder):
        create(own, Call(name=own.name, machine=machine, place=place, positional=tuple(given.values()), is_open=True))


def _has_something(recorder: Recorder) -> bool:
    return bool(recorder.drafts or recorder.faults)


def _infrastructure(file: Path, recorder: Recorder) -> Infrastructure:
    seen = views.typed(str(file), recorder.resources(), not_understood=tuple(recorder.not_understood))
    return msgspec.structs.replace(seen, is_program=True, faults=tuple(recorder.faults))


def _asset(file: Path, path: str) -> Path:
    """Where a path of the program leads: from the folder that is, or that has the first of its parts."""
    folders = [*file.absolute().parents][:_FOLDERS_ABOVE_MAX]
    top = next((index for index, folder in enumerate(folders) if (folder / _APP).is_file()), len(folders) - 1)
    first = next((part for part in Path(path).parts if part != ".."), path)
    candidates = [index for index in range(top + 1) if (folders[index] / path).exists()]
    candidates += [index for index in range(top + 1) if (folders[index] / first).exists()]
    above = candidates[0] if candidates else top if (folders[top] / _APP).is_file() else 0
    return Path(os.path.normpath(Path(file.parent, *[".."] * above, path)))
