"""usage: gen_deepdish.py, in the environment of Keras 2.15: checkpoints of TensorFlow 1's Saver, trained for some steps, for the way
over HDF5 into PyTorch.

`net`: convolutions and a global mean before the dense layer, as the well-known script converts them rightly. `flat`: a depthwise
convolution and a Flatten, which need the architecture, flat.json. NAME.npz: images x (NHWC) and what TensorFlow predicts, y."""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np
import tensorflow as tf

tf1, keras = tf.compat.v1, tf.keras
os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "deepdish"))
random = np.random.default_rng(5)
x, labels = random.random((4, 8, 8, 2), "float32"), np.array([0, 2, 1, 2])


def net(images):
    inner = tf1.layers.conv2d(images, 4, 3, padding="same", activation=tf.nn.relu, name="conv1")
    inner = tf1.layers.conv2d(inner, 5, (3, 2), activation=tf.nn.relu, name="conv2")
    return tf1.layers.dense(tf.reduce_mean(inner, [1, 2]), 3, name="logits")


def flat(images):
    model = keras.Sequential([keras.Input((8, 8, 2)), keras.layers.Conv2D(4, 3, activation="relu"),
                              keras.layers.DepthwiseConv2D(3, depth_multiplier=2), keras.layers.MaxPooling2D(2),
                              keras.layers.Flatten(), keras.layers.Dense(3)])
    with open("flat.json", "w") as file:
        file.write(model.to_json())
    return model(images)


def save(name, make, scope=""):
    with tf1.Graph().as_default(), tf1.Session() as session:
        tf1.set_random_seed(1)
        tf1.keras.backend.set_session(session)
        images, targets = tf1.placeholder(tf.float32, [None, 8, 8, 2]), tf1.placeholder(tf.int64, [None])
        with tf1.variable_scope(scope):
            y = make(images)
        train = tf1.train.MomentumOptimizer(0.1, 0.9).minimize(tf1.losses.sparse_softmax_cross_entropy(targets, y),
                                                               global_step=tf1.train.get_or_create_global_step())
        session.run(tf1.global_variables_initializer())
        for _ in range(5):
            session.run(train, {images: x, targets: labels})
        tf1.train.Saver().save(session, "./" + name, write_meta_graph=False, write_state=False)
        np.savez(name + ".npz", x=x, y=session.run(y, {images: x}))


save("net", net, "small")
save("flat", flat)
