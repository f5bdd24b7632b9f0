/* Tests of the kernels of integers, against each element worked out alone, by sign and magnitude
 * where the kernels have two's complement. */
#include "tests/kernel_array.h"

#include "kernels/integer.h"
#include "kernels/power.h"

#include <string.h>

static const struct kernel_integer_type types[] = {
    {8, false, false}, {8, true, false},   {16, false, false}, {16, true, true},
    {32, true, false}, {32, true, true},   {32, false, false}, {64, true, false},
    {64, true, true},  {64, false, false}, {64, false, true},
};
enum { TYPES = sizeof types / sizeof *types };

/* Small ones, ones of all sizes, and now and then what is none. */
static float random_whole(void) {
    float sign = pick(0, 1) ? 1 : -1;
    if (pick(0, 60) == 0)
        return pick(0, 1) ? NAN : sign * (pick(0, 1) ? INFINITY : 0x1p64f);
    if (pick(0, 2) > 0)
        return sign * (float)pick(0, 300);
    return sign * ldexpf((float)pick(0, 0xffffff), (int)pick(0, 40));
}

static void fill_whole(struct array *array) {
    for (size_t i = 0; i < array->count; i++)
        array->memory[i] = random_whole();
}

/* ---- the numbers of a type ---- */

static bool is_whole(float x) {
    return x >= -0x1p63f && x < 0x1p64f;
}

static uint64_t magnitude(struct kernel_integer_type type, uint64_t bits) {
    return type.is_signed && bits >> 63 ? -bits : bits;
}

static uint64_t with_sign(uint64_t size, bool is_negative) {
    return is_negative ? -size : size;
}

static uint64_t wrap(struct kernel_integer_type type, uint64_t bits) {
    uint64_t mask = UINT64_MAX >> (64 - type.bits), sign = UINT64_C(1) << (type.bits - 1);
    bits &= mask;
    return type.is_signed && bits & sign ? bits | ~mask : bits;
}

static uint64_t read_whole(struct kernel_integer_type type, float x) {
    return wrap(type, with_sign((uint64_t)fabsf(x), x < 0));
}

static float write_whole(struct kernel_integer_type type, uint64_t bits) {
    bits = wrap(type, bits);
    uint64_t size = magnitude(type, bits);
    float x = (float)size;
    bool is_exact = x < 0x1p64f && (uint64_t)x == size;
    if (type.is_signed && size == UINT64_C(1) << 63)
        is_exact = bits == size; /* -2^63 is a float, 2^63 no int64 */
    if (!is_exact && !type.rounds)
        return NAN;
    return type.is_signed && bits >> 63 ? -x : x;
}

static bool is_less(struct kernel_integer_type type, uint64_t a, uint64_t b) {
    bool a_negative = type.is_signed && a >> 63, b_negative = type.is_signed && b >> 63;
    if (a_negative != b_negative)
        return a_negative;
    return a < b;
}

static uint64_t truncated(struct kernel_integer_type type, float x) {
    uint64_t most = UINT64_MAX >> (64 - type.bits + type.is_signed);
    uint64_t least = type.is_signed ? ~most : 0;
    if (x != x)
        return 0;
    if (x <= -0x1p64f || x >= 0x1p64f)
        return x < 0 ? least : most;
    uint64_t size = (uint64_t)fabsf(x), limit = x < 0 ? -least : most;
    return with_sign(size < limit ? size : limit, x < 0);
}

static uint64_t divide(struct kernel_integer_type type, uint64_t a, uint64_t b, uint64_t *rest) {
    uint64_t x = magnitude(type, a), y = magnitude(type, b);
    bool a_negative = x != a, b_negative = y != b;
    *rest = y == 0 ? 0 : with_sign(x % y, a_negative);
    return y == 0 ? 0 : with_sign(x / y, a_negative != b_negative);
}

static float raise(struct kernel_integer_type type, float x, float y) {
    uint64_t power = 1, base = read_whole(type, x);
    if (y != truncf(y))
        return write_whole(type, truncated(type, kernel_pow(x, y)));
    for (float i = 0; i < fabsf(y); i++)
        power *= base;
    if (y < 0)
        power = base == 1 || base == UINT64_MAX ? power : 0;
    return write_whole(type, power);
}

