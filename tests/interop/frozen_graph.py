"""usage: frozen_graph.py keras2|tf_keras: Horn's frozen graphs in that TensorFlow, in a session and as a function: Keras' predictions."""
import sys
import tempfile

import tensorflow as tf

import graphs
from common import check, check_close, finish, horn_continue, import_keras

flavour = sys.argv[1]
keras = import_keras(flavour)


def read(path):
    graph = tf.compat.v1.GraphDef()
    with open(path, "rb") as file:
        graph.ParseFromString(file.read())
    return graph


def in_session(graph, x):
    with tf.Graph().as_default() as place:
        tf.compat.v1.import_graph_def(graph, name="")
        with tf.compat.v1.Session(graph=place) as session:
            return session.run("output:0", {"input:0": x})


def as_function(graph, x):
    wrapped = tf.compat.v1.wrap_function(lambda: tf.compat.v1.import_graph_def(graph, name=""), [])
    return wrapped.prune("input:0", "output:0")(tf.constant(x)).numpy()


with tempfile.TemporaryDirectory() as folder:
    for name in graphs.models(keras):
        model, x, y = graphs.make(keras, name)
        model.save(folder + "/made.h5")
        for copy in "a", "b":
            horn_continue(folder + "/made.h5", x, y, 0, folder + "/%s.pb" % copy, folder)
        expected = model.predict(x, verbose=0)
        graph = read(folder + "/a.pb")
        check("%s: the same bytes again" % name, open(folder + "/a.pb", "rb").read() == open(folder + "/b.pb", "rb").read())
        check_close("%s: predictions in a session" % name, in_session(graph, x), expected, graphs.limit(expected))
        check_close("%s: predictions of a function" % name, as_function(graph, x), expected, graphs.limit(expected))
        check_close("%s: predictions of one row" % name, as_function(graph, x[:1]), expected[:1], graphs.limit(expected))
finish()
