# What some steps return: a list of tables and figures, which says in some lines
# what it holds instead of printing all of it.
methods::setOldClass(c("semstTables", "list"))

.tables <- function(x) structure(x, class = c("semstTables", "list"))

#' @exportS3Method print semstTables
print.semstTables <- function(x, ...) {
    width <- max(nchar(names(x)), 0L)
    for (name in names(x)) {
        cat(format(name, width = width), "  ", .size(x[[name]]), "\n", sep = "")
    }
    invisible(x)
}

.size <- function(x) {
    if (is.null(x)) {
        return("none")
    }
    if (length(dim(x)) == 2L) {
        return(paste(nrow(x), "rows x", ncol(x), "columns"))
    }
    if (is.list(x)) {
        return(paste0("a list: ", .list(names(x))))
    }
    if (length(x) != 1L) {
        return(paste(length(x), "values"))
    }
    text <- as.character(x)
    if (nchar(text) > 80L) paste0(substr(text, 1L, 77L), "...") else text
}
