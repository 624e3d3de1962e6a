"""usage: six_models.py keras2|keras3: small models of several tasks, trained for 2 steps in that Keras, in each format that holds them: Keras finds the same bits
of weights and, where the format has them, of the optimizer's variables, and again behind the way back. With keras2 also their configs as Keras 2.0 to 2.4
wrote them."""
import json
import shutil
import sys
import tempfile

import h5py
import tensorflow as tf
from common import check, check_close, check_same_bits, finish, horn, horn_predict, import_keras, np, run_eagerly
from contents import h5_variables, variables, weights

flavour = sys.argv[1]
keras = import_keras(flavour)
run_eagerly()
K3 = flavour == "keras3"
L, O = keras.layers, keras.optimizers
rng = np.random.default_rng(11)


def normal(*shape):
    return rng.standard_normal(shape).astype("float32")


# layers, optimizer, loss, x, y, class weights
MODELS = {
    "regression MLP": ((6,), lambda: [L.Dense(8, activation="relu"), L.Dropout(0.0), L.Dense(2)], lambda: O.Adam(0.01), keras.losses.MeanSquaredError(), normal(16, 6), normal(16, 2), None),
    "binary MLP": ((6,), lambda: [L.Dense(8, activation="tanh"), L.BatchNormalization(), L.Dense(1, activation="sigmoid")], lambda: O.RMSprop(0.01, momentum=0.5),
                   "binary_crossentropy", normal(16, 6), rng.integers(0, 2, (16, 1)), {0: 1.0, 1: 3.0}),
    "Conv1D over sequences": ((12, 3), lambda: [L.Conv1D(4, 3, padding="same", activation="relu"), L.MaxPooling1D(2), L.Conv1D(5, 2), L.GlobalAveragePooling1D(),
                                                L.Dense(3, activation="softmax")], lambda: O.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", normal(16, 12, 3),
                              rng.integers(0, 3, 16), None),
    "autoencoder": ((8, 8, 1), lambda: [L.Conv2D(4, 3, 2, "same", activation="relu"), L.Conv2DTranspose(4, 3, 2, "same", activation="relu"),
                                        L.Conv2D(1, 3, padding="same", activation="sigmoid")], lambda: O.Adam(0.01, amsgrad=True), keras.losses.MeanSquaredError(), normal(16, 8, 8, 1),
                    rng.random((16, 8, 8, 1)).astype("float32"), None),
}
OWN = ["--dialect", flavour]
# suffix, arguments; what it holds beside weights: the architecture, the optimizer's variables
FORMATS = {"keras": (".keras", OWN, True, True), "keras-h5": (".h5", OWN, True, True), "keras-weights-h5": (".weights.h5", OWN, False, True),
           "keras-h5-weights": ("_w.h5", ["--to", "keras-h5-weights"], False, False), "tf-weights": ("_tf", ["--to", "tf-weights", *OWN], True, True),
           "tf-checkpoint": ("_ck", ["--to", "tf-checkpoint", *OWN], True, True), "saved-model": ("_sm", ["--to", "saved-model"], True, True),
           "frozen-graph": (".pb", [], True, False), "onnx": (".onnx", [], True, False)}


def train(name):
    shape, layers, optimizer, loss, x, y, class_weight = MODELS[name]
    keras.backend.clear_session()
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input(shape)] + layers(), name="model")
    model.compile(optimizer(), loss)
    model.fit(x, y, batch_size=8, epochs=1, class_weight=class_weight, shuffle=False, verbose=0)
    return model


def in_keras(kind, path, template):
    """(weights, variables) as Keras loads them; variables are None where it restores none."""
    if kind in ("keras", "keras-h5"):
        model = keras.models.load_model(path)
        return weights(model), h5_variables(path) if kind == "keras-h5" and K3 else variables(model)
    if kind == "saved-model":
        if K3:
            return None
        model = keras.models.load_model(path)
        model.optimizer.build(model.trainable_variables)
        model.load_weights(path)
        return weights(model), variables(model)
    template.set_weights([np.full(w.shape, 7, w.dtype) for w in template.get_weights()])
    for v in (template.optimizer.variables() if callable(template.optimizer.variables) else template.optimizer.variables):
        v.assign(np.zeros(v.shape, np.asarray(v.numpy()).dtype))
    if kind in ("keras-weights-h5", "keras-h5-weights"):
        template.load_weights(path)
        return weights(template), variables(template) if kind == "keras-weights-h5" else None
    if kind in ("tf-weights", "tf-checkpoint"):
        checkpoint = tf.train.Checkpoint(model=template, optimizer=template.optimizer)
        if kind == "tf-weights" and not K3:
            template.load_weights(path).expect_partial()
        else:
            (checkpoint.read if kind == "tf-weights" else checkpoint.restore)(path).expect_partial()
        for layer in template.layers:
            getattr(layer, "finalize_state", lambda: None)()
        return weights(template), variables(template)
    return None  # others are not Keras' own: the way back tells


