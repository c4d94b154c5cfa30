"""The rules of the house that a syntax tree can show; each takes one module and yields what is wrong with it."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

LINES_MAX = 400
STATEMENTS_MAX = 40
COMPLEXITY_MAX = 10
PARAMETERS_MAX = 6
POSITIONAL_MAX = 2

ALLOWED_BASES = {"Exception", "Generic", "Protocol", "Struct", "msgspec.Struct"}
ALLOWED_BASES |= {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"}
REQUIRED_BASES = {
    "asyncio.Protocol": "the event loop drives a connection through it",
    "Construct": "the CDK builds its tree of them",
    "str": "a key of a module's dictionary that equals a name and is another object",
}

WORDS_OF_OTHERS = {"container", "worker", "instance", "vm", "job", "task", "warmup", "qps", "burst"}
WORDS_WITHOUT_MEANING = {"manager", "helper", "util", "base"}
# ``tasks`` is asyncio's own word for what ``gather`` takes.
AWS_OWN_NAMES = {"task_root", "tasks"}

CLOCKS = {"time", "monotonic", "perf_counter", "process_time", "thread_time", "clock_gettime"}
READS_CLOCK_OR_CHANCE = {f"time.{name}{suffix}" for name in CLOCKS for suffix in ("", "_ns")}
READS_CLOCK_OR_CHANCE |= {f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")}
READS_CLOCK_OR_CHANCE |= {"datetime.date.today", "os.urandom", "os.getrandom", "uuid.uuid1", "uuid.uuid4"}
CHANCE = ("random.", "secrets.")

PATCHING = {"mock", "unittest.mock", "pytest_mock"}
MONKEYPATCH_ALLOWED = {"setenv", "delenv", "chdir"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One parsed file; ``name`` is what messages call it."""

    name: str
    source: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.source, self.name)

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def at(self, node: ast.stmt | ast.expr | ast.arg, text: str) -> str:
        return f"{self.name}:{node.lineno}: {text}"


def load(root: Path, *folders: str) -> list[Module]:
    files = (file for folder in folders for file in sorted((root / folder).rglob("*.py")))
    return [Module(file.relative_to(root).as_posix(), file.read_text("utf-8")) for file in files]


def long_modules(module: Module) -> Iterator[str]:
    lines = module.source.count("\n")
    if lines > LINES_MAX:
        yield f"{module.name}: {lines} lines; split it by what it knows, {LINES_MAX} is the limit"


def long_functions(module: Module) -> Iterator[str]:
    for function in module.functions():
        statements = sum(isinstance(node, ast.stmt) for node in ast.walk(function)) - 1
        if statements > STATEMENTS_MAX:
            yield module.at(function, f"{function.name} has {statements} statements; name its steps as functions")


def complexity(function: Function) -> int:
    """Independent paths: one, and one more for each statement where the flow can part."""
    forks = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case)
    return 1 + sum(isinstance(node, forks) for node in ast.walk(function))


def complex_functions(module: Module) -> Iterator[str]:
    for function in module.functions():
        paths = complexity(function)
        if paths > COMPLEXITY_MAX:
            yield module.at(function, f"{function.name} has complexity {paths}; use a table or split the decision")


def wide_signatures(module: Module) -> Iterator[str]:
    for function in module.functions():
        given = function.args
        positional = [arg for arg in given.posonlyargs + given.args if arg.arg not in {"self", "cls"}]
        if len(positional) > POSITIONAL_MAX:
            yield module.at(function, f"{function.name}: put `*` before {positional[POSITIONAL_MAX].arg}")
        if len(positional) + len(given.kwonlyargs) > PARAMETERS_MAX:
            yield module.at(function, f"{function.name} has over {PARAMETERS_MAX} parameters; make a value of them")


