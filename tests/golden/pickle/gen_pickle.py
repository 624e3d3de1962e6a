"""Writes all_kinds.pkl beside it: python gen_pickle.py (CPython 3.11, protocol 2).

Every operation that Horn writes, at the sizes where CPython changes to another one.
"""
import collections
import pickle

word = "word"
ordered = [collections.OrderedDict((i, 0) for i in range(n)) for n in (0, 1, 2, 1000, 1001)]
ordered[2]._metadata = collections.OrderedDict([("", {"version": 1}), ("0", {"version": 2})])
value = {
    "integers": [0, 1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, -1, -128, -2**31, -2**31 - 1, 2**39 - 1, 2**39, 2**40, -2**39,
                 -2**39 - 1, -2**40, 2**55, 2**63 - 1, -2**63, 2**63, 2**70, -2**70],
    "numbers": [0.0, -0.0, 0.1, 1e300, float("inf"), float("-inf"), 5e-324],
    "constants": (None, True, False, ()),
    "texts": ["", word, word, "h\u00e9\u20ac\U0001f600"],
    "tuples": [(1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
    "lists": [[], [0], [0] * 2, [0] * 1000, [0] * 1001, [0] * 2001],
    "dicts": [{}, {word: 1}, {1: 2, word: 3}, dict.fromkeys(range(1000), 0), dict.fromkeys(range(1001), 0)],
    "ordered": ordered,
    "memo": [str(i) for i in range(300)],
}
value["again"] = value["memo"]
with open("all_kinds.pkl", "wb") as f:
    pickle.dump(value, f, 2)
