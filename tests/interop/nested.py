"""usage: nested.py keras2|keras3 [NAME...]: layers that hold layers, through each file of that Keras into Horn and back: the same arguments and predictions,
3 steps of training, and the bits of one thread on 3 and 8."""
import sys
import tempfile

from common import check, check_close, finish, horn, horn_continue, horn_predict, import_keras, np, run_eagerly

flavour, only = sys.argv[1], sys.argv[2:]
keras = import_keras(flavour)
run_eagerly()
L = keras.layers
K3 = flavour == "keras3"
SLOPE = "negative_slope" if K3 else "alpha"
LIMIT = 1e-5
rng = np.random.default_rng(3)


def chain(*layers, **arguments):
    return keras.Sequential(list(layers), **arguments)


def deep(depth):
    layer = chain(keras.Input((5,)), L.Dense(5, activation="tanh"), name="level_0")
    for i in range(1, depth):
        layer = chain(keras.Input((5,)), layer, name="level_%d" % i)
    return layer


def frozen(layer):
    layer.trainable = False
    return layer


# name -> layers, the input's shape, whether the graph formats have it; behind them come a Flatten and a Dense, or for an open axis the Dense alone
MODELS = {
    "chain": (lambda: [chain(keras.Input((6,)), L.Dense(5, activation="relu"), L.BatchNormalization(), name="inner")], (6,), True),
    "chain without an input": (lambda: [L.Dense(4), chain(L.Dense(5, kernel_regularizer="l2"), L.LeakyReLU(**{SLOPE: 0.2}), L.Dropout(0.0))], (6,), True),
    "chains in chains": (lambda: [chain(L.Dense(7), chain(keras.Input((7,)), L.Dense(5), chain(L.BatchNormalization(), L.Dense(4)), name="b"), name="a"),
                                  chain(keras.Input((4,)), L.Dense(3, activation="softmax"), name="c")], (6,), True),
    "images": (lambda: [chain(L.Conv2D(4, 3, use_bias=False), L.BatchNormalization(), L.Activation("relu"), L.MaxPooling2D()),
                        chain(L.Conv2D(3, 2), L.Flatten())], (8, 8, 2), True),
    "frozen": (lambda: [frozen(chain(keras.Input((6,)), L.Dense(5), L.BatchNormalization(), chain(L.Dense(4)), name="inner")), L.Dense(4)], (6,), True),
    "frozen inside": (lambda: [chain(keras.Input((6,)), L.Dense(5, trainable=False), L.BatchNormalization(trainable=False), L.Dense(4))], (6,), True),
    "in time": (lambda: [L.TimeDistributed(L.Dense(5, activation="relu")), L.TimeDistributed(L.Dropout(0.0))], (4, 3), True),
    "in open time": (lambda: [L.TimeDistributed(L.Dense(5, bias_regularizer="l1")), L.TimeDistributed(L.LeakyReLU(**{SLOPE: 0.2}))], (None, 3), True),
    "chains in time": (lambda: [L.TimeDistributed(chain(keras.Input((3,)), L.Dense(5), L.Activation("tanh"), chain(L.Dense(4), name="b"), name="a"))], (4, 3), True),
    "images in time": (lambda: [L.TimeDistributed(L.Conv2D(3, 2, activation="relu")), L.TimeDistributed(L.MaxPooling2D()), L.TimeDistributed(L.Flatten()),
                                L.TimeDistributed(L.Dense(4))], (3, 6, 6, 2), False),
    "times in time": (lambda: [L.TimeDistributed(L.TimeDistributed(L.Dense(4))), L.TimeDistributed(L.Flatten())], (3, 2, 3), False),
    "masked": (lambda: [L.Masking(0.0), L.TimeDistributed(L.Dense(4, activation="tanh")), L.TimeDistributed(chain(L.Dense(3), L.ReLU()))], (None, 3), True),
    "frozen in time": (lambda: [frozen(L.TimeDistributed(L.Dense(4))), L.TimeDistributed(L.Dense(3, trainable=False)), L.TimeDistributed(L.Dense(2))], (4, 3), True),
    "statistics in time": (lambda: [L.TimeDistributed(L.Dense(4)), L.TimeDistributed(L.BatchNormalization())], (4, 3), True),
    "recurrent inside": (lambda: [chain(keras.Input((4, 3)), L.LSTM(5, return_sequences=True), L.GRU(4)), L.Dense(3)], (4, 3), False),
    "recurrent in time": (lambda: [L.TimeDistributed(L.LSTM(3)), L.TimeDistributed(chain(L.Reshape((3, 1)), L.SimpleRNN(2)))], (3, 4, 2), False),
    "masked steps of steps": (lambda: [L.Masking(0.0), L.TimeDistributed(L.LSTM(3))], (3, 4, 2), False),
    "20 levels": (lambda: [L.Dense(5), deep(20)], (6,), True),
}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in ("seed", "build_config", "shared_object_id", "compile_config")}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return keras.saving.serialize_keras_object(value) if hasattr(value, "get_config") else float(value) if hasattr(value, "dtype") else value


def arguments(model):
    return [(type(layer).__name__, plain(layer.get_config())) for layer in model.layers]


def table(model):
    """The rows of Keras 2's summary."""
    lines = []
    model.summary(print_fn=lambda line, **_: lines.append(line))
    return lines


