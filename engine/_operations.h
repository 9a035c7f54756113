/* generated from the table by `python -m dendrograd.generate`; do not edit.

The operations of engine/ops.py: primal and local derivatives, with the bits that the
engine computes in Python. Include <Python.h> and <math.h> before it, and compile with
-ffp-contract=off -fno-builtin, or the bits differ.

Of one, two or three operands               Of any number but 0, in an array
    y = primal_mul(a, b);                       y = primal_sum(x, n);
    partials_mul(y, a, b, out);                 partials_sum(y, x, n, out);
    partial_mul_1(y, a, b);  by b alone

OPERATIONS[INDEX_mul] takes the operands of any operation from an array; the order is
that of OPS. Where Python computes by an algorithm of its own there is no function, the
pointer is NULL, and the operation has the flag CALLS_PYTHON. Its origin is the text
that its C was made from, by which an old build is told from the table of today.
UNARY_OPERATIONS(F) and BINARY_OPERATIONS(F) write F(name) for each method that is all
C; UNARY_PRIMALS(F), BINARY_PRIMALS(F) and TERNARY_PRIMALS(F) for each primal in C. */
#ifndef DENDROGRAD_OPERATIONS_H
#define DENDROGRAD_OPERATIONS_H
#include <float.h>

#if defined(__FAST_MATH__) || FLT_EVAL_METHOD != 0
#error "these operations need the arithmetic of IEEE 754 in double precision"
#endif
#ifdef __GNUC__ /* exact functions, in one instruction in spite of -fno-builtin */
#define EXACT(function) __builtin_##function
#else
#define EXACT(function) function
#endif

enum {
    INDEX_pos, INDEX_neg, INDEX_add, INDEX_sub, INDEX_mul, INDEX_div, INDEX_floordiv,
    INDEX_mod, INDEX_pow, INDEX_exp, INDEX_expm1, INDEX_exp2, INDEX_log, INDEX_log1p,
    INDEX_log2, INDEX_log10, INDEX_sqrt, INDEX_cbrt, INDEX_sin, INDEX_cos, INDEX_tan,
    INDEX_asin, INDEX_acos, INDEX_atan, INDEX_atan2, INDEX_sinh, INDEX_cosh, INDEX_tanh,
    INDEX_sech, INDEX_asinh, INDEX_acosh, INDEX_atanh, INDEX_sigmoid, INDEX_softplus,
    INDEX_relu, INDEX_erf, INDEX_erfc, INDEX_erfinv, INDEX_ndtr, INDEX_lgamma,
    INDEX_digamma, INDEX_polygamma, INDEX_abs, INDEX_sign, INDEX_step, INDEX_compare,
    INDEX_floor, INDEX_ceil, INDEX_trunc, INDEX_maximum, INDEX_minimum, INDEX_where,
    INDEX_hypot, INDEX_direction, INDEX_norm, INDEX_logaddexp, INDEX_xlogy,
    INDEX_logsumexp, INDEX_sum, INDEX_dot
};

#define UNARY_OPERATIONS(F) \
    F(pos) F(neg) F(exp) F(expm1) F(exp2) F(log) F(log1p) F(log2) F(log10) F(sqrt) \
    F(cbrt) F(sin) F(cos) F(tan) F(asin) F(acos) F(sinh) F(cosh) F(tanh) F(sech) \
    F(acosh) F(atanh) F(sigmoid) F(softplus) F(relu) F(erf) F(erfc) F(ndtr) F(abs) \
    F(sign) F(step) F(floor) F(ceil) F(trunc)

#define BINARY_OPERATIONS(F) \
    F(add) F(sub) F(mul) F(div) F(floordiv) F(mod) F(pow) F(compare) F(maximum) \
    F(minimum) F(logaddexp) F(xlogy)

#define UNARY_PRIMALS(F) \
    F(pos) F(neg) F(exp) F(expm1) F(exp2) F(log) F(log1p) F(log2) F(log10) F(sqrt) \
    F(cbrt) F(sin) F(cos) F(tan) F(asin) F(acos) F(atan) F(sinh) F(cosh) F(tanh) \
    F(sech) F(asinh) F(acosh) F(atanh) F(sigmoid) F(softplus) F(relu) F(erf) F(erfc) \
    F(ndtr) F(abs) F(sign) F(step) F(floor) F(ceil) F(trunc)

#define BINARY_PRIMALS(F) \
    F(add) F(sub) F(mul) F(div) F(floordiv) F(mod) F(pow) F(atan2) F(compare) \
    F(maximum) F(minimum) F(logaddexp) F(xlogy)

#define TERNARY_PRIMALS(F) \
    F(where)

/* Primals */

static inline double primal_pos(double x)
{
    return +x;
}

static inline double primal_neg(double x)
{
    return -x;
}

static inline double primal_add(double a, double b)
{
    return a + b;
}

static inline double primal_sub(double a, double b)
{
    return a - b;
}

static inline double primal_mul(double a, double b)
{
    return a * b;
}

static inline double primal_div(double a, double b)
{
    return a / b;
}

static inline double primal_floordiv(double a, double b)
{
    if (b == 0.0)
        return a / b;
    double rest = fmod(a, b), quotient = (a - rest) / b; /* as float.__floordiv__ */
    if (rest != 0.0 && (b < 0.0) != (rest < 0.0))
        quotient -= 1.0;
    if (quotient == 0.0)
        return copysign(0.0, a / b);
    double whole = floor(quotient);
    return quotient - whole > 0.5 ? whole + 1.0 : whole;
}

static inline double primal_mod(double a, double b)
{
    double rest = fmod(a, b); /* as float.__mod__ */
    if (rest == 0.0)
        return copysign(0.0, b);
    return (b < 0.0) != (rest < 0.0) ? rest + b : rest;
}

