import math
import threading
from concurrent.futures import ThreadPoolExecutor


def is_prime(n):
    return n > 1 and all(n % divisor for divisor in range(2, math.isqrt(n) + 1))


def count_primes(numbers):
    return sum(1 for n in numbers if is_prime(n))


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def handler(event, context):
    numbers = event["numbers"]
    with ThreadPoolExecutor(max_workers=4) as executor:
        halves = executor.map(count_primes, [numbers[::2], numbers[1::2]])  # HS405
        single = executor.submit(fibonacci, 30)  # HS405
    thread = threading.Thread(target=count_primes, args=(numbers,))  # HS405
    thread.start()
    thread.join()
    return sum(halves), single.result()
