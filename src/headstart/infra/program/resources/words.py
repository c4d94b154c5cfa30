"""How values of the CDK are written in a template: its enumerations, times and sizes."""

import re
from typing import Any, Final

from headstart.infra.program.recorder import whole
from headstart.infra.program.values import Duration, Outside, Size
from headstart.model.infrastructure import Symbolic

_RUNTIME: Final = re.compile(r"(PYTHON|NODEJS|JAVA|RUBY|DOTNET|PROVIDED|GO)_?(.*)")
_WORDS_OF_DAYS: Final = {
    "ONE_DAY": 1,
    "THREE_DAYS": 3,
    "FIVE_DAYS": 5,
    "ONE_WEEK": 7,
    "TWO_WEEKS": 14,
    "ONE_MONTH": 30,
    "TWO_MONTHS": 60,
    "THREE_MONTHS": 90,
    "FOUR_MONTHS": 120,
    "FIVE_MONTHS": 150,
    "SIX_MONTHS": 180,
    "ONE_YEAR": 365,
    "THIRTEEN_MONTHS": 400,
    "EIGHTEEN_MONTHS": 545,
    "TWO_YEARS": 731,
    "THREE_YEARS": 1096,
    "FIVE_YEARS": 1827,
    "SIX_YEARS": 2192,
    "SEVEN_YEARS": 2557,
    "EIGHT_YEARS": 2922,
    "NINE_YEARS": 3288,
    "TEN_YEARS": 3653,
}
# https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_logs.LogGroup.html (2026-11-25): two years by default.
RETENTION_DAYS_DEFAULT: Final = 731
_STATISTICS: Final = {
    "avg": "Average",
    "average": "Average",
    "max": "Maximum",
    "maximum": "Maximum",
    "min": "Minimum",
    "minimum": "Minimum",
    "sum": "Sum",
    "n": "SampleCount",
    "samplecount": "SampleCount",
}


def plain(value: Any) -> Any:
    """The value as it is."""
    return value


def listed(value: Any) -> Any:
    """The value as the only one of a list."""
    return [value]


def camel(value: Any) -> Any:
    """A member of an enumeration: ``GREATER_THAN_THRESHOLD`` is ``GreaterThanThreshold``."""
    if not isinstance(value, Outside) or not value.is_of_the_cdk:
        return value
    return "".join(word.capitalize() for word in value.last.split("_"))


def low_camel(value: Any) -> Any:
    """``NOT_BREACHING`` is ``notBreaching``."""
    found = camel(value)
    return found[:1].lower() + found[1:] if isinstance(found, str) and found is not value else found


def shouted(value: Any) -> Any:
    """``DEBUG`` is what it is."""
    return value.last if isinstance(value, Outside) and value.is_of_the_cdk else value


def runtime(value: Any) -> Any:
    """``PYTHON_3_9`` is ``python3.9``; of the newest that the CDK knows the number is not known."""
    found = _RUNTIME.fullmatch(value.last) if isinstance(value, Outside) else None
    if found is None:
        return _of_deployment(value)
    family, number = found[1].lower(), found[2].lower().replace("_", ".")
    if family == "provided":
        return f"provided.{number}" if number else "provided"
    return f"{family}{number}" if number[:1].isdigit() else _of_deployment(value)


def architecture(value: Any) -> Any:
    """``ARM_64`` is ``arm64``."""
    known = {"ARM_64": "arm64", "X86_64": "x86_64"}
    return [known[value.last]] if isinstance(value, Outside) and value.last in known else _of_deployment(value)


def retention_days(value: Any) -> Any:
    """``ONE_WEEK`` is 7; logs are kept for ever with None."""
    if not isinstance(value, Outside):
        return value
    return None if value.last == "INFINITE" else _WORDS_OF_DAYS.get(value.last, _of_deployment(value))


def seconds(value: Any) -> Any:
    """A duration in seconds."""
    return whole(value.seconds) if isinstance(value, Duration) else _of_deployment(value)


def mebibytes(value: Any) -> Any:
    """A size in MB."""
    return whole(value.mebibytes) if isinstance(value, Size) else _of_deployment(value)


def statistic(value: Any) -> Any:
    """As CloudWatch writes it: ``max`` is ``Maximum``, ``p99`` stays."""
    if isinstance(value, Outside) and value.name.rpartition(".")[0].endswith(".Stats"):
        return camel(value)
    return _STATISTICS.get(value.lower(), value) if isinstance(value, str) else _of_deployment(value)


def policy(value: Any) -> str | None:
    """A deletion policy; None for the default."""
    known = {"RETAIN": "Retain", "SNAPSHOT": "Snapshot", "RETAIN_ON_UPDATE_OR_DELETE": "RetainExceptOnCreate"}
    return known.get(value.last) if isinstance(value, Outside) else None


def _of_deployment(value: Any) -> Any:
    return Symbolic(f"${{{value.last}}}") if isinstance(value, Outside) and value.is_of_the_cdk else value
