"""usage: functional.py keras2|tf_keras|keras3: Functional models, through each file of that Keras and back: the same calls, weights and optimizer variables bit
for bit; chains train as the Sequential does; models that Horn has no place for are refused by name."""
import os
import sys
import tempfile

from common import (check, check_close, check_predictions, check_refused, check_same_bits, finish, horn, horn_continue, horn_predict, import_keras, np,
                    run_eagerly)
from functional_parts import calls, variables
from models import make, models

flavour = sys.argv[1]
keras = import_keras(flavour)
run_eagerly()
L = keras.layers
if flavour == "keras3":
    ops, nn = keras.ops, keras.ops.nn
    mean, total, greatest, least, normalize, concat, clip = ops.mean, ops.sum, ops.max, ops.min, ops.normalize, ops.concatenate, ops.clip
else:
    import tensorflow as tf
    ops, nn = tf, tf.nn
    mean, total, greatest, least, normalize, concat, clip = tf.reduce_mean, tf.reduce_sum, tf.reduce_max, tf.reduce_min, tf.math.l2_normalize, tf.concat, tf.clip_by_value
    for function in ("sin", "cos", "square", "log", "log1p", "expm1", "sqrt", "rsqrt", "reciprocal"):
        setattr(ops, function, getattr(tf.math, function))
dialect = "keras3" if flavour == "keras3" else "keras2"
FILES = ["m.keras", "m.h5"] if flavour == "keras3" else ["m.keras", "tf", "m.h5"]
WEIGHTS = ["w.weights.h5"] if flavour == "keras3" else ["w.weights.h5", "old.h5", "ckpt"]


def as_functional(sequential, name):
    """The same layers, called one by one, in a Functional model; compiled and with optimizer variables as the Sequential."""
    x = inputs = keras.Input(sequential.input_shape[1:], name="pictures")
    for layer in keras.models.clone_model(sequential).layers:
        x = layer(x)
    model = keras.Model(inputs, x, name=name)
    model.set_weights(sequential.get_weights())
    model.compile(type(sequential.optimizer).from_config(sequential.optimizer.get_config()), sequential.loss, metrics=["accuracy"])
    return model


def check_file(title, again, model, own, x):
    """`own`: the model loaded from Keras' own file of that format: Keras 3 reads no optimizer variables from .h5."""
    check(title + ": a Functional with the same calls", type(again).__name__ == "Functional" and again.name == model.name and calls(again) == calls(own),
          type(again).__name__)
    check_same_bits(title + ": weights", again.get_weights(), model.get_weights())
    check_same_bits(title + ": optimizer variables", variables(again), variables(own))
    check_predictions(title + ": predictions", again.predict(x, verbose=0), model.predict(x, verbose=0))


