"""usage: gen_frozen_graph.py, in the environment of Keras 2.15: a frozen graph, by convert_variables_to_constants_v2, of a model with each form that
TensorFlow's graphs have for a layer, and what Keras predicts from some samples."""
import os

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

folder = os.path.dirname(os.path.abspath(__file__)) + "/frozen_graph/"
random = np.random.default_rng(5)
L = keras.layers
model = keras.Sequential([
    keras.Input((12, 12, 2)), L.ZeroPadding2D(((1, 0), (0, 2))), L.Conv2D(4, (3, 2), strides=2, padding="same", name="Conv_A"), L.BatchNormalization(scale=False),
    L.ReLU(max_value=0.5, negative_slope=0.125, threshold=0.0625), L.Conv2D(4, 2, dilation_rate=2, activation="elu"), L.AveragePooling2D(2, 1, "same"),
    L.ReLU(6.0), L.Conv2D(6, 3, padding="same", dilation_rate=(2, 1)), L.ReLU(negative_slope=0.5, max_value=2.0), L.Conv2D(6, 1, groups=2, activation="selu"),
    L.DepthwiseConv2D(2, activation="relu"), L.MaxPooling2D(2, 1, "same"), L.LeakyReLU(0.25), L.Reshape((-1, 6)), L.Dense(5, activation="sigmoid"),
    L.BatchNormalization(epsilon=0.01), L.Dense(4, use_bias=False, activation="softplus"), L.Reshape((2, -1, 4)), L.Dropout(0.5), L.Softmax(),
    L.GlobalAveragePooling2D(keepdims=True), L.Activation("tanh"), L.GlobalMaxPooling2D(), L.BatchNormalization(center=False), L.Flatten(), L.Dense(3)])
model.set_weights([random.normal(0, 0.5, w.shape) if "variance" not in v.name else random.uniform(0.5, 2, w.shape)
                   for v, w in zip(model.weights, model.get_weights())])
samples = random.random((4, 12, 12, 2), "float32")
function = tf.function(lambda samples: model(samples, training=False)).get_concrete_function(tf.TensorSpec([None, 12, 12, 2], tf.float32))
os.makedirs(folder, exist_ok=True)
with open(folder + "operations.pb", "wb") as file:
    file.write(convert_variables_to_constants_v2(function).graph.as_graph_def().SerializeToString(deterministic=True))
np.save(folder + "operations.x.npy", samples)
np.save(folder + "operations.y.npy", model.predict(samples, verbose=0))

# Of sequences: TensorFlow makes images of them.
model = keras.Sequential([
    keras.Input((20, 3)), L.ZeroPadding1D((2, 1)), L.Conv1D(4, 3, strides=2, padding="same", activation="relu", name="Conv_B"), L.MaxPooling1D(2, 1, "same"),
    L.DepthwiseConv1D(2, depth_multiplier=2), L.AveragePooling1D(3, 2), L.Conv1DTranspose(4, 3, 2, "same", activation="tanh"),
    L.Conv1D(5, 2, padding="causal", use_bias=False), L.Conv1DTranspose(3, 3, 2), L.GlobalMaxPooling1D(keepdims=True), L.GlobalAveragePooling1D(),
    L.Reshape((3, 1, 1)), L.Conv2DTranspose(2, (3, 2), (2, 3), "same"), L.Conv2DTranspose(2, 2, 1, activation="relu"), L.Flatten()])
model.set_weights([random.normal(0, 0.5, w.shape) for w in model.get_weights()])
samples = random.random((4, 20, 3), "float32")
function = tf.function(lambda samples: model(samples, training=False)).get_concrete_function(tf.TensorSpec([None, 20, 3], tf.float32))
with open(folder + "sequences.pb", "wb") as file:
    file.write(convert_variables_to_constants_v2(function).graph.as_graph_def().SerializeToString(deterministic=True))
np.save(folder + "sequences.x.npy", samples)
np.save(folder + "sequences.y.npy", model.predict(samples, verbose=0))
