"""usage: gen_saved_model.py, in the environment of Keras 2.15: the SavedModel of the model in keras2.15/Csgdm.h5, with its optimizer's variables."""
import os

import keras

folder = os.path.dirname(os.path.abspath(__file__))
keras.models.load_model(folder + "/keras2.15/Csgdm.h5").save(folder + "/saved_model/keras2.15", save_format="tf")
os.rmdir(folder + "/saved_model/keras2.15/assets")
