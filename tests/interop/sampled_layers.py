"""The layers of sampled.py, each with the arguments from which it draws: a line for each layer.

    layer("Dense", (4,), units=[1, 3], _activation=ACTIVATIONS, **of_weights("kernel", "bias"))

is a Dense behind an input of shape (4,) and a Dense that it trains, too. Each case has `units`, and half of the time each argument that begins with "_";
the values are drawn. A value that is a function of no arguments is called. What else a line may say:

    shapes=[(4,), (3, 4)]     other inputs to draw from
    first=ids(10)             the layer is the first one; the function makes its input [samples, *shape]
    refuse=lambda a: ...      a case that Keras refuses, or that makes no sense: drawn again
    random=True               training draws random numbers: predictions and arguments are compared, no steps
    before=lambda: [...]      layers between the Dense and the layer
    keras2=False              this Keras does not have it; the same for keras3
    count=12                  cases, in place of 8
    limit=1e-4                in place of 1e-5; say why
"""

ACTIVATIONS = ["relu", "tanh", "sigmoid", "softmax", "elu", "selu", "softplus", "softsign", "exponential", "gelu", "swish", "hard_sigmoid", "linear", None]
YES_NO = [True, False]
PADDING = ["valid", "same"]


def initializers(I):
    return ["he_normal", "zeros", "orthogonal", "lecun_uniform", lambda: I.RandomNormal(0.1, 0.3), lambda: I.TruncatedNormal(0.0, 0.2), lambda: I.Orthogonal(0.7),
            lambda: I.VarianceScaling(0.5, "fan_out", "uniform"), lambda: I.VarianceScaling(2.0, "fan_avg", "untruncated_normal"), lambda: I.Constant(0.2)]


def plain_initializers(I):
    """For vectors too."""
    return ["ones", "zeros", "random_uniform", lambda: I.RandomNormal(0.1, 0.3), lambda: I.Constant(0.5)]


def regularizers(R):
    return ["l1", "l2", lambda: R.L1(0.03), lambda: R.L2(0.05), lambda: R.L1L2(0.02, 0.01)]


def constraints(C):
    return ["non_neg", "unit_norm", lambda: C.MaxNorm(0.6), lambda: C.MinMaxNorm(0.3, 0.7, rate=0.5), lambda: C.UnitNorm(-1), lambda: C.MaxNorm(1.0, axis=-1)]


def ids(count):
    return lambda rng, shape: rng.integers(0, count, shape).astype("int32")


