"""The models that the scripts about TensorFlow's graphs share: the tutorial's three, and one that has every operation."""
from common import np

random = np.random.default_rng(11)
images, labels = random.random((16, 28, 28), "float32"), random.integers(0, 10, 16)
rows, one_hot = random.random((16, 100), "float32"), np.eye(10, dtype="float32")[random.integers(0, 10, 16)]


def models(keras):
    """name -> (layers, compile settings, x, y)"""
    L, O = keras.layers, keras.optimizers
    logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def softmax(optimizer):
        return ([keras.Input((100,)), L.Dense(32, activation="relu"), L.Dense(10, activation="softmax")],
                dict(optimizer=optimizer, loss="categorical_crossentropy"), rows, one_hot)

    def block(filters):
        return [L.Conv2D(filters, 3, use_bias=False), L.BatchNormalization(), L.Activation("relu"), L.MaxPooling2D()]

    zoo = [keras.Input((28, 28, 1), name="Some_Pixels"), L.ZeroPadding2D(((1, 0), (0, 2))), L.Conv2D(4, (3, 2), strides=2, padding="same", name="Conv_A"),
           L.BatchNormalization(scale=False), L.ReLU(max_value=0.5, negative_slope=0.125, threshold=0.0625), L.Conv2D(4, 3, dilation_rate=2, activation="elu"),
           L.AveragePooling2D(2, 1, "same"), L.ReLU(6.0), L.Conv2D(6, 2, activation="selu"), L.MaxPooling2D(2, 1, "same"), L.LeakyReLU(0.25),
           L.Reshape((-1, 6)), L.Dense(5, activation="sigmoid"), L.BatchNormalization(epsilon=0.01), L.Dense(4, use_bias=False, activation="softplus"),
           L.ReLU(negative_slope=0.5), L.Reshape((2, -1, 4)), L.Dropout(0.5), L.Softmax(), L.GlobalAveragePooling2D(keepdims=True), L.Activation("tanh"),
           L.GlobalMaxPooling2D(), L.BatchNormalization(center=False), L.Dense(10)]
    cnn = [keras.Input((28, 28, 1))] + block(4) + block(8) + [L.Flatten(), L.Dense(16, activation="relu"), L.Dense(10)]
    mlp = [keras.Input((28, 28)), L.Flatten(), L.Dense(128, activation="relu"), L.Dropout(0.0), L.Dense(10)]
    return {
        "mlp, RMSprop": (mlp, dict(optimizer=O.RMSprop(0.001), loss=logits), images, labels),
        "bn_cnn, Adam": (cnn, dict(optimizer=O.Adam(0.001, epsilon=1e-3), loss=logits), images[..., None], labels),
        "softmax, 'sgd'": softmax("sgd"),
        "softmax, SGD": softmax(O.SGD(0.05)),
        "softmax, SGD with momentum": softmax(O.SGD(0.05, momentum=0.9, nesterov=True)),
        "a convolution in groups": ([keras.Input((28, 28, 2)), L.Conv2D(6, 3, groups=2, activation="relu"), L.Flatten(), L.Dense(10)],
                                    dict(optimizer="sgd", loss=logits), np.stack([images, 1 - images], -1), labels),
        "convolutions by depth": ([keras.Input((28, 28, 2)), L.DepthwiseConv2D(3, 2, "same", depth_multiplier=2, activation="relu"),
                                   L.DepthwiseConv2D((2, 3), use_bias=False, dilation_rate=(2, 1)), L.Flatten(), L.Dense(10)],
                                  dict(optimizer="sgd", loss=logits), np.stack([images, 1 - images], -1), labels),
        "every operation": (zoo, dict(optimizer="sgd", loss=logits), images[..., None], labels),
    }


def make(keras, name, steps=3):
    keras.backend.clear_session()
    keras.utils.set_random_seed(3)
    layers, settings, x, y = models(keras)[name]
    model = keras.Sequential(layers)
    model.compile(metrics=["accuracy"], **settings)
    for _ in range(0 if "groups" in name else steps):  # Keras 2 has no gradient of it on CPUs
        model.train_on_batch(x, y)
    model.test_on_batch(x, y)  # a save before the first use tells Keras 2 another accuracy
    return model, x, y


def limit(predictions):
    return 1e-6 * max(1.0, float(np.max(np.abs(predictions))))
