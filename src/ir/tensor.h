/* Element types, shapes, and constant tensors. */
#ifndef IR_TENSOR_H
#define IR_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_RANK = 8 };

enum dtype {
    DTYPE_NONE = 0,
#define DTYPE(suffix, name, number, bytes, class) DTYPE_##suffix = number,
#include "ir/dtypes.def"
#undef DTYPE
};

const char *dtype_name(enum dtype dtype);
size_t dtype_bytes(enum dtype dtype);
bool dtype_is_real(enum dtype dtype);     /* float16, bfloat16, float32, float64 */
bool dtype_is_unsigned(enum dtype dtype); /* uint8 to uint64, bool */

/* Whether an integer of the type, whose bits stand in an int64_t, is a float32 too. */
bool float_holds_integer(enum dtype dtype, int64_t value);

/* The type of a TensorProto.DataType number, or DTYPE_NONE where it is not supported. */
enum dtype dtype_of_number(int32_t number);
/* The type of that name, or DTYPE_NONE. */
enum dtype dtype_of_name(const char *name);

/* Dimensions, outermost first. rank SHAPE_UNKNOWN: not inferred yet. */
enum { SHAPE_UNKNOWN = -1 };
struct shape {
    int32_t rank;
    int64_t dims[MAX_RANK];
};

bool shape_equal(const struct shape *a, const struct shape *b);

/* The product of the dims from `from` up to before `to`. Shapes in a graph are such that the
 * product of all dims times 8 fits in an int64_t (shape_is_valid), so this cannot overflow. */
int64_t shape_product(const struct shape *shape, int from, int to);
int64_t shape_elements(const struct shape *shape);

/* Rank in range, no negative dim, and the size in bytes of any element type fits in an int64_t.
 * A zero dim is valid here: shape computations have empty tensors. */
bool shape_is_valid(const struct shape *shape);

/* "[1,3,224,224]", or "[?]" where unknown. Returns `text`. */
enum { SHAPE_TEXT = 24 * MAX_RANK };
const char *shape_format(const struct shape *shape, char text[SHAPE_TEXT]);

/* An immutable tensor, row-major, elements in the storage form of their type in host byte order. */
struct tensor {
    enum dtype dtype;
    struct shape shape;
    const void *data;
};

/* Element `index` converted to double, or to int64_t: exact but for uint64 over INT64_MAX, whose
 * bits are kept. tensor_int is for integer types, tensor_real for all. */
double tensor_real(const struct tensor *tensor, int64_t index);
int64_t tensor_int(const struct tensor *tensor, int64_t index);

/* IEEE half and bfloat16 from and to float, round to nearest even. */
float half_to_float(uint16_t half);
uint16_t float_to_half(float value);
float bfloat16_to_float(uint16_t bits);
uint16_t float_to_bfloat16(float value);

#endif
