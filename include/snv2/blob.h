/* The native model on disk; snv2-blob(5) is the same in prose.
 *
 * A file is a header of 64 bytes, a table of `section_count` section entries right behind it, and
 * the sections, each aligned to 64 bytes, in the order of the table, without overlap; between them
 * and behind the last one only zero bytes up to the next multiple of 64, which is the file's end.
 * All numbers are little-endian; floats are IEEE binary32. Records hold no padding bytes that are
 * not named `reserved...`, and reserved fields are zero.
 *
 * Every record says what it needs in full, so that a reader needs nothing but this page. A reader
 * refuses another major version, and reads every minor version of its major: a newer minor may
 * append sections of kinds that may be ignored (kind >= 0x8000) and fields to records (entry.stride
 * says their size). What else it may use (opcodes, modes, other kinds of sections, types of
 * tensors), an older reader finds unknown, and refuses. */
#ifndef SNV2_BLOB_H
#define SNV2_BLOB_H

#include "snv2/frame.h"

#include <stdint.h>

enum {
    SNV2_BLOB_MAJOR = 1,
    SNV2_BLOB_MINOR = 0,
    SNV2_BLOB_ALIGNMENT = 64, /* of sections, arena offsets, weight offsets and buffers */
    SNV2_BLOB_LANES = 16,     /* output channels in a block of weights; Cp is a multiple of it */
    SNV2_BLOB_MAX_RANK = 8,
    SNV2_BLOB_MAX_OPERANDS = 4,
    SNV2_BLOB_MAX_COMMANDS = 65536,
    SNV2_BLOB_MAX_IMAGES = 4096,
    SNV2_BLOB_MAX_RUNS = 1 << 22, /* of all operands together */
};

#define SNV2_BLOB_MAGIC "\x89SNV2\r\n\x1a" /* 8 bytes, without the NUL */

struct snv2_blob_header {
    uint8_t magic[8];
    uint16_t major, minor;
    uint32_t header_bytes; /* 64 */
    uint64_t file_bytes;
    uint64_t arena_bytes; /* end of the last arena tensor, rounded up to 64 */
    uint32_t section_count;
    uint32_t reserved[6];
    uint32_t header_crc; /* CRC-32 (IEEE 802.3) of the 60 bytes before */
};

enum snv2_blob_section {
    SNV2_SECTION_TENSORS = 1,  /* struct snv2_blob_tensor */
    SNV2_SECTION_RUNS = 2,     /* struct snv2_blob_run */
    SNV2_SECTION_COMMANDS = 3, /* struct snv2_blob_command, in the order of execution */
    SNV2_SECTION_MARKS = 4,    /* struct snv2_blob_mark */
    SNV2_SECTION_WEIGHTS = 5,  /* bytes; used in place */
    SNV2_SECTION_STRINGS = 6,  /* NUL-terminated UTF-8 strings; the first is empty */
    SNV2_SECTION_METADATA = 7, /* struct snv2_blob_metadata: key and value */
    SNV2_SECTION_INDICES = 8,  /* uint32_t: positions that RESIZE reads */
    SNV2_SECTION_FRAMES = 9,   /* struct snv2_blob_frame; only where an input takes bytes */
    SNV2_SECTION_LABELS = 10,  /* struct snv2_blob_label; only where there are names of classes */
};

struct snv2_blob_entry {
    uint32_t kind;   /* enum snv2_blob_section, each once */
    uint32_t stride; /* bytes of a record; 1 for bytes */
    uint64_t offset, bytes;
    uint64_t hash; /* XXH3-64 of the section's bytes */
};

/* Where a tensor's storage is. */
enum snv2_blob_place {
    SNV2_PLACE_ARENA,   /* the memory of a run */
    SNV2_PLACE_INPUT,   /* the caller's buffer of a graph input */
    SNV2_PLACE_OUTPUT,  /* the caller's buffer of a graph output */
    SNV2_PLACE_WEIGHTS, /* the weights: a constant */
};

