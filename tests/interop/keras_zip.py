"""usage: keras_zip.py keras2|tf_keras|keras3: Horn's .keras and .weights.h5 in that Keras, in every dialect, and that Keras' own in Horn.

Each way: predictions, weights and the optimizer's variables, three further steps, and no word of warning that Keras has not for its own file."""
import io
import os
import re
import sys
import tempfile
import zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "0"  # TensorFlow's own lines count too
import h5py

from common import check, check_close, check_predictions, check_same_bits, finish, heard, horn, horn_continue, horn_predict, import_keras, np, run_eagerly
from contents import learning_rate, state, step, steps, weights, without_rates
import models

flavour = sys.argv[1]
keras = import_keras(flavour)
run_eagerly()
K3 = flavour == "keras3"
LOADS = ["keras3", "both"] if K3 else ["keras2", "both"]  # with the optimizer's variables
STEPS_LIMIT = 1e-5
BATCH = 64
MODELS = {name: model for name, model in models.models(keras, 28, BATCH).items() if name != "softmax, SGD with momentum"}  # which formats.py has


def make(name, seed=3, steps=3):
    return models.make(keras, MODELS[name], seed, steps)


# ---- what a file holds ----

def numbered(group):
    return [group[str(i)][()] for i in range(len(group))]


def open_store(path):
    if path.endswith(".h5"):
        return h5py.File(path)
    with zipfile.ZipFile(path) as archive:
        return h5py.File(io.BytesIO(archive.read("model.weights.h5")))


def snake(name):
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def weights_in(path, model):
    """By the classes of the model's layers, as Keras looks for them."""
    counts, found = {}, []
    with open_store(path) as file:
        for layer in model.layers:
            base = snake(type(layer).__name__)
            place = base + ("_%d" % counts[base] if base in counts else "")
            counts[base] = counts.get(base, 0) + 1
            found += numbered(file["layers/%s/vars" % place])
    return found


def state_in(path, model):
    with open_store(path) as file:
        found = without_rates(numbered(file["optimizer/vars"]))
    return found[:len(state(model))]


# ---- warnings ----

def load(path):
    lines = set()
    with heard(lines):
        model = keras.models.load_model(path)
    return model, lines


def check_weights(title, is_cnn, found, expected):
    """A moving variance of Keras 2 and 3 differs by a part in N, the batch and its positions."""
    if not is_cnn:
        return check_close(title, found, expected, STEPS_LIMIT)
    for a, b in zip(found, expected):
        limit = max(STEPS_LIMIT, float(np.max(np.abs(b))) * 3 * 0.01 / (BATCH * 11 * 11) * 4)
        if np.max(np.abs(a - b)) > limit:
            return check(title, False, "%s differs by %.2g, limit %.2g" % (np.shape(a), np.max(np.abs(a - b)), limit))
    check(title, len(found) == len(expected), "%d arrays" % len(found))


# ---- Horn's files ----

def check_steps(title, path, model, x, y, is_cnn, folder):
    """Both go on from the file; Horn's own result is written in the same way again."""
    after = folder + "/after.keras"
    losses = horn_continue(path, x, y, 3, after, folder)
    expected = steps(model, x, y, 3)
    check_close(title + ", 3 steps: losses", losses, expected, STEPS_LIMIT)
    check_weights(title + ", 3 steps: weights", is_cnn, weights_in(after, model), weights(model))


def check_horn_file(name, dialect, source, said_before, folder):
    build, x, y = MODELS[name]
    title, path = "Horn's %s.keras, %s" % (dialect, name), folder + "/horn.keras"
    horn("tests/interop/rewrite", source, path, "--dialect", dialect)
    model, said = load(path)
    plain_in_keras2 = dialect == "both" and not K3 and name in ("softmax, 'sgd'", "softmax, SGD")  # Keras 2 wants variables that Keras 3 has not
    keeps = dialect in LOADS and not plain_in_keras2
    check_same_bits(title + ": weights", weights(model), weights_in(path, model))
    check_predictions(title + ": predictions", horn_predict(path, folder, x), model.predict(x, batch_size=BATCH, verbose=0))
    new = {line for line in said - said_before if keeps or "Skipping variable loading for optimizer" not in line}
    check(title + ": nothing is said that Keras' own file does not say", not new, "; ".join(sorted(new)))
    loss, accuracy = model.evaluate(x, y, batch_size=BATCH, verbose=0)
    check(title + ": evaluates", np.isfinite(loss) and 0 <= accuracy <= 1)
    with zipfile.ZipFile(path) as archive:
        told = archive.infolist()
        check(title + ": stored, dated 1980", [m.filename for m in told] == ["metadata.json", "config.json", "model.weights.h5"] and
              all(m.compress_type == 0 and m.date_time == (1980, 1, 1, 0, 0, 0) for m in told) and b"date_saved" not in archive.read("metadata.json"))
    if keeps:
        check_same_bits(title + ": optimizer variables", state(model), state_in(path, model))
        check(title + ": learning rate", learning_rate(model) == learning_rate(make(name, steps=0)), "%g" % learning_rate(model))
        check_steps(title, path, model, x, y, "cnn" in name, folder)


