"""usage: plain_graphs.py keras2|tf_keras: graphs whose variables have their values in a checkpoint, in Horn: the .meta of TensorFlow 1's Saver, with labels, loss,
gradients, optimizer and dropout, its GraphDef alone, simple_save, tf.saved_model.save of a Keras model and of a tf.Module. TensorFlow's predictions each time."""
import sys
import tempfile

import tensorflow as tf

import graphs
from common import check_predictions, check_refused, check_same_bits, finish, horn, horn_predict, import_keras, np

flavour = sys.argv[1]
keras = import_keras(flavour)
v1 = tf.compat.v1
random = np.random.default_rng(3)
images, labels = random.random((32, 28, 28, 1), "float32"), random.integers(0, 10, 32)


def deep(x, keep, resource):
    """The convolutional network of TensorFlow 1's tutorial: variables without scopes, under names of their own."""
    def weight(*shape):
        return v1.Variable(v1.truncated_normal(shape, stddev=0.1), use_resource=resource)

    def pool(y):
        return v1.nn.max_pool(y, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")

    y = pool(tf.nn.relu(v1.nn.conv2d(x, weight(5, 5, 1, 4), [1, 1, 1, 1], "SAME") + v1.Variable(tf.constant(0.1, shape=[4]), use_resource=resource)))
    y = pool(tf.nn.relu(v1.nn.conv2d(y, weight(5, 5, 4, 6), [1, 1, 1, 1], "SAME") + v1.Variable(tf.constant(0.1, shape=[6]), use_resource=resource)))
    y = tf.nn.relu(tf.matmul(tf.reshape(y, [-1, 7 * 7 * 6]), weight(7 * 7 * 6, 16)) + v1.Variable(tf.constant(0.1, shape=[16]), use_resource=resource))
    return tf.matmul(v1.nn.dropout(y, keep), weight(16, 10)) + v1.Variable(tf.constant(0.1, shape=[10]), use_resource=resource)


def scopes(x, keep, resource):
    """Scopes with Keras' names of weights, and normalization."""
    with v1.variable_scope("first"):
        kernel = v1.get_variable("kernel", [3, 3, 1, 4], use_resource=resource)
        y = v1.nn.conv2d(x, kernel, [1, 2, 2, 1], "VALID")
    with v1.variable_scope("norm"):
        gamma, beta, mean, variance = (v1.get_variable(name, [4], initializer=v1.random_uniform_initializer(0.5, 1.5), trainable="moving" not in name, use_resource=resource)
                                       for name in ("gamma", "beta", "moving_mean", "moving_variance"))
        y = tf.nn.elu(v1.nn.fused_batch_norm(y, gamma, beta, mean, variance, is_training=False)[0])
    with v1.variable_scope("last"):
        y = tf.reduce_mean(y, [1, 2])
        return tf.nn.bias_add(tf.matmul(y, v1.get_variable("kernel", [4, 10], use_resource=resource)), v1.get_variable("bias", [10], use_resource=resource))


def check_session(name, network, resource, optimizer, folder):
    """Trains, saves in each way, and predicts."""
    with tf.Graph().as_default(), v1.Session() as session:
        v1.set_random_seed(2)
        x, y, keep = v1.placeholder(tf.float32, [None, 28, 28, 1]), v1.placeholder(tf.float32, [None, 10]), v1.placeholder(tf.float32)
        logits = network(x, keep, resource)
        output = tf.nn.softmax(logits)
        loss = tf.reduce_mean(v1.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=logits))
        step = optimizer.minimize(loss)
        accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(output, 1), tf.argmax(y, 1)), tf.float32))
        session.run(v1.global_variables_initializer())
        for _ in range(3):
            session.run([step, accuracy], {x: images, y: np.eye(10)[labels], keep: 0.5})
        v1.train.Saver().save(session, folder + "/model.ckpt", global_step=3)
        v1.saved_model.simple_save(session, folder + "/simple", {"x": x}, {"y": output})
        with open(folder + "/graph.pb", "wb") as file:
            file.write(session.graph.as_graph_def().SerializeToString())
        expected = session.run(output, {x: images, keep: 1})
        variables = session.run(v1.trainable_variables())
    with tf.Graph().as_default(), v1.Session() as session:  # what Horn does in C
        v1.train.import_meta_graph(folder + "/model.ckpt-3.meta").restore(session, folder + "/model.ckpt-3")
        check_predictions(name + ": import_meta_graph and restore", session.run(output.name, {x.name: images, keep.name: 1}), expected)
    check_predictions(name + ": the .meta", horn_predict(folder + "/model.ckpt-3.meta", folder, images), expected)
    check_predictions(name + ": simple_save", horn_predict(folder + "/simple", folder, images), expected)
    horn("convert", folder + "/model.ckpt-3.meta", folder + "/taken.h5")
    loaded = keras.models.load_model(folder + "/taken.h5", compile=False)
    check_predictions(name + ": as .h5 in Keras", loaded.predict(images, verbose=0), expected)
    check_same_bits(name + ": weights", [w.numpy() for w in loaded.trainable_weights], variables)
    if network is scopes:  # the layers have the variables' names
        horn("convert", folder + "/model.ckpt-3", folder + "/named.h5", "--architecture", folder + "/graph.pb")
        check_predictions(name + ": the GraphDef as --architecture of the checkpoint", horn_predict(folder + "/named.h5", folder, images), expected)


