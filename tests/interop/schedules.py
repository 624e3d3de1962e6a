"""Schedules of the learning rate, clipped gradients and weight decay: a network that Keras trained for two steps goes on for five in Horn
and in Keras, then for two in Keras from Horn's file. usage: schedules.py keras2|tf_keras|keras3"""
import itertools
import json
import sys
import tempfile
import zipfile

from common import check, check_close, check_same_bits, finish, horn_continue, import_keras, np, run_eagerly
from contents import steps, variables

flavour = sys.argv[1]
keras = import_keras(flavour)
run_eagerly()
layers, optimizers, schedules = keras.layers, keras.optimizers, keras.optimizers.schedules
LIMIT = 2e-6

SCHEDULES = {
    "ExponentialDecay": lambda: schedules.ExponentialDecay(0.01, 3, 0.5),
    "ExponentialDecay in stairs": lambda: schedules.ExponentialDecay(0.01, 3, 0.5, staircase=True),
    "InverseTimeDecay": lambda: schedules.InverseTimeDecay(0.01, 3, 0.7),
    "CosineDecay": lambda: schedules.CosineDecay(0.01, 6, alpha=0.1),
    "CosineDecay, warmup": lambda: schedules.CosineDecay(0.001, 4, warmup_target=0.01, warmup_steps=4),
    "PolynomialDecay": lambda: schedules.PolynomialDecay(0.01, 6, 0.001, power=2.0),
    "PolynomialDecay, cycle": lambda: schedules.PolynomialDecay(0.01, 3, power=0.5, cycle=True),
    "PiecewiseConstantDecay": lambda: schedules.PiecewiseConstantDecay([1, 3, 5], [0.01, 0.001, 0.005, 0.002]),
}
ARGUMENTS = {"clipnorm": 0.1, "global_clipnorm": 0.1, "clipvalue": 0.01, "weight_decay": 0.1}
# Bounds that no gradient reaches leave it as it is.
WIDE = {"clipnorm": 100.0, "global_clipnorm": 100.0, "clipvalue": 100.0}
OPTIMIZERS = {
    "SGD": lambda rate, **more: optimizers.SGD(rate, **more),
    "SGD, nesterov": lambda rate, **more: optimizers.SGD(rate, momentum=0.9, nesterov=True, **more),
    "RMSprop": lambda rate, **more: optimizers.RMSprop(rate, **more),
    "Adam": lambda rate, **more: optimizers.Adam(rate, **more),
}


def cases():
    for optimizer, (name, rate) in itertools.product(OPTIMIZERS, SCHEDULES.items()):
        yield "%s, %s" % (optimizer, name), lambda: OPTIMIZERS[optimizer](rate())
    for optimizer, argument in itertools.product(OPTIMIZERS, ARGUMENTS):
        yield "%s, %s" % (optimizer, argument), lambda: OPTIMIZERS[optimizer](0.01, **{argument: ARGUMENTS[argument]})
    for argument in WIDE:
        yield "SGD, wide %s" % argument, lambda: OPTIMIZERS["SGD"](0.01, **{argument: WIDE[argument]})
    for argument in "clipnorm", "global_clipnorm", "clipvalue":
        yield "Adam, CosineDecay, %s and weight_decay" % argument, lambda: OPTIMIZERS["Adam"](
            SCHEDULES["CosineDecay"](), weight_decay=0.1, **{argument: ARGUMENTS[argument]})


def network(optimizer):
    """A layer without bias, and one whose kernel is regularized: that counts before clipping."""
    keras.utils.set_random_seed(7)
    model = keras.Sequential([layers.Input((20,)), layers.Dense(32, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.01)),
                              layers.Dense(16, activation="sigmoid", use_bias=False), layers.Dense(10)])
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def settings_in(path):
    """The optimizer's arguments, without names."""
    if path.endswith(".keras"):
        with zipfile.ZipFile(path) as file:
            found = json.loads(file.read("config.json"))["compile_config"]["optimizer"]["config"]
    else:
        import h5py
        with h5py.File(path) as file:
            found = json.loads(file.attrs["training_config"])["optimizer_config"]["config"]
    rate = found["learning_rate"]
    if isinstance(rate, dict):
        found["learning_rate"] = dict(rate, config={key: value for key, value in rate["config"].items() if key != "name"})
    return {key: value for key, value in found.items() if value not in (None, False, 0, "SGD", "sgd") and key not in (
        "name", "ema_momentum", "ema_overwrite_frequency", "is_legacy_optimizer", "jit_compile")}


def check_case(name, make_optimizer, before, after):
    model = network(make_optimizer())
    steps(model, x, y, 2)
    model.save(before)
    expected = steps(model, x, y, 5)
    losses = horn_continue(before, x, y, 5, after, folder)
    theirs = keras.models.load_model(after)
    check_close(name + ": weights after 5 steps", theirs.get_weights(), model.get_weights(), LIMIT)
    check_close(name + ": losses", losses, expected, LIMIT)
    check(name + ": arguments", settings_in(after) == settings_in(before), "%s" % (settings_in(after),))
    steps(model, x, y, 2)
    steps(theirs, x, y, 2)
    # Behind Keras' own steps, which start from weights that differ.
    check_close(name + ": Keras goes on", theirs.get_weights(), model.get_weights(), 2 * LIMIT)
    check(name + ": iterations", int(theirs.optimizer.iterations) == int(model.optimizer.iterations) == 9)


def check_checkpoint(name, make_optimizer):
    """TensorFlow's format: three steps in Horn from Keras' .h5, or from Keras' checkpoint; Keras loads what Horn then writes."""
    before, fresh, prefix = folder + "/start.h5", folder + "/fresh.h5", folder + "/horn/weights"
    network(make_optimizer()).save(fresh)
    model = network(make_optimizer())
    steps(model, x, y, 2)
    model.save(before)
    model.save_weights(folder + "/theirs")
    horn_continue(before, x, y, 3, folder + "/expected.h5", folder)
    expected = keras.models.load_model(folder + "/expected.h5")
    steps(model, x, y, 3)
    for title, start in ("Horn's checkpoint", [before]), ("behind Keras' checkpoint", [fresh, folder + "/theirs"]):
        horn_continue(start[0], x, y, 3, prefix, folder, *start[1:])
        loaded = network(make_optimizer())
        loaded.optimizer.build(loaded.trainable_variables)
        try:
            loaded.load_weights(prefix).assert_consumed()
        except AssertionError as error:
            check("%s, %s" % (name, title), False, str(error).splitlines()[0])
            continue
        check_same_bits("%s, %s" % (name, title), loaded.get_weights() + variables(loaded), expected.get_weights() + variables(expected))
        check_close("%s, %s: learning rate" % (name, title), np.array(loaded.optimizer.learning_rate),
                    np.array(model.optimizer.learning_rate), 1e-8)


rng = np.random.default_rng(7)
x, y = rng.standard_normal((64, 20)).astype("float32"), rng.integers(0, 10, 64)
with tempfile.TemporaryDirectory() as folder:
    for i, (name, make_optimizer) in enumerate(cases()):
        if flavour == "keras3":
            check_case(name, make_optimizer, folder + "/before.keras", folder + "/after.keras")
        else:
            check_case(name, make_optimizer, folder + ("/before.h5", "/before.keras")[i % 2], folder + "/after.h5")
        if flavour == "keras2" and name.startswith("Adam"):
            check_checkpoint(name, make_optimizer)
finish()
