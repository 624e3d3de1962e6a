"""usage: gen_saver.py, in the environment of Keras 2.15: checkpoints by variables' names, as TensorFlow 1's Saver writes them.

All are of the model of gen_tf_checkpoint.py (Dense 4, Dense 2 on 3 inputs) but `net`, which has BatchNormalization between. Of
each NAME, NAME.expected is what it holds, in Horn's order: int64 step, then float32s: the weights, then the optimizer's
variables, one kind after the other, as they stand in the file (MomentumOptimizer's sums are negated gradients of rate 1)."""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np
import tensorflow as tf

tf1, keras = tf.compat.v1, tf.keras
os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "saver2.15"))
random = np.random.default_rng(12)
x, y = random.random((8, 3), "float32"), random.integers(0, 2, 8)
WEIGHTS = ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]
NORM = WEIGHTS[:2] + ["batch_normalization/gamma", "batch_normalization/beta", "batch_normalization/moving_mean",
                      "batch_normalization/moving_variance"] + WEIGHTS[2:]


def expect(name, step, keys):
    with open(name + ".expected", "wb") as file:
        file.write(np.int64(step).tobytes())
        for key in keys:
            file.write(np.float32(tf.train.load_variable(name, key)).tobytes())


def slots(pattern, weights):
    return [pattern % w for w in weights if "moving" not in w]


def save_graph(name, optimizer, patterns, scope="", partitioner=None, norm=False):
    """A graph of TensorFlow 1, trained for three steps."""
    with tf1.Graph().as_default(), tf1.Session() as session:
        tf1.set_random_seed(1)
        images, labels = tf1.placeholder(tf.float32, [None, 3]), tf1.placeholder(tf.int64, [None])
        with tf1.variable_scope(scope, partitioner=partitioner):
            inner = tf1.layers.dense(images, 4, activation=tf.nn.relu)
            inner = tf1.layers.batch_normalization(inner, training=True) if norm else inner
            outer = tf1.layers.dense(inner, 2)
        train = optimizer.minimize(tf1.losses.sparse_softmax_cross_entropy(labels, outer), global_step=tf1.train.get_or_create_global_step())
        session.run(tf1.global_variables_initializer())
        for _ in range(3):
            session.run([train] + tf1.get_collection(tf1.GraphKeys.UPDATE_OPS), {images: x, labels: y})
        tf1.train.Saver().save(session, "./" + name, write_meta_graph=False)
    weights = [scope + "/" * bool(scope) + w for w in (NORM if norm else WEIGHTS)]
    expect(name, 3, weights + [key for pattern in patterns for key in slots(pattern, weights)])


def save_keras(name, optimizer, patterns):
    """A model of Keras 2 in a graph."""
    with tf1.Graph().as_default(), tf1.Session() as session:
        tf1.keras.backend.set_session(session)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(2)])
        model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
        model.fit(x, y, batch_size=4, epochs=1, verbose=0)
        tf1.train.Saver().save(session, "./" + name, write_meta_graph=False)
    expect(name, 2, WEIGHTS + [key for pattern in patterns for key in slots(pattern, WEIGHTS)])


def save_eager(name, optimizer, patterns):
    """The variables of a model and of an optimizer of Keras 2.15, by their names."""
    keras.backend.clear_session()
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(2)])
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x, y, batch_size=4, epochs=1, verbose=0)
    tf1.train.Saver(model.variables + optimizer.variables).save(None, "./" + name, write_meta_graph=False)
    expect(name, 2, WEIGHTS + [key for pattern in patterns for key in slots(pattern, WEIGHTS)])


train, legacy = tf1.train, keras.optimizers.legacy
save_graph("adam", train.AdamOptimizer(0.01), ["%s/Adam", "%s/Adam_1"])
save_graph("rmsprop", train.RMSPropOptimizer(0.01), ["%s/RMSProp"])
save_graph("rmsprop_all", train.RMSPropOptimizer(0.01, momentum=0.5, centered=True), ["%s/RMSProp", "%s/RMSProp_2", "%s/RMSProp_1"], "deep/net")
save_graph("momentum", train.MomentumOptimizer(0.1, 0.9), ["%s/Momentum"], "net", norm=True)
save_graph("sgd", train.GradientDescentOptimizer(0.1), [])
save_graph("partitioned", train.AdamOptimizer(0.01), ["%s/Adam", "%s/Adam_1"], "net", tf1.fixed_size_partitioner(2))
save_keras("keras_rmsprop", legacy.RMSprop(0.1, momentum=0.5), ["training/RMSprop/%s/rms", "training/RMSprop/%s/momentum"])
save_keras("keras_amsgrad", legacy.Adam(0.01, amsgrad=True), ["training/Adam/%s/m", "training/Adam/%s/v", "training/Adam/%s/vhat"])
save_eager("new_adam", keras.optimizers.Adam(0.01), ["Adam/m/%s", "Adam/v/%s"])
os.remove("checkpoint")

# numbers of several bytes in the keys of slices, and a name that is escaped in them; element i is i % 127
flat, parts = np.arange(2 * 9000).reshape(2, 9000) % 127, [(0, 70), (70, 8430), (8500, 500)]
tf.raw_ops.SaveV2(prefix="slices", tensor_names=[b"a\xff\x00b"] * 3, shape_and_slices=["2 9000 -:%d,%d" % part for part in parts],
                  tensors=[tf.constant(flat[:, start:start + length], tf.int8) for start, length in parts])

with tf1.Graph().as_default(), tf1.Session() as session:
    small = tf1.get_variable("v", [3], initializer=tf1.zeros_initializer())
    session.run(small.initializer)
    tf1.train.Saver(write_version=train.SaverDef.V1).save(session, "./old_format", write_meta_graph=False)
os.remove("checkpoint")
