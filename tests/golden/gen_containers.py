"""Containers of models as older or other versions leave them, in containers/: written by TensorFlow 2.15.1 and Keras 2.15.0, some
edited by h5py and by hand. Run in .venv/keras2 from anywhere. expected.npz has what Keras computes: x, and the predictions of
each file by its name."""
import io, json, os, shutil, sys, zipfile  # noqa: E401
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
import h5py
import keras
import numpy as np
import tensorflow as tf

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "containers")
shutil.rmtree(here, ignore_errors=True)
os.makedirs(here)
L = keras.layers
x = np.random.RandomState(5).rand(4, 3).astype("float32")
expected = {"x": x}


def path(name):
    return os.path.join(here, name)


def make(layers):
    keras.utils.set_random_seed(3)
    m = keras.Sequential(layers)
    m.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    m.train_on_batch(x, np.arange(4) % 2)
    return m


def edit(m, name, change, attribute="model_config"):
    if not os.path.exists(path(name)):
        m.save(path(name))
        expected[name.split(".")[0]] = m.predict(x, verbose=0)
    with h5py.File(path(name), "r+") as h:
        h.attrs[attribute] = change(h.attrs[attribute])


# numbers that are not finite
m = make([L.Dense(2, input_shape=(3,)), L.ReLU(), L.Dense(2, activation="softmax")])
edit(m, "infinity.h5", lambda c: c.replace('"max_value": null', '"max_value": Infinity'))
edit(m, "infinity.h5", lambda c: c.replace('"clipvalue": null', '"clipvalue": Infinity'), "training_config")

# the names of TensorFlow 1.13
m = make([L.Dense(2, input_shape=(3,)), L.BatchNormalization(), L.Dense(2, activation="softmax")])
edit(m, "v1_names.h5", lambda c: c.replace('"class_name": "BatchNormalization"', '"class_name": "BatchNormalizationV1"').replace(
    '"class_name": "GlorotUniform"', '"class_name": "GlorotUniformV2"'))

# .keras from Windows: groups "layers\\dense" in the place of "layers/dense"
m = make([L.Dense(2, input_shape=(3,)), L.Dropout(0.5), L.Dense(2, activation="softmax")])
m.save(path("plain.keras"))
expected["windows"] = m.predict(x, verbose=0)
plain, out = zipfile.ZipFile(path("plain.keras")), io.BytesIO()
with h5py.File(io.BytesIO(plain.read("model.weights.h5")), "r") as a, h5py.File(out, "w") as b:
    for k in a:
        for n in a[k] if k in ("layers", "metrics") else [None]:
            a.copy(f"{k}/{n}" if n else k, b, name=f"{k}\\{n}" if n else k)
with zipfile.ZipFile(path("windows.keras"), "w") as z:
    for n in plain.namelist():
        z.writestr(n, out.getvalue() if n == "model.weights.h5" else plain.read(n))
os.remove(path("plain.keras"))

# a checkpoint with an iterator over a dataset
data = tf.data.Dataset.range(3).map(lambda i: {"i": i}).batch(2)
iterator = iter(data)
next(iterator)
os.makedirs(path("iterator"))
tf.train.Checkpoint(model=m, iterator=iterator).write(path("iterator/ck"))
expected["iterator"] = expected["windows"]

# checkpoints of a path that is a directory: PREFIX is "DIR/", its files are DIR/.index and DIR/.data-...
weights = m.layers[0].get_weights()
with tf.Graph().as_default(), tf.compat.v1.Session() as session:
    v = [tf.compat.v1.get_variable(f"dense/{n}", initializer=tf.constant(w)) for n, w in zip(("kernel", "bias"), weights)]
    session.run(tf.compat.v1.global_variables_initializer())
    tf.compat.v1.train.Saver(v).save(session, path("saver/"), write_meta_graph=False)
text = open(path("saver/checkpoint")).read()  # whose paths are absolute
open(path("saver/checkpoint"), "w").write(text.replace(here, "/somewhere"))

# a frozen graph with a while loop
kernel = tf.constant(weights[0], name="kernel")
loop = tf.function(lambda x: tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, tf.tanh(y @ (kernel @ tf.transpose(kernel)))),
                                           (0, x))[1])
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2  # noqa: E402
frozen = convert_variables_to_constants_v2(loop.get_concrete_function(tf.TensorSpec((None, 3), tf.float32)), lower_control_flow=True)
open(path("while_loop.pb"), "wb").write(frozen.graph.as_graph_def().SerializeToString(deterministic=True))
frozen = convert_variables_to_constants_v2(loop.get_concrete_function(tf.TensorSpec((None, 3), tf.float32)), lower_control_flow=False)
open(path("while_function.pb"), "wb").write(frozen.graph.as_graph_def().SerializeToString(deterministic=True))

# a SavedModel of TensorFlow 2.0 to 2.4: Keras' metadata is in saved_model.pb, as SavedUserObject.metadata
from keras.protobuf import saved_metadata_pb2  # noqa: E402
from tensorflow.core.protobuf import saved_model_pb2  # noqa: E402
m = make([L.Dense(2, input_shape=(3,)), L.Dense(2, activation="softmax")])
m.save(path("tf2.4"))
expected["tf2.4"] = m.predict(x, verbose=0)
metadata, graph = saved_metadata_pb2.SavedMetadata(), saved_model_pb2.SavedModel()
metadata.ParseFromString(open(path("tf2.4/keras_metadata.pb"), "rb").read())
graph.ParseFromString(open(path("tf2.4/saved_model.pb"), "rb").read())
for node in metadata.nodes:
    graph.meta_graphs[0].object_graph_def.nodes[node.node_id].user_object.metadata = node.metadata
graph.meta_graphs[0].graph_def.Clear()  # what computes: large, and not read
open(path("tf2.4/saved_model.pb"), "wb").write(graph.SerializeToString(deterministic=True))
for name in "keras_metadata.pb", "fingerprint.pb":
    os.remove(path("tf2.4/" + name))
shutil.rmtree(path("tf2.4/assets"), ignore_errors=True)

np.savez(path("expected.npz"), **expected)