def check_model(name, given, folder):
    sequential = make(keras, given, steps=1)
    _, x, y = given
    model = as_functional(sequential, "chain")
    for _ in range(2):
        model.train_on_batch(x, y)
    for file in FILES:  # .h5 last: saving it takes the optimizer out of what Keras 3 writes into .keras afterwards
        model.save("%s/%s" % (folder, file))
    own = {file: keras.models.load_model("%s/%s" % (folder, file)) for file in FILES}
    count = {file: len(variables(own[file])) for file in FILES}
    check(name + ": Keras reads its own optimizer variables", count["m.keras"] == len(variables(model)), str(count))
    for file in FILES:
        path, title = "%s/%s" % (folder, file), "%s, %s" % (name, file)
        check_predictions(title + ": Horn predicts", horn_predict(path, folder, x), model.predict(x, verbose=0))
        for target in FILES:
            out = "%s/out-%s%s" % (folder, target, "" if "." in target else "/")
            horn("convert", path, out, *(["--dialect", dialect] if "." in target else []))
            check_file("Horn's %s of %s" % (target, title), keras.models.load_model(out.rstrip("/")), model, own[target], x)
    for file in WEIGHTS:
        out = "%s/%s" % (folder, file)
        options = ["--dialect", dialect] if flavour == "keras3" else ["--to", "keras-h5-weights"] if file == "old.h5" else ["--to", "tf-weights"] if file == "ckpt" else []
        horn("convert", folder + "/m.keras", out, *options)
        again = as_functional(sequential, "chain")
        status = again.load_weights(out)
        if file == "ckpt":
            status.expect_partial()
        check_same_bits("%s: Horn's %s" % (name, file), again.get_weights(), model.get_weights())
        model.save_weights(out)
        horn("convert", out, folder + "/back.keras", "--architecture", folder + "/m.keras", "--dialect", dialect)
        check_same_bits("%s: Keras' %s in Horn" % (name, file), keras.models.load_model(folder + "/back.keras").get_weights(), model.get_weights())
    if flavour != "keras3":
        lines = []
        model.summary(print_fn=lambda line, **_: lines.append(line))
        check(name + ": summary", "\n".join(lines) in horn("inspect", folder + "/m.keras"), "%d lines" % len(lines))
    losses = horn_continue(folder + "/m.keras", x, y, 3, folder + "/after.h5", folder)
    plain = keras.Sequential([keras.Input(model.input_shape[1:])] + [layer for layer in keras.models.clone_model(sequential).layers], name="chain")
    plain.compile(type(model.optimizer).from_config(model.optimizer.get_config()), model.loss, metrics=["accuracy"])
    plain.train_on_batch(x, y)
    plain.set_weights(model.get_weights())
    model_file, plain_file = folder + "/fresh.h5", folder + "/plain.h5"
    fresh = as_functional(plain, "chain")
    fresh.save(model_file)
    plain.compile(type(model.optimizer).from_config(model.optimizer.get_config()), model.loss, metrics=["accuracy"])
    plain.save(plain_file)
    check_same_bits(name + ": trains as the Sequential", [horn_continue(model_file, x, y, 3, folder + "/a.h5", folder)],
                    [horn_continue(plain_file, x, y, 3, folder + "/b.h5", folder)])
    expected = []
    for _ in range(3):
        if flavour == "keras3":
            model.reset_metrics()
        expected.append(model.train_on_batch(x, y)[0])
    check_close(name + ": losses of 3 steps", losses, np.array(expected, np.float64), 1e-5)
    check_close(name + ": weights after them", keras.models.load_model(folder + "/after.h5").get_weights(), model.get_weights(), 1e-5)


