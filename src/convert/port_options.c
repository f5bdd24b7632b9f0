/* Parsing --input and --output; see port_options.h. */
#include "convert/port_options.h"

#include "base/c_locale.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char frame_form[] =
    "[NAME:]u8[,nhwc|nchw][,gray|rgb|bgr|rgba|bgra][,reads=rgb|bgr][,scale=X][,mean=X[/X/X]]"
    "[,std=X[/X/X]]";

/* Words that stand alone, and what they set. */
static const struct {
    const char *word;
    bool is_layout;
    int value;
} frame_words[] = {
    {"nhwc", true, FRAME_NHWC},  {"nchw", true, FRAME_NCHW}, {"gray", false, FRAME_GRAY},
    {"rgb", false, FRAME_RGB},   {"bgr", false, FRAME_BGR},  {"rgba", false, FRAME_RGBA},
    {"bgra", false, FRAME_BGRA},
};

/* Numbers with slashes between them, to the end of the text. */
static bool read_numbers(const char *text, int most, struct channel_numbers *numbers) {
    struct c_locale locale;
    numbers->count = 0;
    if (!c_locale_enter(&locale))
        return false;
    for (;; text++) {
        char *end;
        float number = strtof(text, &end);
        if (end == text || !isfinite(number) || numbers->count == most)
            break;
        numbers->values[numbers->count++] = number;
        text = end;
        if (*text != '/')
            break;
    }
    c_locale_leave(&locale);
    return *text == '\0' && numbers->count > 0;
}

static bool has_zero(const struct channel_numbers *numbers) {
    for (int i = 0; i < numbers->count; i++)
        if (numbers->values[i] == 0)
            return true;
    return false;
}

/* "key=value": the value, or NULL where the key is another. */
static const char *value_of(const char *word, const char *key) {
    size_t length = strlen(key);
    return strncmp(word, key, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

/* One word of the list; false where it is none. */
static bool read_frame_word(const char *word, struct frame_option *option) {
    const char *value;
    struct channel_numbers scale;
    for (size_t i = 0; i < sizeof frame_words / sizeof *frame_words; i++) {
        if (strcmp(word, frame_words[i].word) != 0)
            continue;
        if (frame_words[i].is_layout) {
            option->layout = (enum frame_layout)frame_words[i].value;
        } else {
            option->pixels = (enum frame_pixels)frame_words[i].value;
            option->has_pixels = true;
        }
        return true;
    }
    if ((value = value_of(word, "reads"))) {
        option->reads_bgr = strcmp(value, "bgr") == 0;
        return option->reads_bgr || strcmp(value, "rgb") == 0;
    }
    if ((value = value_of(word, "scale"))) {
        bool read = read_numbers(value, 1, &scale);
        option->scale = scale.values[0];
        return read;
    }
    if ((value = value_of(word, "mean")))
        return read_numbers(value, 3, &option->mean);
    if ((value = value_of(word, "std")))
        return read_numbers(value, 3, &option->std) && !has_zero(&option->std);
    return false;
}

/* The words behind the name, which stands before the last colon: NULL where memory ran out. */
static char *split_name(const char *argument, struct arena *arena, const char **name) {
    const char *colon = strrchr(argument, ':');
    const char *list = colon ? colon + 1 : argument;
    *name = colon && colon > argument ? arena_strndup(arena, argument, (size_t)(colon - argument))
                                      : NULL;
    return colon && colon > argument && !*name ? NULL : arena_strndup(arena, list, strlen(list));
}

/* Cuts the first word off the list, which becomes NULL behind the last. */
static char *next_word(char **list) {
    char *word = *list, *comma = strchr(word, ',');
    if (comma)
        *comma = '\0';
    *list = comma ? comma + 1 : NULL;
    return word;
}

enum snv2_status parse_frame_option(const char *argument, struct arena *arena,
                                    struct frame_option *option,
                                    struct snv2_diagnostic *diagnostic) {
    *option = (struct frame_option){.scale = 1.0f / 255, .mean = {1, {0}}, .std = {1, {1}}};
    char *list = split_name(argument, arena, &option->name);
    if (!list)
        return diagnose_no_memory(diagnostic);
    const char *word = next_word(&list);
    if (strcmp(word, "u8") != 0)
        return diagnose(diagnostic, SNV2_USAGE, "option '--input': '%s' is not %s", argument,
                        frame_form);
    while (list) {
        word = next_word(&list);
        if (!read_frame_word(word, option))
            return diagnose(diagnostic, SNV2_USAGE,
                            "option '--input': '%s' has no place in %s; numbers are finite and std "
                            "is not 0",
                            word, frame_form);
    }
    return SNV2_OK;
}

static const struct {
    const char *word;
    enum op op;
} functions[] = {
    {"softmax", OP_Softmax},
    {"argmax", OP_ArgMax},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* The number of the function behind the last colon, or FUNCTIONS; *rest is what follows it. */
static int find_function(const char *argument, const char **rest) {
    const char *colon = strrchr(argument, ':');
    for (int i = 0; i < FUNCTIONS && colon; i++) {
        size_t length = strlen(functions[i].word);
        *rest = colon + 1 + length;
        if (strncmp(colon + 1, functions[i].word, length) == 0 && (!**rest || **rest == ','))
            return i;
    }
    return FUNCTIONS;
}

bool is_function_option(const char *argument) {
    const char *rest;
    return find_function(argument, &rest) < FUNCTIONS;
}

enum snv2_status parse_function_option(const char *argument, struct arena *arena,
                                       struct function_option *option,
                                       struct snv2_diagnostic *diagnostic) {
    const char *rest;
    int function = find_function(argument, &rest), length = 0;
    *option = (struct function_option){.name = NULL};
    if (!split_name(argument, arena, &option->name))
        return diagnose_no_memory(diagnostic);
    option->has_axis =
        function < FUNCTIONS && *rest && sscanf(rest, ",axis=%2d%n", &option->axis, &length) == 1;
    if (function == FUNCTIONS || rest[length])
        return diagnose(diagnostic, SNV2_USAGE,
                        "option '--output': '%s' is not [NAME]:softmax or [NAME]:argmax, maybe "
                        "with ,axis=N",
                        argument);
    option->op = functions[function].op;
    return SNV2_OK;
}
