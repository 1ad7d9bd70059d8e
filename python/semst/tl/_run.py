"""The whole way in one call, for every model; the named doors are short for it."""

from typing import Any

from semst import _keys
from semst._typed import typed
from semst.data import Slices

from ._estimator import Estimator
from ._result import copied, slices_in
from ._target import check_target


@typed
def run(
    adata: Slices,
    model: str,
    n_domains: int | str,
    *,
    fsm: bool | None = None,
    semantics: Any = None,
    cluster: str = "auto",
    refine: bool = True,
    explain: bool = True,
    random_state: int = 0,
    key_added: str | None = None,
    store_semantic: bool = False,
    copy: bool = False,
    **settings: Any,
) -> Slices | None:
    """Find spatial domains: features, graphs, semantics, training, clustering, refinement.

    No label is looked at anywhere, and the number of epochs is fixed. Preparation, graphs, losses, the matrix
    that is clustered and the refinement are the model's own, with its own settings.

    Parameters
    ----------
    adata
        Spots x genes: raw counts, gene symbols in ``var_names``, coordinates in ``obsm``. Several slices come
        in one object with ``sample_key``, or as several objects, a list or a dict from names to them: they
        are run jointly on the genes that all have, no spatial edge joins two, and the domains, the same ones
        in all, are written into each. ``batch`` says what is done about differences between slices.
    model
        Name of the model; see :func:`semst.models.available`, and :func:`semst.models.features` for what each
        can do.
    n_domains
        Wanted number of domains, 2 or more; or ``"auto"``: chosen from 2 to 15 by how stable domains are (see
        :func:`semst.tl.choose_n_domains`), with curves and runners-up in ``uns[key_added]["choice"]``
        (:func:`semst.tl.choice_lines`).
    fsm
        Let semantics modulate the model (SemST, equations 7 to 9). SemST does so by itself where a source is
        named; in the other models FSM is plugged in with ``True``, and starts as the identity.
    semantics
        Source of the semantic vectors: a name (see :func:`semst.semantics.available`), a backend, a model's
        id or folder, or an array with one row per spot. ``None`` takes the model's, with ``fsm=True``
        ``"minilm-genes"``.
    cluster
        ``"auto"`` (what the model's authors use: k-means for Spatial-MGCN and MAFN, mclust for the others,
        without R the mixture), or one of :func:`semst.cluster.available`.
    refine
        Let neighbours vote on the domains, where the model has a refinement. A domain that would lose its
        last spot stays as it was found, so that a run gives as many domains as were asked for; the log and
        ``uns[key_added]["clustering"]["kept_from_the_vote"]`` then name it.
    explain
        Say what marks each domain, by :func:`explain` with its defaults, and what semantic vectors moved; a
        slice that this can make nothing of is told and costs nothing of the rest.
    random_state
        Seed of everything that is drawn. The same seed gives the same bits on a CPU with the same number of
        threads.
    key_added
        Stem of the slots that are written; the model's name by default.
    store_semantic
        Also write the semantic vectors.
    copy
        Return a changed copy instead of writing into ``adata``.
    **settings
        How the slice is read (:class:`semst.data.SliceKeys`: ``layer``, ``sample_key``, ...), where it is
        computed (:class:`semst.train.Compute`: ``device``, ``checkpoint_dir``, ``progress``, ...), a named
        set of values (``preset``), and any setting of the model (``epochs``, ``n_neighs``, ``batch``, what is
        done about differences between slices, ...; the settings page lists them all). ``None`` keeps a
        default.

    Returns
    -------
    ``None``, or the copy. Written are (with ``key_added="semst"``)

    - ``obs["semst"]``: domains ``"1"`` to ``"K"``, categorical; NaN for spots without counts,
    - ``obs["semst_unrefined"]``: the same before refinement,
    - ``obs["semst_uncertainty"]``: 1 - posterior (mclust and mixture),
    - ``obsm["X_semst"]``: the embedding,
    - ``obsm["X_semst_semantic"]``: the semantic vectors, on request,
    - ``obsm["semst_<name>"]``: what some models show of their inside,
    - ``obsp["semst_connectivities"]``, ``obsp["semst_distances"]``, ``uns["semst_neighbors"]``: the spatial
      graph, as scanpy (``neighbors_key="semst_neighbors"``) and squidpy (``connectivity_key="semst"``) take
      it,
    - ``uns["semst_colors"]``: colours of the domains, where there are none that fit; all pictures, ours,
      scanpy's and squidpy's, take them,
    - ``uns["semst"]``: settings, versions, loss history, semantic source and coverage, graphs, timings,
      ``quality``, figures that need no annotation (``stability``, ``chaos``, ``pas``), and, of a run with
      semantics, ``semantic_effect``: what the vectors moved (:func:`semst.tl.semantic_effect_lines`),
    - ``uns["semst_explain"]``: markers and terms of the domains, see :func:`explain`.

    Raises
    ------
    SemSTError
        If the data or the call cannot be used, or a result would replace something that no run has written;
        the message says what was found and what to do.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.run(adata, "graphst", 4, epochs=2, cluster="mixture", progress=False)
    >>> adata.obs["graphst"].cat.categories.tolist()
    ['1', '2', '3', '4']
    """
    for one in slices_in(adata).values():
        check_target(one, copy=copy)
    estimator = Estimator(
        model,
        n_domains,
        fsm=fsm,
        semantics=semantics,
        cluster=cluster,
        refine=refine,
        explain=explain,
        random_state=random_state,
        **settings,
    )
    estimator.check_results(adata, key_added=key_added)
    estimator.fit(adata)
    target = copied(adata) if copy else adata
    estimator.write_to(target, key_added=key_added, store_semantic=store_semantic)
    return target if copy else None


