/* --scale: what a program multiplies data by before the model sees them. */
#ifndef PROGRAMS_TRAINING_SCALE_H
#define PROGRAMS_TRAINING_SCALE_H

#include <horn/model.h>

#define SCALE_HELP "auto: uint8 images / 255; none; F or 1/F, a factor [auto]"

/* Wrong usage unless the text is "auto", "none", a factor, or a factor as a fraction ("1/255"). */
void scale_check(const char *text);

/* Sets the view's divisor. "auto" is what the model remembers from its training; if it remembers nothing, uint8 images
 * are divided by 255, and nothing else is scaled. An image is a sample with two axes or more. */
void scale_apply(const char *text, const horn_model *model, horn_view *x);

/* Makes the model remember a scale that is not "auto", so that it is saved with it. */
HORN_CHECKED horn_status scale_remember(const char *text, horn_model *model);

enum { SCALE_TEXT = 100 };

/* "; uint8 images are divided by 255", or "" where there is nothing to say: what scale_apply did to this view. Returns
 * `line`. */
const char *scale_describe(char line[SCALE_TEXT], const char *text, const horn_model *model,
                           const horn_view *x);

#endif
