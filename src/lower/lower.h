/* What the lowering functions share. Each operator family has a refuse_ and a lower_ function
 * (lowerings.def); nothing is lowered before every node was asked whether it can be, so the only
 * failure of a lower_ function is that memory ran out: it returns false. */
#ifndef LOWER_LOWER_H
#define LOWER_LOWER_H

#include "lower/geometry.h"
#include "lower/program.h"

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
    enum dtype halves;   /* what the elements are rounded to; DTYPE_NONE: stored as float32 */
    float scale;
    int64_t groups, outputs, taps, inputs;
    int64_t group_stride, output_stride, tap_stride, input_stride;
    uint64_t offset;
};

struct lowering {
    const struct graph *graph;
    struct arena *arena;
    struct program *program;
    enum dtype halves; /* what the weights of nodes that take_half_weights become, or DTYPE_NONE */
    uint32_t *views;   /* by tensor: the next view of the same base, or NO_TENSOR */
    uint32_t index_capacity, tensor_capacity, view_capacity, run_capacity, command_capacity,
        residue_capacity, string_capacity, frame_capacity;
    const struct node **nodes; /* by command: the node it came from, or NULL for a conversion */
    uint32_t node_capacity, operator_capacity;
    struct packing *packings;
    uint32_t packing_count, packing_capacity;

    /* By value id: */
    struct channels *channels; /* where it is not stored itself; count 0: not asked for yet */
    const struct snv2_blob_tensor **places; /* where it is stored whole, in its dims; or NULL */
    const struct snv2_blob_tensor **maps;   /* a feature map made of a place that is none */
    const struct snv2_blob_tensor **homes;  /* where it is to be stored; NULL: anywhere */
    const struct snv2_blob_tensor **frames; /* the bytes [N,C,H,W] that it is made of; or NULL */
    int32_t *uses;                          /* by the nodes that are lowered and by graph outputs */
    bool *rounds;                           /* an integer of which only real numbers are made */
};

/* ---- support.c ---- */

/* The types of operands and results: float32, or all that float32 holds at run time. */
enum lowering_types { TYPES_REAL, TYPES_NUMBERS };

