"""The models that the scripts about TensorFlow's graphs share: those of models.py, and one that has every operation; and how TensorFlow reads and runs a graph."""
import tensorflow as tf

from common import np
import models as shared

SIDE, SAMPLES = 28, 16


def models(keras):
    """name -> (a function that makes the layers and the compile settings, x, y)"""
    L = keras.layers
    found = {name: model for name, model in shared.models(keras, SIDE, SAMPLES, hidden=128).items() if name != "softmax, SGD with momentum"}
    _, images, labels = found["bn_cnn, Adam"]
    pairs = np.concatenate([images, 1 - images], -1)

    def compiled(layers):
        return layers, dict(optimizer="sgd", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))

    def groups():
        return compiled([keras.Input((SIDE, SIDE, 2)), L.Conv2D(6, 3, groups=2, activation="relu"), L.Flatten(), L.Dense(10)])

    def depth():
        return compiled([keras.Input((SIDE, SIDE, 2)), L.DepthwiseConv2D(3, 2, "same", depth_multiplier=2, activation="relu"),
                         L.DepthwiseConv2D((2, 3), use_bias=False, dilation_rate=(2, 1)), L.Flatten(), L.Dense(10)])

    def every():
        return compiled([keras.Input((SIDE, SIDE, 1), name="Some_Pixels"), L.ZeroPadding2D(((1, 0), (0, 2))), L.Conv2D(4, (3, 2), strides=2, padding="same", name="Conv_A"),
                         L.BatchNormalization(scale=False), L.ReLU(max_value=0.5, negative_slope=0.125, threshold=0.0625), L.Conv2D(4, 3, dilation_rate=2, activation="elu"),
                         L.AveragePooling2D(2, 1, "same"), L.ReLU(6.0), L.Conv2D(6, 2, activation="selu"), L.MaxPooling2D(2, 1, "same"), L.LeakyReLU(0.25),
                         L.Reshape((-1, 6)), L.Dense(5, activation="sigmoid"), L.BatchNormalization(epsilon=0.01), L.Dense(4, use_bias=False, activation="softplus"),
                         L.ReLU(negative_slope=0.5), L.Reshape((2, -1, 4)), L.Dropout(0.5), L.Softmax(), L.GlobalAveragePooling2D(keepdims=True), L.Activation("tanh"),
                         L.GlobalMaxPooling2D(), L.BatchNormalization(center=False), L.Dense(10)])

    return {**found, "a convolution in groups": (groups, pairs, labels), "convolutions by depth": (depth, pairs, labels),
            "every operation": (every, images, labels)}


def make(keras, name, steps=3):
    model = models(keras)[name]
    made = shared.make(keras, model, steps=0 if "groups" in name else steps)  # Keras 2 has no gradient of it on CPUs
    made.test_on_batch(*model[1:])  # a save before the first use tells Keras 2 another accuracy
    return made, model[1], model[2]


def read(path):
    graph = tf.compat.v1.GraphDef()
    with open(path, "rb") as file:
        graph.ParseFromString(file.read())
    return graph


def in_session(graph, x):
    """TensorFlow 1's way."""
    with tf.Graph().as_default() as place:
        tf.compat.v1.import_graph_def(graph, name="")
        with tf.compat.v1.Session(graph=place) as session:
            return session.run("output:0", {"input:0": x})
