"""usage: sequences.py keras2|keras3: an Embedding with a Bidirectional LSTM behind its mask, and a stack of GRUs. Weights and optimizer variables bit for bit, there and
back, through each file of that Keras, and through Horn's files of the other one, which it loads where both Keras are at hand (Keras 3 and tf_keras); configs of
Keras 2.0 to 2.4; two tasks made by a generator: Horn and Keras reach the same over 10 seeds."""
import json
import os
import sys
import tempfile

import graphs
import h5py
import tensorflow as tf
from common import check, check_close, check_same_bits, finish, horn, horn_predict, import_keras, np, run_eagerly
from contents import state, weights

flavour = sys.argv[1]
keras = import_keras(flavour)
K3 = flavour == "keras3"
OTHER = "keras2" if K3 else "keras3"
LIMIT = 1e-5
SEEDS, WORDS, LENGTH = 10, 40, 12


def sentiment(k, length=None):
    L = k.layers
    return k.Sequential([k.Input((length,)), L.Embedding(WORDS, 6, mask_zero=True), L.Bidirectional(L.LSTM(6)), L.Dense(1, activation="sigmoid")])


def wave(k, length=LENGTH):
    L = k.layers
    return k.Sequential([k.Input((length, 1)), L.GRU(8, return_sequences=True), L.GRU(6), L.Dense(1)])


def sentences(rng, n):
    """IMDB-like: words up to 10 are good, up to 20 bad, the others mean nothing; sentences of any length, 0 behind their end. What is more often there decides."""
    x = rng.integers(1, WORDS, (n, LENGTH))
    x[np.arange(LENGTH) >= rng.integers(4, LENGTH + 1, n)[:, None]] = 0
    score = ((x > 0) & (x <= 10)).sum(1) - ((x > 10) & (x <= 20)).sum(1) + rng.normal(0, 0.2, n)
    return x.astype("int32"), (score > 0).astype("float32")[:, None]


def waves(rng, n):
    """The next value of a sine wave with noise."""
    at = rng.uniform(0, 6.28, n)[:, None] + rng.uniform(0.2, 0.8, n)[:, None] * np.arange(LENGTH + 1)
    y = np.sin(at)
    return (y[:, :-1] + rng.normal(0, 0.1, (n, LENGTH))).astype("float32")[..., None], y[:, -1:].astype("float32")


TASKS = {"sentences": (sentiment, sentences, "binary_crossentropy", 0.02), "waves": (wave, waves, "mean_squared_error", 0.01)}


def trained(k, name, *length):
    make, data, loss, rate = TASKS[name]
    k.utils.set_random_seed(3)
    model = make(k, *length)
    model.compile(k.optimizers.Adam(rate), loss)
    x, y = data(np.random.default_rng(1), 16)
    model.train_on_batch(x, y)
    return model, x


def load(k, path):
    return k.models.load_model(path)


def loads_the_same(name, path, model):
    again = load(keras, path)
    check_same_bits(name, weights(again) + state(again), weights(model) + state(model))


# ---- files ----

def check_files(name, folder):
    model, x = trained(keras, name)
    expected = model.predict(x, verbose=0)
    files = ["m.keras"] if K3 else ["m.keras", "m.h5"] + ["tf"] * (name == "sentences")  # Keras 3 has no optimizer in an .h5 that it reads
    outs = ["o.keras"] + ([] if K3 else ["o.h5"])
    for file in files:
        path = "%s/%s" % (folder, file)
        model.save(path)
        check_close("%s: Horn predicts %s" % (name, file), horn_predict(path, folder, x), expected, LIMIT)
        for out in outs:
            horn("convert", path, "%s/%s" % (folder, out), "--dialect", flavour)
            loads_the_same("%s: %s to %s" % (name, file, out), "%s/%s" % (folder, out), model)
        horn("convert", path, folder + "/ckpt", "--to", "tf-checkpoint")
        horn("convert", folder + "/ckpt", folder + "/o.keras", "--dialect", flavour)
        loads_the_same("%s: %s to a checkpoint and back" % (name, file), folder + "/o.keras", model)
        for out in "x.keras", "x.h5":  # in the other Keras' dialect, and back
            horn("convert", path, "%s/%s" % (folder, out), "--dialect", OTHER)
            horn("convert", "%s/%s" % (folder, out), folder + "/back.keras", "--dialect", flavour)
            loads_the_same("%s: %s to %s of %s and back" % (name, file, out, OTHER), folder + "/back.keras", model)
    for out, more in ("o.weights.h5", []), ("w.h5", ["--to", "keras-h5-weights"]), ("w", ["--to", "tf-weights"]):
        if K3 and out == "w":
            continue
        horn("convert", folder + "/m.keras", "%s/%s" % (folder, out), *more, *([] if out == "w.h5" else ["--dialect", flavour]))
        model.set_weights([w * 0 for w in model.get_weights()])
        done = model.load_weights("%s/%s" % (folder, out))
        if hasattr(done, "expect_partial"):
            done.expect_partial()
        check_same_bits("%s: weights alone, %s" % (name, out), weights(model), weights(load(keras, folder + "/m.keras")))