static float expect_integer(enum kernel_integer operator, struct kernel_integer_type type, float x,
                            float y) {
    if (operator== KERNEL_INTEGER_TRUNCATE)
        return write_whole(type, truncated(type, x));
    if (!is_whole(x) || !is_whole(y))
        return NAN;
    uint64_t a = read_whole(type, x), b = read_whole(type, y), rest;
    uint64_t quotient = divide(type, a, b, &rest);
    bool shifts = b < type.bits;
    switch (operator) {
    case KERNEL_INTEGER_ADD:
        return write_whole(type, a + b);
    case KERNEL_INTEGER_SUB:
        return write_whole(type, a - b);
    case KERNEL_INTEGER_MUL:
        return write_whole(type, a * b);
    case KERNEL_INTEGER_DIV:
        return write_whole(type, quotient);
    case KERNEL_INTEGER_REMAINDER:
        return write_whole(type, rest);
    case KERNEL_INTEGER_MOD:
        return write_whole(
            type, rest != 0 && is_less(type, rest, 0) != is_less(type, b, 0) ? rest + b : rest);
    case KERNEL_INTEGER_POW:
        return raise(type, x, y);
    case KERNEL_INTEGER_SHIFT_LEFT:
        return write_whole(type, shifts ? a << b : 0);
    case KERNEL_INTEGER_SHIFT_RIGHT:
        return write_whole(type, shifts ? a >> b : 0);
    case KERNEL_INTEGER_EQUAL:
        return a == b;
    case KERNEL_INTEGER_LESS:
        return is_less(type, a, b);
    case KERNEL_INTEGER_LESS_OR_EQUAL:
        return !is_less(type, b, a);
    case KERNEL_INTEGER_WRAP:
        return write_whole(type, a);
    case KERNEL_INTEGER_NEGATE:
        return write_whole(type, -a);
    case KERNEL_INTEGER_ABSOLUTE:
        return write_whole(type, magnitude(type, a));
    case KERNEL_INTEGER_TRUNCATE:
        break;
    }
    return NAN;
}

/* ---- elementwise ---- */

enum { OPERATORS = KERNEL_INTEGER_TRUNCATE + 1, MAX_PIECES = 2, MAX_ELEMENTS = 1024 };

/* Few factors, so that they can be counted; and roots. */
static void fill_exponents(struct array *array) {
    for (size_t i = 0; i < array->count; i++)
        array->memory[i] = (float)pick(0, 80) / (float)pick(1, 2) - 3;
}

void test_integer(const struct kernel_table *table, size_t round) {
    static float want[MAX_PIECES][MAX_ELEMENTS];
    struct strided_piece pieces[MAX_PIECES] = {0};
    struct array outs[MAX_PIECES];
    size_t rows[2] = {pick(1, 3), pick(1, 4)};
    struct integer_args args = {
        .loop = {.pieces = pieces, .piece_count = pick(1, 2), .rows = rows[0] * rows[1]},
        .operator= round % OPERATORS,
        .type = types[round / OPERATORS % TYPES],
    };
    bool is_unary = args.operator>= KERNEL_INTEGER_WRAP;
    for (size_t p = 0; p < args.loop.piece_count; p++) {
        struct strided_piece *piece = &pieces[p];
        for (int axis = 0; axis < KERNEL_AXES; axis++)
            piece->dims[axis] = 1;
        memcpy(&piece->dims[4], rows, sizeof rows);
        piece->dims[KERNEL_AXES - 1] = pick(1, 40);
        struct array a = new_array(piece->dims), b = new_array(piece->dims);
        outs[p] = new_output_array(piece->dims);
        fill_whole(&a);
        fill_whole(&b);
        if (args.operator== KERNEL_INTEGER_POW)
            fill_exponents(&b);
        repeat_some(&b);
        piece->a = a.first;
        piece->b = is_unary ? NULL : b.first;
        piece->out = outs[p].first;
        memcpy(piece->a_strides, a.strides, sizeof a.strides);
        memcpy(piece->b_strides, b.strides, sizeof b.strides);
        memcpy(piece->out_strides, outs[p].strides, sizeof a.strides);
        for (size_t i = 0; i < elements_of(piece->dims); i++) {
            float x = a.first[offset_at(piece->dims, a.strides, i)];
            float y = is_unary ? 0 : b.first[offset_at(piece->dims, b.strides, i)];
            want[p][i] = expect_integer(args.operator, args.type, x, y);
        }
    }
    CALL_IN_PORTIONS(table->integer, &args, args.loop.piece_count * args.loop.rows);
    for (size_t p = 0; p < args.loop.piece_count; p++)
        check_array(&outs[p], pieces[p].dims, want[p], "integer");
}

/* ---- sums: of a product, of elements ---- */

static float expect_scaled(struct kernel_integer_type type, uint64_t sum, const float *scale) {
    if (!scale)
        return write_whole(type, sum);
    sum = wrap(type, sum);
    double size = (double)magnitude(type, sum);
    return (float)nearbyint((size == (double)sum ? size : -size) * *scale) + 0.0f;
}

