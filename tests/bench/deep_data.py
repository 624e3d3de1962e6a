"""Writes the images of the deep networks: those of Fashion-MNIST's test set, enlarged, with a border and three channels.

usage: deep_data.py SIDE COUNT OUT.npz"""
import sys

import numpy as np

import peer

side, count, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
times, border = side // 28, side % 28 // 2
images = peer.images("t10k")[:count].repeat(times, 1).repeat(times, 2)
images = np.pad(images, ((0, 0), (border, border), (border, border)))[..., None].repeat(3, 3)
labels = peer.labels("t10k")[:count]
np.savez(path, x_train=images, y_train=labels, x_test=images[:1], y_test=labels[:1])
