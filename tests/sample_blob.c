/* The sample network of sample_blob.h: as a blob, and as plain loops. Both take a weight from the
 * same formula, by logical indices; the blob's place for it is worked out here, from blob.h. */
#include "tests/sample_blob.h"

#include <stdbool.h>
#include <string.h>

enum { N = SAMPLE_IMAGES, CLASSES = 5 };

/* A small integer that depends on all four. */
static float weight(int layer, int output, int input, int tap) {
    return (float)((layer * 5 + output * 7 + input * 3 + tap * 11) % 5 - 2);
}

static float bias(int layer, int output) {
    return (float)((layer + output * 3) % 7 - 3);
}

/* The order in which COMMAND_POINT reads the channels of TENSOR_POOL: 10 to 19, then 9 to 0. */
static int point_channel(int k) {
    return k < 10 ? 10 + k : 19 - k;
}

/* Blocks of 16 outputs of one group: [blocks][taps][inputs][16]. */
static void fill_blocks(struct blob_builder *builder, struct snv2_blob_command *command, int layer,
                        int groups, int outputs, int taps, int inputs) {
    int blocks = (outputs + 15) / 16;
    size_t rows = (size_t)(groups * blocks * taps * inputs);
    command->weights = builder_weights(builder, rows * 16);
    command->bias = builder_weights(builder, (size_t)(groups * blocks * 16));
    float *weights = builder->weights + command->weights / sizeof(float);
    float *biases = builder->weights + command->bias / sizeof(float);
    for (int output = 0; output < groups * outputs; output++) {
        int in_group = output % outputs, block = output / outputs * blocks + in_group / 16;
        biases[block * 16 + in_group % 16] = bias(layer, output);
        for (int tap = 0; tap < taps; tap++)
            for (int k = 0; k < inputs; k++)
                weights[((block * taps + tap) * inputs + k) * 16 + in_group % 16] =
                    weight(layer, output, k, tap);
    }
}

static const struct snv2_blob_window window_1x1 = {
    .kernel = {1, 1}, .stride = {1, 1}, .dilation = {1, 1}};
static const struct snv2_blob_window window_3x3 = {
    .kernel = {3, 3}, .stride = {1, 1}, .dilation = {1, 1}, .pad = {1, 1, 1, 1}};
static const struct snv2_blob_window window_pool = {
    .kernel = {3, 3}, .stride = {2, 2}, .dilation = {1, 1}, .pad = {1, 1, 1, 1}};

