"""Counts to model features."""

from ._blocks import row_blocks, take_columns
from ._components import Components, fit_components
from ._features import Features, columns_of, paper_features, scaled_as_published, semst_features
from ._genes import expressed_genes, highly_variable_genes, mitochondrial_genes
from ._normalise import gene_deviations, library_size, log_normalise, scale_without_centring
from ._predicted_directions import predicted_directions
from ._prediction import Prediction, ridge_prediction
from ._slice_means import slice_means
from ._tissue_signal import TissueSignal, fit_tissue_signal
from ._variance import gene_sums

__all__ = [
    "Components",
    "Features",
    "Prediction",
    "TissueSignal",
    "columns_of",
    "expressed_genes",
    "fit_components",
    "fit_tissue_signal",
    "gene_deviations",
    "gene_sums",
    "highly_variable_genes",
    "library_size",
    "log_normalise",
    "mitochondrial_genes",
    "paper_features",
    "predicted_directions",
    "ridge_prediction",
    "row_blocks",
    "scale_without_centring",
    "scaled_as_published",
    "semst_features",
    "slice_means",
    "take_columns",
]
