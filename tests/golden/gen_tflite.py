"""usage: gen_tflite.py, in the environment of Keras 2.15: a CNN of Keras, written by TensorFlow Lite's own converter in float32 (cnn.tflite) and with
weights of 8 bits (int8.tflite); cnn.npz has the model's weights by the names of its layers."""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np
import tensorflow as tf

L = tf.keras.layers
os.makedirs(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tflite"), exist_ok=True)
os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tflite"))
tf.keras.utils.set_random_seed(3)
model = tf.keras.Sequential([tf.keras.Input((8, 6, 2)), L.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="conv"), L.MaxPooling2D(2, name="pool"),
                             L.Flatten(name="flat"), L.Dense(40, activation="tanh", name="hidden"), L.Dense(30, activation="softmax", name="last")])
converter = tf.lite.TFLiteConverter.from_keras_model(model)
with open("cnn.tflite", "wb") as file:
    file.write(converter.convert())
converter.optimizations = [tf.lite.Optimize.DEFAULT]
with open("int8.tflite", "wb") as file:
    file.write(converter.convert())
np.savez_compressed("cnn.npz", **{"%s_%s" % (layer.name, w.name.split("/")[-1][:-2]): w.numpy() for layer in model.layers for w in layer.weights})
