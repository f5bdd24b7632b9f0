/* protobuf-c's allocator over an arena; see budget.h. */
#include "onnx/budget.h"

static void *budget_alloc(void *data, size_t size) {
    struct budget *budget = data;
    void *memory = NULL;
    if (budget->allocations_left != 0)
        memory = arena_alloc(&budget->arena, 1, size);
    if (budget->allocations_left > 0)
        budget->allocations_left--;
    if (!memory)
        budget->exhausted = true;
    return memory;
}

static void keep(void *data, void *memory) {
    (void)data;
    (void)memory;
}

void budget_init(struct budget *budget, uint64_t bytes) {
    *budget = (struct budget){
        .allocator = {.alloc = budget_alloc, .free = keep, .allocator_data = budget},
        .allocations_left = -1,
    };
    arena_init(&budget->arena, bytes);
}

void budget_free(struct budget *budget) {
    arena_free(&budget->arena);
}
