"""SemanticST on AnnData."""

from typing import Any

from anndata import AnnData

from ._backbone import backbone


def semanticst(adata: AnnData, n_domains: int, **options: Any) -> AnnData | None:
    """Find spatial domains with SemanticST, in one slice or in several at once.

    The model is :class:`semst.models.semanticst.SemanticST`: context graphs of several kinds with learned
    weights, an embedding each, fused spot by spot. With ``sample_key``, graphs in space stay within slices,
    expression edges join mutual nearest neighbours of different slices, and the decoder has a scale and a
    bias for every slice. Above ``tile_spots`` spots training goes tile by tile, with one network.

    Parameters
    ----------
    adata
        Spots x genes: raw counts, gene symbols in ``var_names``, coordinates in ``obsm``.
    n_domains
        Wanted number of domains, 2 or more; also the channels of the min-cut.
    **options
        Those of :func:`semst.tl.backbone` (``fsm``, ``semantics``, ``sample_key``, ``harmony``,
        ``random_state``, ``key_added``, ``copy``, ...) and of
        :class:`semst.models.semanticst.SemanticSTConfig` (``epochs``, ``graphs``, ``vertical_neighs``, ...).

    Returns
    -------
    ``None``, or the copy. Beside the slots of :func:`semst.tl.backbone`,
    ``obsm["semanticst_attention"]`` holds the share of every graph in a spot's latent, columns in the order
    of ``uns["semanticst"]["params"]["graphs"]``.

    Raises
    ------
    SemSTError
        If setting or data cannot be used; the message says what is accepted.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.semanticst(adata, 4, epochs=2, cluster="mixture", progress=False)
    >>> adata.obsm["semanticst_attention"].shape
    (300, 3)
    """
    return backbone(adata, "semanticst", n_domains, **options)
