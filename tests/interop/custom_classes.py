"""The classes of tests/custom_classes.h in Python, for a Keras of any flavour."""
import types


def make(keras, registered):
    """Mix, Swish1, Quartic, Within, Heavy; registered, or to be handed over as custom_objects."""
    is_3 = keras.__version__.startswith("3")
    ops = keras.ops if is_3 else None
    if not is_3:
        import tensorflow as tf

    def register(**named):
        return keras.saving.register_keras_serializable(**named) if registered else lambda c: c

    @register(package="demo")
    class Mix(keras.layers.Layer):
        def __init__(self, gain=1.0, shifted=True, **kwargs):
            super().__init__(**kwargs)
            self.gain, self.shifted = gain, shifted

        def build(self, shape):
            self.scale = self.add_weight(name="scale", shape=(shape[-1],), initializer=keras.initializers.Constant(0.75))
            self.seen = self.add_weight(name="seen", shape=(shape[-1],), initializer="ones", trainable=False)
            if self.shifted:
                self.bias = self.add_weight(name="bias", shape=(shape[-1],), initializer="zeros")
            super().build(shape)

        def call(self, x):
            y = self.gain * (x * self.scale) + self.seen
            return y + self.bias if self.shifted else y

        def get_config(self):
            return {**super().get_config(), "gain": self.gain, "shifted": self.shifted}

    @register()
    class Swish1(keras.layers.Layer):
        def build(self, shape):
            self.beta = self.add_weight(name="beta", shape=(), initializer="ones")
            super().build(shape)

        def call(self, x):
            return x * (ops.sigmoid if is_3 else tf.sigmoid)(self.beta * x)

    @register(package="demo")
    class Quartic(keras.losses.Loss):
        def __init__(self, weight=1.0, name="quartic", **kwargs):
            super().__init__(name=name, **kwargs)
            self.weight = weight

        def call(self, y_true, y_pred):
            return self.weight * (ops.mean if is_3 else tf.reduce_mean)((y_pred - y_true) ** 4, axis=-1)

        def get_config(self):
            return {**super().get_config(), "weight": self.weight}

    def within(y_true, y_pred):
        near = (ops.abs if is_3 else tf.abs)(y_pred - y_true) < 0.5
        return ops.mean(ops.cast(near, "float32"), axis=-1) if is_3 else tf.reduce_mean(tf.cast(near, "float32"), axis=-1)

    @register(package="demo")
    class Within(keras.metrics.MeanMetricWrapper):
        def __init__(self, name="within", dtype=None):
            super().__init__(within, name=name, dtype=dtype)

        def get_config(self):
            return {"name": self.name, "dtype": self.dtype}

    @register(package="demo")
    class Heavy(keras.optimizers.Optimizer):
        def __init__(self, learning_rate=0.01, drag=0.5, name="Heavy", **kwargs):
            if is_3:
                super().__init__(learning_rate=learning_rate, name=name, **kwargs)
            else:
                super().__init__(name=name, **kwargs)
                self._learning_rate = self._build_learning_rate(learning_rate)
            self.drag = drag

        def build(self, variables):
            if getattr(self, "built" if is_3 else "_built", False):
                return
            super().build(variables)
            if not is_3:
                self._built = True
            self.velocities = [self.add_variable_from_reference(v, name="velocity") if is_3 else
                               self.add_variable_from_reference(model_variable=v, variable_name="velocity") for v in variables]

        def update_step(self, gradient, variable, learning_rate=None):
            rate = self.learning_rate if learning_rate is None else learning_rate
            velocity = self.velocities[self._get_variable_index(variable) if is_3 else self._index_dict[self._var_key(variable)]]
            if is_3:
                self.assign(velocity, self.drag * velocity - rate * gradient)
                self.assign_add(variable, velocity)
            else:
                velocity.assign(self.drag * velocity - rate * gradient)
                variable.assign_add(velocity)

        def get_config(self):
            rate = {} if is_3 else {"learning_rate": self._serialize_hyperparameter(self._learning_rate)}
            return {**super().get_config(), **rate, "drag": self.drag}

    classes = types.SimpleNamespace(Mix=Mix, Swish1=Swish1, Quartic=Quartic, Within=Within, Heavy=Heavy)
    classes.objects = {"demo>Mix": Mix, "Custom>Swish1": Swish1, "demo>Quartic": Quartic, "demo>Within": Within, "demo>Heavy": Heavy}
    classes.bare = {name.split(">")[1]: value for name, value in classes.objects.items()}
    return classes
