"""usage: every_class.py keras2|keras3 [NAME...]: each layer class and each optimizer of that Keras, saved by it, converted by ./convert, in that Keras again.

Keras saves a Sequential model of each as .h5 and .keras; ./convert makes each other format of either. What Keras then loads predicts the same, and has the
same weights and optimizer variables, or ./convert refused, or said what it left out. There is no third way. The table at the end counts."""
import collections
import concurrent.futures
import logging
import os
import re
import sys
import tempfile
import warnings

from common import check, finish, horn_run, import_keras, np
from contents import h5_variables, variables

flavour = sys.argv[1]
only = sys.argv[2:]
keras = import_keras(flavour)
import tensorflow as tf

warnings.simplefilter("ignore")
logging.getLogger("absl").setLevel(logging.ERROR)
tf.get_logger().setLevel("ERROR")
L, O = keras.layers, keras.optimizers
K3 = flavour == "keras3"
if K3:
    keras.config.disable_traceback_filtering()
    keras.config.enable_unsafe_deserialization()

SHAPES = [(4,), (6, 4), (6, 6, 3), (4, 4, 4, 3)]


def nested():
    return keras.Sequential([keras.Input((4,)), L.Dense(3, name="dense"), L.BatchNormalization(), L.Dense(2, name="dense_1")], name="inner")


def functional():
    inputs = keras.Input((4,))
    side = L.Dense(3, activation="relu")(inputs)
    return keras.Model(inputs, L.Dense(2)(L.Add()([side, L.Dense(3, use_bias=False)(inputs)])), name="inner")


def deep():
    return keras.Sequential([keras.Input((4,)), L.Dense(3), nested_of(3), L.Dense(2)], name="outer")


def nested_of(size):
    return keras.Sequential([keras.Input((size,)), L.Dense(4), L.LayerNormalization()], name="inner")