def semst(adata: Slices, n_domains: int | str, **options: Any) -> Slices | None:
    """Find spatial domains with SemST; :func:`run` with ``model="semst"``.

    The method of Long et al., "When Genes Speak: A Semantic-Guided Framework for Spatially Resolved
    Transcriptomics Data Clustering" (AAAI 2026), without labels anywhere.

    Parameters
    ----------
    adata
        As of :func:`run`: one slice, or several.
    n_domains
        Wanted number of domains, or ``"auto"``.
    **options
        Arguments of :func:`run` and settings of :class:`semst.models.SemSTConfig`, among them ``preset``:
        ``"linear"``, the default, predicts every spot from its neighbours and trains nothing; ``"network"``
        adds four networks, and is taken where ``semantics`` are asked for; ``"paper"`` is the published
        configuration.

    Returns
    -------
    As of :func:`run`.

    Raises
    ------
    SemSTError
        If the data or the call cannot be used; the message says what was found and what to do.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.semst(adata, 4, cluster="mixture", progress=False)
    >>> adata.obs["semst"].cat.categories.tolist()
    ['1', '2', '3', '4']
    """
    return run(adata, _keys.KEY_ADDED, n_domains, **options)


def semanticst(adata: Slices, n_domains: int | str, **options: Any) -> Slices | None:
    """Find spatial domains with SemanticST, in one slice or in several; :func:`run` with its name.

    The model is :class:`semst.models.SemanticST`: context graphs of several kinds with learned weights, an
    embedding each, fused spot by spot. With ``sample_key``, graphs in space stay within slices, expression
    edges join mutual nearest neighbours of different slices, and the decoder has a scale and a bias for every
    slice.

    Parameters
    ----------
    adata
        As of :func:`run`: one slice, or several.
    n_domains
        Wanted number of domains; also the channels of the min-cut.
    **options
        Arguments of :func:`run` and settings of :class:`semst.models.SemanticSTConfig`.

    Returns
    -------
    As of :func:`run`; ``obsm["semanticst_attention"]`` holds the share of every graph in a spot's latent,
    columns in the order of ``uns["semanticst"]["params"]["graphs"]``.

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
    return run(adata, "semanticst", n_domains, **options)


def backbone(adata: Slices, model: str, n_domains: int | str, **options: Any) -> Slices | None:
    """Find spatial domains with another model, plain or with FSM; the same as :func:`run`.

    Parameters
    ----------
    adata, model, n_domains, **options
        See :func:`run`.

    Returns
    -------
    As of :func:`run`.

    Raises
    ------
    SemSTError
        If model, setting or data cannot be used; the message says what is accepted.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.backbone(adata, "graphst", 4, epochs=2, cluster="mixture", progress=False)
    >>> adata.obs["graphst"].cat.categories.size
    4
    """
    return run(adata, model, n_domains, **options)
