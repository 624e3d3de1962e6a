"""usage: sampled.py keras2|keras3 [SEED [WORD]]: layers and optimizers with sampled arguments: from the same file, Horn and that Keras predict the same, make the same
three steps (losses and weights within 1e-5), and the file that Horn saves has the arguments that Keras wrote.

Layers stand in a table, sampled_layers.py. The seed is printed; a WORD runs the cases alone that have it in their name. Horn runs all cases in one process."""
import json
import os
import subprocess
import sys
import tempfile
import zipfile

import h5py
import sampled_layers
import tensorflow as tf
from common import PROGRAMS, check, finish, import_keras, np, run_eagerly
from contents import state

flavour = sys.argv[1]
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 20261128
WORD = sys.argv[3] if len(sys.argv) > 3 else ""
keras = import_keras(flavour)
run_eagerly()
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
L, O = keras.layers, keras.optimizers
K3 = flavour == "keras3"
N, STEPS, LIMIT = 10, 3, 1e-5
print("seed %d" % SEED)


def drawn(rng, choices):
    value = choices[rng.integers(len(choices))]
    return value() if callable(value) else value


def draw(rng, said):
    """Arguments of a line: all that must be there, half of the others."""
    arguments = {}
    for key, choices in said.items():
        if key in SAID:
            continue
        value = drawn(rng, choices)
        if not key.startswith("_") or rng.random() < 0.5:
            arguments[key.lstrip("_")] = value
    return draw(rng, said) if "refuse" in said and said["refuse"](arguments) else arguments


SAID = ("shapes", "first", "refuse", "random", "before", "keras2", "keras3", "count", "limit")


def text(arguments):
    show = lambda v: type(v).__name__ if hasattr(v, "get_config") else repr(v)
    return ", ".join("%s=%s" % (key, show(value)) for key, value in arguments.items())


class Case:
    """A model, saved before its steps, and what Keras makes of it."""
    def __init__(self, name, model, x, y, steps, limit, folder, suffix, optimizer=False):
        self.name, self.x, self.y, self.steps, self.limit, self.optimizer = name, x, y, steps, limit, optimizer
        self.stem = os.path.join(folder, str(Case.count))
        Case.count += 1
        self.before, self.after = self.stem + suffix, self.stem + "_after" + suffix
        model.save(self.before)
        np.save(self.stem + "_x.npy", x)
        np.save(self.stem + "_y.npy", y)
        self.predictions = np.asarray(model(x, training=False))
        self.losses = []
        for _ in range(steps):
            self.losses.append(step(model, x, y))
        self.weights, self.model = model.get_weights(), model
        self.state = state(model) if optimizer else None

    count = 0

    def line(self):
        return "\t".join([self.before, self.stem + "_x.npy", self.stem + "_y.npy", str(self.steps), self.after, self.stem + "_p.npy"])


def step(model, x, y):
    """What train_on_batch does, without a pipeline for one batch."""
    model.reset_metrics()
    return float(model.train_step((tf.constant(x), tf.constant(y)))["loss"])


def plain(value):
    """Without seeds, which Horn's own rules replace, with tuples as lists, and an axis that is alone in its list as a number."""
    if isinstance(value, dict):
        found = {key: plain(item) for key, item in value.items() if key not in ("seed", "build_config", "shared_object_id")}
        if isinstance(found.get("axis"), list) and len(found["axis"]) == 1:
            found["axis"] = found["axis"][0]
        return found
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return plain(keras.saving.serialize_keras_object(value)) if hasattr(value, "get_config") else float(value) if hasattr(value, "dtype") else value


def arguments_of(layers):
    return [(type(layer).__name__, plain(layer.get_config())) for layer in layers]


def layers_of(path):
    """As Keras makes them from the config in the file."""
    if path.endswith(".h5"):
        with h5py.File(path) as file:
            config = json.loads(file.attrs["model_config"])
    else:
        with zipfile.ZipFile(path) as file:
            config = json.loads(file.read("config.json"))
    made = [L.deserialize(item) for item in config["config"]["layers"]]
    return [layer for layer in made if not isinstance(layer, L.InputLayer)]


def optimizer_of(model):
    config = plain(model.optimizer.get_config())
    config.pop("name")
    if isinstance(config["learning_rate"], dict):
        config["learning_rate"]["config"].pop("name")
    return {key: np.float32(value) if isinstance(value, float) else value for key, value in config.items()}


