/* NAME_main.c and NAME.mk: a program to try the network, and how it is built. */
#include "emit_c/network.h"

static const char program[] =
    "/* Runs $name on files of little-endian float numbers, without headers, and writes such "
    "files:\n"
    " *\n"
    " *   $name_main INPUT... OUTPUT...                  with the weights that are linked\n"
    " *   $name_main -w $name.weights INPUT... OUTPUT... */\n"
    "#include \"$name.h\"\n"
    "\n"
    "#include <stdio.h>\n"
    "#include <string.h>\n"
    "\n"
    "/* A static array of so many floats, aligned as the network likes it. */\n"
    "#ifdef __GNUC__\n"
    "#define ARRAY(name, count) static __attribute__((aligned(64))) float name[count]\n"
    "#else\n"
    "#define ARRAY(name, count) static float name[count]\n"
    "#endif\n"
    "\n"
    "ARRAY(arena, ($NAME_ARENA_BYTES + 3) / 4);\n"
    "ARRAY(loaded, $NAME_WEIGHTS_COUNT);\n";

static const char functions[] =
    "\n"
    "static int fail(const char *path) {\n"
    "    perror(path);\n"
    "    return 1;\n"
    "}\n"
    "\n"
    "/* Numbers of this machine from little-endian ones in the same place, and back. */\n"
    "static void swap_where_needed(void *numbers, size_t count) {\n"
    "    unsigned char *bytes = numbers;\n"
    "    for (size_t i = 0; i < count; i++, bytes += 4) {\n"
    "        uint32_t word = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |\n"
    "                        (uint32_t)bytes[3] << 24;\n"
    "        memcpy(bytes, &word, sizeof word);\n"
    "    }\n"
    "}\n"
    "\n"
    "static int read_file(const char *path, void *bytes, size_t size) {\n"
    "    FILE *file = fopen(path, \"rb\");\n"
    "    if (!file)\n"
    "        return 0;\n"
    "    size_t got = fread(bytes, 1, size, file);\n"
    "    int whole = got == size && getc(file) == EOF;\n"
    "    fclose(file);\n"
    "    if (!whole)\n"
    "        fprintf(stderr, \"%s: not %lu bytes\\n\", path, (unsigned long)size);\n"
    "    return whole;\n"
    "}\n"
    "\n"
    "static int write_file(const char *path, const void *bytes, size_t size) {\n"
    "    FILE *file = fopen(path, \"wb\");\n"
    "    if (!file)\n"
    "        return 0;\n"
    "    size_t put = fwrite(bytes, 1, size, file);\n"
    "    return fclose(file) == 0 && put == size;\n"
    "}\n"
    "\n"
    "int main(int argc, char **argv) {\n"
    "    const float *weights = $name_weights.numbers;\n"
    "    int first = argc > 2 && strcmp(argv[1], \"-w\") == 0 ? 3 : 1;\n"
    "    if (argc - first != $NAME_INPUT_COUNT + $NAME_OUTPUT_COUNT) {\n"
    "        fprintf(stderr, \"Usage: %s [-w WEIGHTS] INPUT... OUTPUT...\\n\", argv[0]);\n"
    "        return 2;\n"
    "    }\n"
    "    if (first == 3) {\n"
    "        if (!read_file(argv[2], loaded, $NAME_WEIGHTS_BYTES))\n"
    "            return fail(argv[2]);\n"
    "        weights = $name_load_weights(loaded, $NAME_WEIGHTS_BYTES, loaded);\n"
    "        if (!weights) {\n"
    "            fprintf(stderr, \"%s: not the weights of this network\\n\", argv[2]);\n"
    "            return 1;\n"
    "        }\n"
    "    }\n"
    "    for (int i = 0; i < $NAME_INPUT_COUNT; i++) {\n"
    "        if (!read_file(argv[first + i], inputs[i], 4 * input_sizes[i]))\n"
    "            return fail(argv[first + i]);\n"
    "        swap_where_needed(inputs[i], input_sizes[i]);\n"
    "    }\n"
    "    $name_run((const float *const *)inputs, outputs, arena, weights);\n"
    "    for (int i = 0; i < $NAME_OUTPUT_COUNT; i++) {\n"
    "        const char *path = argv[first + $NAME_INPUT_COUNT + i];\n"
    "        swap_where_needed(outputs[i], output_sizes[i]);\n"
    "        if (!write_file(path, outputs[i], 4 * output_sizes[i]))\n"
    "            return fail(path);\n"
    "    }\n"
    "    return 0;\n"
    "}\n";

static const char makefile[] =
    "# The program that tries $name: make -f $name.mk, or include $name.mk.\n"
    "$name_objects = $name.o $name_weights.o\n"
    "\n"
    "$name_main: $name_main.o @($name_objects)\n"
    "\t@(CC) @(CFLAGS) @(LDFLAGS) -o @@ $name_main.o @($name_objects) -lm\n"
    "\n"
    "$name_main.o $name.o $name_weights.o: %.o: %.c $name.h\n"
    "\t@(CC) -std=c99 -O2 @(CFLAGS) -c -o @@ @<\n";

/* "ARRAY(input_0, 150528);" and the arrays of pointers and sizes. */
static void write_ports(const char *kind, const struct blob *blob, const uint32_t *numbers,
                        uint32_t count, struct text *text) {
    for (uint32_t i = 0; i < count; i++)
        text_print(text, "ARRAY(%s_%u, %llu);\n", kind, i,
                   (unsigned long long)(blob->tensors[numbers[i]].bytes / sizeof(float)));
    text_print(text, "static float *const %ss[] = {", kind);
    for (uint32_t i = 0; i < count; i++)
        text_print(text, "%s%s_%u", i ? ", " : "", kind, i);
    text_print(text, "%s};\nstatic const size_t %s_sizes[] = {", count ? "" : "NULL", kind);
    for (uint32_t i = 0; i < count; i++)
        text_print(text, "%s%llu", i ? ", " : "",
                   (unsigned long long)(blob->tensors[numbers[i]].bytes / sizeof(float)));
    text_print(text, "%s};\n", count ? "" : "0");
}

void write_main(const struct network *network, struct text *text) {
    const struct blob *blob = &network->blob;
    write_template(network, program, text);
    write_ports("input", blob, blob->inputs, blob->input_count, text);
    write_ports("output", blob, blob->outputs, blob->output_count, text);
    write_template(network, functions, text);
}

/* In the template '@' is make's dollar sign. */
void write_makefile(const struct network *network, struct text *text) {
    size_t start = text->size;
    write_template(network, makefile, text);
    for (size_t i = start; i < text->size; i++)
        if (text->bytes[i] == '@')
            text->bytes[i] = '$';
}
