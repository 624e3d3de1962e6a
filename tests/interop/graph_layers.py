"""Layers that formats of graphs hold, for tflite_files.py: name -> (layers behind an input, how many indices the data have if they are such)."""


def graph_layers(keras):
    L, input_of = keras.layers, keras.Input
    layers = {
        "Permute": ((4, 6), [L.Permute((2, 1)), L.Dense(3)]),
        "Permute of images": ((3, 4, 2), [L.Permute((3, 1, 2)), L.Dense(3), L.Permute((2, 3, 1)), L.Flatten(), L.Dense(3)]),
        "RepeatVector": ((6,), [L.Dense(4), L.RepeatVector(3), L.Dense(2)]),
        "Rescaling": ((4, 6), [L.Rescaling(0.5, offset=-1.0), L.Dense(3)]),
        "Rescaling with lists": ((4, 3), [L.Rescaling([0.5, 0.1, 0.2], offset=[1.0, 2.0, 0.0]), L.Dense(3)]),
        "ELU": ((4, 6), [L.ELU(), L.Dense(3), L.ELU(0.3)]),
        "PReLU": ((4, 6), [L.Dense(6), L.PReLU()]),
        "PReLU with shared axes": ((3, 4, 2), [L.Conv2D(3, 2), L.PReLU(shared_axes=[1, 2]), L.PReLU(shared_axes=[1])]),
        "ThresholdedReLU": ((4, 6), [L.Dense(6), L.ThresholdedReLU(0.3)]),
        "UpSampling1D": ((4, 3), [L.UpSampling1D(3), L.Dense(2)]),
        "UpSampling2D": ((4, 3, 2), [L.UpSampling2D((3, 2)), L.Conv2D(2, 2), L.UpSampling2D((2, 3), interpolation="bilinear"), L.Conv2D(2, 2)]),
        "Cropping1D": ((6, 3), [L.Cropping1D((1, 0)), L.Cropping1D((0, 2)), L.Dense(2)]),
        "Cropping2D": ((6, 7, 3), [L.Cropping2D(((1, 0), (0, 2))), L.Conv2D(2, 2), L.Cropping2D(1)]),
        "LayerNormalization": ((4, 6), [L.Dense(6), L.LayerNormalization(), L.LayerNormalization(axis=1, scale=False), L.LayerNormalization(axis=[1, 2], center=False)]),
        "LayerNormalization of rows": ((6,), [L.LayerNormalization(), L.Dense(3)]),
        "LayerNormalization of images": ((3, 4, 2), [L.Conv2D(3, 2), L.LayerNormalization(), L.LayerNormalization(axis=[1, -1])]),
        "GroupNormalization": ((4, 6), [L.GroupNormalization(2), L.GroupNormalization(2, axis=1, center=False)]),
        "GroupNormalization of images": ((4, 3, 6), [L.Conv2D(6, 2), L.GroupNormalization(3), L.Conv2D(2, 1)]),
        "UnitNormalization": ((4, 6), [L.Dense(6), L.UnitNormalization(), L.UnitNormalization(axis=[1, 2])]),
        "Normalization": ((4, 6), [L.Normalization(), L.Dense(3), L.Normalization(axis=1)]),
        "Normalization with numbers": ((4, 3), [L.Normalization(mean=1.0, variance=4.0), L.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 5.0, 1.0], invert=True)]),
        "BatchNormalization of the first axis": ((4, 6), [L.Dense(6), L.BatchNormalization(axis=1), L.Dense(2)]),
        "BatchNormalization of an image's rows": ((3, 4, 2), [L.Conv2D(3, 2), L.BatchNormalization(axis=1, scale=False), L.Flatten(), L.Dense(2)]),
        "BatchNormalization of two axes": ((4, 6), [L.Dense(6), L.BatchNormalization(axis=[1, 2])]),
        "Embedding": ((5,), [L.Embedding(7, 3), L.Conv1D(2, 2)], 7),
        "Embedding of images, with a mask": ((2, 3), [L.Embedding(7, 3, mask_zero=True), L.Dense(2)], 7),
        "Conv3D": ((4, 5, 6, 2), [L.Conv3D(3, 2), L.Conv3D(4, (2, 1, 3), strides=(1, 2, 1), padding="same", activation="relu"), L.Conv3D(2, 1, use_bias=False)]),
        "Conv3DTranspose": ((2, 3, 3, 2), [L.Conv3DTranspose(3, 2, strides=2), L.Conv3DTranspose(2, 3, padding="same", activation="tanh"),
                                           L.Conv3DTranspose(2, 2, strides=(3, 1, 1), padding="same")]),
        "Conv2DTranspose": ((4, 3, 2), [L.Conv2DTranspose(4, 3, 2, "same"), L.Conv2DTranspose(3, (2, 3), (3, 1), use_bias=False, activation="relu"),
                                        L.Conv2DTranspose(2, 3, 2, output_padding=(0, 1))]),
        "Conv2DTranspose with a stride above its kernel": ((4, 3, 2), [L.Conv2DTranspose(3, 2, 3, "same"), L.Conv2DTranspose(2, 1, 2)]),
        "Conv1DTranspose": ((4, 3), [L.Conv1DTranspose(5, 3, 2), L.Conv1DTranspose(4, 2, 3, "same", activation="tanh"), L.Conv1DTranspose(3, 3, 2, "same", output_padding=1)]),
        "pooling 3D": ((4, 5, 6, 2), [L.MaxPooling3D(2, 1, "same"), L.AveragePooling3D((1, 2, 3), (1, 2, 1)), L.AveragePooling3D(2, 2, "same"), L.MaxPooling3D((1, 1, 2))]),
        "global pooling 3D": ((4, 5, 6, 2), [L.GlobalMaxPooling3D(keepdims=True), L.Conv3D(3, 1), L.GlobalAveragePooling3D(), L.Dense(2)]),
        "TimeDistributed": ((4, 6), [L.TimeDistributed(L.Dense(3)), L.TimeDistributed(L.LayerNormalization())]),
        "autoencoder": ((8, 8, 1), [L.Conv2D(4, 3, 2, "same", activation="relu"), L.Conv2DTranspose(4, 3, 2, "same", activation="relu"),
                                    L.Conv2D(1, 3, padding="same", activation="sigmoid")]),
    }
    for layer in L.SimpleRNN, L.LSTM, L.GRU:
        for name, given in {"": {}, ", all steps": {"return_sequences": True}, " backwards": {"go_backwards": True},
                            " backwards, all steps": {"go_backwards": True, "return_sequences": True, "use_bias": False},
                            " of other activations": {"activation": "softplus"}}.items():
            layers[layer.__name__ + name] = ((6, 4), [layer(5, **given), L.Dense(3)])
    layers["GRU that resets before"] = ((6, 4), [L.GRU(5, reset_after=False, return_sequences=True),
                                                 L.GRU(4, reset_after=False, go_backwards=True, recurrent_activation="relu", activation="softplus")])
    layers["SimpleRNN behind GRU behind LSTM"] = ((7,), [L.Embedding(9, 4), L.LSTM(4, return_sequences=True), L.GRU(3, return_sequences=True), L.SimpleRNN(2)], 9)
    layers["LSTM of one step"] = ((1, 3), [L.LSTM(4, return_sequences=True)])
    return {name: ([input_of(case[0])] + case[1], case[2] if len(case) > 2 else 0) for name, case in layers.items()}