/* A tensor: element [i, j, ...] stands at i * strides[0] + j * strides[1] + ... elements behind the
 * first. A base owns storage: it is its own owner. A view is a part of a base in other dims and
 * strides (a transposition, a slice, a place in a concatenation), and its owner is the base.
 *
 * Graph inputs and outputs are bases, each number from 0 on once, dense and row-major. Feature maps
 * [N,C,H,W] are channels-last: strides H*W*Cp, 1, W*Cp, Cp, Cp being C rounded up to 16.
 *
 * In a model for several images of which a run may take fewer, the tensors that hold something of
 * each image say so: axis 0 is a multiple of `images`, image by image, the same everywhere. An
 * image's part of such a base is strides[0] * dims[0] / images elements, and no element of another
 * image stands in it; a view's images are in those of its owner. With fewer images axis 0 is so
 * much shorter, and everything else as it is: the commands must be right for that, too. Constants
 * that repeat, or hold the images' numbers one behind the other, are marked in the same way.
 *
 * A graph input of bytes has a frame, which says how its dims are meant. It and its one kind of
 * view, all of it as [N,C,H,W], are read by CONV (of one group) and by COPY to a map. */
struct snv2_blob_tensor {
    uint32_t name; /* offset in the strings; 0: none */
    uint8_t dtype; /* TensorProto.DataType; 1 is float32, 2 bytes of a graph input */
    uint8_t place; /* enum snv2_blob_place; a view's is its owner's */
    uint8_t rank;
    uint8_t reserved;
    uint32_t owner;  /* a tensor that is a base */
    uint32_t images; /* that the model is planned for, where axis 0 counts them; 0: it does not */
    uint64_t offset; /* of a base: bytes in arena or weights, 64-aligned, or the number of the input
                        or output; of a view: bytes behind the start of its owner */
    uint64_t bytes;  /* of a base: its storage, padding lanes included; of a view: from its first
                        element to the end of its last */
    int64_t dims[SNV2_BLOB_MAX_RANK];    /* all positive up to rank, 0 behind */
    int64_t strides[SNV2_BLOB_MAX_RANK]; /* elements, not negative; 0 repeats; 0 behind rank */
};

/* Some of the tensor's channels, which are its axis 1: first, first + step, ... */
struct snv2_blob_run {
    uint32_t tensor; /* of rank 2 or more */
    uint32_t first, count;
    int32_t step; /* not 0 */
};

/* What a command does to each number before it is stored, alpha and beta being the command's. */
enum snv2_blob_activation {
#define ACTIVATION(name, number, parameters, text) SNV2_ACTIVATION_##name = number,
#include "snv2/activations.def"
#undef ACTIVATION
};

/* Runs [first_run, first_run + run_count) of the run section, one behind the other along the
 * channels. Their tensors agree in all other dims. run_count 0: no operand. */
struct snv2_blob_operand {
    uint32_t first_run, run_count;
};

/* The window of a convolution or pool, in pixels. */
struct snv2_blob_window {
    uint16_t kernel[2]; /* height, width */
    uint16_t stride[2];
    uint16_t dilation[2];
    uint16_t pad[4]; /* top, left, bottom, right */
};

/* The modes of AVERAGE_POOL, SOFTMAX, REDUCE, BINARY, and those that are bits. RESIZE: the number
 * of taps. */
enum { SNV2_POOL_COUNTS_PADDING = 1 };
enum { SNV2_POOL_COLUMNS_FIRST = 1 };
enum { SNV2_CUMULATIVE_EXCLUSIVE = 1, SNV2_CUMULATIVE_REVERSE = 2 };
enum { SNV2_TOP_K_SMALLEST = 1, SNV2_TOP_K_POSITIONS = 2, SNV2_MAX_POSITIONS = 1 << 24 };
enum { SNV2_SOFTMAX_LOG = 1, SNV2_RESIZE_MAX_TAPS = 4 };
enum snv2_blob_reduction {
    SNV2_REDUCE_SUM,
    SNV2_REDUCE_MEAN,
    SNV2_REDUCE_MAX,
    SNV2_REDUCE_MIN,
    SNV2_REDUCE_PRODUCT,
    SNV2_REDUCE_ARG_MAX, /* the number of the first largest one; NaN is larger than all others */
    SNV2_REDUCE_ARG_MIN,
    SNV2_REDUCE_ARG_MAX_LAST, /* of the last one */
    SNV2_REDUCE_ARG_MIN_LAST,
};
enum snv2_blob_binary {
#define BINARY(name, number, text) SNV2_BINARY_##name = number,
#include "snv2/binaries.def"
#undef BINARY
};
enum snv2_blob_integer {
#define INTEGER(name, number, operands, text) SNV2_INTEGER_##name = number,
#include "snv2/integers.def"
#undef INTEGER
};
enum { SNV2_INTEGER_CONV_SCALES = 1 };
enum snv2_blob_integer_reduction {
    SNV2_INTEGER_SUM,
    SNV2_INTEGER_MEAN, /* of the sum in 64 bits, towards zero */
    SNV2_INTEGER_PRODUCT,
};

