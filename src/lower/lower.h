/* What the lowering functions share. Each operator family has a refuse_ and a lower_ function
 * (lowerings.def); nothing is lowered before every node was asked whether it can be, so the only
 * failure of a lower_ function is that memory ran out: it returns false. */
#ifndef LOWER_LOWER_H
#define LOWER_LOWER_H

#include "lower/program.h"

enum { NO_TENSOR = 0xffffffff };

/* `count` channels of `base`, `step` apart, which are the channels from `start` of some value. */
struct span {
    const struct value *base;
    int32_t start, first, count, step;
};

/* Where the channels of a value lie, in their order; bases are values that have a tensor. */
struct channels {
    int32_t count;
    const struct span *spans;
};

/* Weights to be packed: element (g, m, t, k) of [groups][outputs][taps][inputs] is
 * scale * source[g * group_stride + m * output_stride + t * tap_stride + k * input_stride],
 * and goes to lane m % 16 of [groups][ceil(outputs / 16)][taps][inputs][16] at `offset`. */
struct packing {
    const float *source; /* NULL: zeros */
    float scale;
    int64_t groups, outputs, taps, inputs;
    int64_t group_stride, output_stride, tap_stride, input_stride;
    uint64_t offset;
};

struct lowering {
    const struct graph *graph;
    struct arena *arena;
    struct program *program;
    uint32_t tensor_capacity, run_capacity, command_capacity, residue_capacity, string_capacity;
    const struct node **nodes; /* by command: the node it came from, or NULL for a conversion */
    uint32_t node_capacity;
    struct packing *packings;
    uint32_t packing_count, packing_capacity;

    /* By value id: */
    struct channels *channels; /* count 0: not asked for yet */
    uint32_t *feature_maps;    /* its tensor in that layout, or NO_TENSOR */
    uint32_t *row_majors;
    int32_t *uses; /* by the nodes that are lowered and by graph outputs */
};

/* ---- support.c ---- */

struct lowering_rule {
    const char *(*refuse)(const struct node *node);
    bool (*lower)(struct lowering *lowering, const struct node *node);
    int operands;
};

/* NULL functions where the operator has no command. */
extern const struct lowering_rule lowering_rules[OP_COUNT];

/* SNV2_UNSUPPORTED, naming every node of `order`, graph input and output that cannot be lowered. */
enum snv2_status check_support(const struct graph *graph, struct node *const *order, int32_t count,
                               struct arena *arena, struct snv2_diagnostic *diagnostic);

/* ---- append.c: the growing lists of the program ---- */

/* `items`, or a copy of it, with room for one item more than `count`; NULL where memory ran out. */
void *list_grow(struct arena *arena, void *items, uint32_t count, uint32_t *capacity, size_t size);

/* The offset of a copy of `text` in the strings. */
bool append_string(struct lowering *lowering, const char *text, uint32_t *offset);
bool append_tensor(struct lowering *lowering, const struct snv2_blob_tensor *tensor,
                   uint32_t *number);
bool append_run(struct lowering *lowering, const struct snv2_blob_run *run);

/* `node` is NULL for a conversion, whose name is `name`. */
bool append_command(struct lowering *lowering, const struct node *node, const char *name,
                    struct snv2_blob_command *command);
bool append_residue(struct lowering *lowering, const struct residue *residue);

/* A command without operands, weights and activation. */
struct snv2_blob_command new_command(enum snv2_blob_opcode opcode);

/* ---- views.c ---- */

const struct channels *channels_of(struct lowering *lowering, const struct value *value);

/* The value that `value` is the whole of, in its order, of the same rank; else NULL. */
const struct value *whole_base(struct lowering *lowering, const struct value *value);

/* ---- layout.c: tensors and the conversions between layouts ---- */

/* The tensors of the graph's inputs and outputs, which are the first ones. */
bool append_boundary_tensors(struct lowering *lowering);

/* Makes the command's operand `index` the channels of `value` as feature maps. */
bool set_command_operand(struct lowering *lowering, struct snv2_blob_command *command, int index,
                         const struct value *value);

/* The same for a value that is one row-major tensor as a whole, in one run. */
bool set_row_major_operand(struct lowering *lowering, struct snv2_blob_command *command, int index,
                           const struct value *base);

/* A feature map in the arena for `value`; the command's output. */
bool set_feature_map_output(struct lowering *lowering, struct snv2_blob_command *command,
                            const struct value *value);

/* A row-major tensor for `value`: the graph output's own where nobody else reads the value. */
bool set_row_major_output(struct lowering *lowering, struct snv2_blob_command *command,
                          const struct value *value);

/* The conversions that write the graph outputs which no command wrote directly. */
bool append_output_conversions(struct lowering *lowering);

/* ---- weights.c ---- */

/* Reserves room in the weights, 64-aligned; *offset is where the packed weights will stand. */
bool append_packing(struct lowering *lowering, const struct packing *packing, uint64_t *offset);

/* Allocates the weights and packs all of them. */
bool pack_weights(struct lowering *lowering);

/* ---- window.c ---- */

/* The explicit attributes of a two-dimensional window. */
struct snv2_blob_window make_window(const struct ints *kernel, const struct ints *strides,
                                    const struct ints *dilations, const struct ints *pads);

/* ---- marks.c ---- */

bool append_marks(struct lowering *lowering);

/* ---- the families of lowerings.def ---- */

const char *refuse_not_planes(const struct node *node); /* input 0 must be [N,C,H,W] */
void set_activation(struct snv2_blob_command *command, enum activation activation, float alpha,
                    float beta);
/* A constant of float32, or no operand at all. */
bool is_weights(const struct value *value);

#define FAMILY(name)                                                                               \
    const char *refuse_##name(const struct node *node);                                            \
    bool lower_##name(struct lowering *lowering, const struct node *node);
FAMILY(add)
FAMILY(average_pool)
FAMILY(clip)
FAMILY(conv)
FAMILY(gemm)
FAMILY(global_average_pool)
FAMILY(max_pool)
FAMILY(relu)
FAMILY(renaming)
FAMILY(view)
#undef FAMILY

#endif
