"""usage: plain_layers.py keras2|keras3: Embedding, normalization, noise, shapes and activations as layers, of that Keras: the same arguments, the same
predictions, losses and weights after 3 steps, in Horn and back, through .h5, .keras and .json, with the optimizer's variables."""
import sys
import tempfile

from common import check, check_close, check_same_bits, finish, horn, horn_continue, horn_predict, import_keras, np, run_eagerly

flavour = sys.argv[1]
keras = import_keras(flavour)
run_eagerly()
L, I, R, O = keras.layers, keras.initializers, keras.regularizers, keras.optimizers
KERAS3 = flavour == "keras3"
LIMIT = 1e-5
ROWS = 12
DIALECT = ["-", "-", flavour]


class Case:
    """`rows`: the data are indices below it, each once if it is `apart`; `alike`: training is not random. Keras 3 forgets how a model
    is compiled when it saves .h5, which therefore is the last. Keras 2 keeps no variables of its
    legacy optimizers in .keras: their `endings` are others."""

    def __init__(self, layers, shape=(4, 6), rows=0, apart=False, optimizer=None, alike=True, end=True, prepare=None, endings=("keras", "json", "h5"), dtype=None):
        self.layers, self.shape, self.rows, self.apart, self.alike, self.end, self.prepare, self.endings = (
            layers, shape, rows, apart, alike, end, prepare, endings)
        self.dtype = dtype
        self.optimizer = optimizer or (lambda: O.SGD(0.05, momentum=0.9))


CASES = {}


def case(name, *arguments, **more):
    CASES[name] = Case(*arguments, **more)


def adam():
    return O.Adam(0.01)


case("Embedding", [L.Embedding(7, 3)], (5,), 7)
case("Embedding that masks", [L.Embedding(7, 3, mask_zero=True), L.Dense(4)], (5,), 7, end=False)
case("Embedding of images, with a regularizer", [L.Embedding(7, 3, embeddings_initializer="he_normal", embeddings_regularizer=R.L2(0.1))], (2, 3), 7)
case("Embedding of integers", [L.Embedding(7, 3)], (5,), 7, dtype="int32")
case("Embedding with Adam", [L.Embedding(80, 3)], (5,), 80, apart=True, optimizer=adam)
case("Embedding with RMSprop", [L.Embedding(80, 3)], (5,), 80, apart=True, optimizer=lambda: O.RMSprop(0.01))
case("Embedding with Adagrad", [L.Embedding(80, 3)], (5,), 80, apart=True, optimizer=lambda: O.Adagrad(0.01))
if not KERAS3:
    case("Embedding of a length", [L.Embedding(7, 3, input_length=5)], (5,), 7)
    case("Embedding with Adam, indices twice", [L.Embedding(7, 3)], (5,), 7, optimizer=adam)
    for name in "SGD", "RMSprop", "Ftrl":
        arguments = {} if name == "Ftrl" else {"momentum": 0.9}
        case("Embedding with the legacy %s" % name, [L.Embedding(30, 3)], (5,), 30, optimizer=lambda n=name, a=arguments: getattr(O.legacy, n)(0.01, **a), endings=("h5",))
case("ELU", [L.Dense(6), L.ELU()])
case("ELU with a slope", [L.Dense(6), L.ELU(alpha=0.3)])
case("PReLU", [L.Dense(6), L.PReLU()])
case("PReLU with shared axes", [L.Dense(6), L.PReLU(alpha_initializer=I.Constant(0.25), alpha_regularizer="l2", shared_axes=[1])])
case("PReLU of images", [L.PReLU(alpha_initializer="he_normal", shared_axes=[1, 2])], (3, 4, 2))
if not KERAS3:
    case("ThresholdedReLU", [L.Dense(6), L.ThresholdedReLU(theta=0.25)])
