"""Writes values.h: TensorFlow 2.15's activations and Keras 2.15's losses at fixed points.

    python3 tests/golden/gen_values.py > tests/golden/values.h
"""
import json
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
OUTPUTS = np.array([[0.5, -1.5, 2, 0.25], [0.75, 3, -0.125, -4], [0.9, 0.4, 1.6, 30], [0.1, 0, 0, 0]], "float32")
WANTED = np.array([[0.25, -1, 2, 4], [0, 2.5, 1e-3, -4.5], [1, 0.5, 3, -30], [0, 0, 0, 0]], "float32")
SIDES = np.array([[1, 0, 1, 0], [0, 0, 0, 1], [1, 1, 0, 0], [0, 1, 0, 1]], "float32")
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
for name, values in ("outputs", OUTPUTS), ("wanted", WANTED), ("sides", SIDES):
    print(f"static const float value_{name}[LOSS_ROWS * LOSS_COLUMNS] = {array(values)};")
print("enum value_kind { VALUES_PROBABILITIES, VALUES_LOGITS, VALUES_OUTPUTS, VALUES_SIDES };")
print("static const struct {\n    const char *name, *arguments;\n    enum value_kind kind;\n"
      "    float losses[LOSS_ROWS], gradient[LOSS_ROWS * LOSS_COLUMNS];\n} value_losses[] = {")
L = keras.losses


def binary(t, p):
    """Keras 3's binary crossentropy of probabilities; Keras 2 adds 1e-7 to the arguments of log."""
    p = tf.clip_by_value(p, 1e-7, 1 - 1e-7)
    return -(t * tf.math.log(p) + (1 - t) * tf.math.log(1 - p))


def focal(t, p, gamma, alpha=None):
    p_t = t * p + (1 - t) * (1 - p)
    weight = 1 if alpha is None else t * alpha + (1 - t) * (1 - alpha)
    return tf.reduce_mean(weight * tf.pow(1 - p_t, gamma) * binary(t, p), axis=-1)


KINDS = {"VALUES_PROBABILITIES": (P, T), "VALUES_LOGITS": (ROWS, T), "VALUES_OUTPUTS": (OUTPUTS, WANTED), "VALUES_SIDES": (OUTPUTS, SIDES)}
PROBABILITIES, LOGITS, VALUES, OF_SIDES = KINDS
SMOOTH = '{\\"label_smoothing\\": 0.1}'
FOCAL = '{\\"alpha\\": 0.7, \\"gamma\\": 1.5, \\"label_smoothing\\": 0.1}'
BALANCED = '{\\"apply_class_balancing\\": true, \\"alpha\\": 0.7, \\"gamma\\": 3}'
for name, arguments, kind, f in [
    ("SparseCategoricalCrossentropy", "{}", LOGITS, lambda t, x: L.sparse_categorical_crossentropy(LABELS, x, from_logits=True)),
    ("SparseCategoricalCrossentropy", "{}", PROBABILITIES, lambda t, x: L.sparse_categorical_crossentropy(LABELS, x)),
    ("CategoricalCrossentropy", "{}", LOGITS, lambda t, x: L.categorical_crossentropy(t, x, from_logits=True)),
    ("CategoricalCrossentropy", "{}", PROBABILITIES, L.categorical_crossentropy),
    ("CategoricalCrossentropy", SMOOTH, LOGITS, lambda t, x: L.categorical_crossentropy(t, x, from_logits=True, label_smoothing=0.1)),
    ("CategoricalCrossentropy", SMOOTH, PROBABILITIES, lambda t, x: L.categorical_crossentropy(t, x, label_smoothing=0.1)),
    ("CategoricalFocalCrossentropy", "{}", LOGITS, lambda t, x: L.categorical_focal_crossentropy(t, x, from_logits=True)),
    ("CategoricalFocalCrossentropy", "{}", PROBABILITIES, L.categorical_focal_crossentropy),
    ("CategoricalFocalCrossentropy", FOCAL, PROBABILITIES, lambda t, x: L.categorical_focal_crossentropy(t, x, 0.7, 1.5, label_smoothing=0.1)),
    ("BinaryCrossentropy", "{}", LOGITS, lambda t, x: L.binary_crossentropy(t, x, from_logits=True)),
    ("BinaryCrossentropy", "{}", PROBABILITIES, lambda t, x: tf.reduce_mean(binary(t, x), axis=-1)),
    ("BinaryCrossentropy", SMOOTH, LOGITS, lambda t, x: L.binary_crossentropy(t, x, from_logits=True, label_smoothing=0.1)),
    ("BinaryCrossentropy", SMOOTH, PROBABILITIES, lambda t, x: tf.reduce_mean(binary(0.9 * t + 0.05, x), axis=-1)),
    ("BinaryFocalCrossentropy", "{}", LOGITS, lambda t, x: L.binary_focal_crossentropy(t, x, from_logits=True)),
    ("BinaryFocalCrossentropy", "{}", PROBABILITIES, lambda t, x: focal(t, x, 2.0)),
    ("BinaryFocalCrossentropy", BALANCED, PROBABILITIES, lambda t, x: focal(t, x, 3.0, 0.7)),
    ("BinaryFocalCrossentropy", FOCAL, PROBABILITIES, lambda t, x: focal(0.9 * t + 0.05, x, 1.5)),
    ("KLDivergence", "{}", PROBABILITIES, L.kl_divergence),
    ("Poisson", "{}", PROBABILITIES, L.poisson),
    ("MeanSquaredError", "{}", VALUES, L.mean_squared_error),
    ("MeanAbsoluteError", "{}", VALUES, L.mean_absolute_error),
    ("MeanAbsolutePercentageError", "{}", VALUES, L.mean_absolute_percentage_error),
    ("MeanSquaredLogarithmicError", "{}", VALUES, L.mean_squared_logarithmic_error),
    ("Huber", "{}", VALUES, L.huber),
    ("Huber", '{\\"delta\\": 0.4}', VALUES, lambda t, x: L.huber(t, x, 0.4)),
    ("LogCosh", "{}", VALUES, L.log_cosh),
    ("CosineSimilarity", "{}", OF_SIDES, L.cosine_similarity),
    ("Hinge", "{}", OF_SIDES, L.hinge),
    ("SquaredHinge", "{}", OF_SIDES, L.squared_hinge),
    ("CategoricalHinge", "{}", OF_SIDES, L.categorical_hinge),
]:
    x, t = KINDS[kind]
    y, dz = gradient(lambda x: f(tf.constant(t), x), x)
    print(f'    {{ "{name}", "{arguments}", {kind},\n      {array(y)},\n      {array(dz)} }},')