void sample_build(struct blob_builder *builder) {
    const int64_t input[] = {N, 3, SAMPLE_SIZE, SAMPLE_SIZE}, map[] = {N, 24, 4, 4};
    const int64_t scores[] = {N, CLASSES};
    struct snv2_blob_command *command;
    builder_init(builder);
    builder_graph_tensor(builder, SNV2_PLACE_INPUT, 0, "image", 4, input);
    builder_map(builder, N, 20, SAMPLE_SIZE, SAMPLE_SIZE);
    builder_map(builder, N, 20, 4, 4);
    for (int tensor = TENSOR_POINT; tensor <= TENSOR_MEAN; tensor++)
        builder_map(builder, N, 24, 4, 4);
    uint64_t arena_bytes = builder->arena_bytes;
    uint32_t global = builder_map(builder, N, 24, 1, 1);
    builder->tensors[global].offset = builder->tensors[TENSOR_STEM].offset;
    builder->arena_bytes = arena_bytes;
    builder_graph_tensor(builder, SNV2_PLACE_OUTPUT, 1, "map", 4, map);
    builder_graph_tensor(builder, SNV2_PLACE_OUTPUT, 0, "scores", 2, scores);
    builder_map(builder, N, 3, SAMPLE_SIZE, SAMPLE_SIZE);
    builder_map(builder, N, 20, 8, 8);
    builder_map(builder, N, 20, 4, 3);
    builder_map(builder, N, 20, 4, 3);
    struct snv2_blob_tensor *turned = &builder->tensors[builder->tensor_count++];
    *turned = (struct snv2_blob_tensor){
        .dtype = 1,
        .place = SNV2_PLACE_ARENA,
        .rank = 4,
        .owner = TENSOR_SHARE,
        .bytes = ((uint64_t)N * 4 * 3 * 32 - 32 + 20) * sizeof(float),
        .dims = {N, 20, 3, 4},
        .strides = {4 * 3 * 32, 1, 32, 3 * 32},
    };
    builder_map(builder, N, 20, 4, 4);
    builder_map(builder, N, 20, 4, 4);
    builder_map(builder, N, 20, 4, 2);
    builder_map(builder, N, 20, 4, 4);
    builder_map(builder, N, 20, 2, 2);
    builder_map(builder, N, 20, 1, 4);
    builder_map(builder, N, 20, 1, 4);
    builder_map(builder, N, 20, 1, 4);
    builder_map(builder, N, 20, 4, 4);
    builder_map(builder, N, 20, 1, 4);

    command = builder_command(builder, SNV2_OPCODE_CONV, builder_whole(builder, TENSOR_INPUT),
                              TENSOR_STEM);
    command->name = builder_string(builder, "stem");
    command->activation = SNV2_ACTIVATION_RELU;
    command->group = 1;
    command->window = window_3x3;
    fill_blocks(builder, command, COMMAND_STEM, 1, 20, 9, 3);

    command = builder_command(builder, SNV2_OPCODE_MAX_POOL, builder_whole(builder, TENSOR_STEM),
                              TENSOR_POOL);
    command->window = window_pool;

    struct snv2_blob_operand runs = {builder_run(builder, TENSOR_POOL, 10, 10, 1), 2};
    builder_run(builder, TENSOR_POOL, 9, 10, -1);
    command = builder_command(builder, SNV2_OPCODE_CONV, runs, TENSOR_POINT);
    command->group = 1;
    command->window = window_1x1;
    fill_blocks(builder, command, COMMAND_POINT, 1, 24, 1, 20);

    command = builder_command(builder, SNV2_OPCODE_DEPTHWISE, builder_whole(builder, TENSOR_POINT),
                              TENSOR_DEPTH);
    command->group = 24;
    command->window = window_3x3;
    fill_blocks(builder, command, COMMAND_DEPTH, 1, 24, 9, 1);

    command = builder_command(builder, SNV2_OPCODE_CONV, builder_whole(builder, TENSOR_DEPTH),
                              TENSOR_GROUP);
    command->group = 2;
    command->window = window_1x1;
    fill_blocks(builder, command, COMMAND_GROUP, 2, 12, 1, 12);

    command = builder_command(builder, SNV2_OPCODE_BINARY, builder_whole(builder, TENSOR_POINT),
                              TENSOR_SUM);
    command->operands[1] = (struct snv2_blob_operand){builder->run_count, 2};
    builder_run(builder, TENSOR_GROUP, 0, 7, 1);
    builder_run(builder, TENSOR_GROUP, 7, 17, 1);

    builder_command(builder, SNV2_OPCODE_COPY, builder_whole(builder, TENSOR_SUM), TENSOR_COPY);

    command = builder_command(builder, SNV2_OPCODE_ACTIVATE, builder_whole(builder, TENSOR_COPY),
                              TENSOR_CLIP);
    command->activation = SNV2_ACTIVATION_CLIP;
    command->activation_alpha = -8;
    command->activation_beta = 24;

    command = builder_command(builder, SNV2_OPCODE_AVERAGE_POOL,
                              builder_whole(builder, TENSOR_CLIP), TENSOR_MEAN);
    command->mode = SNV2_POOL_COUNTS_PADDING;
    command->window = (struct snv2_blob_window){
        .kernel = {2, 2}, .stride = {1, 1}, .dilation = {1, 1}, .pad = {1, 1, 0, 0}};

    builder_command(builder, SNV2_OPCODE_GLOBAL_AVERAGE_POOL, builder_whole(builder, TENSOR_MEAN),
                    TENSOR_GLOBAL);
    builder_command(builder, SNV2_OPCODE_COPY, builder_whole(builder, TENSOR_CLIP), TENSOR_MAP);
    command = builder_command(builder, SNV2_OPCODE_FULLY_CONNECTED,
                              builder_whole(builder, TENSOR_GLOBAL), TENSOR_SCORES);
    fill_blocks(builder, command, COMMAND_SCORES, 1, CLASSES, 1, 24);
    builder_command(builder, SNV2_OPCODE_COPY, builder_whole(builder, TENSOR_INPUT), TENSOR_PLAIN);

    command = builder_command(builder, SNV2_OPCODE_CONV_TRANSPOSE,
                              builder_whole(builder, TENSOR_MEAN), TENSOR_TALL);
    command->group = 2;
    command->window = (struct snv2_blob_window){
        .kernel = {3, 2}, .stride = {2, 2}, .dilation = {1, 1}, .pad = {1, 0, 0, 0}};
    fill_blocks(builder, command, COMMAND_TALL, 2, 10, 6, 12);

    command = builder_command(builder, SNV2_OPCODE_RESIZE, builder_whole(builder, TENSOR_TALL),
                              TENSOR_HALF);
    command->mode = 2;
    command->first_index = 3;
    builder->index_count = 3 + 2 * (4 + 3);
    for (uint32_t i = 0; i < builder->index_count; i++)
        builder->indices[i] = i % 8;
    command->weights = builder_weights(builder, 2 * (4 + 3));

    command = builder_command(builder, SNV2_OPCODE_SOFTMAX, builder_whole(builder, TENSOR_HALF),
                              TENSOR_SHARE);
    command->axis = 1;

    command = builder_command(builder, SNV2_OPCODE_MATMUL, builder_whole(builder, TENSOR_SHARE),
                              TENSOR_PRODUCT);
    command->operands[1] = builder_whole(builder, TENSOR_TURNED);

    command = builder_command(builder, SNV2_OPCODE_REDUCE, builder_whole(builder, TENSOR_PRODUCT),
                              TENSOR_SUMS);
    command->mode = SNV2_REDUCE_MEAN;

    command = builder_command(builder, SNV2_OPCODE_CUMULATIVE_SUM,
                              builder_whole(builder, TENSOR_PRODUCT), TENSOR_RUNNING);
    command->mode = SNV2_CUMULATIVE_REVERSE;
    command->axis = 1;

    command = builder_command(builder, SNV2_OPCODE_TOP_K, builder_whole(builder, TENSOR_PRODUCT),
                              TENSOR_TOP);
    command->mode = SNV2_TOP_K_POSITIONS;
    command->axis = 3;

    command = builder_command(builder, SNV2_OPCODE_GATHER, builder_whole(builder, TENSOR_PRODUCT),
                              TENSOR_PICKED);
    command->operands[1] = builder_whole(builder, TENSOR_RUNNING);
    command->axis = 2;

    command = builder_command(builder, SNV2_OPCODE_MAX_POOL_INDICES,
                              builder_whole(builder, TENSOR_PRODUCT), TENSOR_LARGEST);
    command->window =
        (struct snv2_blob_window){.kernel = {2, 2}, .stride = {2, 2}, .dilation = {1, 1}};

    command = builder_command(builder, SNV2_OPCODE_INTEGER, builder_whole(builder, TENSOR_SUMS),
                              TENSOR_WHOLE);
    command->mode = SNV2_INTEGER_TRUNCATE;
    command->dtype = 5;

    command = builder_command(builder, SNV2_OPCODE_INTEGER_CONV,
                              builder_whole(builder, TENSOR_WHOLE), TENSOR_MIXED);
    command->mode = SNV2_INTEGER_CONV_SCALES;
    command->dtype = 6;
    command->group = 1;
    command->window = window_1x1;
    fill_blocks(builder, command, COMMAND_MIXED, 1, 20, 1, 20);
    builder_weights(builder, 32); /* the scales stand behind the bias */

    command = builder_command(builder, SNV2_OPCODE_INTEGER_MATMUL,
                              builder_whole(builder, TENSOR_SHARE), TENSOR_GRAM);
    command->operands[1] = builder_whole(builder, TENSOR_TURNED);
    command->operands[2] = builder_whole(builder, TENSOR_PRODUCT);
    command->dtype = 6;

    command = builder_command(builder, SNV2_OPCODE_INTEGER_REDUCE,
                              builder_whole(builder, TENSOR_GRAM), TENSOR_TOTAL);
    command->mode = SNV2_INTEGER_SUM;
    command->dtype = 7;
    command->rounds = 1;

    builder->marks[builder->mark_count++] =
        (struct snv2_blob_mark){SNV2_MARK_UNIT, COMMAND_POINT, 3, 0};
    builder->metadata[builder->metadata_count++] = (struct snv2_blob_metadata){
        builder_string(builder, "producer"), builder_string(builder, "a test")};
}

