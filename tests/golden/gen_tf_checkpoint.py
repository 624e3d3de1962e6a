#!/usr/bin/env python3
"""The checkpoints of tf2.15 (TensorFlow 2.15, Keras 2.15) and tf2.21 (TensorFlow 2.21, Keras 3.15).

    gen_tf_checkpoint.py        in each of the two environments; the folder follows the version

NAME.expected is what NAME holds, in Horn's order: int64 iteration, float32 learning rate, then float32s: the weights, then
the optimizer's variables, one kind after the other."""
import os
import shutil
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import numpy as np
import tensorflow as tf

version = ".".join(tf.__version__.split(".")[:2])
assert version in ("2.15", "2.21"), version
os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tf" + version))
random = np.random.default_rng(11)
x, y = random.random((8, 3), "float32"), random.integers(0, 2, 8)
layers = keras.layers


def make(optimizer=None):
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((3,)), layers.Flatten(), layers.Dense(4, activation="relu"), layers.Dropout(0.2), layers.Dense(2)])
    if optimizer:
        model.compile(optimizer=optimizer, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(x, y, batch_size=4, epochs=1, verbose=0)
    return model


def slots_of(optimizer, alternating):
    found = optimizer.variables() if callable(optimizer.variables) else optimizer.variables
    slots = [np.array(v) for v in found if np.ndim(v) > 0]
    first, rest = slots[:4 * alternating], slots[4 * alternating:]
    return [v for kind in range(alternating) for v in first[kind::alternating]] + rest


def expect(name, model, alternating=0, used=True):
    optimizer = model.optimizer
    with open(name + ".expected", "wb") as file:
        file.write(np.int64(np.array(optimizer.iterations)).tobytes())
        file.write(np.float32(np.array(optimizer.learning_rate)).tobytes())
        for v in model.get_weights() + (slots_of(optimizer, alternating) if used else []):
            file.write(np.asarray(v, "float32").tobytes())


def write_shards(prefix, source, shards):
    reader = tf.train.load_checkpoint(source)
    keys = sorted(reader.get_variable_to_shape_map())
    parts = ["%s_temp/part-%05d-of-%05d" % (prefix, i, shards) for i in range(shards)]
    for i, part in enumerate(parts):
        own = keys[i::shards]
        tf.raw_ops.SaveV2(prefix=part, tensor_names=own, shape_and_slices=[""] * len(own),
                          tensors=[tf.constant(reader.get_tensor(key)) for key in own])
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=prefix, delete_old_dirs=True)


def write_zoo():
    """Every dtype, texts, nothing, and a tensor in two slices."""
    dtypes = [tf.float32, tf.float64, tf.int8, tf.int16, tf.int32, tf.int64, tf.uint8, tf.uint16, tf.uint32, tf.uint64, tf.half, tf.bfloat16]
    values = {d.name: tf.cast(tf.constant([[1, 2, 3], [4, 5, 100]]), d) for d in dtypes}
    values["bool"] = tf.constant([True, False])
    values["text"], values["texts"] = tf.constant("one"), tf.constant(["", "two", "x" * 200])
    values["no texts"], values["nothing"] = tf.zeros((0,), tf.string), tf.zeros((2, 0), tf.float32)
    keys = list(values) + ["sliced", "sliced"]
    slices = [""] * len(values) + ["4 3 0,2:-", "4 3 2,2:-"]
    tf.raw_ops.SaveV2(prefix="zoo", tensor_names=keys, shape_and_slices=slices, tensors=list(values.values()) + [tf.zeros((2, 3))] * 2)


def write_many():
    """More entries than a block of the index holds; the index alone, without its table's values mattering."""
    with tempfile.TemporaryDirectory() as folder:
        keys = ["a/rather/long/name/of/a/variable/number/%05d/%s" % (i, "x" * 200) for i in range(1500)]
        keys = ["%05d" % (i * 7919 % 100000) + key for i, key in enumerate(keys)]
        tf.raw_ops.SaveV2(prefix=folder + "/many", tensor_names=keys, shape_and_slices=[""] * len(keys), tensors=[tf.constant(1.0)] * len(keys))
        size = os.path.getsize(folder + "/many.index")
        with open(folder + "/many.index", "rb") as file:
            content = file.read()
    import zlib
    with open("many.index.crc", "w") as file:
        file.write("%d %08x\n" % (size, zlib.crc32(content)))


if version == "2.21":
    for name, optimizer, alternating in (("adam", keras.optimizers.Adam(0.01), 2), ("sgd", keras.optimizers.SGD(0.1), 0)):
        model = make(optimizer)
        tf.train.Checkpoint(model=model, optimizer=model.optimizer).write(name)
        expect(name, model, alternating)
    sys.exit()

O, L = keras.optimizers, keras.optimizers.legacy
for name, optimizer, alternating, used in (
        ("rmsprop", O.RMSprop(0.1), 0, True), ("adam", O.Adam(0.01), 2, True), ("sgd", O.SGD(0.1), 0, False),
        ("momentum", O.SGD(0.1, momentum=0.9), 0, True), ("rmsprop_all", O.RMSprop(0.01, momentum=0.5, centered=True), 0, True),
        ("amsgrad", O.Adam(0.01, amsgrad=True), 2, True), ("legacy_rmsprop", L.RMSprop(0.1, momentum=0.5), 0, True),
        ("legacy_adam", L.Adam(0.01), 0, True), ("legacy_sgd", L.SGD(0.1), 0, True)):
    model = make(optimizer)
    model.save_weights(name)
    os.remove("checkpoint")
    expect(name, model, alternating, used)
    if name == "legacy_rmsprop":  # theirs stand weight by weight
        variables = {v.name: v.numpy() for v in model.optimizer.variables()}
        with open(name + ".expected", "r+b") as file:
            file.seek(12 + 4 * sum(w.size for w in model.get_weights()))
            for kind in "rms", "momentum":
                for w in model.weights:
                    file.write(variables["RMSprop/%s/%s:0" % (w.name[:-2], kind)].tobytes())
    if name == "adam":
        both = tf.train.Checkpoint(model=model, optimizer=model.optimizer)
        both.save("adam_saved")
        expect("adam_saved-1", model, alternating)
        write_shards("adam_shards", "adam", 3)
        expect("adam_shards", model, alternating)
        keras.backend.clear_session()
        manager = tf.train.CheckpointManager(both, "managed", max_to_keep=2)
        for _ in range(3):
            manager.save()
        shutil.copy("managed/checkpoint", "managed.state")
        shutil.rmtree("managed")

keras.backend.clear_session()
keras.utils.set_random_seed(2)
make().save_weights("alone")
keras.backend.clear_session()
model = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 2), layers.BatchNormalization(), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(2)])
for v in model.weights:
    v.assign(random.random(v.shape))
model.save_weights("alone_norm")
shutil.copy("checkpoint", "alone.state")
os.remove("checkpoint")
write_zoo()
write_many()
