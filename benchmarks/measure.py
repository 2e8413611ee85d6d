"""Timing contenders side by side.

All contenders of a row take turns: each round runs every one of them once, in a new random order, so
that a slow moment of the machine hits all alike. A turn calls the contender often enough to last a
few milliseconds; its figure is nanoseconds per element. Reported are medians over the rounds.
"""

import random
import statistics
import time

TURN_SECONDS = 0.004
MAX_CALLS = 20_000


def _calls_per_turn(call):
    call()  # compiles, allocates
    call()
    started = time.perf_counter()
    call()
    once = time.perf_counter() - started
    return max(1, min(MAX_CALLS, round(TURN_SECONDS / max(once, 1e-7))))


def compare(contenders, items, rounds):
    """`contenders`: name -> function without arguments. Returns name -> list of ns per element."""
    counts = {name: _calls_per_turn(call) for name, call in contenders.items()}
    samples = {name: [] for name in contenders}
    order = list(contenders)
    for _ in range(rounds):
        random.shuffle(order)
        for name in order:
            call = contenders[name]
            count = counts[name]
            started = time.perf_counter()
            for _ in range(count):
                call()
            samples[name].append((time.perf_counter() - started) / count / items * 1e9)
    return samples


def summary(samples):
    ordered = sorted(samples)
    return {"median": statistics.median(ordered), "min": ordered[0], "max": ordered[-1]}
