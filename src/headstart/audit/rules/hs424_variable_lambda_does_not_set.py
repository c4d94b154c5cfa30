"""A variable with a name like one of Lambda's, which Lambda does not set.

*Why it costs.* The default is taken, always and without a word: a limit on memory stays 512 MB on a function of 2,048.

*Use instead.* The name that Lambda sets, ``AWS_LAMBDA_FUNCTION_MEMORY_SIZE``; the kit's ``environment`` reads it.

*Evidence.* The course reads ``LAMBDA_MEMORY_SIZE``, which stays at its default on a function of 2,048 MB (D58).

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.environment import SET_BY_LAMBDA, variables_read, variables_set
from headstart.audit.code.program import Module
from headstart.audit.code.syntax import name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import AuditedFunction, Subject
from headstart.model.finding import Edit, Finding, ReplaceCode, Severity

RULE = Rule(
    id="HS424",
    name="variable-lambda-does-not-set",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)
# Words of names that nobody gives to a variable of his own: LAMBDA_FUNCTION_NAME may well be another function's.
_TELLING = frozenset({"MEMORY", "INITIALIZATION", "STREAM"})


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each read of a variable that neither Lambda nor the template nor the code sets."""
    for program in subject.lambda_programs:
        functions = [function for function in subject.functions if function.program is program]
        reads = [
            (name, meant, node, module)
            for module in program.modules.values()
            for name, node in variables_read(module)
            if (meant := _meant(name))
        ]
        own = {name for module in program.modules.values() for name in variables_set(module)} if reads else set()
        for name, meant, node, module in reads:
            if name not in own and not any(name in _declared(function) for function in functions):
                is_known = all(function.declared for function in functions)
                yield RULE.finding(
                    f"Lambda does not set {name}: the code runs without it, on its default",
                    f"read {meant}",
                    place=module.at(node),
                    subject=name_around(node, module),
                    edits=(_edit(node, name, meant=meant, module=module),),
                    is_safe=is_known,
                )


def _declared(function: AuditedFunction) -> frozenset[str]:
    return frozenset(function.declared.environment) if function.declared else frozenset()


def _meant(name: str) -> str:
    """The variable of Lambda's whose words these are, in their order, with some left out."""
    words = name.split("_")
    if name in SET_BY_LAMBDA or len(words) < 3 or not _TELLING & {*words}:
        return ""
    return next((known for known in sorted(SET_BY_LAMBDA) if _is_part(words, known.split("_"))), "")


def _is_part(words: list[str], whole: list[str]) -> bool:
    remaining = iter(whole)
    return all(word in remaining for word in words)


def _edit(node: ast.expr, name: str, *, meant: str, module: Module) -> Edit:
    place, old = module.at(node), ast.unparse(node)
    new = old.replace(repr(name), repr(meant), 1)
    return ReplaceCode(file=place.file, line=place.line, column=place.column, old=old, new=new)