def far(found, expected):
    """The greatest distance, relative to what is above 1."""
    found, expected = [np.asarray(a, np.float64) for a in found], [np.asarray(a, np.float64) for a in expected]
    if [a.shape for a in found] != [a.shape for a in expected]:
        return np.inf
    pairs = [(a, b) for a, b in zip(found, expected) if a.size]
    distances = [np.max(np.where(np.isnan(a) & np.isnan(b) | (a == b), 0, np.abs(a - b) / np.maximum(1, np.abs(b)))) for a, b in pairs]
    return max(distances, default=0.0)


# ---- layers ----

def inputs(rng, shape, said):
    return said["first"](rng, (N,) + shape) if "first" in said else rng.standard_normal((N,) + shape).astype("float32")


def layer_model(name, shape, said, arguments):
    ahead = [] if "first" in said else [L.Dense(shape[-1], name="ahead")] + (said["before"]() if "before" in said else [])
    layers = [keras.Input(shape, **({"dtype": "int32"} if "first" in said else {}))] + ahead + [getattr(L, name)(**arguments)]
    model = keras.Sequential(layers)
    if len(model.output_shape) > 2:
        model.add(L.Flatten(name="flat"))
    model.compile(O.SGD(0.05), "mse")
    return model


def layer_cases(rng, folder):
    for name, shape, said in sampled_layers.table(keras):
        keras.backend.clear_session()
        for _ in range(said.get("count", 8) if said.get(flavour, True) else 0):
            own, arguments = drawn(rng, said.get("shapes", [shape])), draw(rng, said)
            suffix = ".keras" if K3 or rng.random() < 0.3 else ".h5"
            case = "%s(%s) of %s" % (name, text(arguments), own)
            x, seeds = inputs(rng, own, said), rng.integers(1 << 30, size=2)
            if WORD not in case:
                continue
            keras.utils.set_random_seed(int(seeds[0]))
            try:
                model = layer_model(name, own, said, arguments)
                y = np.random.default_rng(seeds[1]).standard_normal((N, model.output_shape[1])).astype("float32")
                yield Case(case, model, x, y, 0 if said.get("random") else STEPS, said.get("limit", LIMIT), folder, suffix)
            except Exception as error:
                check(case, False, "in Keras: %s: %s" % (type(error).__name__, " ".join(str(error).split())[:300]))


# ---- optimizers ----

def optimizers():
    """Class, and its arguments as in the table of layers."""
    S = O.schedules
    rates = [0.01, 0.002, lambda: S.ExponentialDecay(0.02, decay_steps=2, decay_rate=0.5), lambda: S.PiecewiseConstantDecay([1, 2], [0.02, 0.01, 0.005])]
    limits = dict(_weight_decay=[0.05, 0.3], _clipnorm=[0.1, 2.0], _clipvalue=[0.01], _global_clipnorm=[0.2])
    averages = dict(_use_ema=[True], _ema_momentum=[0.5, 0.9], _ema_overwrite_frequency=[2, 3])
    if K3:
        limits["_gradient_accumulation_steps"] = [2, 3]
    betas = dict(_beta_1=[0.7, 0.95], _beta_2=[0.8, 0.99])
    small = dict(_epsilon=[1e-3, 1e-8])
    return {
        "SGD": dict(_learning_rate=rates, _momentum=[0.0, 0.5, 0.9], _nesterov=[True, False], **limits, **averages),
        "RMSprop": dict(_learning_rate=rates, _rho=[0.5, 0.99], _momentum=[0.0, 0.7], _centered=[True], **small, **limits, **averages),
        "Adam": dict(_learning_rate=rates, _amsgrad=[True], **betas, **small, **limits, **averages),
        "AdamW": dict(_learning_rate=rates, _amsgrad=[True], **betas, **small, **limits, **averages),
        "Adagrad": dict(_learning_rate=rates, _initial_accumulator_value=[0.0, 0.5], **small, **limits, **averages),
        "Adadelta": dict(_learning_rate=[1.0, 0.3], _rho=[0.5, 0.9], **small, **limits, **averages),
        "Adamax": dict(_learning_rate=rates, **betas, **small, **limits, **averages),
        "Nadam": dict(_learning_rate=rates[:3], **betas, **small, **limits, **averages),
        "Ftrl": dict(_learning_rate=rates, _learning_rate_power=[-0.7, -0.4], _initial_accumulator_value=[0.3], _l1_regularization_strength=[0.01],
                     _l2_regularization_strength=[0.02], _l2_shrinkage_regularization_strength=[0.03], _beta=[0.1], **limits, **averages),
        "Lion": dict(_learning_rate=[0.001, 0.01], **betas, **limits, **averages),
    }


