"""A calculator for pupils: solves, differentiates, integrates and simplifies, exactly.

Expressions are read from Python's syntax tree by a table of what is allowed; nothing that is sent is evaluated.
"""

import ast
import operator

import sympy

FUNCTIONS = {
    name: getattr(sympy, name)
    for name in ("sin", "cos", "tan", "exp", "log", "sqrt", "Abs", "asin", "acos", "atan", "factorial")
}
CONSTANTS = {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "oo": sympy.oo}
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}
LENGTH_MAX = 200


class Refused(Exception):
    """The expression cannot be read; the message is for its sender."""


def handler(event, context):
    """Do what the event's ``action`` says."""
    try:
        return {"answer": ACTIONS[event["action"]](event)}
    except Refused as refusal:
        return {"refused": str(refusal)}


def read(text):
    """The expression that a text stands for."""
    if len(text) > LENGTH_MAX:
        raise Refused(f"{len(text)} characters are too many; at most {LENGTH_MAX}")
    try:
        return built(ast.parse(text.strip().replace("^", "**"), mode="eval").body)
    except SyntaxError:
        raise Refused(f"{text!r} is no expression") from None


def built(node):
    """The expression that a node stands for."""
    match node:
        case ast.BinOp(op=kind) if type(kind) in OPERATORS:
            return OPERATORS[type(kind)](built(node.left), built(node.right))
        case ast.UnaryOp(op=kind) if type(kind) in OPERATORS:
            return OPERATORS[type(kind)](built(node.operand))
        case ast.Call(func=ast.Name(id=name), args=[argument]) if name in FUNCTIONS:
            return FUNCTIONS[name](built(argument))
        case ast.Constant(value=int() | float() as number):
            return sympy.Rational(str(number))
        case ast.Name(id=name):
            return CONSTANTS.get(name) or sympy.Symbol(name)
    raise Refused(f"{ast.unparse(node)} is not allowed")


def solve(event):
    """The solutions of one equation, or of a system, for its unknowns in the order of their names."""
    equations = [read(side) - read(other) for side, _, other in (each.partition("=") for each in event["equations"])]
    unknowns = sorted(set().union(*(each.free_symbols for each in equations)), key=str)
    if len(equations) == 1:
        return sorted(map(str, sympy.solve(equations[0], unknowns[0])))
    return [{str(name): str(value) for name, value in each.items()} for each in sympy.solve(equations, dict=True)]


def differentiate(event):
    """The derivative, simplified."""
    return str(sympy.simplify(sympy.diff(read(event["expression"]), sympy.Symbol(event["by"]))))


def integrate(event):
    """The integral, definite where there are bounds."""
    by = sympy.Symbol(event["by"])
    return str(sympy.integrate(read(event["expression"]), (by, *map(read, event.get("bounds", [])))))


def simplify(event):
    """A simpler form, its factors, and its value to 15 digits if it is a number."""
    expression = read(event["expression"])
    simple = sympy.simplify(expression)
    value = {} if expression.free_symbols else {"value": str(sympy.N(expression))}
    return {"simple": str(simple), "factors": str(sympy.factor(expression)), **value}


def expand_in_series(event):
    """The first terms around a point."""
    by = sympy.Symbol(event["by"])
    return str(sympy.series(read(event["expression"]), by, read(event.get("around", "0")), event.get("terms", 6)))


def eigenvalues(event):
    """The eigenvalues of a matrix with how often each occurs, and its determinant."""
    matrix = sympy.Matrix([[read(cell) for cell in row] for row in event["matrix"]])
    values = {str(value): int(count) for value, count in matrix.eigenvals().items()}
    return {"eigenvalues": dict(sorted(values.items())), "determinant": str(matrix.det())}


ACTIONS = {
    "solve": solve,
    "differentiate": differentiate,
    "integrate": integrate,
    "simplify": simplify,
    "series": expand_in_series,
    "eigenvalues": eigenvalues,
}
