/* Checks one command of a blob: opcodes.def as a table, and what its columns mean. */
#include "base/checked.h"
#include "runtime/verify.h"

#include <inttypes.h>
#include <string.h>

enum { MAP = 1 << SNV2_LAYOUT_FEATURE_MAP, ROWS = 1 << SNV2_LAYOUT_ROW_MAJOR };

/* How the output's height and width come from the operand's. */
enum pixels { SAME_PIXELS, ONE_PIXEL, WINDOW, POOL_WINDOW };

/* The weights, and with them the group. */
enum weights { NO_WEIGHTS, GROUPED, DENSE, PER_CHANNEL, FULL };

struct opcode_rule {
    const char *name;
    uint8_t operands;
    uint8_t reads, writes; /* layouts: MAP, ROWS */
    bool keeps_channels;   /* the output has the operand's channels */
    enum pixels pixels;
    enum weights weights;
    uint8_t flags; /* those that may be set */
};

#define RULE_CONV 1, MAP, MAP, false, WINDOW, GROUPED, 0
#define RULE_CONV_PLANAR 1, ROWS, MAP, false, WINDOW, DENSE, 0
#define RULE_DEPTHWISE 1, MAP, MAP, true, WINDOW, PER_CHANNEL, 0
#define RULE_MAX_POOL 1, MAP, MAP, true, POOL_WINDOW, NO_WEIGHTS, 0
#define RULE_AVERAGE_POOL 1, MAP, MAP, true, POOL_WINDOW, NO_WEIGHTS, SNV2_POOL_COUNTS_PADDING
#define RULE_GLOBAL_AVERAGE_POOL 1, MAP, MAP, true, ONE_PIXEL, NO_WEIGHTS, 0
#define RULE_FULLY_CONNECTED 1, MAP | ROWS, ROWS, false, SAME_PIXELS, FULL, 0
#define RULE_ACTIVATE 1, MAP, MAP, true, SAME_PIXELS, NO_WEIGHTS, 0
#define RULE_ADD 2, MAP, MAP, true, SAME_PIXELS, NO_WEIGHTS, 0
#define RULE_COPY 1, MAP, MAP, true, SAME_PIXELS, NO_WEIGHTS, 0
#define RULE_TO_FEATURE_MAP 1, ROWS, MAP, true, SAME_PIXELS, NO_WEIGHTS, 0
#define RULE_TO_ROW_MAJOR 1, MAP, ROWS, true, SAME_PIXELS, NO_WEIGHTS, 0

static const struct opcode_rule rules[] = {
#define OPCODE(name, number, text) [number] = {#name, RULE_##name},
#include "snv2/opcodes.def"
#undef OPCODE
};

static const struct opcode_rule *find_rule(uint16_t opcode) {
    return opcode < sizeof rules / sizeof *rules && rules[opcode].name ? &rules[opcode] : NULL;
}

const char *opcode_name(uint16_t opcode) {
    const struct opcode_rule *rule = find_rule(opcode);
    return rule ? rule->name : NULL;
}

/* What is wrong with an operand, or NULL; its extents, the channels being those of all runs. */
static const char *operand_fault(const struct blob *blob, const struct opcode_rule *rule,
                                 const struct snv2_blob_operand *operand, struct extents *extents) {
    if (operand->run_count == 0)
        return "an operand is missing";
    if ((uint64_t)operand->first_run + operand->run_count > blob->run_count)
        return "an operand has runs that are not there";
    for (uint32_t i = 0; i < operand->run_count; i++) {
        const struct snv2_blob_run *run = &blob->runs[operand->first_run + i];
        const struct snv2_blob_tensor *tensor = &blob->tensors[run->tensor];
        bool row_major = tensor->layout == SNV2_LAYOUT_ROW_MAJOR;
        struct extents own;
        if (!(rule->reads & 1 << tensor->layout))
            return "an operand has the wrong layout";
        if (!tensor_extents(tensor, &own))
            return "an operand has neither 2 nor 4 dims";
        if (row_major && operand->run_count != 1)
            return "a row-major operand is one tensor";
        if (!row_major)
            own.channels = run->count;
        if (i == 0) {
            *extents = own;
            continue;
        }
        if (own.images != extents->images || own.height != extents->height ||
            own.width != extents->width)
            return "the tensors of an operand differ in images, height or width";
        extents->channels += own.channels; /* at most 2^22 runs below 2^32 */
    }
    return NULL;
}

