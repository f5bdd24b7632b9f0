/* Elementary functions of doubles, from operations that IEEE 754 rounds correctly and nothing else,
 * so that they give the same bits on every machine. Errors are below 1e-15 relative; special cases
 * are C's (Annex F): NaN propagates, overflow is infinite. Thread safe. */
#ifndef INTERP_ELEMENTARY_H
#define INTERP_ELEMENTARY_H

double elementary_exp(double x);
double elementary_expm1(double x); /* exp(x) - 1 */
double elementary_log(double x);
double elementary_log1p(double x); /* log(1 + x) */
double elementary_tanh(double x);
double elementary_erf(double x);
double elementary_sigmoid(double x);  /* 1 / (1 + exp(-x)) */
double elementary_softplus(double x); /* log(1 + exp(x)) */
double elementary_mish(double x);     /* x tanh(softplus(x)) */

/* Powers of whole exponents up to 16 are products, so pow(x, 2) is x * x. */
double elementary_pow(double x, double y);

#endif