def inheritance(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        for base in node.bases if isinstance(node, ast.ClassDef) else ():
            name = ast.unparse(base.value if isinstance(base, ast.Subscript) else base)
            if name not in ALLOWED_BASES | REQUIRED_BASES.keys() and not name.endswith("Error"):
                yield module.at(node, f"{node.name} inherits from {name}; use a Protocol, a function, or a field")


def imported_names(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for: ``{"now": "time.time"}`` for ``from time import time as now``."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                head = alias.name.partition(".")[0]
                names[alias.asname or head] = alias.name if alias.asname else head
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def imports(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    """Each import statement with the dotted name of everything it binds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def is_in(name: str, packages: Iterable[str]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def clock_and_chance(module: Module) -> Iterator[str]:
    """Reads of the clock or of randomness. ``Random`` as a type, or with a seed, is neither."""
    tree = module.tree
    names = imported_names(tree)
    unseeded = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and not node.args}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            head, _, rest = ast.unparse(node).partition(".")
            name = f"{names.get(head, '')}.{rest}".rstrip(".")
            seeded = name == "random.Random" and id(node) not in unseeded
            if name in READS_CLOCK_OR_CHANCE or (name.startswith(CHANCE) and not seeded):
                yield module.at(node, f"{name}: take the time or the chance as an argument (clock.py reads them)")


def patching(module: Module) -> Iterator[str]:
    tree = module.tree
    for statement, name in imports(tree):
        if is_in(name, PATCHING):
            yield module.at(statement, f"{name}: pass a fake in (headstart.testing has some)")
    allowed = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in MONKEYPATCH_ALLOWED
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in {"monkeypatch", "mocker"} and id(node) not in allowed:
            yield module.at(
                node, f"{node.id}: pass a fake in; only {', '.join(sorted(MONKEYPATCH_ALLOWED))} are allowed"
            )


def words_in(identifier: str) -> set[str]:
    """The words of a snake_case or CamelCase identifier, in lower case and singular."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)
    return {form for word in words for form in (word.lower(), word.lower().removesuffix("s"))}


def defined_names(tree: ast.Module) -> Iterator[tuple[ast.stmt | ast.expr | ast.arg, str, set[str]]]:
    """Every name that the module itself chooses, with the words that it must not contain."""
    for node in ast.walk(tree):
        if isinstance(node, Function | ast.ClassDef):
            yield node, node.name, WORDS_OF_OTHERS | WORDS_WITHOUT_MEANING
        elif isinstance(node, ast.arg):
            yield node, node.arg, WORDS_OF_OTHERS
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node, node.id if isinstance(node, ast.Name) else node.attr, WORDS_OF_OTHERS


def strange_words(module: Module) -> Iterator[str]:
    for node, name, forbidden in defined_names(module.tree):
        remaining = name.lower()
        for own in AWS_OWN_NAMES:
            remaining = remaining.replace(own, "")
        found = words_in(name if remaining == name.lower() else remaining) & forbidden
        if found:
            yield module.at(node, f"{name}: say it with AWS's own word, or ours, instead of {', '.join(sorted(found))}")
    stem = Path(module.name).stem
    if words_in(stem) & (WORDS_OF_OTHERS | WORDS_WITHOUT_MEANING):
        yield f"{module.name}: name the module for what is in it"


def root_imports(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        from_root = isinstance(node, ast.ImportFrom) and node.module == "headstart"
        if from_root or (isinstance(node, ast.Import) and any(alias.name == "headstart" for alias in node.names)):
            yield module.at(node, "import from the module that defines the name, not from the package root")


def foreign_imports(module: Module, *, siblings: set[str]) -> Iterator[str]:
    """In a program apart: all but the standard library, AWS's runtime client, and its own siblings."""
    known = sys.stdlib_module_names | siblings | {"awslambdaric"}
    for statement, name in imports(module.tree):
        if name.partition(".")[0] not in known:
            yield module.at(statement, f"{name} does not exist where this runs; use the standard library")


def imports_of_programs(module: Module) -> Iterator[str]:
    for statement, name in imports(module.tree):
        if is_in(name, ["headstart.engine.guest", "headstart.engine.spawn", "headstart.optimize.guest"]):
            yield module.at(statement, "this runs in a process of its own; pass its path, do not import it")


def first_cycle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """The modules of one import cycle, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def lines_matching(pattern: str, texts: Mapping[str, str]) -> list[str]:
    """``path:line: match`` for every line of the texts that the pattern is found in."""
    found = []
    for name, text in texts.items():
        for number, line in enumerate(text.splitlines(), start=1):
            if match := re.search(pattern, line):
                found.append(f"{name}:{number}: {match.group()}")
    return found
