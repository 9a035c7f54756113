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
    double *idle;
} Lanes;

/* rows.c */
enum { ANY = -1 };
static int get_row(PyObject *o, Py_buffer *row, char kind, Py_ssize_t count, int flags,
                   const char *name);
static void copy_doubles(double *to, const Py_buffer *row);
static void *copied(PyObject *o, char kind, Py_ssize_t *count, const char *name);

/* run.c */
static int run_all(Machine *m, double *block);
#endif
