"""usage: check_rewritten_h5.py keras2|tf_keras|keras3: that Keras loads what the formats json, keras-h5 and keras-h5-weights write.

Every golden .h5 of every flavour is rewritten in each dialect and loaded: weights, predictions, evaluation, learning rate, iteration and optimizer slots must
be the golden file's, bit for bit where nothing is computed; training goes on to the golden losses. Any warning that is not in EXPECTED fails."""
import glob
import json
import logging
import os
import sys
import tempfile
import warnings

import h5py

import common
from common import finish, horn, import_keras, np
from contents import h5_names, h5_variables, h5_weights, learning_rate, variables

GOLDEN = "tests/golden"
flavour = sys.argv[1]
keras = import_keras(flavour)

# Keras 3 says the last after loading any compiled .h5, its own too.
EXPECTED = ("5 out of the last", "6 out of the last",  # TensorFlow: many models in one process
            "Compiled the loaded model, but the compiled metrics have yet to be built",
            "Error in loading the saved optimizer state")
problems, said = [], []  # of one file; in all


class Listener(logging.Handler):
    def emit(self, record):
        said.append(record.getMessage())


for name in (None, "absl", "tensorflow"):
    logging.getLogger(name).addHandler(Listener(logging.WARNING))


def check(ok, *what):
    """One of several about a file."""
    if not ok:
        problems.append(" ".join(map(str, what)))


def count_file(what):
    common.check(what, not problems, "; ".join(problems))
    problems.clear()


def close(a, b, tolerance):
    a, b = np.asarray(a, "f8"), np.asarray(b, "f8")
    return a.shape == b.shape and np.all(np.abs(a - b) <= tolerance * max(1, np.abs(b).max()))


def same(a, b):
    return len(a) == len(b) and all(x.shape == y.shape and x.tobytes() == y.tobytes() for x, y in zip(a, b))


def read(path):
    """weights, settings, iteration, learning rate, slots as {kind: [tensors]} in the snapshot's sense"""
    weights, values = h5_weights(path), h5_variables(path)
    with h5py.File(path) as f:
        settings = json.loads(f.attrs["training_config"])
        legacy = h5_names(f["optimizer_weights"], "weight_names")[0].endswith("/iter:0")
    config = settings["optimizer_config"]["config"]
    optimizer = settings["optimizer_config"]["class_name"].split(">")[-1]
    slots = [v for v in values[1:] if v.ndim or v.dtype.kind != "f"]
    n = len(trainable(path))
    kinds = [slots[i:i + n] for i in range(0, len(slots), n)]
    if optimizer == "Adam" and kinds and not legacy:
        kinds[0:2] = [slots[0:2 * n:2], slots[1:2 * n:2]]
    if optimizer == "SGD" and not config["momentum"]:
        kinds = []
    return weights, optimizer, int(values[0]), np.float32(config["learning_rate"]), kinds, legacy


def trainable(path):
    with h5py.File(path) as f:
        g = f["model_weights"]
        return [w for layer in h5_names(g, "layer_names") for w in h5_names(g[layer], "weight_names") if "moving_" not in w]


def order(optimizer, kinds, dialect):
    """the list as the dialect has it"""
    if optimizer == "Adam" and dialect != "legacy":
        return [t for pair in zip(*kinds[:2]) for t in pair] + [t for kind in kinds[2:] for t in kind]
    return [t for kind in kinds for t in kind]


def resume(model, e):
    if "losses" not in e:
        return
    losses = [np.ravel(model.train_on_batch(e["x"][()], e["y"][()]))[0] for _ in e["losses"]]
    check(close(losses, e["losses"][()], 1e-5), "losses", losses, e["losses"][()])


def cure(model, path):
    """Keras 3 restores no slots from any .h5, its own too; with this it has them"""
    o = keras.optimizers.deserialize(keras.optimizers.serialize(model.optimizer))
    model.compile(o, model.loss, metrics=["accuracy"])
    o.build(model.trainable_variables)
    values = h5_variables(path)
    check(len(values) in (2, len(o.variables)), path, "variables", len(values), len(o.variables))
    for variable, value in zip(o.variables, values):
        variable.assign(value)


