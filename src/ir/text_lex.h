/* A cursor over the text form: each function skips blanks and comments, reads one piece and moves
 * on. The first error stays: everything after it does nothing. */
#ifndef IR_TEXT_LEX_H
#define IR_TEXT_LEX_H

#include "base/arena.h"
#include "base/diagnostic.h"

#include <stdbool.h>
#include <stdint.h>

struct cursor {
    const char *text, *at; /* the whole text, and what is left of it */
    struct arena *arena;   /* names are copied here */
    enum snv2_status status;
    struct snv2_diagnostic *diagnostic;
};

/* Records an error at the cursor unless there is one. Always false. */
bool lex_fail(struct cursor *cursor, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool lex_no_memory(struct cursor *cursor);

/* A name, bare or in quotes; "" after an error. */
const char *lex_name(struct cursor *cursor);

/* Whether the text goes on with `token`, which is then skipped; and the same as a demand. */
bool lex_accept(struct cursor *cursor, const char *token);
bool lex_expect(struct cursor *cursor, const char *token);

/* The word `keyword` and something other than punctuation behind it: "input x" but not "input:". */
bool lex_accept_keyword(struct cursor *cursor, const char *keyword);

/* A lone "_", which stands for an omitted operand. */
bool lex_accept_omitted(struct cursor *cursor);

/* Numbers, 0 after an error. lex_bits reads hexadecimal digits. */
int64_t lex_integer(struct cursor *cursor, int64_t low, int64_t high);
uint64_t lex_unsigned(struct cursor *cursor);
uint64_t lex_bits(struct cursor *cursor);
double lex_real(struct cursor *cursor);

/* Whether nothing stands on the rest of the line; skips it and all empty lines behind. */
bool lex_end_of_line(struct cursor *cursor);
bool lex_end_of_text(const struct cursor *cursor);

/* Whether a name can stand without quotes. */
bool lex_is_bare_name(const char *name);

#endif
