# A model with a setting, a semantic source and a clusterer that are added to Python here and nowhere
# else, for as long as a test runs.
with_toys <- function(code) {
    reticulate::py_run_string("
from dataclasses import dataclass
import numpy as np
from semst import cluster, models, semantics

@models.documented
@dataclass(frozen=True, kw_only=True)
class ToyConfig(models.get('graphst').Config):
    toy: int = models.setting(1, 'A toy that changes nothing.', least=0)

class Toy(models.get('graphst')):
    Config, title, reference = ToyConfig, 'To-y', 'nowhere'

class Listed:
    name, needs_symbols = 'toy', False
    def embed(self, spots):
        rows = [[float(gene in genes) for gene in spots.symbols] for genes in spots.gene_lists()]
        return semantics.SemanticVectors(np.array(rows, dtype=np.float32), {})

def stripes(X, n_domains, *, random_state=0):
    return cluster.ClusterResult(np.arange(len(X)) % n_domains, None, 'toy')

models.MODELS['toy'] = Toy
semantics.SOURCES['toy'] = ('one-hot vectors of the genes that a text would list', Listed)
cluster.CLUSTERERS['toy'] = cluster.Clusterer(stripes, 'every third')
")
    on.exit(reticulate::py_run_string("
for _there in (models.MODELS, semantics.SOURCES, cluster.CLUSTERERS):
    del _there['toy']
"))
    force(code)
}
