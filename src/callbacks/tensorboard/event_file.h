/* TensorBoard's event files: records (codecs/tensorflow/records.h) of tensorflow.Event messages. Source: tensorflow/core/util/event.proto
 * and framework/summary.proto of TensorFlow.
 *
 *     Event    1 wall_time: double   2 step   3 file_version: "brain.Event:2", of the first   5 Summary
 *     Summary  1 Value...            Value    1 tag   8 TensorProto   9 SummaryMetadata
 *     SummaryMetadata  1 PluginData { 1 name: "scalars", "histograms", "text" }   4 data class: 1 scalar, 2 tensor */
#ifndef CALLBACKS_EVENT_FILE_H
#define CALLBACKS_EVENT_FILE_H

#include "callbacks/log_file.h"

typedef struct event_file {
    log_file file;
    /* The step behind the last one that it had when it was opened. */
    size_t next;
} event_file;

/* Opens FOLDER/events.out.tfevents.horn, which is made if it is missing. Events of steps below `steps` stay, the others and what is
 * broken behind them are cut off. */
HORN_CHECKED horn_status event_file_open(event_file *, const char *folder, size_t steps);
/* Appends to what waits. */
void event_file_scalar(event_file *, size_t step, const char *tag, double value);
void event_file_histogram(event_file *, size_t step, const char *tag, const float *values, size_t count);
void event_file_text(event_file *, size_t step, const char *tag, const char *text);
/* Writes what waits. What cannot be written waits on. */
HORN_CHECKED horn_status event_file_write(event_file *);
void event_file_close(event_file *);

#endif