def back(kind, path, source, target):
    """The model that Horn makes of it again, as this Keras' .keras."""
    horn("convert", path, target, *OWN, *([] if FORMATS[kind][2] else ["--architecture", source]))
    return keras.models.load_model(target)


def check_formats(name, model, folder):
    source, x = folder + "/source.keras", MODELS[name][4]
    predictions = np.asarray(model(x, training=False))
    model.save(source)
    check_close(name + ": predictions", horn_predict(source, folder, x), predictions, 2e-6)
    template = keras.models.load_model(source)
    for kind in FORMATS:
        try:
            check_format(name, kind, model, template, folder)
        except Exception as error:
            check("%s, %s" % (name, kind), False, " ".join(str(error).split())[:300])


def check_format(name, kind, model, template, folder):
    source, x, (suffix, arguments, _, has_state) = folder + "/source.keras", MODELS[name][4], FORMATS[kind]
    expected, states, predictions = weights(model), variables(model), np.asarray(model(x, training=False))
    path, case = folder + "/there" + suffix, "%s, %s" % (name, kind)
    horn("convert", source, path, *arguments)
    found = in_keras(kind, path, template)
    if found:
        check_same_bits(case + ": weights", found[0], expected)
        if has_state:
            check_same_bits(case + ": variables", found[1], states)
    again = back(kind, path, source, folder + "/back.keras")
    check_close(case + ", and back: predictions", np.asarray(again(x, training=False)).reshape(predictions.shape), predictions, 2e-6)
    if kind not in ("onnx", "frozen-graph") or name != "binary MLP":  # whose BatchNormalization is a product there
        check_same_bits(case + ", and back: weights", weights(again), expected)
    if has_state:
        check_same_bits(case + ", and back: variables", variables(again), states)


# ---- configs of old Keras ----

def old_layer(layer, version):
    """Without what came later; Glorot's initializers were said as VarianceScaling up to 2.2."""
    config = {k: v for k, v in layer["config"].items() if k not in ("dtype", "groups", "batch_input_shape", "ragged")}
    for key, value in config.items():
        if isinstance(value, dict) and value.get("class_name") == "GlorotUniform" and version < "2.3":
            config[key] = {"class_name": "VarianceScaling", "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}}
        elif isinstance(value, dict) and "module" in value:
            config[key] = {"class_name": value["class_name"], "config": value["config"]}
    return {"class_name": layer["class_name"], "config": config}


def check_old(name, model, folder):
    x, predictions = MODELS[name][4], np.asarray(model(MODELS[name][4], training=False))
    model.save(folder + "/new.h5")
    for version in "2.0.8", "2.1.6", "2.2.4", "2.3.1", "2.4.0":
        path = "%s/old_%s.h5" % (folder, version)
        shutil.copy(folder + "/new.h5", path)
        with h5py.File(path, "r+") as file:
            config = json.loads(file.attrs["model_config"])
            layers = [old_layer(layer, version) for layer in config["config"]["layers"] if layer["class_name"] != "InputLayer"]
            layers[0]["config"]["batch_input_shape"] = [None] + list(MODELS[name][0])
            config = {"class_name": "Sequential", "config": layers if version < "2.2.3" else {"name": "model", "layers": layers}}
            file.attrs["model_config"] = json.dumps(config).encode()
            file.attrs["keras_version"] = version.encode()
            del file.attrs["training_config"]
            del file["optimizer_weights"]
        check_close("%s, as Keras %s: predictions" % (name, version), horn_predict(path, folder, x), predictions, 2e-6)
        horn("convert", path, folder + "/again.keras", *OWN)
        again = keras.models.load_model(folder + "/again.keras")
        check_same_bits("%s, as Keras %s: weights" % (name, version), weights(again), weights(model))


for name in MODELS:
    if len(sys.argv) > 2 and sys.argv[2] not in name:
        continue
    with tempfile.TemporaryDirectory() as folder:
        model = train(name)
        check_formats(name, model, folder)
        if not K3:
            check_old(name, train(name), folder)
finish()