static inline double primal_pow(double a, double b)
{
    return pow(a, b);
}

static inline double primal_exp(double x)
{
    return exp(x);
}

static inline double primal_expm1(double x)
{
    return expm1(x);
}

static inline double primal_exp2(double x)
{
    return exp2(x);
}

static inline double primal_log(double x)
{
    return log(x);
}

static inline double primal_log1p(double x)
{
    return log1p(x);
}

static inline double primal_log2(double x)
{
    return log2(x);
}

static inline double primal_log10(double x)
{
    return log10(x);
}

static inline double primal_sqrt(double x)
{
    return EXACT(sqrt)(x);
}

static inline double primal_cbrt(double x)
{
    return cbrt(x);
}

static inline double primal_sin(double x)
{
    return sin(x);
}

static inline double primal_cos(double x)
{
    return cos(x);
}

static inline double primal_tan(double x)
{
    return tan(x);
}

static inline double primal_asin(double x)
{
    return asin(x);
}

static inline double primal_acos(double x)
{
    return acos(x);
}

static inline double primal_atan(double x)
{
    return atan(x);
}

static inline double primal_atan2(double a, double b)
{
    return atan2(a, b);
}

static inline double primal_sinh(double x)
{
    return sinh(x);
}

static inline double primal_cosh(double x)
{
    return cosh(x);
}

static inline double primal_tanh(double x)
{
    return tanh(x);
}

static inline double primal_sech(double x)
{
    return 1.0 / cosh(x);
}

static inline double primal_asinh(double x)
{
    return asinh(x);
}

static inline double primal_acosh(double x)
{
    return acosh(x);
}

static inline double primal_atanh(double x)
{
    return atanh(x);
}

static inline double primal_sigmoid(double x)
{
    if (x >= 0.0)
        return 1.0 / (1.0 + exp(-x));
    double small = exp(x);
    return small / (1.0 + small);
}

static inline double primal_relu(double x)
{
    return x > 0.0 || x != x ? x : 0.0;
}

static inline double primal_softplus(double x)
{
    return primal_relu(x) + log1p(exp(-EXACT(fabs)(x)));
}

static inline double primal_erf(double x)
{
    return erf(x);
}

static inline double primal_erfc(double x)
{
    return erfc(x);
}

static inline double primal_ndtr(double x)
{
    return 0.5 * erfc(-x * EXACT(sqrt)(0.5));
}

static inline double primal_abs(double x)
{
    return EXACT(fabs)(x);
}

static inline double primal_compare(double a, double b)
{
    return a > b ? 1.0 : a < b ? -1.0 : a == b ? 0.0 : NAN;
}

static inline double primal_sign(double x)
{
    return primal_compare(x, 0.0);
}

static inline double primal_step(double x)
{
    return x > 0.0 ? 1.0 : x <= 0.0 ? 0.0 : NAN;
}

static inline double primal_floor(double x)
{
    return floor(x);
}

static inline double primal_ceil(double x)
{
    return ceil(x);
}

static inline double primal_trunc(double x)
{
    return trunc(x);
}

static inline double primal_maximum(double a, double b)
{
    if (a == 0.0 && b == 0.0)
        return a + b;
    return a > b || a != a ? a : b;
}

static inline double primal_minimum(double a, double b)
{
    if (a == 0.0 && b == 0.0)
        return -(-a - b);
    return a < b || a != a ? a : b;
}

static inline double primal_where(double a, double b, double c)
{
    return a != 0.0 ? b : c;
}

static inline double primal_logsumexp(const double *x, Py_ssize_t n)
{
    double top = -INFINITY, others = 0.0;
    for (Py_ssize_t i = 0; i < n; i++)
        top = primal_maximum(top, x[i]);
    if (!isfinite(top))
        return top;
    Py_ssize_t at = 0;
    while (x[at] != top)
        at++;
    for (Py_ssize_t i = 0; i < n; i++)
        if (i != at)
            others += exp(x[i] - top);
    return top + log1p(others);
}

static inline double primal_logaddexp(double a, double b)
{
    return primal_logsumexp((const double[]){a, b}, 2);
}

static inline double primal_xlogy(double a, double b)
{
    return a == 0.0 && b == b ? 0.0 : a * log(b);
}

static inline double primal_sum(const double *x, Py_ssize_t n)
{
    double total = 0.0;
    for (Py_ssize_t i = 0; i < n; i++)
        total += x[i];
    return total;
}

static inline double primal_dot(const double *x, Py_ssize_t n)
{
    const Py_ssize_t half = n / 2;
    double total = x[n - 1];
    for (Py_ssize_t i = 0; i < half && half + i < n - 1; i++)
        total += x[i] * x[half + i];
    return total;
}

/* Local derivatives */

static inline void partials_pos(double y, double x, double *out)
{
    (void)y; (void)x;
    out[0] = 0x1p+0;
}

static inline void partials_neg(double y, double x, double *out)
{
    (void)y; (void)x;
    out[0] = -0x1p+0;
}

static inline void partials_add(double y, double a, double b, double *out)
{
    (void)y; (void)a; (void)b;
    out[0] = 0x1p+0;
    out[1] = 0x1p+0;
}

static inline double partial_add_0(double y, double a, double b)
{
    (void)y; (void)a; (void)b;
    return 0x1p+0;
}

static inline double partial_add_1(double y, double a, double b)
{
    (void)y; (void)a; (void)b;
    return 0x1p+0;
}

static inline void partials_sub(double y, double a, double b, double *out)
{
    (void)y; (void)a; (void)b;
    out[0] = 0x1p+0;
    out[1] = -0x1p+0;
}

static inline double partial_sub_0(double y, double a, double b)
{
    (void)y; (void)a; (void)b;
    return 0x1p+0;
}