def check_graphs(name, folder):
    """A SavedModel and a frozen graph, which have each step on its own, of one length. A frozen graph has no layers to give back."""
    model, x = trained(keras, name, LENGTH)
    expected, path = model.predict(x, verbose=0), folder + "/fixed.keras"
    model.save(path)
    horn("convert", path, folder + "/fixed_sm/")
    horn("convert", path, folder + "/fixed.pb")
    check_close("%s: a frozen graph in a session" % name, graphs.in_session(graphs.read(folder + "/fixed.pb"), x.astype("float32")), expected, LIMIT)
    function = tf.saved_model.load(folder + "/fixed_sm").signatures["serving_default"]
    key = list(function.structured_input_signature[1])[0]
    check_close("%s: a SavedModel's signature" % name, np.asarray(list(function(**{key: tf.constant(x, tf.float32)}).values())[0]), expected, LIMIT)
    horn("convert", folder + "/fixed_sm/", folder + "/fixed_back.keras", "--dialect", flavour)
    loads_the_same("%s: a SavedModel and back" % name, folder + "/fixed_back.keras", model)
    if not K3:
        again = keras.models.load_model(folder + "/fixed_sm")
        check_close("%s: a SavedModel in Keras" % name, again.predict(x, verbose=0), expected, LIMIT)
        again.optimizer.build(again.trainable_variables)
        again.load_weights(folder + "/fixed_sm")
        check_same_bits("%s: a SavedModel in Keras, weights and variables" % name, weights(again) + state(again), weights(model) + state(model))


def check_other_keras(name, folder):
    """Files of tf_keras in Keras 3, and the other way, through Horn."""
    import tf_keras
    theirs, x = trained(tf_keras, name)
    ours, _ = trained(keras, name)
    theirs.save(folder + "/t.h5")
    horn("convert", folder + "/t.h5", folder + "/t.keras", "--dialect", "keras3")
    again = load(keras, folder + "/t.keras")
    check_same_bits("%s: weights of tf_keras in Keras 3" % name, weights(again), weights(theirs))
    check_same_bits("%s: its optimizer" % name, sorted_by_size(again), sorted_by_size(theirs))
    check_close("%s: Keras 3 predicts as tf_keras" % name, again.predict(x, verbose=0), theirs.predict(x, verbose=0), LIMIT)
    ours.save(folder + "/k.keras")
    for out in "k.h5", "k2.keras":
        horn("convert", folder + "/k.keras", "%s/%s" % (folder, out), "--dialect", "keras2")
        again = load(tf_keras, "%s/%s" % (folder, out))
        check_same_bits("%s: weights of Keras 3 in tf_keras, %s" % (name, out), weights(again), weights(ours))
        check_same_bits("%s: its optimizer, %s" % (name, out), sorted_by_size(again), sorted_by_size(ours))


def sorted_by_size(model):
    """The optimizer's moments in an order that both Keras have: by shape and values."""
    found = model.optimizer.variables() if callable(model.optimizer.variables) else model.optimizer.variables
    arrays = [np.asarray(v) for v in found]
    return sorted([a for a in arrays if a.ndim], key=lambda a: (a.shape, a.tobytes()))


# ---- files of old Keras ----

