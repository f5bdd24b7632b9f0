/* Elementary functions; see elementary.h. Series after argument reduction; where more than a
 * double's precision is needed a number is the sum of two. */
#include "interp/elementary.h"

#include <math.h>
#include <stdbool.h>

/* high + low, where low is below the last bit of high. */
struct pair {
    double high, low;
};

/* ln 2 as a pair of which the first has 33 bits: its product with an exponent is exact. */
static const struct pair ln2 = {0x1.62e42fee00000p-1, 0x1.a39ef35793c76p-33};

/* a + b exactly. */
static struct pair exact_sum(double a, double b) {
    double sum = a + b, added = sum - a;
    return (struct pair){sum, (a - (sum - added)) + (b - added)};
}

/* (exp(x) - 1) / x for |x| < 0.4: 1 + x/2 (1 + x/3 (1 + ...)). */
static double exp_series(double x) {
    double sum = 1;
    for (int n = 15; n > 1; n--)
        sum = 1 + x * sum / n;
    return sum;
}

/* exp(x.high + x.low): the argument less a multiple of ln 2, then scaled by a power of two. */
static double exp_pair(struct pair x) {
    if (x.high != x.high)
        return x.high;
    if (x.high > 710)
        return INFINITY;
    if (x.high < -746)
        return 0;
    double exponent = floor(x.high / ln2.high + 0.5);
    double rest = x.high - exponent * ln2.high - (exponent * ln2.low - x.low);
    return ldexp(1 + rest * exp_series(rest), (int)exponent);
}

double elementary_exp(double x) {
    return exp_pair((struct pair){x, 0});
}

double elementary_expm1(double x) {
    return fabs(x) < 0.375 ? x * exp_series(x) : elementary_exp(x) - 1;
}

/* log(x) of a finite x > 0 with a relative error below 2^-58. x = 2^e m, log m = 2 artanh(s) with
 * s = (m - 1) / (m + 1), |s| < 0.172, as 2 s + 2 s^3 / 3 + ... */
static struct pair log_pair(double x) {
    int exponent;
    double m = frexp(x, &exponent);
    if (m < 0x1.6a09e667f3bcdp-1) { /* the root of 1/2 */
        m *= 2;
        exponent--;
    }
    struct pair divisor = exact_sum(m, 1);
    double s = (m - 1) / divisor.high;
    double s_low = (fma(-s, divisor.high, m - 1) - s * divisor.low) / divisor.high;
    double square = s * s, series = 0;
    for (int n = 25; n > 1; n -= 2)
        series = square * (1.0 / n + series);
    struct pair sum = exact_sum(exponent * ln2.high, 2 * s);
    return exact_sum(sum.high, sum.low + (exponent * ln2.low + 2 * (s_low + s * series)));
}

double elementary_log(double x) {
    if (!(x > 0))
        return x == 0 ? -INFINITY : NAN;
    return x < INFINITY ? log_pair(x).high : x;
}

double elementary_log1p(double x) {
    if (!(x > -1 && x < INFINITY))
        return elementary_log(1 + x);
    struct pair sum = exact_sum(1, x);
    return x == 0 ? x : log_pair(sum.high).high + sum.low / sum.high;
}

double elementary_tanh(double x) {
    double a = fabs(x);
    if (!(a < 22)) /* 1 to the last bit, or NaN */
        return x != x ? x : copysign(1, x);
    double t = elementary_expm1(2 * a);
    return copysign(t / (t + 2), x);
}

/* erf(x) = 2 / sqrt(pi) exp(-x^2) x (1 + 2 x^2 / 3 (1 + 2 x^2 / 5 (1 + ...))), in which nothing
 * cancels; from 2 on 1 - erfc(x) by its continued fraction. */
double elementary_erf(double x) {
    static const double root_of_pi = 0x1.c5bf891b4ef6bp+0;
    double a = fabs(x);
    if (!(a < 6)) /* 1 to the last bit, or NaN */
        return x != x ? x : copysign(1, x);
    double square = a * a, gaussian = exp_pair((struct pair){-square, fma(-a, a, square)});
    if (a < 2) {
        double sum = 1;
        for (int n = 71; n > 1; n -= 2)
            sum = 1 + 2 * square / n * sum;
        return copysign(2 / root_of_pi * gaussian * a * sum, x);
    }
    double fraction = a;
    for (int n = 60; n > 0; n--)
        fraction = a + n / 2.0 / fraction;
    return copysign(1 - gaussian / (root_of_pi * fraction), x);
}

/* x^n for 1 <= n. */
static double product(double x, int n) {
    double result = 1;
    for (; n > 0; n /= 2, x *= x)
        if (n % 2)
            result *= x;
    return result;
}

/* x^y for a finite x > 0 and a finite y. */
static double positive_power(double x, double y) {
    if (fabs(y) <= 16 && y == floor(y)) {
        double power = product(x, (int)fabs(y));
        if (y > 0 || (power > 0 && power < INFINITY))
            return y > 0 ? power : 1 / power;
    }
    if (y == 0.5)
        return sqrt(x);
    struct pair logarithm = log_pair(x);
    double high = y * logarithm.high;
    return exp_pair((struct pair){high, fma(y, logarithm.high, -high) + y * logarithm.low});
}

double elementary_pow(double x, double y) {
    double magnitude = fabs(x), result;
    if (y == 0 || x == 1)
        return 1;
    if (x != x || y != y)
        return x + y;
    if (x < 0 && magnitude < INFINITY && y != floor(y))
        return NAN;
    if (fabs(y) == INFINITY)
        return magnitude == 1 ? 1 : (magnitude > 1) == (y > 0) ? y * y : 0;
    if (magnitude == 0 || magnitude == INFINITY)
        result = (magnitude == 0) == (y < 0) ? INFINITY : 0;
    else
        result = positive_power(magnitude, y);
    bool odd = y == floor(y) && fmod(y, 2) != 0;
    return odd ? copysign(result, x) : result;
}

/* Without overflow on either side. */
double elementary_sigmoid(double x) {
    double e = elementary_exp(-fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

double elementary_softplus(double x) {
    return (x < 0 ? 0 : x) + elementary_log1p(elementary_exp(-fabs(x)));
}

double elementary_mish(double x) {
    return x * elementary_tanh(elementary_softplus(x));
}
