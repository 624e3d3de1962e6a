#include "codecs/inflater.h"

#include <stdlib.h>
#include <zlib.h>
#include "base/memory.h"
#include "base/status.h"

/* zlib counts in 32 bits. */
enum { CHUNK = 1 << 30 };

struct inflater {
    z_stream stream;
    const char *name;
    /* Packed bytes not yet given to zlib. */
    size_t left;
    /* Unpacked bytes returned so far. */
    size_t read;
    bool ended;
};

bool inflater_can_hold(size_t packed, size_t size)
{
    return size / 1100 <= packed;
}

horn_status inflater_open(inflater **out, const void *data, size_t size, inflater_kind kind, const char *name)
{
    inflater *in = NULL;
    horn_status status = memory_new(&in, 1, sizeof *in);
    if (status) return status;
    in->stream.next_in = (Bytef *)data;
    in->left = size;
    in->name = name;
    if (inflateInit2(&in->stream, kind == INFLATER_GZIP ? 16 + MAX_WBITS : -MAX_WBITS) != Z_OK) {
        free(in);
        return fail_memory(name, sizeof *in);
    }
    *out = in;
    return HORN_OK;
}

void inflater_close(inflater *in)
{
    if (!in) return;
    inflateEnd(&in->stream);
    free(in);
}

/* Unpacks at most `size` bytes; *got is their number. It is an error if there are none before the end. */
static horn_status inflate_some(inflater *in, void *out, size_t size, size_t *got)
{
    z_stream *stream = &in->stream;
    uInt wanted = size < CHUNK ? (uInt)size : CHUNK;
    if (stream->avail_in == 0) {
        stream->avail_in = in->left < CHUNK ? (uInt)in->left : CHUNK;
        in->left -= stream->avail_in;
    }
    stream->next_out = out;
    stream->avail_out = wanted;
    int code = inflate(stream, Z_NO_FLUSH);
    *got = wanted - stream->avail_out;
    in->read += *got;
    if (code == Z_STREAM_END) {
        in->ended = true;
        return HORN_OK;
    }
    if (code == Z_OK) return HORN_OK;
    if (code == Z_MEM_ERROR) return fail_memory(in->name, 1 << MAX_WBITS);
    if (code == Z_BUF_ERROR)
        return fail(HORN_ERROR_FORMAT, "%s: packed bytes end after %zu unpacked ones, expected more",
                    in->name, in->read);
    return fail(HORN_ERROR_FORMAT, "%s: %s behind %zu unpacked bytes", in->name,
                stream->msg ? stream->msg : "needs a dictionary", in->read);
}

horn_status inflater_read(inflater *in, void *out, size_t size)
{
    unsigned char *at = out;
    while (size > 0) {
        size_t got = 0;
        if (in->ended)
            return fail(HORN_ERROR_FORMAT, "%s: holds %zu unpacked bytes, expected %zu more", in->name,
                        in->read, size);
        horn_status status = inflate_some(in, at, size, &got);
        if (status) return status;
        at += got;
        size -= got;
    }
    return HORN_OK;
}

horn_status inflater_finish(inflater *in)
{
    while (!in->ended) {
        unsigned char byte;
        size_t got = 0, expected = in->read;
        horn_status status = inflate_some(in, &byte, 1, &got);
        if (status) return status;
        if (got > 0)
            return fail(HORN_ERROR_FORMAT, "%s: holds more than the %zu unpacked bytes expected", in->name,
                        expected);
    }
    if (in->left + in->stream.avail_in > 0)
        return fail(HORN_ERROR_FORMAT, "%s: %zu bytes behind the end of what is packed", in->name,
                    in->left + in->stream.avail_in);
    return HORN_OK;
}
