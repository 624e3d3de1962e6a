"""Writes models/resnet20.json and models/mobilenet_v2.json, the deep networks of the benchmark, with the layers' configs of Keras 2.

usage: .venv/keras2/bin/python tests/bench/make_models.py"""
import json

import keras
from keras import layers


def convolution(x, filters, stride, size=3):
    return layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=False, kernel_initializer="he_normal")(x)


def block(x, filters, stride):
    y = layers.ReLU()(layers.BatchNormalization()(convolution(x, filters, stride)))
    y = layers.BatchNormalization()(convolution(y, filters, 1))
    if stride > 1:
        x = layers.BatchNormalization()(convolution(x, filters, stride, 1))
    return layers.ReLU()(layers.Add()([x, y]))


def resnet20():
    """He et al., "Deep Residual Learning for Image Recognition", 2015, section 4.2, with projections where the width changes."""
    inputs = keras.Input((32, 32, 3))
    x = layers.ReLU()(layers.BatchNormalization()(convolution(inputs, 16, 1)))
    for filters in (16, 32, 64):
        for n in range(3):
            x = block(x, filters, 2 if n == 0 and filters > 16 else 1)
    return keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)), name="resnet20")


def mobilenet_v2():
    return keras.applications.MobileNetV2(weights=None, alpha=0.35, input_shape=(96, 96, 3), classes=10, classifier_activation=None)


def plain(value):
    """Without the modules of Keras 2, which Keras 3 does not have."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: plain(one) for key, one in value.items() if key not in ("module", "registered_name", "build_config")}


def architecture(model):
    whole = plain(json.loads(model.to_json()))
    for layer in whole["config"]["layers"]:
        layer["module"] = "keras.layers"
        if layer["class_name"] == "BatchNormalization":
            layer["config"]["axis"] = layer["config"]["axis"][0]  # a list in Keras 2
        if layer["class_name"] == "DepthwiseConv2D":
            del layer["config"]["groups"]  # no argument in Keras 3
    return dict(whole, module="keras", class_name="Model")  # the name of Functional that both generations of Keras know


for name, make in (("resnet20", resnet20), ("mobilenet_v2", mobilenet_v2)):
    keras.backend.clear_session()
    with open("models/%s.json" % name, "w") as file:
        json.dump(architecture(make()), file)
        file.write("\n")