def check_keras(name, folder):
    """Without Keras' metadata, as tf.saved_model.save leaves it."""
    model, x, _ = graphs.make(keras, name, steps=1)
    tf.saved_model.save(model, folder)
    expected = model.predict(x, verbose=0)
    check_predictions("tf.saved_model.save, %s: predictions" % name, horn_predict(folder, folder, x), expected)


class Module(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = [tf.Variable(random.normal(0, 0.05, shape).astype("float32")) for shape in ((784, 12), (12,), (12, 10))]

    @tf.function
    def hidden(self, x):
        return tf.nn.leaky_relu(tf.matmul(tf.reshape(x, [-1, 784]), self.w[0]) + self.w[1], 0.125)

    @tf.function(input_signature=[tf.TensorSpec([None, 28, 28, 1], tf.float32)])
    def __call__(self, x):
        return tf.nn.tanh(tf.matmul(self.hidden(x), self.w[2]))

    @tf.function(input_signature=[tf.TensorSpec([None, 28, 28, 1], tf.float32)])
    def two(self, x):
        y = self.hidden(x)
        return {"first": y, "second": tf.nn.tanh(y)}


with tempfile.TemporaryDirectory() as top:
    for number, (name, network, resource, optimizer) in enumerate((
            ("a network without scopes, variables by reference", deep, False, v1.train.AdamOptimizer(1e-3)),
            ("a network without scopes, resource variables", deep, True, v1.train.MomentumOptimizer(0.01, 0.9)),
            ("scopes, normalization", scopes, False, v1.train.GradientDescentOptimizer(0.01)))):
        with tempfile.TemporaryDirectory(dir=top) as folder:
            check_session(name, network, resource, optimizer, folder)
    for name in graphs.models(keras):
        with tempfile.TemporaryDirectory(dir=top) as folder:
            check_keras(name, folder)
    module = Module()
    tf.saved_model.save(module, top + "/module", signatures=module.__call__)
    check_predictions("a tf.Module: predictions", horn_predict(top + "/module", top, images), module(images).numpy())
    tf.saved_model.save(module, top + "/two", signatures=module.two)
    check_refused("two outputs: refused", "has 2 outputs, expected one", "predict", top + "/two")
    tf.saved_model.save(module, top + "/none", signatures={})
    check_predictions("a tf.Module without a signature: __call__", horn_predict(top + "/none", top, images), module(images).numpy())
    untyped = tf.Module()
    untyped.kernel = tf.Variable(random.normal(0, 0.05, (784, 3)).astype("float32"))
    untyped.run = tf.function(lambda x, training=False: tf.nn.relu(tf.reshape(x, [-1, 784]) @ untyped.kernel + tf.constant([0.5, 0.25, 0.125])))
    for traced in images[:1], images, tf.TensorSpec([None, 28, 28, 1], tf.float32):  # each makes a concrete function
        untyped.run.get_concrete_function(traced)
    untyped.run.get_concrete_function(images, training=True)
    tf.saved_model.save(untyped, top + "/untyped")
    check_predictions("a tf.Module without a signature: its only function", horn_predict(top + "/untyped", top, images), untyped.run(images).numpy())
finish()
