"""Writes activations.h: Keras 3.15's activations at fixed points, those that values.h does not have.

    python3 tests/golden/gen_activations.py > tests/golden/activations.h
"""
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import keras  # noqa: E402

NAMES = ["relu6", "leaky_relu", "hard_silu", "hard_tanh", "hard_shrink", "soft_shrink", "sparse_plus", "sparse_sigmoid",
         "celu", "log_sigmoid", "softsign", "exponential", "silu", "gelu", "mish", "tanh_shrink", "squareplus"]
Z = np.array([-1e30, -200, -90, -50, -20, -9, -7.9, -6, -5.6, -5, -4, -3, -2, -1.4, -1.3, -1, -0.7, -0.5, -0.1, -1e-3, -1e-6,
              1e-20, 1e-6, 1e-3, 0.1, 0.5, 0.7, 1, 1.3, 1.4, 2, 3, 4, 5, 5.6, 6, 7.9, 9, 20, 50, 90, 200, 1e30], "float32")
ROWS = np.array([[1, 2, 3, 4], [40, 0, 0, 0], [-200, 300, 299, 0], [1e-3, 0, -1e-3, 5e-4]], "float32")


def number(v):
    s = f"{float(v):.9g}"
    if s in ("inf", "-inf", "nan"):
        return {"inf": "INFINITY", "-inf": "-INFINITY", "nan": "NAN"}[s]
    return (s if "." in s or "e" in s else s + ".0") + "f"


def array(values):
    return "{ " + ", ".join(number(v) for v in np.asarray(values).ravel()) + " }"


def slopes(f, z, dy):
    z = tf.constant(z)
    with tf.GradientTape() as tape:
        tape.watch(z)
        y = f(z)
    return y.numpy(), tape.gradient(y, z, output_gradients=tf.constant(dy)).numpy()


print(f"/* Made by gen_activations.py with Keras {keras.__version__} on TensorFlow {tf.__version__}. */")
print("#include <math.h>")
print(f"enum {{ MORE_POINTS = {len(Z)}, ROW_POINTS = {ROWS.size} }};")
print(f"static const float more_z[MORE_POINTS] = {array(Z)};")
print("static const struct {\n    const char *name;\n    float y[MORE_POINTS], slope[MORE_POINTS];\n} more_activations[] = {")
for name in NAMES:
    y, slope = slopes(getattr(keras.activations, name), Z, np.ones_like(Z))
    print(f'    {{ "{name}",\n      {array(y)},\n      {array(slope)} }},')
print("};")
DY = np.linspace(-1, 2, ROWS.size, dtype="float32").reshape(ROWS.shape)
y, dz = slopes(keras.activations.log_softmax, ROWS, DY)
for name, values in [("z", ROWS), ("dy", DY), ("y", y), ("dz", dz)]:
    print(f"static const float log_softmax_{name}[ROW_POINTS] = {array(values)};")
