/* exp, log, tanh and sech by polynomials, for loops over many numbers.

The mathematics library takes one number a call. These are written without branches, by
operations that every vector unit has, so that a compiler makes one loop of them: both sides
of each choice are computed, integers of 64 bits are shifted and added only, and no step
fuses a product with a sum. So every set of instructions gives the same bits. Compile with
-ffp-contract=off -fno-math-errno -fno-trapping-math, never with -ffast-math.

They differ from the true value by less than 2 units in the last place (the test beside them
says how much each does), and agree with the library at zeros of either sign, infinities, nan,
results past the floats, and denormals. Elsewhere than in gcc and clang they are the library. */
#ifndef DENDROGRAD_FAST_MATH_H
#define DENDROGRAD_FAST_MATH_H
#include <math.h>
#include <stdint.h>

#ifndef __GNUC__
#define fast_exp exp
#define fast_log log
#define fast_tanh tanh
static inline double fast_sech(double x)
{
    return 1.0 / cosh(x);
}
#else

/* Without a call, in spite of -fno-builtin: a call in a loop would leave it scalar. */
static inline uint64_t bits_of(double x)
{
    uint64_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double of_bits(uint64_t bits)
{
    double x;
    __builtin_memcpy(&x, &bits, sizeof x);
    return x;
}

/* Added to a number of size below 2^51, it leaves the nearest whole number in the low bits:
there are no bits for a fraction. */
static const double WHOLE = 0x1.8p52;
static const double EXPONENT = 0x1.8p52 + 1023; /* the same, with the bias of exponents */
static const double LN2_HIGH = 0x1.62e42feep-1; /* 32 bits: times a whole number, exact */
static const double LN2_LOW = 0x1.a39ef35793c76p-33;

/* 2^k for a whole number k of -1022 to 1023. */
static inline double power_of_two(double k)
{
    return of_bits(bits_of(k + EXPONENT) << 52);
}

/* x = *k * log(2) + r with |r| <= log(2) / 2. Returns e^r - 1 as r + r^2 q(r); the
coefficients of q interpolate (e^r - 1 - r) / r^2 at the Chebyshev nodes, within 2e-17 of e^r. */
static inline double reduced_expm1(double x, double *k)
{
    const double whole = (x * 0x1.71547652b82fep+0 /* 1 / log(2) */ + WHOLE) - WHOLE;
    const double r = (x - whole * LN2_HIGH) - whole * LN2_LOW, s = r * r;
    const double even = 0x1.0000000000001p-1 +
        s * (0x1.5555555553d63p-5 + s * (0x1.6c16c1788bd90p-10 +
        s * (0x1.a019b90d2ae7ap-16 + s * 0x1.289185613a3d6p-22)));
    const double odd = 0x1.5555555555556p-3 +
        s * (0x1.11111111109b3p-7 + s * (0x1.a01a01a7c41d5p-13 +
        s * (0x1.71de0dae63bb3p-19 + s * 0x1.af38a9b0ec855p-26)));
    *k = whole;
    return r + s * (even + r * odd);
}

/* e^x = 2^k e^r. A power of two that is past the floats, or a denormal, is made of two
factors, so that only the last product rounds; -746 and 710 are past the ends of the floats. */
static inline double fast_exp(double x)
{
    double k, low = x < -746.0 ? -746.0 : x;
    const double y = 1.0 + reduced_expm1(low > 710.0 ? 710.0 : low, &k);
    const double half = (k * 0.5 + WHOLE) - WHOLE;
    return y * power_of_two(half) * power_of_two(k - half);
}

/* x = 2^k (1 + f), where 1 + f lies between the roots of 1/2 and 2, and with s = f / (2 + f)
log(1 + f) = log((1 + s) / (1 - s)) = 2 s + s z(s^2) = f - (f^2/2 - s (f^2/2 + s^2 R(s^2))):
that way only the small part is rounded more than once. R interpolates at the Chebyshev nodes. */
static inline double fast_log(double x)
{
    const double tiny = x < 0x1p-1022 ? 54.0 : 0.0; /* a denormal, or no logarithm */
    const uint64_t bits = bits_of(x < 0x1p-1022 ? x * 0x1p54 : x);
    const uint64_t moved = bits + (0x3ff0000000000000 - 0x3fe6a09e667f3bcd); /* root of 1/2 */
    const double k = of_bits(moved >> 52 | 0x4330000000000000) - (0x1p52 + 1023.0) - tiny;
    const double f = of_bits((moved & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd) - 1.0;
    const double s = f / (2.0 + f), z = s * s, w = z * z, square = 0.5 * f * f;
    const double even = w * (0x1.99999999952d7p-2 + w * (0x1.c71c62e3f11e6p-3 +
        w * 0x1.39fe51a7c18f9p-3));
    const double odd = z * (0x1.5555555555558p-1 + w * (0x1.2492492df281ap-2 +
        w * (0x1.7462b51cb66b1p-3 + w * 0x1.2b5900de53b32p-3)));
    const double low = square - (s * (square + (even + odd)) + k * LN2_LOW);
    const double y = k * LN2_HIGH - (low - f);
    const double finite = x < INFINITY ? y : x; /* inf and nan stay */
    const double edge = x == 0.0 ? -INFINITY : NAN;
    return x <= 0.0 ? edge : finite;
}

/* With e^(-2|x|) = 2^k (1 + m): tanh|x| = (1 - 2^k (1 + m)) / (1 + 2^k (1 + m)). Near 0,
where k is 0, m has all digits, and so has the quotient. */
static inline double fast_tanh(double x)
{
    const uint64_t sign = bits_of(x) & 0x8000000000000000;
    const double twice = -2.0 * of_bits(bits_of(x) ^ sign);
    double k;
    const double m = reduced_expm1(twice < -100.0 ? -100.0 : twice, &k);
    const double two = power_of_two(k), rest = two * m;
    return of_bits(bits_of(((1.0 - two) - rest) / ((1.0 + two) + rest)) | sign);
}

/* With e = e^-|x|: 2 e / (1 + e^2). Where cosh is past the floats, 1 / cosh is 0. */
static inline double fast_sech(double x)
{
    const double size = of_bits(bits_of(x) & 0x7fffffffffffffff);
    const double e = fast_exp(-size), y = 2.0 * e / (1.0 + e * e);
    return size > 0x1.633ce8fb9f87dp+9 ? 0.0 : y;
}
#endif
#endif
