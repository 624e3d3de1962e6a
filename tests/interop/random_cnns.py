"""Networks of images drawn at random, built in Keras, saved to .h5, loaded by Horn: the same predictions, and the same weights after 3 steps of
training. usage: random_cnns.py DIALECT [COUNT [SEED]]

A bias directly in front of a BatchNormalization is never drawn: its gradient is 0 but for rounding. Where Keras cannot train a network on a CPU (groups), its
predictions alone are compared."""
import sys
import tempfile

from common import check, finish, horn_continue, horn_predict, import_keras, np

dialect = sys.argv[1]
count, seed = [int(argument) for argument in sys.argv[2:]] + [60, 1][len(sys.argv) - 2:]
keras = import_keras(dialect)
L, optimizers = keras.layers, keras.optimizers
LIMIT = 1e-5
BATCH = 12

OPTIMIZERS = [lambda: optimizers.SGD(0.01), lambda: optimizers.SGD(0.01, momentum=0.9, nesterov=True), lambda: optimizers.RMSprop(0.001, epsilon=1e-3),
              lambda: optimizers.Adam(0.001, epsilon=1e-3)]


def pair(rng, low, high):
    return tuple(int(n) for n in rng.integers(low, high + 1, 2)) if rng.random() < 0.5 else int(rng.integers(low, high + 1))


def convolution(rng, channels, before_norm):
    groups = int(rng.choice([g for g in (1, 2, 3, 4) if channels % g == 0])) if rng.random() < 0.15 else 1
    dilated = rng.random() < 0.2
    filters = int(rng.integers(1, 9)) if rng.random() < 0.5 else int(rng.integers(16, 40))  # many channels go through other kernels than few
    return L.Conv2D(groups * filters, 3 if filters > 8 else pair(rng, 1, 4), strides=1 if dilated or rng.random() < 0.5 else pair(rng, 1, 3),
                    dilation_rate=pair(rng, 1, 3) if dilated else 1, padding=str(rng.choice(["valid", "same"])), groups=groups,
                    activation=None if before_norm else str(rng.choice(["relu", "tanh", "elu", "linear", "sigmoid"])),
                    use_bias=not before_norm and bool(rng.random() < 0.8))


def depthwise(rng, before_norm):
    dilated = rng.random() < 0.2
    return L.DepthwiseConv2D(pair(rng, 1, 4), strides=1 if dilated or rng.random() < 0.5 else int(rng.integers(1, 4)),
                             dilation_rate=pair(rng, 1, 3) if dilated else 1, padding=str(rng.choice(["valid", "same"])),
                             depth_multiplier=1 if rng.random() < 0.6 else int(rng.integers(2, 5)),
                             activation=None if before_norm else str(rng.choice(["relu", "tanh", "linear"])),
                             use_bias=not before_norm and bool(rng.random() < 0.8))


def norm(rng):
    return L.BatchNormalization(momentum=float(rng.choice([0.5, 0.9, 0.99])), epsilon=float(rng.choice([1e-3, 1e-2])),
                                center=bool(rng.random() < 0.8), scale=bool(rng.random() < 0.8))


def small_layer(rng):
    kind = rng.integers(6)
    if kind == 0:
        return L.ReLU(max_value=float(rng.choice([1.0, 6.0])))
    if kind == 1:
        return L.LeakyReLU()
    if kind == 2:
        return L.Activation(str(rng.choice(["relu", "softplus", "selu", "tanh"])))
    if kind == 3:
        return L.ZeroPadding2D(pair(rng, 1, 2))
    if kind == 4:
        return L.Dropout(0.0)
    return L.Softmax()


def pooling(rng):
    kind = L.MaxPooling2D if rng.random() < 0.6 else L.AveragePooling2D
    return kind(pair(rng, 1, 3), strides=None if rng.random() < 0.5 else pair(rng, 1, 3), padding=str(rng.choice(["valid", "same"])))


def network(rng):
    shape = (int(rng.integers(7, 21)), int(rng.integers(7, 21)), int(rng.integers(1, 5)))
    model = keras.Sequential([L.Input(shape)])
    convolutions, channels = 0, shape[-1]
    while convolutions < 2 or rng.random() < 0.6:
        with_norm = rng.random() < 0.4
        is_depthwise = convolutions > 0 and rng.random() < 0.3
        wanted = [depthwise(rng, with_norm) if is_depthwise else convolution(rng, channels, with_norm)] + ([norm(rng)] if with_norm else [])
        convolutions += 1
        if rng.random() < 0.5:
            wanted.append(pooling(rng))
        if rng.random() < 0.4:
            wanted.append(small_layer(rng))
        for layer in wanted:
            model.add(layer)
        channels = model.output_shape[-1]
        if convolutions == 4 or min(model.output_shape[1:3]) < 4:
            break
    if rng.random() < 0.1 and np.prod(model.output_shape[1:]) % 2 == 0:
        model.add(L.Reshape((2, -1)))
    end = rng.integers(3)
    model.add(L.Flatten() if end == 0 or len(model.output_shape) != 4 else (L.GlobalAveragePooling2D() if end == 1 else L.GlobalMaxPooling2D()))
    if rng.random() < 0.3:
        model.add(L.Dense(int(rng.integers(3, 20)), use_bias=False))
        model.add(norm(rng))
        model.add(L.Activation("relu"))
    model.add(L.Dense(5))
    return model


def drawn(rng):
    """One whose shapes work out."""
    while True:
        try:
            return network(rng)
        except ValueError:
            continue


def relative(found, expected):
    return max(float(np.max(np.abs(np.float64(a) - np.float64(b)))) / max(1.0, float(np.max(np.abs(b)))) for a, b in zip(found, expected))


def train(model, optimizer, x, y):
    """False where Keras cannot."""
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"], run_eagerly=True)
    model.save(folder + "/before.h5")
    try:
        for _ in range(3):
            model.train_on_batch(x, y)
    except Exception as error:
        if "grouped convolutions" not in str(error) and "dilation" not in str(error) and "epth" not in str(error):
            raise
        return False
    return True


untrained = 0
with tempfile.TemporaryDirectory() as folder:
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        keras.utils.set_random_seed(number)
        keras.backend.clear_session()
        model = drawn(rng)
        for weights in model.weights:  # statistics and offsets that differ from 0 and 1
            if not any(word in weights.name for word in ("kernel",)):
                weights.assign(weights + rng.uniform(0, 0.5, weights.shape).astype("float32"))
        x = rng.standard_normal((BATCH,) + model.input_shape[1:]).astype("float32")
        y = rng.integers(0, 5, BATCH)
        predictions = np.asarray(model(x, training=False))
        trains = train(model, OPTIMIZERS[number % len(OPTIMIZERS)](), x, y)
        what = "network %d (%s)" % (number, " ".join(layer.__class__.__name__ for layer in model.layers))
        distance = relative([horn_predict(folder + "/before.h5", folder, x)], [predictions])
        check(what + ", predictions", distance <= LIMIT, "differ by %.2g, limit %.2g" % (distance, LIMIT))
        if not trains:
            untrained += 1
            continue
        horn_continue(folder + "/before.h5", x, y, 3, folder + "/after.h5", folder)
        after = keras.models.load_model(folder + "/after.h5")
        distance = relative(after.get_weights(), model.get_weights())
        check(what + ", weights after 3 steps", distance <= LIMIT, "differ by %.2g, limit %.2g" % (distance, LIMIT))
check("networks that Keras trains", untrained <= count // 4, "%d of %d" % (count - untrained, count))
finish()
