process SEMST_DEMO {
    tag "$meta.id"
    label 'process_single'

    conda "${moduleDir}/environment.yml"
    container "semst:0.99.0"

    input:
    val meta

    output:
    tuple val(meta), path("demo/${prefix}.h5ad"), emit: h5ad
    path "versions.yml"                         , emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    prefix   = task.ext.prefix ?: "${meta.id}"
    """
    export NUMBA_CACHE_DIR=\$PWD/.numba MPLCONFIGDIR=\$PWD/.matplotlib

    semst demo --out-dir demo --quiet ${args}
    [ "${prefix}" = cortex ] || mv demo/cortex.h5ad "demo/${prefix}.h5ad"

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        semst: \$(semst --version | sed 's/^semst //')
    END_VERSIONS
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir demo
    touch demo/${prefix}.h5ad

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        semst: \$(semst --version | sed 's/^semst //')
    END_VERSIONS
    """
}