static inline double partial_sub_1(double y, double a, double b)
{
    (void)y; (void)a; (void)b;
    return -0x1p+0;
}

static inline void partials_mul(double y, double a, double b, double *out)
{
    (void)y;
    out[0] = b;
    out[1] = a;
}

static inline double partial_mul_0(double y, double a, double b)
{
    (void)y; (void)a;
    return b;
}

static inline double partial_mul_1(double y, double a, double b)
{
    (void)y; (void)b;
    return a;
}

static inline void partials_div(double y, double a, double b, double *out)
{
    (void)a;
    out[0] = 0x1p+0 / b;
    out[1] = -y / b;
}

static inline double partial_div_0(double y, double a, double b)
{
    (void)y; (void)a;
    return 0x1p+0 / b;
}

static inline double partial_div_1(double y, double a, double b)
{
    (void)a;
    return -y / b;
}

static inline void partials_floordiv(double y, double a, double b, double *out)
{
    (void)y; (void)a; (void)b;
    out[0] = 0x0p+0;
    out[1] = 0x0p+0;
}

static inline double partial_floordiv_0(double y, double a, double b)
{
    (void)y; (void)a; (void)b;
    return 0x0p+0;
}

static inline double partial_floordiv_1(double y, double a, double b)
{
    (void)y; (void)a; (void)b;
    return 0x0p+0;
}

static inline void partials_mod(double y, double a, double b, double *out)
{
    (void)y;
    out[0] = 0x1p+0;
    out[1] = -primal_floordiv(a, b);
}

static inline double partial_mod_0(double y, double a, double b)
{
    (void)y; (void)a; (void)b;
    return 0x1p+0;
}

static inline double partial_mod_1(double y, double a, double b)
{
    (void)y;
    return -primal_floordiv(a, b);
}

static inline void partials_pow(double y, double a, double b, double *out)
{
    const double t16 = 0x1p-1 * b;
    const double t20 = b - 0x1p+0;
    const double t29 = EXACT(fabs)(a);
    const double t41 = log(a);
    out[0] = ((a - a) != 0.0 ? 0x0p+0 : (a * primal_step(0x1p+0 - EXACT(fabs)(b)) *
        primal_step(0x1p-2 - b))) != 0.0 ? (b * y / a) : ((t29 + EXACT(fabs)(floor(b)))
        != 0.0 ? ((primal_step(b * (0x1p+0 - b)) * primal_step(0x1p+0 - 0x1p+500 * a))
        != 0.0 ? (b * pow(a, t16 - 0x1p-1) * pow(a, 0x1p-1 * t20)) : (b * pow(a, t20)))
        : 0x0p+0);
    out[1] = (t29 + primal_step(-b)) != 0.0 ? ((a != 0.0 ? (y - y) : 0x0p+0) != 0.0 ?
        (pow(a, t16) * t41 * pow(a, b / 0x1p+1)) : (y * t41)) : 0x0p+0;
}

static inline double partial_pow_0(double y, double a, double b)
{
    const double t20 = b - 0x1p+0;
    return ((a - a) != 0.0 ? 0x0p+0 : (a * primal_step(0x1p+0 - EXACT(fabs)(b)) *
        primal_step(0x1p-2 - b))) != 0.0 ? (b * y / a) : ((EXACT(fabs)(a) +
        EXACT(fabs)(floor(b))) != 0.0 ? ((primal_step(b * (0x1p+0 - b)) *
        primal_step(0x1p+0 - 0x1p+500 * a)) != 0.0 ? (b * pow(a, 0x1p-1 * b - 0x1p-1) *
        pow(a, 0x1p-1 * t20)) : (b * pow(a, t20))) : 0x0p+0);
}

static inline double partial_pow_1(double y, double a, double b)
{
    const double t8 = log(a);
    return (EXACT(fabs)(a) + primal_step(-b)) != 0.0 ? ((a != 0.0 ? (y - y) : 0x0p+0) !=
        0.0 ? (pow(a, 0x1p-1 * b) * t8 * pow(a, b / 0x1p+1)) : (y * t8)) : 0x0p+0;
}

static inline void partials_exp(double y, double x, double *out)
{
    (void)x;
    out[0] = y;
}

static inline void partials_expm1(double y, double x, double *out)
{
    (void)y;
    out[0] = exp(x);
}

static inline void partials_exp2(double y, double x, double *out)
{
    out[0] = (y - y) != 0.0 ? (exp2(x - 0x1p+0) * 0x1.62e42fefa39efp-1 /* log(2) */ *
        0x1p+1) : (y * 0x1.62e42fefa39efp-1 /* log(2) */);
}

static inline void partials_log(double y, double x, double *out)
{
    (void)y;
    out[0] = 0x1p+0 / x;
}

static inline void partials_log1p(double y, double x, double *out)
{
    (void)y;
    out[0] = 0x1p+0 / (0x1p+0 + x);
}

static inline void partials_log2(double y, double x, double *out)
{
    (void)y;
    out[0] = 0x1.71547652b82fep+0 /* 1/log(2) */ / x;
}

static inline void partials_log10(double y, double x, double *out)
{
    (void)y;
    out[0] = 0x1.bcb7b1526e50ep-2 /* log10(e) */ / x;
}

static inline void partials_sqrt(double y, double x, double *out)
{
    (void)x;
    out[0] = y != 0.0 ? (0x1p-1 / y) : 0x0p+0;
}

static inline void partials_cbrt(double y, double x, double *out)
{
    (void)x;
    out[0] = 0x1p+0 / (0x1.8p+1 * y * y);
}

static inline void partials_sin(double y, double x, double *out)
{
    (void)y;
    out[0] = cos(x);
}

static inline void partials_cos(double y, double x, double *out)
{
    (void)y;
    out[0] = -sin(x);
}

