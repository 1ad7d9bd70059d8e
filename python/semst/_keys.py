"""The default name of every slot that is read or written, in one place."""

RESERVED = "_index"  # under which files keep the index of a table: no column can have this name

# read
SPATIAL = "spatial"  # obsm: coordinates, one row per spot
UNIT = "spatial_unit"  # uns: the unit of these coordinates, where the maker of the slice has one
MICROMETRE = "micrometre"
SPATIAL_CONNECTIVITIES = "spatial_connectivities"  # obsp: a ready-made spatial graph

# written
KEY_ADDED = "semst"  # obs (domains) and uns (record); the stem of all names below


def embedding(key_added: str) -> str:
    """``obsm`` slot of the embedding that was clustered."""
    return f"X_{key_added}"


def semantic(key_added: str) -> str:
    """``obsm`` slot of the semantic vectors (written on request)."""
    return f"X_{key_added}_semantic"


def uncertainty(key_added: str) -> str:
    """``obs`` column with 1 - posterior of the spot's domain."""
    return f"{key_added}_uncertainty"


def unrefined(key_added: str) -> str:
    """``obs`` column with the domains before the neighbour vote."""
    return f"{key_added}_unrefined"


def posterior(key_added: str) -> str:
    """``obsm`` slot with the probability of every domain (of a prediction)."""
    return f"{key_added}_posterior"


def typicality(key_added: str) -> str:
    """``obs`` column with the share of fitted spots that are less likely than the spot (of a prediction)."""
    return f"{key_added}_typicality"


def unlike(key_added: str) -> str:
    """``obs`` column that is true for spots unlike anything that was fitted (of a prediction)."""
    return f"{key_added}_unlike"


def connectivities(key_added: str) -> str:
    """``obsp`` slot of the spatial graph of a run."""
    return f"{key_added}_connectivities"


def distances(key_added: str) -> str:
    """``obsp`` slot of the distances between the spots that this graph joins."""
    return f"{key_added}_distances"


def neighbors(key_added: str) -> str:
    """``uns`` slot that says where that graph is, in scanpy's way."""
    return f"{key_added}_neighbors"


def inspected(key_added: str, name: str) -> str:
    """``obsm`` slot of something inside a model that is worth a look, for example its attention."""
    return f"{key_added}_{name}"


def explained(key: str) -> str:
    """``uns`` slot with what marks the domains of the column ``key``: genes and terms."""
    return f"{key}_explain"


def named(key: str) -> str:
    """``obs`` column with the names that a language model proposes for the domains of the column ``key``."""
    return f"{key}_name"


def names(key: str) -> str:
    """``uns`` slot with these names, their reasons, and how they came about."""
    return f"{key}_names"


def colors(key: str) -> str:
    """``uns`` slot with the colours of the column ``key``, in scanpy's way."""
    return f"{key}_colors"


def tree(key: str) -> str:
    """``uns`` slot with the tree of the domains of the column ``key``."""
    return f"{key}_tree"


def split(key: str) -> str:
    """``obs`` column with domains of the column ``key`` split; that of a split column is itself."""
    return key if key.endswith("_split") else f"{key}_split"


def cut(key: str) -> str:
    """``obs`` column with the coarser domains of the column ``key``."""
    return f"{key}_cut"
