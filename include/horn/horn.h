/* Horn: Keras Sequential models trained in plain C. This header includes all of the public API. */
#ifndef HORN_HORN_H
#define HORN_HORN_H

#include <horn/arguments.h>
#include <horn/callback.h>
#include <horn/custom_layer.h>
#include <horn/custom_training.h>
#include <horn/dataset.h>
#include <horn/file.h>
#include <horn/kernels.h>
#include <horn/layers.h>
#include <horn/losses.h>
#include <horn/metrics.h>
#include <horn/model.h>
#include <horn/optimizers.h>
#include <horn/options.h>
#include <horn/parts.h>
#include <horn/predictor.h>
#include <horn/status.h>
#include <horn/tensor.h>
#include <horn/version.h>
#include <horn/view.h>

#endif