def check_model(src, dst, dialect, own):
    weights, optimizer, iteration, rate, kinds, is_legacy = read(src)
    if is_legacy and dialect == "keras2":
        dialect = "legacy"  # what Keras 2 writes for such an optimizer
    with h5py.File(src.replace(".h5", ".expected.h5")) as e:
        model = keras.models.load_model(dst)
        check(same(model.get_weights(), weights), "weights")
        tolerance = 1e-7 if own else 2e-6  # of a convolution, even the golden file's own differ by 1e-8
        check(close(model.predict(e["x"][()], verbose=0), e["pred"][()], tolerance), "predictions")
        if "sca" not in str(model.metrics_names) and "D.h5" not in src:
            found = model.evaluate(e["x"][()], e["y"][()], verbose=0, batch_size=3)
            check(close(found, e["evaluate"][()], 2e-6), "evaluate", found, e["evaluate"][()])
        is_k3 = flavour == "keras3"
        if is_k3 and dialect == "keras2":
            return  # the optimizer falls back to its defaults
        check(learning_rate(model) == rate, "learning rate", learning_rate(model), rate)
        check(type(model.optimizer).__name__ == optimizer, "optimizer", type(model.optimizer))
        check(("legacy" in type(model.optimizer).__module__) == (dialect == "legacy" and not is_k3), "legacy class")
        if is_k3 and dialect != "keras3":
            return
        if is_k3:
            cure(model, dst)
        found = variables(model)
        check(int(found[0]) == iteration, "iteration", found[0], iteration)
        expected = order(optimizer, kinds, dialect)
        found = [v for v in found[1:] if v.ndim]
        if not kinds:  # not trained, or not used
            found = [v for v in found if v.any()]  # fresh ones, all zeros
            expected = []
        check(same(found, expected), "slots", len(found), len(expected))
        if is_legacy == (dialect == "legacy") or optimizer != "RMSprop":
            resume(model, e)


def check_rest(src, folder):
    """the architecture alone and the weights alone"""
    weights = read(src)[0]
    written = os.path.join(folder, "m.json"), os.path.join(folder, "w.h5")
    for path, name in zip(written, ("json", "keras-h5-weights")):
        horn("tests/interop/rewrite", src, path, "--format", name)
    model = keras.models.model_from_json(open(written[0]).read())
    model.load_weights(written[1])
    check(same(model.get_weights(), weights), "json and keras-h5-weights")


def sources():
    for path in sorted(glob.glob(GOLDEN + "/*keras*/*.h5")):
        is_model = path.count(".h5") == 1 and not any(x in os.path.basename(path) for x in (".expected.", ".legacyw.", ".weights."))
        if is_model and os.path.exists(path.replace(".h5", ".expected.h5")):
            yield path


with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for src in sources():
        title, dst = os.path.relpath(src, GOLDEN), folder + "/m.h5"
        own = {"keras2": "/keras2.15/", "tf_keras": "/tf_keras2.21/", "keras3": "/keras3.15/"}[flavour] in src
        for dialect in ("keras2", "legacy") + (("keras3",) if flavour == "keras3" else ()):
            horn("tests/interop/rewrite", src, dst, "--format", "keras-h5", "--dialect", dialect)
            keras.backend.clear_session()
            check_model(src, dst, dialect, own)
            count_file("%s as %s" % (title, dialect))
        check_rest(src, folder)
        count_file("%s as json and keras-h5-weights" % title)
    said += [str(w.message) for w in caught if not issubclass(w.category, (DeprecationWarning, ResourceWarning))]
for text in sorted(set(said)):
    if not text.startswith(EXPECTED):
        common.check("no warning", False, text.splitlines()[0][:300])
finish()
