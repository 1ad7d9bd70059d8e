"""Where the public slices are: one entry a slice, with what has to be fetched and who made it.

The publishers give no checksums for these files, so none are listed: ``_download.py`` notes that of the
first download and holds every later one against it. Files on GitHub are pinned to a commit.
"""

from dataclasses import dataclass, field

_DLPFC = "https://spatial-dlpfc.s3.us-east-2.amazonaws.com"
_HUMAN_PILOT = "https://raw.githubusercontent.com/LieberInstitute/HumanPilot/044446d6bd8fc154aa74f7be62ec67effb1ec376/10X"
_VISIUM = "https://cf.10xgenomics.com/samples/spatial-exp/1.1.0"
_SEDR = (
    "https://raw.githubusercontent.com/JinmiaoChenLab/SEDR_analyses/9820a2d11a820585f5ee2633513474ec196a3461"
)
_BANKSY = "https://raw.githubusercontent.com/prabhakarlab/Banksy_py/9278996c39e376277d57ef95278000447ba6c57c"
_MOSTA = "https://ftp.cngb.org/pub/SciRAID/stomics/STDS0000058/stomics"


@dataclass(frozen=True)
class RemoteFile:
    """One file of a slice."""

    url: str
    sha256: str | None = None  # None: trusted on first use


@dataclass(frozen=True)
class Source:
    """A public slice. ``kind`` says how its files become an ``AnnData``."""

    kind: str
    description: str
    citation: str
    n_domains: int | None
    files: dict[str, RemoteFile] = field(default_factory=dict)  # path inside the slice's folder -> where from


def _dlpfc(sample: str) -> dict[str, RemoteFile]:
    return {
        "filtered_feature_bc_matrix.h5": RemoteFile(f"{_DLPFC}/h5/{sample}_filtered_feature_bc_matrix.h5"),
        "spatial/tissue_positions_list.csv": RemoteFile(f"{_HUMAN_PILOT}/{sample}/tissue_positions_list.txt"),
        "spatial/scalefactors_json.json": RemoteFile(f"{_HUMAN_PILOT}/{sample}/scalefactors_json.json"),
        "spatial/tissue_hires_image.png": RemoteFile(f"{_DLPFC}/images/{sample}_tissue_hires_image.png"),
        "spatial/tissue_lowres_image.png": RemoteFile(f"{_DLPFC}/images/{sample}_tissue_lowres_image.png"),
        "annotation.tsv": RemoteFile(f"{_HUMAN_PILOT}/barcode_level_layer_map.tsv"),
    }


def _visium(sample: str) -> dict[str, RemoteFile]:
    return {
        "filtered_feature_bc_matrix.h5": RemoteFile(
            f"{_VISIUM}/{sample}/{sample}_filtered_feature_bc_matrix.h5"
        ),
        "spatial.tar.gz": RemoteFile(f"{_VISIUM}/{sample}/{sample}_spatial.tar.gz"),
    }


# the slices of the second donor hold layers 3 to 6 and white matter only
_DLPFC_DOMAINS = {
    **dict.fromkeys(("151507", "151508", "151509", "151510", "151673", "151674", "151675", "151676"), 7),
    **dict.fromkeys(("151669", "151670", "151671", "151672"), 5),
}

SOURCES: dict[str, Source] = {
    **{
        f"dlpfc_{sample}": Source(
            kind="dlpfc",
            description=f"Visium, human dorsolateral prefrontal cortex, slice {sample}",
            citation="Maynard et al., Nat Neurosci 24:425 (2021), doi:10.1038/s41593-020-00787-0",
            n_domains=n_domains,
            files=_dlpfc(sample),
        )
        for sample, n_domains in sorted(_DLPFC_DOMAINS.items())
    },
    "breast_cancer": Source(
        kind="breast_cancer",
        description="Visium, human breast cancer, block A section 1 (HBC)",
        citation="10x Genomics (CC BY 4.0); annotation: Xu et al., Genome Med 16:12 (2024), "
        "doi:10.1186/s13073-024-01283-x",
        n_domains=20,
        files=_visium("V1_Breast_Cancer_Block_A_Section_1")
        | {"annotation.tsv": RemoteFile(f"{_SEDR}/data/BRCA1/metadata.tsv")},
    ),
    "mouse_brain_anterior": Source(
        kind="visium",
        description="Visium, mouse brain, sagittal anterior section 1 (MBA), without annotation",
        citation="10x Genomics (CC BY 4.0)",
        n_domains=None,
        files=_visium("V1_Mouse_Brain_Sagittal_Anterior"),
    ),
    "mouse_embryo": Source(
        kind="mosta",
        description="Stereo-seq, mouse embryo E9.5 E1S1 (ME)",
        citation="Chen et al., Cell 185:1777 (2022), doi:10.1016/j.cell.2022.04.003",
        n_domains=12,
        files={"E9.5_E1S1.MOSTA.h5ad": RemoteFile(f"{_MOSTA}/E9.5_E1S1.MOSTA.h5ad")},
    ),
    "mouse_visual_cortex": Source(
        kind="starmap",
        description="STARmap, mouse visual cortex BY3 1k (MVC)",
        citation="Wang et al., Science 361:eaat5691 (2018), doi:10.1126/science.aat5691",
        n_domains=7,
        files={
            "starmap_BY3_1k.h5ad": RemoteFile(f"{_BANKSY}/data/starmap/starmap_BY3_1k.h5ad"),
            "annotation.csv": RemoteFile(f"{_BANKSY}/data/starmap/Starmap_BY3_1k_meta_annotated_18oct22.csv"),
        },
    ),
}
