#include "model/plan/lay_out.h"

static plan_array *owner_of(const plan *p, int array)
{
    return &p->arrays[p->arrays[array].data_of];
}

static bool shares_data(const plan *p, int a, int b)
{
    return p->arrays[a].data_of == p->arrays[b].data_of;
}

bool plan_is_first(const plan *p, const call *c)
{
    return c->layer->weight_count && p->uses[c->layer->weights[0].number].first == c;
}

/* ---- steps and arrays ---- */

static int add_array(plan *p, const shape *s, size_t rows, int data_of)
{
    int index = (int)p->array_count++;
    p->arrays[index] = (plan_array){ .shape = *s,
                                     .rows = rows,
                                     .count = shape_count(s) * rows,
                                     .data_of = data_of < 0 ? index : data_of,
                                     .values_of = index,
                                     .mask = -1 };
    return index;
}

static void add_input(plan *p, plan_step *step, int array)
{
    p->inputs[p->input_count++] = (plan_input){ .array = array };
    step->input_count++;
}

static int add_step(plan *p, const call *c, const activation *a, int x, int y)
{
    if (c && plan_is_first(p, c)) p->uses[c->layer->weights[0].number].step = p->step_count;
    plan_step *step = &p->steps[p->step_count++];
    *step = (plan_step){ .call = c, .activation = a, .x = x, .y = y, .inputs = p->inputs + p->input_count };
    for (size_t i = 0; c && i < c->input_count; i++) add_input(p, step, p->of_values[c->values[i]]);
    if (!c) add_input(p, step, x);
    return y;
}

/* A class that makes no mask passes that of its first input that has one. */
static int mask_of_call(plan *p, const call *c)
{
    const shape *y = c->outputs;
    int mask = -1;
    if (!c->gives_mask) return -1;
    for (size_t i = 0; !c->layer->class->mask && mask < 0 && i < c->input_count; i++)
        mask = p->arrays[p->of_values[c->values[i]]].mask;
    if (!c->layer->class->mask) return mask;
    p->masks[p->mask_count].positions = (y->rank ? shape_count(y) / y->dim[y->rank - 1] : 1) * c->output_rows;
    return (int)p->mask_count++;
}

static bool is_sum(const call *c)
{
    if (!(c->layer->class->flags & LAYER_ADDS)) return false;
    for (size_t i = 0; i < c->input_count; i++)
        if (!shape_equal(&c->inputs[i], c->outputs)) return false;
    return true;
}

bool plan_adds(const plan_step *step)
{
    return step->call && is_sum(step->call);
}

/* Whether a step may overwrite the data of an array. */
static bool may_overwrite(const plan *p, int array)
{
    const plan_array *a = owner_of(p, array);
    return !a->is_input && !a->branches && !(p->training && (a->activated || a->is_read_back));
}

/* The input whose data the sum overwrites; -1: none. */
static int place_of_sum(const plan *p, const call *c)
{
    for (size_t i = 0; is_sum(c) && i < c->input_count && i < 2; i++)
        if (may_overwrite(p, p->of_values[c->values[i]]))
            return p->arrays[p->of_values[c->values[i]]].data_of;
    return -1;
}

/* The array of one of the model's inputs. */
static int add_input_array(plan *p, const shape *s)
{
    const int array = add_array(p, s, 1, -1);
    p->arrays[array].is_input = true;
    return array;
}

static int add_call(plan *p, const call *c, int x)
{
    unsigned flags = c->layer->class->flags;
    bool is_identity = flags & LAYER_IS_VIEW || (flags & LAYER_IDLE_IN_INFERENCE && !p->training);
    int y = add_array(p, c->outputs, c->output_rows, is_identity ? p->arrays[x].data_of : place_of_sum(p, c));
    if (!is_identity && !(flags & LAYER_BACK_IGNORES_Y)) owner_of(p, y)->is_read_back = true;
    p->arrays[y].mask = mask_of_call(p, c);
    if (is_identity) p->arrays[y].values_of = p->arrays[x].values_of;
    const bool makes_mask = c->gives_mask && c->layer->class->mask;
    return is_identity && !makes_mask ? y : add_step(p, c, NULL, x, y);
}

/* Adds the regularizer of an array's values, which must not change then: backward reads them. What works on each of `rows` steps of a
 * sample takes them for samples, as in Keras 2. */
static void add_activity(plan *p, int array, const regularizer *r, size_t rows)
{
    plan_array *a = &p->arrays[p->arrays[array].values_of];
    if (!r->class) return;
    a->activity = (regularizer){ r->class, a->activity.l1 + r->l1 / (double)rows,
                                 a->activity.l2 + r->l2 / (double)rows };
    p->arrays[a->data_of].activated = p->has_activity = true;
}

/* Whether a loss takes the input x of the call's activation, the logits of a softmax or sigmoid, in place of the output. */
static bool is_behind_loss(plan *p, const call *c, int x)
{
    const activation *a = c->layer->activation;
    bool found = false;
    for (size_t i = 0; p->model->heads && a->logits && !c->layer->activity.class && i < p->head_count; i++) {
        const loss *l = p->model->heads[i].loss;
        if (!l || l->class->logits != a->logits || p->list->outputs[i] != c->number + 1) continue;
        p->heads[i].takes_logits = found = true;
        p->heads[i].loss_input = x;
    }
    return found;
}

