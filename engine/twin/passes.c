/* Passes over a graph as arrays, as in passes.py; no Python runs in them. */
#include "twin.h"

enum { STARTING, LEADING, LOCAL, GROUP, END, BAR, BUFFERS };

static void let_go(Py_buffer *buffers, int count)
{
    while (count--)
        PyBuffer_Release(buffers + count);
}

/* sweep_arrays(starts, operands, partials, groups, ends, bars): set d end of its group / d node.
An end is a node, -1 where a group has several; without groups the one end is the root. */
static PyObject *sweep_arrays(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer b[BUFFERS];
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*w*", b, b + 1, b + 2, b + 3, b + 4, b + 5))
        return NULL;
    const int32_t *starts = b[STARTING].buf, *operands = b[LEADING].buf;
    const int32_t *groups = b[GROUP].len ? b[GROUP].buf : NULL, *ends = b[END].buf;
    const double *partials = b[LOCAL].buf;
    double *bars = b[BAR].buf;
    Py_ssize_t n = b[BAR].len / (Py_ssize_t)sizeof(double);
    uint8_t *seen = PyMem_Calloc((size_t)n + 1, 1);
    if (!seen) {
        let_go(b, BUFFERS);
        return PyErr_NoMemory();
    }
    for (Py_ssize_t k = n; k--;) {
        seen[k] = groups ? ends[groups[k]] == k : k == n - 1;
        bars[k] = seen[k] ? 1.0 : -0.0; /* which changes no number that is added to it */
    }
    for (Py_ssize_t k = n; k--;) {
        double out = bars[k];
        for (int32_t i = starts[k]; seen[k] && i < starts[k + 1]; i++) {
            int32_t to = operands[i];
            double term = partials[i] * out;
            if (to < 0 || (groups && groups[to] != groups[k]) ||
                (term != term && !(partials[i] != 0.0 && out != 0.0)))
                continue;
            bars[to] += term;
            seen[to] = 1;
        }
        bars[k] = seen[k] ? out : 0.0;
    }
    PyMem_Free(seen);
    let_go(b, BUFFERS);
    Py_RETURN_NONE;
}

enum { FIRST, HEAD, STEP, SIZE, LINK, RANK, OWNED, TABLES };

/* longest(k, starts, heads, steps, sizes, links, ranks, held): the k longest ways of each
node to the last one, at most; a way is its length, the place of its first edge among those
that leave the node, and the rank of the rest. Of two alike the earlier one stays first. */
static PyObject *longest(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer b[TABLES];
    int k;
    if (!PyArg_ParseTuple(args, "iy*y*y*w*w*w*w*", &k, b, b + 1, b + 2, b + 3, b + 4, b + 5,
                          b + 6))
        return NULL;
    const int32_t *starts = b[FIRST].buf, *heads = b[HEAD].buf;
    const double *steps = b[STEP].buf;
    double *sizes = b[SIZE].buf;
    int32_t *links = b[LINK].buf, *ranks = b[RANK].buf, *held = b[OWNED].buf;
    Py_ssize_t n = b[OWNED].len / (Py_ssize_t)sizeof(int32_t);
    for (Py_ssize_t v = n; v--;) {
        double *size = sizes + v * k;
        int32_t *link = links + v * k, *rank = ranks + v * k, count = v == n - 1;
        size[0] = 0.0;
        link[0] = -1;
        for (int32_t e = starts[v]; e < starts[v + 1]; e++) {
            if (!(steps[e] > -INFINITY))
                continue;
            for (int32_t r = 0; r < held[heads[e]]; r++) { /* no longer than the one before */
                double way = steps[e] + sizes[(Py_ssize_t)heads[e] * k + r];
                if (count == k && size[k - 1] >= way)
                    break;
                int32_t at = count < k ? count++ : k - 1;
                for (; at > 0 && size[at - 1] < way; at--) {
                    size[at] = size[at - 1];
                    link[at] = link[at - 1];
                    rank[at] = rank[at - 1];
                }
                size[at] = way;
                link[at] = e;
                rank[at] = r;
            }
        }
        held[v] = count;
    }
    let_go(b, TABLES);
    Py_RETURN_NONE;
}
