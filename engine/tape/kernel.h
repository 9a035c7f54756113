/* The steps of a machine over lanes, on one block: included once for each set of
instructions and length of a block, with KERNEL, TARGET and BLOCK set.

A row is BLOCK numbers, one of each lane. An operand is a row, or one number that all lanes
share; `mask` has a bit for each operand that is shared. The loops over a row are what the
compiler makes vector code of; each number is rounded as in run.c, so the bits are equal. */

#define LANE for (int l = 0; l < BLOCK; l++)
#define V(x, k) const double *restrict x = v + (int64_t)at[k] * BLOCK;
#define S(x, k) const double x = s[at[k]];
#define STEPS(op, mask, arity, operands, expression) \
    case KEY(op, mask): \
        for (int32_t i = 0; i < n; i++, at += arity) { \
            operands double *restrict y = v + (int64_t)to[i] * BLOCK; \
            LANE y[l] = (expression); \
        } \
        break;

#define UNARY(op, f) STEPS(op, 0, 1, V(a, 0), f(a[l]))
#define BINARY(op, f) \
    STEPS(op, 0, 2, V(a, 0) V(b, 1), f(a[l], b[l])) \
    STEPS(op, 1, 2, S(a, 0) V(b, 1), f(a, b[l])) \
    STEPS(op, 2, 2, V(a, 0) S(b, 1), f(a[l], b))
#define TERNARY(op, f) \
    STEPS(op, 0, 3, V(a, 0) V(b, 1) V(c, 2), f(a[l], b[l], c[l])) \
    STEPS(op, 1, 3, S(a, 0) V(b, 1) V(c, 2), f(a, b[l], c[l])) \
    STEPS(op, 2, 3, V(a, 0) S(b, 1) V(c, 2), f(a[l], b, c[l])) \
    STEPS(op, 3, 3, S(a, 0) S(b, 1) V(c, 2), f(a, b, c[l])) \
    STEPS(op, 4, 3, V(a, 0) V(b, 1) S(c, 2), f(a[l], b[l], c)) \
    STEPS(op, 5, 3, S(a, 0) V(b, 1) S(c, 2), f(a, b[l], c)) \
    STEPS(op, 6, 3, V(a, 0) S(b, 1) S(c, 2), f(a[l], b, c))

/* Products of the chain rule. Beside a shared factor that is finite and not 0 they are plain
ones. Others are if the sum of their row is finite; if not, a zero factor may annihilate, and
the row is made again by that law. The branch goes one way nearly always. */
#define SHARED_CHAIN(op, mask, arity, operands, factor, plain, lawful) \
    case KEY(op, mask): \
        for (int32_t i = 0; i < n; i++, at += arity) { \
            operands double *restrict y = v + (int64_t)to[i] * BLOCK; \
            if (factor - factor == 0.0 && factor != 0.0) \
                LANE y[l] = (plain); \
            else \
                LANE y[l] = (lawful); \
        } \
        break;
#define ROW_CHAIN(op, mask, arity, operands, plain, lawful) \
    case KEY(op, mask): \
        for (int32_t i = 0; i < n; i++, at += arity) { \
            operands double *restrict y = v + (int64_t)to[i] * BLOCK; \
            double part[8] = {0.0}; \
            for (int e = 0; e < BLOCK; e += 8) \
                for (int k = 0; k < 8; k++) { \
                    const int l = e + k; \
                    y[l] = (plain); \
                    part[k] += y[l]; \
                } \
            const double sum = sum_of_eight(part); \
            if (sum - sum != 0.0) \
                LANE y[l] = (lawful); \
        } \
        break;
#define CHAIN_STEPS \
    ROW_CHAIN(CHAIN, 0, 2, V(p, 0) V(c, 1), p[l] * c[l], primal_chain(p[l], c[l])) \
    SHARED_CHAIN(CHAIN, 1, 2, S(p, 0) V(c, 1), p, p * c[l], primal_chain(p, c[l])) \
    SHARED_CHAIN(CHAIN, 2, 2, V(p, 0) S(c, 1), c, p[l] * c, primal_chain(p[l], c))
#define ADD_ROW_CHAIN(mask, operands, x, p, c) \
    ROW_CHAIN(ADD_CHAIN, mask, 3, operands, x + p * c, primal_add_chain(x, p, c))
#define ADD_SHARED_CHAIN(mask, operands, factor, x, p, c) \
    SHARED_CHAIN(ADD_CHAIN, mask, 3, operands, factor, x + p * c, primal_add_chain(x, p, c))