# What cannot be made of its class alone, and below the shapes of input where the first that works is not the one.
LAYERS = {
    "Activation": lambda: L.Activation("relu"), "Bidirectional": lambda: L.Bidirectional(L.LSTM(2)), "CategoryEncoding": lambda: L.CategoryEncoding(4),
    "CenterCrop": lambda: L.CenterCrop(4, 4), "Conv1D": lambda: L.Conv1D(2, 3), "Conv1DTranspose": lambda: L.Conv1DTranspose(2, 3),
    "Conv2D": lambda: L.Conv2D(2, 3), "Conv2DTranspose": lambda: L.Conv2DTranspose(2, 3), "Conv3D": lambda: L.Conv3D(2, 3),
    "Conv3DTranspose": lambda: L.Conv3DTranspose(2, 3), "ConvLSTM1D": lambda: L.ConvLSTM1D(2, 3), "ConvLSTM2D": lambda: L.ConvLSTM2D(2, 3),
    "ConvLSTM3D": lambda: L.ConvLSTM3D(2, 2), "Dense": lambda: L.Dense(3), "DepthwiseConv1D": lambda: L.DepthwiseConv1D(3),
    "DepthwiseConv2D": lambda: L.DepthwiseConv2D(3), "Discretization": lambda: L.Discretization(bin_boundaries=[0.2, 0.5]), "Dropout": lambda: L.Dropout(0.2),
    "AlphaDropout": lambda: L.AlphaDropout(0.2), "GaussianDropout": lambda: L.GaussianDropout(0.2), "GaussianNoise": lambda: L.GaussianNoise(0.2),
    "EinsumDense": lambda: L.EinsumDense("ab,bc->ac", output_shape=3, bias_axes="c"), "Embedding": lambda: L.Embedding(9, 3), "GRU": lambda: L.GRU(2),
    "GroupNormalization": lambda: L.GroupNormalization(2), "HashedCrossing": None, "Hashing": lambda: L.Hashing(5),
    "IntegerLookup": lambda: L.IntegerLookup(vocabulary=[1, 2, 3]), "LSTM": lambda: L.LSTM(2), "Lambda": lambda: L.Lambda(lambda x: x * 2),
    "LocallyConnected1D": lambda: L.LocallyConnected1D(2, 3), "LocallyConnected2D": lambda: L.LocallyConnected2D(2, 3), "Permute": lambda: L.Permute((2, 1)),
    "RNN": lambda: L.RNN(L.GRUCell(2)), "RepeatVector": lambda: L.RepeatVector(2), "Rescaling": lambda: L.Rescaling(0.5), "Reshape": lambda: L.Reshape((2, 2)),
    "Resizing": lambda: L.Resizing(3, 3), "SeparableConv1D": lambda: L.SeparableConv1D(2, 3), "SeparableConv2D": lambda: L.SeparableConv2D(2, 3),
    "SimpleRNN": lambda: L.SimpleRNN(2), "SpatialDropout1D": lambda: L.SpatialDropout1D(0.2), "SpatialDropout2D": lambda: L.SpatialDropout2D(0.2),
    "SpatialDropout3D": lambda: L.SpatialDropout3D(0.2), "SpectralNormalization": lambda: L.SpectralNormalization(L.Dense(3)),
    "StackedRNNCells": lambda: L.RNN(L.StackedRNNCells([L.LSTMCell(2), L.GRUCell(3)])), "TimeDistributed": lambda: L.TimeDistributed(L.Dense(3)),
    "LSTMCell": lambda: L.RNN(L.LSTMCell(2)), "GRUCell": lambda: L.RNN(L.GRUCell(2)), "SimpleRNNCell": lambda: L.RNN(L.SimpleRNNCell(2)),
    "Wrapper": None, "RandomCrop": lambda: L.RandomCrop(4, 4), "RandomHeight": lambda: L.RandomHeight(0.1), "RandomWidth": lambda: L.RandomWidth(0.1),
    "RandomBrightness": lambda: L.RandomBrightness(0.1), "RandomContrast": lambda: L.RandomContrast(0.1), "RandomRotation": lambda: L.RandomRotation(0.1),
    "RandomTranslation": lambda: L.RandomTranslation(0.1, 0.1), "RandomZoom": lambda: L.RandomZoom(0.1), "ZeroPadding1D": lambda: L.ZeroPadding1D(1),
    "Softmax": lambda: L.Softmax(), "Normalization": lambda: L.Normalization(), "StringLookup": None, "TextVectorization": None,
    "Equalization": lambda: L.Equalization(), "AdaptiveAveragePooling1D": lambda: L.AdaptiveAveragePooling1D(2),
    "AdaptiveAveragePooling2D": lambda: L.AdaptiveAveragePooling2D(2), "AdaptiveAveragePooling3D": lambda: L.AdaptiveAveragePooling3D(2),
    "AdaptiveMaxPooling1D": lambda: L.AdaptiveMaxPooling1D(2), "AdaptiveMaxPooling2D": lambda: L.AdaptiveMaxPooling2D(2),
    "AdaptiveMaxPooling3D": lambda: L.AdaptiveMaxPooling3D(2), "Pipeline": lambda: L.Pipeline([L.Rescaling(0.5)]),
    "ReversibleEmbedding": lambda: L.ReversibleEmbedding(9, 3), "STFTSpectrogram": lambda: L.STFTSpectrogram(mode="log", frame_length=4, frame_step=2, fft_length=4),
    "MelSpectrogram": None, "MaxNumBoundingBoxes": None,
}
FIRST = {"Embedding": (4,), "ReversibleEmbedding": (4,), "EinsumDense": (4,), "Permute": (6, 4), "UnitNormalization": (4,), "Dropout": (4,), "Flatten": (6, 4),
         "SpectralNormalization": (4,), "STFTSpectrogram": (16, 1), "Softmax": (4,), "BatchNormalization": (6, 6, 3), "GroupNormalization": (6, 4),
         "CenterCrop": (6, 6, 3), "Resizing": (6, 6, 3), "RandomCrop": (6, 6, 3), "ConvLSTM1D": (4, 4, 3), "ConvLSTM2D": (3, 4, 4, 3), "ConvLSTM3D": (3, 3, 3, 3, 2)}
REASONS = {"HashedCrossing": "takes two inputs", "Wrapper": "is abstract", "StringLookup": "takes texts", "TextVectorization": "takes texts",
           "MelSpectrogram": "no small arguments", "MaxNumBoundingBoxes": "takes boxes", "InputLayer": "is in each model", "Layer": "is abstract",
           "AbstractRNNCell": "is abstract", "InputSpec": "is no layer", "DenseFeatures": "takes feature columns"}