static bool same_extents(const struct extents *a, const struct extents *b) {
    return a->images == b->images && a->channels == b->channels && a->height == b->height &&
           a->width == b->width;
}

/* Whether a window over `in` pixels gives `out` of them along an axis. */
static bool window_gives(const struct snv2_blob_window *window, int axis, uint64_t in, uint64_t out,
                         bool may_round_up) {
    if (window->kernel[axis] == 0 || window->stride[axis] == 0 || window->dilation[axis] == 0)
        return false;
    uint64_t extent = (uint64_t)window->dilation[axis] * (window->kernel[axis] - 1u) + 1;
    uint64_t padded = in + window->pad[axis] + window->pad[axis + 2];
    if (padded < extent)
        return false;
    uint64_t steps = (padded - extent) / window->stride[axis];
    bool rest = (padded - extent) % window->stride[axis] != 0;
    return out == steps + 1 || (may_round_up && rest && out == steps + 2);
}

static const char *pixels_fault(const struct opcode_rule *rule,
                                const struct snv2_blob_window *window, const struct extents *in,
                                const struct extents *out) {
    static const struct snv2_blob_window no_window = {.kernel = {0}};
    switch (rule->pixels) {
    case WINDOW:
    case POOL_WINDOW:
        if (!window_gives(window, 0, in->height, out->height, rule->pixels == POOL_WINDOW) ||
            !window_gives(window, 1, in->width, out->width, rule->pixels == POOL_WINDOW))
            return "the window over the operand does not give the output's height and width";
        return NULL;
    case SAME_PIXELS:
        if (in->height != out->height || in->width != out->width)
            return "operand and output differ in height or width";
        break;
    case ONE_PIXEL:
        if (out->height != 1 || out->width != 1)
            return "the output is not one pixel";
        break;
    }
    if (memcmp(window, &no_window, sizeof no_window) != 0)
        return "it has a window and needs none";
    return NULL;
}

/* Whether count floats stand at an aligned offset of the weights. */
static bool has_weights(const struct blob *blob, uint64_t offset, uint64_t count) {
    uint64_t bytes, end;
    return offset % SNV2_BLOB_ALIGNMENT == 0 && checked_mul(count, sizeof(float), &bytes) &&
           checked_add(offset, bytes, &end) && end <= blob->weights_bytes;
}

/* `groups` times the blocks of 16 of `outputs` outputs, each of taps * inputs rows of weights. */
static bool has_blocks(const struct blob *blob, const struct snv2_blob_command *command,
                       uint64_t groups, uint64_t outputs, uint64_t taps, uint64_t inputs) {
    uint64_t lanes, count;
    return checked_align(outputs, SNV2_BLOB_LANES, &lanes) && checked_mul(groups, lanes, &lanes) &&
           checked_mul(lanes, taps, &count) && checked_mul(count, inputs, &count) &&
           has_weights(blob, command->weights, count) && has_weights(blob, command->bias, lanes);
}