static inline void partials_tan(double y, double x, double *out)
{
    (void)x;
    out[0] = 0x1p+0 + y * y;
}

static inline void partials_asin(double y, double x, double *out)
{
    (void)y;
    out[0] = 0x1p+0 / EXACT(sqrt)(primal_step(EXACT(fabs)(x) - 0x1p-1) != 0.0 ? ((0x1p+0
        - x) * (0x1p+0 + x)) : (0x1p+0 - x * x));
}

static inline void partials_acos(double y, double x, double *out)
{
    (void)y;
    out[0] = (-0x1p+0) / EXACT(sqrt)(primal_step(EXACT(fabs)(x) - 0x1p-1) != 0.0 ?
        ((0x1p+0 - x) * (0x1p+0 + x)) : (0x1p+0 - x * x));
}

static inline void partials_sinh(double y, double x, double *out)
{
    (void)y;
    out[0] = cosh(x);
}

static inline void partials_cosh(double y, double x, double *out)
{
    (void)y;
    out[0] = sinh(x);
}

static inline void partials_tanh(double y, double x, double *out)
{
    (void)y;
    const double t0 = 1.0 / cosh(x);
    out[0] = t0 * t0;
}

static inline void partials_sech(double y, double x, double *out)
{
    out[0] = -y * tanh(x);
}

static inline void partials_acosh(double y, double x, double *out)
{
    (void)y;
    out[0] = 0x1p+0 / (EXACT(sqrt)(x - 0x1p+0) * EXACT(sqrt)(x + 0x1p+0));
}

static inline void partials_atanh(double y, double x, double *out)
{
    (void)y;
    out[0] = 0x1p+0 / (primal_step(EXACT(fabs)(x) - 0x1p-1) != 0.0 ? ((0x1p+0 - x) *
        (0x1p+0 + x)) : (0x1p+0 - x * x));
}

static inline void partials_sigmoid(double y, double x, double *out)
{
    (void)y;
    const double t2 = 0x1p-1 * (1.0 / cosh((0x1p-1 * x)));
    out[0] = t2 * t2;
}

static inline void partials_softplus(double y, double x, double *out)
{
    (void)y;
    out[0] = primal_sigmoid(x);
}

static inline void partials_relu(double y, double x, double *out)
{
    (void)y;
    out[0] = primal_step(x);
}

static inline void partials_erf(double y, double x, double *out)
{
    (void)y;
    const double t0 = x * 0x1.0000002p+27;
    const double t2 = t0 - (t0 - x);
    out[0] = 0x1.20dd750429b6dp+0 /* 2/sqrt(pi) */ * (primal_step(0x1.9p+10 - x * x) !=
        0.0 ? (exp((-0x1p+0) * (t2 * t2)) * exp(0x1p+0 * ((t2 - x) * (t2 + x)))) :
        exp((-0x1p+0) * x * x));
}

static inline void partials_erfc(double y, double x, double *out)
{
    (void)y;
    const double t0 = x * 0x1.0000002p+27;
    const double t2 = t0 - (t0 - x);
    out[0] = -(0x1.20dd750429b6dp+0 /* 2/sqrt(pi) */ * (primal_step(0x1.9p+10 - x * x)
        != 0.0 ? (exp((-0x1p+0) * (t2 * t2)) * exp(0x1p+0 * ((t2 - x) * (t2 + x)))) :
        exp((-0x1p+0) * x * x)));
}

static inline void partials_erfinv(double y, double x, double *out)
{
    (void)x;
    out[0] = exp(y * y) / 0x1.20dd750429b6dp+0 /* 2/sqrt(pi) */;
}

static inline void partials_ndtr(double y, double x, double *out)
{
    (void)y;
    const double t0 = x * 0x1.0000002p+27;
    const double t2 = t0 - (t0 - x);
    out[0] = 0x1.9884533d43651p-2 /* 1/sqrt(2*pi) */ * (primal_step(0x1.9p+10 - x * x)
        != 0.0 ? (exp((-0x1p-1) * (t2 * t2)) * exp(0x1p-1 * ((t2 - x) * (t2 + x)))) :
        exp((-0x1p-1) * x * x));
}

static inline void partials_abs(double y, double x, double *out)
{
    (void)y;
    out[0] = primal_compare(x, 0.0);
}

static inline void partials_sign(double y, double x, double *out)
{
    (void)y; (void)x;
    out[0] = 0x0p+0;
}

static inline void partials_step(double y, double x, double *out)
{
    (void)y; (void)x;
    out[0] = 0x0p+0;
}

static inline void partials_compare(double y, double a, double b, double *out)
{
    (void)y; (void)a; (void)b;
    out[0] = 0x0p+0;
    out[1] = 0x0p+0;
}

static inline double partial_compare_0(double y, double a, double b)
{
    (void)y; (void)a; (void)b;
    return 0x0p+0;
}

static inline double partial_compare_1(double y, double a, double b)
{
    (void)y; (void)a; (void)b;
    return 0x0p+0;
}

static inline void partials_floor(double y, double x, double *out)
{
    (void)y; (void)x;
    out[0] = 0x0p+0;
}

static inline void partials_ceil(double y, double x, double *out)
{
    (void)y; (void)x;
    out[0] = 0x0p+0;
}

static inline void partials_trunc(double y, double x, double *out)
{
    (void)y; (void)x;
    out[0] = 0x0p+0;
}

static inline void partials_maximum(double y, double a, double b, double *out)
{
    (void)y;
    const double t1 = 0x1p-1 * primal_compare(a, b);
    out[0] = 0x1p-1 + t1;
    out[1] = 0x1p-1 - t1;
}

static inline double partial_maximum_0(double y, double a, double b)
{
    (void)y;
    return 0x1p-1 + 0x1p-1 * primal_compare(a, b);
}

