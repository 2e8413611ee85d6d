"""Timing contenders side by side.

All contenders of a row take turns: each round runs every one of them once, in a new random
order, so that a slow moment of the machine hits all alike. A turn calls the contender often
enough to last a few milliseconds; its figure is nanoseconds per element. Reported are medians
over the rounds. What a contender does before and after its turns (`around`) is not timed.
"""

import contextlib
import random
import statistics
import time

TURN_SECONDS = 0.004
MAX_CALLS = 20_000


def repeat(call):
    """A function of a number that does `call` so many times."""
    def run(count):
        for _ in range(count):
            call()

    return run


def _calls_per_turn(run, turn):
    run(2)  # compiles, allocates
    started = time.perf_counter()
    run(1)
    once = time.perf_counter() - started
    count = max(1, min(MAX_CALLS, round(turn / max(once, 1e-7))))
    run(count)  # lets engines and tiers finish optimising
    return count


@contextlib.contextmanager
def _turn_of(name, around):
    enter, leave = around.get(name, (None, None))
    if enter:
        enter()
    try:
        yield
    finally:
        if leave:
            leave()


def compare(contenders, items, rounds, turn=TURN_SECONDS, around=None):
    """`contenders`: name -> function of a number of calls; `around`: name -> (enter, leave), what to do
    before and after each turn. Returns name -> list of ns per element."""
    around = around or {}
    counts = {}
    for name, run in contenders.items():
        with _turn_of(name, around):
            counts[name] = _calls_per_turn(run, turn)
    samples = {name: [] for name in contenders}
    order = list(contenders)
    for _ in range(rounds):
        random.shuffle(order)
        for name in order:
            run = contenders[name]
            count = counts[name]
            with _turn_of(name, around):
                started = time.perf_counter()
                run(count)
                seconds = time.perf_counter() - started
            samples[name].append(seconds / count / items * 1e9)
    return samples


def summary(samples):
    ordered = sorted(samples)
    return {"median": statistics.median(ordered), "min": ordered[0], "max": ordered[-1]}
