/* What tests of kernels are made of: random operands, windows and outputs, and the comparison of an
 * output with what its elements should be. */
#ifndef TESTS_KERNEL_CASE_H
#define TESTS_KERNEL_CASE_H

#include "tests/tap.h"

#include "kernels/kernel.h"

#include <stdbool.h>
#include <stdint.h>

enum { MAX_RUNS = 64 };

/* Where random numbers stand: set it before a case, so that a failure can be repeated. */
extern uint64_t random_state;

/* Whether random values are now and then what breaks careless kernels. Not always: a NaN somewhere
 * in a long chain hides everything else. */
extern bool with_special_values;

struct operand {
    struct kernel_run runs[MAX_RUNS];
    size_t count, channels;
};

struct size {
    size_t images, height, width;
};

/* From low to high, both included. */
size_t pick(size_t low, size_t high);

/* Memory that free_buffers frees, aligned to 64. */
float *random_buffer(size_t count);
void free_buffers(void);

/* The channels as up to four runs, each in a channels-last map of its own: any step, and NaN in all
 * other lanes. */
struct operand random_operand(struct size size, size_t channels);

/* A planar image as one run. */
struct operand planar_operand(struct size size, size_t channels);

/* The operand cut at multiples of `multiple`, and where the runs of `other` start. */
struct operand cut(const struct operand *operand, size_t multiple, const struct operand *other);

/* The element of an operand, found the slow way. */
float element(const struct operand *operand, size_t image, size_t channel, size_t pixel);

struct output {
    struct kernel_map map;
    float *memory;
    size_t images, count; /* count: floats of memory, guards included */
};

/* The output with everything in it a canary. planar: rows of channels, else channels-last, as wide
 * as its channels need or wider (placed in a larger map). */
struct output new_output(struct size size, size_t channels, bool planar);

struct kernel_bounds random_bounds(void);

/* What a kernel should give: the value of an output before the bounds. */
typedef float expected_value(const void *reference, size_t image, size_t channel, size_t y,
                             size_t x);

/* Compares the output with what it should be, and that nothing else has changed. */
void check_output(const struct output *output, struct kernel_bounds bounds,
                  expected_value *expected, const void *reference, const char *kernel);

/* Items [0, items) in random portions, as threads would share them. */
#define CALL_IN_PORTIONS(function, args, items)                                                    \
    for (size_t begin_ = 0, end_; begin_ < (items); begin_ = end_) {                               \
        end_ = pick(begin_ + 1, (items));                                                          \
        function(args, begin_, end_);                                                              \
    }

/* A window over a random input that gives at least one output pixel. */
struct kernel_window fitting_window(struct size *input, struct size *output);

/* A square one with one stride and narrow pads, as networks have, and maps of more rows and pixels.
 */
struct kernel_window square_window(struct size *input, struct size *output);

/* The pixel of a tap, or -1 in the padding. */
long tap_pixel(const struct kernel_window *window, size_t y, size_t x, size_t tap);

/* The families whose tests stand in files of their own: kernels_strided.c, kernels_arrays.c,
 * kernels_axis.c, kernels_half.c, kernels_integer.c and kernels_maps.c. */
void test_unary(const struct kernel_table *table, size_t round);
void test_binary(const struct kernel_table *table, size_t round);
void test_softmax(const struct kernel_table *table, size_t round);
void test_log_softmax(const struct kernel_table *table, size_t round);
void test_matmul(const struct kernel_table *table, size_t round);
void test_reduce(const struct kernel_table *table, size_t round);
void test_cumulative_sum(const struct kernel_table *table, size_t round);
void test_integer_cumulative_sum(const struct kernel_table *table, size_t round);
void test_top_k(const struct kernel_table *table, size_t round);
void test_gather(const struct kernel_table *table, size_t round);
void test_integer(const struct kernel_table *table, size_t round);
void test_integer_conv(const struct kernel_table *table, size_t round);
void test_integer_matmul(const struct kernel_table *table, size_t round);
void test_integer_reduce(const struct kernel_table *table, size_t round);
void test_resize(const struct kernel_table *table, size_t round);
void test_bytes(const struct kernel_table *table, size_t round);
void test_conv_transpose(const struct kernel_table *table, size_t round);
void test_conv_half(const struct kernel_table *table, size_t round);
void test_conv_transpose_half(const struct kernel_table *table, size_t round);
void test_fully_connected_half(const struct kernel_table *table, size_t round);

size_t taps_of(const struct kernel_window *window);
size_t blocks_of(size_t channels);

#endif