static inline double partial_maximum_1(double y, double a, double b)
{
    (void)y;
    return 0x1p-1 - 0x1p-1 * primal_compare(a, b);
}

static inline void partials_minimum(double y, double a, double b, double *out)
{
    (void)y;
    const double t1 = 0x1p-1 * primal_compare(a, b);
    out[0] = 0x1p-1 - t1;
    out[1] = 0x1p-1 + t1;
}

static inline double partial_minimum_0(double y, double a, double b)
{
    (void)y;
    return 0x1p-1 - 0x1p-1 * primal_compare(a, b);
}

static inline double partial_minimum_1(double y, double a, double b)
{
    (void)y;
    return 0x1p-1 + 0x1p-1 * primal_compare(a, b);
}

static inline void partials_where(double y, double a, double b, double c, double *out)
{
    (void)y; (void)b; (void)c;
    out[0] = 0x0p+0;
    out[1] = a != 0.0 ? 0x1p+0 : 0x0p+0;
    out[2] = a != 0.0 ? 0x0p+0 : 0x1p+0;
}

static inline double partial_where_0(double y, double a, double b, double c)
{
    (void)y; (void)a; (void)b; (void)c;
    return 0x0p+0;
}

static inline double partial_where_1(double y, double a, double b, double c)
{
    (void)y; (void)b; (void)c;
    return a != 0.0 ? 0x1p+0 : 0x0p+0;
}

static inline double partial_where_2(double y, double a, double b, double c)
{
    (void)y; (void)b; (void)c;
    return a != 0.0 ? 0x0p+0 : 0x1p+0;
}

static inline void partials_logaddexp(double y, double a, double b, double *out)
{
    const double t4 = y - y;
    const double t7 = exp(t4 != 0.0 ? (0x1.388p+13 * primal_compare(a, y)) : (a - y));
    const double t10 = exp(t4 != 0.0 ? (0x1.388p+13 * primal_compare(b, y)) : (b - y));
    const double t11 = primal_sum((const double[]){t7, t10}, 2);
    out[0] = t7 / t11;
    out[1] = t10 / t11;
}

static inline double partial_logaddexp_0(double y, double a, double b)
{
    const double t4 = y - y;
    const double t7 = exp(t4 != 0.0 ? (0x1.388p+13 * primal_compare(a, y)) : (a - y));
    return t7 / primal_sum((const double[]){t7, exp(t4 != 0.0 ? (0x1.388p+13 *
        primal_compare(b, y)) : (b - y))}, 2);
}

static inline double partial_logaddexp_1(double y, double a, double b)
{
    const double t4 = y - y;
    const double t10 = exp(t4 != 0.0 ? (0x1.388p+13 * primal_compare(b, y)) : (b - y));
    return t10 / primal_sum((const double[]){exp(t4 != 0.0 ? (0x1.388p+13 *
        primal_compare(a, y)) : (a - y)), t10}, 2);
}

static inline void partials_xlogy(double y, double a, double b, double *out)
{
    (void)y;
    const double t2 = EXACT(fabs)(a) + primal_step(b);
    out[0] = t2 != 0.0 ? log(b) : 0x0p+0;
    out[1] = t2 != 0.0 ? (a / b) : 0x0p+0;
}

static inline double partial_xlogy_0(double y, double a, double b)
{
    (void)y;
    return (EXACT(fabs)(a) + primal_step(b)) != 0.0 ? log(b) : 0x0p+0;
}

static inline double partial_xlogy_1(double y, double a, double b)
{
    (void)y;
    return (EXACT(fabs)(a) + primal_step(b)) != 0.0 ? (a / b) : 0x0p+0;
}

static inline void partials_logsumexp(double y, const double *x, Py_ssize_t n, double
    *out)
{
    for (Py_ssize_t i = 0; i < n; i++)
        out[i] = exp((y - y) != 0.0 ? (0x1.388p+13 * primal_compare(x[i], y)) : (x[i] -
            y));
    const double t0 = primal_sum(out, n);
    for (Py_ssize_t i = 0; i < n; i++)
        out[i] = out[i] / t0;
}

static inline void partials_sum(double y, const double *x, Py_ssize_t n, double *out)
{
    (void)y; (void)x;
    for (Py_ssize_t i = 0; i < n; i++)
        out[i] = 0x1p+0;
}

static inline void partials_dot(double y, const double *x, Py_ssize_t n, double *out)
{
    (void)y;
    for (Py_ssize_t i = 0; i < (n - 1) / 2; i++)
        out[i] = x[i + n / 2];
    for (Py_ssize_t i = (n - 1) / 2; i < n - 1; i++)
        out[i] = x[i - ((n - 1) / 2)];
    for (Py_ssize_t i = n - 1; i < n; i++)
        out[i] = 0x1p+0;
}

/* By arrays */

#define PRIMAL_BY_ARRAY(name, ...) \
    static inline double array_primal_##name(const double *x, Py_ssize_t n) \
    { \
        (void)n; \
        return primal_##name(__VA_ARGS__); \
    }
#define PARTIALS_BY_ARRAY(name, ...) \
    static inline void array_partials_##name(double y, const double *x, Py_ssize_t n, \
                                             double *out) \
    { \
        (void)n; \
        partials_##name(y, __VA_ARGS__, out); \
    }
#define BY_ARRAY(name, ...) \
    PRIMAL_BY_ARRAY(name, __VA_ARGS__) PARTIALS_BY_ARRAY(name, __VA_ARGS__)
#define UNARY_BY_ARRAY(name) BY_ARRAY(name, x[0])
#define BINARY_BY_ARRAY(name) BY_ARRAY(name, x[0], x[1])

