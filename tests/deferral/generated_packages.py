"""Packages made by chance: modules that import one another in every way that there is, and use some of it."""

from collections.abc import Iterator
from random import Random

_MODULES = 9
_WAYS = (
    ("import top.{name}", "top.{name}.value{k}()"),
    ("import top.{name} as t{k}", "t{k}.value{k}()"),
    ("from top import {name} as f{k}", "f{k}.Kind{k}().value()"),
    ("from . import {name}", "{name}.value{k}()"),
    ("from .{name} import value{k}", "value{k}()"),
    ("from top.{name} import value{k} as v{k}, Kind{k} as K{k}, NAME{k} as n{k}", "(v{k}(), K{k}.__name__, n{k})"),
    ("from .{name} import *", "(value{k}(), NAME{k})"),
    ("from .{name} import Kind{k} as Made{k}", "isinstance(Made{k}(), Made{k})"),
)


def package(seed: int) -> dict[str, str]:
    """The files of one; ``app.run`` tells all that its modules come to."""
    chance = Random(seed)
    files = {f"top/m{number}.py": "\n".join(_module(number, chance)) for number in range(_MODULES)}
    offered = chance.sample(range(_MODULES), 4)
    lines = [f"from .m{number} import value{number}, Kind{number} as Offered{number}" for number in offered]
    files["top/__init__.py"] = "\n".join([*lines, chance.choice(["", f"from .m{offered[0]} import *"]), ""])
    used = chance.sample(range(_MODULES), 3)
    calls = [f"m{number}.value{number}()" for number in used]
    calls += [f"top.value{number}()" for number in chance.sample(offered, 2)]
    calls += [f"sorted(name for name in dir(m{number}) if name[0] != '_')" for number in used[:1]]
    calls += [f"hasattr(top, 'value{number}')" for number in range(_MODULES)]
    imports = "".join(f"from top import m{number}\n" for number in used)
    files["app.py"] = f"import top\n{imports}\n\ndef run():\n    return {', '.join(calls)}\n"
    return files


def _module(number: int, chance: Random) -> Iterator[str]:
    imported = chance.sample(range(number), chance.randint(0, min(number, 4)))
    uses = []
    for other in imported:
        statement, use = (text.format(name=f"m{other}", k=other) for text in chance.choice(_WAYS))
        yield statement
        uses += [use] if chance.random() < 0.6 else []
    above = chance.choice(["", *(f"m{other}.Kind{other}" for other in imported)])
    if above:
        yield f"from top import {above.partition('.')[0]}"
    yield f"NAME{number} = 'name {number}'"
    yield f"def value{number}():\n    return ({number}, {', '.join(uses)})"
    yield f"class Kind{number}({above}):\n    def value(self):\n        return value{number}(), len(type(self).__mro__)"
    yield ""
