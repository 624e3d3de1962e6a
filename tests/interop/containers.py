"""What Keras writes that once was refused, read by Horn and given back to Keras: names beyond ASCII, numbers that are not finite,
slopes that are no short floats, the names of TensorFlow 1.13; and every layer class of Keras is known by name.

usage: containers.py keras2|keras3"""
import os
import sys

if sys.argv[1] == "keras3":
    os.environ["KERAS_BACKEND"] = "jax"  # TensorFlow takes no such names
import inspect
import json
import tempfile

import h5py
import numpy as np

import common

flavour = sys.argv[1]
keras = common.import_keras(flavour)
L = keras.layers
x = np.random.RandomState(5).rand(8, 20).astype("float32")
y = np.arange(8) % 4
folder = tempfile.mkdtemp()


def path(name):
    return os.path.join(folder, name)


def make(layers, **names):
    keras.utils.set_random_seed(3)
    m = keras.Sequential(layers, **names)
    m.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    m.train_on_batch(x, y)
    return m


def there_and_back(what, m, suffixes, formats=(".h5", ".keras")):
    """Saved by Keras, read by Horn, converted, and loaded by Keras again. Keras 3 forgets the optimizer of a model that it saved as
    .h5: .keras comes first."""
    expected = m.predict(x, verbose=0)
    for suffix in suffixes:
        m.save(path("keras" + suffix))
        common.check_close("%s in %s: predictions" % (what, suffix), common.horn_predict(path("keras" + suffix), folder, x), expected, 1e-6)
        for to in formats:
            common.horn("convert", path("keras" + suffix), path("horn" + to), *(["--dialect", flavour] if to != ".pb" else []))
            again = common.horn_predict(path("horn.pb"), folder, x) if to == ".pb" else keras.models.load_model(path("horn" + to)).predict(x, verbose=0)
            common.check_close("%s, %s to %s: predictions" % (what, suffix, to), again, expected, 1e-6)


def classes():
    """Each is Horn's or named as Keras' own, never as one that a user could register."""
    wrong = []
    for name in sorted(n for n in dir(L) if inspect.isclass(getattr(L, n))):
        layer = {"class_name": name, "config": {"name": "l", "batch_input_shape": [None, 4, 4, 2]}}
        if name in ("Layer", "Wrapper", "InputSpec", "AbstractRNNCell"):
            continue
        with open(path("class.json"), "w") as file:
            json.dump({"class_name": "Sequential", "config": {"name": "s", "layers": [layer]}}, file)
        out = common.horn_run("inspect", path("class.json"))
        if out.returncode and name != "InputLayer" or "horn_register" in out.stdout + out.stderr:
            wrong.append(name)
    common.check("layer classes of Keras %s" % keras.__version__, not wrong, " ".join(wrong))


def edit(name, change):
    with h5py.File(path(name), "r+") as h:
        h.attrs["model_config"] = change(h.attrs["model_config"])


classes()
if flavour == "keras3":
    there_and_back("names beyond ASCII", make([L.Input((20,)), L.Dense(6, activation="relu", name="слой_1"),
                                               L.Dense(4, activation="softmax", name="出力")], name="modèle"), [".keras", ".h5"])
else:
    there_and_back("an infinite max_value", make([L.Dense(6, input_shape=(20,)), L.ReLU(max_value=float("inf")),
                                                  L.Dense(4, activation="softmax")]), [".keras", ".h5"], (".h5", ".keras", ".pb"))
    there_and_back("a slope of 0.3", make([L.Dense(6, input_shape=(20,)), L.LeakyReLU(0.3), L.ReLU(max_value=0.7, threshold=0.1),
                                           L.BatchNormalization(epsilon=0.0013), L.Dense(4, activation="softmax")]), [".h5"], (".pb",))
    m = make([L.Dense(6, input_shape=(20,)), L.BatchNormalization(), L.Dense(4, activation="softmax")])
    m.save(path("v1.h5"))
    edit("v1.h5", lambda c: c.replace('"BatchNormalization"', '"BatchNormalizationV1"').replace('"GlorotUniform"', '"GlorotUniformV2"'))
    same = keras.models.load_model(path("v1.h5")).predict(x, verbose=0)
    common.check_close("names of TensorFlow 1.13: predictions", common.horn_predict(path("v1.h5"), folder, x), same, 1e-6)
common.finish()
