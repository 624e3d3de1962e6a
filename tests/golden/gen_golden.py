#!/usr/bin/env python3
"""Makes the reference files of one flavour with real Keras.

    gen_golden.py keras2|tfkeras|keras3 OUTDIR [MODEL...]

Each model is trained for two steps on one small batch, saved, and trained for three more steps. What is written, per model:
    .h5 .keras           the whole model, with its optimizer        .weights.h5   the weights in Keras 3's layout
    .legacyw.h5          the weights in Keras 2's layout (Keras 2)  .json         model.to_json()
    .expected.json       names and losses, for people
    .expected.h5         x, y, pred, evaluate ([loss, metrics...] at batch size 3) before the three steps; losses,
                         after00... (weights in the file's order) and pred_after behind them, unless the model drops out
"""
import os, sys
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import json
import h5py
import numpy as np

flavour, out, only = sys.argv[1], sys.argv[2], sys.argv[3:]
if flavour == "tfkeras":
    import tf_keras as keras
else:
    import keras
assert keras.__version__.startswith("3") == (flavour == "keras3"), keras.__version__
L, O = keras.layers, keras.optimizers
STEPS = 3


def rng(seed):
    return np.random.RandomState(seed)


def images(*shape):
    return rng(1).rand(*shape).astype("float32")


def labels(classes):
    return rng(2).randint(0, classes, 8).astype("int64")


def mlp(optimizer, drop=False):
    """the tutorial's model with four units"""
    layers = [L.Flatten(input_shape=(28, 28)), L.Dense(4, activation="relu")] + ([L.Dropout(0.2)] if drop else [])
    m = keras.Sequential(layers + [L.Dense(10)])
    m.compile(optimizer=optimizer, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return m, images(8, 28, 28), labels(10)


def cnn():
    m = keras.Sequential([
        L.Conv2D(8, 3, activation="relu", input_shape=(12, 12, 1)), L.MaxPooling2D(), L.Conv2D(16, 3, padding="same", strides=2),
        L.BatchNormalization(), L.Activation("relu"), L.GlobalAveragePooling2D(), L.Dense(10, activation="softmax")])
    m.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return m, images(8, 12, 12, 1), labels(10)


def dense(optimizer):
    m = keras.Sequential([L.Dense(32, activation="relu", input_dim=100), L.Dense(10, activation="softmax")])
    m.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    return m, images(8, 100), np.eye(10, dtype="float32")[labels(10)]


def all_layers():
    m = keras.Sequential([
        L.Conv2D(4, (3, 2), strides=(2, 1), padding="same", use_bias=False, input_shape=(9, 8, 2), name="c1"),
        L.BatchNormalization(momentum=0.9, epsilon=1e-2, name="bn1"), L.Activation("relu"),
        L.AveragePooling2D((3, 2), strides=(2, 1), padding="same"), L.Conv2D(4, 2, activation="tanh", dilation_rate=2),
        L.MaxPooling2D((2, 2), strides=1, padding="same"), L.Flatten(), L.Dense(6, activation="sigmoid", use_bias=False),
        L.Dropout(0.0), L.BatchNormalization(center=False, scale=False), L.Dense(3), L.Activation("softmax")], name="all_layers")
    m.compile(optimizer=O.Adam(learning_rate=0.01, amsgrad=True), loss=keras.losses.SparseCategoricalCrossentropy(),
              metrics=["accuracy", keras.metrics.SparseCategoricalAccuracy(name="sca")])
    return m, images(8, 9, 8, 2), labels(3)


MODELS = {
    "A4": lambda: mlp(O.RMSprop(learning_rate=0.1), drop=True),
    "A4nd": lambda: mlp(O.RMSprop(learning_rate=0.01)),
    "A4rms_mom_centered": lambda: mlp(O.RMSprop(learning_rate=0.01, rho=0.85, momentum=0.5, epsilon=1e-5, centered=True)),
    "B": cnn,
    "Csgd": lambda: dense("sgd"),
    "Csgdm": lambda: dense(O.SGD(learning_rate=0.05, momentum=0.9, nesterov=True)),
    "Cfresh": lambda: dense("adam"),  # saved before its first step
    "D": all_layers,
}
if flavour == "keras2":  # optimizers as in TensorFlow up to 2.10
    MODELS["Clegacy_adam"] = lambda: dense(O.legacy.Adam(amsgrad=True))
    MODELS["Clegacy_rms"] = lambda: dense(O.legacy.RMSprop(momentum=0.5, centered=True))


def variables_of(m):
    return [v for layer in m.layers for v in layer.trainable_weights + layer.non_trainable_weights]


def name_of(v):
    return getattr(v, "path", v.name)


def save(m, base):
    m.save(base + ".keras")
    m.save_weights(base + ".weights.h5")
    if flavour != "keras3":
        m.save_weights(base + ".legacyw.h5")
    with open(base + ".json", "w") as f:
        f.write(m.to_json())
    m.save(base + ".h5")  # last: Keras 3 then drops the optimizer from what it would save


def make(name):
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)
    m, x, y = MODELS[name]()
    for _ in range(0 if name == "Cfresh" else 2):
        m.train_on_batch(x, y)
    expected = {"x": x, "y": y, "pred": m.predict(x, verbose=0), "evaluate": m.evaluate(x, y, verbose=0, batch_size=3)}
    optimizer = m.optimizer.variables
    notes = {"flavour": flavour, "keras_version": keras.__version__, "weights": [name_of(v) for v in variables_of(m)],
             "optimizer_variables": [name_of(v) for v in (optimizer() if callable(optimizer) else optimizer)]}
    base = os.path.join(out, name)
    save(m, base)
    if not any(isinstance(layer, L.Dropout) and layer.rate > 0 for layer in m.layers):
        expected["losses"] = [float(np.ravel(m.train_on_batch(x, y))[0]) for _ in range(STEPS)]
        expected["pred_after"] = m.predict(x, verbose=0)
        for i, v in enumerate(variables_of(m)):
            expected[f"after{i:02d}"] = np.array(v)
    with h5py.File(base + ".expected.h5", "w") as f:
        for key, value in expected.items():
            f.create_dataset(key, data=np.asarray(value) if key in ("y", "losses") else np.asarray(value, "float32"))
    notes["evaluate_batch_size_3"] = [float(v) for v in expected["evaluate"]]
    notes["resume_losses"] = expected.get("losses", [])
    with open(base + ".expected.json", "w") as f:
        json.dump(notes, f, indent=1)
    print(flavour, name, flush=True)


os.makedirs(out, exist_ok=True)
for model in only or MODELS:
    make(model)