static const char *weights_fault(const struct blob *blob, const struct opcode_rule *rule,
                                 const struct snv2_blob_command *command, const struct extents *in,
                                 const struct extents *out) {
    uint64_t group = command->group;
    uint64_t taps = (uint64_t)command->window.kernel[0] * command->window.kernel[1];
    bool fits = false;
    switch (rule->weights) {
    case NO_WEIGHTS:
        if (group != 0 || command->weights != UINT64_MAX || command->bias != UINT64_MAX)
            return "it has a group, weights or a bias and needs none";
        return NULL;
    case GROUPED:
        if (group == 0 || in->channels % group != 0 || out->channels % group != 0)
            return "the group does not divide the channels";
        fits = has_blocks(blob, command, group, out->channels / group, taps, in->channels / group);
        break;
    case DENSE:
        if (group != 1)
            return "the group is not 1";
        fits = has_blocks(blob, command, 1, out->channels, taps, in->channels);
        break;
    case PER_CHANNEL:
        if (group != in->channels)
            return "the group is not the number of channels";
        fits = has_blocks(blob, command, 1, out->channels, taps, 1);
        break;
    case FULL:
        if (group != 0)
            return "it has a group and needs none";
        if (in->height != 1 || in->width != 1)
            return "the operand has more than one pixel";
        fits = has_blocks(blob, command, 1, out->channels, 1, in->channels);
        break;
    }
    return fits ? NULL : "its weights or bias are not aligned, or reach past the weights";
}

static bool is_zero(const uint32_t *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (words[i] != 0)
            return false;
    return true;
}

/* What the fields say that mean the same for every opcode. */
static const char *common_fault(const struct blob *blob, const struct opcode_rule *rule,
                                const struct snv2_blob_command *command) {
    if (command->activation > SNV2_ACTIVATION_CLIP)
        return "unknown activation";
    if (command->activation == SNV2_ACTIVATION_CLIP &&
        (command->activation_low != command->activation_low ||
         command->activation_high != command->activation_high))
        return "a bound of the activation is not a number";
    if ((command->flags & ~rule->flags) != 0 ||
        !is_zero(command->reserved, sizeof command->reserved / sizeof *command->reserved))
        return "unknown flags, or a reserved field that is not zero";
    for (int k = rule->operands; k < SNV2_BLOB_MAX_OPERANDS; k++)
        if (command->operands[k].run_count != 0)
            return "too many operands";
    if (command->output >= blob->tensor_count)
        return "there is no such output tensor";
    const struct snv2_blob_tensor *output = &blob->tensors[command->output];
    if (output->place != SNV2_PLACE_ARENA && output->place != SNV2_PLACE_OUTPUT)
        return "the output is a graph input or a constant";
    if (!(rule->writes & 1 << output->layout))
        return "the output has the wrong layout";
    return NULL;
}

static const char *command_fault(const struct blob *blob, const struct opcode_rule *rule,
                                 const struct snv2_blob_command *command) {
    const char *fault = common_fault(blob, rule, command);
    struct extents in = {0}, out, other;
    if (!fault)
        fault = operand_fault(blob, rule, &command->operands[0], &in);
    if (fault)
        return fault;
    if (rule->operands == 2) {
        fault = operand_fault(blob, rule, &command->operands[1], &other);
        if (fault)
            return fault;
        if (!same_extents(&in, &other))
            return "the two operands differ in dims";
    }
    if (!tensor_extents(&blob->tensors[command->output], &out))
        return "the output has neither 2 nor 4 dims";
    if (in.images != out.images)
        return "operand and output differ in the number of images";
    if (rule->keeps_channels && in.channels != out.channels)
        return "operand and output differ in channels";
    fault = pixels_fault(rule, &command->window, &in, &out);
    return fault ? fault : weights_fault(blob, rule, command, &in, &out);
}

enum snv2_status verify_command(const struct blob *blob, uint32_t index,
                                struct snv2_diagnostic *diagnostic) {
    const struct snv2_blob_command *command = &blob->commands[index];
    const struct opcode_rule *rule = find_rule(command->opcode);
    if (!rule)
        return bad_record(blob, SNV2_SECTION_COMMANDS, index, diagnostic, "unknown opcode %u",
                          command->opcode);
    const char *fault = command_fault(blob, rule, command);
    return fault ? bad_record(blob, SNV2_SECTION_COMMANDS, index, diagnostic, "%s", fault)
                 : SNV2_OK;
}
