/* The C library saves and restores the whole control register (on x86-64 MXCSR, on AArch64 FPCR);
 * flushing subnormals to zero is a bit of it that C has no name for. */
#include "runtime/float_mode.h"

#include <stdint.h>
#if defined __SSE__
#include <xmmintrin.h>
#endif

static void keep_subnormals(void) {
#if defined __SSE__
    const unsigned flush_to_zero = 0x8000, denormals_are_zero = 0x0040;
    _mm_setcsr(_mm_getcsr() & ~(flush_to_zero | denormals_are_zero));
#elif defined __aarch64__
    const uint64_t flush_to_zero = UINT64_C(1) << 24;
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    __asm__ volatile("msr fpcr, %0" : : "r"(control & ~flush_to_zero));
#endif
}

void float_mode_enter(fenv_t *saved) {
    feholdexcept(saved);
    fesetround(FE_TONEAREST);
    keep_subnormals();
}

void float_mode_leave(const fenv_t *saved) {
    fesetenv(saved);
}
