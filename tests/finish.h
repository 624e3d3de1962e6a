/* Finishes what writers make in pieces, as bytes that stand together. */
#ifndef TESTS_FINISH_H
#define TESTS_FINISH_H

#include "codecs/hdf5/file.h"

static inline horn_status finish_hdf5(hdf5_file *f, bytes *out)
{
    pieces whole = { 0 };
    horn_status status = hdf5_file_finish(f, &whole);
    pieces_copy(&whole, out);
    pieces_free(&whole);
    return status ? status : bytes_status(out);
}

#endif
