/* The steps of a machine, a run of one operation at a time. */
#include "tape.h"

/* Call Python with the operands of a step. */
static int call(PyObject *function, const double *xs, Py_ssize_t n, double *y)
{
    PyObject *few[4] = {NULL}, **args = n < 4 ? few : PyMem_New(PyObject *, (size_t)n + 1);
    PyObject *result = NULL;
    Py_ssize_t made = 0;
    if (!args) {
        PyErr_NoMemory();
        return -1;
    }
    while (made < n && (args[made + 1] = PyFloat_FromDouble(xs[made])))
        made++;
    if (made == n)
        result = PyObject_Vectorcall(function, args + 1,
                                     (size_t)n | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    while (made)
        Py_DECREF(args[made--]);
    if (args != few)
        PyMem_Free(args);
    if (!result)
        return -1;
    *y = PyFloat_AsDouble(result);
    Py_DECREF(result);
    return *y == -1.0 && PyErr_Occurred() ? -1 : 0;
}

/* Compute steps of an operation that takes its operands from an array. */
static int run_gathered(Machine *m, const int32_t *head, const int32_t *at, double *v,
                        double *out)
{
    PyObject *function = PyTuple_GET_ITEM(m->calls, head[0]);
    Py_ssize_t arity = head[2];
    double *xs = v + m->inputs + m->constants + m->steps;
    for (int32_t i = 0; i < head[1]; i++, at += arity) {
        for (Py_ssize_t k = 0; k < arity; k++)
            xs[k] = v[at[k]];
        if (function == Py_None)
            out[i] = OPERATIONS[head[0]].primal(xs, arity);
        else if (call(function, xs, arity, out + i) < 0)
            return -1;
    }
    return 0;
}

#define EACH(expression) \
    for (int32_t i = 0; i < n; i++) \
        out[i] = (expression); \
    break;
#define UNARY_RUN(name) \
    case INDEX_##name: \
        EACH(primal_##name(v[at[i]]))
#define BINARY_RUN(name) \
    case INDEX_##name: \
        EACH(primal_##name(v[at[2 * i]], v[at[2 * i + 1]]))
#define TERNARY_RUN(name) \
    case INDEX_##name: \
        EACH(primal_##name(v[at[3 * i]], v[at[3 * i + 1]], v[at[3 * i + 2]]))

/* Compute the steps of one run: the choice of the operation is made here, once for all. */
static int run_one(Machine *m, const int32_t *head, const int32_t *at, double *v, double *out)
{
    const int32_t n = head[1];
    switch (head[0]) {
        UNARY_PRIMALS(UNARY_RUN)
        BINARY_PRIMALS(BINARY_RUN)
        TERNARY_PRIMALS(TERNARY_RUN)
    case CHAIN:
        EACH(primal_chain(v[at[2 * i]], v[at[2 * i + 1]]))
    case ADD_CHAIN:
        EACH(v[at[3 * i]] + primal_chain(v[at[3 * i + 1]], v[at[3 * i + 2]]))
    case ADD_MUL:
        EACH(v[at[3 * i]] + v[at[3 * i + 1]] * v[at[3 * i + 2]])
    default:
        return run_gathered(m, head, at, v, out);
    }
    return 0;
}

/* Look at signals, in the middle of a long call. */
static int look_at_signals(PyThreadState **released)
{
    if (*released)
        PyEval_RestoreThread(*released);
    int stop = PyErr_CheckSignals();
    if (*released)
        *released = PyEval_SaveThread();
    return stop;
}

/* Compute all steps; the inputs and the constants stand in the block. Where no step calls
Python, other threads may run meanwhile. */
static int run_all(Machine *m, double *block)
{
    PyThreadState *released = m->steps > LONG && !m->calling ? PyEval_SaveThread() : NULL;
    const int32_t *head = m->heads, *at = m->operands;
    double *out = block + m->inputs + m->constants;
    int64_t done = 0;
    int failed = 0;
    for (Py_ssize_t i = 0; i < m->runs && !failed; i++, head += HEAD) {
        failed = run_one(m, head, at, block, out);
        int64_t read = (int64_t)head[1] * head[2];
        at += read;
        out += head[1];
        done += read;
        if (done > MANY && !failed) {
            done = 0;
            failed = look_at_signals(&released);
        }
    }
    if (released)
        PyEval_RestoreThread(released);
    return failed;
}
