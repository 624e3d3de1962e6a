"""models/cnn.json on all of Fashion-MNIST, five epochs, five seeds each in Keras 2.15 and in Horn: the means of the test accuracy lie within 0.005.
Needs `make data`."""
import gzip
import json
import os
import subprocess

from common import PROGRAMS, check, finish, import_keras, np

keras = import_keras("keras2")
DATA, SEEDS, EPOCHS, LIMIT = "datasets/fashion-mnist-full", range(1, 6), 5, 0.005


def read(name, offset):
    with gzip.open(os.path.join(DATA, name)) as file:
        return np.frombuffer(file.read(), np.uint8, offset=offset)


def images(name):
    return read(name, 16).reshape(-1, 28, 28, 1).astype("float32") / 255


def keras_accuracy(seed):
    keras.utils.set_random_seed(seed)
    keras.backend.clear_session()
    with open("models/cnn.json") as file:
        model = keras.models.model_from_json(file.read())
    model.compile(keras.optimizers.RMSprop(0.001), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    model.fit(*train, batch_size=128, epochs=EPOCHS, verbose=0)
    return model.evaluate(*test, batch_size=128, verbose=0)[1]


def horn_accuracy(seed):
    done = subprocess.run([PROGRAMS + "/train", "--model", "models/cnn.json", "--data", DATA, "--validation-split", "0", "--epochs", str(EPOCHS), "--batch-size", "128", "--optimizer", "rmsprop", "--learning-rate", "0.001", "--seed", str(seed),
                           "--no-checkpoint", "--progress", "none", "--save", "build/cnn_accuracy.h5"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    result = subprocess.run([PROGRAMS + "/evaluate", "build/cnn_accuracy.h5", "--data", DATA, "--json"], check=True,
                            stdout=subprocess.PIPE, text=True)
    os.remove("build/cnn_accuracy.h5")
    return json.loads(result.stdout)["accuracy"]


train = images("train-images-idx3-ubyte.gz"), read("train-labels-idx1-ubyte.gz", 8)
test = images("t10k-images-idx3-ubyte.gz"), read("t10k-labels-idx1-ubyte.gz", 8)
horn = [horn_accuracy(seed) for seed in SEEDS]
theirs = [keras_accuracy(seed) for seed in SEEDS]
for name, values in ("Horn", horn), ("Keras", theirs):
    print("%s: %s, mean %.4f" % (name, " ".join("%.4f" % value for value in values), np.mean(values)))
distance = abs(np.mean(horn) - np.mean(theirs))
check("mean test accuracy of the CNN after %d epochs, %d seeds each" % (EPOCHS, len(SEEDS)), distance < LIMIT,
      "Horn %.4f, Keras %.4f, differ by %.4f, limit %.4f" % (np.mean(horn), np.mean(theirs), distance, LIMIT))
finish()
