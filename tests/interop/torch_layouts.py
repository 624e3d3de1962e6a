"""usage: torch_layouts.py: Keras -> Horn -> PyTorch -> Horn -> Keras, through .pth with the optimizer, safetensors, deepdish, .t7 and, without PyTorch,
.npz: the same bits; predictions of Keras, of Horn and of the module that Horn writes as source. PyTorch is in an environment of its own: torch_peer.py."""
import os
import subprocess
import tempfile

from common import check, check_close, check_refused, check_same_bits, finish, horn, horn_predict, import_keras, np, run_eagerly
from contents import state

keras = import_keras("keras2")
run_eagerly()
L = keras.layers
LIMIT = 1e-5


def models():
    """Name -> layers; the sizes are uneven on purpose."""
    return {
        "mlp": [keras.Input((9, 7)), L.Flatten(), L.Dense(16, activation="relu"), L.Dropout(0.3), L.Dense(5, activation="softmax")],
        "cnn": [keras.Input((10, 8, 3)), L.Conv2D(6, 3, use_bias=False, name="conv1"), L.BatchNormalization(momentum=0.9, name="norm1"), L.ReLU(),
                L.MaxPooling2D(), L.Conv2D(8, (2, 3), padding="same", activation="tanh", name="conv2"), L.AveragePooling2D(), L.Flatten(),
                L.BatchNormalization(scale=False, name="norm2"), L.Dropout(0.2), L.Dense(7, activation="elu", name="fc1"), L.Dense(4, name="fc2")],
        "strided": [keras.Input((11, 10, 2)), L.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
                    L.Conv2D(6, (3, 2), strides=(2, 3), padding="same", groups=2), L.LeakyReLU(), L.Conv2D(4, 3, strides=2, padding="same", activation="selu"),
                    L.GlobalAveragePooling2D(), L.Dense(3, activation="sigmoid")],
        "depthwise": [keras.Input((9, 8, 3)), L.ZeroPadding2D(((1, 0), (2, 1))), L.DepthwiseConv2D(3, depth_multiplier=2, padding="same"),
                      L.Conv2D(5, 1, activation="relu"), L.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False), L.BatchNormalization(),
                      L.ReLU(6.0), L.Flatten(), L.Dense(4, activation="softplus")],
        "rest": [keras.Input((7, 6, 2)), L.MaxPooling2D(3, strides=2, padding="same"), L.AveragePooling2D((2, 3), strides=2, padding="same"),
                 L.MaxPooling2D((2, 3), strides=1, padding="same"), L.AveragePooling2D(2, strides=1, padding="same"), L.Reshape((4, 2)), L.BatchNormalization(),
                 L.Dense(3), L.ReLU(0.5, 0.25, 0.125), L.Reshape((2, 2, 3)), L.Conv2D(4, 2, dilation_rate=2, padding="same"), L.Dense(3), L.Softmax(),
                 L.GlobalMaxPooling2D(), L.Dense(2)],
        "sequences": [keras.Input((6, 4)), L.LSTM(5, return_sequences=True), L.LayerNormalization(), L.SimpleRNN(4, activation="relu"), L.PReLU(), L.Dense(3),
                      L.ELU(0.5)],
        "words": [keras.Input((5,)), L.Embedding(7, 3), L.SimpleRNN(3, return_sequences=True, use_bias=False), L.LSTM(4), L.Dense(2)],
        "generator": [keras.Input((4, 3, 4)), L.Conv2DTranspose(6, 3, 2, "same"), L.PReLU(shared_axes=[1, 2]), L.Conv2DTranspose(4, (2, 3), (3, 1), use_bias=False),
                      L.GroupNormalization(2), L.UpSampling2D((1, 2)), L.Cropping2D(((1, 0), (2, 3))), L.Conv2D(2, 3, activation="tanh"),
                      L.UpSampling2D(2, interpolation="bilinear"), L.Conv2DTranspose(2, 2, 3, "same"), L.GlobalAveragePooling2D()],
        "gates": [keras.Input((6, 4)), L.GRU(5, return_sequences=True), L.GRU(4, return_sequences=True, use_bias=False), L.GRU(3), L.Dense(2)],
        "steps": [keras.Input((12, 4)), L.Conv1D(6, 3, padding="same", activation="relu"), L.MaxPooling1D(2), L.Conv1D(4, 2, padding="causal", dilation_rate=2),
                  L.AveragePooling1D(2, 1), L.Conv1D(4, 2, groups=2, use_bias=False, strides=2, activation="softmax"), L.GlobalMaxPooling1D(keepdims=True),
                  L.GlobalAveragePooling1D(), L.Dense(2)],
    }


