"""usage: idle_arguments.py keras2|keras3: arguments of compile and of optimizers that change nothing in Horn survive from a file of that Keras through a model of Horn to a file that Keras compiles from.

The settings are compared key by key, with the names of the optimizer's variables."""
import io
import json
import sys
import tempfile
import zipfile

import h5py

from common import check, check_same_bits, finish, horn, horn_continue, import_keras, np

flavour = sys.argv[1]
keras = import_keras(flavour)
K3 = flavour == "keras3"
COMPILE = [{}, {"jit_compile": True}, {"jit_compile": False}, {"run_eagerly": True, "jit_compile": False}, {"steps_per_execution": 2},
           {"jit_compile": True, "steps_per_execution": 3}, {"run_eagerly": False}]
OPTIMIZERS = {"Adam": {}, "SGD": {"momentum": 0.5}, "RMSprop": {}, "AdamW": {}, "Adagrad": {}, "Adadelta": {}, "Adamax": {}, "Nadam": {}, "Ftrl": {}}


def settings(path):
    if path.endswith(".h5"):
        with h5py.File(path) as file:
            return json.loads(file.attrs["training_config"])
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))["compile_config"]


def names(path):
    if path.endswith(".h5"):
        with h5py.File(path) as file:
            return [name.decode() if isinstance(name, bytes) else name for name in file["optimizer_weights"].attrs["weight_names"]]
    with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
        return file["optimizer"].attrs.get("name") if "optimizer" in file else None


def idle(said):
    optimizer = said.get("optimizer", said.get("optimizer_config"))["config"]
    found = {key: said.get(key) for key in ("run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss") if said.get(key) not in (None, False, 1)}  # defaults need not be said
    own = {key: optimizer.get(key) for key in ("name", "is_legacy_optimizer")}
    return found, {**own, "jit_compile": bool(optimizer.get("jit_compile"))}  # false without a GPU, so it need not be said


def make(optimizer, more):
    keras.utils.set_random_seed(4)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="one")], name="model")
    model.compile(optimizer, keras.losses.MeanSquaredError())
    model.train_on_batch(np.ones((2, 3)), np.ones((2, 2)))
    model.compile(optimizer, keras.losses.MeanSquaredError(), **more)  # with the same variables
    return model


def check_case(title, model, suffix, folder):
    x, y = np.ones((2, 3), "float32"), np.ones((2, 2), "float32")
    before, after, direct = folder + "/before" + suffix, folder + "/after" + suffix, folder + "/direct" + suffix
    model.save(before)
    more = [] if K3 and suffix == ".keras" else ["-", "-", flavour]
    horn_continue(before, x, y, 1, after, folder, *more)
    horn("convert", before, direct, *(["--dialect", flavour] if more else []))
    for what, path in (("through a model", after), ("converted", direct)):
        check("%s, %s: arguments" % (title, what), idle(settings(path)) == idle(settings(before)), "%s %s, expected %s %s" % (*idle(settings(path)), *idle(settings(before))))
        check("%s, %s: names of variables" % (title, what), names(path) == names(before), "%s, expected %s" % (names(path), names(before)))
        again = keras.models.load_model(path)
        check("%s, %s: Keras' own arguments" % (title, what), again.optimizer.get_config()["name"] == model.optimizer.get_config()["name"] and
              ("legacy" in title or int(again.optimizer.iterations) == 1 + (path == after)))
    check_same_bits(title + ": weights", keras.models.load_model(direct).get_weights(), model.get_weights())


with tempfile.TemporaryDirectory() as folder:
    for suffix in (".h5", ".keras"):
        for more in COMPILE:
            check_case("%s, %s" % (suffix, more), make(keras.optimizers.Adam(0.01), more), suffix, folder)
        for name, arguments in OPTIMIZERS.items():
            for also in [{"name": "mine"}] + ([] if K3 else [{"name": "mine", "jit_compile": True}]):
                optimizer = getattr(keras.optimizers, name)(**arguments, **also)
                if "jit_compile" in also:
                    optimizer.jit_compile = True  # without a GPU Keras makes it False
                check_case("%s, %s %s" % (suffix, name, also), make(optimizer, {}), suffix, folder)
        if not K3:
            check_case(suffix + ", legacy", make(keras.optimizers.legacy.RMSprop(name="mine"), {}), suffix, folder)
finish()
