/* See text_tensor.h. */
#include "ir/text_tensor.h"

#include "base/random.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void text_write_type(FILE *stream, enum dtype dtype, const struct shape *shape) {
    char text[SHAPE_TEXT];
    fprintf(stream, "%s%s", dtype_name(dtype), shape_format(shape, text));
}

/* Puts a number into element `index`: real types round, others keep the low bytes. */
static void store_real(enum dtype dtype, void *data, int64_t index, double value) {
    switch (dtype) {
    case DTYPE_FLOAT16:
        ((uint16_t *)data)[index] = float_to_half((float)value);
        break;
    case DTYPE_BFLOAT16:
        ((uint16_t *)data)[index] = float_to_bfloat16((float)value);
        break;
    case DTYPE_FLOAT32:
        ((float *)data)[index] = (float)value;
        break;
    default:
        ((double *)data)[index] = value;
    }
}

static void store_bits(enum dtype dtype, void *data, int64_t index, uint64_t bits) {
    switch (dtype_bytes(dtype)) {
    case 1:
        ((uint8_t *)data)[index] = (uint8_t)bits;
        break;
    case 2:
        ((uint16_t *)data)[index] = (uint16_t)bits;
        break;
    case 4:
        ((uint32_t *)data)[index] = (uint32_t)bits;
        break;
    default:
        ((uint64_t *)data)[index] = bits;
    }
}

static uint64_t load_bits(const struct tensor *tensor, int64_t index) {
    switch (dtype_bytes(tensor->dtype)) {
    case 1:
        return ((const uint8_t *)tensor->data)[index];
    case 2:
        return ((const uint16_t *)tensor->data)[index];
    case 4:
        return ((const uint32_t *)tensor->data)[index];
    default:
        return ((const uint64_t *)tensor->data)[index];
    }
}

/* Whole numbers as such, others with the fewest digits that store as the same bits. */
static void write_real(FILE *stream, const struct tensor *tensor, int64_t index) {
    double value = tensor_real(tensor, index);
    char text[40];
    if (value != value) {
        fprintf(stream, "bits(%" PRIx64 ")", load_bits(tensor, index));
        return;
    }
    if (value > -1e9 && value < 1e9 && value == (double)(int64_t)value) {
        fprintf(stream, "%.0f", value);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        uint64_t element;
        struct tensor copy = {.dtype = tensor->dtype, .data = &element};
        snprintf(text, sizeof text, "%.*g", digits, value);
        store_real(tensor->dtype, &element, 0, strtod(text, NULL));
        if (load_bits(&copy, 0) == load_bits(tensor, index))
            break;
    }
    fputs(text, stream);
}

static void write_element(FILE *stream, const struct tensor *tensor, int64_t index) {
    if (dtype_is_real(tensor->dtype))
        write_real(stream, tensor, index);
    else if (tensor->dtype == DTYPE_UINT64)
        fprintf(stream, "%" PRIu64, (uint64_t)tensor_int(tensor, index));
    else
        fprintf(stream, "%" PRId64, tensor_int(tensor, index));
}

void text_write_float(FILE *stream, float value) {
    struct tensor tensor = {.dtype = DTYPE_FLOAT32, .data = &value};
    write_real(stream, &tensor, 0);
}

void text_write_elements(FILE *stream, const struct tensor *tensor) {
    int64_t count = shape_elements(&tensor->shape);
    fputc('{', stream);
    for (int64_t i = 0; i < count; i++) {
        fputs(i ? ", " : "", stream);
        write_element(stream, tensor, i);
    }
    fputc('}', stream);
}

void text_read_type(struct cursor *cursor, enum dtype *dtype, struct shape *shape) {
    *shape = (struct shape){.rank = 0};
    *dtype = dtype_of_name(lex_name(cursor));
    if (*dtype == DTYPE_NONE)
        lex_fail(cursor, "an element type is expected, such as float32");
    lex_expect(cursor, "[");
    if (lex_accept(cursor, "]"))
        return;
    do {
        if (shape->rank == MAX_RANK) {
            lex_fail(cursor, "more than %d dimensions", MAX_RANK);
            return;
        }
        shape->dims[shape->rank++] = lex_integer(cursor, 0, INT64_MAX);
    } while (lex_accept(cursor, ","));
    lex_expect(cursor, "]");
    if (!shape_is_valid(shape))
        lex_fail(cursor, "the shape is too large");
}

static void read_element(struct cursor *cursor, const struct tensor *tensor, void *data,
                         int64_t index) {
    if (lex_accept(cursor, "bits(")) {
        store_bits(tensor->dtype, data, index, lex_bits(cursor));
        lex_expect(cursor, ")");
    } else if (dtype_is_real(tensor->dtype)) {
        store_real(tensor->dtype, data, index, lex_real(cursor));
    } else if (tensor->dtype == DTYPE_UINT64) {
        store_bits(tensor->dtype, data, index, lex_unsigned(cursor));
    } else {
        int64_t value = lex_integer(cursor, INT64_MIN, INT64_MAX);
        store_bits(tensor->dtype, data, index, (uint64_t)value);
        bool is_bool = tensor->dtype == DTYPE_BOOL;
        if (tensor_int(tensor, index) != value || (is_bool && value != 0 && value != 1))
            lex_fail(cursor, "%" PRId64 " is no %s", value, dtype_name(tensor->dtype));
    }
}

/* SEED of random(SEED): the elements are base/random.h's random_signed, rounded to the type. */
static void read_random(struct cursor *cursor, const struct tensor *tensor, void *data) {
    uint64_t state = lex_unsigned(cursor);
    int64_t count = shape_elements(&tensor->shape);
    lex_expect(cursor, ")");
    if (!dtype_is_real(tensor->dtype))
        lex_fail(cursor, "random is for real types");
    for (int64_t i = 0; cursor->status == SNV2_OK && i < count; i++)
        store_real(tensor->dtype, data, i, random_signed(&state));
}

static void read_list(struct cursor *cursor, const struct tensor *tensor, void *data) {
    int64_t count = shape_elements(&tensor->shape);
    lex_expect(cursor, "{");
    for (int64_t i = 0; cursor->status == SNV2_OK && i < count; i++) {
        if (i)
            lex_expect(cursor, ",");
        read_element(cursor, tensor, data, i);
    }
    lex_expect(cursor, "}");
}

const void *text_read_elements(struct cursor *cursor, enum dtype dtype, const struct shape *shape) {
    if (cursor->status != SNV2_OK)
        return NULL;
    void *data = arena_alloc(cursor->arena, (size_t)shape_elements(shape), dtype_bytes(dtype));
    struct tensor tensor = {dtype, *shape, data};
    if (!data)
        lex_no_memory(cursor);
    else if (lex_accept(cursor, "random("))
        read_random(cursor, &tensor, data);
    else
        read_list(cursor, &tensor, data);
    return cursor->status == SNV2_OK ? data : NULL;
}
