"""usage: random_graphs.py keras2|keras3 [SEED...]: Functional models made at random: up to three inputs (rows, sequences, images) and three outputs, branches, layers
and models that are called several times, models in models. Through the files of that Keras and back: the same calls, the weights and the optimizer's variables bit for
bit; predictions, and the losses and weights of 3 steps, within 1e-5. The last line counts; a line that fails names its seed."""
import sys
import tempfile

import common
from common import check, check_close, check_same_bits, finish, horn, horn_continue, horn_predict, import_keras, np, run_eagerly
from functional_parts import calls, variables

flavour = sys.argv[1]
keras = import_keras(flavour)
run_eagerly()
L = keras.layers
FILES = ["m.keras"] if flavour == "keras3" else ["m.keras", "m.h5"]
WEIGHTS = ["w.weights.h5"] if flavour == "keras3" else ["w.weights.h5", "old.h5", "ckpt"]
SEEDS = [int(word) for word in sys.argv[2:]] or range(30)
SAMPLES, STEPS, LIMIT = 6, 3, 1e-5
SHAPES = [(5,), (3, 4), (4, 4, 3)]
seen = {"inputs": 0, "outputs": 0, "calls of a layer that was called": 0, "models": 0, "models in models": 0}


class Graph:
    """Values that layers made, by shape: of the batch's samples. `taken`: what some layer took."""
    def __init__(self, rng):
        self.rng, self.made, self.taken, self.shared = rng, [], set(), []

    def pick(self, few):
        return few[int(self.rng.integers(len(few)))]

    def take(self, count=1, shape=None):
        shape = shape or tuple(self.pick(self.made).shape[1:])
        fitting = [i for i, t in enumerate(self.made) if tuple(t.shape[1:]) == shape]
        chosen = [self.pick(fitting) for _ in range(count)]
        self.taken.update(chosen)
        return [self.made[i] for i in chosen]

    def block(self, shape):
        """A layer that keeps the shape."""
        act = self.pick([None, "relu", "tanh", "sigmoid"])
        if len(shape) == 3:
            return L.Conv2D(shape[-1], 3, padding="same", activation=act) if self.rng.integers(3) else L.DepthwiseConv2D(3, padding="same")
        if len(shape) == 2 and not self.rng.integers(3):
            return self.pick([L.LSTM, L.GRU])(shape[-1], return_sequences=True) if self.rng.integers(2) else L.Conv1D(shape[-1], 2, padding="same", activation=act)
        return L.Dense(shape[-1], activation=act)

    def model(self, shape, depth):
        """A Sequential or a Functional, which may hold another one twice."""
        seen["models"] += 1
        seen["models in models"] += depth > 0
        inner = self.model(shape, depth + 1) if depth < 2 and not self.rng.integers(3) else self.block(shape)
        if self.rng.integers(2):
            return keras.Sequential([keras.Input(shape), self.block(shape), inner, L.BatchNormalization()])
        x = keras.Input(shape)
        y = inner(self.block(shape)(x))
        return keras.Model(x, self.pick([L.Add, L.Multiply, L.Maximum])()([y, inner(x) if self.rng.integers(2) else x]))

    def grow(self):
        kind = int(self.rng.integers(9))
        if kind == 0 and self.shared:
            layer, shape = self.pick(self.shared)
            seen["calls of a layer that was called"] += 1
            self.made.append(layer(self.take(shape=shape)[0]))
        elif kind <= 3:
            x = self.take()[0]
            shape = tuple(x.shape[1:])
            layer = self.block(shape) if self.rng.integers(3) else self.model(shape, 0)
            self.shared.append((layer, shape))
            self.made.append(layer(x))
        elif kind == 4:
            layer = self.pick([L.BatchNormalization, L.ReLU, L.LeakyReLU, L.ELU, L.LayerNormalization, L.Softmax])()
            self.made.append(layer(self.take()[0]))
        elif kind == 5:
            x = self.take(int(self.rng.integers(2, 4)), tuple(self.pick(self.made).shape[1:]))
            self.made.append(self.block(tuple(x[0].shape[1:]))(L.Concatenate()(x)))
        elif kind == 6:
            x = self.take()[0]
            rows = {1: lambda: x, 2: lambda: self.pick([L.LSTM(4), L.GlobalAveragePooling1D(), L.Flatten()])(x), 3: lambda: self.pick([L.GlobalMaxPooling2D(), L.Flatten()])(x)}
            self.made.append(L.Dense(5, activation=self.pick([None, "tanh"]))(rows[len(x.shape) - 1]()))
        else:
            layer = self.pick([L.Add, L.Average, L.Maximum, L.Minimum, L.Multiply, L.Subtract])()
            self.made.append(layer(self.take(2 if isinstance(layer, L.Subtract) else int(self.rng.integers(2, 4)))))

    def ends(self, count):
        """So many outputs, which hold all that nobody took."""
        left = [t for i, t in enumerate(self.made) if i not in self.taken]
        rows = [t if len(t.shape) == 2 else L.Flatten()(t) for t in left]
        while len(rows) < count:
            t = self.take()[0]
            rows.append(t if len(t.shape) == 2 else L.Flatten()(t))
        parts = [rows[i::count] for i in range(count)]
        joined = [p[0] if len(p) == 1 else L.Concatenate()(p) for p in parts]
        return [L.Dense(3, name="out_%d" % i)(x) for i, x in enumerate(joined)]


