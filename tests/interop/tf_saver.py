"""usage: tf_saver.py keras2|tf_keras: checkpoints by variables' names, as tf.compat.v1.train.Saver writes them, in Horn; and Horn's in
a Saver. The first is TensorFlow 2.15, the other TensorFlow 2.21."""
import os
import sys
import tempfile

import common
from common import check, check_close, check_same_bits, finish, horn, import_keras, np
from contents import h5_variables, h5_weights

flavour = sys.argv[1]
keras = import_keras(flavour)
import tensorflow as tf

tf1 = tf.compat.v1
random = np.random.default_rng(6)
x, y = random.random((16, 6), "float32"), random.integers(0, 3, 16)
WEIGHTS = ["dense/kernel", "dense/bias", "batch_normalization/gamma", "batch_normalization/beta", "batch_normalization/moving_mean",
           "batch_normalization/moving_variance", "dense_1/kernel", "dense_1/bias"]
TRAINED = [w for w in WEIGHTS if "moving" not in w]
SHAPES = [(6, 5), (5,), (5,), (5,), (5,), (5,), (5, 3), (3,)]


def make(optimizer, seed=0):
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    model = keras.Sequential([keras.Input((6,)), layers.Dense(5, activation="relu"), layers.BatchNormalization(), layers.Dense(3)])
    model.compile(optimizer=optimizer, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def save_start(optimizer, path):
    """A model with other values, compiled with the optimizer that the checkpoint is of."""
    model = make(optimizer, 9)
    model.save(path)


def state_in(path):
    """Weights, step, slots in the order of .h5."""
    return h5_weights(path) + h5_variables(path)


def horn_continue(folder, model, count, out, *more):
    common.horn_continue(model, x, y, count, out, folder, *more)


def check_refused(name, words, action):
    try:
        action()
        check(name, False, "was taken")
    except RuntimeError as error:
        lines = str(error).strip().splitlines()
        check(name, words in lines[-1] and len(lines) == 1, lines[-1][-150:])


# ---- TensorFlow 1 ----

class Graph:
    """The model of TensorFlow 1's own variables."""

    def __init__(self, optimizer, scope="", partitioner=None):
        self.graph, self.scope = tf1.Graph(), scope + "/" * bool(scope)
        with self.graph.as_default():
            tf1.set_random_seed(3)
            self.x, self.y = tf1.placeholder(tf.float32, [None, 6]), tf1.placeholder(tf.int64, [None])
            with tf1.variable_scope(scope, partitioner=partitioner):
                self.made = [tf1.get_variable(name, shape, initializer=tf1.random_uniform_initializer(0.1, 1), trainable=name in TRAINED)
                             for name, shape in zip(WEIGHTS, SHAPES)]
            kernel, bias, gamma, beta, mean, variance, kernel_1, bias_1 = [tf.convert_to_tensor(v) for v in self.made]
            inner = tf.nn.relu(self.x @ kernel + bias)
            now, spread = tf.nn.moments(inner, [0])
            inner = tf.nn.batch_normalization(inner, now, spread, beta, gamma, 1e-3)
            loss = tf1.losses.sparse_softmax_cross_entropy(self.y, inner @ kernel_1 + bias_1)
            self.step = optimizer.minimize(loss, global_step=tf1.train.get_or_create_global_step())
            self.session = tf1.Session()
            self.session.run(tf1.global_variables_initializer())

    def train(self, steps):
        for _ in range(steps):
            self.session.run(self.step, {self.x: x, self.y: y})

    def save(self, prefix, **options):
        with self.graph.as_default():
            return tf1.train.Saver(**options).save(self.session, prefix, write_meta_graph=False)


def stored(prefix, keys):
    reader = tf.train.load_checkpoint(prefix)
    return [reader.get_tensor(key) for key in keys]


def in_order(kinds, alternating):
    """Keras' order of slots, from lists of one kind each."""
    return [v for group in zip(*kinds) for v in group] if alternating else [v for kind in kinds for v in kind]


def options_of(name):
    train, adam, rms = tf1.train, {"epsilon": 1e-3}, {"epsilon": 1e-4}
    return {
        "Adam": (train.AdamOptimizer(0.01, **adam), keras.optimizers.Adam(0.01, **adam), ["%s/Adam", "%s/Adam_1"], True),
        "Adam, other betas": (train.AdamOptimizer(0.01, 0.8, 0.99, 1e-3), keras.optimizers.Adam(0.01, 0.8, 0.99, 1e-3), ["%s/Adam", "%s/Adam_1"], True),
        "RMSProp": (train.RMSPropOptimizer(0.01, **rms), keras.optimizers.RMSprop(0.01, **rms), ["%s/RMSProp"], False),
        "RMSProp, momentum": (train.RMSPropOptimizer(0.01, 0.8, 0.5, 1e-4), keras.optimizers.RMSprop(0.01, 0.8, 0.5, 1e-4), ["%s/RMSProp", "%s/RMSProp_1"], False),
        "RMSProp, centered": (train.RMSPropOptimizer(0.01, 0.8, 0.5, 1e-4, centered=True),
                              keras.optimizers.RMSprop(0.01, 0.8, 0.5, 1e-4, centered=True), ["%s/RMSProp", "%s/RMSProp_2", "%s/RMSProp_1"], False),
        "Momentum": (train.MomentumOptimizer(0.1, 0.9), keras.optimizers.SGD(0.1, 0.9), ["%s/Momentum"], False),
        "Momentum, Nesterov": (train.MomentumOptimizer(0.1, 0.9, use_nesterov=True), keras.optimizers.SGD(0.1, 0.9, nesterov=True), ["%s/Momentum"], False),
        "SGD": (train.GradientDescentOptimizer(0.1), keras.optimizers.SGD(0.1), [], False),
    }[name]


def expected_of(prefix, scope, patterns, alternating, steps, factor):
    slots = [[v * np.float32(factor) for v in stored(prefix, [pattern % (scope + w) for w in TRAINED])] for pattern in patterns]
    return stored(prefix, [scope + w for w in WEIGHTS]) + [np.int64(steps)] + in_order(slots, alternating)


def check_graph(name, folder, scope="", partitioner=None, **options):
    optimizer, own, patterns, alternating = options_of(name)
    start, prefix = folder + "/start.h5", folder + "/graph/model.ckpt"
    title = "%s%s%s%s" % (name, " in a scope" if scope else "", ", partitioned" if partitioner else "", ", sharded" if options else "")
    graph = Graph(optimizer, scope, partitioner)
    graph.train(3)
    prefix = graph.save(prefix, **options)
    save_start(own, start)
    horn_continue(folder, start, 0, folder + "/read.h5", prefix)
    factor = -0.1 if name.startswith("Momentum") else 1
    expected = expected_of(prefix, graph.scope, patterns, alternating, 3, factor)
    found = state_in(folder + "/read.h5")
    check_same_bits("%s: read by Horn" % title, found[:len(expected)], expected)
    check_same_bits("%s: the newest of its directory" % title, read_directory(folder, start)[:len(expected)], expected)

    graph.train(4)  # and so does Horn, which moves the statistics of BatchNormalization as well
    prefix = graph.save(folder + "/later/model.ckpt", **options)
    horn_continue(folder, start, 4, folder + "/trained.h5", folder + "/graph")
    trained = state_in(folder + "/trained.h5")
    keep = [i for i, w in enumerate(WEIGHTS) if w in TRAINED]
    expected = stored(prefix, [graph.scope + w for w in TRAINED])
    check_close("%s: trains on as TensorFlow does" % title, [trained[i] for i in keep], expected, 2e-5)
    return graph


def read_directory(folder, start):
    horn_continue(folder, start, 0, folder + "/directory.h5", folder + "/graph")
    return state_in(folder + "/directory.h5")


def check_convert(folder):
    graph = check_graph("Adam", folder, "deep/net", tf1.fixed_size_partitioner(3))
    prefix = folder + "/graph/model.ckpt"
    expected = expected_of(prefix, graph.scope, ["%s/Adam", "%s/Adam_1"], True, 3, 1)
    report = horn("convert", prefix, folder + "/made.h5", "--architecture", folder + "/start.h5")
    check("convert: says what it carried", "optimizer state (Adam at step 3)" in report, report.splitlines()[1])
    check_same_bits("convert: a whole .h5", state_in(folder + "/made.h5"), expected)
    made = keras.models.load_model(folder + "/made.h5")
    found = [np.array(v) for v in (made.optimizer.variables() if callable(made.optimizer.variables) else made.optimizer.variables)]
    check_same_bits("convert: which Keras loads", [np.array(v) for v in made.get_weights()] + found[:1] + [v for v in found[1:] if np.ndim(v)], expected)
    report = horn("convert", prefix, folder + "/alone.weights.h5", "--architecture", write_json(folder))
    check("convert: says what it did not carry", "not carried: optimizer state" in report, report.splitlines()[2])
    check_refused("convert: without an architecture", "expected the option architecture", lambda: horn("convert", prefix, folder + "/a.weights.h5"))
    verified = horn("inspect", prefix, "--verify")
    check("inspect --verify", "of 23 tensors" in verified, verified.splitlines()[-1])
    horn("inspect", prefix, "--compare", folder + "/graph")


def write_json(folder):
    with open(folder + "/model.json", "w") as file:
        file.write(make("sgd").to_json())
    return folder + "/model.json"


def check_refusals(folder):
    start, prefix = folder + "/start.h5", folder + "/graph/model.ckpt"
    graph = Graph(tf1.train.AdamOptimizer(0.01))
    graph.save(prefix)
    for optimizer, words in ((keras.optimizers.RMSprop(), "expected the variables of optimizer RMSprop"), (keras.optimizers.Adam(0.01, 0.8), "beta_1 0.8")):
        save_start(optimizer, start)
        check_refused("another optimizer: %s" % words, words, lambda: horn_continue(folder, start, 0, folder + "/no.h5", prefix))
    with graph.graph.as_default():
        tf1.train.Saver(graph.made[1:]).save(graph.session, prefix, write_meta_graph=False)
        check_refused("a weight is missing", "holds no variable 'dense/kernel'", lambda: horn_continue(folder, start, 0, folder + "/no.h5", prefix))
        tf1.train.Saver(graph.made[:-1]).save(graph.session, prefix, write_meta_graph=False)
        check_refused("another weight is missing", "holds no variable 'dense_1/bias'", lambda: horn_continue(folder, start, 0, folder + "/no.h5", prefix))
        old = tf1.train.Saver(graph.made, write_version=tf1.train.SaverDef.V1).save(graph.session, folder + "/old", write_meta_graph=False)
        check_refused("format V1", "old format V1", lambda: horn_continue(folder, start, 0, folder + "/no.h5", old))
        check_refused("format V1, looked at", "old format V1", lambda: horn("inspect", old))


# ---- Keras, by its variables' names ----

def check_eager(folder):
    """The variables of models and optimizers of Keras 2, old and new, in a Saver."""
    new, legacy = keras.optimizers, keras.optimizers.legacy
    for name, optimizer in (("Adam", new.Adam(0.01, amsgrad=True)), ("RMSprop", new.RMSprop(0.01, momentum=0.5)), ("SGD", new.SGD(0.1, momentum=0.9)),
                            ("plain SGD", new.SGD(0.1)), ("legacy Adam", legacy.Adam(0.01)), ("legacy RMSprop", legacy.RMSprop(0.1, centered=True)),
                            ("legacy SGD", legacy.SGD(0.1, momentum=0.9))):
        start, prefix = folder + "/start.h5", folder + "/eager/%s" % name.replace(" ", "_")
        model = make(optimizer)
        model.fit(x, y, batch_size=8, epochs=2, verbose=0)
        variables = optimizer.variables() if callable(optimizer.variables) else optimizer.variables
        named = {v.name.split(":")[0]: v for v in model.variables + list(variables)}
        if "legacy" in name:  # Keras leaves them out
            named.update({"%s/%s" % (type(optimizer).__name__, key): hyper for key, hyper in optimizer._hyper.items() if hasattr(hyper, "assign")})
        tf1.train.Saver(named).save(None, prefix, write_meta_graph=False)
        model.save(folder + "/expected.h5")
        for v in model.weights:
            v.assign(random.random(v.shape))
        model.save(start)
        horn_continue(folder, folder + "/expected.h5", 0, folder + "/direct.h5")
        horn_continue(folder, start, 0, folder + "/read.h5", prefix)
        check_same_bits("%s by names: read by Horn" % name, state_in(folder + "/read.h5"), state_in(folder + "/direct.h5"))


# ---- Horn's checkpoints in a Saver ----

def check_restore(folder):
    """A Saver takes what has an object graph by the full names in it."""
    model, start = make(keras.optimizers.RMSprop(0.01)), folder + "/start.h5"
    model.fit(x, y, verbose=0)
    model.save(start)
    for shards, dialect in (1, "keras2"), (3, "keras2"), (2, "keras3"):
        prefix = "%s/horn-%d/w" % (folder, shards)
        horn("convert", start, prefix, "--shards", shards, "--dialect", dialect)
        graph = Graph(tf1.train.GradientDescentOptimizer(0.1))
        with graph.graph.as_default():
            tf1.train.Saver(graph.made).restore(graph.session, prefix)
        check_same_bits("Saver.restore of Horn's, %d shards, %s" % (shards, dialect), graph.session.run(graph.made),
                        [np.array(v) for layer in model.layers for v in layer.get_weights()])


with tempfile.TemporaryDirectory() as top:
    os.makedirs(top + "/eager")
    for name in ("Adam", "Adam, other betas", "RMSProp", "RMSProp, momentum", "RMSProp, centered", "Momentum", "Momentum, Nesterov", "SGD"):
        check_graph(name, top)
    check_graph("RMSProp", top, "net")
    check_graph("Momentum", top, "net", tf1.variable_axis_size_partitioner(40))
    check_graph("RMSProp, centered", top, "net", tf1.fixed_size_partitioner(3), sharded=True)
    check_convert(top)
    check_refusals(top)
    check_eager(top)
    check_restore(top)
finish()