case("Permute", [L.Dense(6), L.Permute((2, 1)), L.Dense(3)])
case("Permute of images", [L.Dense(3), L.Permute((3, 1, 2))], (3, 4, 2))
case("RepeatVector", [L.Dense(4), L.RepeatVector(3), L.Dense(3)], (6,))
case("Rescaling", [L.Dense(6), L.Rescaling(0.5, offset=-1.0)])
case("Rescaling with lists", [L.Rescaling([0.5, 0.1, 0.2, 0.3, -0.1, 0.25], offset=[1, 2, 0, -1, 0.5, 0.25]), L.Dense(3)])
for rate in 0.0, 0.25:
    case("GaussianNoise %g" % rate, [L.Dense(6), L.GaussianNoise(rate)], alike=not rate)
    case("GaussianDropout %g" % rate, [L.Dense(6), L.GaussianDropout(rate)], alike=not rate)
    case("AlphaDropout %g" % rate, [L.Dense(6), L.AlphaDropout(rate)], alike=not rate)
    case("SpatialDropout1D %g" % rate, [L.Dense(6), L.SpatialDropout1D(rate)], alike=not rate)
    case("SpatialDropout2D %g" % rate, [L.Dense(6), L.SpatialDropout2D(rate)], (3, 4, 2), alike=not rate)
    case("SpatialDropout3D %g" % rate, [L.Dense(6), L.SpatialDropout3D(rate)], (3, 2, 2, 2), alike=not rate)
for name, given in {"": {}, " of all axes": {"axis": [1, 2]}, " of the first axis": {"axis": 1, "epsilon": 0.01}, " without gamma": {"scale": False},
                    " without beta": {"center": False, "gamma_initializer": "random_uniform", "gamma_regularizer": "l2"},
                    **({" by squares": {"rms_scaling": True}} if KERAS3 else {})}.items():
    several = KERAS3 and isinstance(given.get("axis"), list)  # Keras 3 takes the first alone from what looks as written by Keras 2
    case("LayerNormalization" + name, [L.Dense(6), L.LayerNormalization(**given)], endings=("keras",) if several else ("keras", "json", "h5"))
case("LayerNormalization of images", [L.Dense(3), L.LayerNormalization(axis=[1, -1])], (3, 4, 2), endings=("keras",) if KERAS3 else ("keras", "json", "h5"))
for name, given in {"": {"groups": 2}, " of each channel": {"groups": -1}, " of the first axis": {"groups": 2, "axis": 1, "scale": False},
                    " of one": {"groups": 1, "epsilon": 0.1, "beta_initializer": "ones"}}.items():
    case("GroupNormalization" + name, [L.Dense(6), L.GroupNormalization(**given)])
case("GroupNormalization of images", [L.GroupNormalization(groups=2)], (3, 4, 6))
case("UnitNormalization", [L.Dense(6), L.UnitNormalization()])
case("UnitNormalization of all axes", [L.Dense(6), L.UnitNormalization(axis=[1, 2])], endings=("keras",) if KERAS3 else ("keras", "json", "h5"))
for name, given in {" of the first axis": {"axis": 1}, " of the axis before the last": {"axis": -2, "scale": False}}.items():
    case("BatchNormalization" + name, [L.Dense(6), L.BatchNormalization(**given)])
    if KERAS3 or given["axis"] == 1:  # Keras 2 writes an axis that it then refuses
        case("BatchNormalization%s of images" % name, [L.Dense(3), L.BatchNormalization(**given)], (3, 4, 2))
if not KERAS3:
    case("BatchNormalization of two axes", [L.Dense(6), L.BatchNormalization(axis=[1, 2])])
for name, given in {"": {}, " of all": {"axis": None}, " of two axes": {"axis": [1, 2]}, " inverted": {"invert": True}}.items():
    several = KERAS3 and "axis" in given  # the same
    scale = 0.5 if "invert" in given else 3  # what is inverted multiplies: its steps must not explode
    case("Normalization" + name, [L.Normalization(**given), L.Dense(3)], endings=("keras",) if several else ("keras", "json", "h5"),
         prepare=lambda m, scale=scale: m.layers[0].adapt(np.random.default_rng(3).normal(1, scale, (20, 4, 6))))
case("Normalization with numbers", [L.Dense(6), L.Normalization(mean=1.0, variance=4.0)])
case("Normalization with lists", [L.Dense(3), L.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 5.0, 1.0], invert=True)])


def duplicates():
    """What README says of an index that occurs twice, with gradients -1 and -3: Keras 2 adds them up behind the clipping, Keras 3 on TensorFlow squares each."""
    def second_moment(**clipping):
        keras.backend.clear_session()
        model = keras.Sequential([keras.Input((2,)), L.Embedding(3, 1, embeddings_initializer="zeros")])
        model.compile(O.Adam(0.01, beta_2=0.9, **clipping), "mse")
        model.train_on_batch(np.ones((1, 2), "float32"), np.array([[[1.0], [3.0]]], "float32"))
        return np.asarray(model.optimizer.variables[-1])[1, 0] if KERAS3 else model.optimizer.variables[-1].numpy()[1, 0]

    check_close("Keras' second moment of an index that occurs twice", second_moment(), 0.1 * (1 + 9) if KERAS3 else 0.1 * (1 + 3) ** 2, LIMIT)
    if not KERAS3:
        check_close("Keras' second moment of an index that occurs twice, clipped", second_moment(clipvalue=1.0), 0.1 * (1 + 1) ** 2, LIMIT)


