/* What normalizing layers share: y = u gamma + beta for what they have normalized, u; both are weights that may be left out. */
#ifndef LAYERS_NORMALIZING_GAMMA_AND_BETA_H
#define LAYERS_NORMALIZING_GAMMA_AND_BETA_H

#include "layers/layer.h"

enum { GAMMA, BETA };

typedef struct gamma_and_beta {
    /* Arguments of Keras: whether there is a beta, and a gamma. */
    bool center, scale;
    /* Of gamma and of beta. */
    initializer initializers[2];
    regularizer regularizers[2];
    constraint constraints[2];
} gamma_and_beta;

void gamma_and_beta_read(gamma_and_beta *, layer *, config_reader *);
/* Keras writes beta before gamma. The initializers; then the regularizers and constraints. */
void gamma_and_beta_describe_initializers(const gamma_and_beta *, config *);
void gamma_and_beta_describe_others(const gamma_and_beta *, config *);
/* Adds gamma or beta, with all that the arguments say of it. */
HORN_CHECKED horn_status gamma_and_beta_add(const gamma_and_beta *, layer *, int role, const char *axes,
                                            const shape *);

#endif
