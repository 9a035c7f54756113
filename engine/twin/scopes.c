/* The way into a scope and out of it.

A program that runs a module for each neuron enters a scope as often as it makes nodes, so
this has to cost about as much as a node. Blocks that change something else than the call,
blocks that a generator begins, and what goes wrong are left to context.py. */
#include "twin.h"

static PyObject *Scope, *python_within, *python_enter, *python_exit; /* of context.py */
static PyTypeObject *Block;
static Py_ssize_t name_slot, last_slot; /* where a scope has its slots `name` and `_last` */
static PyObject *text_leave;

#define SLOT(object, offset) ((PyObject **)((char *)(object) + (offset)))

/* Return the mode that is set, or NULL with an error. */
static Mode *mode_here(void)
{
    PyObject *found;
    if (PyContextVar_Get(MODE, NULL, &found) < 0)
        return NULL;
    if (Py_IS_TYPE(found, ModeType))
        return (Mode *)found;
    PyErr_Format(PyExc_TypeError, "the mode is set to %R", found);
    Py_DECREF(found);
    return NULL;
}

static int set_mode(PyObject *mode)
{
    PyObject *token = PyContextVar_Set(MODE, mode);
    Py_XDECREF(token);
    return token ? 0 : -1;
}

/* Enter a scope, where the frame that asks for it is no generator's. */
static int enter(PyObject *block)
{
    PyObject *serial = NULL, *name = Py_XNewRef(*SLOT(block, name_slot));
    Call *call = NULL;
    Mode *outer = NULL, *mode = NULL;
    int done = -1;
    if (!name)
        PyErr_SetString(PyExc_AttributeError, "scope: it has no name: __init__ did not run");
    if (!name || (!Py_SIZE(entered) && PyList_Append(entered, Py_True) < 0) ||
        !(outer = mode_here()) || !(serial = PyIter_Next(serials)))
        goto end;
    if (!(call = fresh_call(name, outer->call ? outer->call : NOWHERE, serial, Py_None)) ||
        !(mode = fresh_mode((PyObject *)outer, block, (PyObject *)call,
                            outer->actions ? outer->actions : no_actions)))
        goto end;
    mode->recording = outer->recording;
    mode->loose = outer->loose;
    Py_XSETREF(*SLOT(block, last_slot), Py_NewRef((PyObject *)mode));
    done = set_mode((PyObject *)mode);
end:
    Py_XDECREF(name);
    Py_XDECREF(outer);
    Py_XDECREF(serial);
    Py_XDECREF(call);
    Py_XDECREF(mode);
    return done;
}

/* Take a block out of the chain, of which it is not the innermost. Ctrl-C may come in
there: it is done once more where the mode is still `mode`. */
static int leave_out_of_order(PyObject *block, Mode *mode)
{
    PyObject *type, *error, *trace;
    PyObject *left = PyObject_CallMethodOneArg(block, text_leave, (PyObject *)mode);
    if (!left) {
        PyErr_Fetch(&type, &error, &trace);
        Mode *now = mode_here();
        if (now == mode)
            left = PyObject_CallMethodOneArg(block, text_leave, (PyObject *)mode);
        PyErr_Clear();
        Py_XDECREF(now);
        Py_CLEAR(left);
        PyErr_Restore(type, error, trace);
        return -1;
    }
    Py_DECREF(left);
    return 0;
}

/* Leave a block; an error that is under way stays, unless leaving makes another. */
static int leave(PyObject *block)
{
    PyObject *type, *error, *trace;
    int done = -1;
    PyErr_Fetch(&type, &error, &trace);
    Mode *mode = mode_here();
    if (mode) {
        PyObject *outer = mode->outer;
        if (mode->block == block && mode->frame == Py_None)
            done = set_mode(outer && Py_IS_TYPE(outer, ModeType) ? outer : PLAIN);
        else
            done = leave_out_of_order(block, mode);
        Py_DECREF(mode);
    }
    if (done == 0)
        PyErr_Restore(type, error, trace);
    else {
        Py_XDECREF(type);
        Py_XDECREF(error);
        Py_XDECREF(trace);
    }
    return done;
}

