/* NAME.h: what a user of the network sees. */
#include "emit_c/network.h"

static const char opening[] =
    "/* A network in C99, made by snv2-convert from an ONNX model:\n"
    " *\n"
    " *   $name_run(inputs, outputs, arena, $name_weights.numbers);\n"
    " *\n"
    " * Inputs and outputs are dense row-major arrays of float, in the order below. The caller "
    "owns\n"
    " * all memory: nothing is allocated, and nothing static is written, so that threads may run "
    "the\n"
    " * network at once, each with an arena of its own. Rounding must be to nearest, and "
    "subnormal\n"
    " * numbers not flushed to zero, as in any new thread. */\n"
    "#ifndef $NAME_H\n"
    "#define $NAME_H\n"
    "\n"
    "#include <stddef.h>\n"
    "#include <stdint.h>\n"
    "\n"
    "#ifdef __cplusplus\n"
    "extern \"C\" {\n"
    "#endif\n"
    "\n"
    "/* The memory of one run, which holds nothing between runs. Multiples of the alignment are\n"
    " * fastest, those of a float are enough. */\n";

static const char closing[] =
    "\n"
    "/* The weights as an array, in $name_weights.c. */\n"
    "union $name_numbers {\n"
    "    uint32_t bits[$NAME_WEIGHTS_COUNT];\n"
    "    float numbers[$NAME_WEIGHTS_COUNT];\n"
    "};\n"
    "extern const union $name_numbers $name_weights;\n"
    "\n"
    "/* The weights from the contents of $name.weights, which is little-endian, in place of the "
    "array:\n"
    " * into memory of $NAME_WEIGHTS_BYTES bytes, which may be where the contents are. NULL where "
    "they\n"
    " * are not this network's. Little-endian machines can use the contents as they are. */\n"
    "const float *$name_load_weights(const void *contents, size_t size, void *memory);\n"
    "\n"
    "/* One run. */\n"
    "void $name_run(const float *const *inputs, float *const *outputs, void *arena,\n"
    "               const float *weights);\n"
    "\n"
    "#ifdef __cplusplus\n"
    "}\n"
    "#endif\n"
    "#endif\n";

static void write_constant(const struct network *network, const char *name, uint64_t value,
                           struct text *text) {
    text_print(text, "#define %s_%s %llu\n", network->upper_name, name, (unsigned long long)value);
}

/* "#define NET_INPUT_0_NAME ..." and so on. */
static void write_port(const struct network *network, const char *kind, uint32_t number,
                       const struct snv2_blob_tensor *tensor, struct text *text) {
    const char *upper = network->upper_name;
    text_print(text, "#define %s_%s_%u_NAME ", upper, kind, number);
    text_add_literal(text, network->blob.strings + tensor->name);
    text_print(text, "\n#define %s_%s_%u_DTYPE \"float32\"\n", upper, kind, number);
    text_print(text, "#define %s_%s_%u_RANK %d\n", upper, kind, number, tensor->rank);
    text_print(text, "#define %s_%s_%u_DIMS", upper, kind, number);
    for (int i = 0; i < tensor->rank; i++)
        text_print(text, "%s%lld", i ? ", " : " {", (long long)tensor->dims[i]);
    text_print(text, "%s\n", tensor->rank > 0 ? "}" : " {1}");
    text_print(text, "#define %s_%s_%u_ELEMENTS %llu\n", upper, kind, number,
               (unsigned long long)(tensor->bytes / sizeof(float)));
}

void write_header(const struct network *network, struct text *text) {
    const struct blob *blob = &network->blob;
    uint64_t weights = blob->weights_bytes;
    write_template(network, opening, text);
    write_constant(network, "ARENA_BYTES", blob->arena_bytes ? blob->arena_bytes : sizeof(float),
                   text);
    write_constant(network, "ARENA_ALIGNMENT", SNV2_BLOB_ALIGNMENT, text);
    text_print(text, "\n");
    write_constant(network, "WEIGHTS_COUNT", weights ? weights / sizeof(float) : 1, text);
    write_constant(network, "WEIGHTS_BYTES", weights ? weights : sizeof(float), text);
    write_constant(network, "WEIGHTS_ALIGNMENT", SNV2_BLOB_ALIGNMENT, text);
    text_print(text, "#define %s_WEIGHTS_HASH UINT32_C(%lu)\n", network->upper_name,
               (unsigned long)weights_hash(network));
    text_print(text, "\n");
    write_constant(network, "INPUT_COUNT", blob->input_count, text);
    for (uint32_t i = 0; i < blob->input_count; i++)
        write_port(network, "INPUT", i, &blob->tensors[blob->inputs[i]], text);
    text_print(text, "\n");
    write_constant(network, "OUTPUT_COUNT", blob->output_count, text);
    for (uint32_t i = 0; i < blob->output_count; i++)
        write_port(network, "OUTPUT", i, &blob->tensors[blob->outputs[i]], text);
    write_template(network, closing, text);
}