def make(layers, seed):
    """With weights, and moving statistics, that are nobody's defaults."""
    model = keras.Sequential(layers)
    random = np.random.default_rng(seed)
    model.set_weights([random.uniform(0.25, 1, w.shape).astype("float32") * (1 if "variance" in v.name else random.choice([-1, 1], w.shape))
                       for v, w in zip(model.weights, model.get_weights())])
    shape = (5, *model.input_shape[1:])
    x = random.integers(0, 7, shape).astype("float32") if isinstance(layers[1], L.Embedding) else random.uniform(-1, 1, shape).astype("float32")
    model.compile(keras.optimizers.Adam(0.001), "mse")
    model.train_on_batch(x, np.zeros((5, *model.output_shape[1:]), "float32"))
    return model, x


def send(name, model, x, folder):
    path = folder + "/" + name
    model.save(path + ".h5")
    expected = model.predict(x, verbose=0)
    np.save(path + ".x.npy", x.transpose(0, 3, 1, 2) if x.ndim == 4 else x)
    np.save(path + ".y.npy", expected)
    check_close("%s: Horn's predictions" % name, horn_predict(path + ".h5", folder, x), expected, LIMIT)
    horn("convert", path + ".h5", path + ".py", "--to", "torch-module")
    horn("convert", path + ".h5", path + ".pth", "--to", "torch-weights")
    horn("convert", path + ".h5", path + ".whole.pth")
    horn("convert", path + ".h5", path + ".t7")
    horn("convert", path + ".h5", path + ".safetensors")
    horn("convert", path + ".h5", path + ".npz")


def check_back(name, model, source, folder, *more):
    """Without Horn's notes, which PyTorch and NumPy do not keep, the architecture says what the layers are."""
    target = folder + "/back.h5"
    horn("convert", source, target, "--architecture", folder + "/%s.h5" % name, *more)
    loaded = keras.models.load_model(target, compile=False)
    check_same_bits("%s: back from %s in Keras" % (name, os.path.basename(source)), loaded.get_weights(), model.get_weights())


def check_optimizer_back(name, model, folder):
    horn("convert", folder + "/%s.whole.back.pth" % name, folder + "/back.h5", "--architecture", folder + "/%s.h5" % name)
    check_same_bits("%s: weights and the optimizer's variables, back from PyTorch in Keras" % name, state(keras.models.load_model(folder + "/back.h5")), state(model))


def check_npz(name, model, folder):
    path = folder + "/%s.npz" % name
    arrays = np.load(path)
    ours = [w for layer in model.layers for w in layer.get_weights()]
    check_same_bits("%s: NumPy reads the arrays of the .npz, in Keras' order" % name, [arrays[key] for key in arrays], ours)
    names = ["%s/%s" % (layer.name, w.name.split("/")[-1].split(":")[0]) for layer in model.layers for w in layer.weights]
    check("%s: by Keras' names" % name, list(arrays) == names, ", ".join(arrays))
    np.savez_compressed(path.replace(".npz", ".packed.npz"), **{key: arrays[key] for key in sorted(arrays)})
    check_back(name, model, path, folder)
    check_back(name, model, path.replace(".npz", ".packed.npz"), folder)


with tempfile.TemporaryDirectory() as folder:
    made = {name: make(layers, seed) for seed, (name, layers) in enumerate(models().items())}
    for name, (model, x) in made.items():
        send(name, model, x, folder)
    peer = subprocess.run([".venv/torch/bin/python", "tests/interop/torch_peer.py", folder, *made], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(peer.stdout, end="")
    check("torch_peer.py", peer.returncode == 0)
    for name, (model, _) in made.items():
        for end in ".back.pth", ".prefixed.pth", ".back.safetensors":
            check_back(name, model, folder + "/" + name + end, folder)
        check_back(name, model, folder + "/%s.back.h5" % name, folder, "--names", folder + "/%s.indices" % name)
        check_optimizer_back(name, model, folder)
        horn("convert", folder + "/%s.t7" % name, folder + "/back.h5")
        check_same_bits("%s: back from .t7 in Keras" % name, keras.models.load_model(folder + "/back.h5", compile=False).get_weights(), model.get_weights())
        if not any(isinstance(layer, L.RNN) for layer in model.layers):  # whose cells have names of their own there
            check_npz(name, model, folder)
    check_back("cnn", made["cnn"][0], folder + "/cnn.own.pth", folder, "--names", folder + "/cnn.names")
    made["cnn"][0].save_weights(folder + "/weights")  # of TensorFlow
    horn("convert", folder + "/weights", folder + "/cnn.tf.pth", "--architecture", folder + "/cnn.h5", "--to", "torch-weights")
    check("a checkpoint of TensorFlow becomes a .pth", "\nequal: " in horn("inspect", folder + "/cnn.tf.pth", "--compare", folder + "/cnn.pth"))
    check_refused("a file of PyTorch without an architecture: the command to type", "expected the option architecture: ./convert ", "convert",
                  folder + "/mlp.back.pth", folder + "/x.h5")
    check("a file of PyTorch is compared without an option", "\nequal: " in horn("inspect", folder + "/cnn.back.pth", "--compare", folder + "/cnn.h5"))

finish()
