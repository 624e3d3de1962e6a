"""usage: recurrent.py keras2|keras3: SimpleRNN, LSTM and GRU with their arguments, with masks and open axes, through the files of that Keras and back: the
same arguments and predictions, the same losses, weights and optimizer variables after 3 steps; the bits of each file's tensors; configs of old Keras."""
import json
import sys
import tempfile

import h5py
from common import check, check_close, check_same_bits, finish, horn, horn_continue, horn_predict, import_keras, np, run_eagerly

flavour = sys.argv[1]
keras = import_keras(flavour)
run_eagerly()
K3 = flavour == "keras3"
L, R = keras.layers, keras.regularizers
LIMIT = 1e-5


def model_of(layers, shape=(6, 3), batch=None):
    """Initial biases are no zeros: a bias in a wrong place shows."""
    keras.utils.set_random_seed(5)
    model = keras.Sequential([keras.Input(shape, batch_size=batch)] + layers)
    rng = np.random.default_rng(9)
    model.set_weights([w + rng.normal(0, 0.1, w.shape).astype("float32") for w in model.get_weights()])
    return model


MODELS = {
    "SimpleRNN": ([L.SimpleRNN(5), L.Dense(4)], {}),
    "SimpleRNN of all arguments": ([L.SimpleRNN(5, activation="gelu", use_bias=False, return_sequences=True, go_backwards=True, unroll=True,
                                                kernel_regularizer=R.L2(0.01), recurrent_regularizer=R.L1(0.01)), L.Dense(4)], {}),
    "LSTM": ([L.LSTM(5), L.Dense(4)], {}),
    "LSTM of all arguments": ([L.LSTM(5, return_sequences=True, go_backwards=True, kernel_regularizer=R.L2(0.01), recurrent_regularizer=R.L1(0.01),
                                      bias_regularizer=R.L2(0.1), unit_forget_bias=False), L.Dense(4)], {}),
    "LSTM of other activations": ([L.LSTM(5, activation="softsign", recurrent_activation="silu", unroll=True, kernel_initializer="he_normal"), L.Dense(4)], {}),
    "LSTM without bias": ([L.LSTM(5, activation="linear", recurrent_activation="tanh", use_bias=False), L.Dense(4)], {}),
    "GRU": ([L.GRU(5), L.Dense(4)], {}),
    "GRU of all arguments": ([L.GRU(5, return_sequences=True, go_backwards=True, kernel_regularizer=R.L2(0.01), recurrent_regularizer=R.L1(0.01),
                                    bias_regularizer=R.L2(0.1)), L.Dense(4)], {}),
    "GRU, reset before": ([L.GRU(5, reset_after=False), L.Dense(4)], {}),
    "GRU, reset before, of other activations": ([L.GRU(5, reset_after=False, activation="elu", recurrent_activation="softmax", return_sequences=True,
                                                       use_bias=False), L.Dense(4)], {}),
    "GRU of other activations": ([L.GRU(5, activation="silu", recurrent_activation="softplus", unroll=True), L.Dense(4)], {}),
    "stack": ([L.LSTM(4, return_sequences=True, name="first"), L.GRU(5, return_sequences=True), L.SimpleRNN(6), L.Dense(4)], {}),
    "masks": ([L.Masking(-1.0), L.LSTM(5, return_sequences=True), L.GRU(5, return_sequences=True), L.SimpleRNN(5, return_sequences=True), L.Dense(4)], {}),
    "masks, last step": ([L.Masking(-1.0), L.GRU(5, return_sequences=True, go_backwards=True), L.LSTM(5), L.Dense(4)], {}),
    "masks, GRU unrolled": ([L.Masking(-1.0), L.GRU(5, unroll=True, reset_after=False), L.Dense(4)], {}),
    "masks, zero output": ([L.Masking(-1.0), L.LSTM(5, return_sequences=True, zero_output_for_mask=True), L.SimpleRNN(3, zero_output_for_mask=True),
                            L.Dense(4)], {}),
    "RNN of a SimpleRNNCell": ([L.RNN(L.SimpleRNNCell(5, activation="gelu", kernel_regularizer=R.L2(0.01), name="mine")), L.Dense(4)], {}),
    "RNN of an LSTMCell": ([L.RNN(L.LSTMCell(5, bias_regularizer=R.L2(0.1), unit_forget_bias=False), return_sequences=True, go_backwards=True), L.Dense(4)], {}),
    "RNN of a GRUCell": ([L.RNN(L.GRUCell(5, activation="elu", use_bias=False), return_sequences=True, unroll=True),
                          L.RNN(L.GRUCell(4, reset_after=False)), L.Dense(4)], {}),
    "RNN of cells": ([L.RNN([L.LSTMCell(4), L.GRUCell(5), L.LSTMCell(3)], return_sequences=True), L.RNN(L.StackedRNNCells([L.SimpleRNNCell(3)], name="cells")),
                      L.Dense(4)], {}),
    "RNN of cells, masks": ([L.Masking(-1.0), L.RNN([L.LSTMCell(4), L.GRUCell(5)], return_sequences=True, go_backwards=True),
                             L.RNN([L.SimpleRNNCell(3), L.LSTMCell(4)], go_backwards=True, zero_output_for_mask=True), L.Dense(4)], {}),
    "RNN of cells, frozen": ([L.RNN([L.LSTMCell(4, trainable=False), L.GRUCell(5)], return_sequences=True), L.RNN(L.GRUCell(3, trainable=False), trainable=K3), L.Dense(4)],
                             {"shape": (None, 3)}),
    "Bidirectional": ([L.Bidirectional(L.LSTM(4)), L.Dense(4)], {}),
    "Bidirectional GRU, sum": ([L.Bidirectional(L.GRU(4, return_sequences=True), merge_mode="sum"), L.Dense(4)], {}),
    "Bidirectional of two": ([L.Bidirectional(L.LSTM(4, return_sequences=True), backward_layer=L.GRU(4, go_backwards=True, return_sequences=True), merge_mode="mul",
                                              name="both"), L.Dense(4)], {}),
    "Bidirectional of an RNN, ave": ([L.Bidirectional(L.RNN([L.LSTMCell(4), L.GRUCell(3)], return_sequences=True), merge_mode="ave"),
                                      L.Bidirectional(L.SimpleRNN(3), merge_mode="sum"), L.Dense(4)], {}),
    "Bidirectional, masks": ([L.Masking(-1.0), L.Bidirectional(L.LSTM(4, return_sequences=True)), L.Bidirectional(L.GRU(4, reset_after=False)), L.Dense(4)],
                             {"shape": (None, 3)}),
    "Bidirectional, masks, sequences": ([L.Masking(-1.0), L.Bidirectional(L.SimpleRNN(4, return_sequences=True, zero_output_for_mask=True), merge_mode="mul"),
                                         L.Dense(4)], {}),
    "Bidirectional, frozen": ([L.Bidirectional(L.LSTM(4, trainable=False)), L.Dense(4)], {}),
    "stateful": ([L.LSTM(5, stateful=True, return_sequences=True), L.GRU(4, stateful=True), L.Dense(4)], {"batch": 10}),
    "stateful, masks": ([L.Masking(-1.0), L.SimpleRNN(5, stateful=True, return_sequences=True), L.RNN(L.GRUCell(4, reset_after=False), stateful=True),
                         L.Dense(4)], {"batch": 10}),
    "stateful, Bidirectional": ([L.Bidirectional(L.GRU(4, stateful=True, return_sequences=True)), L.Dense(4)], {"batch": 10, "shape": (None, 3)}),
    "open": ([L.GRU(5, return_sequences=True), L.LSTM(5), L.Dense(4)], {"shape": (None, 3)}),
}