void sample_input(float *input) {
    for (int i = 0; i < SAMPLE_INPUT; i++)
        input[i] = (float)(i * 37 % 11 - 5);
}

/* ---- the same as plain loops ---- */

struct image {
    int channels, size; /* height and width */
    float data[24 * SAMPLE_SIZE * SAMPLE_SIZE];
};

/* The element at (y, x), or `outside` where that is not in the image. */
static float at(const struct image *image, int channel, int y, int x, float outside) {
    bool inside = y >= 0 && y < image->size && x >= 0 && x < image->size;
    return inside ? image->data[(channel * image->size + y) * image->size + x] : outside;
}

#define FOR_EACH_ELEMENT(image, c, y, x)                                                           \
    for (int c = 0; c < (image)->channels; c++)                                                    \
        for (int y = 0; y < (image)->size; y++)                                                    \
            for (int x = 0; x < (image)->size; x++)

static float *element(struct image *image, int channel, int y, int x) {
    return &image->data[(channel * image->size + y) * image->size + x];
}

static void evaluate_image(const float *input, float *scores, float *map) {
    static const struct image sized[] = {{3, 8, {0}}, {20, 8, {0}}, {20, 4, {0}}, {24, 4, {0}}};
    struct image plain = sized[0], stem = sized[1], pool = sized[2], point = sized[3];
    struct image depth = sized[3], group = sized[3], clip = sized[3];
    memcpy(plain.data, input, 3 * 8 * 8 * sizeof *input);
    FOR_EACH_ELEMENT(&stem, c, y, x) {
        float sum = bias(COMMAND_STEM, c);
        for (int tap = 0; tap < 9; tap++)
            for (int k = 0; k < 3; k++)
                sum += weight(COMMAND_STEM, c, k, tap) *
                       at(&plain, k, y + tap / 3 - 1, x + tap % 3 - 1, 0);
        *element(&stem, c, y, x) = sum > 0 ? sum : 0;
    }
    FOR_EACH_ELEMENT(&pool, c, y, x)
    for (int tap = 0; tap < 9; tap++) {
        float value = at(&stem, c, 2 * y + tap / 3 - 1, 2 * x + tap % 3 - 1, 0);
        if (value > *element(&pool, c, y, x)) /* nothing is below 0 */
            *element(&pool, c, y, x) = value;
    }
    FOR_EACH_ELEMENT(&point, c, y, x) {
        float sum = bias(COMMAND_POINT, c);
        for (int k = 0; k < 20; k++)
            sum += weight(COMMAND_POINT, c, k, 0) * at(&pool, point_channel(k), y, x, 0);
        *element(&point, c, y, x) = sum;
    }
    FOR_EACH_ELEMENT(&depth, c, y, x) {
        float sum = bias(COMMAND_DEPTH, c);
        for (int tap = 0; tap < 9; tap++)
            sum += weight(COMMAND_DEPTH, c, 0, tap) *
                   at(&point, c, y + tap / 3 - 1, x + tap % 3 - 1, 0);
        *element(&depth, c, y, x) = sum;
    }
    FOR_EACH_ELEMENT(&group, c, y, x) {
        float sum = bias(COMMAND_GROUP, c);
        for (int k = 0; k < 12; k++)
            sum += weight(COMMAND_GROUP, c, k, 0) * at(&depth, c / 12 * 12 + k, y, x, 0);
        *element(&group, c, y, x) = sum;
    }
    FOR_EACH_ELEMENT(&clip, c, y, x) {
        float sum = at(&point, c, y, x, 0) + at(&group, c, y, x, 0);
        *element(&clip, c, y, x) = sum < -8 ? -8 : sum > 24 ? 24 : sum;
    }
    memcpy(map, clip.data, 24 * 4 * 4 * sizeof *map);
    float means[24] = {0};
    FOR_EACH_ELEMENT(&clip, c, y, x) /* quarters and sixteenths of small integers: all exact */
    for (int tap = 0; tap < 4; tap++)
        means[c] += at(&clip, c, y + tap / 2 - 1, x + tap % 2 - 1, 0) / 4 / 16;
    for (int c = 0; c < CLASSES; c++) {
        scores[c] = bias(COMMAND_SCORES, c);
        for (int k = 0; k < 24; k++)
            scores[c] += weight(COMMAND_SCORES, c, k, 0) * means[k];
    }
}

void sample_expected(const float *input, float *scores, float *map) {
    for (int n = 0; n < N; n++)
        evaluate_image(input + n * SAMPLE_INPUT / N, scores + n * CLASSES,
                       map + n * SAMPLE_MAP / N);
}
