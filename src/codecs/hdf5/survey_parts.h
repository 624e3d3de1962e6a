/* The parts of the HDF5 survey, each of which checks one part of a file:
 *
 *     survey.c          the superblock
 *     survey_object.c   object headers
 *     survey_group.c    links, symbol tables
 *     survey_types.c    data spaces, data types, attributes, global heaps
 *     survey_data.c     layouts, filters, chunks
 *     survey_parts.c    what they share: claims on bytes, checksums, error lines
 *
 * Source: "HDF5 File Format Specification Version 3.0". Addresses count from the end of the user block. */
#ifndef CODECS_HDF5_SURVEY_PARTS_H
#define CODECS_HDF5_SURVEY_PARTS_H

#include <horn/view.h>
#include "codecs/byte_reader.h"
#include "codecs/hdf5/survey.h"

/* HDF5's "no address". */
#define SURVEY_UNDEFINED UINT64_MAX

typedef struct survey_extent {
    uint64_t start, size;
} survey_extent;

/* A global heap collection. The object with index i is objects[i]; its size is 0 if there is none. */
typedef struct survey_collection {
    uint64_t address;
    size_t count;
    survey_extent *objects;
} survey_collection;

typedef struct survey survey;
struct survey {
    const unsigned char *data;
    /* Of the file as the superblock gives it, without the user block. */
    size_t size;
    /* Of the user block; `data` begins behind it. */
    size_t base;
    const char *name;
    /* hdf5_survey_pytables. */
    bool is_pytables;
    /* Of the object that is checked, for error lines; longer paths are cut. */
    char path[512];
    int depth;
    /* The superblock's ranks of B-trees. */
    size_t leaf_k, node_k, chunk_k;
    /* All claims. */
    survey_extent *extents;
    size_t extent_count, extent_capacity, claimed;
    /* Sorted by address. */
    survey_collection *collections;
    size_t collection_count, collection_capacity;
    /* survey_object_at; a group calls it for each of its links. */
    horn_status (*read_object)(survey *, uint64_t address, const uint64_t *cached);
};

typedef struct survey_space {
    int rank;
    size_t shape[HORN_MAX_RANK], count;
} survey_space;

typedef struct survey_type {
    /* HDF5's number: 0 integer, 1 float, 3 text, 8 enumeration, 9 text of variable length. */
    unsigned class;
    size_t size;
} survey_type;

enum { SURVEY_COMPACT, SURVEY_CONTIGUOUS, SURVEY_CHUNKED };

/* What the messages of one object header say. */
typedef struct survey_object {
    bool has_table, has_links, has_space, has_type, has_layout;
    int blocks;
    /* Addresses of a symbol table. */
    uint64_t tree, heap;
    survey_space space;
    survey_type type;
    size_t fill_size;
    int layout, chunk_rank;
    /* Of the data, or of a chunked dataset's B-tree. */
    uint64_t address, stored;
    uint64_t chunk[HORN_MAX_RANK + 1];
    bool shuffle, deflate, fletcher;
    size_t shuffle_size;
} survey_object;

/* Calls fail() with the file's name and the object's path before the message. */
horn_status survey_refuse(const survey *s, horn_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Claims these bytes for one structure. Fails if they lie outside the file, or if all claims together are longer than the
 * file: so every cycle ends. */
HORN_CHECKED horn_status survey_claim(survey *s, uint64_t address, uint64_t size, const char *what);

/* Fails if two claims overlap. */
HORN_CHECKED horn_status survey_check_overlaps(survey *s);

/* Claims these bytes, checks the signature of four letters in front and returns a reader of what follows it. */
HORN_CHECKED horn_status survey_open(survey *s, byte_reader *out, uint64_t address, uint64_t size,
                                     const char *signature);

/* Fails unless the four bytes behind these are their checksum. libhdf5 checks this too, but leaks memory if the
 * checksum is wrong. */
HORN_CHECKED horn_status survey_checksum(const survey *s, uint64_t address, uint64_t size);

/* Checks the object at an address and all below it. `cached`: the addresses of its symbol table as the entry of its group
 * repeats them; NULL if the entry does not. */
HORN_CHECKED horn_status survey_object_at(survey *s, uint64_t address, const uint64_t *cached);

/* Checks the object called `link` in the group at s->path, and all below it. */
HORN_CHECKED horn_status survey_child(survey *s, const char *link, size_t length, uint64_t address,
                                      const uint64_t *cached);
/* Checks the symbol table of a group, and all below it. */
HORN_CHECKED horn_status survey_table(survey *s, const survey_object *o);

HORN_CHECKED horn_status survey_read_space(const survey *s, survey_space *out, byte_reader *r);
HORN_CHECKED horn_status survey_read_type(const survey *s, survey_type *out, byte_reader *r);
HORN_CHECKED horn_status survey_read_attribute(survey *s, byte_reader *r);

HORN_CHECKED horn_status survey_read_layout(const survey *s, survey_object *o, byte_reader *r);
HORN_CHECKED horn_status survey_read_filters(const survey *s, survey_object *o, byte_reader *r);
HORN_CHECKED horn_status survey_read_fill(const survey *s, survey_object *o, byte_reader *r, bool old);
HORN_CHECKED horn_status survey_data(survey *s, survey_object *o);

#endif
