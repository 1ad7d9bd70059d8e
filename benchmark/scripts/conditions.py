"""Differences between conditions: how often those that are there are found, and those that are not.

    python benchmark/scripts/conditions.py tables      # compositions drawn at random
    python benchmark/scripts/conditions.py sections    # 4 and 4 simulated sections, from counts to p values
    python benchmark/scripts/conditions.py contacts    # the same sections: contacts of the true layers
    python benchmark/scripts/conditions.py pictures    # one study of 6 and 6, its table, and its pictures

Tables are printed as Markdown; progress goes to the standard error.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

import semst
from semst import compare
from semst._log import let_through

GROUPS = ("control", "case")
LEVEL = 0.05
TRUTH = "ground_truth"


# ---------------------------------------------------------------- tables

# Shares of the layers of a cortex section. Samples scatter about them as a Dirichlet distribution does; the
# two annotated sections dlpfc_151673 and dlpfc_151675, of one donor, have a concentration of 214 (moments).
LAYERS = pd.Series(
    [0.10, 0.09, 0.21, 0.11, 0.18, 0.17, 0.14], index=["L1", "L2", "L3", "L4", "L5", "L6", "WM"]
)
CONCENTRATIONS = (200, 60)
SHIFTED = "L4"
N_SPOTS = 3_600


def drawn_counts(
    rng: np.random.Generator, n_samples: int, factor: float, concentration: float
) -> tuple[pd.DataFrame, pd.Series]:
    """Dirichlet-multinomial samples of two conditions, in the second of which one domain is larger."""
    larger = LAYERS.copy()
    larger[SHIFTED] *= factor
    means = [LAYERS, larger / larger.sum()]
    rows = [
        rng.multinomial(N_SPOTS, rng.dirichlet(concentration * mean.to_numpy()))
        for mean in means
        for _ in range(n_samples)
    ]
    names = [f"s{i}" for i in range(2 * n_samples)]
    conditions = pd.Series(np.repeat(GROUPS, n_samples), index=names)
    return pd.DataFrame(rows, index=names, columns=LAYERS.index), conditions


def tables(n_draws: int) -> None:
    """Power and false positives of the arithmetic."""
    print(
        f"| concentration | samples a group | {SHIFTED} | p < {LEVEL} | adjusted < {LEVEL} "
        "| whole composition | other domains: p | adjusted | interval covers |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for concentration in CONCENTRATIONS:
        for n_samples in (3, 4, 6):
            for factor in (1.0, 1.5, 2.0):
                rng = np.random.default_rng(0)
                rows = []
                for draw in range(n_draws):
                    counts, conditions = drawn_counts(rng, n_samples, factor, concentration)
                    found = compare.compare_proportions(counts, conditions, GROUPS, random_state=draw)
                    rows.append(_called(found, factor))
                mean = np.mean(rows, axis=0)
                print(
                    f"| {concentration} | {n_samples} | {factor:g} x | "
                    + " | ".join(f"{value:.3f}" for value in mean)
                    + " |",
                    flush=True,
                )


def _called(found: compare.Proportions, factor: float) -> list[float]:
    effects = found.effects
    assert effects is not None
    one, others = effects.loc[SHIFTED], effects.drop(index=SHIFTED)
    true = np.log(factor) * (1 - 1 / len(effects))  # of the centred log-ratio of the domain that grows
    return [
        one["p"] < LEVEL,
        one["p_adjusted"] < LEVEL,
        found.overall_p < LEVEL,
        (others["p"] < LEVEL).mean(),
        (others["p_adjusted"] < LEVEL).mean(),
        one["low"] <= true <= one["high"],
    ]


# ---------------------------------------------------------------- sections

N_SIMULATED, N_KEPT, N_GENES = 300, 250, 150
CUT, MOVED = 25, 25  # spots: where the cut may begin, and how much deeper it begins in the second condition


def simulated_study(rng: np.random.Generator, moved: int, per_group: int, times: int = 1) -> ad.AnnData:
    """Sections of two conditions: 250 spots, from a cut on that lies deeper in the cortex by ``moved`` spots.

    All numbers of spots and genes are taken ``times`` as large.

    Every section is a cortex of its own, with its own fold and its own genes but for the layers' markers.
    """
    sections = {}
    for number in range(2 * per_group):
        seed = int(rng.integers(2**31))
        whole = semst.datasets.simulated_cortex(
            times * N_SIMULATED, times * N_GENES, random_state=seed, unannotated=0
        )
        condition = GROUPS[number // per_group]
        first = times * (int(rng.integers(CUT + 1)) + (moved if condition == GROUPS[1] else 0))
        section = whole[first : first + times * N_KEPT].copy()  # spots are in rows, from the surface down
        section.obs["condition"] = condition
        sections[f"s{number}"] = section
    return ad.concat(sections, label="section", index_unique="-")


def sections(n_draws: int, per_group: int) -> None:
    """The whole way: a joint run, then the test; beside it the test on the true layers."""
    print(
        "| cut | domains | p, all domains | any p | any adjusted | whole composition "
        "| most of white matter: p | ratio | ARI | CPU s |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for moved in (0, MOVED):
        rows: dict[str, list[list[float]]] = {"found": [], "true": []}
        begun = time.process_time()
        for number, study in enumerate(_studies(n_draws, moved, per_group)):
            _run(study, number)
            ari = semst.metrics.ari(study.obs[TRUTH], study.obs["semst"])
            rows["found"].append([*_tested(study, "semst", number), ari])
            rows["true"].append([*_tested(study, TRUTH, number), 1.0])
            if (number + 1) % 20 == 0:
                seconds = time.process_time() - begun
                print(f"moved by {moved}: {number + 1} of {n_draws}, {seconds:.0f} CPU s", file=sys.stderr)
        seconds = (time.process_time() - begun) / n_draws
        for domains, values in rows.items():
            mean = np.nanmean(values, axis=0)
            mean[5] = np.exp(mean[5])
            print(
                f"| {'moved' if moved else 'the same'} | {domains} | "
                + " | ".join(f"{value:.3f}" for value in mean)
                + f" | {seconds:.2f} |",
                flush=True,
            )


def _studies(n_draws: int, moved: int, per_group: int) -> Iterator[ad.AnnData]:
    rng = np.random.default_rng(0)
    for _ in range(n_draws):
        yield simulated_study(rng, moved, per_group)


def _run(study: ad.AnnData, seed: int, n_domains: int = len(LAYERS), n_starts: int = 2) -> None:
    semst.tl.semst(
        study,
        n_domains,
        sample_key="section",
        cluster="mixture",
        n_starts=n_starts,
        explain=False,
        random_state=seed,
        device="cpu",
        progress=False,
    )


def _tested(study: ad.AnnData, key: str, number: int) -> list[float]:
    found = semst.tl.proportions(
        study,
        key,
        sample_key="section",
        condition_key="condition",
        groups=GROUPS,
        random_state=number,
    )
    effects = found.effects
    assert effects is not None
    deepest = study.obs[key][study.obs[TRUTH] == "WM"].value_counts().index[0]
    return [
        (effects["p"] < LEVEL).mean(),
        (effects["p"] < LEVEL).any(),
        (effects["p_adjusted"] < LEVEL).any(),
        found.overall_p < LEVEL,
        effects.loc[deepest, "p"] < LEVEL,
        effects.loc[deepest, "difference"],
    ]


def contacts(n_draws: int, per_group: int) -> None:
    """Contacts of the true layers: where the cut moves, sizes change and borders do not."""
    print("| cut | pairs tested | p, all pairs | any p | any adjusted |")
    print("|---|---|---|---|---|")
    for moved in (0, MOVED):
        rows = []
        for number, study in enumerate(_studies(n_draws, moved, per_group)):
            effects = semst.tl.contacts(
                study,
                TRUTH,
                sample_key="section",
                condition_key="condition",
                groups=GROUPS,
                random_state=number,
            ).effects
            assert effects is not None
            tested = effects.dropna(subset="p")
            called = tested["p"] < LEVEL
            rows.append([len(tested), called.mean(), called.any(), (tested["p_adjusted"] < LEVEL).any()])
        mean = " | ".join(f"{value:.3f}" for value in np.mean(rows, axis=0))
        print(f"| {'moved' if moved else 'the same'} | {mean} |", flush=True)


# ---------------------------------------------------------------- pictures


def pictures(folder: Path) -> None:
    """One study from counts to pictures, as a user would go."""
    import matplotlib

    matplotlib.use("Agg")
    study = simulated_study(np.random.default_rng(0), MOVED, 6, times=4)
    _run(study, 0, n_domains=6, n_starts=100)
    design = {"sample_key": "section", "condition_key": "condition", "groups": GROUPS}
    found = semst.tl.proportions(study, **design)
    print("\n".join(found.lines()))
    semst.pl.proportions(found, study, save=folder / "proportions.png", overwrite=True)
    touching = semst.tl.contacts(study, **design)
    print(touching.effects.round(3).to_string(), touching.note, sep="\n", file=sys.stderr)
    semst.pl.contacts(touching, study, save=folder / "contacts.png", overwrite=True)
    print(pd.crosstab(study.obs[TRUTH], study.obs["semst"]).to_string(), file=sys.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["tables", "sections", "contacts", "pictures"])
    parser.add_argument("--draws", type=int, default=200, help="a setting (default: 200)")
    parser.add_argument("--per-group", type=int, default=4, help="sections a group (default: 4)")
    parser.add_argument("--folder", type=Path, default=Path("docs/conditions"), help="of the pictures")
    given = parser.parse_args()
    let_through(40)  # notes on small groups and on few genes are the same every time
    if given.what == "tables":
        tables(given.draws)
    elif given.what == "sections":
        sections(given.draws, given.per_group)
    elif given.what == "contacts":
        contacts(given.draws, given.per_group)
    else:
        pictures(given.folder)