def unrolled_layers(keras):
    """What ONNX does not have: masks, both directions, cells. TensorFlow's graphs and TensorFlow Lite have each step on its own."""
    L, input_of = keras.layers, keras.Input
    layers = {
        "LSTM behind a mask": ((6,), [L.Embedding(4, 3, mask_zero=True), L.LSTM(4), L.Dense(2)], 4),
        "GRU behind a mask, all steps": ((6,), [L.Embedding(4, 3, mask_zero=True), L.GRU(4, return_sequences=True), L.Dense(2)], 4),
        "SimpleRNN behind a mask, zeros at its steps": ((6,), [L.Embedding(4, 3, mask_zero=True), L.SimpleRNN(4, return_sequences=True, zero_output_for_mask=True),
                                                               L.GRU(3, go_backwards=True, reset_after=False)], 4),
        "Masking": ((6, 1), [L.Masking(2.0), L.LSTM(4, return_sequences=True), L.Dense(2)], 4),
        "Masking of zeros": ((6, 1), [L.Masking(), L.GRU(4), L.Dense(2)], 4),
        "Bidirectional": ((6, 3), [L.Bidirectional(L.LSTM(4, return_sequences=True)), L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode="mul"),
                                   L.Bidirectional(L.SimpleRNN(3), merge_mode="ave"), L.Dense(2)]),
        "Bidirectional behind a mask": ((6,), [L.Embedding(4, 3, mask_zero=True), L.Bidirectional(L.LSTM(4, return_sequences=True), merge_mode="sum"),
                                               L.Bidirectional(L.GRU(3)), L.Dense(1, activation="sigmoid")], 4),
        "RNN over a cell": ((6, 3), [L.RNN(L.LSTMCell(4), return_sequences=True), L.RNN(L.GRUCell(3), go_backwards=True), L.Dense(2)]),
        "RNN over cells, behind a mask": ((6,), [L.Embedding(4, 3, mask_zero=True), L.RNN([L.GRUCell(4), L.SimpleRNNCell(3)], go_backwards=True, return_sequences=True),
                                                 L.Dense(2)], 4),
    }
    return {name: ([input_of(case[0])] + case[1], case[2] if len(case) > 2 else 0) for name, case in layers.items()}
