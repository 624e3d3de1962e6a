"""usage: formats.py keras2|tf_keras|keras3: files of each kind for the MLP, the CNN with BatchNormalization and Dense-softmax, written by Horn and
loaded by that Keras, and the other way round.

Here are whole .h5, .weights.h5, the .h5 of weights alone and TensorFlow's checkpoints; keras_zip.py has .keras, saved_model.py SavedModels,
frozen_graph.py frozen graphs, and the models of all are the same. Each way: weights and the optimizer's variables bit for bit, predictions, three
further steps, and no line on standard error, of a logger or a warning that Keras has not for its own file of that kind. And what Horn
wrote is read and written again with the same bytes."""
import os
import re
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "0"  # TensorFlow's own lines count too
import h5py

from common import check, check_close, check_same_bits, finish, heard, horn, import_keras, np

flavour = sys.argv[1]
keras = import_keras(flavour)
L, O = keras.layers, keras.optimizers
K3 = flavour == "keras3"
STEPS_LIMIT = 1e-5
random = np.random.default_rng(11)
images, labels = random.random((32, 14, 14), "float32"), random.integers(0, 10, 32)
rows, one_hot = random.random((32, 100), "float32"), np.eye(10, dtype="float32")[random.integers(0, 10, 32)]
POSITIONS = 12 * 12  # of the CNN's first BatchNormalization; the second has 4 * 4


def crossentropy():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def mlp():
    return ([keras.Input((14, 14)), L.Flatten(), L.Dense(32, activation="relu"), L.Dropout(0.0), L.Dense(10)],
            dict(optimizer=O.RMSprop(0.001), loss=crossentropy()))


def softmax(optimizer):
    return ([keras.Input((100,)), L.Dense(32, activation="relu"), L.Dense(10, activation="softmax")],
            dict(optimizer=optimizer, loss="categorical_crossentropy"))


def cnn():
    def block(filters):
        return [L.Conv2D(filters, 3, use_bias=False), L.BatchNormalization(), L.Activation("relu"), L.MaxPooling2D()]
    return ([keras.Input((14, 14, 1))] + block(4) + block(8) + [L.Flatten(), L.Dense(16, activation="relu"), L.Dense(10)],
            dict(optimizer=O.Adam(0.001, epsilon=1e-3), loss=crossentropy()))


MODELS = {
    "mlp, RMSprop": (mlp, images, labels),
    "bn_cnn, Adam": (cnn, images[..., None], labels),
    "softmax, SGD": (lambda: softmax(O.SGD(0.05)), rows, one_hot),
    "softmax, SGD with momentum": (lambda: softmax(O.SGD(0.05, momentum=0.9)), rows, one_hot),
    "softmax, 'sgd'": (lambda: softmax("sgd"), rows, one_hot),
}


class Kind:
    """A kind of file: how this Keras writes it (None: not at all), what ./convert needs to, and what this Keras restores of it. `theirs` is a file that
    another Keras wrote, for what is said of it."""
    def __init__(self, title, file, arguments, whole, state, write, theirs=None):
        self.title, self.file, self.arguments, self.whole, self.state, self.write, self.theirs = title, file, arguments, whole, state, write, theirs


KINDS = [Kind(".h5 of weights", "w.h5", ["--to", "keras-h5-weights"], False, False, None if K3 else lambda m, p: m.save_weights(p)),
         Kind(".weights.h5", "m.weights.h5", ["--dialect", "keras3" if K3 else "keras2"], False, True, lambda m, p: m.save_weights(p)),
         Kind(".h5", "m.h5", ["--dialect", "keras3" if K3 else "keras2"], True, not K3, lambda m, p: m.save(p))]
if K3:
    KINDS += [Kind(".h5, keras2", "m.h5", ["--dialect", "keras2"], True, False, None,
                   "tests/golden/keras2.15/Csgdm.h5"),  # those with a loss from logits Keras 3 refuses
              Kind("tf-checkpoint", "ckpt-1", ["--to", "tf-checkpoint", "--dialect", "keras3"], False, True, lambda m, p: write_checkpoint(m, p))]