def reset(model):
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_states()


def predict(model, x):
    reset(model)
    return model.predict(x, batch_size=10, verbose=0)


def data(outputs, masked):
    rng = np.random.default_rng(7)
    x = rng.normal(0, 1, (10, 6, 3)).astype("float32")
    if masked:
        x[rng.random(x.shape[:-1]) < 0.4] = -1
        x[0], x[1, 3:], x[2, :3] = -1, -1, -1
    return x, rng.integers(0, 4, (10,) + tuple(outputs[1:-1]) if len(outputs) == 2 else (10, 6))


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in ("build_config", "shared_object_id")}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def arguments(model):
    return [(type(layer).__name__, plain(layer.get_config())) for layer in model.layers], model.input_shape


def save(model, path):
    if path.endswith(".json"):
        with open(path, "w") as file:
            file.write(model.to_json())
    else:
        model.save(path)


def load(path):
    if path.endswith(".json"):
        with open(path) as file:
            return keras.models.model_from_json(file.read())
    return keras.models.load_model(path)


def variables(model):
    return [np.asarray(v) for v in (model.optimizer.variables() if callable(model.optimizer.variables) else model.optimizer.variables)]


def step(model, x, y):
    model.reset_metrics()
    return float(model.train_on_batch(x, y))


def steps_of_horn(path, x, y, steps, out, folder):
    """Through a model of Horn's, which writes Keras 3's .keras and Keras 2's .h5."""
    between = folder + "/between" + out[out.rindex("."):]
    losses = horn_continue(path, x, y, steps, between, folder)
    horn("convert", between, out, "--dialect", flavour)
    return losses


