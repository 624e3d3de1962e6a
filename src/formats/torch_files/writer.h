/* Writes what torch.save of PyTorch 2.6 and later writes, byte for byte but for the id in R/.data/serialization_id: file.h. Each
 * tensor is contiguous and has a storage of its own. */
#ifndef FORMATS_TORCH_FILES_WRITER_H
#define FORMATS_TORCH_FILES_WRITER_H

#include "base/pieces.h"
#include "codecs/pickle/pickle.h"
#include "formats/torch/state.h"

typedef struct torch_writer torch_writer;

HORN_CHECKED horn_status torch_writer_new(torch_writer **out);
void torch_writer_free(torch_writer *);
/* Where the object's values are made. */
pickle *torch_writer_values(torch_writer *);

/* A tensor, as a value of the pickle; NULL after a failure, which is kept as pickle.h says. The data are borrowed until the writer
 * is freed. */
pickle_value *torch_writer_tensor(torch_writer *, const horn_view *);
/* What module.state_dict() returns: an OrderedDict of the tensors, whose `_metadata` has the modules' versions. */
pickle_value *torch_writer_state(torch_writer *, const torch_state *);
/* Adds the member R/.horn/NAME, of which PyTorch knows nothing. Takes *content. */
HORN_CHECKED horn_status torch_writer_note(torch_writer *, const char *name, bytes *content);

/* Appends the archive with this object. `path` is the file's, by whose name R is called. */
HORN_CHECKED horn_status torch_writer_finish(pieces *out, torch_writer *, pickle_value *object,
                                             const char *path);

#endif
