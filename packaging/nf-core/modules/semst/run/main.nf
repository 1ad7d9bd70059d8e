process SEMST_RUN {
    tag "$meta.id"
    label 'process_medium'

    conda "${moduleDir}/environment.yml"
    container "semst:0.99.0"

    input:
    tuple val(meta), path(slice, stageAs: 'input/*')
    val n_domains

    output:
    tuple val(meta), path("${prefix}.h5ad"), emit: h5ad
    tuple val(meta), path("${prefix}.png") , emit: png
    tuple val(meta), path("${prefix}.html"), emit: report
    path "versions.yml"                    , emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args  = task.ext.args ?: ''
    def args2 = task.ext.args2 ?: ''
    prefix    = task.ext.prefix ?: "${meta.id}"
    """
    export NUMBA_CACHE_DIR=\$PWD/.numba MPLCONFIGDIR=\$PWD/.matplotlib

    semst run \\
        ${slice} \\
        --n-domains ${n_domains} \\
        --out ${prefix}.h5ad \\
        --plot ${prefix}.png \\
        --threads ${task.cpus} \\
        --quiet \\
        ${args}

    semst report \\
        ${prefix}.h5ad \\
        --out ${prefix}.html \\
        ${args2}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        semst: \$(semst --version | sed 's/^semst //')
    END_VERSIONS
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    touch ${prefix}.h5ad ${prefix}.png ${prefix}.html

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        semst: \$(semst --version | sed 's/^semst //')
    END_VERSIONS
    """
}