def make(seed):
    rng = np.random.default_rng(5000 + seed)
    keras.utils.set_random_seed(seed)
    g = Graph(rng)
    inputs = [keras.Input(g.pick(SHAPES), name="in_%d" % i) for i in range(1 + seed % 3)]
    g.made = list(inputs)
    for _ in range(int(rng.integers(5, 12))):
        g.grow()
    outputs = g.ends(1 + seed // 3 % 3)
    seen["inputs"] += len(inputs)
    seen["outputs"] += len(outputs)
    model = keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs if len(outputs) > 1 else outputs[0], name="random_%d" % seed)
    losses = [keras.losses.SparseCategoricalCrossentropy(from_logits=True) if i % 2 == 0 else "mse" for i in range(len(outputs))]
    weights = [float(w) for w in rng.uniform(0.2, 2, len(outputs)).round(2)] if len(outputs) > 1 else None
    # Adam would make steps of the rounding in the gradient of a bias before a BatchNormalization.
    model.compile(keras.optimizers.SGD(0.02, momentum=0.9), losses if len(outputs) > 1 else losses[0], loss_weights=weights)
    x = {t.name.split(":")[0]: rng.normal(0, 1, (SAMPLES,) + tuple(t.shape[1:])).astype(np.float32) for t in inputs}
    y = {"out_%d" % i: rng.integers(0, 3, SAMPLES).astype(np.int32) if i % 2 == 0 else rng.normal(0, 1, (SAMPLES, 3)).astype(np.float32) for i in range(len(outputs))}
    return model, x, y


def predicted(model, x):
    found = model.predict(list(x.values()) if len(x) > 1 else x["in_0"], verbose=0)
    return found if isinstance(found, list) else [found]


def horn_predicted(path, x, count, folder):
    if len(x) == 1 and count == 1:
        return [horn_predict(path, folder, x["in_0"])]
    np.savez(folder + "/x.npz", **x)
    horn("predict", path, "--data", folder + "/x.npz", "--output", folder + "/p.npz")
    found = np.load(folder + "/p.npz")
    return [found[name] for name in sorted(found)]


def near(name, found, expected):
    check_close(name, found, expected, LIMIT * max(1.0, max(float(np.max(np.abs(e))) for e in expected)))


def check_files(title, model, x, folder):
    expected = predicted(model, x)
    for file in FILES:
        model.save("%s/%s" % (folder, file))
    for file in FILES:
        near("%s, %s: Horn predicts" % (title, file), horn_predicted("%s/%s" % (folder, file), x, len(expected), folder), expected)
        for target in FILES:
            horn("convert", "%s/%s" % (folder, file), folder + "/out-" + target, "--dialect", flavour)
            again = keras.models.load_model(folder + "/out-" + target)
            name = "%s, %s of Horn's from %s" % (title, target, file)
            check(name + ": the same calls", calls(again) == calls(model), again.name)
            check_same_bits(name + ": weights", again.get_weights(), model.get_weights())
            check_same_bits(name + ": optimizer variables", variables(again), variables(model))
            near(name + ": predictions of Keras", predicted(again, x), expected)
    for file in WEIGHTS:
        options = ["--dialect", flavour] if file == "w.weights.h5" else ["--to", "keras-h5-weights" if file == "old.h5" else "tf-weights"]
        horn("convert", folder + "/m.keras", "%s/%s" % (folder, file), *options)
        again = keras.models.clone_model(model)
        status = again.load_weights("%s/%s" % (folder, file))
        if file == "ckpt":
            status.expect_partial()
        check_same_bits("%s, Horn's %s" % (title, file), again.get_weights(), model.get_weights())


def check_training(title, model, x, y, folder):
    if len(x) == 1 and len(y) == 1:
        found = horn_continue(folder + "/m.keras", x["in_0"], y["out_0"], STEPS, folder + "/after.keras", folder, "-", "-", flavour)
    else:
        np.savez(folder + "/x.npz", **x)
        np.savez(folder + "/y.npz", **y)
        lines = horn("tests/interop/continue", folder + "/m.keras", folder + "/x.npz", folder + "/y.npz", STEPS, folder + "/after.keras", "-", "-", flavour).split()
        found = [float(line.split("=")[1]) for line in lines if line.startswith("loss=")]
    given = list(x.values()) if len(x) > 1 else x["in_0"], list(y.values()) if len(y) > 1 else y["out_0"]
    expected = []
    for _ in range(STEPS):
        if flavour == "keras3":
            model.reset_metrics()
        loss = model.train_on_batch(*given)
        expected.append(loss[0] if isinstance(loss, list) else loss)
    near("%s: losses of %d steps" % (title, STEPS), [np.array(found)], [np.array(expected, np.float64)])
    near("%s: weights after them" % title, keras.models.load_model(folder + "/after.keras").get_weights(), model.get_weights())


def check_seed(seed, folder):
    title = "%s, seed %d" % (flavour, seed)
    model, x, y = make(seed)
    model.train_on_batch(list(x.values()) if len(x) > 1 else x["in_0"], list(y.values()) if len(y) > 1 else y["out_0"])
    check_files(title, model, x, folder)
    check_training(title, model, x, y, folder)


failed = []
for seed in SEEDS:
    before = common.failures
    with tempfile.TemporaryDirectory() as folder:
        try:
            check_seed(seed, folder)
        except Exception as error:
            check("%s, seed %d" % (flavour, seed), False, "%s: %s" % (type(error).__name__, error))
    if common.failures > before:
        failed.append(seed)
print("cases %d, with %s; seeds that fail: %s 0" % (len(SEEDS), ", ".join("%d %s" % (seen[what], what) for what in seen), failed or "none"))
finish()