def check_model(name, layers, folder, shape=(6, 3), batch=None):
    model = model_of(layers, shape, batch)
    model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x, y = data(model.output_shape, "mask" in name)
    step(model, x, y)  # the optimizer has variables from here on
    expected = predict(model, x)
    for file in "m.keras", "m.h5", "m.json":  # Keras 3 forgets the optimizer when it saves .h5
        path, out = folder + "/" + file, folder + "/out-" + file
        save(model, path)
        if file == "m.json":
            horn("convert", path, out)
        else:
            steps_of_horn(path, x, y, 0, out, folder)
        again = load(out)
        same = arguments(again) == arguments(model) or arguments(again) == arguments(load(path))  # Keras 2 forgets the module of a backward_layer in an .h5
        check("%s, %s: arguments" % (name, file), same, "" if same else "%s, expected %s" % (arguments(again), arguments(model)))
        if file == "m.json":
            continue
        check_same_bits("%s, %s: weights" % (name, file), again.get_weights(), model.get_weights())
        if file == "m.keras" or not K3:  # Keras 3 restores no optimizer from .h5
            check_same_bits("%s, %s: optimizer" % (name, file), variables(again), variables(model))
        check_close("%s, %s: Horn predicts" % (name, file), horn_predict(path, folder, x), expected, LIMIT)
    if shape[0] is None:
        check_close(name + ": another length", horn_predict(folder + "/m.h5", folder, x[:, :4]), predict(model, x[:, :4]), LIMIT)
        reset(model)
    if batch:
        check_states(name, model, x, folder)
    losses = steps_of_horn(folder + "/m.keras", x, y, 3, folder + "/after.keras", folder)
    check_close(name + ": losses of 3 steps", losses, np.array([step(model, x, y) for _ in range(3)]), LIMIT)
    after = load(folder + "/after.keras")
    check_close(name + ": weights after them", after.get_weights(), model.get_weights(), LIMIT)
    check_close(name + ": optimizer after them", [v.astype("float32") for v in variables(after)], [v.astype("float32") for v in variables(model)], LIMIT)
    check_weights(name, model, folder)


def check_states(name, model, x, folder):
    """Batches one behind the other; leaves states of 0."""
    predict(model, x)
    after = model.predict(x[::-1], batch_size=10, verbose=0)
    check_close(name + ": Horn predicts two batches", horn_predict(folder + "/m.keras", folder, np.concatenate([x, x[::-1]]))[10:], after, LIMIT)
    reset(model)


def check_weights(name, model, folder):
    """Files of weights alone, both ways: Keras' to a whole model, and Horn's into a model of other weights."""
    for file in ["w.weights.h5"] + ([] if K3 else ["w-ckpt"]):
        path, out = folder + "/" + file, folder + "/out-" + file
        model.save_weights(path)
        horn("convert", path, folder + "/whole.keras", "--architecture", folder + "/m.json", "--dialect", flavour)
        check_same_bits("%s, %s: weights that Horn read" % (name, file), load(folder + "/whole.keras").get_weights(), model.get_weights())
        horn("convert", folder + "/whole.keras", out, "--dialect", flavour)
        again = load(folder + "/m.json")
        loaded = again.load_weights(out)
        if loaded is not None:
            loaded.expect_partial()
        check_same_bits("%s, %s: weights that Keras read" % (name, file), again.get_weights(), model.get_weights())


def age(path):
    """Makes the .h5 of Keras 2.15 one as Keras 2.0 wrote it: weights without a cell, fewer arguments, initializers by VarianceScaling."""
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        layers = [layer for layer in config["config"]["layers"] if layer["class_name"] != "InputLayer"]
        layers[0]["config"]["batch_input_shape"] = [None, 6, 3]
        for layer in layers:
            for key in "module", "registered_name", "build_config":
                layer.pop(key, None)
            for key in "time_major", "zero_output_for_mask", "reset_after", "dtype":
                layer["config"].pop(key, None)
            if "implementation" in layer["config"]:
                layer["config"]["implementation"] = 0
            layer["config"]["kernel_initializer"] = {"class_name": "VarianceScaling", "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform",
                                                                                                "seed": None}}
            group = file["model_weights"][layer["config"]["name"]]
            names = [name.decode() if isinstance(name, bytes) else name for name in group.attrs["weight_names"]]
            plain_names = ["/".join([name.split("/")[0], name.split("/")[-1]]) for name in names]
            for old, new in zip(names, plain_names):
                if old != new:
                    group.move(old, new)
            group.attrs["weight_names"] = [name.encode() for name in plain_names]
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": layers})
        file.attrs["keras_version"] = "2.0.8"
        if "training_config" in file.attrs:
            del file.attrs["training_config"]


def check_old(folder):
    model = model_of([L.LSTM(5, return_sequences=True), L.GRU(4, reset_after=False, return_sequences=True), L.SimpleRNN(3, return_sequences=True), L.Dense(4)])
    x, _ = data(model.output_shape, False)
    model.save(folder + "/old.h5")
    age(folder + "/old.h5")
    check_close("old .h5: Horn predicts", horn_predict(folder + "/old.h5", folder, x), model.predict(x, verbose=0), LIMIT)
    horn("convert", folder + "/old.h5", folder + "/new.h5")
    again = load(folder + "/new.h5")
    check_same_bits("old .h5: weights", again.get_weights(), model.get_weights())
    check("old .h5: reset_after", again.layers[1].get_config()["reset_after"] is False)


with tempfile.TemporaryDirectory() as folder:
    for name, (layers, more) in MODELS.items():
        if len(sys.argv) < 3 or sys.argv[2] in name:
            check_model(name, layers, folder, **more)
    if not K3:
        check_old(folder)
finish()