/* An activation does not overwrite its input if something else reads that: its gradient, another layer, or a loss. */
static int add_activation(plan *p, const call *c, int x)
{
    const activation *a = c->layer->activation;
    const bool behind_loss = is_behind_loss(p, c, x);
    const plan_array *owner = owner_of(p, x);
    const bool keeps_input =
        behind_loss || (owner->activated && p->training) || owner->branches || (a->reads_z && p->training);
    int y = add_array(p, c->outputs, c->output_rows, keeps_input ? -1 : p->arrays[x].data_of);
    owner_of(p, y)->activated = true;
    p->arrays[y].mask = p->arrays[x].mask;
    return add_step(p, NULL, a, x, y);
}

/* ---- readers ---- */

/* Views read the data of their first input only. The model's outputs are read by the losses and the caller. */
static void count_reads(plan *p)
{
    for (size_t i = 0; i < p->call_count; i++) {
        const call *c = p->calls[i];
        const size_t count = c->layer->class->flags & LAYER_IS_VIEW && c->input_count ? 1 : c->input_count;
        for (size_t k = 0; k < count; k++) p->reads[c->values[k]]++;
    }
    for (size_t i = 0; i < p->head_count; i++) p->reads[p->list->outputs[i]]++;
}

/* A value that several read keeps the data that it has, whoever else shares them. */
static void set_value(plan *p, size_t value, int array)
{
    p->of_values[value] = array;
    if (p->reads[value] > 1) owner_of(p, array)->branches = true;
}

/* Each loss has a gradient, and so has an output with an activity regularizer. */
static void begin_gradients(plan *p)
{
    for (size_t i = 0; i < p->head_count; i++) {
        plan_head *h = &p->heads[i];
        plan_array *x = owner_of(p, h->loss_input);
        const plan_array *values = &p->arrays[p->arrays[h->output].values_of];
        if (!p->model->heads[i].loss && (!values->activity.class || x->begun)) continue;
        h->begins = !x->begun;
        h->adds = x->begun;
        x->begun = true;
    }
}

/* Backward runs the steps in reverse: who is the first to have a gradient for an array overwrites it, the others add. A step
 * that works in place replaces the gradient of its output. */
static void order_gradients(plan *p)
{
    begin_gradients(p);
    for (size_t i = p->step_count; i-- > 0;) {
        plan_step *step = &p->steps[i];
        step->runs_backward =
            owner_of(p, step->y)->begun && (!step->call || step->call->layer->class->backward);
        for (size_t k = 0; step->runs_backward && k < step->input_count; k++) {
            plan_input *in = &step->inputs[k];
            plan_array *x = owner_of(p, in->array);
            in->adds = x->begun && !shares_data(p, in->array, step->y);
            x->begun = true;
        }
    }
}

/* ---- fusion ---- */

/* A ReLU that works in place; it may have a greatest value. */
static bool is_relu(const plan *p, const plan_step *step)
{
    return step->activation && step->activation->top > 0 && shares_data(p, step->x, step->y);
}

static bool has_flag(const plan_step *step, unsigned flag)
{
    return step->call && step->call->layer->class->flags & flag;
}

/* backward reads y to apply the gradient of the ReLU; an activation that overwrote y would make that impossible. */
static bool turns_relu(const plan *p, const plan_step *step)
{
    return has_flag(step, LAYER_TURNS_RELU) && !owner_of(p, step->y)->activated;
}

/* Fuses ReLU into the layer that made its input and the one layer that reads its output, which saves passes over memory. */
static void join_relu(plan *p)
{
    for (size_t i = 1; i < p->step_count; i++) {
        plan_step *step = &p->steps[i], *before = step - 1, *behind = i + 1 < p->step_count ? step + 1 : NULL;
        if (!is_relu(p, step)) continue;
        const unsigned applies = step->activation->is_relu ? LAYER_APPLIES_RELU : LAYER_APPLIES_TOP;
        if (has_flag(before, applies) && shares_data(p, before->y, step->x)) {
            before->relu_forward = step->relu_forward = true;
            before->top = step->activation->top;
        }
        if (behind && step->activation->is_relu && turns_relu(p, behind) &&
            shares_data(p, step->y, behind->x) && !owner_of(p, step->y)->branches)
            behind->relu_backward = step->relu_backward = true;
    }
}

void plan_lay_out(plan *p)
{
    count_reads(p);
    set_value(p, 0, add_input_array(p, &p->list->input));
    for (size_t i = 0; i < p->head_count; i++) p->heads[i].loss_input = -1;
    for (size_t i = 0; i < p->call_count; i++) {
        const call *c = p->calls[i];
        int x = c->input_count ? add_call(p, c, p->of_values[c->values[0]]) : add_input_array(p, c->outputs);
        if (c->layer->activation) x = add_activation(p, c, x);
        add_activity(p, x, &c->layer->activity, c->output_rows ? c->output_rows : 1);
        set_value(p, i + 1, x);
    }
    for (size_t i = 0; i < p->head_count; i++) {
        p->heads[i].output = p->of_values[p->list->outputs[i]];
        if (p->heads[i].loss_input < 0) p->heads[i].loss_input = p->heads[i].output;
    }
    for (size_t i = 0; i < p->model_inputs; i++) p->input_arrays[i] = p->of_values[p->list->inputs[i]];
    join_relu(p);
    if (p->training) order_gradients(p);
}

void plan_list_coupled(plan *p)
{
    for (size_t i = 0; i < p->step_count; i++) {
        const call *c = p->steps[i].call;
        if (c && layer_couples(c->layer, p->training)) p->coupled[p->coupled_count++] = i;
    }
}