def table(keras):
    """A list of (class name, shape, what the line says)."""
    I, R, C, L = keras.initializers, keras.regularizers, keras.constraints, keras.layers
    lines = []

    def layer(name, shape, **said):
        lines.append((name, shape, said))

    def of_weights(*names):
        """Initializer, regularizer and constraint of each; orthogonal ones for kernels alone."""
        found = {}
        for name in names:
            found["_%s_initializer" % name] = initializers(I) if name.endswith("kernel") or name in ("depthwise", "pointwise") else plain_initializers(I)
            found["_%s_regularizer" % name] = regularizers(R)
            found["_%s_constraint" % name] = constraints(C)
        found["_activity_regularizer"] = regularizers(R)
        return found

    def window(a, key="kernel_size"):
        return a.get("dilation_rate", 1) != 1 and a.get("strides", 1) != 1

    slope = "negative_slope" if keras.__version__.startswith("3") else "alpha"
    pooling = dict(pool_size=[1, 2, (2, 3), 3], _strides=[None, 1, 2, (2, 1)], _padding=PADDING)

    # ---- core ----
    layer("Dense", (4,), shapes=[(4,), (3, 4), (2, 3, 4)], units=[1, 3, 70], _activation=ACTIVATIONS, _use_bias=YES_NO, **of_weights("kernel", "bias"), count=16)
    layer("Activation", (3, 4), activation=ACTIVATIONS[:-1], count=12)
    layer("ActivityRegularization", (3, 4), l1=[0.0, 0.1], l2=[0.02, 0.3], count=3)
    layer("Flatten", (3, 4), shapes=[(4,), (2, 3, 4)], count=2)
    layer("Reshape", (2, 6), target_shape=[(12,), (3, 4), (-1, 2), (2, 2, 3)], count=4)
    layer("Dropout", (3, 4), rate=[0.1, 0.5], _seed=[3], random=True, count=3)
    layer("Masking", (3, 4), _mask_value=[0.0, -1.0], count=2)
    layer("ReLU", (3, 4), _max_value=[None, 0.5, 6.0], _negative_slope=[0.0, 0.1, 0.5], _threshold=[0.0, 0.2])
    layer("LeakyReLU", (3, 4), **{"_" + slope: [0.1, 0.3, 0.01]}, count=3)
    layer("Softmax", (3, 4), _axis=[-1, 2], count=2)

    # ---- images ----
    layer("Conv2D", (6, 5, 2), filters=[1, 2, 4], kernel_size=[1, 2, 3, (3, 2)], _strides=[1, 2, (2, 1)], _padding=PADDING, _dilation_rate=[1, 2], _groups=[1],
          _activation=ACTIVATIONS, _use_bias=YES_NO, **of_weights("kernel", "bias"), refuse=window, count=16)
    layer("DepthwiseConv2D", (6, 5, 2), kernel_size=[1, 2, 3, (3, 2)], _strides=[1, 2], _padding=PADDING, _depth_multiplier=[1, 2, 3], _dilation_rate=[1, 2],
          _activation=ACTIVATIONS, _use_bias=YES_NO, **of_weights("depthwise", "bias"), refuse=window, count=10)
    layer("MaxPooling2D", (6, 5, 2), **pooling)
    layer("AveragePooling2D", (6, 5, 2), **pooling)
    layer("GlobalMaxPooling2D", (4, 3, 2), _keepdims=YES_NO, count=2)
    layer("GlobalAveragePooling2D", (4, 3, 2), _keepdims=YES_NO, count=2)
    layer("ZeroPadding2D", (4, 3, 2), _padding=[1, (2, 1), ((1, 0), (0, 2))], count=3)

    # ---- sequences, volumes, transposed and separable convolutions ----
    steps = dict(kernel_size=[1, 2, 3, 5], _strides=[1, 2, 3], _dilation_rate=[1, 2], _activation=ACTIVATIONS, _use_bias=YES_NO, refuse=window)
    layer("Conv1D", (11, 2), shapes=[(11, 2), (12, 4)], filters=[1, 2, 4], _padding=PADDING + ["causal"], **steps, **of_weights("kernel", "bias"), count=16)
    layer("Conv1D", (9, 4), filters=[2, 4], kernel_size=[1, 3], groups=[2], _padding=PADDING, count=3)
    layer("DepthwiseConv1D", (11, 3), _padding=PADDING, _depth_multiplier=[1, 2], **steps, **of_weights("depthwise", "bias"), count=10)
    layer("SeparableConv1D", (11, 3), filters=[1, 4], _padding=PADDING, _depth_multiplier=[1, 2], **steps, **of_weights("depthwise", "pointwise", "bias"), count=10)
    layer("SeparableConv2D", (6, 5, 3), filters=[1, 4], kernel_size=[1, 2, (3, 2)], _strides=[1, 2], _padding=PADDING, _depth_multiplier=[1, 2], _activation=ACTIVATIONS,
          _use_bias=YES_NO, **of_weights("depthwise", "pointwise", "bias"), count=10)
    layer("Conv3D", (3, 4, 5, 2), filters=[1, 3], kernel_size=[1, 2, (3, 1, 2)], _strides=[1, 2, (1, 2, 3)], _padding=PADDING, _activation=ACTIVATIONS,
          _use_bias=YES_NO, **of_weights("kernel", "bias"), count=12)
    layer("Conv1DTranspose", (5, 3), filters=[1, 4], kernel_size=[1, 2, 3], _strides=[1, 2, 3], _padding=PADDING, _activation=ACTIVATIONS, _use_bias=YES_NO,
          **of_weights("kernel", "bias"), count=12)
    layer("Conv2DTranspose", (4, 3, 2), filters=[1, 3], kernel_size=[1, 2, 3, (2, 3)], _strides=[1, 2, (2, 1), 3], _padding=PADDING, _activation=ACTIVATIONS,
          _use_bias=YES_NO, **of_weights("kernel", "bias"), count=10)
    layer("Conv2DTranspose", (4, 3, 2), filters=[2], kernel_size=[1, 3], strides=[2, 3], _padding=PADDING, output_padding=[1, (1, 0)],
          refuse=lambda a: a.get("padding") == "same" and a["kernel_size"] % 2 == 0, count=4)
    for n, shape in (1, (9, 3)), (3, (4, 5, 3, 2)):
        for kind in "Max", "Average":
            layer("%sPooling%dD" % (kind, n), shape, pool_size=[1, 2, 3], _strides=[1, 2, 4], _padding=PADDING, count=5)
            layer("Global%sPooling%dD" % (kind, n), shape, _keepdims=YES_NO, count=2)
    layer("ZeroPadding1D", (4, 3), _padding=[1, 2, (0, 3)], count=3)
    layer("Cropping1D", (6, 3), _cropping=[1, 2, (0, 3)], count=3)
    layer("Cropping2D", (6, 5, 2), _cropping=[1, (2, 1), ((1, 0), (0, 2))], count=3)
    layer("UpSampling1D", (4, 3), _size=[1, 2, 3], count=3)
    layer("UpSampling2D", (4, 3, 2), _size=[1, 2, (3, 2)], _interpolation=["nearest", "bilinear"], count=6)

    # ---- recurrent ----
    steady = ["relu", "tanh", "sigmoid", "softmax", "elu", "softplus", "softsign", "gelu", "swish", "linear", None]  # over several steps the others explode,
    bounded = ["tanh", "sigmoid", "softmax", "softsign"]  # and so do gates without bounds
    recurrent = dict(units=[1, 3, 5], _activation=steady, _use_bias=YES_NO, _return_sequences=YES_NO, _go_backwards=YES_NO, _unroll=YES_NO,
                     _zero_output_for_mask=YES_NO, **of_weights("kernel", "recurrent", "bias"))
    recurrent["_recurrent_initializer"] = [given for given in plain_initializers(I) if given != "ones"] + ["orthogonal"]  # states that grow fivefold a step
    # A recurrent kernel of -1 alone makes the gradient of a linear layer's bias 0 over an even number of steps, and l1 takes its sign.
    alone = lambda a: a["units"] == 1 and a.get("recurrent_initializer") == "orthogonal" and a.get("activation", "tanh") in ("linear", None)
    layer("SimpleRNN", (4, 3), **recurrent, refuse=alone, count=10)
    layer("LSTM", (4, 3), _recurrent_activation=bounded, _unit_forget_bias=YES_NO, **recurrent, count=12)
    layer("GRU", (4, 3), _recurrent_activation=bounded, _reset_after=YES_NO, **recurrent, count=12)
    cells = [lambda: L.SimpleRNNCell(3, activation="gelu"), lambda: L.LSTMCell(3, unit_forget_bias=False), lambda: L.GRUCell(4, reset_after=False),
             lambda: L.StackedRNNCells([L.LSTMCell(3), L.GRUCell(4, use_bias=False), L.SimpleRNNCell(2)])]
    layer("RNN", (4, 3), cell=cells, _return_sequences=YES_NO, _go_backwards=YES_NO, _unroll=YES_NO, _zero_output_for_mask=YES_NO, count=8)
    inside = [lambda: L.LSTM(3), lambda: L.GRU(4, return_sequences=True), lambda: L.SimpleRNN(3, return_sequences=True, unroll=True),
              lambda: L.RNN([L.GRUCell(3), L.LSTMCell(2)], return_sequences=True)]
    layer("Bidirectional", (4, 3), layer=inside, _merge_mode=["concat", "sum", "mul", "ave"], count=8)
    for name in "SimpleRNN", "LSTM", "GRU":
        layer(name, (4, 3), units=[3], dropout=[0.0, 0.3], _recurrent_dropout=[0.2, 0.5], _return_sequences=YES_NO, random=True, count=3)

    # ---- normalizing ----
    statistics = of_weights("beta", "gamma")
    if not keras.__version__.startswith("3"):
        del statistics["_activity_regularizer"]  # Keras 2's BatchNormalization writes none into its config, so no file has it
    layer("BatchNormalization", (4,), shapes=[(4,), (3, 4), (3, 2, 4)], _momentum=[0.5, 0.9], _epsilon=[1e-5, 0.01], _center=YES_NO, _scale=YES_NO,
          _moving_mean_initializer=["zeros", "ones"], _moving_variance_initializer=["ones"], **statistics, count=16)
    for axes in [-1], [1]:  # Keras 2 writes some axes that it then refuses
        layer("BatchNormalization", (3, 4), axis=axes, _momentum=[0.5, 0.9], _center=YES_NO, _scale=YES_NO, count=2)
    several = {} if keras.__version__.startswith("3") else {"axis": [[1, 2]]}  # Keras 3 takes the first alone from what looks as written by Keras 2
    layer("LayerNormalization", (3, 4), shapes=[(4,), (3, 4)], _epsilon=[0.01, 1e-5], _center=YES_NO, _scale=YES_NO, **statistics, count=6)
    if several:
        layer("LayerNormalization", (3, 4), **several, _center=YES_NO, count=2)
    layer("GroupNormalization", (3, 4), shapes=[(3, 4), (3, 2, 4)], groups=[1, 2, 4, -1], _epsilon=[0.01], _center=YES_NO, _scale=YES_NO, count=5)
    layer("UnitNormalization", (3, 4), _axis=[-1, 1], count=3)
    layer("Normalization", (3, 4), mean=[0.5, 1.0], variance=[2.0, 0.5], _invert=YES_NO, count=3)

    # ---- shapes, values, noise ----
    layer("Embedding", (4,), shapes=[(4,), (2, 3)], first=ids(7), input_dim=[7, 20], output_dim=[1, 3], _embeddings_initializer=initializers(I)[:4],
          _embeddings_regularizer=regularizers(R), _embeddings_constraint=constraints(C), _mask_zero=[False], count=8)
    layer("Permute", (3, 4), dims=[(2, 1), (1, 2)], count=2)
    layer("Permute", (2, 3, 4), dims=[(3, 1, 2), (2, 1, 3)], count=2)
    layer("RepeatVector", (4,), n=[1, 3], count=2)
    layer("Rescaling", (3, 4), scale=[0.5, -2.0], _offset=[1.0, -0.25], count=3)
    layer("Resizing", (4, 5, 2), height=[2, 4, 7], width=[3, 5], _interpolation=["nearest", "bilinear"], _crop_to_aspect_ratio=YES_NO, count=6)
    layer("CenterCrop", (4, 5, 2), height=[2, 4, 6], width=[3, 5], count=3)
    layer("ELU", (3, 4), _alpha=[0.3, 1.5], count=3)
    layer("PReLU", (3, 4), _alpha_initializer=plain_initializers(I), _alpha_regularizer=regularizers(R), _alpha_constraint=constraints(C), _shared_axes=[[1]], count=5)
    for name in "GaussianNoise", "GaussianDropout", "AlphaDropout":
        key = "stddev" if name == "GaussianNoise" else "rate"
        layer(name, (3, 4), **{key: [0.1, 0.4]}, random=True, count=2)
        layer(name, (3, 4), **{key: [0.0]}, count=1)
    for n, shape in (1, (3, 4)), (2, (3, 2, 4)), (3, (2, 2, 2, 4)):
        layer("SpatialDropout%dD" % n, shape, rate=[0.1, 0.4], random=True, count=1)
        layer("SpatialDropout%dD" % n, shape, rate=[0.0], count=1)
    return lines