struct lowering_rule {
    const char *(*refuse)(const struct node *node);
    bool (*lower)(struct lowering *lowering, const struct node *node);
    int operands;
    enum lowering_types types;
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

/* Room for so many more, to be filled in; NULL where memory ran out. */
uint32_t *append_indices(struct lowering *lowering, int64_t count, uint32_t *first);

/* `node` is NULL for a conversion, whose name is `name`. */
bool append_command(struct lowering *lowering, const struct node *node, const char *name,
                    struct snv2_blob_command *command);
bool append_residue(struct lowering *lowering, const struct residue *residue);

/* A command without operands, weights and activation. */
struct snv2_blob_command new_command(enum snv2_blob_opcode opcode);

/* ---- storage.c: where values are stored ---- */

/* The tensors of the graph's inputs and outputs, which are the first ones. */
bool append_boundary_tensors(struct lowering *lowering);

/* The whole of graph output `index`. */
struct snv2_blob_tensor output_place(const struct lowering *lowering, int32_t index);

/* A base for a value in the arena, not appended yet: a feature map (rank 4), or row-major. */
struct snv2_blob_tensor new_base(const struct value *value);

/* Appends a base; *base becomes the whole of it, as a view. */
bool append_base(struct lowering *lowering, struct snv2_blob_tensor *base);

/* The command's output: a row-major base that no value names; *base becomes its whole. */
bool set_scratch_output(struct lowering *lowering, struct snv2_blob_command *command,
                        const struct shape *shape, struct snv2_blob_tensor *base);

/* The number of the tensor that is that view: the base, one appended before, or a new one. */
bool append_view(struct lowering *lowering, const struct snv2_blob_tensor *view, uint32_t *number);

/* The place that holds the value whole; that of a constant, or of the numbers of a frame, is made
 * when it is asked for. NULL: it lies in several, or is not known yet, or (these) memory ran out.
 */
const struct snv2_blob_tensor *place_of(struct lowering *lowering, const struct value *value);

/* Says that the value is stored there. */
bool set_place(struct lowering *lowering, const struct value *value,
               const struct snv2_blob_tensor *place);

/* The command's output: the home of the value where convolutions can write there, else a feature
 * map; of rank 2: else row-major. */
bool set_map_output(struct lowering *lowering, struct snv2_blob_command *command,
                    const struct value *value);

/* The same for commands that write any strides. like: an operand in whose layout the result is. */
bool set_array_output(struct lowering *lowering, struct snv2_blob_command *command,
                      const struct value *value, const struct value *like);

/* ---- homes.c ---- */

/* Finds out which values are parts of others, or of graph outputs, and so need not be copied there.
 * A home is a wish: what is not stored there is copied when it is needed there. */
bool find_homes(struct lowering *lowering, struct node *const *order, int32_t count);

/* The values that a ChannelView joins, where each is joined as a whole; else *count is 0. */
bool view_parts(struct lowering *lowering, const struct node *node, const struct value ***parts,
                int32_t *count);

/* ---- lower_movement.c ---- */

/* Whether a part of `whole`, which has a home, along an axis is stored there. */
bool any_at_home(const struct lowering *lowering, const struct value *whole,
                 const struct value *const *parts, int32_t count, int axis);

/* Copies all other parts there, and stores the node's output in its home. */
bool join_parts(struct lowering *lowering, const struct node *node,
                const struct value *const *parts, int32_t count, int axis);

/* ---- views.c: values whose channels lie in several tensors ---- */

const struct channels *channels_of(struct lowering *lowering, const struct value *value);

/* ---- operands.c ---- */

/* Makes the command's operand `index` the channels of `value`, broadcast to `shape` where that is
 * another. */
bool set_array_operand(struct lowering *lowering, struct snv2_blob_command *command, int index,
                       const struct value *value, const struct shape *shape);

/* Makes it all of a place, of at least two dims. */
bool set_place_operand(struct lowering *lowering, struct snv2_blob_command *command, int index,
                       const struct snv2_blob_tensor *place);

/* The same for a command that reads maps, as feature maps. */
bool set_map_operand(struct lowering *lowering, struct snv2_blob_command *command, int index,
                     const struct value *value);

/* The place that holds the value whole, copied there if need be. NULL where memory ran out. */
const struct snv2_blob_tensor *store_whole(struct lowering *lowering, const struct value *value);

/* Copies the value to a place of the same dims, which is a residue. `node` is what it is named
 * after. */
bool append_copy(struct lowering *lowering, const struct value *value,
                 const struct snv2_blob_tensor *to, const char *node, const char *reason);

/* The same from place to place, of the same dims, at least one. */
bool append_place_copy(struct lowering *lowering, const struct snv2_blob_tensor *from,
                       const struct snv2_blob_tensor *to, const char *node, const char *reason);

/* Copies where a graph output is not stored yet. */
bool append_output_copies(struct lowering *lowering);

/* ---- lower_frame.c: what a Preprocess makes ---- */

/* The bytes that all channels of the value are made of, or NULL. */
const struct snv2_blob_tensor *frame_of(struct lowering *lowering, const struct value *value);

/* Makes the command's first operand the channels of a value with a frame, as bytes. */
bool set_frame_operand(struct lowering *lowering, struct snv2_blob_command *command,
                       const struct value *value);

/* Makes a place for a value with a frame, where anything else than a convolution reads it. */
bool store_frame(struct lowering *lowering, const struct value *value);

/* ---- weights.c ---- */

/* Reserves room in the weights, 64-aligned; *offset is where the packed weights will stand. */
bool append_packing(struct lowering *lowering, const struct packing *packing, uint64_t *offset);

/* The `halves` of the packing of a node's weights, which the command is told of. */
enum dtype half_weights(const struct lowering *lowering, const struct node *node,
                        struct snv2_blob_command *command);

/* Allocates the weights and packs all of them. */
bool pack_weights(struct lowering *lowering);

/* ---- lower_conv.c: what convolutions of all kinds pack ---- */

/* Weights in blocks of one of `groups` groups; [M][C/group][taps], or transposed
 * [C][M/group][taps]. */
bool pack_convolution(struct lowering *lowering, const float *source, const struct shape *shape,
                      int64_t groups, bool transposed, enum dtype halves, uint64_t *offset);

/* Whether the node convolves every channel with its own window. */
bool is_depthwise(const struct node *node);

/* A number for each of the `outputs` of each group; NULL: zeros. */
bool pack_outputs(struct lowering *lowering, const float *source, int64_t groups, int64_t outputs,
                  uint64_t *offset);

/* ---- lower_matmul.c: products of all kinds ---- */

/* The dims of the product of shapes a and b, `shape`, with those that vectors leave out. */
struct shape product_shape(const struct shape *a, const struct shape *b, const struct shape *shape);

/* Makes places the factors of a product of these dims. */
bool set_factors(struct lowering *lowering, struct snv2_blob_command *command,
                 const struct snv2_blob_tensor *a, const struct snv2_blob_tensor *b,
                 const struct shape *product);

/* Stores the node's output, and makes its place in `shape`, which only adds axes of one element,
 * the command's output. */
bool set_output_as(struct lowering *lowering, struct snv2_blob_command *command,
                   const struct node *node, const struct shape *shape);

/* ---- lower_integer.c ---- */

/* Whether the value is of integers, bool being none. */
bool is_integer(const struct value *value);

/* Whether the operands are integers with an operator of INTEGER. */
bool is_integer_operator(const struct node *node);

/* Finds out which integers are only made real numbers, and so may be rounded to float32. */
bool find_rounds(struct lowering *lowering, struct node *const *order, int32_t count);

/* A command that computes in the integers of `dtype` and makes `result`. */
struct snv2_blob_command new_integer_command(const struct lowering *lowering,
                                             enum snv2_blob_opcode opcode, enum dtype dtype,
                                             const struct value *result);

/* INTEGER: the node's operator on its operands; one of a single operand on its first. */
bool lower_integer(struct lowering *lowering, const struct node *node);
bool append_integer(struct lowering *lowering, const struct node *node, enum snv2_blob_integer mode,
                    enum dtype dtype);

/* ---- window.c ---- */

/* The explicit attributes of a two-dimensional window. */
struct snv2_blob_window make_window(const struct ints *kernel, const struct ints *strides,
                                    const struct ints *dilations, const struct ints *pads);

/* ---- marks.c ---- */

bool append_marks(struct lowering *lowering);

/* ---- the families of lowerings.def ---- */

const char *refuse_not_planes(const struct node *node); /* input 0 must be [N,C,H,W] */
const char *refuse_nothing(const struct node *node);
void set_activation(struct snv2_blob_command *command, enum activation activation, float alpha,
                    float beta);
/* A constant of float32, or no operand at all. */
bool is_weights(const struct value *value);

/* Of two operands, the one that the result is laid out like: of its shape, if there is one. */
const struct value *main_operand(const struct node *node);

/* Whether an activation becomes part of the command that makes its operand. */
bool joins_operand(const struct lowering *lowering, const struct node *node);

#define FAMILY(name)                                                                               \
    const char *refuse_##name(const struct node *node);                                            \
    bool lower_##name(struct lowering *lowering, const struct node *node);
FAMILY(argument)
FAMILY(average_pool)
FAMILY(binary)
FAMILY(cast)
FAMILY(comparison)
FAMILY(concat)
FAMILY(conv)
FAMILY(conv_integer)
FAMILY(conv_transpose)
FAMILY(cumulative_sum)
FAMILY(depth_to_space)
FAMILY(expand)
FAMILY(gather)
FAMILY(gather_elements)
FAMILY(gemm)
FAMILY(global_average_pool)
FAMILY(global_max_pool)
FAMILY(logic)
FAMILY(matmul)
FAMILY(matmul_integer)
FAMILY(max_pool)
FAMILY(max_pool_indices)
FAMILY(pad)
FAMILY(preprocess)
FAMILY(qlinear_conv)
FAMILY(qlinear_matmul)
FAMILY(reduce)
FAMILY(reshape)
FAMILY(resize)
FAMILY(slice)
FAMILY(softmax)
FAMILY(space_to_depth)
FAMILY(split)
FAMILY(tile)
FAMILY(top_k)
FAMILY(transpose)
FAMILY(unary)
FAMILY(view)
FAMILY(where)
#undef FAMILY

#endif
