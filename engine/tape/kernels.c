/* The kernels: kernel.h for each set of instructions, from which this machine's is chosen. */
#include "tape.h"
#include "fast_math.h"

#define KEY(op, mask) (((op) - LEAST) * 8 + (mask)) /* of a run, with up to 3 operands */

static inline double primal_add_chain(double x, double partial, double cotangent)
{
    return x + primal_chain(partial, cotangent);
}

static inline double primal_add_mul(double x, double a, double b)
{
    return x + a * b;
}

/* The sum of eight partial sums, as a vector unit adds its halves. */
static inline double sum_of_eight(const double *part)
{
    return ((part[0] + part[4]) + (part[2] + part[6])) +
           ((part[1] + part[5]) + (part[3] + part[7]));
}

/* Compute steps that take their operands from an array, lane by lane; Python is called for
the lanes that are there, and the others of the block are given what the last of them is. */
static int gather_lanes(const Lanes *m, const int32_t *head, const int32_t *at,
                        const int32_t *to, const double *s, double *v, int block, int lanes)
{
    PyObject *function = PyTuple_GET_ITEM(m->calls, head[0]);
    const int32_t *shared = m->flags + (at - m->operands);
    const int32_t arity = head[2];
    double *xs = v + m->rows * block;
    for (int32_t i = 0; i < head[1]; i++, at += arity, shared += arity) {
        double *y = v + (int64_t)to[i] * block;
        for (int l = 0; l < lanes; l++) {
            for (int32_t k = 0; k < arity; k++)
                xs[k] = shared[k] ? s[at[k]] : v[(int64_t)at[k] * block + l];
            if (function == Py_None)
                y[l] = OPERATIONS[head[0]].primal(xs, arity);
            else if (call(function, xs, arity, y + l) < 0)
                return -1;
        }
        for (int l = lanes; l < block; l++)
            y[l] = y[lanes - 1];
    }
    return 0;
}

/* Return an operand of a question as a row; `row` is where a shared one is laid out. */
static inline const double *operand_row(const double *s, int32_t at, const double *v, double *row,
                                        int block)
{
    if (at >= 0)
        return v + (int64_t)at * block;
    for (int l = 0; l < block; l++)
        row[l] = s[~at];
    return row;
}

/* What a kernel consists of; its names begin with that of the kernel. */
#define NAMED(kernel, part) kernel##_##part
#define NAME(kernel, part) NAMED(kernel, part)
#define PART(part) NAME(KERNEL, part)
#define PARTS(kernel) {kernel##_steps, kernel##_sums, kernel##_asks}

#define KERNEL plain_64
#define TARGET
#define BLOCK 64
#include "kernel.h"

#define KERNEL plain_32
#define TARGET
#define BLOCK 32
#include "kernel.h"

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define AVX2 __attribute__((target("avx2")))
#ifdef __clang__
#define AVX512 __attribute__((target("avx512f,avx512dq,avx512vl"), min_vector_width(512)))
#else
#define AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,prefer-vector-width=512")))
#endif

#define KERNEL avx2_64
#define TARGET AVX2
#define BLOCK 64
#include "kernel.h"

#define KERNEL avx2_32
#define TARGET AVX2
#define BLOCK 32
#include "kernel.h"

#define KERNEL avx512_64
#define TARGET AVX512
#define BLOCK 64
#include "kernel.h"

#define KERNEL avx512_32
#define TARGET AVX512
#define BLOCK 32
#include "kernel.h"

static int has_avx2(void)
{
    return __builtin_cpu_supports("avx2") != 0;
}

static int has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}
#endif

static int has_all(void)
{
    return 1;
}

/* By the sets of instructions, the best one last. */
static const struct {
    const char *name;
    int (*here)(void);
    Kernel by_64, by_32;
} KERNELS[] = {
    {"baseline", has_all, PARTS(plain_64), PARTS(plain_32)},
#ifdef AVX2
    {"AVX2", has_avx2, PARTS(avx2_64), PARTS(avx2_32)},
    {"AVX-512", has_avx512, PARTS(avx512_64), PARTS(avx512_32)},
#endif
};
enum { KERNEL_COUNT = sizeof KERNELS / sizeof *KERNELS };

/* The kernel of a number, or NULL where this machine has none. */
static const Kernel *kernel_of(int number, int block)
{
    if (number < 0 || number >= KERNEL_COUNT || !KERNELS[number].here())
        return NULL;
    return block == 64 ? &KERNELS[number].by_64 : &KERNELS[number].by_32;
}

/* kernels() -> the names of those that this machine can run. */
static PyObject *kernels(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(nothing))
{
    PyObject *found = PyList_New(0);
    for (int i = 0; found && i < KERNEL_COUNT; i++) {
        PyObject *name = KERNELS[i].here() ? PyUnicode_FromString(KERNELS[i].name) : NULL;
        if (name && PyList_Append(found, name) < 0)
            Py_CLEAR(found);
        Py_XDECREF(name);
        if (PyErr_Occurred())
            Py_CLEAR(found);
    }
    return found;
}

/* fast() -> the names of the operations that have a polynomial, from -3 downwards. */
static PyObject *fast(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(nothing))
{
#define FAST_NAME(name) #name,
    static const char *const names[] = {FAST_PRIMALS(FAST_NAME)};
#undef FAST_NAME
    enum { MANY_FAST = sizeof names / sizeof *names };
    PyObject *found = PyTuple_New(MANY_FAST);
    for (int i = 0; found && i < MANY_FAST; i++) {
        PyObject *name = PyUnicode_FromString(names[i]);
        if (!name)
            Py_CLEAR(found);
        else
            PyTuple_SET_ITEM(found, i, name);
    }
    return found;
}
