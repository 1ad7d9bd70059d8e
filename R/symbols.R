# Gene symbols: a vector with one entry per gene, or the name of a column that
# holds it. Where nothing is given and the row names are Ensembl IDs, the column
# of symbols that Python would take, too, if there is one.
.symbols <- function(x, symbols, assay = NULL) {
    if (is.null(symbols)) {
        return(.symbolsFound(x, assay))
    }
    if (!is.character(symbols) || length(symbols) != 1L) {
        return(symbols)
    }
    frame <- .geneColumns(x, assay)
    if (!symbols %in% colnames(frame)) {
        stop(
            'symbols is "',
            symbols,
            '", which is no column of ',
            .whereGenes(assay),
            ". There are: ",
            .list(colnames(frame)),
            ".",
            call. = FALSE
        )
    }
    frame[[symbols]]
}

.symbolsFound <- function(x, assay) {
    genes <- if (is.null(assay)) rownames(x) else rownames(x[[assay]])
    ensembl <- function(names) {
        grepl(paste0("^", .ensembl), names, ignore.case = TRUE, perl = TRUE)
    }
    if (2 * sum(ensembl(genes)) <= length(genes)) {
        return(NULL)
    }
    frame <- .geneColumns(x, assay)
    columns <- colnames(frame)[match(
        .symbolColumns,
        gsub("[^a-z0-9]", "", tolower(colnames(frame)))
    )]
    for (column in columns[!is.na(columns)]) {
        values <- as.character(frame[[column]])
        symbols <- !is.na(values) &
            nzchar(values) &
            !grepl("^[0-9]+$", values) &
            !ensembl(values)
        if (2 * sum(symbols) <= length(genes)) {
            next
        }
        message(
            "SemST: the row names are Ensembl IDs; gene symbols are taken ",
            "from the column \"",
            column,
            "\" of ",
            .whereGenes(assay)
        )
        values[!symbols] <- genes[!symbols]
        return(values)
    }
    NULL
}

.whereGenes <- function(assay) {
    if (is.null(assay)) {
        "rowData"
    } else {
        paste0('the metadata of the assay "', assay, '"')
    }
}
