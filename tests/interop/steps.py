"""usage: steps.py keras2|keras3: three steps of training in Keras and in Horn, from the same file, for each optimizer and its arguments, on Dense networks
without dropout and shuffle.

The file is of a model that made two steps: its variables go on. Optimizers whose variables do not start as zeros also begin with a model that was never
trained. Horn saves each file again without a step: Keras finds the same bits in it. A legacy optimizer whose formula is that of today's class is saved as
that one.

And runs in two halves, on images too: 5 steps in Keras and 5 in Horn, and the other way round, are the same as 10 in Keras."""
import json
import sys
import tempfile

import h5py
from common import check, check_close, check_same_bits, finish, horn, horn_continue, import_keras, np, run_eagerly
from contents import state

flavour = sys.argv[1]
keras = import_keras(flavour)
run_eagerly()
layers, optimizers = keras.layers, keras.optimizers
K3 = flavour == "keras3"
LIMIT = 2e-6


def relu_network():
    """Logits, class numbers, which may be floats in a column."""
    model = keras.Sequential([keras.Input((20,)), layers.Dense(32, activation="relu"), layers.Dense(10)])
    return model, keras.losses.SparseCategoricalCrossentropy(from_logits=True), lambda rng: rng.integers(0, 10, (64, 1)).astype("float32")


def softmax_network():
    """Probabilities, one-hot rows, smooth activations, one layer without bias."""
    model = keras.Sequential([keras.Input((12,)), layers.Dense(24, activation="tanh"), layers.Dense(16, activation="sigmoid", use_bias=False),
                              layers.Dense(5, activation="softmax")])
    return model, "categorical_crossentropy", lambda rng: np.eye(5, dtype="float32")[rng.integers(0, 5, 64)]


def image_network():
    """A convolution, statistics that move, and rows behind a Flatten."""
    model = keras.Sequential([keras.Input((6, 5, 2)), layers.Conv2D(4, 3, padding="same", use_bias=False), layers.BatchNormalization(momentum=0.9),
                              layers.ReLU(), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(3)])
    return model, keras.losses.SparseCategoricalCrossentropy(from_logits=True), lambda rng: rng.integers(0, 3, (64, 1)).astype("float32")


def falling(rate):
    return optimizers.schedules.ExponentialDecay(rate, decay_steps=2, decay_rate=0.5)


ARGUMENTS = {
    "RMSprop": [dict(learning_rate=0.01), dict(learning_rate=0.001, momentum=0.9, centered=True), dict(learning_rate=0.01, weight_decay=0.1, clipvalue=1e-3)],
    "SGD": [dict(learning_rate=0.01), dict(learning_rate=0.01, momentum=0.9), dict(learning_rate=0.01, momentum=0.9, nesterov=True)],
    "Adam": [dict(learning_rate=0.001), dict(learning_rate=0.001, amsgrad=True), dict(weight_decay=0.1, beta_1=0.7, beta_2=0.8, epsilon=1e-3)],
    "AdamW": [dict(), dict(learning_rate=0.01, weight_decay=0.2, amsgrad=True), dict(weight_decay=0.0, beta_1=0.7, beta_2=0.8, clipnorm=0.1)],
    "Adagrad": [dict(learning_rate=0.01), dict(initial_accumulator_value=0.5, epsilon=1e-2), dict(learning_rate=0.01, weight_decay=0.1, clipvalue=1e-3)],
    "Adadelta": [dict(learning_rate=1.0), dict(learning_rate=falling(0.5), rho=0.8, epsilon=1e-4)],
    "Adamax": [dict(), dict(learning_rate=0.01, beta_1=0.7, beta_2=0.8, epsilon=1e-3, weight_decay=0.1)],
    "Nadam": [dict(), dict(learning_rate=0.01, beta_1=0.7, beta_2=0.8, epsilon=1e-3, global_clipnorm=0.1)],
    "Ftrl": [dict(learning_rate=0.01), dict(learning_rate=0.1, learning_rate_power=-0.7, initial_accumulator_value=0.3, l1_regularization_strength=0.01,
                                            l2_regularization_strength=0.02, l2_shrinkage_regularization_strength=0.03, beta=0.1)],
    "Lion": [dict(), dict(learning_rate=0.001, beta_1=0.7, beta_2=0.8, weight_decay=0.1)],
}
LEGACY = {"RMSprop": [dict(centered=True)], "Adagrad": [dict(learning_rate=0.1, epsilon=1e-2)], "Adadelta": [dict(learning_rate=1.0)], "Adamax": [dict()],
          "Nadam": [dict(), dict(schedule_decay=0.5)], "Ftrl": [dict(learning_rate=0.1, l1_regularization_strength=0.01)]}


