// Recompute a graph: its data, its local derivatives, and its adjoints from the root,
// in the order of the engine's reverse sweep. `edited` has new numbers for leaves, by
// index. Returns {data, partials, adjoints}, one entry for each node.
function sweep(operations, { nodes, root }, edited = {}) {
  const data = [];
  const partials = [];
  nodes.forEach((node, i) => {
    if (!Array.isArray(node)) {
      data.push(Number(i in edited ? edited[i] : node));
      partials.push([]);
      return;
    }
    const [name, ...operands] = node;
    const xs = operands.map((v) => (typeof v === "string" ? Number(v) : data[v]));
    const y = operations[name].f(...xs);
    data.push(y);
    partials.push(operations[name].d(y, ...xs));
  });
  const adjoints = new Array(nodes.length);
  adjoints[root] = 1;
  for (let i = root; i >= 0; i--) {
    const out = adjoints[i];
    if (out === undefined || !Array.isArray(nodes[i])) continue;
    nodes[i].slice(1).forEach((v, k) => {
      if (typeof v === "string") return; // a plain number has no adjoint
      const term = partials[i][k] * out;
      if (term !== term && (partials[i][k] === 0 || out === 0)) return; // 0 * inf = 0
      adjoints[v] = adjoints[v] === undefined ? term : adjoints[v] + term;
    });
  }
  nodes.forEach((node, i) => {
    if (!Array.isArray(node) || adjoints[i] === undefined) {
      adjoints[i] = 0 + (adjoints[i] ?? 0); // a leaf adds up from 0, so never to -0
    }
  });
  return { data, partials, adjoints };
}