def graphs():
    """name -> a model that is no chain, with one input and one output."""
    def residual(x):
        y = L.Conv2D(4, 3, padding="same")(x)
        y = L.BatchNormalization()(y)
        y = L.ReLU()(y)
        return L.Dense(3)(L.GlobalAveragePooling2D()(L.Concatenate()([L.Add()([x, y]), y, x])))

    def shared(x):
        layer = L.Dense(4, activation="tanh", name="twice")
        return L.Dense(3)(L.Subtract()([layer(layer(x)), layer(x)]))

    def nested(x):
        inside = keras.Sequential([keras.Input((4,)), L.Dense(4, activation="relu"), L.Dense(4)], name="inside")
        return L.Dense(3)(L.Add()([inside(x), inside(L.Dense(4)(x))]))

    def masked(x):
        y = L.Masking(0.0)(x)
        y = L.Concatenate()([L.LSTM(3, return_sequences=True)(y), L.TimeDistributed(L.Dense(3))(y)])
        return L.Dense(3)(L.Multiply()([L.LSTM(4)(y), L.Dense(4)(L.GRU(4)(y))]))

    def dots(x):
        a, b = L.Dense(5)(x), L.Dense(5, activation="sigmoid")(x)
        c = L.Dot(axes=(2, 2))([a, b])
        return L.Dense(3)(L.Flatten()(L.Concatenate(axis=1)([c, L.Dot(axes=1, normalize=True)([a, x]), L.Minimum()([c, L.Reshape((1, 4))(L.Dense(4)(L.Flatten()(x)))])])))

    def models_inside(x):
        a, c, e = keras.Input((4,)), keras.Input((4,)), keras.Input((4,))
        b = L.Dense(4, activation="tanh")(a)
        inner = keras.Model(a, L.Add()([L.Dense(4)(b), a]), name="inner")
        outer = keras.Model(c, L.Multiply()([inner(L.Dense(4)(c)), inner(c)]), name="outer")
        last = keras.Model(e, L.Dense(3)(L.Concatenate()([e, L.BatchNormalization()(e)])), name="last")
        return last(L.Average()([outer(x), last_but_one(outer(L.Dense(4)(x)))]))

    def pairs(x):
        y = L.Dense(6)(x)
        row = np.arange(6, dtype=np.float32) / 3
        made = [y + 3.0, 2 - y, y * 2.0, y / 4.0, 1 / (abs(y) + 2.0), -y, (abs(y) + 0.5) ** 2, y + x, y - x, y * y, y / (x * x + 1.0), y + row, y * row[None],
                ops.maximum(y, 0.1), ops.minimum(0.2, y), ops.maximum(x, y), ops.minimum(row, y), (abs(y) + 0.5) ** (x * 0.5)]
        return L.Dense(3)(L.Concatenate()(made))

    def values(x):
        y = L.Dense(6, activation="tanh")(x)
        positive = y * y + 0.5
        plain = [ops.exp, ops.sin, ops.cos, ops.tanh, ops.square, ops.sigmoid, nn.relu, nn.relu6, nn.selu, nn.softplus, nn.softsign, nn.silu, nn.leaky_relu, nn.elu, nn.softmax, nn.log_softmax]
        plain += [nn.hard_sigmoid, nn.hard_silu, nn.log_sigmoid, nn.hard_tanh] if flavour == "keras3" else [tf.math.log_sigmoid, lambda y: tf.math.squared_difference(x, y)]
        made = [f(y) for f in plain] + [f(positive) for f in (ops.log, ops.log1p, ops.expm1, ops.sqrt, ops.rsqrt, ops.reciprocal)]
        made += [clip(y, -0.5, 0.5), nn.gelu(y, approximate=True), nn.gelu(y, approximate=False), nn.leaky_relu(y, 0.3), ops.stop_gradient(y) * y, ops.cast(y, "float32")]
        return L.Dense(3)(L.Concatenate()(made))

    def axes(x):
        y = L.Dense(3)(x)
        made = [mean(y, axis=1), mean(y, axis=[1, 2], keepdims=True)[:, 0], total(y, axis=-1), greatest(y, axis=1), least(y, axis=-1, keepdims=True)[:, :, 0],
                y[:, 0], y[:, -1, 1:], y[:, ::2, 0], y[:, :, None, 0][:, 1:3, 0], ops.squeeze(ops.expand_dims(y, 1), 1)[:, 2], normalize(y, axis=-1)[:, 3],
                ops.reshape(ops.transpose(y, (0, 2, 1)), (-1, 12)), ops.reshape(concat([y, x * 0.5], axis=-1), (-1, 24)), ops.reshape(ops.stack([y, x], axis=1), (-1, 24)),
                ops.reshape(ops.matmul(y, ops.transpose(x, (0, 2, 1))), (-1, 16))]
        if flavour != "keras3":
            made += [tf.reshape(tf.matmul(y, x, transpose_b=True), (-1, 16)), y[:][:, 1]]
        return L.Dense(3)(L.Concatenate()(made))

    def attention(x):
        y = L.Dense(4)(x)
        made = [L.Attention(use_scale=True)([y, x]), L.Attention(score_mode="concat", use_scale=True)([x, y, L.Dense(4)(x)]), L.AdditiveAttention()([y, x]),
                L.AdditiveAttention(use_scale=False)([y, x], use_causal_mask=True), L.Attention()([y, y], use_causal_mask=True)]
        return L.Dense(3)(L.Flatten()(L.Concatenate()(made)))

    def transformer(x):
        y = L.Dense(8)(x)
        z = L.LayerNormalization()(L.Add()([y, L.MultiHeadAttention(2, 3)(y, y, use_causal_mask=True)]))
        z = L.Add()([z, L.Dense(8)(L.Dense(16, activation="relu")(z))])
        return L.Dense(3)(L.GlobalAveragePooling1D()(L.MultiHeadAttention(2, 4, value_dim=3, output_shape=5, use_bias=False)(z, x, key=L.Dense(4)(x))))

    def attention_of_masked(x):
        y = L.Masking(0.0)(x)
        made = [L.Attention()([y, y]), L.AdditiveAttention()([L.Dense(4)(x), y]), L.MultiHeadAttention(2, 3)(L.Dense(4)(x), y)]  # the last one, as in Keras 3 it takes the mask off y; of a query that counts: Keras 3 has other gradients for others
        return L.Dense(3)(L.Flatten()(L.Concatenate()(made)))

    def operations_inside(x):
        a = keras.Input((4,))
        inner = keras.Model(a, nn.relu(L.Dense(4)(a) * 0.5) + a, name="inner")
        return L.Dense(3)(inner(inner(x)))

    def last_but_one(x):
        a = keras.Input((4,))
        return keras.Model(a, L.Dense(4)(L.Dense(5)(a)), name="chain_inside")(x)

    for name, build, shape in (("pairs", pairs, (6,)), ("values", values, (6,)), ("axes", axes, (4, 3)), ("operations inside", operations_inside, (4,)), ("attention", attention, (5, 4)), ("transformer", transformer, (5, 4)), ("attention of masked", attention_of_masked, (5, 4)), ("models inside", models_inside, (4,)), ("residual", residual, (6, 6, 4)), ("shared", shared, (4,)), ("nested", nested, (4,)), ("masked", masked, (4, 3)), ("dots", dots, (4, 4))):
        inputs = keras.Input(shape, name="in")
        yield name, keras.Model(inputs, build(inputs), name=name.replace(" ", "_")), shape


