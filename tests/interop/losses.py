"""usage: losses.py keras2|keras3: every loss and metric of Horn against Keras: three steps from the same file, with and without weights, then an
evaluation in batches; the file that Horn saves has equal settings. Arguments are sampled; the seed is printed."""
import json
import sys
import tempfile

from common import check, check_close, finish, horn, import_keras, np, run_eagerly

flavour = sys.argv[1]
keras = import_keras(flavour)
L, M, layers = keras.losses, keras.metrics, keras.layers
run_eagerly()
SEED = 20261128
BCE = "bce" if flavour == "keras3" else "binary_crossentropy"  # Keras 2.15 cannot load its own file with "bce"
HUBER_DELTA = 0.4 if flavour == "keras2" else 1.0  # Keras 3.15 writes no delta into files
rng = np.random.default_rng(SEED)
print("seed %d" % SEED)
N, STEPS, LIMIT = 24, 3, 1e-5


def some(*choices):
    return choices[rng.integers(len(choices))]


def values(columns=3):
    return rng.standard_normal((N, columns)).astype("float32") * 2


def binary(columns=1):
    return rng.integers(0, 2, (N, columns)).astype(some("float32", "int64", "uint8") if columns == 1 else "float32")


def one_hot(columns=4):
    return np.eye(columns, dtype="float32")[rng.integers(0, columns, N)]


def labels(columns=4):
    return rng.integers(0, columns, (N, 1)[:rng.integers(1, 3)]).astype(some("int32", "uint8", "float32"))


# What a kind of task has: units and activation of the last layer, targets, and metrics that go with them.
KINDS = {
    "values": (3, None, values),
    "positive": (3, "softplus", lambda: np.abs(values())),
    "far values": (3, None, lambda: 1 + np.abs(values())),
    "one value": (1, None, lambda: values(1).reshape(-1)),
    "sides": (3, "tanh", lambda: some(binary(3), 2 * binary(3).astype("float32") - 1)),
    "binary": (1, "sigmoid", lambda: binary() if flavour == "keras3" else some(binary(), binary().reshape(-1))),  # Keras 3.15's focal loss takes no [N]
    "binary logits": (1, None, binary),
    "several": (3, "sigmoid", lambda: binary(3)),
    "classes": (4, "softmax", one_hot),
    "class logits": (4, None, one_hot),
    "labels": (4, "softmax", labels),
    "label logits": (4, None, labels),
    "images": (4, "softmax", lambda: rng.integers(0, 4, (N, 5)).astype("int32")),
}
REDUCTIONS = {"keras2": ("auto", "sum", "sum_over_batch_size"), "keras3": ("sum", "sum_over_batch_size", "mean_with_sample_weight")}[flavour]


def smoothing():
    return float(some(0.0, 0.1, 0.25))


