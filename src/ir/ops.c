/* The operator table as data, made from ops.def; and the names of units. */
#include "ir/graph.h"

#include <string.h>

const struct op_info op_infos[OP_COUNT] = {
#define OP(name, since, inputs_min, inputs_max, outputs_max, trait, class)                         \
    [OP_##name] = {#name, since, inputs_min, inputs_max, outputs_max, TRAIT_##trait, CLASS_##class},
#include "ir/ops.def"
#undef OP
};

enum op op_of_name(const char *name) {
    enum op op = 0;
    while (op < OP_COUNT && strcmp(op_infos[op].name, name))
        op++;
    return op;
}

static const char *const unit_kind_names[UNIT_KINDS] = {
    [UNIT_NONE] = "none", [UNIT_UNIT] = "unit", [UNIT_OPENING] = "opening",
    [UNIT_STEM] = "stem", [UNIT_TAIL] = "tail",
};

const char *unit_kind_name(enum unit_kind kind) {
    return unit_kind_names[kind];
}

enum unit_kind unit_kind_of_name(const char *name) {
    for (int kind = 0; kind < UNIT_KINDS; kind++)
        if (!strcmp(unit_kind_names[kind], name))
            return (enum unit_kind)kind;
    return UNIT_NONE;
}