def check_graph(name, model, shape, folder):
    """Through the files, then predictions, the summary, 3 steps of training."""
    x, y = np.random.default_rng(2).normal(0, 1, (8,) + shape).astype("float32"), np.arange(8) % 3
    if "masked" in name:
        x[:3, 2:] = 0
    # Adam would make steps of the rounding in the gradient of a bias before a BatchNormalization.
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    of_operations = name in ("pairs", "values", "axes", "operations inside", "masked", "attention", "attention of masked")  # masks are operations, too; score_mode is none in .h5
    files = [file for file in FILES if file != "tf" and not (of_operations and flavour == "keras3" and file == "m.h5")]  # Keras 3 cannot read its own
    model.train_on_batch(x, y)
    for file in files:
        model.save("%s/%s" % (folder, file))
    own = {file: keras.models.load_model("%s/%s" % (folder, file)) for file in files}
    for file in files:
        check_predictions("%s, %s: Horn predicts" % (name, file), horn_predict("%s/%s" % (folder, file), folder, x), model.predict(x, verbose=0))
        for target in files:
            horn("convert", "%s/%s" % (folder, file), folder + "/out-" + target, "--dialect", dialect)
            check_file("Horn's %s of %s, %s" % (target, name, file), keras.models.load_model(folder + "/out-" + target), model, own[target], x)
    if name in ("pairs", "operations inside"):  # which both Keras have
        for target in ("keras2", "keras3", dialect):
            horn("convert", folder + ("/m.keras" if target == "keras2" else "/turned.keras"), folder + "/next.keras", "--dialect", target)
            os.replace(folder + "/next.keras", folder + "/turned.keras")
        check_predictions("%s through the other Keras' file" % name, keras.models.load_model(folder + "/turned.keras").predict(x, verbose=0), model.predict(x, verbose=0))
    if "m.h5" not in files and "attention" not in name:
        horn("convert", folder + "/m.keras", folder + "/out.h5", "--dialect", dialect)
        check_predictions("Horn's .h5 of %s" % name, keras.models.load_model(folder + "/out.h5").predict(x, verbose=0), model.predict(x, verbose=0))
    horn("convert", folder + "/m.keras", folder + "/out.weights.h5", "--dialect", dialect)
    again = keras.models.clone_model(model)
    again.load_weights(folder + "/out.weights.h5")
    check_same_bits("Horn's .weights.h5 of " + name, again.get_weights(), model.get_weights())
    if flavour != "keras3":
        lines = []
        model.summary(print_fn=lambda line, **_: lines.append(line))
        check(name + ": summary", "\n".join(lines) in horn("inspect", folder + "/m.keras"), "%d lines" % len(lines))
        horn("convert", folder + "/m.keras", folder + "/ckpt", "--to", "tf-weights")
        again = keras.models.clone_model(model)
        again.load_weights(folder + "/ckpt").expect_partial()
        check_same_bits("Horn's checkpoint of " + name, again.get_weights(), model.get_weights())
    losses = horn_continue(folder + "/m.keras", x, y, 3, folder + "/after.keras", folder, "-", "-", dialect)
    expected = []
    for _ in range(3):
        if flavour == "keras3":
            model.reset_metrics()
        loss = model.train_on_batch(x, y)
        expected.append(loss[0] if isinstance(loss, list) else loss)
    check_close(name + ": losses of 3 steps", losses, np.array(expected, np.float64), 1e-5 * max(1, max(expected)))
    check_close(name + ": weights after them", keras.models.load_model(folder + "/after.keras").get_weights(), model.get_weights(), 1e-5)


