/* The converter as a library: an ONNX model in, a native model, a plain ONNX one and a report out,
 * from files or memory to files or memory. What snv2-convert does is made of this.
 *
 *   struct snv2_convert_options options = {.model = "net.onnx", .output = "net.snv2"};
 *   struct snv2_conversion *conversion;
 *   struct snv2_diagnostic diagnostic;
 *   if (snv2_convert(&options, &conversion, &diagnostic) != SNV2_OK)
 *       ... print diagnostic.message ...
 *   snv2_conversion_free(conversion);
 *
 * Nothing here prints, exits, or keeps global state that is written; conversions in several threads
 * do not meet. A diagnostic argument may be NULL. Link libsnv2convert (pkg-config snv2-convert). */
#ifndef SNV2_CONVERT_H
#define SNV2_CONVERT_H

#include "snv2/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

struct snv2_conversion;

/* The shape of an input that the model leaves open. */
struct snv2_input_shape {
    const char *name; /* NULL: the one input */
    int32_t rank;     /* up to 8 */
    int64_t dims[8];
};

/* Zeros are the defaults. Strings and arrays are only read during the call. */
struct snv2_convert_options {
    const char *model;  /* path of the ONNX file; with `bytes` only a name for messages */
    const void *bytes;  /* if given, the ONNX file's contents, */
    size_t size;        /* so many of them, */
    const char *folder; /* and the folder of its external data; NULL: those are refused */

    const char *output; /* path of the native model; NULL: it stays in memory */
    const char *onnx;   /* path of the optimized network as plain ONNX; NULL: none is written */
    int keep_onnx;      /* make that, for snv2_conversion_onnx, without a path too */

    const struct snv2_input_shape *input_shapes;
    int input_shape_count;
    const char *const *cuts; /* values that become the outputs, in place of the model's */
    int cut_count;
    const char *const *skipped_passes;
    int skipped_pass_count;

    int no_verify;           /* do not check on seeded inputs */
    int random_weights;      /* check once more with random weights */
    const char *data_folder; /* check on this test_data_set folder too, or NULL */
    uint64_t seed;           /* of the check's inputs; 0: 1 */

    uint64_t memory_budget; /* bytes that reading the model may take; 0: 4 GiB */

    /* If given, is called with a line of text, without line end, for each step and note. */
    void (*log)(void *user, const char *line);
    void *user; /* passed on to log */

    const char *const *frames; /* inputs that take pictures of bytes: "[NAME:]u8,WORD,..." as the */
    int frame_count;           /* option --input of snv2-convert(1) */
    const char *const *functions; /* what is put behind outputs: "[NAME]:softmax" as --output */
    int function_count;
    const char *labels;  /* "[NAME=]FILE" with the names of an output's classes; NULL: none */
    const char *weights; /* "f16" or "bf16", as the option --weights; NULL: float32 */
    int images; /* that are planned for, of which a run may take fewer; 0: one, as the model says */
};

/* What a conversion came to; what it did not come to is 0. */
struct snv2_conversion_report {
    size_t model_bytes;   /* of the native model */
    uint64_t arena_bytes; /* memory of one run */
    int32_t nodes, commands;
    uint64_t multiply_adds;
    uint64_t bytes_moved_before, bytes_moved; /* by nodes and commands that only move data */
    int checked;                              /* whether a check was made, and all outputs passed */
    double worst_error; /* the largest difference that a check found, over the largest value */
};

/* Converts a model: reads, optimizes, checks, writes; files appear whole or not at all, and none
 * where a check fails. *conversion is set on failure too, with what is known, but where memory ran
 * out at once (then NULL), and is to be freed. The same model gives the same bytes. The statuses
 * are those of snv2-convert(1); SNV2_USAGE where the options make no sense. */
enum snv2_status snv2_convert(const struct snv2_convert_options *options,
                              struct snv2_conversion **conversion,
                              struct snv2_diagnostic *diagnostic);

/* The native model, 64-aligned, for snv2_open_memory, as long as the conversion lives; NULL where
 * the conversion failed. *size may be NULL. */
const void *snv2_conversion_model(const struct snv2_conversion *conversion, size_t *size);

/* The optimized network as the bytes of an ONNX file: NULL where the options did not ask for one,
 * or the conversion failed. */
const void *snv2_conversion_onnx(const struct snv2_conversion *conversion, size_t *size);

/* The figures; lives as long as the conversion. */
const struct snv2_conversion_report *
snv2_conversion_report(const struct snv2_conversion *conversion);

/* Everything that is known, of a failed conversion too, as JSON, whose keys are those of
 * snv2-convert --json; NULL where memory ran out. Lives as long as the conversion. */
const char *snv2_conversion_json(const struct snv2_conversion *conversion);

/* Frees the conversion and what its functions returned. NULL is fine. */
void snv2_conversion_free(struct snv2_conversion *conversion);

/* "1.0.0" of the library that is linked. */
const char *snv2_convert_version(void);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
