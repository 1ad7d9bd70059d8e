# Peak memory of the border between R and Python, at 50,000 spots x 2,000 genes:
#   Rscript benchmark/scripts/r_border.R [spots] [genes] [density]
# with the R package SemST installed and RETICULATE_PYTHON set. Linux only (reads /proc).
suppressPackageStartupMessages({
    library(SemST)
    library(Matrix)
})
given <- as.numeric(commandArgs(TRUE))
n_spots <- if (length(given) > 0L) given[1L] else 50000
n_genes <- if (length(given) > 1L) given[2L] else 2000
density <- if (length(given) > 2L) given[3L] else 0.1

megabytes <- function(field) {
    status <- readLines("/proc/self/status")
    as.numeric(gsub("[^0-9]", "", grep(paste0("^", field, ":"), status, value = TRUE))) / 1024
}
# Peak of the process while `expression` runs, above `base`.
peak <- function(base, expression) {
    invisible(gc())
    writeLines("5", "/proc/self/clear_refs") # starts VmHWM afresh
    seconds <- system.time(force(expression))[["elapsed"]]
    c(peak = megabytes("VmHWM") - base, seconds = seconds)
}

# Everything is loaded and has run once before the measurement starts.
small <- simulatedCortex(100, 50)
invisible(calculateSemantics(small, semantics = "random", verbose = FALSE))
arrays <- reticulate::import("semst._r._arrays", convert = FALSE)

invisible(gc())
base <- megabytes("VmRSS")
per_spot <- round(n_genes * density)
start <- matrix(sample.int(n_genes, 997L * per_spot, replace = TRUE), per_spot)
i <- integer(n_spots * per_spot)
for (spot in seq_len(n_spots)) {
    rows <- sort.int(unique(start[, (spot - 1L) %% 997L + 1L])) - 1L
    i[(spot - 1L) * per_spot + seq_along(rows)] <- rows
    if (length(rows) < per_spot) {
        free <- setdiff(seq_len(n_genes) - 1L, rows)[seq_len(per_spot - length(rows))]
        i[(spot - 1L) * per_spot + seq_len(per_spot)] <- sort.int(c(rows, free))
    }
}
counts <- new("dgCMatrix",
    i = i, p = as.integer(seq.int(0, by = per_spot, length.out = n_spots + 1)),
    x = rep_len(c(1, 2, 1, 5), length(i)), Dim = as.integer(c(n_genes, n_spots)),
    Dimnames = list(paste0("G", seq_len(n_genes)), NULL)
)
rm(i, start)
size <- as.numeric(object.size(counts)) / 2^20
xy <- cbind(seq_len(n_spots), 0) + 0

kept <- NULL
there <- peak(base, {
    slice <- SemST:::.matrixSlice(counts, xy, NULL, NULL, NULL)
    kept <- arrays$slice_of(
        SemST:::.parts(slice$counts,
            genes = as.list(slice$genes), spots = as.list(as.character(seq_len(n_spots)))
        ),
        slice$coordinates
    )
})
stopifnot(reticulate::py_to_r(kept[[0L]]$X$nnz) == length(counts@i))
rm(slice)

# Back: the matrix now lies in Python; R's own is dropped first.
total <- sum(counts@x)
names <- list(rownames(counts), paste0("s", seq_len(n_spots)))
rm(counts)
invisible(gc())
held <- kept[[0L]]$X
rm(kept)
invisible(gc())
before <- megabytes("VmRSS") - as.numeric(reticulate::py_to_r(held$data$nbytes + held$indices$nbytes)) / 2^20
back <- peak(before, found <- SemST:::.fromParts(SemST:::.plain(reticulate::py_to_r(arrays$parts(held))), names))
stopifnot(sum(found@x) == total, is(found, "dgCMatrix"))

cat(sprintf("%g spots x %g genes, %.0f%% filled: dgCMatrix of %.0f MB\n", n_spots, n_genes, 100 * density, size))
for (way in c("there", "back")) {
    figures <- get(way)
    cat(sprintf("R %s Python: peak %.0f MB = %.2f x the matrix (the matrix itself included), %.1f s\n",
        if (way == "there") "->" else "<-", figures[["peak"]], figures[["peak"]] / size, figures[["seconds"]]))
}
