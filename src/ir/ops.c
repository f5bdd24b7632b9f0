/* The operator table as data, made from ops.def. */
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
