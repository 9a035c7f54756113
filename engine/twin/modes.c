/* The twins of `Call` and `Mode` of mode.py.

What the classes say of themselves (paths, reprs, which blocks have ended) they get from the
classes in Python. */
#include "twin.h"

/* ---- A call ---------------------------------------------------------------------- */

static Call *free_calls;
static int free_call_count;
enum { KEPT_CALLS = 1 << 12 };

static Call *fresh_call(PyObject *name, PyObject *parent, PyObject *serial, PyObject *source)
{
    Call *c = free_calls;
    if (c) {
        free_calls = (Call *)c->parent;
        free_call_count--;
        Py_SET_REFCNT((PyObject *)c, 1); /* it has kept its reference to the type */
#ifdef Py_REF_DEBUG
        _Py_NewReference((PyObject *)c);
#endif
    } else if (!(c = PyObject_New(Call, CallType)))
        return NULL;
    c->name = Py_NewRef(name);
    c->parent = Py_NewRef(parent);
    c->serial = Py_NewRef(serial);
    c->source = Py_NewRef(source);
    return c;
}

static PyObject *call_new(PyTypeObject *Py_UNUSED(type), PyObject *args, PyObject *options)
{
    static char *names[] = {"name", "parent", "serial", "source", NULL};
    PyObject *name, *parent, *serial = NULL, *source = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, options, "OO|OO:Call", names, &name, &parent,
                                     &serial, &source))
        return NULL;
    PyObject *number = serial ? Py_NewRef(serial) : PyLong_FromLong(0);
    Call *c = number ? fresh_call(name, parent, number, source) : NULL;
    Py_XDECREF(number);
    return (PyObject *)c;
}

/* Free a call, and those around it that nothing else holds: without recursion. */
static void call_dealloc(Call *c)
{
    for (;;) {
        PyObject *parent = c->parent;
        Py_XDECREF(c->name); /* NULL where it was deleted */
        Py_XDECREF(c->serial);
        Py_XDECREF(c->source);
        if (free_call_count < KEPT_CALLS) {
            c->parent = (PyObject *)free_calls;
            free_calls = c;
            free_call_count++;
        } else {
            PyObject_Free(c);
            Py_DECREF(CallType);
        }
        if (!parent || !Py_IS_TYPE(parent, CallType) || Py_REFCNT(parent) > 1) {
            Py_XDECREF(parent);
            return;
        }
        c = (Call *)parent;
    }
}