MORE = {"Dense, no bias": lambda: L.Dense(3, use_bias=False), "Sequential": nested, "Functional": functional, "Sequential in Sequential": deep,
        "BatchNormalization, no gamma": lambda: L.BatchNormalization(scale=False), "LayerNormalization, no beta": lambda: L.LayerNormalization(center=False),
        "LayerNormalization, no gamma": lambda: L.LayerNormalization(scale=False),
        "Bidirectional, GRU": lambda: L.Bidirectional(L.GRU(2, return_sequences=True)), "LSTM, no bias": lambda: L.LSTM(2, use_bias=False),
        "GRU, reset_after=False": lambda: L.GRU(2, reset_after=False), "Bidirectional, two": lambda: L.Bidirectional(L.LSTM(2), backward_layer=L.GRU(2, go_backwards=True)),
        "TimeDistributed, BatchNormalization": lambda: L.TimeDistributed(L.BatchNormalization()), "TimeDistributed, Sequential": lambda: L.TimeDistributed(nested()),
        "RNN, list of cells": lambda: L.RNN([L.SimpleRNNCell(2), L.LSTMCell(3)]), "Dense, frozen": lambda: L.Dense(3, trainable=False),
        "Bidirectional, RNN": lambda: L.Bidirectional(L.RNN(L.LSTMCell(2))), "Bidirectional, frozen": lambda: L.Bidirectional(L.LSTM(2), trainable=False),
        "Sequential, frozen inside": lambda: keras.Sequential([keras.Input((4,)), L.Dense(3, trainable=False), L.Dense(2)], name="inner"),
        "SeparableConv2D, no bias": lambda: L.SeparableConv2D(2, 3, use_bias=False), "Conv2D, no bias": lambda: L.Conv2D(2, 3, use_bias=False),
        "GroupNormalization, no beta": lambda: L.GroupNormalization(2, center=False), "PReLU, shared": lambda: L.PReLU(shared_axes=[1])}
FIRST_MORE = {"Sequential": (4,), "Functional": (4,), "Sequential in Sequential": (4,), "TimeDistributed, Sequential": (6, 4), "GroupNormalization, no beta": (6, 4)}
OPTIMIZERS = {"LossScaleOptimizer": lambda: O.LossScaleOptimizer(O.Adam(0.01)), "MultiOptimizer": None, "OptimizerMap": None, "Optimizer": None}
MORE_OPTIMIZERS = {"SGD, momentum": lambda: O.SGD(0.01, momentum=0.9), "RMSprop, centered": lambda: O.RMSprop(0.01, momentum=0.9, centered=True),
                   "RMSprop, momentum": lambda: O.RMSprop(0.01, momentum=0.9), "Adam, amsgrad": lambda: O.Adam(0.01, amsgrad=True),
                   "AdamW, amsgrad": lambda: O.AdamW(0.01, amsgrad=True), "Adam, EMA": lambda: O.Adam(0.01, use_ema=True),
                   "Adafactor, no relative step": lambda: O.Adafactor(0.01, relative_step=False),
                   "RMSprop, centered alone": lambda: O.RMSprop(0.01, centered=True)}
if K3:
    MORE_OPTIMIZERS["Adam, accumulation"] = lambda: O.Adam(0.01, gradient_accumulation_steps=2)

OWN = "keras3" if K3 else "keras2"
# what is written, arguments; %s is the model's path without suffix
TARGETS = {"keras-h5": (".h5", ["--dialect", OWN]), "keras": (".keras", ["--dialect", OWN]), "keras-weights-h5": (".weights.h5", ["--dialect", OWN]),
           "keras-h5-weights": ("_w.h5", ["--to", "keras-h5-weights"]), "tf-weights": ("_tf", ["--to", "tf-weights", "--dialect", OWN]),
           "tf-checkpoint": ("_ck", ["--to", "tf-checkpoint", "--dialect", OWN]), "saved-model": ("_sm/", []), "frozen-graph": (".pb", [])}


def weights(model):
    return [np.asarray(w.numpy()) for w in model.weights]


def same(a, b):
    return len(a) == len(b) and all(x.shape == y.shape and x.dtype == y.dtype and x.tobytes() == y.tobytes() for x, y in zip(a, b))


def close(a, b):
    return a.shape == b.shape and np.allclose(a, b, atol=1e-6, rtol=1e-6, equal_nan=True)


def predict(model, x):
    return np.asarray(model(tf.constant(x), training=False))


def build(make, shape, optimizer):
    keras.backend.clear_session()
    keras.utils.set_random_seed(5)
    layer = make()
    ahead = [L.RepeatVector(3)] if type(layer).__name__ == "Permute" and len(shape) == 1 else []
    model = keras.Sequential([keras.Input(shape), *ahead, layer, L.Flatten(), L.Dense(2, name="last")], name="model")
    x = np.random.default_rng(1).random((4, *shape)).astype("float32")
    y = predict(model, x) + 0.5
    model.compile(optimizer=optimizer(), loss=keras.losses.MeanSquaredError(), run_eagerly=True)
    for _ in range(2):
        model.train_on_batch(x, y)
    return model, x


