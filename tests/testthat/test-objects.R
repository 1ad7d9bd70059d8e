# What is taken out of every kind of object; tests/python/io/test_rds.py asks the same of
# semst.io.read_rds.
taken <- function(x) {
    if (methods::is(x, "Seurat")) {
        return(SemST:::.seuratSlice(x, NULL, "counts", NULL, NULL, NULL, NULL, NULL))
    }
    spatial <- methods::is(x, "SpatialExperiment")
    SemST:::.sceSlice(x, if (!spatial) c("px", "py"), if (spatial) "sample_id", NULL, NULL, "counts")
}

test_that("counts, coordinates and slices of every kind of object are those that are known", {
    known <- known_objects()
    if (requireNamespace("Seurat", quietly = TRUE)) expect_length(known, 6)
    for (name in names(known)) {
        one <- known[[name]]
        found <- suppressMessages(taken(one$object))
        expect_equal(as.matrix(found$counts), one$counts, info = name)
        expect_equal(found$coordinates, one$xy, info = name)
        expect_identical(unlist(found$samples), one$samples, info = name)
        expect_identical(found$genes, rownames(one$counts), info = name)
        expect_identical(found$spots, colnames(one$counts), info = name)
    }
})

test_that("the centre of an outline is that of its area, whichever way it is given", {
    for (name in names(known_outlines())) {
        one <- known_outlines()[[name]]
        corners <- one$corners
        n <- nrow(corners)
        for (way in list(seq_len(n), n:1, c(seq_len(n), 1L), c(n:1, n))) {
            found <- SemST:::.outlineCentres(corners[way, , drop = FALSE], rep("c", length(way)))
            expect_equal(found, rbind(c = one$centre), info = name)
        }
    }
    square <- cbind(c(0, 2, 2, 0, 0), c(0, 0, 2, 2, 0))
    hole <- cbind(c(1, 1, 2, 2, 1), c(0, 1, 1, 0, 0)) # the other way round
    # cells between each other, a second piece, and a hole
    corners <- rbind(square, square + 10, square + rep(c(4, 0), each = 5), hole + 10)
    centres <- SemST:::.outlineCentres(corners, rep(c("b", "a", "b", "a"), each = 5))
    expect_equal(centres, rbind(b = c(3, 1), a = 10 + c((4 - 1.5) / 3, (4 - 0.5) / 3)))
    crossed <- cbind(c(0, 4, 4, 0), c(0, 4, 0, 4 + 1e-6)) # two triangles of one area nearly, with opposite signs
    expect_equal(SemST:::.outlineCentres(crossed, rep("c", 4)), rbind(c = c(2, 2)), tolerance = 1e-6)
})
