/* Opens tensor bundles in memory, with the files of TensorFlow among them. */
#ifndef TESTS_OPEN_BUNDLE_H
#define TESTS_OPEN_BUNDLE_H

#include <stdio.h>
#include "codecs/tensorflow/tensor_bundle.h"
#include "test.h"

static inline bytes load(const char *name, const char *suffix)
{
    char path[256];
    bytes file = { 0 };
    snprintf(path, sizeof path, "tests/golden/%s%s", name, suffix);
    ck_ok(file_read(&file, path, 1 << 20));
    return file;
}

#endif
