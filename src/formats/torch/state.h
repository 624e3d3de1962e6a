/* A state_dict of PyTorch: named tensors in order, in PyTorch's layouts, with the versions of the modules. The containers write
 * and read it; modules.h says how its tensors come from weights.
 *
 *     writing    torch_modules_of, torch_state_of_snapshot, then the container writes the state
 *     reading    the container fills a state by torch_state_add, then torch_read_state makes layers of it */
#ifndef FORMATS_TORCH_STATE_H
#define FORMATS_TORCH_STATE_H

#include "formats/options.h"
#include "formats/torch/modules.h"
#include "snapshot/schema.h"

typedef struct torch_tensor {
    /* "0.weight". */
    char *name;
    horn_dtype dtype;
    int rank;
    size_t shape[HORN_MAX_RANK];
    /* Row-major, 64-byte aligned, owned. */
    void *data;
    bool is_parameter;
    /* It was read into, or written from, this weight of the snapshot's layers; `place` has its layout, and no name. */
    bool is_placed;
    size_t layer, weight;
    torch_place place;
} torch_tensor;

/* An entry of the state_dict's _metadata. */
typedef struct torch_version {
    /* "": the whole model; "0"; "features". */
    char *module;
    int version;
} torch_version;

typedef struct torch_state {
    torch_tensor *tensors;
    size_t count, capacity;
    torch_version *versions;
    size_t version_count, version_capacity;
} torch_state;

void torch_state_free(torch_state *);
/* Appends a tensor of zeros with the type and shape of `like`; borrowed until the next one. Fails for a name twice. */
HORN_CHECKED horn_status torch_state_add(torch_state *, const char *name, const horn_view *like,
                                         torch_tensor **out);
/* By a tensor's name: whether it is the counter of a BatchNorm, which no weight of Keras is; whether it is no nn.Parameter. */
bool torch_is_counter(const char *name);
bool torch_is_buffer(const char *name);
/* Notes which weight of its layer a tensor is. */
/* The layer that has the weights: an LSTM's cell. */
const snapshot_layer *torch_weights_of(const snapshot_layer *);
void torch_state_place(torch_tensor *, const torch_place *, size_t weight);
/* NULL: there is none. Borrowed. */
const torch_tensor *torch_state_find(const torch_state *, const char *name);

/* Fills an empty state from the weights of a snapshot, and the versions of its modules. */
HORN_CHECKED horn_status torch_state_of_snapshot(torch_state *out, const snapshot *, const torch_modules *);

/* The option of formats of named tensors: lines as torch_modules_of takes them. */
#define TORCH_NAMES "names"

/* Reads weights from a state into a snapshot, which gets PART_WEIGHTS. What its layers are says the architecture in `out`, which
 * comes from the file itself (notes.h), else the model of `known`; then layers and weights are as in the model, and a tensor that
 * is missing, left over or of another shape is refused. If neither is there, each module becomes a layer as it stands in the file,
 * and out->by_name is set. "module." before every name is left out. `names`: as of torch_modules_of; without them another
 * nn.Sequential with other modules without tensors fits, too. float64 values of the state become float32. */
HORN_CHECKED horn_status torch_read_state(snapshot *out, torch_state *, const schema *known,
                                          const char *const *names, const char *where);

/* torch_modules_of with the lines of the option TORCH_NAMES, and torch_state_of_snapshot; of a snapshot with torch_layouts its
 * tensors as they are, and no modules. The caller frees both, after a failure too. */
HORN_CHECKED horn_status torch_write_state(torch_state *out, torch_modules *modules, const snapshot *,
                                           const format_options *, const char *where);

/* The slot `notes` of formats that write modules. */
HORN_CHECKED horn_status torch_write_notes(bytes *out, const snapshot *, const format_options *);

#endif
