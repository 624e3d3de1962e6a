"""Writes steps.h: what Keras 2.15's optimizers make of five weights in four steps.

    python3 tests/golden/gen_steps.py > tests/golden/steps.h
"""
import json

import numpy as np
import tensorflow as tf
from tensorflow import keras

rng = np.random.default_rng(7)
W = rng.normal(size=5).astype("float32")
G = (rng.normal(size=(4, 5)) * [1, 1e-3, 1e-6, 30, 1]).astype("float32")
G[:, 4] = 0

O, L = keras.optimizers, keras.optimizers.legacy
CASES = [
    ("SGD", dict(learning_rate=0.1), O.SGD),
    ("SGD", dict(learning_rate=0.1, momentum=0.9), O.SGD),
    ("SGD", dict(learning_rate=0.1, momentum=0.9, nesterov=True), O.SGD),
    ("RMSprop", dict(learning_rate=0.01), O.RMSprop),
    ("RMSprop", dict(learning_rate=0.01, rho=0.8, momentum=0.5), O.RMSprop),
    ("RMSprop", dict(learning_rate=0.01, centered=True), O.RMSprop),
    ("RMSprop", dict(learning_rate=0.01, momentum=0.5, centered=True, epsilon=1e-3), O.RMSprop),
    ("RMSprop", dict(learning_rate=0.01, is_legacy_optimizer=True), L.RMSprop),
    ("RMSprop", dict(learning_rate=0.01, centered=True, epsilon=1e-4, is_legacy_optimizer=True), L.RMSprop),
    ("RMSprop", dict(learning_rate=0.01, momentum=0.5, centered=True, epsilon=1e-3, is_legacy_optimizer=True), L.RMSprop),
    ("Adam", dict(learning_rate=0.01), O.Adam),
    ("Adam", dict(learning_rate=0.01, beta_1=0.8, beta_2=0.99, epsilon=1e-3, amsgrad=True), O.Adam),
    ("AdamW", dict(learning_rate=0.01), O.AdamW),
    ("AdamW", dict(learning_rate=0.01, weight_decay=0.5, beta_1=0.8, beta_2=0.99, epsilon=1e-3, amsgrad=True), O.AdamW),
    ("Adagrad", dict(learning_rate=0.1), O.Adagrad),
    ("Adagrad", dict(learning_rate=0.1, initial_accumulator_value=0.0, epsilon=1e-3), O.Adagrad),
    ("Adagrad", dict(learning_rate=0.1, initial_accumulator_value=0.5, epsilon=1e-3, is_legacy_optimizer=True), L.Adagrad),
    ("Adadelta", dict(learning_rate=1.0), O.Adadelta),
    ("Adadelta", dict(learning_rate=1.0, rho=0.8, epsilon=1e-3, is_legacy_optimizer=True), L.Adadelta),
    ("Adamax", dict(learning_rate=0.01), O.Adamax),
    ("Adamax", dict(learning_rate=0.01, beta_1=0.8, beta_2=0.5, epsilon=1e-3, is_legacy_optimizer=True), L.Adamax),
    ("Nadam", dict(learning_rate=0.01), O.Nadam),
    ("Nadam", dict(learning_rate=0.01, beta_1=0.8, beta_2=0.99, epsilon=1e-3), O.Nadam),
    ("Nadam", dict(learning_rate=0.01, decay=0.004, is_legacy_optimizer=True), L.Nadam),
    ("Nadam", dict(learning_rate=0.01, decay=0.5, epsilon=1e-3, is_legacy_optimizer=True), L.Nadam),
    ("Ftrl", dict(learning_rate=0.1), O.Ftrl),
    ("Ftrl", dict(learning_rate=0.1, learning_rate_power=-0.7, initial_accumulator_value=0.3, l1_regularization_strength=0.02,
                  l2_regularization_strength=0.03, l2_shrinkage_regularization_strength=0.04, beta=0.05), O.Ftrl),
    ("Ftrl", dict(learning_rate=0.1, l1_regularization_strength=0.5, l2_shrinkage_regularization_strength=0.04, is_legacy_optimizer=True), L.Ftrl),
    ("Lion", dict(learning_rate=0.01), O.Lion),
    ("Lion", dict(learning_rate=0.01, beta_1=0.5, beta_2=0.7), O.Lion),
]


def numbers(values):
    texts = [f"{float(v):.9g}" for v in values]
    return "{ " + ", ".join(t + ("f" if "." in t or "e" in t else ".0f") for t in texts) + " }"


def text(arguments):
    return json.dumps(arguments).replace('"', '\\"')


print(f"/* Made by gen_steps.py with TensorFlow {tf.__version__} and its Keras. */")
print("enum { STEPS = 4, STEP_WEIGHTS = 5 };")
print(f"static const float step_start[STEP_WEIGHTS] = {numbers(W)};")
print("static const float step_gradients[STEPS][STEP_WEIGHTS] = {")
for g in G:
    print(f"    {numbers(g)},")
print("};")
print("static const struct {\n    const char *name, *arguments;\n    float after[STEPS][STEP_WEIGHTS];\n} step_cases[] = {")
for name, arguments, cls in CASES:
    given = {"schedule_decay" if k == "decay" else k: v for k, v in arguments.items() if k != "is_legacy_optimizer"}
    o, w = cls(**given), tf.Variable(W)
    print(f'    {{ "{name}", "{text(arguments)}",\n      {{')
    for g in G:
        o.apply_gradients([(tf.constant(g), w)])
        print(f"        {numbers(w.numpy())},")
    print("      } },")
print("};")
