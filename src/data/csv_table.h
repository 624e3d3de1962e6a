/* A data set from a table of comma-separated values: a row for each sample, numbers and a label or a target. */
#ifndef DATA_CSV_TABLE_H
#define DATA_CSV_TABLE_H

#include "data/dataset.h"

/* Fills the training set. The labels are classes as numbers or names, or with options->target numbers. */
HORN_CHECKED horn_status csv_table_load(horn_dataset *, const char *path, const horn_dataset_options *);

#endif