else:
    KINDS += [Kind("save_weights", "w", [], False, True, lambda m, p: m.save_weights(p)),
              Kind("tf-checkpoint", "ckpt-1", ["--to", "tf-checkpoint"], False, True, lambda m, p: write_checkpoint(m, p))]


def write_checkpoint(model, path):
    made = checkpoint(model).save(path[:-2])
    assert made == path, made


def checkpoint(model):
    import tensorflow as tf
    return tf.train.Checkpoint(model=model, optimizer=model.optimizer)


def make(name, seed=3, steps=3):
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    build, x, y = MODELS[name]
    layers, settings = build()
    model = keras.Sequential(layers)
    model.compile(metrics=["accuracy"], **settings)
    for _ in range(steps):
        model.train_on_batch(x, y)
    return model


# ---- what is there ----

def weights(model):
    return [np.asarray(w.numpy()) for layer in model.layers for w in layer.weights]


def state(model):
    """The iteration and the slots in use: without the learning rate, which is checked of its own."""
    found = model.optimizer.variables
    found = [np.asarray(v.numpy()) for v in (found() if callable(found) else found)]
    found = [v for v in found if v.ndim or v.dtype != np.float32]
    return found[:1] if type(model.optimizer).__name__ == "SGD" and not model.optimizer.momentum else found


def rate(model):
    return np.float32(np.array(model.optimizer.learning_rate))


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def in_h5(path):
    """Weights, and the optimizer's iteration and slots, of an .h5 of dialect keras2."""
    with h5py.File(path) as file:
        group = file["model_weights"]
        found = [group[text(layer)][text(name)][()] for layer in group.attrs["layer_names"] for name in group[text(layer)].attrs["weight_names"]]
        slots = [np.asarray(file["optimizer_weights"][text(name)][()]) for name in file["optimizer_weights"].attrs["weight_names"]] if "optimizer_weights" in file else []
    return found, [v for v in slots if v.ndim or v.dtype != np.float32]


def files_of(path):
    folder, name = os.path.split(path)
    return {n: open(os.path.join(folder, n), "rb").read() for n in sorted(os.listdir(folder)) if n == name or re.match(re.escape(name) + r"\.(index|data-)", n)}


# ---- Horn ----

def convert(source, path, kind, start):
    """`start` is the model that weights alone belong to."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    beside = [] if kind.whole or not start else ["--architecture", start]
    horn("convert", source, path, *kind.arguments, *beside)


def horn_steps(path, kind, x, y, steps, start, folder):
    """Losses, weights and slots after so many steps in Horn from the file."""
    np.save(folder + "/x.npy", x)
    np.save(folder + "/y.npy", y)
    source, more = (path, []) if kind.whole else (start, [path])
    lines = horn("tests/interop/continue", source, folder + "/x.npy", folder + "/y.npy", steps, folder + "/after.keras", *more)
    horn("convert", folder + "/after.keras", folder + "/after.h5", "--dialect", "keras2")
    return (np.array([float(line) for line in lines.split()]),) + in_h5(folder + "/after.h5")


def horn_predictions(path, kind, x, start, folder):
    np.save(folder + "/images.npy", x)
    source = path
    if not kind.whole:
        source = folder + "/whole.keras"
        horn("convert", path, source, *(["--architecture", start] if start else []))
    horn("predict", source, "--data", folder + "/images.npy", "--output", folder + "/p.npy")
    return np.load(folder + "/p.npy")


# ---- Keras ----

def step(model, x, y):
    model.reset_metrics()
    return float(np.ravel(model.train_on_batch(x, y))[0])


def load(path, kind, vessel, x, y):
    """Weights go into a model that has others."""
    lines = set()
    step(vessel, x, y)
    with heard(lines):
        if kind.whole:
            vessel = keras.models.load_model(path)
        elif "checkpoint" in kind.title:
            checkpoint(vessel).restore(path)
        else:
            vessel.load_weights(path)
    return vessel, lines


def keras_steps(model, x, y):
    return np.array([step(model, x, y) for _ in range(3)]), weights(model)


# ---- comparing ----

def check_predictions(title, found, expected):
    check_close(title, found, expected, 1e-6 * max(1.0, float(np.max(np.abs(expected)))))


def check_steps(title, found, expected, name):
    """Losses and weights. A moving variance of Keras 2 and 3 differs by a part in N, the batch and its positions, in each step's share of 0.01."""
    check_close(title + ", 3 steps: losses", found[0], expected[0], STEPS_LIMIT)
    worst, pairs = 0.0, list(zip(found[1], expected[1]))
    for a, b in pairs:
        is_variance = "cnn" in name and a.ndim == 1
        limit = max(STEPS_LIMIT, float(np.max(np.abs(b))) * 3 * 0.01 / (len(images) * 16) * 2 if is_variance else 0)
        worst = max(worst, float(np.max(np.abs(np.float64(a) - np.float64(b)))) / limit)
    check(title + ", 3 steps: weights", worst <= 1 and len(found[1]) == len(expected[1]), "%.2g of the limit, %d arrays" % (worst, len(pairs)))


