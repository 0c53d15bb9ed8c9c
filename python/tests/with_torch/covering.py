"""Cases that bring each two levels of different factors together at least once."""

import itertools
import random


def pairwise(factors, normalise=lambda case: None, seed=1):
    """factors: {name: levels}. normalise() makes of a case that cannot be one that can. Returns
    cases as dicts, drawn so that each covers many pairs that none before it did."""
    draw = random.Random(seed)
    names = list(factors)
    left = {
        ((a, x), (b, y))
        for a, b in itertools.combinations(names, 2)
        for x in factors[a]
        for y in factors[b]
    }
    cases, idle = [], 0
    while left and idle < 60:  # some pairs cannot be
        tries = [_grown(factors, names, left, draw, normalise) for _ in range(20)]
        case = max(tries, key=lambda made: made[1])
        left -= _pairs(case[0], names)
        idle = 0 if case[1] else idle + 1
        if case[1]:
            cases.append(case[0])
    return cases


def _pairs(case, names):
    return {((a, case[a]), (b, case[b])) for a, b in itertools.combinations(names, 2)}


def _grown(factors, names, left, draw, normalise):
    """A pair that is wanted, and the rest by chance."""
    case = {name: draw.choice(factors[name]) for name in names}
    case.update(draw.choice(sorted(left, key=repr)))
    normalise(case)
    return case, len(_pairs(case, names) & left)
