/* MaxPool, AveragePool, GlobalAveragePool: one command each; GlobalMaxPool is a MaxPool. */
#include "lower/lower.h"

const char *refuse_not_planes(const struct node *node) {
    return node->inputs[0]->shape.rank == 4 ? NULL : "that is not two-dimensional";
}

const char *refuse_max_pool(const struct node *node) {
    return refuse_not_planes(node);
}

const char *refuse_average_pool(const struct node *node) {
    return refuse_not_planes(node);
}

const char *refuse_global_average_pool(const struct node *node) {
    return refuse_not_planes(node);
}

static bool lower_pool(struct lowering *lowering, const struct node *node,
                       struct snv2_blob_command *command) {
    return set_map_operand(lowering, command, 0, node->inputs[0]) &&
           set_map_output(lowering, command, node->outputs[0]) &&
           append_command(lowering, node, node->name, command);
}

bool lower_max_pool(struct lowering *lowering, const struct node *node) {
    const struct MaxPool_attributes *pool = &node->attributes.MaxPool;
    struct snv2_blob_command command = new_command(SNV2_OPCODE_MAX_POOL);
    command.window =
        make_window(&pool->kernel_shape, &pool->strides, &pool->dilations, &pool->pads);
    return lower_pool(lowering, node, &command);
}

const char *refuse_max_pool_indices(const struct node *node) {
    if (shape_elements(&node->inputs[0]->shape) > SNV2_MAX_POSITIONS)
        return "of more elements than a float counts";
    return refuse_not_planes(node);
}

bool lower_max_pool_indices(struct lowering *lowering, const struct node *node) {
    const struct MaxPoolIndices_attributes *pool = &node->attributes.MaxPoolIndices;
    struct snv2_blob_command command = new_command(SNV2_OPCODE_MAX_POOL_INDICES);
    command.window =
        make_window(&pool->kernel_shape, &pool->strides, &pool->dilations, &pool->pads);
    command.mode = pool->storage_order ? SNV2_POOL_COLUMNS_FIRST : 0;
    return lower_pool(lowering, node, &command);
}

bool lower_average_pool(struct lowering *lowering, const struct node *node) {
    const struct AveragePool_attributes *pool = &node->attributes.AveragePool;
    struct snv2_blob_command command = new_command(SNV2_OPCODE_AVERAGE_POOL);
    command.window =
        make_window(&pool->kernel_shape, &pool->strides, &pool->dilations, &pool->pads);
    command.mode = pool->count_include_pad ? SNV2_POOL_COUNTS_PADDING : 0;
    return lower_pool(lowering, node, &command);
}

bool lower_global_average_pool(struct lowering *lowering, const struct node *node) {
    struct snv2_blob_command command = new_command(SNV2_OPCODE_GLOBAL_AVERAGE_POOL);
    return lower_pool(lowering, node, &command);
}

const char *refuse_global_max_pool(const struct node *node) {
    const struct shape *shape = &node->inputs[0]->shape;
    if (shape->rank == 4 && (shape->dims[2] > UINT16_MAX || shape->dims[3] > UINT16_MAX))
        return "of more than 65535 rows or columns";
    return refuse_not_planes(node);
}

bool lower_global_max_pool(struct lowering *lowering, const struct node *node) {
    const int64_t *dims = node->inputs[0]->shape.dims;
    struct snv2_blob_command command = new_command(SNV2_OPCODE_MAX_POOL);
    command.window = (struct snv2_blob_window){
        .kernel = {(uint16_t)dims[2], (uint16_t)dims[3]},
        .stride = {1, 1},
        .dilation = {1, 1},
    };
    return lower_pool(lowering, node, &command);
}