def plain(value):
    """Without seeds, which Horn's own rules replace."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in ("seed", "build_config", "shared_object_id")}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return keras.saving.serialize_keras_object(value) if hasattr(value, "get_config") else float(value) if hasattr(value, "dtype") else value


def arguments(model):
    return [(type(layer).__name__, plain(layer.get_config())) for layer in model.layers], model.input_shape, str(model.inputs[0].dtype), model.name


def data_of(case, seed, samples=ROWS):
    rng = np.random.default_rng(seed)
    shape = (samples, *case.shape)
    if case.apart:
        return rng.permutation(case.rows)[:np.prod(shape)].reshape(shape)
    if case.rows:
        return rng.integers(0, case.rows, shape)
    return rng.normal(0.5, 2, shape).astype("float32")


def variables(model):
    optimizer = model.optimizer
    values = optimizer.variables() if callable(optimizer.variables) else optimizer.variables
    if hasattr(optimizer, "get_weights"):
        return optimizer.get_weights()
    return [np.array(v) for v in values if "learning_rate" not in (v.path if hasattr(v, "path") else v.name)]


def load(path):
    if path.endswith(".json"):
        with open(path) as file:
            return keras.models.model_from_json(file.read())
    return keras.models.load_model(path)


def check_files(name, case, model, x, expected, folder):
    for ending in case.endings:
        made, again = "%s/made.%s" % (folder, ending), "%s/again.%s" % (folder, ending)
        if ending == "json":
            with open(made, "w") as file:
                file.write(model.to_json())
        else:
            model.save(made)
        if ending == "json":
            horn("tests/interop/rewrite", made, again)
        else:
            horn_continue(made, x, np.zeros_like(expected), 0, again, folder, *DIALECT)
        loaded = load(again)
        same = arguments(loaded) == arguments(model)
        check("%s: arguments, .%s" % (name, ending), same, "" if same else "%s, expected %s" % (arguments(loaded), arguments(model)))
        if ending != "json":
            check_same_bits("%s: weights, .%s" % (name, ending), loaded.get_weights(), model.get_weights())
            if not (KERAS3 and ending == "h5"):  # which Keras 3 leaves in the file
                check_same_bits("%s: optimizer, .%s" % (name, ending), variables(loaded), variables(model))
            check_close("%s: predictions, .%s" % (name, ending), horn_predict(made, folder, x), expected, LIMIT * max(1.0, float(np.max(np.abs(expected)))))


def check_case(name, case, folder):
    keras.utils.set_random_seed(5)
    layers = [keras.Input(case.shape, dtype=case.dtype)] + (case.layers() if callable(case.layers) else case.layers)
    model = keras.Sequential(layers + ([L.Flatten(), L.Dense(5, kernel_initializer=I.RandomNormal(0, 0.3))] if case.end else []))
    if case.prepare:
        case.prepare(model)
    model.compile(case.optimizer(), keras.losses.MeanSquaredError())
    x = data_of(case, 7)
    expected = model.predict(x, verbose=0)
    y = np.random.default_rng(8).normal(0, 1, expected.shape).astype("float32")
    if case.alike:
        model.save(folder + "/start." + case.endings[0])
        losses, steps = horn_continue(folder + "/start." + case.endings[0], x, y, 3, folder + "/after." + case.endings[0], folder, *DIALECT), []
        for _ in range(3):
            if KERAS3:
                model.reset_metrics()
            steps.append(float(model.train_on_batch(x, y)))
        after = keras.models.load_model(folder + "/after." + case.endings[0])
        check_close("%s: losses of 3 steps" % name, losses, np.array(steps), LIMIT * max(1.0, max(steps)))
        check_close("%s: weights after them" % name, after.get_weights(), model.get_weights(), LIMIT)
        check_close("%s: optimizer after them" % name, variables(after), variables(model), LIMIT)
    else:
        model.train_on_batch(x, y)
    check_files(name, case, model, x, model.predict(x, verbose=0), folder)


with tempfile.TemporaryDirectory() as folder:
    if len(sys.argv) < 3:
        duplicates()
    for name, one in CASES.items():
        if len(sys.argv) < 3 or sys.argv[2] in name:
            check_case(name, one, folder)
finish()