print("};")

M = keras.metrics
WEIGHTS = np.array([0.5, 2, 0, 1.25], "float32")
print(f"static const float value_weights[LOSS_ROWS] = {array(WEIGHTS)};")
BINARY = "VALUES_BINARY"
PAIRS = {**KINDS, BINARY: (P, SIDES), "VALUES_LABELS": (P, np.array(LABELS)), "VALUES_LOGITS_LABELS": (ROWS, np.array(LABELS))}
print("enum metric_pair { PAIR_" + ", PAIR_".join(name[len("VALUES_"):] for name in PAIRS) + " };")
print("static const struct {\n    const char *name, *arguments;\n    enum metric_pair pair;\n"
      "    double plain, weighted;\n} value_metrics[] = {")


def moments(t, p):
    return [f(x, axis=-1, keepdims=True) for f in (tf.reduce_mean, tf.math.reduce_variance) for x in (t, p)]


def pearson(t, p):
    """Keras 3's."""
    mt, mp, vt, vp = moments(t, p)
    return tf.reduce_mean((t - mt) / tf.sqrt(vt) * (p - mp) / tf.sqrt(vp), axis=-1)


def concordance(t, p):
    """Keras 3.15's."""
    mt, mp, vt, vp = moments(t, p)
    return tf.reduce_mean(2 * (t - mp) * (p - mp) / (vt + vp + tf.square(mt - mp) + 1e-7), axis=-1)


M.PearsonCorrelation = lambda: M.MeanMetricWrapper(pearson)
M.ConcordanceCorrelation = lambda: M.MeanMetricWrapper(concordance)


def quoted(arguments):
    return json.dumps(arguments).replace('"', '\\"')


def result_of(make, pair, weighted):
    """Of two batches of two rows."""
    x, t = PAIRS[pair]
    metric = make()
    for at in slice(0, 2), slice(2, 4):
        weights = np.repeat(WEIGHTS[at, None], x.shape[1], 1) if isinstance(metric, M.BinaryIoU) else WEIGHTS[at]
        metric.update_state(t[at], x[at], sample_weight=weights if weighted else None)
    return float(np.mean(metric.result().numpy()))


