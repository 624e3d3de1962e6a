"""usage: applications.py keras2|keras3: the networks of keras.applications, with random weights: each file of that Keras loads in Horn, predicts the same, trains
two steps as Keras does, and goes back to Keras with the same weights."""
import sys
import tempfile

from common import check, check_close, check_predictions, check_same_bits, finish, horn, horn_continue, horn_predict, import_keras, np, run_eagerly

flavour = sys.argv[1]
only = sys.argv[2:]
keras = import_keras(flavour)
run_eagerly()
K3 = flavour == "keras3"
FILES = ["m.keras"] if K3 else ["m.keras", "m.h5"]
SIDES = {"VGG16": 32, "InceptionV3": 75, "Xception": 71, "NASNetMobile": 224}  # the least that a network takes; 96 for the others
NAMES = ["VGG16", "MobileNet", "MobileNetV3Small"]
STEPS, SAMPLES = 2, 16
# The gradients of such deep networks with random weights are in the hundreds: at a rate of 1e-3 two runs of Keras whose data differ by 1e-7 end 1e-2 apart.
RATE = 1e-6
UPDATES_LIMIT = 5e-2  # of what training changes, relative to the greatest change of a weight; runs of Keras whose data differ by 1e-7 are 1e-2 apart
LIMIT = 1e-5  # of predictions, relative to the greatest if that is above 1
STEPS_LIMIT = 1e-4


def make(name):
    side = SIDES.get(name, 96)
    keras.utils.set_random_seed(1)
    model = getattr(keras.applications, name)(weights=None, input_shape=(side, side, 3), classes=10)
    rng = np.random.default_rng(len(name))
    x = rng.uniform(-1, 1, (SAMPLES, side, side, 3)).astype(np.float32)
    return model, x, rng.integers(0, 10, SAMPLES).astype(np.int32)


def moving(model):
    """Other statistics than 0 and 1, as after training."""
    rng = np.random.default_rng(7)
    model.set_weights([w + rng.uniform(0, 0.1, w.shape).astype(np.float32) if w.ndim == 1 else w for w in model.get_weights()])


def check_training(name, model, x, y, folder):
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0  # each has random numbers of its own
    model.compile(keras.optimizers.SGD(RATE, momentum=0.9), "sparse_categorical_crossentropy")
    path = folder + "/train.keras"
    model.save(path)
    losses = horn_continue(path, x, y, STEPS, folder + "/after.keras", folder)
    before = model.get_weights()
    expected = [float(model.train_on_batch(x, y)) for _ in range(STEPS)]
    check_close("%s: losses of %d steps" % (name, STEPS), losses, np.array(expected), STEPS_LIMIT)
    horn("convert", folder + "/after.keras", folder + "/after.weights.h5", *(["--dialect", "keras3"] if K3 else []))
    again, _, _ = make(name)
    again.load_weights(folder + "/after.weights.h5")
    check_close("%s: weights after them" % name, again.get_weights(), model.get_weights(), STEPS_LIMIT)
    trained = [v.trainable for v in model.weights]
    changes = [[a - b for a, b, t in zip(m.get_weights(), before, trained) if t] for m in (again, model)]
    greatest = max(float(np.max(np.abs(change))) for change in changes[1])
    check_close("%s: what they change, of %.2g" % (name, greatest), changes[0], changes[1], UPDATES_LIMIT * greatest)


def check_model(name, folder):
    model, x, y = make(name)
    moving(model)
    expected = model.predict(x, verbose=0)
    for file in FILES:
        path = "%s/%s" % (folder, file)
        model.save(path)
        check_close("%s, %s: Horn predicts" % (name, file), horn_predict(path, folder, x), expected, LIMIT * max(1.0, float(np.max(np.abs(expected)))))
        for back in FILES:
            horn("convert", path, "%s/back-%s" % (folder, back), "--dialect", flavour)
            again = keras.models.load_model("%s/back-%s" % (folder, back), compile=False)
            check_same_bits("%s, %s as %s: weights" % (name, file, back), again.get_weights(), model.get_weights())
            check_close("%s, %s as %s: predictions of Keras" % (name, file, back), again.predict(x, verbose=0), expected, 0)
    check_training(name, model, x, y, folder)


for name in only or NAMES:
    with tempfile.TemporaryDirectory() as folder:
        check_model(name, folder)
finish()
