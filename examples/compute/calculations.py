"""What is calculated for a number: all of it exact, and none of it in less time than its result deserves."""

from math import isqrt

NUMBER_MAX = 20_000  # whose Fibonacci number has 4,180 digits: Python writes no integer of more than 4,300
EXACT_IN_JSON_MAX = 2**53 - 1  # what every reader of JSON keeps: https://www.rfc-editor.org/rfc/rfc8259#section-6


def calculate(number: int) -> dict:
    """The three results for a number, ready for JSON."""
    return {
        "number": number,
        "fibonacci": exact(fibonacci(number)),
        "prime_count": prime_count(number),
        "sum_of_squares": exact(sum_of_squares(number)),
    }


def exact(integer: int) -> int | str:
    """The integer as JSON can have it without loss: a string of its digits where a number would lose some."""
    return integer if integer <= EXACT_IN_JSON_MAX else str(integer)


def fibonacci(number: int) -> int:
    """F(number) by doubling, from F(0) = 0 and F(1) = 1: a step for each bit of the number."""
    current, following = 0, 1
    for bit in f"{number:b}":
        current, following = current * (2 * following - current), current**2 + following**2
        if bit == "1":
            current, following = following, current + following
    return current


def prime_count(number: int) -> int:
    """How many primes there are up to the number, by the sieve of Eratosthenes."""
    is_prime = bytearray(2) + bytearray(b"\x01") * (number - 1)
    for factor in range(2, isqrt(number) + 1):
        if is_prime[factor]:
            multiples = slice(factor * factor, number + 1, factor)
            is_prime[multiples] = bytes(len(is_prime[multiples]))
    return is_prime.count(1)


def sum_of_squares(number: int) -> int:
    """1² + 2² + … + number², added up: there is a formula, but the course's function is here to compute."""
    return sum(each * each for each in range(1, number + 1))
