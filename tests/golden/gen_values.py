"""Writes values.h: TensorFlow 2.15's activations and Keras 2.15's losses at fixed points.

    python3 tests/golden/gen_values.py > tests/golden/values.h
"""
import textwrap

import numpy as np
import tensorflow as tf
from tensorflow import keras

Z = np.array([-1e30, -200, -90, -50, -20, -9, -7.9, -5, -2, -1, -0.5, -0.1, -1e-3, -1e-6, 0,
              1e-20, 1e-6, 1e-3, 0.1, 0.5, 1, 2, 5, 7.9, 9, 20, 50, 90, 200, 1e30], "float32")
DY = np.linspace(-1.3, 1.7, len(Z)).astype("float32")
ROWS = np.array([[1, 2, 3, 4], [40, 0, 0, 0], [-200, 300, 299, 0], [1e-3, 0, -1e-3, 5e-4]], "float32")
P = np.array([[0.1, 0.2, 0.3, 0.4], [1, 0, 0, 0], [0.5, 0.25, 0.2500001, 1e-9], [0.2, 0.2, 0.2, 0.2]], "float32")
LABELS = [3, 1, 2, 0]
T = np.array([[0, 0, 0, 1], [0, 1, 0, 0], [0.1, 0.2, 0.3, 0.4], [1, 0, 0, 0]], "float32")


def number(v):
    s = f"{float(v):.9g}"
    if s in ("inf", "-inf", "nan"):
        return {"inf": "INFINITY", "-inf": "-INFINITY", "nan": "NAN"}[s]
    return (s if "." in s or "e" in s else s + ".0") + "f"


def array(values):
    return textwrap.fill("{ " + ", ".join(number(v) for v in np.asarray(values).ravel()) + " }", 110, subsequent_indent="        ")


def gradient(f, x, seed=None):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return y.numpy(), tape.gradient(y, x, output_gradients=seed).numpy()


print(f"/* Made by gen_values.py with TensorFlow {tf.__version__}. */")
print("#include <math.h>")
print(f"enum {{ POINTS = {len(Z)}, LOSS_ROWS = 4, LOSS_COLUMNS = 4 }};")
print(f"static const float value_z[POINTS] = {array(Z)};")
print(f"static const float value_dy[POINTS] = {array(DY)};")
print("static const struct {\n    const char *name;\n    float y[POINTS], dz[POINTS];\n} value_activations[] = {")
for name in ["relu", "sigmoid", "tanh", "elu", "selu", "softplus"]:
    y, dz = gradient(getattr(keras.activations, name), Z, tf.constant(DY))
    print(f'    {{ "{name}",\n      {array(y)},\n      {array(dz)} }},')
print("};")
print(f"static const float value_logits[LOSS_ROWS * LOSS_COLUMNS] = {array(ROWS)};")
print(f"static const float value_softmax[LOSS_ROWS * LOSS_COLUMNS] = {array(tf.nn.softmax(ROWS))};")
print(f"static const float value_probabilities[LOSS_ROWS * LOSS_COLUMNS] = {array(P)};")
print(f"static const int32_t value_labels[LOSS_ROWS] = {{ {', '.join(map(str, LABELS))} }};")
print(f"static const float value_targets[LOSS_ROWS * LOSS_COLUMNS] = {array(T)};")
print("static const struct {\n    const char *name, *arguments;\n    int logits;\n"
      "    float losses[LOSS_ROWS], gradient[LOSS_ROWS * LOSS_COLUMNS];\n} value_losses[] = {")
L = keras.losses
for name, arguments, f in [
    ("SparseCategoricalCrossentropy", "{}", lambda logits: lambda x: L.sparse_categorical_crossentropy(LABELS, x, from_logits=logits)),
    ("CategoricalCrossentropy", "{}", lambda logits: lambda x: L.categorical_crossentropy(T, x, from_logits=logits)),
    ("CategoricalCrossentropy", '{\\"label_smoothing\\": 0.1}',
     lambda logits: lambda x: L.categorical_crossentropy(T, x, from_logits=logits, label_smoothing=0.1)),
]:
    for logits in (1, 0):
        y, dz = gradient(f(bool(logits)), ROWS if logits else P)
        print(f'    {{ "{name}", "{arguments}", {logits},\n      {array(y)},\n      {array(dz)} }},')
print("};")
