# Gene sets in any of their forms, as Python takes them: nothing, a path, or a
# dictionary from names to lists of symbols.
.geneSets <- function(sets) {
    if (is.null(sets)) {
        return(NULL)
    }
    if (inherits(sets, "GeneSetCollection")) {
        .needsPackage("GSEABase", "a GeneSetCollection")
        sets <- GSEABase::geneIds(sets)
    } else if (inherits(sets, "OrgDb")) {
        .needsPackage("AnnotationDbi", "an OrgDb")
        sets <- .ofOrgDb(sets)
    }
    if (
        is.character(sets) &&
            length(sets) == 1L &&
            is.null(names(sets)) &&
            !is.na(sets)
    ) {
        return(path.expand(sets))
    }
    named <- is.list(sets) &&
        length(sets) > 0L &&
        !is.null(names(sets)) &&
        all(nzchar(names(sets)))
    if (!named || !all(vapply(sets, is.character, NA)) || anyNA(unlist(sets))) {
        stop(
            "gene_sets has to be NULL, the path of a .gmt file, a named list ",
            "of character ",
            "vectors, a GeneSetCollection or an OrgDb; it is ",
            .shown(sets),
            ".",
            call. = FALSE
        )
    }
    again <- unique(names(sets)[duplicated(names(sets))])
    if (length(again) > 0L) {
        stop(
            "gene_sets names ",
            .list(again),
            " more than once.",
            call. = FALSE
        )
    }
    # one gene alone is no list to Python otherwise
    lapply(sets, function(genes) as.list(unname(genes)))
}

# Genes of every term of the Gene Ontology and of the terms below it, by the
# term's name where GO.db is there to tell it.
.ofOrgDb <- function(org) {
    symbols <- AnnotationDbi::keys(org, "SYMBOL")
    found <- suppressMessages(AnnotationDbi::select(
        org,
        symbols,
        "GOALL",
        "SYMBOL"
    ))
    found <- unique(found[!is.na(found$GOALL), c("SYMBOL", "GOALL")])
    sets <- split(found$SYMBOL, found$GOALL)
    if (requireNamespace("GO.db", quietly = TRUE)) {
        told <- suppressMessages(
            AnnotationDbi::select(GO.db::GO.db, names(sets), "TERM", "GOID")
        )
        terms <- told$TERM[match(names(sets), told$GOID)]
        names(sets) <- make.unique(ifelse(is.na(terms), names(sets), terms))
    }
    sets
}

.needsPackage <- function(package, what) {
    if (!requireNamespace(package, quietly = TRUE)) {
        stop(
            "To take ",
            what,
            " the package ",
            package,
            " is needed: BiocManager::install(\"",
            package,
            "\").",
            call. = FALSE
        )
    }
}
