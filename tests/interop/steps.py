"""Three steps of training in Keras 2.15 and in Horn, from the same .h5, on Dense networks without dropout and shuffle."""
import tempfile

from common import check_close, finish, horn_continue, import_keras, np, run_eagerly

keras = import_keras("keras2")
run_eagerly()
layers, optimizers = keras.layers, keras.optimizers
LIMIT = 2e-6


def relu_network():
    """Logits, class numbers, which may be floats in a column."""
    model = keras.Sequential([layers.Input((20,)), layers.Dense(32, activation="relu"), layers.Dense(10)])
    return model, keras.losses.SparseCategoricalCrossentropy(from_logits=True), lambda rng: rng.integers(0, 10, (64, 1)).astype("float32")


def softmax_network():
    """Probabilities, one-hot rows, smooth activations, one layer without bias."""
    model = keras.Sequential([layers.Input((12,)), layers.Dense(24, activation="tanh"), layers.Dense(16, activation="sigmoid", use_bias=False),
                              layers.Dense(5, activation="softmax")])
    return model, "categorical_crossentropy", lambda rng: np.eye(5, dtype="float32")[rng.integers(0, 5, 64)]


OPTIMIZERS = {
    "RMSprop": lambda: optimizers.RMSprop(0.01),
    "RMSprop, momentum 0.9 and centered": lambda: optimizers.RMSprop(0.001, momentum=0.9, centered=True),
    "SGD": lambda: optimizers.SGD(0.01),
    "SGD, momentum 0.9": lambda: optimizers.SGD(0.01, momentum=0.9),
    "SGD, nesterov": lambda: optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "Adam": lambda: optimizers.Adam(0.001),
    "Adam, amsgrad": lambda: optimizers.Adam(0.001, amsgrad=True),
}

with tempfile.TemporaryDirectory() as folder:
    for network in relu_network, softmax_network:
        for name, make_optimizer in OPTIMIZERS.items():
            keras.utils.set_random_seed(7)
            rng = np.random.default_rng(7)
            model, loss, make_labels = network()
            model.compile(make_optimizer(), loss, metrics=["accuracy"])
            x = rng.standard_normal((64, model.input_shape[1])).astype("float32")
            y = make_labels(rng)
            model.save(folder + "/before.h5")
            expected = np.array([model.train_on_batch(x, y)[0] for _ in range(3)])
            losses = horn_continue(folder + "/before.h5", x, y, 3, folder + "/after.h5", folder)
            after = keras.models.load_model(folder + "/after.h5")
            case = "%s, %s" % (network.__name__.replace("_", " "), name)
            check_close(case + ", weights after 3 steps", after.get_weights(), model.get_weights(), LIMIT)
            check_close(case + ", losses", losses, expected, LIMIT)
finish()
