"""usage: masks.py keras2|keras3: a mask from Masking to the loss, through the files of that Keras and back: predictions, evaluation and 3 steps."""
import json
import sys
import tempfile

from common import check, check_close, finish, horn, horn_continue, horn_predict, import_keras, np, run_eagerly

flavour = sys.argv[1]
keras = import_keras(flavour)
run_eagerly()
L = keras.layers
LIMIT = 1e-5
SLOPE = "negative_slope" if flavour == "keras3" else "alpha"


def logits(reduction=None):
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True, **({"reduction": reduction} if reduction else {}))


MODELS = {
    "all that pass it on": ((None, 3), [L.Masking(-1.0), L.Dense(6, activation="relu"), L.BatchNormalization(), L.Dropout(0.0), L.LeakyReLU(**{SLOPE: 0.2}),
                                        L.ReLU(max_value=3.0), L.Activation("tanh"), L.Dense(4)], logits()),
    "softmax": ((5, 3), [L.Masking(-1.0), L.Dense(4, activation="softmax", kernel_regularizer="l2")], keras.losses.SparseCategoricalCrossentropy()),
    "sum": ((5, 3), [L.Masking(-1.0), L.Dense(4)], logits("sum")),
    "images": ((5, 2, 3), [L.Masking(-1.0), L.BatchNormalization(), L.Dense(4)], logits()),
    "dropped": ((5, 3), [L.Masking(-1.0), L.Reshape((5, 3)), L.Dense(4)], logits()),
}


def data(shape, samples=20):
    rng = np.random.default_rng(7)
    x = rng.normal(0, 1, (samples, *shape)).astype("float32")
    x[rng.random(x.shape[:-1]) < 0.4] = -1
    x[rng.random(x.shape) < 0.1] = -1
    return x, rng.integers(0, 4, x.shape[:-1])


def save_json(model, path):
    with open(path, "w") as file:
        file.write(model.to_json())


def check_model(name, shape, layers, loss, folder):
    keras.utils.set_random_seed(5)
    model = keras.Sequential([keras.Input(shape)] + layers)
    model.compile(keras.optimizers.SGD(0.1), loss, metrics=[keras.metrics.SparseCategoricalAccuracy("accuracy")])
    x, y = data([size or 5 for size in shape])
    expected = model.predict(x, verbose=0)
    for file in "m.h5", "m.keras", "m.json":
        path = folder + "/" + file
        save_json(model, path) if file == "m.json" else model.save(path)
        horn("convert", path, folder + "/out-" + file, *(["--dialect", flavour] if file != "m.json" else []))
        if file == "m.json":
            with open(folder + "/out-m.json") as text:
                again = keras.models.model_from_json(text.read())
        else:
            again = keras.models.load_model(folder + "/out-" + file)
            check_close("%s, %s: Horn predicts" % (name, file), horn_predict(path, folder, x), expected, LIMIT)
            check_close("%s, %s: Keras predicts from Horn's" % (name, file), again.predict(x, verbose=0), expected, LIMIT)
        check("%s, %s: arguments" % (name, file), again.layers[0].get_config()["mask_value"] == -1, str(again.layers[0].get_config()))
    if y.ndim == 2:
        np.savez(folder + "/data.npz", x_train=x, y_train=y, x_test=x, y_test=y)
        found = json.loads(horn("evaluate", folder + "/m.h5", "--data", folder + "/data.npz", "--batch-size", 8, "--json"))
        evaluated = model.evaluate(x, y, batch_size=8, verbose=0)
        check_close(name + ": evaluation", np.array([found["loss"], found["accuracy"]]), np.array(evaluated), LIMIT)
    losses, steps = horn_continue(folder + "/m.h5", x, y, 3, folder + "/after.h5", folder), []
    for _ in range(3):
        model.reset_metrics()
        steps.append(float(model.train_on_batch(x, y)[0]))
    check_close(name + ": losses of 3 steps", losses, np.array(steps), LIMIT)
    check_close(name + ": weights after them", keras.models.load_model(folder + "/after.h5").get_weights(), model.get_weights(), LIMIT)


with tempfile.TemporaryDirectory() as folder:
    for name, (shape, layers, loss) in MODELS.items():
        check_model(name, shape, layers, loss, folder)
finish()
