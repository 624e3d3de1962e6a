"""The tutorial that ./train runs by default, as a script of Keras 2 or 3: the same data, model, epochs and file.

usage: tutorial_keras.py MODEL.h5"""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras

import peer

SLICE = "datasets/fashion-mnist"
x, y = peer.images("train", SLICE)[:1024], peer.labels("train", SLICE)[:1024]
x_test, y_test = peer.images("t10k", SLICE)[:512], peer.labels("t10k", SLICE)[:512]
layers = keras.layers
model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(128, activation="relu"),
                          layers.Dropout(0.2), layers.Dense(10)])
model.compile(keras.optimizers.RMSprop(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=["accuracy"])
model.summary()
print("before: loss %.3f, accuracy %.3f" % tuple(model.evaluate(x_test, y_test, batch_size=256, verbose=0)))
model.fit(x, y, batch_size=256, epochs=10, validation_split=0.5, verbose=2)
print("after: loss %.3f, accuracy %.3f" % tuple(model.evaluate(x_test, y_test, batch_size=256, verbose=0)))
model.save(sys.argv[1])