void test_integer_matmul(const struct kernel_table *table, size_t round) {
    struct integer_matmul_args args = {.type = types[round % TYPES]};
    struct matmul_args *matmul = &args.matmul;
    size_t a_dims[KERNEL_AXES], b_dims[KERNEL_AXES], depth = pick(1, 20);
    for (int axis = 0; axis < KERNEL_AXES; axis++)
        matmul->dims[axis] = axis < 4 ? 1 : pick(1, 4);
    memcpy(a_dims, matmul->dims, sizeof a_dims);
    memcpy(b_dims, matmul->dims, sizeof b_dims);
    a_dims[7] = b_dims[6] = matmul->inner = depth;
    struct array a = new_array(a_dims), b = new_array(b_dims), scale = new_array(matmul->dims);
    struct array out = new_output_array(matmul->dims);
    fill_whole(&a);
    fill_whole(&b);
    repeat_some(&scale);
    matmul->a = a.first, matmul->b = b.first, matmul->out = out.first;
    matmul->bias = round % 2 ? scale.first : NULL;
    memcpy(matmul->a_strides, a.strides, sizeof a.strides);
    memcpy(matmul->b_strides, b.strides, sizeof b.strides);
    memcpy(matmul->bias_strides, scale.strides, sizeof scale.strides);
    memcpy(matmul->out_strides, out.strides, sizeof out.strides);
    size_t elements = elements_of(matmul->dims), columns = matmul->dims[7];
    float *want = random_buffer(elements);
    for (size_t i = 0; i < elements; i++) {
        size_t row = i / columns * depth, matrix = i / columns / matmul->dims[6];
        bool whole = true;
        uint64_t sum = 0;
        for (size_t k = 0; k < depth; k++) {
            float x = a.first[offset_at(a_dims, a.strides, row + k)];
            float y =
                b.first[offset_at(b_dims, b.strides, (matrix * depth + k) * columns + i % columns)];
            whole &= is_whole(x) && is_whole(y);
            sum += whole ? read_whole(args.type, x) * read_whole(args.type, y) : 0;
        }
        const float *factor = &scale.first[offset_at(matmul->dims, scale.strides, i)];
        want[i] = whole ? expect_scaled(args.type, sum, matmul->bias ? factor : NULL) : NAN;
    }
    CALL_IN_PORTIONS(table->integer_matmul, &args, elements / columns);
    check_array(&out, matmul->dims, want, "integer_matmul");
}

void test_integer_reduce(const struct kernel_table *table, size_t round) {
    struct integer_reduce_args args = {
        .reduction = round % 3,
        .type = types[round / 3 % TYPES],
    };
    struct reduce_args *over = &args.over;
    size_t dims[KERNEL_AXES];
    for (int axis = 0; axis < KERNEL_AXES; axis++)
        dims[axis] = axis < 4 ? 1 : pick(1, 4);
    struct array in = new_array(dims);
    fill_whole(&in);
    for (int axis = 0; axis < KERNEL_AXES; axis++) {
        bool is_reduced = pick(0, 1);
        over->dims[axis] = is_reduced ? 1 : dims[axis];
        over->reduced_dims[axis] = is_reduced ? dims[axis] : 1;
        over->in_strides[axis] = is_reduced ? 0 : in.strides[axis];
        over->reduced_strides[axis] = is_reduced ? in.strides[axis] : 0;
    }
    struct array out = new_output_array(over->dims);
    over->in = in.first;
    over->out = out.first;
    memcpy(over->out_strides, out.strides, sizeof out.strides);
    size_t elements = elements_of(over->dims), count = elements_of(over->reduced_dims);
    float *want = random_buffer(elements);
    for (size_t i = 0; i < elements; i++) {
        const float *first = in.first + offset_at(over->dims, over->in_strides, i);
        uint64_t sum = 0, product = 1, rest;
        bool whole = true;
        for (size_t k = 0; k < count; k++) {
            float x = first[offset_at(over->reduced_dims, over->reduced_strides, k)];
            whole &= is_whole(x);
            sum += whole ? read_whole(args.type, x) : 0;
            product *= whole ? read_whole(args.type, x) : 0;
        }
        uint64_t results[] = {sum, divide(args.type, sum, count, &rest), product};
        want[i] = whole ? write_whole(args.type, results[args.reduction]) : NAN;
    }
    CALL_IN_PORTIONS(table->integer_reduce, &args, elements);
    check_array(&out, over->dims, want, "integer_reduce");
}