def build_any(name, make, first, optimizer):
    """With the first shape of input that it takes."""
    trouble = None
    for shape in [first] if first else SHAPES:
        try:
            return build(make, shape, optimizer)
        except Exception as e:  # the next shape
            trouble = e
    raise trouble


class Case:
    def __init__(self, name, model, x, folder, left_out):
        self.name, self.x, self.optimizer = name, x, type(model.optimizer).__name__
        self.path = os.path.join(folder, "".join(c if c.isalnum() else "_" for c in name))
        self.weights, self.variables, self.predictions = weights(model), variables(model), predict(model, x)
        self.sources, self.restores, self.template = {}, {}, None
        for kind, suffix in (("keras", ".keras"), ("keras-h5", ".h5")):
            try:
                model.save(self.path + suffix)
                loaded = keras.models.load_model(self.path + suffix)
                if not same(weights(loaded), self.weights) or not close(predict(loaded, x), self.predictions):
                    raise ValueError("it loads another model")
                self.sources[kind] = self.path + suffix
                found = h5_variables(self.path + suffix) if kind == "keras-h5" and K3 else variables(loaded)
                if not self.template or same(variables(loaded), self.variables):
                    self.template = loaded  # Keras 3 builds no optimizer of an .h5
                self.restores[kind] = same(found, self.variables)
            except Exception as e:
                left_out.append(("%s, %s" % (name, suffix), "Keras itself: " + " ".join(str(e).split())[:100]))
        if self.sources and hasattr(self.template.optimizer, "build"):
            self.template.optimizer.build(self.template.trainable_variables)


def scramble(model):
    """What is then loaded into the model is all that is right in it."""
    model.set_weights([np.full(w.shape, 7, w.dtype) for w in model.get_weights()])
    found = model.optimizer.variables
    for v in found() if callable(found) else found:
        v.assign(np.zeros(v.shape, np.asarray(v.numpy()).dtype))


def load(case, kind, path):
    """The model, and the optimizer's variables where this Keras can restore them."""
    if kind in ("keras", "keras-h5"):
        model = keras.models.load_model(path)
        return model, h5_variables(path) if kind == "keras-h5" and K3 else variables(model)
    if kind == "saved-model":
        if K3:
            return None, None
        model = keras.models.load_model(path)
        if hasattr(model.optimizer, "build"):
            model.optimizer.build(model.trainable_variables)
        model.load_weights(path)
        return model, variables(model)
    template = case.template
    scramble(template)
    if kind in ("keras-weights-h5", "keras-h5-weights"):
        template.load_weights(path)
        return template, None if kind == "keras-h5-weights" else variables(template)
    checkpoint = tf.train.Checkpoint(model=template, optimizer=template.optimizer)
    if kind == "tf-weights" and not K3:
        template.load_weights(path).expect_partial()
    else:
        (checkpoint.read if kind == "tf-weights" else checkpoint.restore)(path).expect_partial()  # what is missing keeps what scramble() put there
    for layer in template.layers:
        getattr(layer, "finalize_state", lambda: None)()
    return template, variables(template)


def judge(case, source, kind, path, output):
    """Carried, named (all but what was said), or what is silently wrong."""
    try:
        model, found = load(case, kind, path)
    except Exception as e:
        return "wrong", "Keras does not load it: " + " ".join(str(e).split())[:240]
    if model is None:
        return "carried", ""
    if not same(weights(model), case.weights):
        return "wrong", "other weights"
    if not close(predict(model, case.x), case.predictions):
        return "wrong", "other predictions"
    lost = [line for line in output.splitlines() if line.startswith("not carried:") and re.search("(?i)optimizer|" + case.optimizer, line)]
    if found is None or same(found, case.variables):
        return "carried", ""
    if lost:
        return "named", lost[0]
    if not case.restores[source] or not case.restores.get("keras" if kind == "keras-weights-h5" else kind, True):
        return "carried", ""  # Keras' own file has none, or Keras restores none from its own
    return "wrong", "other optimizer variables: %d, expected %d" % (len(found), len(case.variables))


