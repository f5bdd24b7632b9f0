/* The memory of reading one file: an arena with a budget that protobuf-c allocates from. Everything
 * but the graph lives in it and ends with it. */
#ifndef ONNX_BUDGET_H
#define ONNX_BUDGET_H

#include "base/arena.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

struct budget {
    ProtobufCAllocator allocator; /* for protobuf-c; its frees do nothing */
    struct arena arena;
    int64_t allocations_left; /* the allocator fails when it is 0; -1: never. For tests. */
    bool exhausted;           /* the allocator has failed */
};

/* Must stay where it is until budget_free: the allocator points at it. */
void budget_init(struct budget *budget, uint64_t bytes);
void budget_free(struct budget *budget);

#endif
