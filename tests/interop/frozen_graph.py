"""usage: frozen_graph.py keras2|tf_keras|keras3: frozen graphs both ways: Horn's in that TensorFlow, in a session and as a function, and TensorFlow's
(convert_variables_to_constants_v2) in Horn, as a model that predicts, trains and becomes a .h5: Keras' predictions each time."""
import sys
import tempfile

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

import graphs
from common import check, check_predictions, finish, horn, horn_continue, horn_predict, import_keras, np

flavour = sys.argv[1]
keras = import_keras(flavour)


def as_function(graph, x):
    wrapped = tf.compat.v1.wrap_function(lambda: tf.compat.v1.import_graph_def(graph, name=""), [])
    return wrapped.prune("input:0", "output:0")(tf.constant(x)).numpy()


def freeze(model, x, path, batch=None):
    function = tf.function(lambda samples: model(samples, training=False))
    save_frozen(function.get_concrete_function(tf.TensorSpec([batch] + list(x.shape[1:]), tf.float32)), path)


def written(name, model, x, y, expected, folder):
    for copy in "a", "b":
        horn_continue(folder + "/made.h5", x, y, 0, folder + "/%s.pb" % copy, folder)
    graph = graphs.read(folder + "/a.pb")
    check("%s: the same bytes again" % name, open(folder + "/a.pb", "rb").read() == open(folder + "/b.pb", "rb").read())
    check_predictions("%s: predictions in a session" % name, graphs.in_session(graph, x), expected)
    check_predictions("%s: predictions of a function" % name, as_function(graph, x), expected)
    check_predictions("%s: predictions of one row" % name, as_function(graph, x[:1]), expected[:1])
    same = horn_predict(folder + "/a.pb", folder, x).tobytes() == horn_predict(folder + "/made.h5", folder, x).tobytes()
    check("%s: Horn reads its own: the same bits as from the .h5" % name, same)


def taken_over(name, model, x, y, expected, folder, file):
    """TensorFlow's graph in Horn."""
    check_predictions("%s: predictions of TensorFlow's graph" % name, horn_predict(file, folder, x), expected)
    horn("convert", file, folder + "/taken.h5")
    loaded = keras.models.load_model(folder + "/taken.h5", compile=False)
    check_predictions("%s: as .h5 in Keras" % name, loaded.predict(x, verbose=0), expected)
    weights, expected_weights = loaded.get_weights(), model.get_weights()
    same = len(weights) == len(expected_weights) and all(np.array_equal(a, b) for a, b in zip(weights, expected_weights))
    check("%s: as .h5 in Keras, every weight the same" % name, same)
    if flavour == "keras3":  # its scopes have numbers of their own
        return
    kept = [layer for layer in model.layers if not isinstance(layer, keras.layers.Dropout)]
    check("%s: as .h5 in Keras, the layers' names" % name, [l.name for l in loaded.layers] == [l.name for l in kept])


def save_frozen(function, path):
    with open(path, "wb") as file:
        file.write(convert_variables_to_constants_v2(function).graph.as_graph_def().SerializeToString())


def other_ways(folder):
    """A SavedModel's signature, a functional model, and a graph of TensorFlow 1's own: variables by name, in a session."""
    model, x, y = graphs.make(keras, "bn_cnn, Adam")
    model.save(folder + "/saved", save_format="tf")
    saved = tf.saved_model.load(folder + "/saved")  # owns the variables
    save_frozen(saved.signatures["serving_default"], folder + "/theirs.pb")
    expected = model.predict(x, verbose=0)
    taken_over("a SavedModel's signature", model, x, y, expected, folder, folder + "/theirs.pb")

    inputs = keras.Input((28, 28, 1))
    features = keras.layers.ReLU()(keras.layers.Conv2D(4, 5, strides=2, padding="same")(inputs))
    model = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.BatchNormalization()(keras.layers.GlobalAveragePooling2D()(features))))
    freeze(model, x, folder + "/theirs.pb")
    expected = model.predict(x, verbose=0)
    check_predictions("a functional model", horn_predict(folder + "/theirs.pb", folder, x), expected)

    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph) as session:
        samples = v1.placeholder(tf.float32, [None, 28, 28, 1], "pixels")
        kernel, bias = v1.get_variable("dense/kernel", [784, 10]), v1.get_variable("dense/bias", [10])
        product = tf.nn.bias_add(tf.matmul(tf.reshape(samples, [-1, 784], "flatten/Reshape"), kernel, name="dense/MatMul"), bias, name="dense/BiasAdd")
        output = tf.nn.softmax(product, name="dense/Softmax")
        session.run(v1.global_variables_initializer())
        expected = session.run(output, {samples: x})
        frozen = v1.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["dense/Softmax"])
    with open(folder + "/theirs.pb", "wb") as file:
        file.write(frozen.SerializeToString())
    check_predictions("a graph of TensorFlow 1", horn_predict(folder + "/theirs.pb", folder, x), expected)


with tempfile.TemporaryDirectory() as folder:
    for name in graphs.models(keras):
        model, x, y = graphs.make(keras, name)
        model.save(folder + "/made.h5")
        expected = model.predict(x, verbose=0)
        if flavour != "keras3":  # TensorFlow 2.21 is tf_keras', too
            written(name, model, x, y, expected, folder)
        freeze(model, x, folder + "/theirs.pb")
        taken_over(name, model, x, y, expected, folder, folder + "/theirs.pb")
        if name in ("mlp, RMSprop", "every operation"):
            freeze(model, x, folder + "/fixed.pb", batch=len(x))
            taken_over(name + ", of a fixed batch", model, x, y, expected, folder, folder + "/fixed.pb")

    if flavour != "keras3":
        other_ways(folder)
    inputs = keras.Input((28, 28))
    flat = keras.layers.Flatten()(inputs)
    branches = keras.layers.Add(name="sum")([keras.layers.Dense(8)(flat), keras.layers.Dense(8)(flat)])
    model, x = keras.Model(inputs, branches), np.random.default_rng(1).normal(0, 1, (5, 28, 28)).astype("float32")
    freeze(model, x, folder + "/two.pb")
    check_predictions("two branches", horn_predict(folder + "/two.pb", folder, x), model.predict(x, verbose=0))
finish()
