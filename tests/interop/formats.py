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
from common import check, check_close, check_predictions, check_same_bits, finish, heard, horn, horn_continue, horn_predict, import_keras, np
from contents import h5_variables, h5_weights, learning_rate, state, step, steps, weights, without_rates
import models

flavour = sys.argv[1]
keras = import_keras(flavour)
K3 = flavour == "keras3"
STEPS_LIMIT = 1e-5
BATCH = 32
MODELS = {name: model for name, model in models.models(keras, 14).items() if "Nesterov" not in name}  # which keras_zip.py has


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
    return models.make(keras, MODELS[name], seed, steps)


def files_of(path):
    folder, name = os.path.split(path)
    return {n: open(os.path.join(folder, n), "rb").read() for n in sorted(os.listdir(folder)) if n == name or re.match(re.escape(name) + r"\.(index|data-)", n)}


# ---- Horn ----

def convert(source, path, kind, start):
    """`start` is the model that weights alone belong to."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    beside = [] if kind.whole or not start else ["--architecture", start]
    horn("convert", source, path, *kind.arguments, *beside)


def horn_steps(path, kind, x, y, count, start, folder):
    """Losses, weights and slots after so many steps in Horn from the file."""
    source, more = (path, []) if kind.whole else (start, [path])
    losses = horn_continue(source, x, y, count, folder + "/after.keras", folder, *more)
    horn("convert", folder + "/after.keras", folder + "/after.h5", "--dialect", "keras2")
    return losses, h5_weights(folder + "/after.h5"), without_rates(h5_variables(folder + "/after.h5"))


def horn_predictions(path, kind, x, start, folder):
    source = path
    if not kind.whole:
        source = folder + "/whole.keras"
        horn("convert", path, source, *(["--architecture", start] if start else []))
    return horn_predict(source, folder, x)


# ---- Keras ----

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


# ---- comparing ----

def check_steps(title, found, expected, name):
    """Losses and weights. A moving variance of Keras 2 and 3 differs by a part in N, the batch and its positions, in each step's share of 0.01."""
    check_close(title + ", 3 steps: losses", found[0], expected[0], STEPS_LIMIT)
    worst, pairs = 0.0, list(zip(found[1], expected[1]))
    for a, b in pairs:
        is_variance = "cnn" in name and a.ndim == 1
        limit = max(STEPS_LIMIT, float(np.max(np.abs(b))) * 3 * 0.01 / (BATCH * 16) * 2 if is_variance else 0)
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
        check("Horn's " + title + ": learning rate", learning_rate(loaded) == expected["rate"], "%g" % learning_rate(loaded))
        check_steps("Horn's " + title, horn_steps(path, kind, x, y, 3, start, folder)[:2], (steps(loaded, x, y, 3), weights(loaded)), name)
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
        expected = {"weights": weights(model), "state": state(model), "rate": learning_rate(model), "predictions": model.predict(x, batch_size=32, verbose=0),
                    "after": (steps(model, x, y, 3), weights(model))}
        for place, kind in enumerate(KINDS):
            folder = "%s/%d" % (base, place)
            own = "%s/own/%s" % (folder, kind.file) if kind.write else base + "/made.keras"
            check_kind(kind, name, model, model, own, base + "/start.keras", expected, folder)
finish()
