"""Counts to model features."""

from ._blocks import row_blocks as row_blocks
from ._blocks import take_columns as take_columns
from ._components import Components, fit_components
from ._features import (
    Features,
    paper_features,
    semst_features,
)
from ._features import (
    columns_of as columns_of,
)
from ._features import (
    scaled_as_published as scaled_as_published,
)
from ._genes import (
    expressed_genes as expressed_genes,
)
from ._genes import (
    highly_variable_genes,
)
from ._genes import (
    mitochondrial_genes as mitochondrial_genes,
)
from ._normalise import (
    gene_deviations as gene_deviations,
)
from ._normalise import (
    library_size,
    log_normalise,
)
from ._normalise import (
    scale_without_centring as scale_without_centring,
)
from ._predicted_directions import predicted_directions as predicted_directions
from ._prediction import Prediction as Prediction
from ._prediction import ridge_prediction as ridge_prediction
from ._slice_means import slice_means as slice_means
from ._tissue_signal import TissueSignal, fit_tissue_signal
from ._variance import gene_sums as gene_sums

__all__ = [
    "Components",
    "Features",
    "TissueSignal",
    "fit_components",
    "fit_tissue_signal",
    "highly_variable_genes",
    "library_size",
    "log_normalise",
    "paper_features",
    "semst_features",
]
