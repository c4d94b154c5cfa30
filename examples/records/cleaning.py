"""What makes a record of a person clean, and what refuses it."""

import math
import re

EMAIL = re.compile(r"[a-z0-9._%+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,63}")
AGE_MAX = 150


def clean(record: dict) -> dict:
    """The record with its fields made clean; what else it has stays.

    Raises:
        ValueError: the message has all that is wrong with it.
    """
    cleaned = dict(record)
    problems = []
    for field, of in FIELDS.items():
        try:
            cleaned[field] = of(record[field])
        except KeyError:
            problems.append(f"{field}: is missing")
        except (ValueError, OverflowError) as error:
            problems.append(f"{field}: {error}")
    if problems:
        raise ValueError("; ".join(problems))
    return cleaned


def name_of(value: object) -> str:
    name = text_of(value).strip().title()
    if not name:
        raise ValueError("is empty")
    return name


def email_of(value: object) -> str:
    email = text_of(value).lower()
    if not EMAIL.fullmatch(email):
        raise ValueError("is no e-mail address")
    return email


def age_of(value: object) -> int:
    age = int(number_of(value))
    if type(value) is float and age != value:
        raise ValueError("must be a whole number")
    if not 0 <= age <= AGE_MAX:
        raise ValueError(f"must be from 0 to {AGE_MAX}")
    return age


def score_of(value: object) -> float:
    score = float(number_of(value))
    if not math.isfinite(score):
        raise ValueError("must be finite")
    return score


def number_of(value: object) -> int | float | str:
    """A number, or the text of one: CSV has texts only."""
    if type(value) not in (int, float, str):
        raise ValueError(f"must be a number, is {kind_of(value)}")
    return value


def text_of(value: object) -> str:
    if type(value) is not str:
        raise ValueError(f"must be a text, is {kind_of(value)}")
    return value


def kind_of(value: object) -> str:
    """What it is called in JSON."""
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "an array", dict: "an object"}
    return "null" if value is None else kinds.get(type(value), f"a {type(value).__name__}")


FIELDS = {"name": name_of, "email": email_of, "age": age_of, "score": score_of}
