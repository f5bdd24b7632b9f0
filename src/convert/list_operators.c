/* The operators that can be read, and those of them that can be run; see list_operators.h. */
#include "convert/list_operators.h"

#include "lower/lower.h"
#include "onnx/onnx.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b) {
    const struct onnx_operator *left = a, *right = b;
    return strcmp(left->name, right->name);
}

/* A BatchNormalization is made a convolution. */
static bool runs(const struct onnx_operator *operator) {
    return operator->op == OP_COUNT || operator->op == OP_BatchNormalization ||
        lowering_rules[operator->op].lower;
}

bool list_operators(FILE *stream) {
    struct onnx_operator operator, * list;
    int count = 0, named = 0;
    while (onnx_operator(count, &operator))
        count++;
    list = malloc((size_t)count * sizeof *list);
    if (!list)
        return false;
    for (int i = 0; i < count; i++)
        if (onnx_operator(i, &operator) && operator.name)
            list[named++] = operator;
    qsort(list, (size_t)named, sizeof *list, by_name);
    for (int i = 0; i < named; i++)
        fprintf(stream, "%-24s opset %2d to %d  %s\n", list[i].name, list[i].first, list[i].last,
                runs(&list[i]) ? "runs" : "folds");
    free(list);
    return true;
}