def check_state(title, found, expected):
    """Where nothing is expected but the iteration, the slots that are not used may be there."""
    check_same_bits(title, found[:len(expected)], expected)


def check_kind(kind, name, model, vessel, own, start, expected, folder):
    """`own` is Keras' own file of that kind, or a .keras where it writes none."""
    _, x, y = MODELS[name]
    title, path, again = "%s, %s" % (kind.title, name), folder + "/horn/" + kind.file, folder + "/again/" + kind.file
    found, after = expected["weights"], expected["after"]
    said_own = set()
    if kind.write:
        _, said_own = load(own, kind, vessel, x, y)
        # what they write
        check_predictions("Keras' " + title + ": Horn's predictions", horn_predictions(own, kind, x, start, folder), expected["predictions"])
        _, read, slots = horn_steps(own, kind, x, y, 0, start, folder)
        check_same_bits("Keras' " + title + ": weights in Horn", read, found)
        if kind.state:
            check_state("Keras' " + title + ": optimizer variables in Horn", slots, expected["state"])
            check_steps("Keras' " + title, horn_steps(own, kind, x, y, 3, start, folder)[:2], after, name)
    if kind.theirs:
        _, said_own = load(kind.theirs, kind, vessel, x, y)
    # what Horn writes; its checkpoints hold the architecture
    convert(own, path, kind, start if kind.write else None)
    beside = start if kind.file.endswith(".h5") else None
    loaded, said = load(path, kind, vessel, x, y)
    check("Horn's " + title + ": nothing is said that Keras' own file does not say", not said - said_own, "; ".join(sorted(said - said_own))[:500])
    check_same_bits("Horn's " + title + ": weights in Keras", weights(loaded), found)
    check_predictions("Horn's " + title + ": Keras' predictions", loaded.predict(x, batch_size=32, verbose=0), horn_predictions(path, kind, x, beside, folder))
    if kind.state:
        check_same_bits("Horn's " + title + ": optimizer variables in Keras", state(loaded), expected["state"])
        check("Horn's " + title + ": learning rate", rate(loaded) == expected["rate"], "%g" % rate(loaded))
        check_steps("Horn's " + title, horn_steps(path, kind, x, y, 3, start, folder)[:2], keras_steps(loaded, x, y), name)
    convert(path, again, kind, beside)
    check("Horn's " + title + ": read and written again, the same bytes", files_of(path) == files_of(again) and len(files_of(path)) > 0)


with tempfile.TemporaryDirectory() as top:
    for number, name in enumerate(MODELS):
        base = "%s/%d" % (top, number)
        os.mkdir(base)
        _, x, y = MODELS[name]
        make(name, 9, 1).save(base + "/start.keras")
        model = make(name)
        model.save(base + "/made.keras")
        for place, kind in enumerate(KINDS):
            os.makedirs("%s/%d/own" % (base, place))
            if kind.write:
                kind.write(model, "%s/%d/own/%s" % (base, place, kind.file))
        expected = {"weights": weights(model), "state": state(model), "rate": rate(model), "predictions": model.predict(x, batch_size=32, verbose=0),
                    "after": keras_steps(model, x, y)}
        for place, kind in enumerate(KINDS):
            folder = "%s/%d" % (base, place)
            own = "%s/own/%s" % (folder, kind.file) if kind.write else base + "/made.keras"
            check_kind(kind, name, model, model, own, base + "/start.keras", expected, folder)
finish()
