/* The order of a sweep: nodes that are marked by their place, parents first. */
#include "twin.h"

enum { KEPT_PLACES = 1 << 18, LOOK = 1 << 16 }; /* LOOK: nodes between looks at signals */

static int grown(void *array, size_t *places, size_t wanted, size_t size)
{
    size_t more = *places ? *places : 1024;
    while (more < wanted)
        more *= 2;
    void *moved = wanted < OPEN ? PyMem_Realloc(*(void **)array, more * size) : NULL;
    if (!moved) {
        PyErr_NoMemory();
        return ERROR;
    }
    *(void **)array = moved;
    *places = more;
    return DONE;
}

#define GROWN(array, places, wanted)                                                    \
    (LIKELY((wanted) <= (places)) ? DONE                                                \
                                  : grown(&(array), &(places), (wanted), sizeof *(array)))

static inline int append_marked(Value *v)
{
    if (GROWN(scratch.order, scratch.order_room, scratch.count + 1) < 0)
        return ERROR;
    scratch.order[scratch.count++] = v;
    v->mark = (uint32_t)scratch.count;
    return DONE;
}

/* As `append_marked`, and look at signals. All that comes before a root lives as long as
the root, whatever a handler does. */
static inline int append(Value *v)
{
    if (append_marked(v) < 0)
        return ERROR;
    return LIKELY(scratch.count % LOOK) ? DONE : PyErr_CheckSignals();
}

static void clear_marks(size_t stacked)
{
    for (size_t i = 0; i < scratch.count; i++)
        scratch.order[i]->mark = 0;
    for (size_t i = 0; i < stacked; i++)
        scratch.stack[i]->mark = 0;
    scratch.count = 0;
}

static void finish(void)
{
    if (scratch.stack_room > KEPT_PLACES || scratch.order_room > KEPT_PLACES) {
        PyMem_Free(scratch.stack);
        PyMem_Free(scratch.order);
        PyMem_Free(scratch.bars);
        PyMem_Free(scratch.seen);
        memset(&scratch, 0, sizeof scratch);
    }
    scratch.count = 0;
    sweeping = 0;
}

/* Put a node with parents on the stack. While it is there, its mark is OPEN plus the place
of the parent that comes next. */
static inline int descend(Value *v, size_t *stacked)
{
    if (GROWN(scratch.stack, scratch.stack_room, *stacked + 1) < 0)
        return ERROR;
    scratch.stack[(*stacked)++] = v;
    v->mark = OPEN;
    if (v->n == 2)
        FETCH((char *)v->in[1].parent + offsetof(Value, mark)); /* it may be NULL */
    return DONE;
}

/* Add the ancestors of a root and itself to the order, parents first: depth first, in
the order of parents. Nodes that have a mark are left out, and what only they need. */
static int append_ancestors(Value *root)
{
    size_t stacked = 0;
    int done = DONE;
    if (root->mark)
        return DONE;
    if (!root->n)
        return append(root);
    Value *v = root; /* the last on the stack, and the place of its parent that comes next */
    uint32_t at = 0;
    done = descend(root, &stacked);
    while (done == DONE) {
        Value *next = NULL;
        Edge *edges = edges_of(v);
        uint32_t count = (uint32_t)count_of(v);
        while (at < count && done == DONE && !next) {
            Value *parent = edges[at++].parent;
            if (!parent || parent->mark)
                continue;
            if (parent->n)
                next = parent;
            else
                done = append(parent);
        }
        if (done == DONE && next) {
            v->mark = OPEN + at; /* not read back before it is the last again: faster */
            done = descend(next, &stacked);
            v = next;
            at = 0;
        } else if (done == DONE && (done = append(v)) == DONE) {
            if (--stacked == 0) /* not before: what is in neither place keeps its mark */
                break;
            v = scratch.stack[stacked - 1];
            at = v->mark - OPEN;
        }
    }
    for (size_t i = 0; i < stacked; i++)
        scratch.stack[i]->mark = 0;
    return done;
}