/* within(block, function, *args, **options): call a function inside a block. */
static PyObject *within(PyObject *Py_UNUSED(module), PyObject *const *args,
                        Py_ssize_t count, PyObject *names)
{
    if (count < 2 || !Py_IS_TYPE(args[0], (PyTypeObject *)Scope))
        return PyObject_Vectorcall(python_within, args, count, names);
    PyObject *block = args[0];
    if (enter(block) < 0)
        return NULL;
    PyObject *result = PyObject_Vectorcall(args[1], args + 2, count - 2, names);
    if (leave(block) < 0)
        Py_CLEAR(result);
    return result;
}

/* scope.__enter__, of a scope in code that is no generator's. */
static PyObject *scope_enter(PyObject *Py_UNUSED(module), PyObject *block)
{
    PyFrameObject *frame = PyEval_GetFrame();
    PyCodeObject *code = frame ? PyFrame_GetCode(frame) : NULL;
    int plain = code && !(code->co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR));
    Py_XDECREF(code);
    if (!plain || !Py_IS_TYPE(block, (PyTypeObject *)Scope))
        return PyObject_CallOneArg(python_enter, block);
    if (enter(block) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* __exit__ of every block: in Python, Ctrl-C at its start would leave the block on. */
static PyObject *block_exit(PyObject *Py_UNUSED(module), PyObject *const *args,
                            Py_ssize_t count)
{
    if (count < 1 || !PyObject_TypeCheck(args[0], Block))
        return PyObject_Vectorcall(python_exit, args, count, NULL);
    if (leave(args[0]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef enter_method = {"__enter__", scope_enter, METH_O, NULL};
static PyMethodDef exit_method = {"__exit__", (PyCFunction)(void *)block_exit,
                                  METH_FASTCALL, NULL};

/* Give a class a method; 0, or -1 with an error. */
static int give(PyObject *type, PyMethodDef *definition)
{
    PyObject *function = PyCFunction_New(definition, NULL);
    PyObject *method = function ? PyInstanceMethod_New(function) : NULL;
    int done = method ? PyObject_SetAttrString(type, definition->ml_name, method) : -1;
    Py_XDECREF(function);
    Py_XDECREF(method);
    return done;
}

/* Return where instances of a class have a slot of a name, or -1 with an error. */
static Py_ssize_t slot_in(PyObject *type, const char *name)
{
    PyObject *found = PyObject_GetAttrString(type, name);
    Py_ssize_t offset = -1;
    if (found && Py_IS_TYPE(found, &PyMemberDescr_Type))
        offset = ((PyMemberDescrObject *)found)->d_member->offset;
    else if (found)
        PyErr_Format(PyExc_TypeError, "scopes: %s is not a slot of %R", name, type);
    Py_XDECREF(found);
    return offset;
}

/* scopes(block, scope, within): give the classes their way in and out, and return `within`. */
static PyObject *scopes(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    if (count != 3 || !PyType_Check(args[0]))
        return PyErr_Format(PyExc_TypeError, "scopes(block, scope, within)");
    Py_XSETREF(Block, (PyTypeObject *)Py_NewRef(args[0]));
    Py_XSETREF(Scope, Py_NewRef(args[1]));
    Py_XSETREF(python_within, Py_NewRef(args[2]));
    Py_XSETREF(python_enter, PyObject_GetAttrString(Scope, "__enter__"));
    Py_XSETREF(python_exit, PyObject_GetAttrString(args[0], "__exit__"));
    name_slot = slot_in(Scope, "name");
    last_slot = slot_in(Scope, "_last");
    if (!python_enter || !python_exit || name_slot < 0 || last_slot < 0 ||
        give(Scope, &enter_method) < 0 || give(args[0], &exit_method) < 0)
        return NULL;
    return PyObject_GetAttrString(module, "within");
}