def cases():
    for module, classes in [(optimizers, ARGUMENTS)] + ([] if K3 else [(optimizers.legacy, LEGACY)]):
        for name, each in classes.items():
            for arguments in each:
                said = ", ".join("%s=%s" % (k, v if not hasattr(v, "get_config") else "schedule") for k, v in arguments.items())
                old = " legacy" if module is not optimizers else ""
                yield "%s(%s)%s" % (name, said, old), getattr(module, name), arguments


def check_steps(case, folder, network, make, arguments, before):
    suffix = ".keras" if K3 else ".h5"  # Keras 3 restores no optimizer from .h5
    keras.utils.set_random_seed(7)
    rng = np.random.default_rng(7)
    model, loss, make_labels = network()
    model.compile(make(**arguments), loss, metrics=["accuracy"])
    x = rng.standard_normal((64, model.input_shape[1])).astype("float32")
    y = make_labels(rng)
    path, after = folder + "/before" + suffix, folder + "/after" + suffix
    step = lambda: model.train_on_batch(x, y, **(dict() if K3 else dict(reset_metrics=True)))[0]
    for _ in range(before):
        step()
    model.save(path)
    if before:
        horn_continue(path, x, y, 0, after, folder)
        again = keras.models.load_model(after)
        if type(again.optimizer) is type(model.optimizer):
            check_same_bits(case + ", variables saved again", state(again), state(model))
    for metric in model.metrics if K3 else []:
        metric.reset_state()
    expected = []
    for _ in range(3):
        expected.append(step())
        for metric in model.metrics if K3 else []:
            metric.reset_state()
    losses = horn_continue(path, x, y, 3, after, folder)
    found = keras.models.load_model(after)
    check_close(case + ", weights after 3 steps", found.get_weights(), model.get_weights(), LIMIT)
    check_close(case + ", losses", losses, np.array(expected), LIMIT)
    if type(found.optimizer) is type(model.optimizer):
        check_close(case + ", variables", state(found), state(model), LIMIT)
    if before and name_of(model.optimizer) in ("SGD", "RMSprop", "Adam"):
        for _ in range(2):
            step()
            found.train_on_batch(x, y)
        check_close(case + ", two more steps in Keras", found.get_weights(), model.get_weights(), LIMIT)


def check_halves(case, folder, network, optimizer):
    keras.utils.set_random_seed(5)
    rng = np.random.default_rng(5)
    model, loss, make_labels = network()
    model.compile(optimizer, loss)
    x, y = rng.standard_normal((64, *model.input_shape[1:])).astype("float32"), make_labels(rng)
    steps = lambda m: [m.train_on_batch(x, y) for _ in range(5)]
    at = lambda name: folder + "/" + name + (".keras" if K3 else ".h5")
    model.save(at("none"))
    steps(model)
    model.save(at("five"))
    steps(model)
    horn_continue(at("five"), x, y, 5, at("ten"), folder)
    found = keras.models.load_model(at("ten"))
    check_close(case + ", 5 steps in Keras, 5 in Horn", found.get_weights(), model.get_weights(), 1e-5)
    check_close(case + ", variables of both", state(found), state(model), 1e-5)
    horn_continue(at("none"), x, y, 5, at("begun"), folder)
    found = keras.models.load_model(at("begun"))
    steps(found)
    check_close(case + ", 5 steps in Horn, 5 in Keras", found.get_weights(), model.get_weights(), 1e-5)
    check_close(case + ", variables of both", state(found), state(model), 1e-5)


HALVES = {"SGD": dict(learning_rate=0.05, momentum=0.9), "RMSprop": dict(learning_rate=0.001), "Adam": dict(learning_rate=0.003)}


def name_of(optimizer):
    return type(optimizer).__name__