/* Set the cotangents of the order to "none yet". A sum that starts with -0.0 is what is
added to it, to the sign of a zero. */
static int no_bars(void)
{
    size_t n = scratch.count;
    if (n > scratch.bars_room) {
        size_t places = scratch.bars_room;
        if (grown(&scratch.bars, &places, n, sizeof *scratch.bars) < 0)
            return ERROR;
        places = scratch.bars_room;
        if (grown(&scratch.seen, &places, n, sizeof *scratch.seen) < 0)
            return ERROR;
        scratch.bars_room = places;
    }
    for (size_t i = 0; i < n; i++)
        scratch.bars[i] = -0.0;
    memset(scratch.seen, 0, n);
    return DONE;
}

static int append_all(PyObject *roots)
{
    int done = DONE;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(roots) && done == DONE; i++) {
        PyObject *root = PySequence_Fast_GET_ITEM(roots, i);
        done = is_value(root) ? append_ancestors((Value *)root) : NOT_HERE;
    }
    return done;
}

/* Return the nodes of the order from a place on, as a list. */
static PyObject *listed(size_t from)
{
    PyObject *list = PyList_New((Py_ssize_t)(scratch.count - from));
    for (size_t i = from; list && i < scratch.count; i++)
        PyList_SET_ITEM(list, (Py_ssize_t)(i - from), Py_NewRef((PyObject *)scratch.order[i]));
    return list;
}

/* toposort(roots, below) of two lists -> the list, or None where Python has to do it. */
static PyObject *toposort(PyObject *Py_UNUSED(module), PyObject *const *args,
                          Py_ssize_t count)
{
    if (count != 2 || !PyList_CheckExact(args[0]) || !PyList_CheckExact(args[1]) || sweeping)
        Py_RETURN_NONE;
    PyObject *found = NULL;
    int done = DONE;
    sweeping = 1;
    scratch.count = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(args[1]) && done == DONE; i++) {
        Value *v = (Value *)PyList_GET_ITEM(args[1], i);
        done = !is_value((PyObject *)v) ? NOT_HERE : v->mark ? DONE : append(v);
    }
    size_t below = scratch.count;
    if (done == DONE)
        done = append_all(args[0]);
    if (done == DONE)
        found = listed(below);
    clear_marks(0);
    finish();
    return done == NOT_HERE ? Py_NewRef(Py_None) : found;
}

/* Give the nodes of a list marks in its order, so that it can be swept. Until the marks are
gone no other code runs, which could take nodes out of that list. */
static int number_all(PyObject *order)
{
    int done = DONE;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(order) && done == DONE; i++) {
        Value *v = (Value *)PyList_GET_ITEM(order, i);
        done = is_value((PyObject *)v) && !v->mark ? append_marked(v) : NOT_HERE;
    }
    return done;
}

/* between(roots, inputs) of two lists: the inputs, and of what the roots were computed from
that which depends on an input, parents first; None where Python has to do it. */
static PyObject *between(PyObject *Py_UNUSED(module), PyObject *const *args,
                         Py_ssize_t count)
{
    if (count != 2 || !PyList_CheckExact(args[0]) || !PyList_CheckExact(args[1]) || sweeping)
        Py_RETURN_NONE;
    sweeping = 1;
    scratch.count = 0;
    int done = number_all(args[1]);
    size_t inputs = scratch.count, kept = 0;
    if (done == DONE)
        done = append_all(args[0]);
    if (done == DONE)
        done = no_bars();
    for (size_t k = 0; done == DONE && k < scratch.count; k++) {
        Value *v = scratch.order[k];
        Edge *edges = edges_of(v);
        Py_ssize_t n = k < inputs ? 0 : count_of(v);
        int active = k < inputs;
        for (Py_ssize_t i = 0; !active && i < n; i++)
            active = edges[i].parent && scratch.seen[edges[i].parent->mark - 1];
        scratch.seen[k] = (uint8_t)active;
        kept += (size_t)active;
    }
    PyObject *found = done == DONE ? PyList_New((Py_ssize_t)kept) : NULL;
    Py_ssize_t at = 0;
    for (size_t k = 0; found && k < scratch.count; k++)
        if (scratch.seen[k])
            PyList_SET_ITEM(found, at++, Py_NewRef((PyObject *)scratch.order[k]));
    clear_marks(0);
    finish();
    return done == NOT_HERE ? Py_NewRef(Py_None) : found;
}
