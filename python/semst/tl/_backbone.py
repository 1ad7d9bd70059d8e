"""Another published model on AnnData, with or without FSM."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from anndata import AnnData

from semst import _keys, gr, models
from semst import cluster as clusterers
from semst._errors import SemSTError
from semst._log import logger
from semst._validate import check_n_domains, check_random_state, require_key
from semst.models import backbones

from ._clock import Clock
from ._cluster import as_categorical, find_domains
from ._harmony import harmonise
from ._record import outcome, plain
from ._result import Result, spread, write_result
from ._semantics import semantic_source, semantic_vectors
from ._slice import read_slice
from ._target import check_target


def backbone(
    adata: AnnData,
    model: str,
    n_domains: int,
    *,
    fsm: bool = False,
    semantics: Any = "minilm-genes",
    k_g: int = 20,
    ranking: Any = "expression",
    layer: str | None = None,
    use_raw: bool = False,
    depth_key: str | None = None,
    spatial_key: str = _keys.SPATIAL,
    sample_key: str | None = None,
    image_key: str | None = None,
    harmony: bool = False,
    cluster: str = "auto",
    refine: bool = True,
    random_state: int = 0,
    device: str = "auto",
    precision: Any = "32-true",
    checkpoint_dir: str | Path | None = None,
    cache_dir: str | Path | None = None,
    key_added: str | None = None,
    store_semantic: bool = False,
    progress: bool = True,
    copy: bool = False,
    **settings: Any,
) -> AnnData | None:
    """Find spatial domains with one of the other models, plain or with semantic modulation.

    Preparation, graphs, losses, the matrix that is clustered and the refinement are the model's own, with its
    authors' defaults (SemanticST has its own, its docstring says which); the number of epochs is fixed, and
    no label is looked at.

    Parameters
    ----------
    adata
        Spots x genes: raw counts, gene symbols in ``var_names``, coordinates in ``obsm``.
    model
        Name of the model; see :func:`semst.models.backbones.available`.
    n_domains
        Wanted number of domains, 2 or more.
    fsm
        Plug in FSM (SemST, equations 7 to 9) where the model keeps its latent. It starts as the identity.
    semantics, k_g, ranking
        Source of the semantic vectors for FSM, as in :func:`semst.tl.semst`; not used without FSM.
    layer, use_raw, depth_key, spatial_key, sample_key
        As in :func:`semst.tl.semst`.
    image_key
        ``obsm`` slot with features of the image at every spot, for models that use them (STAIG).
    harmony
        Correct the embedding of several slices (``sample_key``) with Harmony before it is clustered.
    cluster
        ``"mclust"``, ``"mixture"``, ``"kmeans"``, ``"leiden"``, or ``"auto"``: the one its authors use, which
        is k-means for Spatial-MGCN and MAFN and mclust (without R the mixture) for the others.
    refine
        Let the nearest spots vote, where the model has a refinement of its own (``refine_neighs`` above 0).
    random_state
        Seed of everything that is drawn.
    device, precision, checkpoint_dir, cache_dir, progress
        As in :func:`semst.tl.semst`.
    key_added
        Stem of the slots that are written; the model's name by default.
    store_semantic
        Also write the semantic vectors.
    copy
        Return a changed copy instead of writing into ``adata``.
    **settings
        Any setting of the model, for example ``epochs``, ``n_starts`` or ``as_published``.

    Returns
    -------
    ``None``, or the copy. The slots are those of :func:`semst.tl.semst`, with ``key_added`` as their stem.

    Raises
    ------
    SemSTError
        If model, setting or data cannot be used; the message says what is accepted.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.backbone(adata, "graphst", 4, epochs=2, cluster="mixture", progress=False)
    >>> adata.obs["graphst"].cat.categories.tolist()
    ['1', '2', '3', '4']
    """
    check_target(adata, copy=copy)
    chosen = backbones.get(model)
    image = None if image_key is None else _image(adata, image_key, chosen, model)
    result = _run(
        adata,
        chosen,
        _settings(chosen, model, settings, n_domains),
        n_domains=n_domains,
        image=image,
        semantics=semantics if fsm else "none",
        slots={
            "layer": layer,
            "use_raw": use_raw,
            "depth_key": depth_key,
            "spatial_key": spatial_key,
            "sample_key": sample_key,
        },
        embedding={"k_g": k_g, "ranking": ranking, "cache_dir": cache_dir, "progress": progress},
        fitting={
            "device": device,
            "precision": precision,
            "checkpoint_dir": checkpoint_dir,
            "progress": progress,
        },
        harmony=harmony,
        method=cluster,
        refine=refine,
        random_state=check_random_state(random_state),
        name=model,
    )
    target = adata.copy() if copy else adata
    write_result(result, target, key_added=key_added or model, store_semantic=store_semantic)
    return target if copy else None


def _settings(
    chosen: type[models.Backbone], name: str, given: dict[str, Any], n_domains: int
) -> models.BackboneConfig:
    known = list(chosen.Config.__dataclass_fields__)
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise SemSTError(
            f"{name} has no settings {', '.join(unknown)}. Accepted are: {', '.join(sorted(known))}."
        )
    own: dict[str, Any] = {"n_domains": n_domains} if "n_domains" in known else {}  # a model may want to know
    return chosen.Config(
        **own, **{key: value for key, value in given.items() if value is not None or key == "clip_norm"}
    )


def _image(adata: AnnData, key: str, chosen: type[models.Backbone], name: str) -> np.ndarray:
    if not chosen.uses_image:
        able = [other for other in backbones.available() if backbones.get(other).uses_image]
        raise SemSTError(f"{name} makes no use of image features (image_key); {', '.join(able)} does.")
    slot = require_key(adata.obsm, key, what="obsm slot (image_key)")
    image = np.asarray(slot, dtype=np.float32)
    if image.ndim != 2 or not np.isfinite(image).all():
        raise SemSTError(
            f"obsm[{key!r}] has the shape {image.shape} and {int((~np.isfinite(image)).sum())} values that "
            "are missing or infinite; image features are a table of finite numbers, a row a spot."
        )
    return image


def _run(
    adata: AnnData,
    chosen: type[models.Backbone],
    config: models.BackboneConfig,
    *,
    n_domains: int,
    image: np.ndarray | None,
    semantics: Any,
    slots: dict[str, Any],
    embedding: dict[str, Any],
    fitting: dict[str, Any],
    harmony: bool,
    method: str,
    refine: bool,
    random_state: int,
    name: str,
) -> Result:
    clock = Clock()
    data, kept = read_slice(adata, **slots)
    if image is not None:
        data = replace(data, image=image[kept])
    n_domains = check_n_domains(n_domains, int(kept.sum()))
    if harmony and data.samples is None:
        raise SemSTError("Harmony needs to know the slices: give sample_key.")
    source = semantic_source(semantics, adata, data, kept)
    prepared = chosen.prepare(data, config, random_state=random_state)
    clock.lap("features")
    vectors = semantic_vectors(
        source,
        data,
        prepared.genes,
        random_state=random_state,
        device=fitting["device"],
        **embedding,
    )
    if vectors.vectors is not None:
        prepared.inputs.set_semantic(models.smooth_and_centre(vectors.vectors, prepared.adjacency)[0])
    clock.lap("semantics")
    fitted = models.fit_backbone(chosen, prepared, config, random_state=random_state, **fitting)
    clock.lap("training")
    latent = fitted.embedding
    if harmony and data.samples is not None:
        latent = harmonise(latent, data.samples, random_state=random_state)
        clock.lap("harmony")
    method = config.cluster if method == "auto" else method
    found = find_domains(
        latent, n_domains, method=method, n_starts=config.n_starts, random_state=random_state
    )
    voted = found.labels
    if refine and config.refine_neighs:
        voters = gr.directed_neighbours(
            data.coordinates, n_neighs=config.refine_neighs, samples=data.samples, or_all=True
        )
        voted = clusterers.refine(found.labels, voters)
    clock.lap("clustering")
    logger.info(f"{name}: {chosen.reference}")
    return Result(
        labels=as_categorical(voted, kept, n_domains),
        unrefined=as_categorical(found.labels, kept, n_domains),
        uncertainty=None if found.uncertainty is None else spread(found.uncertainty, kept),
        embedding=spread(latent, kept),
        semantic=None if vectors.vectors is None else spread(vectors.vectors, kept),
        record=plain(
            {
                "params": {
                    **config.as_dict(),
                    "model": name,
                    "semantics": semantics if isinstance(semantics, str) else type(semantics).__name__,
                    "n_domains": n_domains,
                    "harmony": harmony,
                    "cluster": method,
                    "refine": refine,
                    "random_state": random_state,
                },
                "reference": chosen.reference,
                "prepared": prepared.params,
                "semantics": vectors.info,
                "history": fitted.history.losses,
                **outcome(found, clock.seconds),
            }
        ),
        inspected={key: spread(values, kept) for key, values in fitted.inspected.items()},
    )