class Case:
    def __init__(self, name, folder):
        layers, shape, self.graphs = MODELS[name]
        keras.backend.clear_session()
        keras.utils.set_random_seed(5)
        self.name, self.folder = name, folder
        self.model = keras.Sequential([keras.Input(shape)] + layers() + [L.Flatten()] * (None not in shape) + [L.Dense(4, name="last")], name="outer")
        self.model.compile(keras.optimizers.SGD(0.01, momentum=0.9), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        self.x = rng.normal(0, 1, (12, *[n or 5 for n in shape])).astype("float32")
        self.y = rng.integers(0, 4, (12, 5) if None in shape else 12)
        if name.startswith("masked"):
            self.x[rng.random(self.x.shape[:-1]) < 0.3] = 0
        self.model.train_on_batch(self.x, self.y)
        self.expected = self.model.predict(self.x, verbose=0)

    def close(self, what, found, limit=LIMIT):
        check_close("%s: %s" % (self.name, what), found, self.expected, limit)

    def loaded(self, what, again, like=None):
        """`like`: the model that Keras loads from its own file, of which it may lose something: Keras 3 does not say of a Sequential that it is frozen."""
        if K3:
            like = keras.models.load_model(self.folder + "/m.keras")
        expected = arguments(like or self.model)
        check("%s: arguments, %s" % (self.name, what), arguments(again) == expected, "" if arguments(again) == expected else
              "%s, expected %s" % (arguments(again), expected))
        self.close("predictions, " + what, again.predict(self.x, verbose=0), 0)

    def weights_alone(self, path, what):
        self.model.set_weights([w * 0 for w in self.model.get_weights()])
        done = self.model.load_weights(path)
        if hasattr(done, "expect_partial"):
            done.expect_partial()
        self.close("predictions, " + what, self.model.predict(self.x, verbose=0), 0)


def check_files(c):
    """Files of Keras in Horn, Horn's files in Keras: as Horn saves a model, and as ./convert writes it."""
    files = ["m.keras"] + ([] if K3 else ["tf"]) + ["m.h5"]  # .h5 last: saving it takes the optimizer out of what Keras 3 writes into .keras afterwards
    dialect = ["--dialect", flavour]
    for file in files:
        path = "%s/%s" % (c.folder, file)
        c.model.save(path)
        c.close("Horn predicts %s" % file, horn_predict(path, c.folder, c.x))
        if file == "tf" and not c.graphs:
            continue
        out = c.folder + ("/again/" if file == "tf" else "/again-" + file)
        horn("convert", path, out, *([] if file == "tf" else dialect))
        like = keras.models.load_model(path) if file == "tf" else None  # Keras thaws what is frozen inside a TimeDistributed
        c.loaded("converted " + file, keras.models.load_model(out), like)
        horn_continue(path, c.x, c.y, 0, c.folder + ("/saved/" if file == "tf" else "/saved-" + file), c.folder)
        if K3 or file != "m.keras":  # Horn saves that one for Keras 3
            c.loaded("saved " + file, keras.models.load_model(c.folder + ("/saved/" if file == "tf" else "/saved-" + file)), like)
    for out, more in ("w.weights.h5", []), ("w.h5", ["--to", "keras-h5-weights"]), ("ckpt", ["--to", "tf-weights"]):
        if out == "ckpt" and K3:
            continue
        horn("convert", c.folder + "/m.keras", "%s/%s" % (c.folder, out), *more, *([] if out == "w.h5" else dialect))
        c.weights_alone("%s/%s" % (c.folder, out), out)
    c.model.save_weights(c.folder + "/k.weights.h5")
    horn("convert", c.folder + "/k.weights.h5", c.folder + "/back.keras", "--architecture", c.folder + "/m.keras", *dialect)
    c.loaded("weights of Keras", keras.models.load_model(c.folder + "/back.keras"))


def check_graph(c):
    import tensorflow as tf
    horn("convert", c.folder + "/m.h5", c.folder + "/graph.pb")
    c.close("Horn predicts its frozen graph", horn_predict(c.folder + "/graph.pb", c.folder, c.x))
    graph = tf.compat.v1.GraphDef()
    with open(c.folder + "/graph.pb", "rb") as file:
        graph.ParseFromString(file.read())
    first = [n.name for n in graph.node if n.op == "Placeholder"][0] + ":0"
    wrapped = tf.compat.v1.wrap_function(lambda: tf.compat.v1.import_graph_def(graph, name=""), [])
    c.close("TensorFlow runs the frozen graph", wrapped.prune(first, graph.node[-1].name + ":0")(tf.constant(c.x)).numpy())


def check_steps(c):
    if K3 and c.name == "statistics in time":
        return  # Keras 3 takes them step by step
    path = c.folder + "/m.h5"
    c.model.save(path)
    losses = horn_continue(path, c.x, c.y, 3, c.folder + "/after.h5", c.folder)
    model, expected = keras.models.load_model(path), []
    if K3:
        model = c.model  # the optimizer's state is not in an .h5 that Keras 3 reads
    for _ in range(3):
        if K3:
            model.reset_metrics()
        expected.append(float(model.train_on_batch(c.x, c.y)))
    check_close("%s: losses of 3 steps" % c.name, losses, np.array(expected), LIMIT)
    check_close("%s: weights after them" % c.name, keras.models.load_model(c.folder + "/after.h5").get_weights(), model.get_weights(), LIMIT)


with tempfile.TemporaryDirectory() as folder:
    for name in only or MODELS:
        case = Case(name, folder)
        check_files(case)
        if case.graphs and None not in case.model.input_shape[1:]:
            check_graph(case)
        if not K3:
            rows = table(case.model)
            missing = [line for line in horn("inspect", folder + "/m.h5").splitlines() if "(None" in line and line not in rows]
            check("%s: summary" % name, not missing, str(missing))
        check_steps(case)
finish()