def several_ends():
    """name -> model, loss, loss weights, metrics, the names of the logs: several inputs and outputs, in lists and dicts."""
    def layers(seed):
        rng = np.random.default_rng(seed)
        ends = [keras.Input((int(n),), name="in%d" % i) for i, n in enumerate(rng.integers(2, 6, size=2 + seed % 2))]
        shared = L.Dense(4, activation="tanh", name="shared")
        made = [shared(L.Dense(3, activation=["relu", "tanh", None][int(rng.integers(3))])(x)) for x in ends]
        joined = L.Concatenate()(made) if seed % 2 else L.BatchNormalization()(L.Add()(made))
        first = L.Dense(3, activation="softmax", name="first")(joined)
        second = L.Dense(2, name="second")(L.Concatenate()([made[0], first]) if seed % 3 else made[0])
        return ends, first, second
    crossentropy = "sparse_categorical_crossentropy"
    for seed in range(6):
        ends, first, second = layers(seed)
        yield "ends %d" % seed, keras.Model(ends, [first, second]), [crossentropy, "mse"], [0.3, 2.0], [["accuracy"], ["mae"]]
    ends, first, second = layers(7)
    keyed = keras.Model({"k%d" % i: x for i, x in enumerate(reversed(ends))}, {"p": first, "q": second})
    yield "dicts", keyed, {"p": crossentropy, "q": "mse"}, {"p": 0.5, "q": 1.5}, {"q": ["mae"]}
    ends, first, second = layers(8)
    yield "no loss", keras.Model(ends[::-1], [second, first]), ["mse", None], None, [["mae"], []]


