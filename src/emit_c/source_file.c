/* NAME.c: the kernels, the commands, and the schedule. */
#include "emit_c/network.h"

#include <string.h>

static const char opening[] =
    "/* The network $name; see $name.h. First come the kernels that it needs, then its commands "
    "in\n"
    " * order, each a call of a kernel.\n"
    " *\n"
    " * Every result is defined to the bit: a product that feeds a sum goes through FMA, which "
    "rounds\n"
    " * once. Where the target has no such instruction, it is made of integers, and slow. */\n"
    "#include \"$name.h\"\n"
    "\n"
    "#include <float.h>\n"
    "#include <stdbool.h>\n";

/* Expressions may be contracted where the compiler is not strict. */
static const char strict[] = "\n"
                             "#ifdef __clang__\n"
                             "#pragma STDC FP_CONTRACT OFF\n"
                             "#elif defined __GNUC__ && !defined __STRICT_ANSI__\n"
                             "#pragma GCC optimize(\"fp-contract=off\")\n"
                             "#endif\n";

static const char hosted[] = "#include <math.h>\n"
                             "\n"
                             "/* Faster kernels for x86, where the processor has AVX2 and FMA; "
                             "$NAME_PORTABLE leaves them out. */\n"
                             "#if defined __GNUC__ && defined __OPTIMIZE__ && defined __x86_64__ "
                             "&& !defined $NAME_PORTABLE\n"
                             "#define USE_AVX2\n"
                             "#include <immintrin.h>\n"
                             "#endif\n";

static const char vector_opening[] =
    "\n"
    "#ifdef USE_AVX2\n"
    "#ifdef __clang__\n"
    "#pragma clang attribute push(__attribute__((target(\"avx2,fma\"))), apply_to = function)\n"
    "#else\n"
    "#pragma GCC push_options\n"
    "#pragma GCC target(\"avx2,fma\")\n"
    "#endif\n"
    "\n"
    "#undef FMA\n"
    "#define FMA(a, b, c) __builtin_fmaf(a, b, c)\n";

static const char vector_closing[] = "\n"
                                     "#ifdef __clang__\n"
                                     "#pragma clang attribute pop\n"
                                     "#else\n"
                                     "#pragma GCC pop_options\n"
                                     "#endif\n";

static const char choice[] =
    "\n"
    "static const struct kernels *choose_kernels(void) {\n"
    "#ifdef USE_AVX2\n"
    "    if (__builtin_cpu_supports(\"avx2\") && __builtin_cpu_supports(\"fma\"))\n"
    "        return &kernels_avx2;\n"
    "#endif\n"
    "    return &kernels_portable;\n"
    "}\n"
    "\n"
    "/* ---- the commands ---- */\n"
    "\n"
    "/* What a run works on. */\n"
    "struct memory {\n"
    "    const float *const *inputs;\n"
    "    float *const *outputs;\n"
    "    float *arena;\n"
    "    const float *weights;\n"
    "};\n"
    "\n"
    "/* One after the other in the same part of the stack. */\n"
    "#ifdef __GNUC__\n"
    "#define STEP __attribute__((noinline))\n"
    "#else\n"
    "#define STEP\n"
    "#endif\n";

static const char run[] =
    "\n"
    "void $name_run(const float *const *inputs, float *const *outputs, void *arena,\n"
    "               const float *weights) {\n"
    "    const struct kernels *kernels = choose_kernels();\n"
    "    const struct memory memory = {inputs, outputs, arena, weights};\n";

static const char loader[] =
    "\n"
    "const float *$name_load_weights(const void *contents, size_t size, void *memory) {\n"
    "    const unsigned char *bytes = contents;\n"
    "    uint32_t hash = UINT32_C(2166136261), *words = memory;\n"
    "    if (size != $NAME_WEIGHTS_BYTES)\n"
    "        return NULL;\n"
    "    for (size_t i = 0; i < $NAME_WEIGHTS_COUNT; i++, bytes += 4) {\n"
    "        words[i] = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |\n"
    "                   (uint32_t)bytes[3] << 24;\n"
    "        hash = (hash ^ words[i]) * UINT32_C(16777619);\n"
    "    }\n"
    "    return hash == $NAME_WEIGHTS_HASH ? memory : NULL;\n"
    "}\n";

void write_template(const struct network *network, const char *template, struct text *text) {
    for (const char *mark; (mark = strchr(template, '$')) != NULL;) {
        bool upper = mark[1] == 'N';
        text_add(text, template, (size_t)(mark - template));
        text_print(text, "%s", upper ? network->upper_name : network->name);
        template = mark + strlen("$name");
    }
    text_print(text, "%s", template);
}

/* Calls `write` with each family that the network has, in the order of kernels.def. */
static void for_each_family(const struct network *network, struct text *text,
                            void (*write)(const struct network *network, const char *family,
                                          const char *args, struct text *text)) {
    static const struct {
        const char *name, *args;
    } families[] = {
#define KERNEL(family, args) {#family, #args},
#include "kernels/kernels.def"
#undef KERNEL
    };
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        bool used = false;
        for (uint32_t k = 0; k < network->plan.step_count && !used; k++)
            used = strcmp(network->plan.steps[k].kernel, families[i].name) == 0;
        if (used)
            write(network, families[i].name, families[i].args, text);
    }
}

static void write_member(const struct network *network, const char *family, const char *args,
                         struct text *text) {
    (void)network;
    text_print(text, "    void (*%s)(const struct %s *args, size_t begin, size_t end);\n", family,
               args);
}

static void write_portable(const struct network *network, const char *family, const char *args,
                           struct text *text) {
    (void)network, (void)args;
    text_print(text, "    k_%s,\n", family);
}

static void write_vector(const struct network *network, const char *family, const char *args,
                         struct text *text) {
    char name[64];
    (void)args;
    source_vector_kernel(&network->source, family, name, sizeof name);
    text_print(text, "    %s,\n", name);
}

static void write_kernels(const struct network *network, struct text *text) {
    source_write_common(&network->source, text);
    text_print(text, "\n/* One function a family: items [begin, end) of its work. */\n"
                     "struct kernels {\n");
    for_each_family(network, text, write_member);
    text_print(text, "};\n\nstatic const struct kernels kernels_portable = {\n");
    for_each_family(network, text, write_portable);
    text_print(text, "};\n");
    if (network->freestanding)
        return;
    write_template(network, vector_opening, text);
    source_write_vector(&network->source, text);
    write_template(network, vector_closing, text);
    text_print(text, "\nstatic const struct kernels kernels_avx2 = {\n");
    for_each_family(network, text, write_vector);
    text_print(text, "};\n#endif\n");
}

void write_source(const struct network *network, struct text *text) {
    write_template(network, opening, text);
    if (!network->freestanding)
        write_template(network, hosted, text);
    write_template(network, strict, text);
    write_kernels(network, text);
    write_template(network, choice, text);
    write_steps(network, text);
    write_template(network, run, text);
    write_schedule(network, text);
    text_print(text, "}\n");
    write_template(network, loader, text);
}