def older(entry, version):
    """{class_name, config} as that version wrote it."""
    for key in "module", "registered_name", "build_config":
        entry.pop(key, None)
    a = entry["config"]
    for key in "layer", "backward_layer", "cell":
        if key in a:
            older(a[key], version)
    if version < "2.4":
        for key in "time_major", "zero_output_for_mask", "dtype":
            a.pop(key, None)
        if "implementation" in a:
            a["implementation"] = 1
    if entry["class_name"] == "GRU":
        a["reset_after"] = False
        if version < "2.1.4":
            a.pop("reset_after")
            a["implementation"] = 0
    for key in "kernel_initializer", "recurrent_initializer", "embeddings_initializer":
        if key in a:
            a[key].pop("module", None)
            a[key].pop("registered_name", None)
    if "kernel_initializer" in a and version < "2.4":
        a["kernel_initializer"] = {"class_name": "VarianceScaling", "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}}
    return entry


def age(path, version, shape):
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        layers = [older(layer, version) for layer in config["config"]["layers"] if layer["class_name"] != "InputLayer"]
        layers[0]["config"]["batch_input_shape"] = shape
        for layer in layers if version < "2.3" else []:  # names without the cell
            group = file["model_weights"][layer["config"]["name"]]
            names = [name.decode() if isinstance(name, bytes) else name for name in group.attrs["weight_names"]]
            plain = ["/".join(part for part in name.split("/") if "_cell" not in part) for name in names]
            for old, new in zip(names, plain):
                if old != new:
                    group.move(old, new)
            group.attrs["weight_names"] = [name.encode() for name in plain]
        settings = layers if version < "2.2.3" else {"name": "sequential_1", "layers": layers}
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": settings})
        file.attrs["keras_version"] = version
        file.attrs.pop("training_config", None)
        if "optimizer_weights" in file:
            del file["optimizer_weights"]


def old_wave(k):
    L = k.layers
    return k.Sequential([k.Input((LENGTH, 1)), L.GRU(8, return_sequences=True, reset_after=False), L.Bidirectional(L.GRU(6, reset_after=False), merge_mode="sum"),
                         L.Dense(1)])


def check_old(folder):
    for version in "2.0.8", "2.2.4", "2.4.3":
        for make, data, shape in (sentiment, sentences, [None, None]), (old_wave, waves, [None, LENGTH, 1]):
            name = "Keras %s, %s" % (version, data.__name__)
            model = make(keras)
            x, _ = data(np.random.default_rng(1), 16)
            model.save(folder + "/old.h5")
            age(folder + "/old.h5", version, shape)
            check_close(name + ": Horn predicts", horn_predict(folder + "/old.h5", folder, x), model.predict(x, verbose=0), LIMIT)
            horn("convert", folder + "/old.h5", folder + "/new.h5", "--dialect", flavour)
            check_same_bits(name + ": weights", weights(load(keras, folder + "/new.h5")), weights(model))


# ---- tasks ----

EPOCHS, BATCH, TRAIN, TEST = 4, 32, 512, 256


def figures(found, y, loss):
    """Accuracy, or the root of the mean squared error."""
    return float(np.mean((found > 0.5) == (y > 0.5)) if loss.startswith("binary") else np.sqrt(np.mean((found - y) ** 2)))


def horn_figures(name, folder, sets, seed):
    x, y, x_test, y_test = sets
    _, _, loss, rate = TASKS[name]
    horn("train", "--model", folder + "/task.json", "--data", folder + "/task.npz", "--scale", "none", "--loss", loss, "--optimizer", "adam", "--learning-rate", rate,
         "--epochs", EPOCHS, "--batch-size", BATCH, "--validation-split", 0, "--seed", seed, "--no-checkpoint", "--progress", "none", "--save", folder + "/task.h5")
    return figures(horn_predict(folder + "/task.h5", folder, x_test), y_test, loss)


def keras_figures(name, sets, seeds):
    """One model is traced once: each seed begins with new weights and a new state of the optimizer."""
    x, y, x_test, y_test = sets
    make, _, loss, rate = TASKS[name]
    model = make(keras)
    model.compile(keras.optimizers.Adam(rate), loss)
    model.train_on_batch(x[:BATCH], y[:BATCH])
    found = model.optimizer.variables() if callable(model.optimizer.variables) else model.optimizer.variables
    before = [np.asarray(v) for v in found]
    result = []
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        model.set_weights(make(keras).get_weights())
        for v, old in zip(found, before):
            v.assign(np.zeros_like(old) if "learning_rate" not in v.name else old)
        model.fit(x, y, epochs=EPOCHS, batch_size=BATCH, verbose=0)
        result.append(figures(model.predict(x_test, batch_size=TEST, verbose=0), y_test, loss))
    return result


def permutation_share(a, b):
    """How often a random halving of all figures has means as far apart."""
    both, rng = np.concatenate([a, b]), np.random.default_rng(5)
    apart = abs(np.mean(a) - np.mean(b))
    halves = [rng.permutation(both) for _ in range(4000)]
    return float(np.mean([abs(h[:len(a)].mean() - h[len(a):].mean()) >= apart - 1e-12 for h in halves]))


def check_task(name, folder):
    data = TASKS[name][1]
    x, y = data(np.random.default_rng(11), TRAIN + TEST)
    sets = x[:TRAIN], y[:TRAIN], x[TRAIN:], y[TRAIN:]
    np.savez(folder + "/task.npz", x_train=sets[0], y_train=sets[1], x_test=sets[2], y_test=sets[3])
    with open(folder + "/task.json", "w") as file:
        file.write(TASKS[name][0](keras).to_json())
    theirs = keras_figures(name, sets, range(SEEDS))
    ours = [horn_figures(name, folder, sets, seed + 1) for seed in range(SEEDS)]
    share = permutation_share(np.array(ours), np.array(theirs))
    said = "Horn %.4f +- %.4f, Keras %.4f +- %.4f, p %.2f" % (np.mean(ours), np.std(ours), np.mean(theirs), np.std(theirs), share)
    check("%s of %d seeds: two-sample test" % (name, SEEDS), share > 0.01, said)
    chance = np.mean(sets[3]) if name == "sentences" else np.std(sets[3])
    learned = min(ours + theirs) > max(chance, 1 - chance) + 0.1 if name == "sentences" else max(ours + theirs) < chance / 2
    check("%s of %d seeds: learned" % (name, SEEDS), bool(learned), "chance is %.2f" % chance)


with tempfile.TemporaryDirectory() as folder:
    for name in TASKS:
        check_task(name, folder)
    run_eagerly()
    for name in TASKS:
        check_files(name, folder)
        check_graphs(name, folder)
        if K3:
            check_other_keras(name, folder)
    if not K3:
        check_old(folder)
finish()
