/* NAME_weights.c and NAME.weights: the numbers apart from the code. */
#include "emit_c/network.h"

#include <string.h>

enum { PER_LINE = 8 };

/* Number i of the weights as bits; a network without any has one 0. */
static uint32_t weight_bits(const struct network *network, size_t i) {
    uint32_t bits = 0;
    if (network->blob.weights_bytes > 0)
        memcpy(&bits, network->blob.weights + i * sizeof bits, sizeof bits);
    return bits;
}

static size_t weight_count(const struct network *network) {
    size_t count = (size_t)network->blob.weights_bytes / sizeof(float);
    return count > 0 ? count : 1;
}

uint32_t weights_hash(const struct network *network) {
    uint32_t hash = UINT32_C(2166136261);
    for (size_t i = 0; i < weight_count(network); i++)
        hash = (hash ^ weight_bits(network, i)) * UINT32_C(16777619);
    return hash;
}

static void add_hexadecimal(char *digits, uint32_t bits) {
    for (int i = 7; i >= 0; i--, bits >>= 4)
        digits[i] = "0123456789abcdef"[bits & 15];
}

void write_weights_source(const struct network *network, struct text *text) {
    char line[] = "0x00000000, ";
    size_t count = weight_count(network), length = sizeof line - 1;
    write_template(
        network,
        "/* The weights of $name as bits of float, which are the same on every machine. */\n"
        "#include \"$name.h\"\n"
        "\n"
        "#ifdef __GNUC__\n"
        "__attribute__((aligned($NAME_WEIGHTS_ALIGNMENT)))\n"
        "#endif\n"
        "const union $name_numbers $name_weights = {{\n",
        text);
    text_reserve(text, count * length + 8);
    for (size_t i = 0; i < count; i++) {
        bool ends = i % PER_LINE == PER_LINE - 1 || i == count - 1;
        add_hexadecimal(line + 2, weight_bits(network, i));
        line[length - 1] = ends ? '\n' : ' ';
        text_add(text, line, length);
    }
    text_print(text, "}};\n");
}

void write_weights(const struct network *network, struct text *text) {
    size_t count = weight_count(network);
    text_reserve(text, count * sizeof(uint32_t));
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = weight_bits(network, i);
        const char bytes[] = {(char)(bits & 0xff), (char)(bits >> 8 & 0xff),
                              (char)(bits >> 16 & 0xff), (char)(bits >> 24)};
        text_add(text, bytes, sizeof bytes);
    }
}
