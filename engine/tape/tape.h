/* What the parts of the tape share. Each begins with this file, so that it can be read
alone; the compiler is given one unit, since `_tape.c` includes all parts. */
#ifndef DENDROGRAD_TAPE_H
#define DENDROGRAD_TAPE_H
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#ifdef Py_GIL_DISABLED
#error "the native tape needs the global interpreter lock; NumPy runs code without it"
#endif
#include "../_operations.h"

enum { COUNT = sizeof OPERATIONS / sizeof *OPERATIONS };
enum { CHAIN = COUNT }; /* of compiler/code.py; the operations of users come after it */
enum { ADD_CHAIN = -1, ADD_MUL = -2 }; /* of compiler/fuse.py: x + a * b */
enum { HEAD = 3 };      /* numbers of a run: operation, steps, operands of each */
enum { ASK = 4 };
enum { LANE_HEAD = 4 }; /* over lanes: and which of the operands all lanes share */

/* Code in runs of one operation: `Runs` of compiler/schedule.py. Its numbers stand in one
block: inputs, constants, the results of the steps; after them is room for the operands
of one step. */
typedef struct {
    PyObject_HEAD
    PyObject *calls; /* a tuple: of operations that C lacks, what computes them; or None */
    Py_ssize_t inputs, constants, steps, runs, outputs;
    Py_ssize_t widest; /* operands of a step */
    int calling;       /* whether a run calls Python */
    double *numbers;   /* the constants */
    int32_t *heads, *operands, *results;
    double *idle; /* a block for the next call, or NULL */
} Machine;

/* Code over lanes: `Lanes` of compiler/lanes.py. Its numbers stand in rows, of a block of
lanes each: the inputs, then the results of the steps, which take over rows that nobody reads
any more; after them is room for the operands of one step. */
typedef struct {
    PyObject_HEAD
    PyObject *calls;
    Py_ssize_t inputs, shared, rows, runs, outputs, sums, steps;
    Py_ssize_t widest;
    int calling, block;
    int32_t *heads, *operands, *flags, *targets; /* flags: of an operand, whether it is shared */
    int32_t *results, *summed;                   /* the rows of outputs and of sums */
    Py_ssize_t asks;
    int32_t *asked; /* of each question: how, two operands, outcome; ~i is a shared one */
    char *used; /* of an input, whether a step reads it */
    double *idle;
} Lanes;

/* Code, and a flag for each of its slots. */
typedef struct {
    Py_ssize_t inputs, steps;
    const int32_t *starts, *operands;
    unsigned char *flags;
} Flagged;

/* The operations that have a polynomial; by number -3, -4, ... */
#define FAST_PRIMALS(F) F(exp) F(log) F(tanh) F(sech)
enum { FAST_exp = -3, FAST_log = -4, FAST_tanh = -5, FAST_sech = -6, LEAST = FAST_sech };

/* How two numbers are compared, by the numbers that Python has for it. */
enum { LESS, LESS_EQUAL, EQUAL, OTHER, GREATER, GREATER_EQUAL, COMPARISONS };
enum { MANY = 1 << 16 }; /* steps between two looks at signals */
enum { LONG = 1 << 17 }; /* steps that other threads run beside: to get the lock back takes
                            up to 5 ms where one of them computes in Python */

/* CHAIN of compiler/code.py: a product, but -0.0, nothing, where a zero factor annihilates. */
static inline double primal_chain(double partial, double cotangent)
{
    double term = partial * cotangent;
    return term == term || (partial != 0.0 && cotangent != 0.0) ? term : -0.0;
}

/* rows.c */
enum { ANY = -1 };
static int get_row(PyObject *o, Py_buffer *row, char kind, Py_ssize_t count, int flags,
                   const char *name);
static void copy_doubles(double *to, const Py_buffer *row);
static void *copied(PyObject *o, char kind, Py_ssize_t *count, const char *name);

static int holds(const Py_buffer *row, char kind);

/* passes.c */
static int is_in_order(const Flagged *f, Py_ssize_t operands);

/* run.c */
static int run_all(Machine *m, double *block);
static int call(PyObject *function, const double *xs, Py_ssize_t n, double *y);
static int look_at_signals(PyThreadState **released);

/* machine.c */
static int arity_here(int32_t op);

/* kernels.c */
typedef struct {
    int (*steps)(const Lanes *m, const double *s, double *v, int lanes);
    void (*sums)(const Lanes *m, const double *v, double *totals, int lanes);
    void (*asks)(const Lanes *m, const double *s, const double *v, int32_t *first, int lanes);
} Kernel;
static const Kernel *kernel_of(int number, int block);

/* batch.c */
static PyObject *lanes_run(PyObject *self, PyObject *args);
#endif
