#!/usr/bin/env python3
"""Writes keras2.15/layers.npz: single layers of Keras 2.15 at random input, forward and gradients.

    python3 tests/golden/gen_layers.py tests/golden/keras2.15/layers.npz

Case i: {i:02}.config, the text of {"class_name", "config"} as bytes; .x .y; .dx and .w0.d, ..., the gradients of
sum(y * dy) where .dy is given; .w0, ..., the weights in the layer's order. TensorFlow has no gradient of grouped
convolutions on a CPU: those are put together from convolutions of the groups' parts.
"""
import io, json, os, sys, zipfile
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers as L

CONVOLUTIONS = [  # input, filters, kernel, further arguments
    ((7, 6, 3), 4, 3, {}),
    ((7, 6, 3), 4, 3, {"padding": "same"}),
    ((7, 6, 3), 4, (2, 4), {"padding": "same"}),
    ((7, 6, 3), 4, (3, 2), {"strides": (2, 1), "padding": "same"}),
    ((7, 6, 3), 4, 3, {"strides": 2, "padding": "same"}),
    ((8, 9, 2), 3, 3, {"strides": 2, "padding": "same", "use_bias": False}),
    ((8, 9, 2), 3, 2, {"strides": 3, "padding": "same"}),
    ((8, 9, 2), 3, 5, {"strides": (4, 3), "padding": "same"}),
    ((8, 9, 2), 3, 3, {"strides": (3, 2)}),
    ((8, 9, 2), 3, 1, {}),
    ((8, 9, 2), 3, 1, {"strides": 2}),
    ((8, 9, 2), 3, 1, {"strides": 2, "padding": "same"}),
    ((8, 9, 2), 3, 3, {"dilation_rate": 2}),
    ((8, 9, 2), 3, 3, {"dilation_rate": (3, 2), "padding": "same"}),
    ((8, 9, 2), 3, 2, {"dilation_rate": (1, 3), "padding": "same"}),
    ((3, 2, 2), 3, 5, {"padding": "same"}),
    ((8, 8, 1), 32, 3, {}),
    ((5, 6, 17), 18, 3, {"padding": "same"}),
    ((6, 7, 4), 6, 3, {"groups": 2}),
    ((6, 7, 4), 6, 3, {"groups": 2, "padding": "same", "strides": 2}),
    ((6, 7, 4), 8, 3, {"groups": 4, "padding": "same", "dilation_rate": 2}),
]
POOLS = [  # input, pool, further arguments
    ((6, 7, 3), 2, {}),
    ((6, 7, 3), 2, {"padding": "same"}),
    ((6, 7, 3), (3, 2), {"strides": (2, 1), "padding": "same"}),
    ((6, 7, 3), 3, {"strides": 2}),
    ((6, 7, 17), 2, {"strides": 1, "padding": "same"}),
    ((6, 7, 3), 2, {"strides": 3, "padding": "same"}),
    ((6, 7, 3), 9, {"strides": 4, "padding": "same"}),
]
LAYERS = [(shape, L.Conv2D(filters, kernel, bias_initializer="random_normal", **more)) for shape, filters, kernel, more in CONVOLUTIONS]
LAYERS += [(shape, layer(pool, **more)) for shape, pool, more in POOLS for layer in (L.MaxPooling2D, L.AveragePooling2D)]
LAYERS += [((5, 4, 3), L.GlobalMaxPooling2D()), ((5, 4, 3), L.GlobalMaxPooling2D(keepdims=True)),
           ((17, 16, 3), L.GlobalMaxPooling2D()), ((5, 4, 3), L.GlobalAveragePooling2D()),
           ((20, 20, 3), L.GlobalAveragePooling2D(keepdims=True)),
           ((3, 4, 2), L.ZeroPadding2D()), ((3, 4, 2), L.ZeroPadding2D((0, 2))), ((3, 4, 2), L.ZeroPadding2D(((1, 2), (3, 0))))]
DEPTHWISE = [  # input, kernel, further arguments
    ((7, 6, 3), 3, {}),
    ((7, 6, 3), (2, 4), {"padding": "same"}),
    ((8, 9, 2), 3, {"strides": 2, "padding": "same", "use_bias": False}),
    ((8, 9, 2), 2, {"strides": 3, "depth_multiplier": 3}),
    ((5, 6, 17), 3, {"padding": "same", "depth_multiplier": 2}),
    ((8, 9, 2), 3, {"dilation_rate": 2, "depth_multiplier": 2}),
    ((8, 9, 2), 3, {"dilation_rate": (3, 2), "padding": "same"}),
    ((3, 2, 2), 5, {"padding": "same", "depth_multiplier": 4}),
]
LAYERS += [(shape, L.DepthwiseConv2D(kernel, bias_initializer="random_normal", **more)) for shape, kernel, more in DEPTHWISE]


def grouped(layer, x):
    """What a Conv2D with groups computes."""
    parts = zip(tf.split(x, layer.groups, -1), tf.split(layer.kernel, layer.groups, -1))
    return tf.concat([tf.nn.conv2d(a, k, layer.strides, layer.padding.upper(), dilations=layer.dilation_rate) for a, k in parts], -1) + layer.bias


def make(i, shape, layer):
    noise = np.random.RandomState(i)
    x = tf.constant(noise.uniform(-1, 1, (2,) + shape).astype("float32"))
    layer.build((None,) + shape)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = grouped(layer, x) if getattr(layer, "groups", 1) > 1 else layer(x)
    dy = noise.uniform(-1, 1, y.shape).astype("float32")
    dx, dw = tape.gradient(y, (x, layer.trainable_weights), output_gradients=tf.constant(dy))
    config = layer.get_config()
    config["name"] = "layer"
    text = json.dumps({"class_name": type(layer).__name__, "config": config}).encode()
    values = {"config": np.frombuffer(text, "uint8"), "x": x, "y": y, "dy": dy, "dx": dx}
    for k, w in enumerate(layer.trainable_weights):
        values[f"w{k}"], values[f"w{k}.d"] = w, dw[k]
    return {f"{i:02}.{key}": np.asarray(value) for key, value in values.items()}


tf.keras.utils.set_random_seed(7)
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:
    for i, (shape, layer) in enumerate(LAYERS):
        for key, value in make(i, shape, layer).items():
            array = io.BytesIO()
            np.save(array, value)
            z.writestr(zipfile.ZipInfo(key + ".npy", (1980, 1, 1, 0, 0, 0)), array.getvalue(), zipfile.ZIP_DEFLATED)