/* The commands; opcodes.def lists them with their operands and their weights. */
enum snv2_blob_opcode {
#define OPCODE(name, number, text) SNV2_OPCODE_##name = number,
#include "snv2/opcodes.def"
#undef OPCODE
};

/* What weights are stored as. Two halves are one little-endian word, the first in its low half;
 * kernels widen them to float32. The numbers are those of TensorProto.DataType. */
enum snv2_blob_weights {
    SNV2_WEIGHTS_FLOAT32 = 0,
    SNV2_WEIGHTS_FLOAT16 = 10,
    SNV2_WEIGHTS_BFLOAT16 = 16,
};

struct snv2_blob_command {
    uint16_t opcode;
    uint8_t activation; /* enum snv2_blob_activation */
    uint8_t mode;       /* by opcode, else 0 */
    uint32_t name;      /* the ONNX nodes it came from: offset in the strings */
    float activation_alpha, activation_beta;
    struct snv2_blob_operand operands[SNV2_BLOB_MAX_OPERANDS];
    uint32_t output;                /* tensor */
    uint32_t group;                 /* convolutions, else 0 */
    uint64_t weights, bias;         /* offsets in the weights; UINT64_MAX: none */
    struct snv2_blob_window window; /* convolutions and pools, else 0 */
    uint32_t axis;                  /* SOFTMAX, CUMULATIVE_SUM, TOP_K, GATHER, else 0 */
    uint32_t first_index;           /* RESIZE: in the indices, else 0 */
    uint8_t dtype;         /* integer commands: the type (snv2/integer_types.def), else 0 */
    uint8_t rounds;        /* integer commands: 1: what no float holds is rounded, 0: it is NaN */
    uint8_t weights_dtype; /* enum snv2_blob_weights of CONV, CONV_TRANSPOSE, FULLY_CONNECTED */
    uint8_t reserved_too;
    uint32_t reserved[6];
};

enum snv2_blob_mark_kind {
    SNV2_MARK_UNIT = 1, /* pointwise, depthwise, pointwise */
    SNV2_MARK_OPENING,  /* depthwise, pointwise; pointwise, depthwise, pointwise; of one input */
    SNV2_MARK_STEM,     /* first convolution, max pool */
    SNV2_MARK_TAIL,     /* last convolution, global pool */
};

/* Commands [first, first + count) may run as one: the arena plan holds for that too. Marks stand in
 * order and do not overlap. */
struct snv2_blob_mark {
    uint32_t kind;
    uint32_t first, count;
    uint32_t reserved;
};

/* A graph input of bytes, [N,H,W,C] or [N,C,H,W]. Who reads byte b of channel c reads the number
 * fma(b, scale[c], shift[c]), rounded once; taps in the padding are skipped as ever. */
struct snv2_blob_frame {
    uint32_t input; /* its number; each once, in order */
    uint8_t layout; /* enum snv2_layout */
    uint8_t pixels; /* enum snv2_pixels: C, and what the channels are */
    uint16_t reserved;
    float scale[SNV2_MOST_PIXEL_BYTES], shift[SNV2_MOST_PIXEL_BYTES]; /* finite; 0 from C on */
};

/* The name of an output's class: those of an output stand side by side, in order of the classes. */
struct snv2_blob_label {
    uint32_t output; /* its number; in order */
    uint32_t name;   /* offset in the strings */
};

struct snv2_blob_metadata {
    uint32_t key, value; /* offsets in the strings */
};

#ifndef __cplusplus
_Static_assert(sizeof(struct snv2_blob_header) == 64, "header");
_Static_assert(sizeof(struct snv2_blob_entry) == 32, "entry");
_Static_assert(sizeof(struct snv2_blob_tensor) == 160, "tensor");
_Static_assert(sizeof(struct snv2_blob_run) == 16, "run");
_Static_assert(sizeof(struct snv2_blob_window) == 20, "window");
_Static_assert(sizeof(struct snv2_blob_command) == 128, "command");
_Static_assert(sizeof(struct snv2_blob_mark) == 16, "mark");
_Static_assert(sizeof(struct snv2_blob_metadata) == 8, "metadata");
_Static_assert(sizeof(struct snv2_blob_frame) == 40, "frame");
_Static_assert(sizeof(struct snv2_blob_label) == 8, "label");
#endif

#endif