#define ADD_CHAIN_STEPS \
    ADD_ROW_CHAIN(0, V(x, 0) V(p, 1) V(c, 2), x[l], p[l], c[l]) \
    ADD_ROW_CHAIN(1, S(x, 0) V(p, 1) V(c, 2), x, p[l], c[l]) \
    ADD_SHARED_CHAIN(2, V(x, 0) S(p, 1) V(c, 2), p, x[l], p, c[l]) \
    ADD_SHARED_CHAIN(3, S(x, 0) S(p, 1) V(c, 2), p, x, p, c[l]) \
    ADD_SHARED_CHAIN(4, V(x, 0) V(p, 1) S(c, 2), c, x[l], p[l], c) \
    ADD_SHARED_CHAIN(5, S(x, 0) V(p, 1) S(c, 2), c, x, p[l], c) \
    ADD_SHARED_CHAIN(6, V(x, 0) S(p, 1) S(c, 2), p, x[l], p, c)

#define UNARY_STEPS(name) UNARY(INDEX_##name, primal_##name)
#define BINARY_STEPS(name) BINARY(INDEX_##name, primal_##name)
#define TERNARY_STEPS(name) TERNARY(INDEX_##name, primal_##name)
#define FAST_STEPS(name) UNARY(FAST_##name, fast_##name)

/* Compute all steps for the lanes of one block, of which the first `lanes` are there. */
TARGET static int PART(steps)(const Lanes *m, const double *s, double *v, int lanes)
{
    const int32_t *head = m->heads, *at = m->operands, *to = m->targets;
    for (Py_ssize_t run = 0; run < m->runs; run++, head += LANE_HEAD) {
        const int32_t n = head[1];
        switch (KEY(head[0], head[3])) {
            UNARY_PRIMALS(UNARY_STEPS)
            BINARY_PRIMALS(BINARY_STEPS)
            TERNARY_PRIMALS(TERNARY_STEPS)
            FAST_PRIMALS(FAST_STEPS)
            CHAIN_STEPS
            ADD_CHAIN_STEPS
            TERNARY(ADD_MUL, primal_add_mul)
        default:
            if (gather_lanes(m, head, at, to, s, v, BLOCK, lanes) < 0)
                return -1;
            at += (int64_t)n * head[2];
        }
        to += n;
    }
    return 0;
}

/* Add rows to their totals, in eights, which a vector unit adds at once. */
TARGET static void PART(sums)(const Lanes *m, const double *v, double *totals, int lanes)
{
    for (Py_ssize_t i = 0; i < m->sums; i++) {
        const double *row = v + (int64_t)m->summed[i] * BLOCK;
        double part[8] = {0.0}, rest = 0.0;
        int l = 0;
        if (lanes == BLOCK)
            for (; l < BLOCK; l += 8)
                for (int k = 0; k < 8; k++)
                    part[k] += row[l + k];
        for (; l + 8 <= lanes; l += 8)
            for (int k = 0; k < 8; k++)
                part[k] += row[l + k];
        for (; l < lanes; l++)
            rest += row[l];
        totals[i] += sum_of_eight(part) + rest;
    }
}

#define ASKED(op) \
    if (outcome) \
        LANE found[l] = a[l] op c[l] ? found[l] : place; \
    else \
        LANE found[l] = a[l] op c[l] ? place : found[l]; \
    break;

/* Find in each lane the first question that is answered otherwise than it was: the last one
is asked first, so that any before it takes its place. Places are doubles here, as wide as
what is compared, or vector code would have to change their width at each question. */
TARGET static void PART(asks)(const Lanes *m, const double *s, const double *v, int32_t *first,
                              int lanes)
{
    double left[BLOCK], right[BLOCK], found[BLOCK];
    int32_t places[BLOCK];
    LANE found[l] = (double)m->asks;
    for (int32_t i = (int32_t)m->asks; i--;) {
        const int32_t *ask = m->asked + ASK * i;
        const int outcome = ask[3] != 0;
        const double place = i;
        const double *a = operand_row(s, ask[1], v, left, BLOCK);
        const double *c = operand_row(s, ask[2], v, right, BLOCK);
        switch (ask[0]) {
        case LESS:
            ASKED(<)
        case LESS_EQUAL:
            ASKED(<=)
        case EQUAL:
            ASKED(==)
        case OTHER:
            ASKED(!=)
        case GREATER:
            ASKED(>)
        default:
            ASKED(>=)
        }
    }
    LANE places[l] = (int32_t)found[l];
    memcpy(first, places, (size_t)lanes * sizeof *first);
}

#undef ASKED
#undef LANE
#undef V
#undef S
#undef STEPS
#undef SHARED_CHAIN
#undef ROW_CHAIN
#undef CHAIN_STEPS
#undef ADD_ROW_CHAIN
#undef ADD_SHARED_CHAIN
#undef ADD_CHAIN_STEPS
#undef UNARY
#undef BINARY
#undef TERNARY
#undef UNARY_STEPS
#undef BINARY_STEPS
#undef TERNARY_STEPS
#undef FAST_STEPS
#undef KERNEL
#undef TARGET
#undef BLOCK