for name, pair, arguments in [
    ("BinaryAccuracy", BINARY, {"threshold": 0.25}),
    ("CategoricalAccuracy", PROBABILITIES, {}),
    ("SparseCategoricalAccuracy", "VALUES_LABELS", {}),
    ("TopKCategoricalAccuracy", PROBABILITIES, {"k": 2}),
    ("SparseTopKCategoricalAccuracy", "VALUES_LABELS", {"k": 2}),
    ("MeanSquaredError", VALUES, {}),
    ("MeanAbsoluteError", VALUES, {}),
    ("MeanAbsolutePercentageError", OF_SIDES, {}),
    ("MeanSquaredLogarithmicError", VALUES, {}),
    ("RootMeanSquaredError", VALUES, {}),
    ("LogCoshError", VALUES, {}),
    ("CosineSimilarity", OF_SIDES, {}),
    ("Hinge", OF_SIDES, {}),
    ("SquaredHinge", OF_SIDES, {}),
    ("CategoricalHinge", OF_SIDES, {}),
    ("KLDivergence", PROBABILITIES, {}),
    ("Poisson", PROBABILITIES, {}),
    ("BinaryCrossentropy", LOGITS, {"from_logits": True, "label_smoothing": 0.1}),
    ("CategoricalCrossentropy", LOGITS, {"from_logits": True}),
    ("SparseCategoricalCrossentropy", "VALUES_LOGITS_LABELS", {"from_logits": True}),
    ("Precision", BINARY, {}),
    ("Precision", BINARY, {"thresholds": 0.2}),
    ("Precision", BINARY, {"top_k": 2}),
    ("Precision", BINARY, {"top_k": 2, "class_id": 1}),
    ("Recall", BINARY, {"thresholds": [0.15]}),
    ("Recall", BINARY, {"top_k": 3, "thresholds": 0.2}),
    ("TruePositives", BINARY, {"thresholds": 0.2}),
    ("TrueNegatives", BINARY, {"thresholds": 0.2}),
    ("FalsePositives", BINARY, {"thresholds": 0.2}),
    ("FalseNegatives", BINARY, {"thresholds": 0.2}),
    ("AUC", BINARY, {}),
    ("AUC", BINARY, {"num_thresholds": 5}),
    ("AUC", BINARY, {"num_thresholds": 7, "curve": "PR"}),
    ("AUC", BINARY, {"curve": "PR", "summation_method": "minoring", "num_thresholds": 20}),
    ("AUC", BINARY, {"curve": "ROC", "summation_method": "majoring", "num_thresholds": 9}),
    ("AUC", BINARY, {"thresholds": [0.1, 0.2, 0.45], "curve": "ROC"}),
    ("AUC", OF_SIDES, {"from_logits": True}),
    ("F1Score", PROBABILITIES, {}),
    ("F1Score", BINARY, {"average": "macro", "threshold": 0.15}),
    ("F1Score", BINARY, {"average": "micro", "threshold": 0.15}),
    ("FBetaScore", BINARY, {"average": "weighted", "threshold": 0.2, "beta": 2.0}),
    ("SensitivityAtSpecificity", BINARY, {"specificity": 0.5}),
    ("SensitivityAtSpecificity", BINARY, {"specificity": 0.3, "num_thresholds": 1}),
    ("SpecificityAtSensitivity", BINARY, {"sensitivity": 0.4, "num_thresholds": 7}),
    ("PrecisionAtRecall", BINARY, {"recall": 0.3}),
    ("PrecisionAtRecall", BINARY, {"recall": 0.5, "class_id": 1}),
    ("RecallAtPrecision", BINARY, {"precision": 0.4, "num_thresholds": 20}),
    ("Accuracy", VALUES, {}),
    ("AUC", BINARY, {"multi_label": True, "num_labels": 4}),
    ("AUC", BINARY, {"multi_label": True, "label_weights": [0.5, 2.0, 1.0, 0.25], "num_thresholds": 9}),
    ("AUC", BINARY, {"multi_label": True, "label_weights": [0.5, 2.0, 1.0, 0.25], "curve": "PR", "thresholds": [0.1, 0.2, 0.45]}),
    ("AUC", BINARY, {"label_weights": [0.5, 2.0, 1.0, 0.25], "num_thresholds": 20}),
    ("MeanIoU", "VALUES_LABELS", {"num_classes": 4, "sparse_y_pred": False}),
    ("IoU", "VALUES_LABELS", {"num_classes": 4, "target_class_ids": [1, 3], "sparse_y_pred": False, "ignore_class": 2}),
    ("OneHotIoU", PROBABILITIES, {"num_classes": 4, "target_class_ids": [3]}),
    ("OneHotMeanIoU", PROBABILITIES, {"num_classes": 4, "ignore_class": 0}),
    ("BinaryIoU", BINARY, {"threshold": 0.15, "target_class_ids": [0]}),
    ("MeanRelativeError", VALUES, {"normalizer": [0.5, 2.0, 0.0, 1.5]}),
    ("PearsonCorrelation", OF_SIDES, {}),
    ("ConcordanceCorrelation", OF_SIDES, {}),
    ("R2Score", BINARY, {}),
    ("R2Score", BINARY, {"class_aggregation": "variance_weighted_average", "num_regressors": 3}),
]:
    make = lambda: getattr(M, name)(**arguments)
    print(f'    {{ "{name}", "{quoted(arguments)}", PAIR_{pair[len("VALUES_"):]}, {result_of(make, pair, False)!r}, {result_of(make, pair, True)!r} }},')
print("};")
