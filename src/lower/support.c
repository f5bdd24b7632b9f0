/* What can be lowered: the table of lowerings.def, and the one message that names everything for
 * which there is no command. */
#include "lower/lower.h"

#include "base/checked.h"

#include <stdio.h>

const struct lowering_rule lowering_rules[OP_COUNT] = {
#define LOWERING(op, family, operands, types)                                                      \
    [OP_##op] = {refuse_##family, lower_##family, operands, TYPES_##types},
#include "lower/lowerings.def"
#undef LOWERING
};

/* Something that cannot be lowered: `what` is an operator, or the graph's input or output. */
struct refusal {
    const char *what, *reason; /* reason: "" where the operator as such has no command */
    const char *name;
    bool named; /* it stands in the message */
};

/* Refusals in the order in which they were found. */
struct refusals {
    struct refusal *list;
    uint32_t count, capacity;
};

static bool refuse(struct refusals *refusals, struct arena *arena, const char *what,
                   const char *reason, const char *name) {
    if (!reason)
        return true;
    struct refusal *list = list_grow(arena, refusals->list, refusals->count, &refusals->capacity,
                                     sizeof *refusals->list);
    if (!list)
        return false;
    refusals->list = list;
    refusals->list[refusals->count++] = (struct refusal){what, reason, name, false};
    return true;
}

/* A real of another type between two Casts: a float32, rounded. */
static bool is_rounded(const struct value *value) {
    return dtype_is_real(value->dtype) && value->producer && value->producer->op == OP_Cast &&
           value->producer->inputs[0]->dtype == DTYPE_FLOAT32;
}

/* Whether a float32 holds each integer of what is known. An integer that is not known comes from
 * the caller as a float32, or from a command that makes NaN of what no float32 holds. */
static bool is_held(const struct value *value) {
    if (dtype_is_real(value->dtype))
        return true;
    struct tensor tensor = value_tensor(value);
    int64_t count = value_is_constant(value) ? shape_elements(&value->shape) : 0;
    for (int64_t i = 0; i < count; i++)
        if (!float_holds_integer(value->dtype, tensor_int(&tensor, i)))
            return false;
    return true;
}

/* Why no tensor can hold the value, or NULL. */
static const char *refuse_value(const struct value *value, enum lowering_types types) {
    const struct shape *shape = &value->shape;
    uint64_t lanes, bytes;
    if (types == TYPES_REAL && value->dtype != DTYPE_FLOAT32 && !is_rounded(value))
        return "of a type other than float32";
    if (!is_held(value))
        return "of numbers that are no float32";
    if (shape_elements(shape) == 0)
        return "on tensors without elements";
    if (shape->rank >= 2 && shape->dims[1] > INT32_MAX)
        return "on tensors of too many channels";
    if (shape->rank == 4 && (!checked_align((uint64_t)shape->dims[1], SNV2_BLOB_LANES, &lanes) ||
                             !checked_mul((uint64_t)(shape_elements(shape) / shape->dims[1]),
                                          lanes * sizeof(float), &bytes) ||
                             bytes > INT64_MAX))
        return "on tensors too large to address";
    return NULL;
}

static const char *refuse_node(const struct node *node) {
    const struct lowering_rule *rule = &lowering_rules[node->op];
    if (!rule->lower)
        return "";
    const char *reason = NULL;
    for (int32_t i = 0; i < node->output_count && !reason; i++)
        reason = refuse_value(node->outputs[i], rule->types);
    for (int32_t i = 0; i < node->input_count && i < rule->operands && !reason; i++)
        if (node->inputs[i])
            reason = refuse_value(node->inputs[i], rule->types);
    return reason ? reason : rule->refuse(node);
}

/* What to try where something is computed before what is refused. */
static const char suggestion[] = "; --cut OUTPUT converts what comes before them";

/* Text that grows in a buffer of fixed size and is cut at its end. */
struct message {
    char text[sizeof((struct snv2_diagnostic *)0)->message - sizeof suggestion];
    size_t used;
};

static void append(struct message *message, const char *format, const char *text) {
    int length =
        snprintf(message->text + message->used, sizeof message->text - message->used, format, text);
    if (length > 0)
        message->used += (size_t)length;
    if (message->used >= sizeof message->text)
        message->used = sizeof message->text - 1;
}

/* "Gemm with transA ('a', 'b')": refusal `first` and all those behind it of the same kind. */
static void append_group(struct message *message, struct refusals *refusals, uint32_t first) {
    enum { NAMES_MAX = 8 };
    const struct refusal *head = &refusals->list[first];
    uint32_t names = 0;
    append(message, "%s", head->what);
    append(message, head->reason[0] ? " %s" : "%s", head->reason);
    append(message, "%s", " (");
    for (uint32_t i = first; i < refusals->count; i++) {
        struct refusal *refusal = &refusals->list[i];
        if (refusal->what != head->what || refusal->reason != head->reason)
            continue;
        char name[64];
        sanitize_text(name, sizeof name, refusal->name);
        refusal->named = true;
        if (names < NAMES_MAX)
            append(message, names ? ", '%s'" : "'%s'", name);
        names++;
    }
    char more[32];
    snprintf(more, sizeof more, "%u", names - (names < NAMES_MAX ? names : NAMES_MAX));
    append(message, names > NAMES_MAX ? " and %s more)" : ")", more);
}

/* What is refused reaches its readers. Returns whether the node computes something without it. */
static bool follow_refusal(const struct node *node, bool refused, bool *reached) {
    for (int32_t i = 0; i < node->input_count; i++)
        refused = refused || (node->inputs[i] && reached[node->inputs[i]->id]);
    for (int32_t i = 0; i < node->output_count; i++)
        reached[node->outputs[i]->id] = refused;
    return !refused && op_infos[node->op].class == CLASS_COMPUTE;
}

enum snv2_status check_support(const struct graph *graph, struct node *const *order, int32_t count,
                               struct arena *arena, struct snv2_diagnostic *diagnostic) {
    struct refusals refusals = {0};
    bool *reached = arena_alloc(arena, (size_t)graph->value_count, sizeof *reached);
    bool memory = reached, computes = false;
    for (int32_t i = 0; i < graph->input_count && memory; i++) {
        const struct value *input = graph->inputs[i];
        const char *reason = refuse_value(input, TYPES_NUMBERS);
        reached[input->id] = reason;
        memory = refuse(&refusals, arena, "graph input", reason, input->name);
    }
    for (int32_t i = 0; i < count && memory; i++) {
        const char *reason = refuse_node(order[i]);
        computes |= follow_refusal(order[i], reason, reached);
        memory = refuse(&refusals, arena, op_infos[order[i]->op].name, reason, order[i]->name);
    }
    for (int32_t i = 0; i < graph->output_count; i++) {
        const struct value *output = graph->outputs[i];
        const char *reason = refuse_value(output, TYPES_NUMBERS);
        memory &= refuse(&refusals, arena, "graph output", reason, output->name);
    }
    if (!memory)
        return diagnose_no_memory(diagnostic);
    if (refusals.count == 0)
        return SNV2_OK;
    struct message message = {.used = 0};
    append(&message, "%s", "no command for: ");
    for (uint32_t i = 0; i < refusals.count; i++)
        if (!refusals.list[i].named) {
            append(&message, "%s", i ? ", " : "");
            append_group(&message, &refusals, i);
        }
    return diagnose(diagnostic, SNV2_UNSUPPORTED, "%s%s", message.text, computes ? suggestion : "");
}
