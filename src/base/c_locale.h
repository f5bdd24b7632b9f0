/* Numbers in text files have a point whatever the user's locale: a function that prints or scans
 * them switches its thread to the C locale and back. */
#ifndef BASE_C_LOCALE_H
#define BASE_C_LOCALE_H

#include <locale.h>
#include <stdbool.h>

struct c_locale {
    locale_t c, callers;
};

/* False where memory ran out; nothing has changed then. */
static inline bool c_locale_enter(struct c_locale *locale) {
    locale->c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (locale->c)
        locale->callers = uselocale(locale->c);
    return locale->c != (locale_t)0;
}

static inline void c_locale_leave(struct c_locale *locale) {
    uselocale(locale->callers);
    freelocale(locale->c);
}

#endif