def means_nothing(arguments):
    """Two kinds of clipping, which Keras refuses; arguments of an average without use_ema, which Horn drops."""
    idle = "use_ema" not in arguments and ("ema_momentum" in arguments or "ema_overwrite_frequency" in arguments)
    return idle or sum(key in arguments for key in ("clipnorm", "clipvalue", "global_clipnorm")) > 1


def optimizer_cases(rng, folder, count=10):
    for name, said in optimizers().items():
        for _ in range(count):
            arguments = draw(rng, dict(said, refuse=means_nothing))
            before = int(rng.integers(0, 3))
            x, y = rng.standard_normal((N, 5)).astype("float32"), rng.standard_normal((N, 3)).astype("float32")
            case = "%s(%s) from step %d" % (name, text(arguments), before)
            if WORD not in case:
                continue
            keras.utils.set_random_seed(5)
            model = keras.Sequential([keras.Input((5,)), L.Dense(6, activation="tanh", bias_constraint="non_neg"), L.Dense(3)])
            model.compile(getattr(O, name)(**arguments), "mse")
            for _ in range(before):
                step(model, x, y)
            yield Case(case, model, x, y, STEPS, LIMIT, folder, ".keras" if K3 or rng.random() < 0.5 else ".h5", optimizer=True)


# ---- the judge ----

def load_weights(model, path):
    """The model with the weights of the file: the same model if that is possible."""
    if not K3 and path.endswith(".keras"):
        return keras.models.load_model(path)  # load_weights wants variables of metrics
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    model.load_weights(path)
    return model


def judge(case, line):
    words = line.split(" ", 1)
    if words[0] != "ok":
        check(case.name, False, line[:300])
        return
    trouble = []
    distance = far([np.load(case.stem + "_p.npy")], [case.predictions])
    if not distance <= case.limit:
        trouble.append("predictions differ by %.2g" % distance)
    distance = far([float(word) for word in words[1:] and words[1].split()], case.losses)
    if not distance <= case.limit:
        trouble.append("losses differ by %.2g: %s, expected %s" % (distance, words[1], case.losses))
    if case.optimizer:
        loaded = keras.models.load_model(case.after)
        found, expected = optimizer_of(loaded), optimizer_of(case.model)
    else:
        loaded = load_weights(case.model, case.after)
        found, expected = arguments_of(layers_of(case.after)), arguments_of(layers_of(case.before))
    distance = far(loaded.get_weights(), case.weights)
    if not distance <= case.limit:
        trouble.append("weights differ by %.2g" % distance)
    if found != expected:
        trouble.append("arguments %s, expected %s" % differences(found, expected))
    if case.optimizer:
        distance = far(state(loaded), case.state)
        # Ftrl's slot `linear` adds differences of roots, divided by the learning rate: with a rate of 0.001 Keras' own values, in float32, are 1e-4 from
        # those that float64 gives, while its weights are 3e-7 from them.
        if not distance <= (1e-4 if "Ftrl" in case.name else case.limit):
            trouble.append("variables differ by %.2g" % distance)
    check(case.name, not trouble, "; ".join(trouble)[:900])


def differences(found, expected):
    if isinstance(found, list) and len(found) == len(expected):
        pairs = [(a, b) for a, b in zip(found, expected) if a != b]
        found, expected = pairs[0][0][1], pairs[0][1][1]
    keys = [key for key in {**found, **expected} if found.get(key) != expected.get(key)]
    return {key: found.get(key) for key in keys}, {key: expected.get(key) for key in keys}


def main():
    with tempfile.TemporaryDirectory() as folder:
        cases = list(layer_cases(np.random.default_rng(SEED), folder)) + list(optimizer_cases(np.random.default_rng(SEED + 1), folder))
        done = subprocess.run([os.path.join(PROGRAMS, "tests/interop/sampled"), flavour], input="\n".join(case.line() for case in cases) + "\n",
                              stdout=subprocess.PIPE, text=True, errors="replace")
        lines = done.stdout.splitlines() + ["the program ended with status %d" % done.returncode] * len(cases)
        for case, line in zip(cases, lines):
            judge(case, line)
        print("%d cases with seed %d" % (len(cases), SEED))
    finish()


main()
