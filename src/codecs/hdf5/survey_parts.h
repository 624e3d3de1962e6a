/* What the parts of the HDF5 survey share: survey.c (superblock, groups), _object.c (object headers),
 * _types.c (data spaces, types, attributes, global heaps) and _data.c (layouts, filters, chunks). */
#ifndef CODECS_HDF5_SURVEY_PARTS_H
#define CODECS_HDF5_SURVEY_PARTS_H

#include <horn/view.h>
#include "codecs/byte_reader.h"
#include "codecs/hdf5/survey.h"

#define SURVEY_UNDEFINED UINT64_MAX /* HDF5's "no address" */

typedef struct survey_extent {
    uint64_t start, size;
} survey_extent;

/* A global heap collection; the object with index i is objects[i], of size 0 where there is none. */
typedef struct survey_collection {
    uint64_t address;
    size_t count;
    survey_extent *objects;
} survey_collection;

typedef struct survey {
    const unsigned char *data;
    size_t size; /* of the file, as the superblock has it, without the user block */
    size_t base; /* of the user block: all addresses count from its end, which is `data` */
    const char *name;
    char path[512]; /* of the object under survey, cut where it is longer; for messages */
    int depth;
    size_t leaf_k, node_k, chunk_k; /* the superblock's B-tree ranks */
    survey_extent *extents;         /* every byte spoken for */
    size_t extent_count, extent_capacity, claimed;
    survey_collection *collections; /* sorted by address */
    size_t collection_count, collection_capacity;
} survey;

typedef struct survey_space {
    int rank;
    size_t shape[HORN_MAX_RANK], count;
} survey_space;

typedef struct survey_type {
    unsigned class; /* HDF5's number; 0 integer, 1 float, 3 text, 8 enumeration, 9 text of variable length */
    size_t size;
} survey_type;

enum { SURVEY_COMPACT, SURVEY_CONTIGUOUS, SURVEY_CHUNKED };

/* What the messages of one object header said. */
typedef struct survey_object {
    bool has_table, has_links, has_space, has_type, has_layout;
    int blocks;
    uint64_t tree, heap; /* of a symbol table */
    survey_space space;
    survey_type type;
    size_t fill_size;
    int layout, chunk_rank;
    uint64_t address, stored; /* of the data; a chunked dataset's B-tree */
    uint64_t chunk[HORN_MAX_RANK + 1];
    bool shuffle, deflate, fletcher;
    size_t shuffle_size;
} survey_object;

/* fail(), after the file's name and the path of the object. */
horn_status survey_refuse(const survey *s, horn_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Takes these bytes for one structure. They must lie in the file; all that was ever taken must fit into it.
 */
HORN_CHECKED horn_status survey_claim(survey *s, uint64_t address, uint64_t size, const char *what);

/* The same, and a reader of them behind their signature of four letters. */
HORN_CHECKED horn_status survey_open(survey *s, byte_reader *out, uint64_t address, uint64_t size,
                                     const char *signature);

/* That four bytes behind these are their checksum, as the newer structures have one. libhdf5 checks it too,
 * but loses memory when it is wrong. */
HORN_CHECKED horn_status survey_checksum(const survey *s, uint64_t address, uint64_t size);

/* The object called `link` in the group at s->path, and all below it. `cached` has the addresses of its
 * symbol table as the entry that names it repeats them; NULL where it does not. */
HORN_CHECKED horn_status survey_child(survey *s, const char *link, size_t length, uint64_t address,
                                      const uint64_t *cached);
HORN_CHECKED horn_status survey_object_at(survey *s, uint64_t address, const uint64_t *cached);
HORN_CHECKED horn_status survey_table(survey *s, const survey_object *o);

HORN_CHECKED horn_status survey_read_space(const survey *s, survey_space *out, byte_reader *r);
HORN_CHECKED horn_status survey_read_type(const survey *s, survey_type *out, byte_reader *r);
HORN_CHECKED horn_status survey_read_attribute(survey *s, byte_reader *r);

HORN_CHECKED horn_status survey_read_layout(const survey *s, survey_object *o, byte_reader *r);
HORN_CHECKED horn_status survey_read_filters(const survey *s, survey_object *o, byte_reader *r);
HORN_CHECKED horn_status survey_read_fill(const survey *s, survey_object *o, byte_reader *r, bool old);
HORN_CHECKED horn_status survey_data(survey *s, survey_object *o);

#endif
