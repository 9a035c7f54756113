"""The methods that models have in other libraries, and what does the same here."""

FLOATS = "numbers are Python's floats, on the CPU, so there is nothing to move"

OF_MODELS = {
    "backward": "call it of the loss: loss(outputs, targets).backward()",
    "compile": "loss and optimizer are arguments of dendrograd.nn.fit",
    "cpu": FLOATS,
    "cuda": FLOATS,
    "evaluate": "use dendrograd.nn.evaluate(model, X, y, loss)",
    "fit": "use dendrograd.nn.fit(model, X, y, loss, optimizer)",
    "predict": "use dendrograd.nn.predict(model, X)",
    "save": "use dendrograd.nn.save(path, model)",
    "score": "use dendrograd.nn.evaluate(model, X, y, loss, metrics=['accuracy'])",
    "summary": "print(model) shows its parts and their parameters",
    "to": FLOATS,
}