def check_horn_weights(name, dialect, source, folder):
    build, x, y = MODELS[name]
    title, path = "Horn's %s.weights.h5, %s" % (dialect, name), folder + "/horn.weights.h5"
    horn("tests/interop/rewrite", source, path, "--format", "keras-weights-h5", "--dialect", dialect)
    model, own = make(name, 5, 1), set()
    model.save_weights(folder + "/own.weights.h5")
    with heard(own):
        model.load_weights(folder + "/own.weights.h5")
    said = set()
    with heard(said):
        model.load_weights(path)
    check_same_bits(title + ": weights", weights(model), weights_in(path, model))
    flavours_own = dialect == ("keras3" if K3 else "keras2")  # a model with a plain rate has its variables
    new = {line for line in said - own if flavours_own or "Skipping variable loading for optimizer" not in line}
    check(title + ": nothing is said that Keras' own file does not say", not new, "; ".join(sorted(new)))
    if flavours_own:
        check_same_bits(title + ": optimizer variables", state(model), state_in(path, model))
        check(title + ": Keras trains on", np.isfinite(step(model, x, y)))


# ---- Keras' files ----

def check_keras_file(name, folder):
    build, x, y = MODELS[name]
    path, title = folder + "/made.keras", "Keras' own .keras, " + name
    model = make(name)
    model.save(path)
    again = folder + "/again.keras"
    horn_continue(path, x, y, 0, again, folder)
    horn_continue(again, x, y, 0, folder + "/third.keras", folder)
    with open(again, "rb") as one, open(folder + "/third.keras", "rb") as other:
        check(title + ": the second and the third writing are equal", one.read() == other.read())
    check_same_bits(title + ": weights", weights_in(again, model), weights(model))
    check_same_bits(title + ": optimizer variables", state_in(again, model), state(model))
    check_predictions(title + ": predictions", horn_predict(path, folder, x), model.predict(x, batch_size=BATCH, verbose=0))
    model, said = load(path)
    check_steps(title, path, model, x, y, "cnn" in name, folder)
    back, _ = load(folder + "/after.keras") if K3 else (None, None)
    if back is not None:
        check_same_bits(title + ": back in Keras after 3 steps", weights(back), weights_in(folder + "/after.keras", back))
    return path, said


def check_keras_weights(name, folder):
    """Into a model of other numbers."""
    build, x, y = MODELS[name]
    title = "Keras' own .weights.h5, " + name
    make(name, 9, 1).save(folder + "/start.keras")
    model = make(name)
    path, again = folder + "/made.weights.h5", folder + "/again.keras"
    model.save_weights(path)
    horn_continue(folder + "/start.keras", x, y, 0, again, folder, path)
    check_same_bits(title + ": weights", weights_in(again, model), weights(model))
    check_same_bits(title + ": optimizer variables", state_in(again, model), state(model))


def check_train_program(folder):
    """The tutorial's model, saved by ./train in each dialect, with Horn's note of a scale, which Keras overlooks."""
    for dialect in LOADS:
        path, alone = folder + "/tutorial.keras", folder + "/tutorial.weights.h5"
        horn("train", "--no-checkpoint", "--epochs", 2, "--scale", "1/255", "--save", path, "--save-weights", alone, "--dialect", dialect)
        model, _ = load(path)
        check_same_bits("train --save .keras --dialect %s: weights" % dialect, weights(model), weights_in(path, model))
        check_same_bits("train --save .keras --dialect %s: optimizer variables" % dialect, state(model), state_in(path, model))
        model.load_weights(alone)
        check_same_bits("train --save-weights .weights.h5 --dialect %s" % dialect, weights(model), weights_in(alone, model))


with tempfile.TemporaryDirectory() as top:
    for number, name in enumerate(MODELS):
        folder = "%s/%d" % (top, number)
        os.mkdir(folder)
        source, said = check_keras_file(name, folder)
        check_keras_weights(name, folder)
        for dialect in LOADS + (["keras2"] if K3 else []):
            check_horn_file(name, dialect, source, said, folder)
        for dialect in ("keras3", "keras2", "both"):
            check_horn_weights(name, dialect, source, folder)
    check_train_program(top)
finish()
