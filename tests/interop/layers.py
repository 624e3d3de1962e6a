"""usage: layers.py keras2|tf_keras|keras3: layers without weights, those of sequences, images and volumes, initializers and regularizers of that Keras, through .h5 and .json, in Horn and
back: the same arguments, the same predictions and, where something trains, the same losses and weights after 3 steps."""
import sys
import tempfile

from common import check, check_close, finish, horn, horn_continue, horn_predict, import_keras, np, run_eagerly
from image_layers import image_layers

flavour = sys.argv[1]
keras = import_keras(flavour)
run_eagerly()
L, I, R = keras.layers, keras.initializers, keras.regularizers
SLOPE = "negative_slope" if flavour == "keras3" else "alpha"
LIMIT = 1e-6

LAYERS = {
    "Reshape": [L.Reshape((2, -1)), L.Reshape((24,))],
    "Reshape of images": [L.Reshape((2, 3, 4)), L.Reshape((-1, 2))],
    "ReLU": [L.ReLU()],
    "ReLU6": [L.ReLU(max_value=6.0)],
    "ReLU with all arguments": [L.ReLU(max_value=1.5, negative_slope=0.1, threshold=0.25)],
    "ReLU with a slope": [L.ReLU(negative_slope=0.2)],
    "LeakyReLU": [L.LeakyReLU()],
    "LeakyReLU with a slope": [L.LeakyReLU(**{SLOPE: 0.2})],
    "DepthwiseConv2D": [L.Reshape((4, 3, 2)), L.DepthwiseConv2D(2)],
    "DepthwiseConv2D with strides": [L.Reshape((4, 3, 2)), L.DepthwiseConv2D((3, 2), strides=2, padding="same", use_bias=False)],
    "DepthwiseConv2D with all arguments": [L.Reshape((4, 6, 1)), L.DepthwiseConv2D(
        2, depth_multiplier=3, dilation_rate=2, padding="same", activation="tanh", depthwise_initializer="he_normal", bias_initializer="ones",
        depthwise_regularizer=R.L2(0.1), bias_regularizer=R.L1(0.01))],
    "Softmax": [L.Softmax()],
    "Softmax of the last axis by number": [L.Softmax(axis=2)],
}
LAYERS.update(image_layers(keras, flavour))
ACTIVATIONS = ["relu6", "leaky_relu", "hard_silu", "hard_tanh", "hard_shrink", "soft_shrink", "sparse_plus", "sparse_sigmoid", "celu", "log_sigmoid",
               "softsign", "exponential", "swish", "silu", "gelu", "mish", "tanh_shrink", "squareplus", "log_softmax", "sigmoid", "tanh", "elu", "selu",
               "softplus", "softmax"]
for name in ACTIVATIONS:
    if hasattr(keras.activations, name) and flavour != "tf_keras":  # of Dense, and behind an activation whose output it must not change
        LAYERS["activation %s" % name] = [L.Dense(4, activation=name, kernel_initializer=I.RandomNormal(0, 0.1))] + [L.Activation(name)] * (name != "exponential")
INITIALIZERS = {
    "names": ["zeros", "ones", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal", "random_uniform",
              "random_normal", "truncated_normal"],
    "objects": [I.Constant(0.25), I.RandomUniform(-0.5, 0.25), I.RandomNormal(0.5, 0.25), I.TruncatedNormal(0.25, 0.125), I.GlorotUniform(seed=3),
                I.VarianceScaling(2.0, "fan_out", "uniform"), I.VarianceScaling(0.5, "fan_avg", "untruncated_normal")],
}
REGULARIZERS = [(R.L1(0.01), None), (R.L2(0.02), R.L1(0.1)), (R.L1L2(0.01, 0.02), R.L2(0.5)), ("l1", "l2")]


def plain(value):
    """Without seeds, which Horn's own rules replace."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in ("seed", "build_config", "shared_object_id")}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return keras.saving.serialize_keras_object(value) if hasattr(value, "get_config") else float(value) if hasattr(value, "dtype") else value


def arguments(model):
    return [(type(layer).__name__, plain(layer.get_config())) for layer in model.layers], model.input_shape, model.inputs[0].name, model.name


def load_json(path):
    with open(path) as file:
        return keras.models.model_from_json(file.read())


def check_model(name, layers, folder, trains=False, end=None):
    """`end`: a last layer that gives probabilities."""
    keras.utils.set_random_seed(5)
    model = keras.Sequential([keras.Input((4, 6), name="numbers")] + layers + [L.Flatten(), L.Dense(5)] + ([end] if end else []))
    model.compile(keras.optimizers.SGD(1e-6 if end else 0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=not end))
    rng = np.random.default_rng(7)
    x, y = rng.normal(0, 50 if end else 2, (16, 4, 6)).astype("float32"), rng.integers(0, 5, 16)
    expected = model.predict(x, verbose=0)
    model.save(folder + "/made.h5")
    with open(folder + "/made.json", "w") as file:
        file.write(model.to_json())
    check_close("%s: predictions" % name, horn_predict(folder + "/made.h5", folder, x), expected, LIMIT * max(1.0, float(np.max(np.abs(expected)))))

    dialect = ["--dialect", "keras3"] if flavour == "keras3" else []
    horn("tests/interop/rewrite", folder + "/made.h5", folder + "/again.h5", *dialect)
    horn("tests/interop/rewrite", folder + "/made.json", folder + "/again.json")
    horn_continue(folder + "/made.h5", x, y, 0, folder + "/saved.h5", folder)
    for what, again in ("rewritten .h5", keras.models.load_model(folder + "/again.h5")), ("rewritten .json", load_json(folder + "/again.json")), \
                       ("saved .h5", keras.models.load_model(folder + "/saved.h5")):
        same = arguments(again) == arguments(model)
        check("%s: arguments, %s" % (name, what), same, "" if same else "%s, expected %s" % (arguments(again), arguments(model)))
        if "json" not in what:
            check_close("%s: predictions, %s" % (name, what), again.predict(x, verbose=0), expected, 0)
    if not trains:
        return
    losses = horn_continue(folder + "/made.h5", x, y, 3, folder + "/after.h5", folder)
    expected = []
    for _ in range(3):
        if flavour == "keras3":
            model.reset_metrics()
        expected.append(float(model.train_on_batch(x, y)))
    check_close("%s: losses of 3 steps" % name, losses, np.array(expected), LIMIT * max(1.0, max(expected)))
    check_close("%s: weights after them" % name, keras.models.load_model(folder + "/after.h5").get_weights(), model.get_weights(), LIMIT)


with tempfile.TemporaryDirectory() as folder:
    for name, layers in LAYERS.items():
        check_model(name, [L.Dense(6)] + layers, folder, trains=True)
    check_model("Softmax as the last layer, saturated", [L.Dense(6)], folder, trains=True, end=L.Softmax())  # the loss takes what is behind it
    for name, initializers in INITIALIZERS.items():
        check_model("initializers, %s" % name, [L.Dense(4, kernel_initializer=i, bias_initializer=i) for i in initializers], folder)
    for number, (kernel, bias) in enumerate(REGULARIZERS):
        check_model("regularizers %d" % number, [L.Dense(6, kernel_regularizer=kernel, bias_regularizer=bias)], folder, trains=True)
finish()
