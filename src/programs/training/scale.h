/* --scale: the factor by which a program multiplies data before the model gets them. */
#ifndef PROGRAMS_TRAINING_SCALE_H
#define PROGRAMS_TRAINING_SCALE_H

#include <horn/model.h>

#define SCALE_HELP "auto: uint8 images / 255; none; F or 1/F, a factor [auto]"

/* Wrong usage unless the text is "auto", "none", a factor, or a factor as a fraction ("1/255"). */
void scale_check(const char *text);

/* Sets the view's divisor. "auto" is the scale that the model remembers from its training; if there is none, uint8
 * images are divided by 255 and nothing else is scaled. Images are samples with two axes or more. */
void scale_apply(const char *text, const horn_model *model, horn_view *x);

/* Makes the model remember a scale other than "auto", so that it is saved with the model. */
HORN_CHECKED horn_status scale_remember(const char *text, horn_model *model);

enum { SCALE_TEXT = 100 };

/* Describes what scale_apply did to this view: "; uint8 images are divided by 255", or "". Returns `line`. */
const char *scale_describe(char line[SCALE_TEXT], const char *text, const horn_model *model,
                           const horn_view *x);

#endif
