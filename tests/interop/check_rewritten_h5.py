#!/usr/bin/env python3
"""Real Keras loads what the formats json, keras-h5 and keras-h5-weights write.

    check_rewritten_h5.py keras2|tfkeras|keras3 REWRITE [GOLDEN]

REWRITE is the program built from rewrite.c. Every golden .h5 of every flavour is rewritten in each dialect and loaded: weights,
predictions, evaluation, learning rate, iteration and optimizer slots must be the golden file's, bit for bit where nothing is
computed; training goes on to the golden losses. Any warning that is not in EXPECTED fails.
"""
import os, sys
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import glob, json, logging, subprocess, tempfile, warnings
import h5py
import numpy as np

flavour, rewrite = sys.argv[1], os.path.abspath(sys.argv[2])
golden = sys.argv[3] if len(sys.argv) > 3 else os.path.join(os.path.dirname(__file__), "..", "golden")
if flavour == "tfkeras":
    import tf_keras as keras
else:
    import keras
assert keras.__version__.startswith("3") == (flavour == "keras3"), keras.__version__

# Keras 3 says the last after loading any compiled .h5, its own too.
EXPECTED = ("5 out of the last", "6 out of the last",  # TensorFlow: many models in one process
            "Compiled the loaded model, but the compiled metrics have yet to be built",
            "Error in loading the saved optimizer state")
problems, said = [], []


class Listener(logging.Handler):
    def emit(self, record):
        said.append(record.getMessage())


for name in (None, "absl", "tensorflow"):
    logging.getLogger(name).addHandler(Listener(logging.WARNING))


def check(ok, *what):
    if not ok:
        problems.append(" ".join(map(str, what)))
        print("FAIL", *what)


def close(a, b, tolerance):
    a, b = np.asarray(a, "f8"), np.asarray(b, "f8")
    return a.shape == b.shape and np.all(np.abs(a - b) <= tolerance * max(1, np.abs(b).max()))


def same(a, b):
    return len(a) == len(b) and all(x.shape == y.shape and x.tobytes() == y.tobytes() for x, y in zip(a, b))


def names(group, attribute):
    return [n.decode() if isinstance(n, bytes) else n for n in group.attrs[attribute]]


def read(path):
    """weights, settings, iteration, learning rate, slots as {kind: [tensors]} in the snapshot's sense"""
    with h5py.File(path) as f:
        g = f["model_weights"]
        weights = [g[layer][w][()] for layer in names(g, "layer_names") for w in names(g[layer], "weight_names")]
        settings = json.loads(f.attrs["training_config"])
        o = f["optimizer_weights"]
        values = [o[n][()] for n in names(o, "weight_names")]
        legacy = names(o, "weight_names")[0].endswith("/iter:0")
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
        return [w for layer in names(g, "layer_names") for w in names(g[layer], "weight_names") if "moving_" not in w]


def order(optimizer, kinds, dialect):
    """the list as the dialect has it"""
    if optimizer == "Adam" and dialect != "legacy":
        return [t for pair in zip(*kinds[:2]) for t in pair] + [t for kind in kinds[2:] for t in kind]
    return [t for kind in kinds for t in kind]


def variables(optimizer):
    v = optimizer.variables
    return [np.array(x) for x in (v() if callable(v) else v)]


def flat_rate(model):
    return np.float32(np.array(model.optimizer.learning_rate))


def resume(model, e, what):
    if "losses" not in e:
        return
    losses = [np.ravel(model.train_on_batch(e["x"][()], e["y"][()]))[0] for _ in e["losses"]]
    check(close(losses, e["losses"][()], 1e-5), what, "losses", losses, e["losses"][()])


def cure(model, path):
    """Keras 3 restores no slots from any .h5, its own too; with this it has them"""
    o = keras.optimizers.deserialize(keras.optimizers.serialize(model.optimizer))
    model.compile(o, model.loss, metrics=["accuracy"])
    o.build(model.trainable_variables)
    with h5py.File(path) as f:
        values = [f["optimizer_weights"][n][()] for n in names(f["optimizer_weights"], "weight_names")]
    check(len(values) in (2, len(o.variables)), path, "variables", len(values), len(o.variables))
    for variable, value in zip(o.variables, values):
        variable.assign(value)