def check_ends(name, model, loss, weights, metrics, folder):
    """Through the files, then predictions and 3 steps with all logs, arrays by name."""
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), loss, loss_weights=weights, metrics=metrics)
    rng = np.random.default_rng(3)
    inputs = {k: model.input[k] for k in sorted(model.input)} if isinstance(model.input, dict) else {x.name.split(":")[0]: x for x in model.input}
    x = {key: rng.normal(0, 1, (8, t.shape[-1])).astype("float32") for key, t in inputs.items()}
    names = sorted(model.output) if isinstance(model.output, dict) else model.output_names
    y = {n: np.arange(8) % 3 if n in ("first", "p") else rng.normal(0, 1, (8, 2)).astype("float32") for n in names}
    given = (x, y) if isinstance(model.input, dict) else (list(x.values()), [y[n] for n in names])
    model.train_on_batch(*given)
    np.savez(folder + "/x.npz", **x)
    np.savez(folder + "/y.npz", **y)
    files = [file for file in FILES if file != "tf"]
    for file in files:
        model.save("%s/%s" % (folder, file))
    expected = model.predict(given[0], verbose=0)
    expected = [expected[n] for n in names] if isinstance(expected, dict) else expected
    for file in files:
        horn("predict", "%s/%s" % (folder, file), "--data", folder + "/x.npz", "--output", folder + "/p.npz")
        found = np.load(folder + "/p.npz")
        for n, e in zip(names, expected):
            check_predictions("%s, %s: Horn predicts %s" % (name, file, n), found[n], e)
        for target in files[:1] if flavour == "keras3" else files:  # Keras 3 reads no .h5 of several losses, its own neither
            horn("convert", "%s/%s" % (folder, file), folder + "/out-" + target, "--dialect", dialect)
            again = keras.models.load_model(folder + "/out-" + target)
            check("Horn's %s of %s, %s: the same calls" % (target, name, file), calls(again) == calls(model), "")
            check_same_bits("Horn's %s of %s, %s: weights" % (target, name, file), again.get_weights(), model.get_weights())
            found = again.evaluate(*given, verbose=0, return_dict=True)
            real = model.evaluate(*given, verbose=0, return_dict=True)
            check("Horn's %s of %s, %s: logs" % (target, name, file), sorted(found) == sorted(real), "%s, %s" % (sorted(found), sorted(real)))
            check_close("Horn's %s of %s, %s: their values" % (target, name, file), [np.array([found[k] for k in sorted(real) if k in found])],
                        [np.array([real[k] for k in sorted(real) if k in found])], 1e-5)
    lines = horn("tests/interop/continue", folder + "/m.keras", folder + "/x.npz", folder + "/y.npz", 3, folder + "/after.keras", "-", "-", dialect).split()
    for step in range(3):
        if flavour == "keras3":
            model.reset_metrics()
        real = model.train_on_batch(*given, return_dict=True)
        found = dict(line.split("=") for line in lines[step * len(lines) // 3:(step + 1) * len(lines) // 3])
        both = [k for k in real if k in found]
        check(name + ": names of logs", (flavour != "keras3" and name == "dicts") or set(real) <= set(found), "%s, %s" % (sorted(found), sorted(real)))
        check_close("%s: logs of step %d" % (name, step), [np.array([float(found[k]) for k in both])], [np.array([float(real[k]) for k in both])], 1e-5 * 4)
    check_close(name + ": weights after them", keras.models.load_model(folder + "/after.keras").get_weights(), model.get_weights(), 1e-5)


def check_refused_graphs(folder):
    """(what is wrong, words of the error line, inputs and outputs)."""
    a = keras.Input((4,))
    cases = []
    if flavour != "keras3":  # Keras 3 notes `training` and goes by the model's
        cases.append(("an argument", "'training'", a, L.Dropout(0.5)(a, training=True)))
    for title, words, inputs, outputs in cases:
        model = keras.Model(inputs, outputs)
        for file in ("m.keras", "m.h5"):
            model.save("%s/%s" % (folder, file))
            check_refused("%s, %s" % (title, file), words, "predict", "%s/%s" % (folder, file), "--data", folder + "/samples.npy")


with tempfile.TemporaryDirectory() as folder:
    chosen = models(keras, 14, hidden=8)
    for name in chosen:
        if name in ("mlp, RMSprop", "bn_cnn, Adam", "softmax, SGD with momentum"):
            check_model(name, chosen[name], folder)
    for name, model, shape in graphs():
        check_graph(name, model, shape, folder)
    for name, *given in several_ends():
        check_ends(name, *given, folder)
    check_refused_graphs(folder)
finish()
