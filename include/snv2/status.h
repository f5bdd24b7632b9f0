/* What every fallible function of both libraries returns, and the diagnostic it fills.
 *
 * The status values are the exit codes of the programs (those of sysexits.h where one fits), so
 * there is one table of them. They are stable. */
#ifndef SNV2_STATUS_H
#define SNV2_STATUS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum snv2_status {
    SNV2_OK = 0,
    SNV2_CHECK_FAILED = 1, /* the converted network does not compute what the original did */
    SNV2_USAGE = 64,       /* an option or argument is missing or wrong */
    SNV2_BAD_MODEL = 65,   /* the ONNX file or blob is malformed */
    SNV2_NO_INPUT = 66,    /* an input file does not exist or cannot be opened */
    SNV2_UNSUPPORTED = 69, /* a legal model that uses what this version does not support */
    SNV2_INTERNAL = 70,    /* a bug of ours */
    SNV2_NO_MEMORY = 71,
    SNV2_CANNOT_CREATE = 73, /* an output file cannot be created */
    SNV2_IO = 74,            /* reading or writing failed */
    SNV2_PERMISSION = 77,
};

/* One error. All strings are NUL-terminated, valid UTF-8 and free of control characters, whatever
 * the file held; an empty string means "does not apply". Plain data: copy it freely. */
struct snv2_diagnostic {
    enum snv2_status status;
    int64_t offset; /* byte offset in the file, or -1 */
    char file[256]; /* the file, as the caller named it; shortened in the middle where too long */
    char node[128]; /* ONNX node name, or its first output where it has none */
    char op[64];    /* operator, as the file spells it */
    char message[2048]; /* what is wrong, and what to do */
};

#ifdef __cplusplus
}
#endif
#endif
