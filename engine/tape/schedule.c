/* The order of steps in runs of one operation, as `scheduled` of compiler/schedule.py. */
#include "tape.h"

/* Lists of steps that are ready, one for each group of steps that can share a run. */
typedef struct {
    Py_ssize_t steps, groups, inputs;
    const int32_t *group, *starts, *operands;
    int32_t *users, *first;      /* the steps that use a step, and where those start */
    int32_t *left;               /* how many operands of a step are not there yet */
    int32_t *height;             /* the longest way from a step to an end */
    int32_t *next, *head, *last; /* the lists */
    int32_t *size, *top;         /* of each: how many steps, and the greatest height */
} Ready;

static void push(Ready *r, int32_t step)
{
    int32_t group = r->group[step];
    r->next[step] = -1;
    if (r->size[group]++)
        r->next[r->last[group]] = step;
    else
        r->head[group] = step;
    r->last[group] = step;
    if (r->top[group] < r->height[step])
        r->top[group] = r->height[step];
}

/* Whether all numbers stand for what is there, so that no array is left. */
static int is_sound(const Ready *r, Py_ssize_t operands)
{
    int sound = r->starts[0] == 0 && r->starts[r->steps] == operands;
    for (Py_ssize_t i = 0; sound && i < r->steps; i++)
        sound = r->starts[i] <= r->starts[i + 1] && r->group[i] >= 0 && r->group[i] < r->groups;
    for (Py_ssize_t k = 0; sound && k < operands; k++)
        sound = r->operands[k] < r->inputs + r->steps;
    return sound;
}

/* List the steps that use each step, in their order, and what each one waits for. */
static void find_users(Ready *r)
{
    for (Py_ssize_t i = 0; i < r->steps; i++)
        for (int32_t k = r->starts[i]; k < r->starts[i + 1]; k++)
            if (r->operands[k] >= r->inputs) {
                r->first[r->operands[k] - r->inputs]++;
                r->left[i]++;
            }
    for (Py_ssize_t i = 1; i <= r->steps; i++)
        r->first[i] += r->first[i - 1];
    for (Py_ssize_t i = r->steps; i--;) /* each end moves to its start */
        for (int32_t k = r->starts[i + 1]; k-- > r->starts[i];)
            if (r->operands[k] >= r->inputs)
                r->users[--r->first[r->operands[k] - r->inputs]] = (int32_t)i;
}

/* Find how many steps in a row wait for each step; one that nobody reads has height 1. */
static void find_heights(Ready *r)
{
    for (Py_ssize_t i = r->steps; i--;) {
        r->height[i]++;
        for (int32_t k = r->starts[i]; k < r->starts[i + 1]; k++) {
            Py_ssize_t made = r->operands[k] - r->inputs;
            if (made >= 0 && r->height[made] < r->height[i])
                r->height[made] = r->height[i];
        }
    }
}

/* The list with the highest step; of several the longest. */
static Py_ssize_t choose(const Ready *r)
{
    Py_ssize_t best = 0;
    for (Py_ssize_t g = 1; g < r->groups; g++)
        if (r->top[g] > r->top[best] ||
            (r->top[g] == r->top[best] && r->size[g] > r->size[best]))
            best = g;
    return best;
}

/* Write order and ends; return the number of runs, or -1 where steps wait for each other. */
static Py_ssize_t write_order(Ready *r, int32_t *order, int32_t *ends)
{
    Py_ssize_t done = 0, runs = 0;
    for (Py_ssize_t i = 0; i < r->steps; i++)
        if (!r->left[i])
            push(r, (int32_t)i);
    while (done < r->steps) {
        Py_ssize_t best = choose(r), from = done;
        if (!r->size[best])
            return -1;
        for (int32_t step = r->head[best]; step >= 0; step = r->next[step])
            order[done++] = step;
        r->size[best] = r->top[best] = 0;
        ends[runs++] = (int32_t)done;
        for (Py_ssize_t i = from; i < done; i++)
            for (int32_t k = r->first[order[i]]; k < r->first[order[i] + 1]; k++)
                if (--r->left[r->users[k]] == 0)
                    push(r, r->users[k]);
    }
    return runs;
}

/* Return (order, ends) as bytes, or NULL with an error. */
static PyObject *ordered(Ready *r, Py_ssize_t operands)
{
    if (!is_sound(r, operands)) {
        PyErr_SetString(PyExc_ValueError, "_tape: schedule: a number leads out of the code");
        return NULL;
    }
    size_t n = (size_t)r->steps, groups = (size_t)r->groups;
    int32_t *room = PyMem_Calloc(4 * n + 1 + (size_t)operands + 4 * groups, sizeof(int32_t));
    PyObject *order = PyBytes_FromStringAndSize(NULL, r->steps * 4), *found = NULL;
    PyObject *ends = PyBytes_FromStringAndSize(NULL, r->steps * 4);
    if (!room)
        PyErr_NoMemory();
    if (room && order && ends) {
        r->first = room;
        r->left = r->first + n + 1;
        r->height = r->left + n;
        r->next = r->height + n;
        r->head = r->next + n;
        r->last = r->head + groups;
        r->size = r->last + groups;
        r->top = r->size + groups;
        r->users = r->top + groups;
        find_users(r);
        find_heights(r);
        Py_ssize_t runs = write_order(r, (int32_t *)(void *)PyBytes_AS_STRING(order),
                                      (int32_t *)(void *)PyBytes_AS_STRING(ends));
        if (runs < 0)
            PyErr_SetString(PyExc_ValueError, "_tape: schedule: steps need each other");
        else if (_PyBytes_Resize(&ends, 4 * runs) == 0)
            found = PyTuple_Pack(2, order, ends);
    }
    PyMem_Free(room);
    Py_XDECREF(order);
    Py_XDECREF(ends);
    return found;
}

/* schedule(inputs, groups, group, starts, operands) -> the order and the ends of its runs. */
static PyObject *schedule(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer group, starts, operands;
    PyObject *given[3], *found = NULL;
    Ready r = {0};
    if (!PyArg_ParseTuple(args, "nnOOO", &r.inputs, &r.groups, given, given + 1, given + 2))
        return NULL;
    if (r.inputs < 0 || r.groups < 0 || r.inputs > INT32_MAX || r.groups > INT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "_tape: schedule: a count is out of range");
        return NULL;
    }
    if (get_row(given[0], &group, 'i', ANY, PyBUF_ND, "group") < 0)
        return NULL;
    r.steps = group.shape[0];
    if (get_row(given[1], &starts, 'i', r.steps + 1, PyBUF_ND, "starts") == 0) {
        if (get_row(given[2], &operands, 'i', ANY, PyBUF_ND, "operands") == 0) {
            r.group = group.buf;
            r.starts = starts.buf;
            r.operands = operands.buf;
            found = ordered(&r, operands.shape[0]);
            PyBuffer_Release(&operands);
        }
        PyBuffer_Release(&starts);
    }
    PyBuffer_Release(&group);
    return found;
}