def losses():
    """Kind, what compile gets as loss."""
    both = lambda name, *more: [some(name, *more), getattr(L, name)(reduction=some(*REDUCTIONS))] if hasattr(L, name) else [name]
    for name, short in ("MeanSquaredError", "mse"), ("MeanAbsoluteError", "mae"), ("LogCosh", "log_cosh"):
        for loss in both(name, short):
            yield some("values", "one value", "several"), loss
    for loss in both("MeanAbsolutePercentageError", "mape"):
        yield "far values", loss
    for loss in both("MeanSquaredLogarithmicError", "msle", "MSLE"):
        yield "positive", loss
    for loss in both("Poisson", "poisson"):
        yield "positive", loss
    yield "values", some("huber", L.Huber())
    yield some("values", "one value"), L.Huber(delta=HUBER_DELTA, reduction=some(*REDUCTIONS))
    for name, short in ("Hinge", "hinge"), ("SquaredHinge", "squared_hinge"):
        for loss in both(name, short):
            yield "sides", loss
    for loss in both("CategoricalHinge", "categorical_hinge"):
        yield some("classes", "class logits"), loss
    for loss in both("KLDivergence", "kl_divergence", "kld"):
        yield "classes", loss
    for loss in both("CosineSimilarity", "cosine_similarity"):
        yield "values", loss
    yield "binary", some("binary_crossentropy", BCE)
    yield "several", L.BinaryCrossentropy(label_smoothing=smoothing(), reduction=some(*REDUCTIONS))
    yield "binary logits", L.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing())
    yield "binary", L.BinaryFocalCrossentropy(gamma=float(some(1.0, 2.0, 3.5)), label_smoothing=smoothing())
    yield "several", L.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=float(some(0.25, 0.7)), reduction=some(*REDUCTIONS))
    yield "binary logits", L.BinaryFocalCrossentropy(from_logits=True, gamma=float(some(0.0, 1.0, 1.5)))
    yield "classes", some("categorical_crossentropy", L.CategoricalCrossentropy(label_smoothing=smoothing()))
    yield "class logits", L.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing(), reduction=some(*REDUCTIONS))
    yield "classes", L.CategoricalFocalCrossentropy(alpha=float(some(0.25, 0.6)), gamma=float(some(1.0, 2.5)), label_smoothing=smoothing())
    yield "class logits", L.CategoricalFocalCrossentropy(from_logits=True, reduction=some(*REDUCTIONS))
    yield "labels", some("sparse_categorical_crossentropy", L.SparseCategoricalCrossentropy(reduction="sum"))
    yield "label logits", L.SparseCategoricalCrossentropy(from_logits=True, ignore_class=int(some(0, 1, 3)))
    yield "labels", L.SparseCategoricalCrossentropy(ignore_class=2, reduction=some(*REDUCTIONS))
    yield "images", L.SparseCategoricalCrossentropy(ignore_class=1)


def of_values():
    return [some("mse", "MSE", M.MeanSquaredError()), some("mae", M.MeanAbsoluteError(name="far")), M.RootMeanSquaredError(), M.LogCoshError(),
            some("mape", M.MeanAbsolutePercentageError()), M.CosineSimilarity(), M.R2Score(class_aggregation=some("uniform_average", "variance_weighted_average"))]


def of_rows():
    """The metrics of one Keras alone; those of correlations divide by the spread of a row."""
    return of_values() + ([M.PearsonCorrelation(), M.ConcordanceCorrelation()] if flavour == "keras3" else [M.MeanRelativeError([0.5, 0.0, 2.0])])


def integers():
    """Keras 3's IoU metrics cut weights to whole numbers, unless they are told otherwise."""
    return dict() if flavour == "keras2" else dict(dtype=some("float32", "int32", None))


def of_binary():
    return [some("accuracy", "acc", M.BinaryAccuracy(threshold=0.4)), M.Precision(thresholds=float(some(0.4, 0.5))), M.Recall(),
            M.AUC(), M.AUC(num_thresholds=int(some(20, 50)), curve=some("PR", "ROC"), summation_method=some("interpolation", "minoring", "majoring"), name="area"),
            M.TruePositives(), M.TrueNegatives(thresholds=0.45), M.FalsePositives(), M.FalseNegatives(), M.SensitivityAtSpecificity(float(some(0.3, 0.6))),
            M.SpecificityAtSensitivity(0.5, num_thresholds=int(some(1, 30))), M.PrecisionAtRecall(0.4), M.RecallAtPrecision(0.6), some(BCE, M.BinaryCrossentropy(label_smoothing=0.1))]


def of_several():
    return [M.Precision(top_k=int(some(1, 2))), M.Recall(class_id=1), M.F1Score(average=some("macro", "micro", "weighted"), threshold=0.5, name="f1"),
            M.FBetaScore(average="macro", beta=float(some(0.5, 2.0)), threshold=0.45), M.AUC(thresholds=[0.3, 0.45, 0.7]), "binary_accuracy",
            M.Hinge(), M.SquaredHinge(), M.AUC(multi_label=True, num_labels=some(None, 3), curve=some("ROC", "PR"), num_thresholds=int(some(20, 200)), name="areas"),
            M.MeanIoU(2, **integers())]


