/* The row that each result takes, as `allocated` of compiler/rows.py. */
#include "tape.h"

/* Give each step a row that no later step reads. `last` has of each slot the step that reads
it last, or of an output the number of steps. Returns how many rows there are, or -1. */
static Py_ssize_t give_rows(Py_ssize_t inputs, Py_ssize_t steps, const int32_t *starts,
                            const int32_t *operands, const int32_t *last, int32_t *rows,
                            int32_t *stack, char *gone)
{
    Py_ssize_t used = inputs, top = 0;
    for (Py_ssize_t i = 0; i < inputs; i++)
        rows[i] = (int32_t)i;
    for (Py_ssize_t i = 0; i < steps; i++) {
        const int32_t row = top ? stack[--top] : (int32_t)used++;
        rows[inputs + i] = row;
        for (int32_t k = starts[i]; k < starts[i + 1]; k++) {
            const int32_t slot = operands[k];
            if (slot >= 0 && last[slot] == i && !gone[slot]) { /* it may stand here twice */
                gone[slot] = 1;
                stack[top++] = rows[slot];
            }
        }
        if (last[inputs + i] < 0) /* nobody reads it */
            stack[top++] = row;
    }
    return used;
}

/* allocate(inputs, starts, operands, last) -> (rows as bytes, how many). */
static PyObject *allocate(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *given[3], *rows = NULL, *found = NULL;
    Py_buffer starts, operands, last;
    Py_ssize_t inputs;
    if (!PyArg_ParseTuple(args, "nOOO", &inputs, given, given + 1, given + 2))
        return NULL;
    if (get_row(given[0], &starts, 'i', ANY, PyBUF_ND, "starts") < 0)
        return NULL;
    const Py_ssize_t steps = starts.shape[0] - 1;
    if (get_row(given[1], &operands, 'i', ANY, PyBUF_ND, "operands") == 0) {
        const Flagged f = {inputs, steps, starts.buf, operands.buf, NULL};
        if (inputs < 0 || steps < 0 || inputs > INT32_MAX - steps ||
            !is_in_order(&f, operands.shape[0]))
            PyErr_SetString(PyExc_ValueError, "_tape: a number leads out of the code");
        else if (get_row(given[2], &last, 'i', inputs + steps, PyBUF_ND, "last") == 0) {
            rows = PyBytes_FromStringAndSize(NULL, (inputs + steps) * 4);
            const size_t slots = (size_t)(inputs + steps) + 1;
            int32_t *stack = PyMem_Calloc(slots, sizeof(int32_t) + 1);
            if (rows && stack) {
                int32_t *to = (int32_t *)(void *)PyBytes_AS_STRING(rows);
                Py_ssize_t used = give_rows(inputs, steps, starts.buf, operands.buf, last.buf, to,
                                            stack, (char *)(stack + slots));
                found = Py_BuildValue("On", rows, used);
            } else if (rows)
                PyErr_NoMemory();
            PyMem_Free(stack);
            Py_XDECREF(rows);
            PyBuffer_Release(&last);
        }
        PyBuffer_Release(&operands);
    }
    PyBuffer_Release(&starts);
    return found;
}
