/* The life of a node: from the list of the free, to its operands, to the list of the dying. */
#include "twin.h"

static Value *free_nodes, *dying;
static int free_count, releasing;

/* Return a new node without edges. */
static inline Value *fresh(double data)
{
    Value *v = free_nodes;
    if (LIKELY(v != NULL)) {
        free_nodes = v->next;
        free_count--;
        Py_SET_REFCNT((PyObject *)v, 1); /* it has kept its reference to the type */
#ifdef Py_REF_DEBUG
        _Py_NewReference((PyObject *)v);
#endif
    } else {
        int collecting = PyGC_Disable(); /* a finaliser could free what is to be a parent */
        v = PyObject_GC_New(Value, Type);
        if (collecting)
            PyGC_Enable();
        if (!v)
            return NULL;
    }
    v->data = data;
    v->grad = 0.0;
    v->mark = 0;
    v->op = 0;
    v->flags = 0;
    v->n = 0;
    v->rare = NULL;
    return v;
}

static inline void track(Value *v)
{
    v->flags |= TRACKED;
    if (!PyObject_GC_IsTracked((PyObject *)v))
        PyObject_GC_Track(v);
}

static inline void die(Value *v)
{
    if (v->flags & TRACKED)
        PyObject_GC_UnTrack(v);
    v->next = dying;
    dying = v;
}

static inline void release(Value *parent)
{
#ifndef Py_REF_DEBUG
    if (Py_REFCNT(parent) == 1 && Py_IS_TYPE(parent, Type)) {
        die(parent); /* as Py_DECREF would, after two calls */
        return;
    }
#endif
    Py_DECREF(parent);
}

static void release_edges(Value *v)
{
    Edge *edges = edges_of(v);
    Py_ssize_t count = count_of(v);
    int many = v->n == MANY;
    v->n = 0;
    for (Py_ssize_t i = 0; i < count; i++)
        if (edges[i].parent)
            release(edges[i].parent);
    if (many)
        PyMem_Free(edges);
}

/* Free what is on the list, and what dies with it. */
static void release_all(void)
{
    Value *v;
    releasing = 1;
    while ((v = dying)) {
        dying = v->next;
        release_edges(v);
        if (v->rare)
            drop(v->rare);
        PyTypeObject *type = Py_TYPE(v);
        if (LIKELY(type == Type && free_count < KEPT_NODES)) {
            v->next = free_nodes;
            free_nodes = v;
            free_count++;
        } else {
            type->tp_free(v);
            Py_DECREF(type);
        }
    }
    releasing = 0;
}

static void value_dealloc(Value *v)
{
    if (!Py_IS_TYPE(v, Type))
        v->flags |= TRACKED; /* as Python has done, though it may have been made plain */
    die(v);
    if (!releasing)
        release_all();
}

static int value_traverse(Value *v, visitproc visit, void *arg)
{
    Edge *edges = edges_of(v);
    for (Py_ssize_t i = 0; i < count_of(v); i++)
        Py_VISIT(edges[i].parent);
    if (v->rare && v->rare->refs == 1) {
        Py_VISIT(v->rare->label);
        Py_VISIT(v->rare->call);
        Py_VISIT(v->rare->op);
    }
    Py_VISIT(Py_TYPE(v));
    return 0;
}

/* Cut a node off its parents now, and let them die if nothing else holds them. */
static void cut(Value *v)
{
    int outermost = !releasing;
    releasing = 1;
    release_edges(v);
    if (outermost)
        release_all();
}

static int value_clear(Value *v)
{
    cut(v);
    if (v->rare && v->rare->refs == 1)
        Py_CLEAR(v->rare->label);
    return 0;
}

/* Give a node room for its operands; they are set by the caller. */
static inline int reserve_edges(Value *v, Py_ssize_t count)
{
    if (count > 2) {
        Edge *edges = count < OPEN ? PyMem_Malloc(count * sizeof *edges) : NULL;
        if (!edges) {
            PyErr_NoMemory();
            return -1;
        }
        v->out.edges = edges;
        v->out.count = count;
        v->n = MANY;
    } else
        v->n = (uint8_t)count;
    return 0;
}

static inline void set_parent(Value *v, Edge *edge, Value *parent, double partial)
{
    edge->parent = (Value *)Py_NewRef((PyObject *)parent);
    edge->number = partial;
    v->flags |= parent->flags & TRACKED;
}

static inline void set_constant(Edge *edge, double operand)
{
    edge->parent = NULL;
    edge->number = operand;
}

/* ---- The rare record ------------------------------------------------------------- */

static void drop(Rare *r)
{
    if (r && --r->refs == 0) {
        Py_XDECREF(r->label);
        Py_XDECREF(r->call);
        Py_XDECREF(r->op);
        PyMem_Free(r);
    }
}

/* Return an empty record, held once, or NULL with an error. */
static Rare *fresh_rare(void)
{
    Rare *r = PyMem_Calloc(1, sizeof *r);
    if (r)
        r->refs = 1;
    else
        PyErr_NoMemory();
    return r;
}

/* Return the record of a node for changes: its own, made where it has none. */
static Rare *own(Value *v)
{
    Rare *old = v->rare, *r;
    if (old && old->refs == 1)
        return old;
    if (!(r = fresh_rare()))
        return NULL;
    if (old) { /* shared with nodes of the same call */
        r->label = Py_XNewRef(old->label);
        r->call = Py_XNewRef(old->call);
        r->op = Py_XNewRef(old->op);
        drop(old);
    }
    return v->rare = r;
}