UNARY_OPERATIONS(UNARY_BY_ARRAY)
BINARY_OPERATIONS(BINARY_BY_ARRAY)
PRIMAL_BY_ARRAY(atan, x[0])
PRIMAL_BY_ARRAY(atan2, x[0], x[1])
PRIMAL_BY_ARRAY(asinh, x[0])
PARTIALS_BY_ARRAY(erfinv, x[0])
PRIMAL_BY_ARRAY(where, x[0], x[1], x[2])
PARTIALS_BY_ARRAY(where, x[0], x[1], x[2])

enum { CALLS_PYTHON = 1 };

struct operation {
    const char *name;
    int arity; /* -1: any */
    int flags;
    double (*primal)(const double *x, Py_ssize_t n);
    void (*partials)(double y, const double *x, Py_ssize_t n, double *out);
    const char *origin;
};

static const struct operation OPERATIONS[] = {
    {"pos", 1, 0, array_primal_pos, array_partials_pos,
        "pos\n1.0\nreturn +x;"},
    {"neg", 1, 0, array_primal_neg, array_partials_neg,
        "neg\n-1.0\nreturn -x;"},
    {"add", 2, 0, array_primal_add, array_partials_add,
        "add\n1.0, 1.0\nreturn a + b;"},
    {"sub", 2, 0, array_primal_sub, array_partials_sub,
        "sub\n1.0, -1.0\nreturn a - b;"},
    {"mul", 2, 0, array_primal_mul, array_partials_mul,
        "mul\nb, a\nreturn a * b;"},
    {"div", 2, 0, array_primal_div, array_partials_div,
        "div\n1.0 / b, -y / b\nreturn a / b;"},
    {"floordiv", 2, 0, array_primal_floordiv, array_partials_floordiv,
        "floordiv\n0.0, 0.0\nif (b == 0.0)\n    return a / b;\ndouble res"
        "t = fmod(a, b), quotient = (a - rest) / b; /* as float.__flo"
        "ordiv__ */\nif (rest != 0.0 && (b < 0.0) != (rest < 0.0))\n   "
        " quotient -= 1.0;\nif (quotient == 0.0)\n    return copysign(0"
        ".0, a / b);\ndouble whole = floor(quotient);\nreturn quotient "
        "- whole > 0.5 \? whole + 1.0 : whole;"},
    {"mod", 2, 0, array_primal_mod, array_partials_mod,
        "mod\n1.0, -(a // b)\ndouble rest = fmod(a, b); /* as float.__m"
        "od__ */\nif (rest == 0.0)\n    return copysign(0.0, b);\nreturn"
        " (b < 0.0) != (rest < 0.0) \? rest + b : rest;"},
    {"pow", 2, 0, array_primal_pow, array_partials_pow,
        "pow\nwhere(where(a - a, 0.0, a * step(1.0 - abs(b)) * step(0."
        "25 - b)), b * y / a, where(abs(a) + abs(floor(b)), where(ste"
        "p(b * (1.0 - b)) * step(1.0 - 3.273390607896142e+150 * a), b"
        " * pow(a, 0.5 * b - 0.5) * pow(a, 0.5 * (b - 1.0)), b * pow("
        "a, b - 1.0)), 0.0)), where(abs(a) + step(-b), where(where(a,"
        " y - y, 0.0), pow(a, 0.5 * b) * log(a) * pow(a, b / 2.0), y "
        "* log(a)), 0.0)\nreturn pow(a, b);"},
    {"exp", 1, 0, array_primal_exp, array_partials_exp,
        "exp\ny\nreturn exp(x);"},
    {"expm1", 1, 0, array_primal_expm1, array_partials_expm1,
        "expm1\nexp(a)\nreturn expm1(x);"},
    {"exp2", 1, 0, array_primal_exp2, array_partials_exp2,
        "exp2\nwhere(y - y, exp2(a - 1.0) * 0.6931471805599453 * 2.0, "
        "y * 0.6931471805599453)\nreturn exp2(x);"},
    {"log", 1, 0, array_primal_log, array_partials_log,
        "log\n1.0 / a\nreturn log(x);"},
    {"log1p", 1, 0, array_primal_log1p, array_partials_log1p,
        "log1p\n1.0 / (1.0 + a)\nreturn log1p(x);"},
    {"log2", 1, 0, array_primal_log2, array_partials_log2,
        "log2\n1.4426950408889634 / a\nreturn log2(x);"},
    {"log10", 1, 0, array_primal_log10, array_partials_log10,
        "log10\n0.4342944819032518 / a\nreturn log10(x);"},
    {"sqrt", 1, 0, array_primal_sqrt, array_partials_sqrt,
        "sqrt\nwhere(y, 0.5 / y, 0.0)\nreturn EXACT(sqrt)(x);"},
    {"cbrt", 1, 0, array_primal_cbrt, array_partials_cbrt,
        "cbrt\n1.0 / (3.0 * y * y)\nreturn cbrt(x);"},
    {"sin", 1, 0, array_primal_sin, array_partials_sin,
        "sin\ncos(a)\nreturn sin(x);"},
    {"cos", 1, 0, array_primal_cos, array_partials_cos,
        "cos\n-sin(a)\nreturn cos(x);"},
    {"tan", 1, 0, array_primal_tan, array_partials_tan,
        "tan\n1.0 + y * y\nreturn tan(x);"},
    {"asin", 1, 0, array_primal_asin, array_partials_asin,
        "asin\n1.0 / sqrt(where(step(abs(a) - 0.5), (1.0 - a) * (1.0 +"
        " a), 1.0 - a * a))\nreturn asin(x);"},
    {"acos", 1, 0, array_primal_acos, array_partials_acos,
        "acos\n(-1.0) / sqrt(where(step(abs(a) - 0.5), (1.0 - a) * (1."
        "0 + a), 1.0 - a * a))\nreturn acos(x);"},
    {"atan", 1, CALLS_PYTHON, array_primal_atan, NULL,
        "atan\n1.0 / hypot(1.0, a) / hypot(1.0, a)\nreturn atan(x);"},
    {"atan2", 2, CALLS_PYTHON, array_primal_atan2, NULL,
        "atan2\ndirection(b, a) / hypot(a, b), -direction(a, b) / hypo"
        "t(a, b)\nreturn atan2(a, b);"},
    {"sinh", 1, 0, array_primal_sinh, array_partials_sinh,
        "sinh\ncosh(a)\nreturn sinh(x);"},
    {"cosh", 1, 0, array_primal_cosh, array_partials_cosh,
        "cosh\nsinh(a)\nreturn cosh(x);"},
    {"tanh", 1, 0, array_primal_tanh, array_partials_tanh,
        "tanh\nsech(a) * sech(a)\nreturn tanh(x);"},
    {"sech", 1, 0, array_primal_sech, array_partials_sech,
        "sech\n-y * tanh(a)\nreturn 1.0 / cosh(x);"},
    {"asinh", 1, CALLS_PYTHON, array_primal_asinh, NULL,
        "asinh\n1.0 / hypot(1.0, a)\nreturn asinh(x);"},
    {"acosh", 1, 0, array_primal_acosh, array_partials_acosh,
        "acosh\n1.0 / (sqrt(a - 1.0) * sqrt(a + 1.0))\nreturn acosh(x);"},
    {"atanh", 1, 0, array_primal_atanh, array_partials_atanh,
        "atanh\n1.0 / where(step(abs(a) - 0.5), (1.0 - a) * (1.0 + a),"
        " 1.0 - a * a)\nreturn atanh(x);"},
    {"sigmoid", 1, 0, array_primal_sigmoid, array_partials_sigmoid,
        "sigmoid\n0.5 * sech(0.5 * a) * (0.5 * sech(0.5 * a))\nif (x >="
        " 0.0)\n    return 1.0 / (1.0 + exp(-x));\ndouble small = exp(x"
        ");\nreturn small / (1.0 + small);"},
    {"softplus", 1, 0, array_primal_softplus, array_partials_softplus,
        "softplus\nsigmoid(a)\nreturn primal_relu(x) + log1p(exp(-EXACT"
        "(fabs)(x)));"},
    {"relu", 1, 0, array_primal_relu, array_partials_relu,
        "relu\nstep(a)\nreturn x > 0.0 || x != x \? x : 0.0;"},
    {"erf", 1, 0, array_primal_erf, array_partials_erf,
        "erf\n1.1283791670955126 * where(step(1600.0 - a * a), exp((-1"
        ".0) * ((a * 134217729.0 - (a * 134217729.0 - a)) * (a * 1342"
        "17729.0 - (a * 134217729.0 - a)))) * exp(1.0 * ((a * 1342177"
        "29.0 - (a * 134217729.0 - a) - a) * (a * 134217729.0 - (a * "
        "134217729.0 - a) + a))), exp((-1.0) * a * a))\nreturn erf(x);"},
    {"erfc", 1, 0, array_primal_erfc, array_partials_erfc,
        "erfc\n-(1.1283791670955126 * where(step(1600.0 - a * a), exp("
        "(-1.0) * ((a * 134217729.0 - (a * 134217729.0 - a)) * (a * 1"
        "34217729.0 - (a * 134217729.0 - a)))) * exp(1.0 * ((a * 1342"
        "17729.0 - (a * 134217729.0 - a) - a) * (a * 134217729.0 - (a"
        " * 134217729.0 - a) + a))), exp((-1.0) * a * a)))\nreturn erf"
        "c(x);"},
    {"erfinv", 1, CALLS_PYTHON, NULL, array_partials_erfinv,
        "erfinv\nexp(y * y) / 1.1283791670955126\n"},
    {"ndtr", 1, 0, array_primal_ndtr, array_partials_ndtr,
        "ndtr\n0.3989422804014327 * where(step(1600.0 - a * a), exp((-"
        "0.5) * ((a * 134217729.0 - (a * 134217729.0 - a)) * (a * 134"
        "217729.0 - (a * 134217729.0 - a)))) * exp(0.5 * ((a * 134217"
        "729.0 - (a * 134217729.0 - a) - a) * (a * 134217729.0 - (a *"
        " 134217729.0 - a) + a))), exp((-0.5) * a * a))\nreturn 0.5 * "
        "erfc(-x * EXACT(sqrt)(0.5));"},
    {"lgamma", 1, CALLS_PYTHON, NULL, NULL,
        "lgamma\ndigamma(a)\n"},
    {"digamma", 1, CALLS_PYTHON, NULL, NULL,
        "digamma\npolygamma(1.0, a)\n"},
    {"polygamma", 2, CALLS_PYTHON, NULL, NULL,
        "polygamma\nfloat(\"nan\"), polygamma(a + 1.0, b)\n"},
    {"abs", 1, 0, array_primal_abs, array_partials_abs,
        "abs\nsign(a)\nreturn EXACT(fabs)(x);"},
    {"sign", 1, 0, array_primal_sign, array_partials_sign,
        "sign\n0.0\nreturn primal_compare(x, 0.0);"},
    {"step", 1, 0, array_primal_step, array_partials_step,
        "step\n0.0\nreturn x > 0.0 \? 1.0 : x <= 0.0 \? 0.0 : NAN;"},
    {"compare", 2, 0, array_primal_compare, array_partials_compare,
        "compare\n0.0, 0.0\nreturn a > b \? 1.0 : a < b \? -1.0 : a == b "
        "\? 0.0 : NAN;"},
    {"floor", 1, 0, array_primal_floor, array_partials_floor,
        "floor\n0.0\nreturn floor(x);"},
    {"ceil", 1, 0, array_primal_ceil, array_partials_ceil,
        "ceil\n0.0\nreturn ceil(x);"},
    {"trunc", 1, 0, array_primal_trunc, array_partials_trunc,
        "trunc\n0.0\nreturn trunc(x);"},
    {"maximum", 2, 0, array_primal_maximum, array_partials_maximum,
        "maximum\n0.5 + 0.5 * compare(a, b), 0.5 - 0.5 * compare(a, b)"
        "\nif (a == 0.0 && b == 0.0)\n    return a + b;\nreturn a > b ||"
        " a != a \? a : b;"},
    {"minimum", 2, 0, array_primal_minimum, array_partials_minimum,
        "minimum\n0.5 - 0.5 * compare(a, b), 0.5 + 0.5 * compare(a, b)"
        "\nif (a == 0.0 && b == 0.0)\n    return -(-a - b);\nreturn a < "
        "b || a != a \? a : b;"},
    {"where", 3, 0, array_primal_where, array_partials_where,
        "where\n0.0, where(a, 1.0, 0.0), where(a, 0.0, 1.0)\nreturn a !"
        "= 0.0 \? b : c;"},
    {"hypot", 2, CALLS_PYTHON, NULL, NULL,
        "hypot\ndirection(a, b), direction(b, a)\n"},
    {"direction", 2, CALLS_PYTHON, NULL, NULL,
        "direction\nwhere(hypot(a, b), direction(b, a) * (direction(b,"
        " a) / hypot(a, b)), 0.0), where(hypot(a, b), -y * (direction"
        "(b, a) / hypot(a, b)), 0.0)\n"},
    {"norm", -1, CALLS_PYTHON, NULL, NULL,
        "norm\nstep(y) / where(y - y, 1.8446744073709552e+19, 1.0) * a"
        " / where(y - y, norm(a / 1.8446744073709552e+19, b / 1.84467"
        "44073709552e+19, c / 1.8446744073709552e+19), where(y, y, 1."
        "0)), step(y) / where(y - y, 1.8446744073709552e+19, 1.0) * b"
        " / where(y - y, norm(a / 1.8446744073709552e+19, b / 1.84467"
        "44073709552e+19, c / 1.8446744073709552e+19), where(y, y, 1."
        "0)), step(y) / where(y - y, 1.8446744073709552e+19, 1.0) * c"
        " / where(y - y, norm(a / 1.8446744073709552e+19, b / 1.84467"
        "44073709552e+19, c / 1.8446744073709552e+19), where(y, y, 1."
        "0))\n"},
    {"logaddexp", 2, 0, array_primal_logaddexp, array_partials_logaddexp,
        "logaddexp\nexp(where(y - y, 10000.0 * compare(a, y), a - y)) "
        "/ sum(exp(where(y - y, 10000.0 * compare(a, y), a - y)), exp"
        "(where(y - y, 10000.0 * compare(b, y), b - y))), exp(where(y"
        " - y, 10000.0 * compare(b, y), b - y)) / sum(exp(where(y - y"
        ", 10000.0 * compare(a, y), a - y)), exp(where(y - y, 10000.0"
        " * compare(b, y), b - y)))\nreturn primal_logsumexp((const do"
        "uble[]){a, b}, 2);"},
    {"xlogy", 2, 0, array_primal_xlogy, array_partials_xlogy,
        "xlogy\nwhere(abs(a) + step(b), log(b), 0.0), where(abs(a) + s"
        "tep(b), a / b, 0.0)\nreturn a == 0.0 && b == b \? 0.0 : a * lo"
        "g(b);"},
    {"logsumexp", -1, 0, primal_logsumexp, partials_logsumexp,
        "logsumexp\nexp(where(y - y, 10000.0 * compare(a, y), a - y)) "
        "/ sum(exp(where(y - y, 10000.0 * compare(a, y), a - y)), exp"
        "(where(y - y, 10000.0 * compare(b, y), b - y)), exp(where(y "
        "- y, 10000.0 * compare(c, y), c - y))), exp(where(y - y, 100"
        "00.0 * compare(b, y), b - y)) / sum(exp(where(y - y, 10000.0"
        " * compare(a, y), a - y)), exp(where(y - y, 10000.0 * compar"
        "e(b, y), b - y)), exp(where(y - y, 10000.0 * compare(c, y), "
        "c - y))), exp(where(y - y, 10000.0 * compare(c, y), c - y)) "
        "/ sum(exp(where(y - y, 10000.0 * compare(a, y), a - y)), exp"
        "(where(y - y, 10000.0 * compare(b, y), b - y)), exp(where(y "
        "- y, 10000.0 * compare(c, y), c - y)))\ndouble top = -INFINIT"
        "Y, others = 0.0;\nfor (Py_ssize_t i = 0; i < n; i++)\n    top "
        "= primal_maximum(top, x[i]);\nif (!isfinite(top))\n    return "
        "top;\nPy_ssize_t at = 0;\nwhile (x[at] != top)\n    at++;\nfor ("
        "Py_ssize_t i = 0; i < n; i++)\n    if (i != at)\n        other"
        "s += exp(x[i] - top);\nreturn top + log1p(others);"},
    {"sum", -1, 0, primal_sum, partials_sum,
        "sum\n1.0, 1.0, 1.0\ndouble total = 0.0;\nfor (Py_ssize_t i = 0;"
        " i < n; i++)\n    total += x[i];\nreturn total;"},
    {"dot", -1, 0, primal_dot, partials_dot,
        "dot\nb, a, 1.0\nconst Py_ssize_t half = n / 2;\ndouble total = "
        "x[n - 1];\nfor (Py_ssize_t i = 0; i < half && half + i < n - "
        "1; i++)\n    total += x[i] * x[half + i];\nreturn total;"},
};

#endif
