/* What is measured: a network as ONNX and as a native model, and its seeded inputs. */
#ifndef BENCH_SUBJECT_H
#define BENCH_SUBJECT_H

#include "base/arena.h"
#include "snv2/runtime.h"

struct subject {
    const char *model; /* the ONNX file */
    const char *blob;  /* the native model's file */
    char *folder;      /* that was made for the blob, in TMPDIR; NULL: the blob was given */
    int64_t model_bytes, blob_bytes;
    uint64_t multiply_adds; /* of one run; 0: the blob does not say */
    char kernels[32];       /* "kernels avx512": which ones this runtime chooses for it */
    int input_count, output_count;
    struct snv2_tensor_info *inputs, *outputs;
    const void **input_data; /* random_signed of seed 1 and on */
};

/* How a model without a blob is converted. */
struct converter {
    const char *program;
    const char *const *input_shapes; /* arguments of --input-shape */
    int input_shape_count;
};

/* From the operand "MODEL.onnx[:MODEL.snv2]". Everything lives in `arena`, and no model stays open.
 * SNV2_UNSUPPORTED where an input or output is not float32. subject_end is to be called in any
 * case, on a subject that was zero before. */
enum snv2_status subject_prepare(const char *operand, const struct converter *converter,
                                 struct arena *arena, struct subject *subject,
                                 struct snv2_diagnostic *diagnostic);

/* Deletes the blob and its folder, where it was not given. */
void subject_end(struct subject *subject);

/* Memory for each output, in the order of the outputs; NULL where there is none. */
void **subject_outputs(const struct subject *subject, struct arena *arena);

/* The largest difference of two sets of outputs, relative to the largest value of that output in
 * `b`, the worst of all outputs; infinity where one is NaN and the other is not. */
double subject_difference(const struct subject *subject, void *const *a, void *const *b);

#endif
