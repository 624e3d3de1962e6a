"""Writes schedules.h: the rates of Keras 2.15's schedules at some steps.

    python3 tests/golden/gen_schedules.py > tests/golden/schedules.h
"""
import json

import tensorflow as tf
from tensorflow import keras

STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 20, 21, 99, 100, 101, 1000, 12345, 1000000]
CASES = [
    ("ExponentialDecay", dict(initial_learning_rate=0.1, decay_steps=10, decay_rate=0.96)),
    ("ExponentialDecay", dict(initial_learning_rate=0.1, decay_steps=10, decay_rate=0.5, staircase=True)),
    ("ExponentialDecay", dict(initial_learning_rate=0.03, decay_steps=3000, decay_rate=0.7)),
    ("InverseTimeDecay", dict(initial_learning_rate=0.1, decay_steps=7, decay_rate=0.3)),
    ("InverseTimeDecay", dict(initial_learning_rate=0.1, decay_steps=7, decay_rate=0.3, staircase=True)),
    ("CosineDecay", dict(initial_learning_rate=0.1, decay_steps=100)),
    ("CosineDecay", dict(initial_learning_rate=0.1, decay_steps=11, alpha=0.3)),
    ("CosineDecay", dict(initial_learning_rate=0.0, decay_steps=90, warmup_target=0.1, warmup_steps=10)),
    ("CosineDecay", dict(initial_learning_rate=0.05, decay_steps=10, alpha=0.1, warmup_target=0.01, warmup_steps=3)),
    ("CosineDecay", dict(initial_learning_rate=0.05, decay_steps=10, warmup_target=0.01)),
    ("PolynomialDecay", dict(initial_learning_rate=0.1, decay_steps=10)),
    ("PolynomialDecay", dict(initial_learning_rate=0.1, decay_steps=100, end_learning_rate=0.01, power=0.5)),
    ("PolynomialDecay", dict(initial_learning_rate=0.1, decay_steps=5, end_learning_rate=0.01, power=2.0, cycle=True)),
    ("PiecewiseConstantDecay", dict(boundaries=[2, 5, 100], values=[0.1, 0.01, 0.05, 0.001])),
    ("PiecewiseConstantDecay", dict(boundaries=[3.7], values=[0.1, 0.01])),
]


def numbers(values):
    texts = [f"{float(v):.9g}" for v in values]
    return ", ".join(t + ("f" if "." in t or "e" in t else ".0f") for t in texts)


print(f"/* Made by gen_schedules.py with TensorFlow {tf.__version__} and its Keras. */")
print(f"enum {{ SCHEDULE_STEPS = {len(STEPS)} }};")
print(f"static const int64_t schedule_steps[SCHEDULE_STEPS] = {{ {', '.join(map(str, STEPS))} }};")
print("static const struct {\n    const char *name, *arguments;\n    float rates[SCHEDULE_STEPS];\n} schedule_cases[] = {")
for name, arguments in CASES:
    schedule = getattr(keras.optimizers.schedules, name)(**arguments)
    rates = [schedule(tf.constant(step, tf.int64)).numpy() for step in STEPS]
    print('    { "%s",\n      "%s",\n      { %s } },' % (name, json.dumps(arguments).replace('"', '\\"'), numbers(rates)))
print("};")