def of_classes():
    return ["accuracy", M.OneHotMeanIoU(4, ignore_class=some(None, 1), **integers()), M.OneHotIoU(4, target_class_ids=[0, 2], **integers()),
            M.TopKCategoricalAccuracy(k=2), some("categorical_crossentropy", M.CategoricalCrossentropy(label_smoothing=0.1)), M.KLDivergence(),
            M.CategoricalHinge(), M.F1Score(average="macro"), M.Precision()]


def of_labels():
    return ["accuracy", M.SparseTopKCategoricalAccuracy(k=3), M.MeanIoU(4, sparse_y_pred=False, ignore_class=some(None, 2), **integers()),
            M.IoU(4, target_class_ids=[1, 3], sparse_y_pred=False, **integers()), some("sparse_categorical_crossentropy", M.SparseCategoricalCrossentropy())]


METRICS = {"values": of_rows, "positive": lambda: of_rows() + [M.Poisson(), "msle"], "one value": lambda: of_values()[:3], "far values": of_rows,
           "sides": lambda: [M.Hinge(), M.SquaredHinge(), "mse"], "binary": of_binary, "binary logits": lambda: [M.AUC(from_logits=True), M.BinaryIoU(threshold=float(some(0.2, 0.5)), target_class_ids=some([0], [1], [0, 1]), **integers()),
                             M.Accuracy(name="same"), M.BinaryCrossentropy(from_logits=True)],
           "several": of_several, "classes": of_classes, "class logits": lambda: ["accuracy", M.CategoricalCrossentropy(from_logits=True)],
           "labels": of_labels, "label logits": lambda: ["accuracy", M.SparseCategoricalCrossentropy(from_logits=True)], "images": lambda: of_labels()[:1]}


def make_model(kind):
    units, activation, _ = KINDS[kind]
    shape = (5, 6) if kind == "images" else (6,)
    return keras.Sequential([layers.Input(shape), layers.Dense(8, activation="tanh"), layers.Dense(units, activation=activation)])


def settings_of(model):
    """Loss and metrics as their configs."""
    if flavour == "keras2":
        loss, plain, weighted = model.loss, model.compiled_metrics._user_metrics, model.compiled_metrics._user_weighted_metrics
    else:
        loss, plain, weighted = model._compile_loss._user_loss, model._compile_metrics._user_metrics, model._compile_metrics._user_weighted_metrics
    flat = lambda given: [m for item in given or [] for m in (item if isinstance(item, (list, tuple)) else [item])]
    return [as_config(loss), [as_config(m) for m in flat(plain)], [as_config(m) for m in flat(weighted)]]


def as_config(item):
    """A string, or class and arguments. The defaults of a function are those of its class: Keras loads either."""
    if isinstance(item, str) and hasattr(L, item) and isinstance(getattr(L, item), type):
        item = getattr(L, item)()
    if isinstance(item, str):
        return item
    if not hasattr(item, "get_config"):
        return getattr(item, "__name__", str(item))
    config = {key: value for key, value in item.get_config().items() if key not in ("fn", "dtype")}
    if config.get("reduction") in ("auto", "sum_over_batch_size"):
        config["reduction"] = "mean"
    if type(item).__name__ == "MeanMetricWrapper":
        return config["name"]
    given = [type(item).__name__, json.loads(json.dumps(config, default=lambda value: np.asarray(value, "float64").tolist()))]
    if isinstance(item, L.Loss) or config["name"] not in FUNCTIONS:
        return given
    plain = {key: value for key, value in type(item)().get_config().items() if key not in ("fn", "dtype")}
    return config["name"] if plain == config else given


FUNCTIONS = ["binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy", "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy",
             "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy", "mean_squared_error", "mean_absolute_error",
             "mean_absolute_percentage_error", "mean_squared_logarithmic_error", "cosine_similarity", "hinge", "squared_hinge", "categorical_hinge", "poisson"]


def logs_of(line):
    words = line.split()
    return dict(zip(words[::2], map(float, words[1::2])))


def far(found, expected):
    """The greatest distance, relative to what is above 1."""
    if list(found) != list(expected):
        return "logs %s, expected %s" % (list(found), list(expected))
    return max(abs(found[k] - float(np.mean(expected[k]))) / max(1, abs(float(np.mean(expected[k])))) for k in expected)