static PyMemberDef call_fields[] = {
    {"name", T_OBJECT, offsetof(Call, name), 0, NULL},
    {"parent", T_OBJECT, offsetof(Call, parent), 0, NULL},
    {"serial", T_OBJECT, offsetof(Call, serial), 0, NULL},
    {"source", T_OBJECT, offsetof(Call, source), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

/* ---- A mode ---------------------------------------------------------------------- */

static Mode *fresh_mode(PyObject *outer, PyObject *block, PyObject *call, PyObject *actions)
{
    Mode *m = PyObject_GC_New(Mode, ModeType);
    if (!m)
        return NULL;
    m->outer = Py_NewRef(outer);
    m->block = Py_NewRef(block);
    m->call = Py_NewRef(call);
    m->actions = Py_NewRef(actions);
    m->frame = Py_NewRef(Py_None);
    m->first = Py_NewRef(Py_None);
    m->weak = NULL;
    m->rare = NULL;
    m->recording = 1;
    m->ended = m->loose = 0;
    PyObject_GC_Track(m);
    return m;
}

static PyObject *mode_new(PyTypeObject *Py_UNUSED(type), PyObject *args, PyObject *options)
{
    static char *none[] = {NULL};
    if (!PyArg_ParseTupleAndKeywords(args, options, ":Mode", none))
        return NULL;
    return (PyObject *)fresh_mode(Py_None, Py_None, NOWHERE, no_actions);
}

static int mode_traverse(Mode *m, visitproc visit, void *arg)
{
    Py_VISIT(m->outer);
    Py_VISIT(m->block);
    Py_VISIT(m->call);
    Py_VISIT(m->actions);
    Py_VISIT(m->frame);
    Py_VISIT(m->first);
    Py_VISIT(Py_TYPE(m));
    return 0;
}

static int mode_clear(Mode *m)
{
    Py_CLEAR(m->outer);
    Py_CLEAR(m->block);
    Py_CLEAR(m->call);
    Py_CLEAR(m->actions);
    Py_CLEAR(m->frame);
    Py_CLEAR(m->first);
    return 0;
}

static void mode_dealloc(Mode *m)
{
    PyTypeObject *type = Py_TYPE(m);
    PyObject_GC_UnTrack(m);
    Py_TRASHCAN_BEGIN(m, mode_dealloc) /* the modes around it may die with it */
    if (m->weak)
        PyObject_ClearWeakRefs((PyObject *)m);
    mode_clear(m);
    drop(m->rare);
    PyObject_GC_Del(m);
    Py_DECREF(type);
    Py_TRASHCAN_END
}

static PyObject *get_mode_call(Mode *m, void *Py_UNUSED(name))
{
    return Py_NewRef(m->call ? m->call : NOWHERE);
}

static int set_mode_call(Mode *m, PyObject *x, void *Py_UNUSED(name))
{
    Rare *rare = m->rare;
    m->rare = NULL; /* it is made anew of the other call */
    Py_XSETREF(m->call, Py_NewRef(x ? x : NOWHERE));
    drop(rare);
    return 0;
}

static PyMemberDef mode_fields[] = {
    {"outer", T_OBJECT, offsetof(Mode, outer), 0, NULL},
    {"block", T_OBJECT, offsetof(Mode, block), 0, NULL},
    {"actions", T_OBJECT, offsetof(Mode, actions), 0, NULL},
    {"frame", T_OBJECT, offsetof(Mode, frame), 0, NULL},
    {"first", T_OBJECT, offsetof(Mode, first), 0, NULL},
    {"recording", T_BOOL, offsetof(Mode, recording), 0, NULL},
    {"ended", T_BOOL, offsetof(Mode, ended), 0, NULL},
    {"loose", T_BOOL, offsetof(Mode, loose), 0, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Mode, weak), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef mode_call[] = {
    {"call", (getter)get_mode_call, (setter)set_mode_call, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* Return the call of a mode as its nodes hold it: NULL for none, or with an error. */
static Rare *shared(Mode *m)
{
    if (!m->rare && m->call && m->call != NOWHERE) {
        if (!(m->rare = fresh_rare()))
            return NULL;
        m->rare->call = Py_NewRef(m->call);
    }
    return m->rare;
}

static PyType_Slot call_slots[] = {
    {Py_tp_new, call_new},
    {Py_tp_dealloc, call_dealloc},
    {Py_tp_members, call_fields},
    {0, NULL},
};
static PyType_Spec call_spec = {
    .name = "dendrograd.mode.Call",
    .basicsize = sizeof(Call),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = call_slots,
};
static PyType_Slot mode_slots[] = {
    {Py_tp_new, mode_new},           {Py_tp_dealloc, mode_dealloc},
    {Py_tp_traverse, mode_traverse}, {Py_tp_clear, mode_clear},
    {Py_tp_members, mode_fields},    {Py_tp_getset, mode_call},
    {0, NULL},
};
static PyType_Spec mode_spec = {
    .name = "dendrograd.mode.Mode",
    .basicsize = sizeof(Mode),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = mode_slots,
};

/* modes() -> the classes Call and Mode, and the call of no scope. */
static PyObject *modes(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none))
{
    PyObject *zero = PyLong_FromLong(0);
    if (zero && !NOWHERE && (CallType = (PyTypeObject *)PyType_FromSpec(&call_spec)) &&
        (ModeType = (PyTypeObject *)PyType_FromSpec(&mode_spec)) &&
        (no_actions = PyDict_New()))
        NOWHERE = (PyObject *)fresh_call(Py_None, Py_None, zero, Py_None);
    Py_XDECREF(zero);
    return NOWHERE ? Py_BuildValue("OOO", CallType, ModeType, NOWHERE) : NULL;
}
