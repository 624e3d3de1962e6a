"""usage: channels_first.py keras2|keras3: layers with data_format channels_first: the same arguments and weights in Horn and back.

Keras 3 on JAX computes them, too: the same predictions, losses and weights after 3 steps. TensorFlow on a CPU cannot."""
import os
import subprocess
import sys
import tempfile

if sys.argv[1] == "keras3":
    os.environ["KERAS_BACKEND"] = "jax"
    # XLA compiles longer than these models run.
    os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
from common import PROGRAMS, check, check_close, check_same_bits, finish, import_keras, np

flavour = sys.argv[1]
keras = import_keras(flavour)
K3 = flavour == "keras3"
L = keras.layers
keras.backend.set_image_data_format("channels_first")
LIMIT = 1e-5
SEQUENCE, IMAGE, VOLUME = (4, 9), (4, 6, 7), (2, 4, 5, 6)

CASES = {
    "sequences": (SEQUENCE, lambda: [L.Conv1D(6, 3, padding="same", activation="relu"), L.Conv1D(4, 2, 2, groups=2), L.Conv1DTranspose(3, 3, 2, "same", activation="relu"),
                                     L.DepthwiseConv1D(3, depth_multiplier=2, padding="same"), L.SeparableConv1D(3, 3, depth_multiplier=2, padding="same"), L.Flatten()]),
    "pooled sequences": (SEQUENCE, lambda: [L.MaxPooling1D(2, 1), L.AveragePooling1D(3, 2, "same"), L.GlobalAveragePooling1D()]),
    "images": (IMAGE, lambda: [L.Conv2D(6, (3, 2), activation="tanh", kernel_regularizer="l2"), L.Conv2DTranspose(3, 3, 2, "same"), L.BatchNormalization(axis=1),
                               L.SpatialDropout2D(0.0), L.DepthwiseConv2D(3, depth_multiplier=2, activation="sigmoid"), L.SeparableConv2D(3, 2, 2),
                               L.Conv2D(3, 2, 2, "same", use_bias=False), L.Flatten()]),
    "pooled images": (IMAGE, lambda: [L.MaxPooling2D((2, 1), 1), L.AveragePooling2D(3, 2, "same"), L.GlobalMaxPooling2D(keepdims=True)]),
    "shapes of images": (IMAGE, lambda: [L.ZeroPadding2D(((1, 0), (2, 1))), L.Cropping2D((1, 2)), L.UpSampling2D((2, 3)), L.UpSampling2D((1, 2), interpolation="bilinear"),
                                         L.GlobalAveragePooling2D(keepdims=True), L.Flatten()]),
    "volumes": (VOLUME, lambda: [L.Conv3D(3, 2, activation="relu"), L.MaxPooling3D(2, 1), L.Conv3DTranspose(2, 2, 2), L.AveragePooling3D((1, 2, 1)), L.GlobalAveragePooling3D()]),
    "global maxima": (VOLUME, lambda: [L.GlobalMaxPooling3D()]),
}
if K3:  # Keras 2 refuses these arguments
    CASES["Conv1D, causal"] = (SEQUENCE, lambda: [L.ZeroPadding1D((1, 2)), L.Conv1D(3, 3, padding="causal", dilation_rate=2), L.GlobalMaxPooling1D()])


def arguments(model):
    clean = lambda value: {k: clean(v) for k, v in value.items() if k not in ("seed", "build_config")} if isinstance(value, dict) else \
        [clean(v) for v in value] if isinstance(value, (list, tuple)) else value
    return [(type(layer).__name__, clean(layer.get_config())) for layer in model.layers]


def front(shape):
    """A layer in front that trains, so that gradients pass the others."""
    return {2: L.Conv1D, 3: L.Conv2D, 4: L.Conv3D}[len(shape)](shape[0], 1, name="front")


with tempfile.TemporaryDirectory() as folder:
    lines, made = [], []
    for number, (name, case) in enumerate(CASES.items()):
        keras.utils.set_random_seed(number)
        model = keras.Sequential([keras.Input(case[0]), front(case[0])] + case[1]())
        model.compile(keras.optimizers.SGD(0.05), "mse")
        stem, rng = "%s/%d" % (folder, number), np.random.default_rng(number)
        x = rng.standard_normal((8,) + case[0]).astype("float32")
        y = rng.standard_normal((8,) + tuple(model.output_shape[1:])).astype("float32")
        path = stem + (".keras" if number % 2 else ".h5")
        model.save(path)
        np.save(stem + "_x.npy", x)
        np.save(stem + "_y.npy", y)
        lines.append("\t".join([path, stem + "_x.npy", stem + "_y.npy", "3" if K3 else "0", path.replace(stem, stem + "_after"), stem + "_p.npy"]))
        made.append((name, model, x, y, stem, path))
    done = subprocess.run([os.path.join(PROGRAMS, "tests/interop/sampled"), flavour], input="\n".join(lines) + "\n", stdout=subprocess.PIPE, text=True)
    for (name, model, x, y, stem, path), line in zip(made, done.stdout.splitlines() + ["it ended"] * len(made)):
        if not line.startswith("ok"):
            check(name, False, line)
            continue
        if K3:
            check_close(name + ": predictions", np.load(stem + "_p.npy"), np.asarray(model.predict_on_batch(x)), LIMIT)
            losses = [float(model.train_on_batch(x, y)) for _ in range(3) if model.reset_metrics() is None]
            check_close(name + ": losses of 3 steps", np.array([float(word) for word in line.split()[1:]]), np.array(losses), LIMIT)
        after = keras.models.load_model(path.replace(stem, stem + "_after"), compile=False)
        if K3:
            check_close(name + ": weights after them", after.get_weights(), model.get_weights(), LIMIT)
        else:
            check_same_bits(name + ": weights", after.get_weights(), model.get_weights())
        found, expected = arguments(after), arguments(model)
        check(name + ": arguments", found == expected, "" if found == expected else "%s, expected %s" % (found, expected))
finish()