def save_with(path, model, own):
    model.save(path)
    with h5py.File(path, "a") as file:
        settings = json.loads(file.attrs["training_config"])
        settings["horn"] = own
        file.attrs["training_config"] = json.dumps(settings)


def check_exclusion(folder):
    """Keras' files do not say which weights its optimizer excludes from weight_decay; Horn's do."""
    model, loss, make_labels = softmax_network()
    optimizer = optimizers.AdamW(0.01, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer, loss)
    rng = np.random.default_rng(7)
    x, y = rng.standard_normal((64, 12)).astype("float32"), make_labels(rng)
    model.train_on_batch(x, y)
    save_with(folder + "/excluded.h5", model, {"exclude_from_weight_decay": ["bias"]})
    for _ in range(3):
        model.train_on_batch(x, y)
    horn_continue(folder + "/excluded.h5", x, y, 3, folder + "/after.h5", folder)
    found = keras.models.load_model(folder + "/after.h5", compile=False)
    check_close("biases that do not decay, weights after 3 steps", found.get_weights(), model.get_weights(), LIMIT)


def check_own_settings(folder):
    """Horn's own arguments, update_rule, stand where this Keras does not look."""
    model, loss, make_labels = softmax_network()
    model.compile(optimizers.SGD(0.01, momentum=0.9), loss)
    rng = np.random.default_rng(7)
    x, y = rng.standard_normal((64, 12)).astype("float32"), make_labels(rng)
    model.train_on_batch(x, y)
    save_with(folder + "/own.h5", model, {"update_rule": "torch", "dampening": 0.25})
    for i, suffix in enumerate([".h5", ".keras"] + ([] if K3 else ["_saved/"])):
        target = "%s/own_%d%s" % (folder, i, suffix)
        horn("convert", folder + "/own.h5", target, *(["--dialect", flavour] if suffix != "_saved/" else ["--to", "saved-model"]))
        check("update_rule in " + suffix, "update_rule='torch'" in horn("inspect", target))
        found = keras.models.load_model(target)
        check_close("weights of " + suffix, found.get_weights(), model.get_weights(), 0)
        if not K3 or suffix != ".h5":  # Keras 3 restores an optimizer there that no longer trains
            found.train_on_batch(x, y)
        check("Keras' own optimizer of " + suffix, name_of(found.optimizer) == "SGD" and abs(float(found.optimizer.momentum) - 0.9) < 1e-6)


def check_averages(folder):
    """The arguments of the average survive, with use_ema and without. Keras 2's RMSprop has another default than its sisters."""
    for i, make in enumerate([lambda: optimizers.RMSprop(use_ema=True, ema_overwrite_frequency=None), lambda: optimizers.RMSprop(use_ema=True), optimizers.RMSprop,
                              lambda: optimizers.Adam(ema_momentum=0.9, ema_overwrite_frequency=7), lambda: optimizers.SGD(ema_momentum=0.5)]):
        for suffix in [".keras"] if K3 else [".keras", ".h5"]:
            model, loss, _ = softmax_network()
            model.compile(make(), loss)
            before, after = folder + "/average_%d" % i + suffix, folder + "/averaged_%d" % i + suffix
            model.save(before)
            horn("convert", before, after, "--dialect", flavour)
            configs = [{**keras.models.load_model(path).optimizer.get_config(), "name": ""} for path in (before, after)]
            check("arguments of the average %d, %s" % (i, suffix), configs[0] == configs[1], "" if configs[0] == configs[1] else str(configs))


with tempfile.TemporaryDirectory() as folder:
    check_averages(folder)
    for i, (name, make, arguments) in enumerate(cases()):
        for before in (0, 2) if name.startswith(("Adagrad", "Ftrl", "Nadam", "SGD")) else (2,):
            network = (relu_network, softmax_network)[(i + before // 2) % 2]
            check_steps("%s, %s, from step %d" % (name, network.__name__.replace("_", " "), before), folder, network, make, arguments, before)
    for name, arguments in HALVES.items():
        for network in softmax_network, image_network:
            check_halves("%s, %s in two halves" % (name, network.__name__.replace("_", " ")), folder, network, getattr(optimizers, name)(**arguments))
    check_own_settings(folder)
    check_exclusion(folder)
finish()
