/* Callbacks: what is told of training while it goes on.
 *
 * A callback is a struct of functions, NULL where it does not care, called in the order given. One that returns
 * HORN_STOPPED ends training after the present epoch's bookkeeping as if it were complete; any other failure ends fit
 * with that status. */
#ifndef HORN_CALLBACK_H
#define HORN_CALLBACK_H

#include <stddef.h>
#include <horn/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct horn_callback horn_callback;

/* Where training is. */
typedef struct horn_progress {
    horn_model *model;
    size_t epoch, epochs; /* epoch counts from 0 */
    size_t batch, batches; /* batches of this epoch that are done, and all of them */
    double seconds;        /* since this epoch began */
} horn_progress;

struct horn_callback {
    void *payload; /* the callback's own */
    horn_status (*on_train_begin)(horn_callback *self, const horn_progress *progress);
    horn_status (*on_epoch_begin)(horn_callback *self, const horn_progress *progress);
    /* logs: the epoch's figures so far. */
    horn_status (*on_batch_end)(horn_callback *self, const horn_progress *progress, const horn_logs *logs);
    /* logs: the epoch's figures, val_* included. */
    horn_status (*on_epoch_end)(horn_callback *self, const horn_progress *progress, const horn_logs *logs);
    horn_status (*on_train_end)(horn_callback *self, const horn_progress *progress);
    void (*destroy)(horn_callback *self); /* frees the payload */
};
void horn_callback_free(horn_callback *callback); /* of those made by the functions below; NULL is fine */

typedef enum horn_progress_style {
    HORN_PROGRESS_BAR,  /* Keras' bar, redrawn in place */
    HORN_PROGRESS_LINES /* one line an epoch: Keras' verbose=2 */
} horn_progress_style;

/* Keras' progress, written through `write` (text is not 0-ended). NULL on failure. */
horn_callback *horn_progress_bar(horn_progress_style style, void (*write)(const char *text, size_t size, void *context),
                                 void *context);

/* Keras' CSVLogger: "epoch,accuracy,loss,val_accuracy,val_loss", a row an epoch, each on the disk before the next epoch.
 * Replaces the file when training begins. NULL on failure. */
horn_callback *horn_csv_logger(const char *path);

#ifdef __cplusplus
}
#endif
#endif
