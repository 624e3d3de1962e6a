"""The models that the scripts about files share: those of models/, smaller, and one that ends in a softmax with each kind of SGD."""
from common import np


def models(keras, side, samples=32, hidden=32, dropout=0.0):
    """name -> (a function that makes the layers and the compile settings, x, y); `side` is that of the images."""
    L, O = keras.layers, keras.optimizers
    random = np.random.default_rng(11)
    images, labels = random.random((samples, side, side), "float32"), random.integers(0, 10, samples)
    rows, one_hot = random.random((samples, 100), "float32"), np.eye(10, dtype="float32")[random.integers(0, 10, samples)]

    def crossentropy():
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def mlp():
        return ([keras.Input((side, side)), L.Flatten(), L.Dense(hidden, activation="relu"), L.Dropout(dropout), L.Dense(10)],
                dict(optimizer=O.RMSprop(0.001), loss=crossentropy()))

    def bn_cnn():
        def block(filters):
            return [L.Conv2D(filters, 3, use_bias=False), L.BatchNormalization(), L.Activation("relu"), L.MaxPooling2D()]
        return ([keras.Input((side, side, 1))] + block(4) + block(8) + [L.Flatten(), L.Dense(16, activation="relu"), L.Dense(10)],
                dict(optimizer=O.Adam(0.001, epsilon=1e-3), loss=crossentropy()))

    def softmax(optimizer):
        return lambda: ([keras.Input((100,)), L.Dense(32, activation="relu"), L.Dense(10, activation="softmax")],
                        dict(optimizer=optimizer(), loss="categorical_crossentropy"))

    return {
        "mlp, RMSprop": (mlp, images, labels),
        "bn_cnn, Adam": (bn_cnn, images[..., None], labels),
        "softmax, 'sgd'": (softmax(lambda: "sgd"), rows, one_hot),
        "softmax, SGD": (softmax(lambda: O.SGD(0.05)), rows, one_hot),
        "softmax, SGD with momentum": (softmax(lambda: O.SGD(0.05, momentum=0.9)), rows, one_hot),
        "softmax, SGD, Nesterov": (softmax(lambda: O.SGD(0.05, momentum=0.9, nesterov=True)), rows, one_hot),
    }


def make(keras, model, seed=3, steps=3):
    """One of models(), compiled, and trained for some steps on all its samples."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    build, x, y = model
    layers, settings = build()
    made = keras.Sequential(layers)
    made.compile(metrics=["accuracy"], **settings)
    for _ in range(steps):
        made.train_on_batch(x, y)
    return made
