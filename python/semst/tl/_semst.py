"""The whole way in one call."""

from pathlib import Path
from typing import Any

from anndata import AnnData

from semst import _keys
from semst._errors import SemSTError

from ._estimator import SemST
from ._target import check_target


def semst(
    adata: AnnData,
    n_domains: int | str,
    *,
    preset: str = "semst",
    layer: str | None = None,
    use_raw: bool = False,
    depth_key: str | None = None,
    semantics: Any = None,
    k_g: int | None = None,
    ranking: str | None = None,
    spatial_key: str = _keys.SPATIAL,
    sample_key: str | None = None,
    n_neighs: int | None = None,
    radius: float | None = None,
    use_existing_graph: bool = False,
    fusion: str | None = None,
    epochs: int | None = None,
    cluster: str = "auto",
    n_starts: int | None = None,
    refine: bool = True,
    random_state: int = 0,
    device: str = "auto",
    devices: int | None = None,
    precision: Any = "32-true",
    checkpoint_dir: str | Path | None = None,
    cache_dir: str | Path | None = None,
    key_added: str = _keys.KEY_ADDED,
    store_semantic: bool = False,
    progress: bool = True,
    copy: bool = False,
    **settings: Any,
) -> AnnData | None:
    """Find spatial domains with SemST: features, graphs, semantics, training, clustering, refinement.

    The method of Long et al., "When Genes Speak: A Semantic-Guided Framework for Spatially Resolved
    Transcriptomics Data Clustering" (AAAI 2026), without labels anywhere: the number of epochs is fixed.

    Parameters
    ----------
    adata
        Spots x genes: raw counts, gene symbols in ``var_names``, coordinates in ``obsm``.
    n_domains
        Wanted number of domains, 2 or more; or ``"auto"``: chosen from 2 to 15 by how stable domains are (see
        :func:`semst.tl.choose_n_domains`), with the curves in ``uns["semst"]["choice"]``.
    preset
        ``"semst"``, one default for every kind of data, or ``"paper"``, the published configuration.
    layer, use_raw
        Where the raw counts are; ``X`` by default.
    depth_key
        ``obs`` column with the library size over all genes, for a matrix that holds only part of them.
    semantics
        Source of the semantic vectors: a name (see :func:`semst.semantics.available`), a backend, a model's
        id or folder, or an array with one row per spot. ``None`` takes the preset's: ``"none"`` for
        ``"semst"``, ``"qwen3"`` for ``"paper"``.
    k_g, ranking
        Genes per spot in prompts and what ranks them.
    spatial_key
        ``obsm`` slot of the coordinates.
    sample_key
        ``obs`` column that tells several slices apart; no spatial edge joins two of them.
    n_neighs, radius
        Wanted mean number of spatial neighbours, from which the radius is found; or the radius itself.
    use_existing_graph
        Take ``obsp["spatial_connectivities"]`` instead.
    fusion
        ``"fsm"``, ``"concat"``, ``"add"``, ``"cross-attention"`` or ``"none"``.
    epochs
        Steps of training.
    cluster, n_starts
        ``"auto"`` (mclust where R has it, else the mixture), ``"mclust"``, ``"mixture"``, ``"kmeans"`` or
        ``"leiden"``; starts of the mixtures.
    refine
        Let every spot take the most frequent domain among itself and its neighbours.
    random_state
        Seed of everything that is drawn. The same seed gives the same bits on a CPU with the same number of
        threads.
    devices
        Processes that share the training, each on a device of its own; one by default. ``torchrun`` does the
        same from outside.
    device, precision
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"``; ``"32-true"`` or ``"bf16-mixed"``.
    checkpoint_dir
        Folder from which a run that was cut off goes on.
    cache_dir
        Folder of the cache of semantic vectors; the user's cache folder by default.
    key_added
        Stem of the slots that are written.
    store_semantic
        Also write the semantic vectors.
    progress
        Show progress with the time left.
    copy
        Return a changed copy instead of writing into ``adata``.
    **settings
        Any other setting of :class:`semst.models.SemSTConfig`.

    Returns
    -------
    ``None``, or the copy. Written are (with ``key_added="semst"``)

    - ``obs["semst"]``: domains ``"1"`` to ``"K"``, categorical; NaN for spots without counts,
    - ``obs["semst_unrefined"]``: the same before refinement,
    - ``obs["semst_uncertainty"]``: 1 - posterior (mclust and mixture),
    - ``obsm["X_semst"]``: the embedding,
    - ``obsm["X_semst_semantic"]``: the semantic vectors, on request,
    - ``uns["semst"]``: settings, versions, loss history, semantic source and coverage, graphs, timings, and
      ``quality``, figures that need no annotation (``stability``, ``chaos``, ``pas``).

    Raises
    ------
    SemSTError
        If the data or the call cannot be used; the message says what was found and what to do.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.semst(adata, 4, semantics="none", epochs=2, cluster="mixture", progress=False)
    >>> adata.obs["semst"].cat.categories.tolist()
    ['1', '2', '3', '4']
    """
    if not isinstance(adata, AnnData):
        raise SemSTError(
            f"semst takes an AnnData object and was given {type(adata).__name__}; "
            "semst.io.read opens files and SpatialData objects."
        )
    check_target(adata, copy=copy)
    model = SemST(
        n_domains,
        preset=preset,
        semantics=semantics,
        radius=radius,
        use_existing_graph=use_existing_graph,
        cluster=cluster,
        refine=refine,
        random_state=random_state,
        device=device,
        devices=devices,
        precision=precision,
        checkpoint_dir=checkpoint_dir,
        cache_dir=cache_dir,
        progress=progress,
        k_g=k_g,
        ranking=ranking,
        n_neighs=n_neighs,
        fusion=fusion,
        epochs=epochs,
        n_starts=n_starts,
        **settings,
    )
    model.fit(
        adata,
        layer=layer,
        use_raw=use_raw,
        depth_key=depth_key,
        spatial_key=spatial_key,
        sample_key=sample_key,
    )
    target = adata.copy() if copy else adata
    model.write_to(target, key_added=key_added, store_semantic=store_semantic)
    return target if copy else None