def check_model(src, dst, dialect, own):
    what = f"{os.path.relpath(src, golden)} as {dialect}:"
    weights, optimizer, iteration, rate, kinds, is_legacy = read(src)
    if is_legacy and dialect == "keras2":
        dialect = "legacy"  # what Keras 2 writes for such an optimizer
    with h5py.File(src.replace(".h5", ".expected.h5")) as e:
        model = keras.models.load_model(dst)
        check(same(model.get_weights(), weights), what, "weights")
        tolerance = 1e-7 if own else 2e-6  # of a convolution, even the golden file's own differ by 1e-8
        check(close(model.predict(e["x"][()], verbose=0), e["pred"][()], tolerance), what, "predictions")
        if "sca" not in str(model.metrics_names) and "D.h5" not in src:
            found = model.evaluate(e["x"][()], e["y"][()], verbose=0, batch_size=3)
            check(close(found, e["evaluate"][()], 2e-6), what, "evaluate", found, e["evaluate"][()])
        is_k3 = flavour == "keras3"
        if is_k3 and dialect == "keras2":
            return  # the optimizer falls back to its defaults
        check(flat_rate(model) == rate, what, "learning rate", flat_rate(model), rate)
        check(type(model.optimizer).__name__ == optimizer, what, "optimizer", type(model.optimizer))
        check(("legacy" in type(model.optimizer).__module__) == (dialect == "legacy" and not is_k3), what, "legacy class")
        if is_k3 and dialect != "keras3":
            return
        if is_k3:
            cure(model, dst)
        found = variables(model.optimizer)
        check(int(found[0]) == iteration, what, "iteration", found[0], iteration)
        expected = order(optimizer, kinds, dialect)
        found = [v for v in found[1:] if v.ndim]
        if not kinds:  # not trained, or not used
            found = [v for v in found if v.any()]  # fresh ones, all zeros
            expected = []
        check(same(found, expected), what, "slots", len(found), len(expected))
        if is_legacy == (dialect == "legacy") or optimizer != "RMSprop":
            resume(model, e, what)


def check_rest(src, folder):
    """the architecture alone and the weights alone"""
    what = f"{os.path.relpath(src, golden)}:"
    weights = read(src)[0]
    written = os.path.join(folder, "m.json"), os.path.join(folder, "w.h5")
    for path, name in zip(written, ("json", "keras-h5-weights")):
        subprocess.run([rewrite, src, path, "--format", name], check=True)
    model = keras.models.model_from_json(open(written[0]).read())
    model.load_weights(written[1])
    check(same(model.get_weights(), weights), what, "json and keras-h5-weights")


with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    count = 0
    for src in sorted(glob.glob(os.path.join(golden, "*keras*", "*.h5"))):
        if src.count(".h5") != 1 or any(x in os.path.basename(src) for x in (".expected.", ".legacyw.", ".weights.")):
            continue
        if not os.path.exists(src.replace(".h5", ".expected.h5")):
            continue
        own = {"keras2": "/keras2.15/", "tfkeras": "/tf_keras2.21/", "keras3": "/keras3.15/"}[flavour] in src
        for dialect in ("keras2", "legacy") + (("keras3",) if flavour == "keras3" else ()):
            dst = os.path.join(folder, "m.h5")
            subprocess.run([rewrite, src, dst, "--format", "keras-h5", "--dialect", dialect], check=True)
            keras.backend.clear_session()
            check_model(src, dst, dialect, own)
            count += 1
        check_rest(src, folder)
    said += [str(w.message) for w in caught if not issubclass(w.category, (DeprecationWarning, ResourceWarning))]
for text in sorted(set(said)):
    if not text.startswith(EXPECTED):
        check(False, "warning:", text.splitlines()[0][:300])
print(f"{flavour} {keras.__version__}: {count} files, {len(problems)} problems")
sys.exit(bool(problems))