void test_integer_cumulative_sum(const struct kernel_table *table, size_t round) {
    struct integer_axis_args args = {
        .along = {.exclusive = round & 1, .reverse = round & 2},
        .type = types[round / 4 % TYPES],
    };
    struct axis_args *along = &args.along;
    for (int axis = 0; axis < KERNEL_AXES; axis++)
        along->dims[axis] = axis < 4 ? 1 : pick(1, 5);
    struct array in = new_array(along->dims), out = new_output_array(along->dims);
    fill_whole(&in);
    along->length = along->dims[KERNEL_AXES - 1];
    along->in = in.first;
    along->out = out.first;
    memcpy(along->in_strides, in.strides, sizeof in.strides);
    memcpy(along->out_strides, out.strides, sizeof out.strides);
    size_t elements = elements_of(along->dims), count = along->length;
    float *want = random_buffer(elements);
    for (size_t i = 0; i < elements; i++) {
        size_t first = i / count * count, at = i - first;
        size_t begin = along->reverse ? at + along->exclusive : 0;
        size_t end = along->reverse ? count : at + !along->exclusive;
        uint64_t sum = 0;
        bool whole = true;
        for (size_t k = begin; k < end; k++) {
            float x = in.first[offset_at(along->dims, in.strides, first + k)];
            whole &= is_whole(x);
            sum += whole ? read_whole(args.type, x) : 0;
        }
        want[i] = whole ? write_whole(args.type, sum) : NAN;
    }
    CALL_IN_PORTIONS(table->integer_cumulative_sum, &args, elements / count);
    check_array(&out, along->dims, want, "integer_cumulative_sum");
}

/* ---- convolution ---- */

struct conv_reference {
    const struct integer_conv_args *args;
    const struct operand *operand;
};

static float expect_convolved(const void *data, size_t image, size_t channel, size_t y, size_t x) {
    const struct conv_reference *reference = data;
    const struct integer_conv_args *args = reference->args;
    const struct kernel_window *window = &args->conv.window;
    size_t outputs = args->conv.group_outputs, inputs = args->conv.group_inputs;
    size_t group = channel / outputs, m = channel % outputs, taps = taps_of(window);
    size_t block = group * blocks_of(outputs) + m / 16, lane = block * 16 + m % 16;
    int64_t sum = args->bias[lane];
    for (size_t tap = 0; tap < taps; tap++) {
        long pixel = tap_pixel(window, y, x, tap);
        for (size_t k = 0; k < inputs && pixel >= 0; k++) {
            float in = element(reference->operand, image, group * inputs + k, (size_t)pixel);
            if (in != in)
                return NAN;
            sum += (int64_t)in *
                   (int64_t)args->conv.weights[((block * taps + tap) * inputs + k) * 16 + m % 16];
        }
    }
    return expect_scaled(args->type, (uint64_t)sum, args->scale ? &args->scale[lane] : NULL);
}

/* Whole numbers of up to 2 * size, NaN left as it is. */
static void make_whole(float *numbers, size_t count, float size) {
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == numbers[i])
            numbers[i] = truncf(fabsf(numbers[i]) < 2 ? numbers[i] * size : size);
}

enum { MAX_GROUPS = 3, MAX_LANES = 32 };

void test_integer_conv(const struct kernel_table *table, size_t round) {
    size_t groups = pick(1, MAX_GROUPS), inputs = pick(1, 5), outputs = pick(1, MAX_LANES);
    size_t lanes = groups * blocks_of(outputs) * 16, group_runs[MAX_GROUPS + 1];
    int32_t bias[MAX_GROUPS * MAX_LANES];
    struct size in, out;
    struct integer_conv_args args = {.type = {32, true, round % 3 == 1}};
    args.conv.window = fitting_window(&in, &out);
    size_t channels = groups * inputs, elements = in.images * channels * in.height * in.width;
    size_t weight_count = lanes * taps_of(&args.conv.window) * inputs;
    struct operand image = planar_operand(in, channels), operand = cut(&image, inputs, NULL);
    make_whole((float *)image.runs[0].base, elements, 128);
    with_special_values = false;
    float *weights = random_buffer(weight_count);
    make_whole(weights, weight_count, round % 5 == 0 ? 0x1p28f : 128);
    for (size_t i = 0; i < lanes; i++)
        bias[i] = (int32_t)pick(0, 2000000) - 1000000;
    for (size_t group = 0; group <= groups; group++)
        group_runs[group] = group;
    struct output output = new_output(out, groups * outputs, false);
    args.conv.runs = operand.runs;
    args.conv.group_runs = group_runs;
    args.conv.groups = groups;
    args.conv.group_inputs = inputs;
    args.conv.group_outputs = outputs;
    args.conv.weights = weights;
    args.conv.output = output.map;
    args.bias = bias;
    args.scale = round % 2 ? random_buffer(lanes) : NULL;
    CALL_IN_PORTIONS(table->integer_conv, &args, out.images * out.height);
    struct conv_reference reference = {&args, &operand};
    check_output(&output, (struct kernel_bounds){-INFINITY, INFINITY}, expect_convolved, &reference,
                 "integer_conv");
}
