"""MLPClassifier and MLPRegressor: nets that scikit-learn's tools can use.

A net is a formula of scalars. `training.py` fits its parameters, which lie in one flat
array, by mini-batches; what it asks for is the value and the gradient of a batch's loss
(`objective.py`).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .classifier import MLPClassifier as MLPClassifier
    from .regressor import MLPRegressor as MLPRegressor
else:
    try:
        from sklearn.utils.validation import validate_data as _  # noqa: F401  # of 1.6
    except ImportError:
        from .absent import MLPClassifier as MLPClassifier
        from .absent import MLPRegressor as MLPRegressor
    else:
        from .classifier import MLPClassifier as MLPClassifier
        from .regressor import MLPRegressor as MLPRegressor