def run(cases, group, counts, reasons):
    # what Keras does not load from its own file of that kind is not asked for
    jobs = [(case, source, kind) for case in cases for source in case.sources for kind in TARGETS
            if kind != source and (kind in case.sources or kind not in ("keras", "keras-h5"))]
    paths = ["%s.from_%s%s" % (case.path, source.replace("-", "_"), TARGETS[kind][0]) for case, source, kind in jobs]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda job, path: horn_run("convert", job[0].sources[job[1]], path, *TARGETS[job[2]][1]), jobs, paths))
    for (case, source, kind), path, said in zip(jobs, paths, done):
        trouble = said.stderr.strip()
        if said.returncode:
            verdict, why = ("refused", trouble) if said.returncode == 1 and trouble.count("\n") == 0 else ("wrong", trouble)
        elif kind == "frozen-graph":
            verdict, why = "carried", ""  # frozen_graph.py runs such files
        else:
            verdict, why = judge(case, source, kind, path, said.stdout)
        counts[group, source, kind][verdict] += 1
        reasons.append((verdict, case.name, source, kind, why.replace(case.path, "")))


def layer_cases(folder, left_out):
    names = [n for n in sorted(dir(L)) if isinstance(getattr(L, n), type)]
    seen, cases = set(), []
    makers = {n: LAYERS.get(n, getattr(L, n)) for n in names if not (getattr(L, n) in seen or seen.add(getattr(L, n)))}
    for name, make in {**makers, **MORE}.items():
        if only and name not in only:
            continue
        if name in REASONS or make is None:
            left_out.append((name, REASONS.get(name, "cannot be made with small arguments")))
            continue
        try:
            model, x = build_any(name, make, FIRST.get(name) or FIRST_MORE.get(name), lambda: O.Adam(0.01))
            cases.append(Case(name, model, x, folder, left_out))
        except Exception as e:
            left_out.append((name, " ".join(str(e).split())[:120]))
    return cases


def optimizer_cases(folder, left_out):
    cases = []
    names = [n for n in sorted(dir(O)) if isinstance(getattr(O, n), type)]
    makers = {n: OPTIMIZERS.get(n, getattr(O, n)) for n in names}
    if not K3:
        makers.update({"legacy " + n: getattr(O.legacy, n) for n in sorted(dir(O.legacy)) if isinstance(getattr(O.legacy, n), type) and n != "Optimizer"})
    for name, make in {**makers, **MORE_OPTIMIZERS}.items():
        if only and name not in only:
            continue
        if make is None:
            left_out.append((name, "is abstract, or takes a map of optimizers"))
            continue
        try:
            keras.backend.clear_session()
            keras.utils.set_random_seed(5)
            # square kernels and biases of one size: shapes alone do not tell the order
            model = keras.Sequential([keras.Input((4,)), L.Dense(4), L.Dense(4), L.Dense(3, name="last")], name="model")
            x = np.random.default_rng(1).random((4, 4)).astype("float32")
            model.compile(optimizer=make(), loss=keras.losses.MeanSquaredError(), run_eagerly=True)
            for _ in range(3):
                model.train_on_batch(x, x[:, :3] + 1)
            cases.append(Case(name + " (optimizer)", model, x, folder, left_out))
        except Exception as e:
            left_out.append((name, " ".join(str(e).split())[:120]))
    return cases


def main():
    left_out, counts, reasons = [], collections.defaultdict(collections.Counter), []
    with tempfile.TemporaryDirectory() as folder:
        layers, optimizers = layer_cases(folder, left_out), optimizer_cases(folder, left_out)
        run(layers, "layers", counts, reasons)
        run(optimizers, "optimizers", counts, reasons)
    print("left out:", "; ".join("%s (%s)" % pair for pair in left_out))
    for reason in reasons if only else []:
        print("  %s: %s: %s -> %s: %s" % reason)
    print("%-11s %-9s %-17s %8s %8s %8s %8s" % ("group", "from", "to", "carried", "named", "refused", "wrong"))
    for (group, source, kind), found in counts.items():
        print("%-11s %-9s %-17s %8d %8d %8d %8d" % (group, source, kind, found["carried"], found["named"], found["refused"], found["wrong"]))
    for verdict, name, source, kind, why in reasons:
        if verdict == "wrong":
            check("%s, %s to %s" % (name, source, kind), False, why)
    total = collections.Counter(reason[0] for reason in reasons)
    check("%d layers and %d optimizers of %s" % (len(layers), len(optimizers), flavour), not total["wrong"] and total["carried"],
          "%d conversions: %d carried, %d named, %d refused, %d wrong" % (len(reasons), total["carried"], total["named"], total["refused"], total["wrong"]))
    finish()


main()
