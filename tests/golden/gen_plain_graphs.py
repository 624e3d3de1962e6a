"""usage: gen_plain_graphs.py keras2|keras3, in the environment of Keras 2.15 or of Keras 3.15: graphs whose variables have their values in a checkpoint, and
what TensorFlow computes of some samples.

    keras2  trained.meta and its checkpoint: a graph of TensorFlow 1 with labels, loss, gradients and Adam; trained.pb: its GraphDef, which has no values
            simple/: the SavedModel that TensorFlow 1's simple_save makes of it; module/: of a tf.Module; unsigned/: without a signature
    keras3  export/: model.export of a Keras model"""
import os
import shutil
import sys

import numpy as np
import tensorflow as tf

folder = os.path.dirname(os.path.abspath(__file__)) + "/plain_graphs/"
os.makedirs(folder, exist_ok=True)
random = np.random.default_rng(7)
samples = random.random((4, 8, 8, 2), "float32")
v1 = tf.compat.v1


def save(name, x, y):
    np.save(folder + name + ".x.npy", x)
    np.save(folder + name + ".y.npy", np.asarray(y))


def convolution(x, name, filters, size, strides):
    with v1.variable_scope(name):
        kernel = v1.get_variable("kernel", [size, size, x.shape[-1], filters], use_resource=False)
        bias = v1.get_variable("bias", [filters], use_resource=False)
        return tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, strides, "SAME"), bias))


def trained():
    with tf.Graph().as_default(), v1.Session() as session:
        v1.set_random_seed(1)
        x, labels = v1.placeholder(tf.float32, [None, 8, 8, 2], "pixels"), v1.placeholder(tf.int64, [None], "labels")
        y = tf.nn.max_pool2d(convolution(x, "conv", 4, 3, 2), 2, 2, "SAME")
        keep = v1.placeholder(tf.float32, name="keep")
        y = v1.nn.dropout(tf.reshape(y, [-1, 16]), keep)
        with v1.variable_scope("dense"):
            kernel, bias = v1.get_variable("kernel", [16, 3], use_resource=False), v1.get_variable("bias", [3], use_resource=False)
            logits = tf.add(tf.matmul(y, kernel), bias, name="logits")
        output = tf.nn.softmax(logits, name="probabilities")
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
        step = v1.train.AdamOptimizer(0.01).minimize(loss, v1.train.get_or_create_global_step())
        accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(output, 1), labels), tf.float32), name="accuracy")
        saver = v1.train.Saver()
        session.run(v1.global_variables_initializer())
        for _ in range(3):
            session.run([step, accuracy], {x: samples, labels: [0, 1, 2, 0], keep: 0.8})
        saver.save(session, folder + "trained", latest_filename="none")
        os.remove(folder + "none")
        with open(folder + "trained.pb", "wb") as file:
            file.write(session.graph.as_graph_def().SerializeToString(deterministic=True))
        shutil.rmtree(folder + "simple", ignore_errors=True)
        v1.saved_model.simple_save(session, folder + "simple", {"pixels": x}, {"probabilities": output})
        save("trained", samples, session.run(output, {x: samples, keep: 1}))


class Module(tf.Module):
    def __init__(self):
        super().__init__("module")
        self.kernel = tf.Variable(random.normal(0, 0.5, (3, 3, 2, 4)).astype("float32"), name="kernel")
        self.bias = tf.Variable(random.normal(0, 0.5, 4).astype("float32"), name="bias")
        self.weights = tf.Variable(random.normal(0, 0.5, (4, 3)).astype("float32"), name="weights")

    @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 2], tf.float32, "pixels")])
    def __call__(self, x):
        y = tf.nn.elu(tf.nn.conv2d(x, self.kernel, 1, "VALID") + self.bias)
        return tf.nn.sigmoid(tf.matmul(tf.reduce_mean(y, [1, 2]), self.weights))


def module():
    made = Module()
    tf.saved_model.save(made, folder + "module")
    tf.saved_model.save(made, folder + "unsigned", signatures={})
    save("module", samples, made(samples))


def export():
    import keras
    L = keras.layers
    model = keras.Sequential([
        keras.Input((8, 8, 2)), L.Conv2D(4, 3, padding="same", activation="relu"), L.BatchNormalization(), L.MaxPooling2D(), L.DepthwiseConv2D(2), L.Flatten(),
        L.Dropout(0.5), L.Dense(6, activation="tanh"), L.Dense(3, activation="softmax")])
    model.set_weights([random.uniform(0.5, 2, w.shape) if "variance" in v.path else random.normal(0, 0.5, w.shape) for v, w in zip(model.weights, model.get_weights())])
    model.export(folder + "export", verbose=False)
    save("export", samples, model.predict(samples, verbose=0))


for make in {"keras2": (trained, module), "keras3": (export,)}[sys.argv[1]]:
    make()
for name in "simple", "module", "unsigned", "export":
    for extra in "fingerprint.pb", "assets":
        path = folder + name + "/" + extra
        if os.path.isdir(path):
            os.rmdir(path)
        elif os.path.exists(path):
            os.remove(path)
