/* To assign parents, partials or operands, one after the other, a node is LOOSE between:
it holds the three as they were given, until they fit and become edges again. */

static int loosen(Value *v)
{
    if (v->mark) {
        PyErr_SetString(GraphError,
                        "Value: a sweep is going through this node, which a signal or "
                        "another thread interrupts; do not assign to its parents");
        return -1;
    }
    if (v->flags & LOOSE)
        return 0;
    PyObject *parents = get_parents(v, NULL), *partials = get_partials(v, NULL);
    PyObject *operands = get_operands(v, NULL);
    Rare *r = parents && partials && operands ? own(v) : NULL;
    if (!r) {
        Py_XDECREF(parents);
        Py_XDECREF(partials);
        Py_XDECREF(operands);
        return -1;
    }
    r->parents = parents;
    r->partials = partials;
    r->operands = operands;
    v->flags = (uint8_t)((v->flags & ~UNRECORDED) | LOOSE);
    cut(v);
    return 0;
}

static int track_ancestors(Value *v);

static int fits(Rare *r)
{
    PyObject *parents = r->parents, *partials = r->partials, *operands = r->operands;
    if (!PyTuple_CheckExact(parents) || !PyTuple_CheckExact(partials))
        return 0;
    Py_ssize_t count = PyTuple_GET_SIZE(parents), next = 0;
    if (PyTuple_GET_SIZE(partials) != count)
        return 0;
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_value(PyTuple_GET_ITEM(parents, i)) ||
            !PyFloat_CheckExact(PyTuple_GET_ITEM(partials, i)))
            return 0;
    if (operands == Py_None)
        return 1;
    if (!PyTuple_CheckExact(operands) || (!count && PyTuple_GET_SIZE(operands)))
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(operands); i++) {
        PyObject *o = PyTuple_GET_ITEM(operands, i);
        if (is_value(o) ? next >= count || o != PyTuple_GET_ITEM(parents, next++)
                        : !PyFloat_CheckExact(o))
            return 0;
    }
    return next == count;
}

static int settle(Value *v)
{
    Rare *r = v->rare;
    if (!fits(r))
        return 0;
    PyObject *parents = r->parents, *partials = r->partials, *operands = r->operands;
    PyObject *all = operands == Py_None ? parents : operands;
    if (room(v, PyTuple_GET_SIZE(all)) < 0)
        return -1;
    Edge *edges = edges_of(v);
    for (Py_ssize_t i = 0, next = 0; i < PyTuple_GET_SIZE(all); i++) {
        PyObject *o = PyTuple_GET_ITEM(all, i);
        if (is_value(o))
            join(v, edges + i, (Value *)o,
                 PyFloat_AS_DOUBLE(PyTuple_GET_ITEM(partials, next++)));
        else
            plain(edges + i, PyFloat_AS_DOUBLE(o));
    }
    if (operands != Py_None && !PyTuple_GET_SIZE(all))
        v->flags |= UNRECORDED;
    r->parents = r->partials = r->operands = NULL;
    v->flags &= ~LOOSE;
    if (!r->label && !r->call && !r->op) {
        v->rare = NULL;
        drop(r);
    }
    Py_DECREF(parents);
    Py_DECREF(partials);
    Py_DECREF(operands);
    if (!(v->flags & FRESH)) /* it may be an ancestor of its new parents: a cycle */
        return v->n ? track_ancestors(v) : 0;
    if (v->n)
        v->flags &= ~FRESH;
    if (v->flags & TRACKED)
        track(v);
    return 0;
}

static int assign(Value *v, PyObject *x, size_t field)
{
    PyObject *found = no_deleting(x) < 0 ? NULL : PySequence_Tuple(x);
    if (!found || loosen(v) < 0) {
        Py_XDECREF(found);
        return -1;
    }
    PyObject **place = (PyObject **)((char *)v->rare + field), *old = *place;
    *place = found;
    int done = settle(v);
    Py_DECREF(old); /* last, since a finaliser may assign, too */
    return done;
}

/* Give a node its parents, partials and operands; None stands for the parents. */
static int connect(Value *v, PyObject *parents, PyObject *partials, PyObject *operands)
{
    if (v->n + PyTuple_GET_SIZE(parents) == 0 && !(v->flags & LOOSE) &&
        !PyTuple_GET_SIZE(partials)) { /* a leaf stays one */
        v->flags = (uint8_t)((v->flags & ~UNRECORDED) | (operands == Py_None ? 0 : UNRECORDED));
        return 0;
    }
    if (loosen(v) < 0)
        return -1;
    Rare *r = v->rare;
    PyObject *old[] = {r->parents, r->partials, r->operands};
    r->parents = Py_NewRef(parents);
    r->partials = Py_NewRef(partials);
    r->operands = Py_NewRef(operands);
    int done = settle(v);
    for (int i = 0; i < 3; i++)
        Py_DECREF(old[i]);
    return done;
}

/* v._connect(parents, partials, operands=None) */
static PyObject *value_connect(Value *v, PyObject *args)
{
    PyObject *parents, *partials, *operands = Py_None;
    if (!PyArg_ParseTuple(args, "O!O!|O", &PyTuple_Type, &parents, &PyTuple_Type, &partials,
                          &operands) ||
        connect(v, parents, partials, operands) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"_apply", (PyCFunction)(void *)apply, METH_FASTCALL | METH_STATIC, NULL},
    {"_connect", (PyCFunction)(void *)value_connect, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int set_parents(Value *v, PyObject *x, void *Py_UNUSED(name))
{
    return assign(v, x, offsetof(Rare, parents));
}

static int set_partials(Value *v, PyObject *x, void *Py_UNUSED(name))
{
    return assign(v, x, offsetof(Rare, partials));
}
