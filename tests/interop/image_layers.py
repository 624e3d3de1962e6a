"""Layers of sequences, images and volumes, for layers.py: models by name, as lists of layers behind an input of (4, 6)."""


def image_layers(keras, flavour):
    L, R = keras.layers, keras.regularizers
    sequence, image, volume = L.Reshape((12, 2)), L.Reshape((4, 3, 2)), L.Reshape((2, 3, 4, 1))
    again = lambda layer: layer.from_config({key: value for key, value in layer.get_config().items() if key != "name"})
    kernel = dict(kernel_initializer="he_normal", bias_initializer="ones", kernel_regularizer=R.L2(0.1), bias_regularizer=R.L1(0.01))
    by_depth = dict(depthwise_initializer="he_normal", bias_initializer="ones", depthwise_regularizer=R.L2(0.1))
    cases = {
        "Conv1D": [L.Conv1D(5, 2), L.Conv1D(4, 3, padding="same", activation="relu"), L.Conv1D(3, 2, 2, "same", use_bias=False)],
        "Conv1D, causal": [sequence, L.Conv1D(4, 3, padding="causal"), L.Conv1D(3, 2, padding="causal", dilation_rate=3, **kernel), L.Conv1D(2, 3, 2, "causal")],
        "Conv1D with dilation and groups": [sequence, L.Conv1D(4, 3, dilation_rate=2), L.Conv1D(4, 2, groups=2), L.Conv1D(6, 3, padding="same", dilation_rate=2)],
        "Conv1D with a stride above its kernel": [sequence, L.Conv1D(4, 2, 3), L.Conv1D(4, 1, 2, "same")],
        "pooling 1D": [sequence, L.MaxPooling1D(3, 2, "same"), L.AveragePooling1D(2, 1), L.MaxPooling1D(2, 3), L.AveragePooling1D(3, 1, "same")],
        "global pooling 1D": [L.GlobalMaxPooling1D(keepdims=True), L.GlobalAveragePooling1D()],
        "global pooling 1D with a mask": [L.Masking(0.5), L.GlobalAveragePooling1D(keepdims=True), L.GlobalMaxPooling1D()],
        "padding and cropping 1D": [L.ZeroPadding1D((2, 1)), L.Cropping1D((0, 2)), L.Cropping1D(), L.ZeroPadding1D()],
        "padding and cropping 2D": [image, L.ZeroPadding2D((2, 1)), L.Cropping2D(((0, 2), (1, 0))), L.Cropping2D(1), L.Cropping2D()],
        "upsampling": [L.UpSampling1D(3), L.Reshape((6, 4, 3)), L.UpSampling2D((1, 2)), L.UpSampling2D((2, 3), interpolation="bilinear")],
        "resizing": [image, L.Resizing(5, 2), L.Resizing(3, 6, "nearest"), L.Resizing(4, 4, crop_to_aspect_ratio=True), L.Resizing(2, 5, "nearest", True)],
        "CenterCrop": [image, L.CenterCrop(3, 2), L.CenterCrop(4, 3), L.CenterCrop(2, 3)],
        "Conv1DTranspose": [L.Conv1DTranspose(5, 3, 2), L.Conv1DTranspose(4, 2, 3, "same", activation="tanh"), L.Conv1DTranspose(3, 3, 2, "same", output_padding=1, **kernel)],
        "Conv2DTranspose": [image, L.Conv2DTranspose(4, 3, 2, "same"), L.Conv2DTranspose(3, (2, 3), (3, 1), use_bias=False, activation="relu"),
                            L.Conv2DTranspose(2, 3, 2, output_padding=(0, 1), **kernel)],
        "Conv2DTranspose with a stride above its kernel": [image, L.Conv2DTranspose(3, 2, 3, "same"), L.Conv2DTranspose(2, 1, 2)],
        "DepthwiseConv1D": [sequence, L.DepthwiseConv1D(3, depth_multiplier=2, padding="same", **by_depth), L.DepthwiseConv1D(2, 2, activation="relu"),
                            L.DepthwiseConv1D(2, dilation_rate=2, use_bias=False)],
        "SeparableConv1D": [sequence, L.SeparableConv1D(4, 3, padding="same", depth_multiplier=2, pointwise_regularizer=R.L2(0.1), **by_depth),
                            L.SeparableConv1D(3, 2, 2, activation="relu"), L.SeparableConv1D(2, 3, dilation_rate=2, use_bias=False)],
        "SeparableConv2D": [image, L.SeparableConv2D(4, 2, padding="same", depth_multiplier=3, pointwise_initializer="he_uniform"),
                            L.SeparableConv2D(3, 2, 2, "same", activation="relu"), L.SeparableConv2D(2, 2, padding="same", dilation_rate=2)],
        "Conv3D": [volume, L.Conv3D(4, (2, 3, 2), padding="same"), L.Conv3D(3, (1, 2, 2), (2, 1, 2), activation="relu", **kernel), L.Conv3D(2, 1, use_bias=False)],
        "Conv3D with dilation": [volume, L.Conv3D(4, 2, padding="same", dilation_rate=(1, 1, 2))],
        "pooling 3D": [volume, L.MaxPooling3D(2, 1, "same"), L.AveragePooling3D((1, 2, 3), (1, 2, 1)), L.AveragePooling3D(2, 2, "same")],
        "MaxPooling3D": [L.Reshape((4, 3, 2, 1)), L.MaxPooling3D((2, 1, 2)), L.MaxPooling3D((1, 2, 1), (1, 1, 1))],
        "global pooling 3D": [volume, L.GlobalMaxPooling3D(keepdims=True), L.GlobalAveragePooling3D()],
        "GlobalAveragePooling3D": [volume, L.GlobalAveragePooling3D()],
    }
    return {name: [again(layer) for layer in layers] for name, layers in cases.items()}
