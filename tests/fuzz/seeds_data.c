/* Seeds of the readers of data: they are written here. */
#include <string.h>
#include "fuzz/seeds.h"

/* Two samples of 2 x 2, not packed. */
static void give_idx(void (*each)(void *context, const char *name, const bytes *packed), void *context)
{
    static const unsigned char images[] = { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2,
                                            0, 0, 0, 2, 9, 8, 7, 6, 5, 4, 3, 2 },
                               labels[] = { 0, 0, 8, 1, 0, 0, 0, 2, 1, 0 };
    static const char *const names[] = { "train-images-idx3-ubyte", "train-labels-idx1-ubyte" },
                             *const packed_names[] = { "t10k-images-idx3-ubyte.gz",
                                                       "t10k-labels-idx1-ubyte.gz" };
    fuzz_case c = { .count = 4 };
    bytes packed = { 0 };
    for (int i = 0; i < 2; i++) {
        c.files[i].name = fuzz_file_name(names[i]);
        bytes_append(&c.files[i].content, i ? labels : images, i ? sizeof labels : sizeof images);
        c.files[i + 2].name = fuzz_file_name(packed_names[i]);
        bytes_append(&c.files[i + 2].content, i ? labels : images, i ? sizeof labels : sizeof images);
    }
    fuzz_pack(&packed, &c);
    each(context, "idx", &packed);
    bytes_free(&packed);
    fuzz_case_free(&c);
}

static void give_csv(void (*each)(void *context, const char *name, const bytes *packed), void *context)
{
    static const char *const tables[] = {
        "\xef\xbb\xbfwidth,\"the \"\"height\"\"\",label\r\n1,2.5,cat\r\n-3e-2,.5,\"a,b\"\r\n",
        "1,2,0\n3,4,1\n5,6,1"
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        fuzz_case c = { .count = 1 };
        bytes packed = { 0 };
        c.files[0].name = fuzz_file_name("x.csv");
        bytes_append(&c.files[0].content, tables[i], strlen(tables[i]));
        fuzz_pack(&packed, &c);
        each(context, i ? "csv-numbers" : "csv-names", &packed);
        bytes_free(&packed);
        fuzz_case_free(&c);
    }
}

void fuzz_data_seeds(const fuzz_reader *reader,
                     void (*each)(void *context, const char *name, const bytes *packed), void *context)
{
    if (strcmp(reader->name, "idx") == 0) give_idx(each, context);
    if (strcmp(reader->name, "csv") == 0) give_csv(each, context);
}