def run(case, kind, loss, weights, folder):
    model = make_model(kind)
    plain = METRICS[kind]()
    weighted = [m for m in METRICS[kind]() if not isinstance(m, str)][:2] if weights == "samples" else None
    for m in weighted or []:
        setattr(m, "_name" if flavour == "keras2" else "name", "w_" + m.name)
    model.compile(keras.optimizers.SGD(0.0005 if kind == "far values" else 0.05), loss, metrics=plain, weighted_metrics=weighted)
    x = rng.standard_normal((N,) + tuple(model.input_shape[1:])).astype("float32")
    y = KINDS[kind][2]()
    # When Keras 2 saves an .h5 it chooses the class of "accuracy" by the outputs alone, and then takes labels for one-hot rows.
    # It cannot load a .keras of its own with a MeanRelativeError.
    suffix = ".h5" if any(type(m).__name__ == "MeanRelativeError" for m in plain) else some(".h5", ".keras") if flavour == "keras2" and not isinstance(loss, L.SparseCategoricalCrossentropy) and "label" not in kind else ".keras"
    before, after = folder + "/before" + suffix, folder + "/after" + suffix
    model.save(before)
    w = rng.uniform(0, 2, N).astype("float32") if weights == "samples" else None
    classes = {0: 0.5, 1: 2.0, 2: 1.5, 3: 1.0} if weights == "classes" else None
    np.save(folder + "/x.npy", x)
    np.save(folder + "/y.npy", y)
    if w is not None:
        np.save(folder + "/w.npy", w)
    if classes and KINDS[kind][0] < 4:
        classes = {0: 0.5, 1: 2.0}
    expected = []
    for _ in range(STEPS):
        model.reset_metrics()
        expected.append(model.train_on_batch(x, y, sample_weight=w, class_weight=classes, return_dict=True))
    model.reset_metrics()
    expected.append(model.evaluate(x, y, batch_size=7, verbose=0, sample_weight=w, return_dict=True))
    try:
        lines = horn("tests/interop/logs", before, folder + "/x.npy", folder + "/y.npy", STEPS, after, folder + "/w.npy" if w is not None else "-",
                     ",".join("%d:%g" % item for item in classes.items()) if classes else "-", flavour).splitlines()
    except RuntimeError as error:
        check(case, False, str(error)[-300:])
        return
    for i, line in enumerate(lines):
        found = logs_of(line)
        distance = far({key: found.get(key, np.nan) for key in sorted(found)}, {key: expected[i][key] for key in sorted(expected[i])})
        if isinstance(distance, str) or not distance <= LIMIT:
            worst = {key: (found.get(key), float(np.mean(expected[i][key]))) for key in expected[i]
                     if not abs(found.get(key, np.nan) - float(np.mean(expected[i][key]))) <= LIMIT * max(1, abs(float(np.mean(expected[i][key]))))}
            check(case + (", step %d" % i if i < STEPS else ", evaluation"), False, "%s %s" % (distance, worst))
            return
    loaded, settings = keras.models.load_model(after), settings_of(keras.models.load_model(before))
    check_close(case, loaded.get_weights(), model.get_weights(), LIMIT)
    if settings_of(loaded) != settings:
        check(case + ", settings", False, "%s, expected %s" % (settings_of(loaded), settings))


with tempfile.TemporaryDirectory() as folder:
    for kind, loss in losses():
        keras.utils.set_random_seed(7)
        weights = some("none", "samples", "classes") if kind not in ("values", "positive", "one value", "far values", "sides", "images", "several") else "none" if kind == "images" else some("none", "samples")  # Keras 3.15's loss takes no weight of a sample for several labels
        name = loss if isinstance(loss, str) else type(loss).__name__
        case = "%s of %s, weights: %s" % (name, kind, weights)
        try:
            run(case, kind, loss, weights, folder)
        except Exception as error:
            check(case, False, "%s: %s" % (type(error).__name__, str(error)[:300]))
finish()
