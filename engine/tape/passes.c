/* Passes over code that are a loop over its steps: those of compiler/passes.py. */
#include "tape.h"

/* Flag each step that reads what is flagged. */
static void reach(const Flagged *f)
{
    for (Py_ssize_t i = 0; i < f->steps; i++)
        for (int32_t k = f->starts[i]; k < f->starts[i + 1]; k++)
            if (f->operands[k] >= 0 && f->flags[f->operands[k]]) {
                f->flags[f->inputs + i] = 1;
                break;
            }
}

/* Flag what each flagged step reads. */
static void need(const Flagged *f)
{
    for (Py_ssize_t i = f->steps; i--;)
        if (f->flags[f->inputs + i])
            for (int32_t k = f->starts[i]; k < f->starts[i + 1]; k++)
                if (f->operands[k] >= 0)
                    f->flags[f->operands[k]] = 1;
}

/* Whether each step reads slots before its own. */
static int is_in_order(const Flagged *f, Py_ssize_t operands)
{
    int sound = f->starts[0] == 0 && f->starts[f->steps] == operands;
    for (Py_ssize_t i = 0; sound && i < f->steps; i++)
        sound = f->starts[i] <= f->starts[i + 1];
    for (Py_ssize_t i = 0; sound && i < f->steps; i++)
        for (int32_t k = f->starts[i]; k < f->starts[i + 1]; k++)
            sound &= f->operands[k] < f->inputs + i;
    return sound;
}

/* Run a pass(inputs, starts, operands, flags), which sets flags. */
static PyObject *pass_over(PyObject *const *args, Py_ssize_t count, void (*pass)(const Flagged *))
{
    Py_buffer starts, operands, flags;
    Flagged f;
    int sound = 0;
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "_tape: a pass takes (inputs, starts, operands, flags)");
        return NULL;
    }
    f.inputs = PyLong_AsSsize_t(args[0]);
    if ((f.inputs == -1 && PyErr_Occurred()) ||
        get_row(args[1], &starts, 'i', ANY, PyBUF_ND, "starts") < 0)
        return NULL;
    f.steps = starts.shape[0] - 1;
    if (get_row(args[2], &operands, 'i', ANY, PyBUF_ND, "operands") == 0) {
        if (get_row(args[3], &flags, '?', f.inputs + f.steps, PyBUF_ND | PyBUF_WRITABLE,
                    "flags") == 0) {
            f.starts = starts.buf;
            f.operands = operands.buf;
            f.flags = flags.buf;
            sound = f.inputs >= 0 && f.steps >= 0 && is_in_order(&f, operands.shape[0]);
            if (sound)
                pass(&f);
            else
                PyErr_SetString(PyExc_ValueError, "_tape: a number leads out of the code");
            PyBuffer_Release(&flags);
        }
        PyBuffer_Release(&operands);
    }
    PyBuffer_Release(&starts);
    return sound ? Py_NewRef(Py_None) : NULL;
}

static PyObject *reached(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    return pass_over(args, count, reach);
}

static PyObject *needed(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    return pass_over(args, count, need);
}
