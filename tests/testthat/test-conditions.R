# Domains of several samples, and how two conditions differ in them.
spots_of <- function(counts) { # samples x domains
    cells <- expand.grid(sample = rownames(counts), domain = colnames(counts), stringsAsFactors = FALSE)
    cells[rep(seq_len(nrow(cells)), as.vector(counts)), ]
}

# Three samples a group; the second has more of domain 1.
counts <- cbind("1" = c(50L, 52L, 51L, 70L, 72L, 74L), "2" = c(50L, 48L, 50L, 30L, 28L, 27L))
rownames(counts) <- letters[1:6]
spots <- spots_of(counts)
spots$condition <- ifelse(spots$sample < "d", "control", "case")
compare <- function(...) {
    domainProportions(spots$domain, spots$sample, spots$condition, c("control", "case"), verbose = FALSE, ...)
}

test_that("proportions are those that can be counted by hand", {
    skip_without_python()
    found <- domainProportions(c("x", "x", "x", "y", "x", "y", "y", "y", NA), c(rep(2, 4), rep(10, 5)),
        verbose = FALSE)
    samples <- c("2", "10")
    expect_identical(found$counts, matrix(c(3L, 1L, 1L, 3L), 2, dimnames = list(samples, c("x", "y"))))
    expect_equal(found$proportions, found$counts / 4)
    log <- log(c(3.5, 1.5))
    expect_equal(unname(found$clr[1, ]), log - mean(log))
    expect_equal(rowSums(found$clr), c("2" = 0, "10" = 0))
    for (nothing in c("conditions", "groups", "effects")) expect_null(found[[nothing]])
    expect_identical(found$overall_p, NA_real_)
    expect_identical(found$note, "")
})

test_that("differences are those of the log-ratios, with Welch's interval", {
    skip_without_python()
    set.seed(3)
    before <- .Random.seed
    found <- compare()
    expect_identical(.Random.seed, before)
    expect_identical(found$groups, c("control", "case"))
    expect_identical(found$conditions, stats::setNames(rep(c("control", "case"), each = 3), letters[1:6]))
    expect_named(found$effects, c("domain", "mean_control", "mean_case", "difference", "standard_error", "low",
        "high", "ratio", "p", "p_adjusted"))
    expect_identical(found$effects$domain, c("1", "2"))
    logs <- log(counts + 0.5)
    clr <- logs - rowMeans(logs)
    expect_equal(found$clr, clr)
    shares <- counts / rowSums(counts)
    for (k in 1:2) {
        row <- found$effects[k, ]
        test <- stats::t.test(clr[4:6, k], clr[1:3, k])
        expect_equal(c(row$low, row$high), as.vector(test$conf.int))
        expect_equal(row$difference, mean(clr[4:6, k]) - mean(clr[1:3, k]))
        expect_equal(row$standard_error, test$stderr)
        expect_equal(row$ratio, exp(row$difference))
        expect_equal(c(row$mean_control, row$mean_case), c(mean(shares[1:3, k]), mean(shares[4:6, k])))
    }
    expect_equal(found$effects$p, c(0.1, 0.1)) # 2 of 20 arrangements
    expect_equal(found$overall_p, 0.1)
    expect_match(found$note, "the smallest p that 3 and 3 samples can give is 0.1")
})

test_that("groups come from factors, and turn the differences round", {
    skip_without_python()
    first <- compare()
    turned <- domainProportions(factor(spots$domain, c("2", "1"), c("outer", "inner")), spots$sample,
        factor(spots$condition, c("case", "control", "unused")), verbose = FALSE)
    expect_identical(turned$groups, c("case", "control"))
    expect_identical(turned$effects$domain, c("outer", "inner"))
    expect_equal(turned$effects$difference, -rev(first$effects$difference))
    spots$condition[spots$sample == "f"] <- "a b"
    few <- suppressWarnings(domainProportions(spots$domain, spots$sample, spots$condition, c("control", "a b"),
        verbose = FALSE))
    expect_identical(rownames(few$counts), c("a", "b", "c", "f"))
    expect_true("mean_a b" %in% names(few$effects))
    expect_true(all(is.na(few$effects$p)) && is.na(few$overall_p))
    expect_warning(
        domainProportions(spots$domain, spots$sample, spots$condition, c("control", "a b"), verbose = FALSE),
        "\"a b\" has 1: a test takes three or more in each group"
    )
})

objects <- lapply(stats::setNames(nm = letters[1:6]), function(name) {
    one <- stripes(6L)
    colnames(one) <- paste0(name, seq_len(36))
    one$sample_id <- name
    labels <- rep(c("1", "2"), round(36 * counts[name, ] / sum(counts[name, ])))
    one$SemST <- factor(rep_len(labels, 36), c("1", "2"))
    one$group <- if (name < "d") "control" else "case"
    one
})

test_that("objects and lists of them hold the columns", {
    skip_without_python()
    spe <- do.call(SummarizedExperiment::cbind, unname(objects))
    plain <- domainProportions(spe$SemST, spe$sample_id, spe$group, verbose = FALSE)
    expect_identical(domainProportions(spe, condition = "group", verbose = FALSE), plain)
    object <- seurat_of(spe, image = FALSE)
    object$of <- spe$sample_id
    object$group <- spe$group
    object$semst_domain <- spe$SemST
    expect_identical(domainProportions(object, samples = "of", condition = "group", verbose = FALSE), plain)
    expect_identical(domainProportions(objects, condition = "group", verbose = FALSE), plain)
    groups <- stats::setNames(rep(c("case", "control"), each = 3), rev(letters[1:6]))
    expect_identical(domainProportions(objects, condition = groups, verbose = FALSE), plain)
    expect_identical(domainProportions(unname(objects), samples = "sample_id",
        condition = unname(rev(groups)), verbose = FALSE), plain)
    mixed <- objects
    mixed$b <- seurat_of(objects$b)
    mixed$b$semst_domain <- objects$b$SemST
    mixed$b$group <- objects$b$group
    expect_identical(domainProportions(mixed, condition = "group", verbose = FALSE), plain)
})

test_that("what steps return is printed in some lines, and is a list all the same", {
    skip_without_python()
    found <- domainProportions(
        rep(c("1", "2"), 6), rep(letters[1:6], each = 2), rep(c("x", "y"), each = 6), verbose = FALSE
    )
    said <- capture.output(print(found))
    expect_identical(length(said), length(found))
    expect_true(any(grepl("^counts +6 rows x 2 columns$", said)))
    expect_true(any(grepl("^groups +2 values$", said)))
    expect_true(is.list(found) && is.matrix(found$counts))
    expect_s3_class(plotProportions(found), "ggplot")
})

test_that("what cannot be compared is told in R's words", {
    skip_without_python()
    expect_error(domainProportions(1:3), "samples is missing: the sample of each spot")
    expect_error(domainProportions(1:3, 1:2), "samples has 2 entries for 3 spots")
    expect_error(domainProportions(1:3, c("a", NA, "b"), verbose = FALSE), "^samples is missing for 1 of 3 spots")
    expect_error(domainProportions(1:3, c("a", "a", "b"), c("x", "y", "y"), verbose = FALSE),
        "Sample \"a\" has spots in 2 conditions .x, y.; .* name another one as samples")
    expect_error(domainProportions(1:3, 1:3, c("x", "y", "z"), verbose = FALSE), 'e.g. groups = c("x", "y")', fixed = TRUE)
    expect_error(domainProportions(1:3, 1:3, groups = c("x", "y"), verbose = FALSE), '(condition = "<column>")', fixed = TRUE)
    expect_error(compare(n_permutations = 3), "n_permutations is 3.* 39 or more")
    expect_error(compare(permutations = 99), "Unknown arguments: permutations. Did you mean n_permutations[?] [?]domainProportions")
    expect_error(domainProportions(objects$a, groups = 1:3), "groups has to be two conditions")
    expect_error(domainProportions(stripes(), verbose = FALSE), 'domains is "SemST", which is no column')
    expect_error(domainProportions(list(a = objects$a, b = stripes())), "Slice 'b': domains is \"SemST\"")
    expect_error(domainProportions(objects[1:2], condition = c(a = "x", c = "y")), "condition has none for b; it names a, c")
    expect_error(domainProportions(list(matrix(1))), "Slice '1' is a matrix")
})

test_that("contacts are the edges that can be counted by hand", {
    skip_without_python()
    skip_if(any(grepl("squidpy", semstPython()$missing)), "squidpy is not installed")
    path <- methods::as((abs(outer(1:4, 1:4, "-")) == 1) * 1, "CsparseMatrix") # a row of four spots
    found <- domainContacts(c("x", "x", "y", "y"), graph = path, verbose = FALSE)
    expect_identical(found$overall$domain, c("x", "x", "y"))
    expect_identical(found$overall$neighbour, c("x", "y", "y"))
    expect_equal(found$overall$counts, c(1, 1, 1))
    expect_equal(found$overall$expected, c(0.6, 1.8, 0.6))
    expect_equal(found$overall$log2_ratio, log2(1.5 / c(1.1, 2.3, 1.1)))
    expect_identical(colnames(found$counts), c("x|x", "x|y", "y|y"))
    expect_equal(unname(found$expected[1, ]), c(0.6, 1.8, 0.6))
    expect_identical(found$domains, c("x", "y"))
    expect_null(found$effects)
    # cut in two sections, no edge joins the domains
    cut <- domainContacts(c("x", "x", "y", "y"), graph = path, sections = c(1, 1, 2, 2), verbose = FALSE)
    expect_equal(cut$overall$counts, c(1, 0, 1))
})

test_that("contacts of objects and lists of them are compared alike", {
    skip_without_python()
    skip_if(any(grepl("squidpy", semstPython()$missing)), "squidpy is not installed")
    spe <- do.call(SummarizedExperiment::cbind, unname(objects))
    set.seed(3)
    before <- .Random.seed
    found <- domainContacts(spe, condition = "group", groups = c("control", "case"), n_neighs = 4, verbose = FALSE)
    expect_identical(.Random.seed, before)
    expect_identical(dim(found$counts), c(6L, 3L))
    expect_identical(found$effects$n_control, rep(3L, 3))
    expect_equal(found$effects$difference,
        unname(colMeans(found$log2_ratio[4:6, ]) - colMeans(found$log2_ratio[1:3, ])))
    listed <- domainContacts(objects, condition = "group", groups = c("control", "case"), n_neighs = 4,
        verbose = FALSE)
    expect_equal(listed, found)
    object <- seurat_of(spe, image = FALSE)
    object$of <- spe$sample_id
    object$group <- spe$group
    object$semst_domain <- spe$SemST
    same <- domainContacts(object, samples = "of", condition = "group", groups = c("control", "case"),
        n_neighs = 4, coordinates = SpatialExperiment::spatialCoords(spe), verbose = FALSE)
    expect_equal(same, found)
    # two donors of three sections each: no edge between sections, though they lie on each other
    donor <- ifelse(spe$sample_id %in% c("a", "b", "c"), "first", "second")
    pooled <- domainContacts(spe, samples = donor, n_neighs = 4, verbose = FALSE)
    expect_equal(unname(pooled$counts), unname(rowsum(found$counts, rep(1:2, each = 3))), ignore_attr = TRUE)
    expect_error(domainContacts(spe, samples = 1:3), "samples has 3 entries for 216 spots")
    expect_error(domainContacts(c("x", "y"), verbose = FALSE), "There are no coordinates")
})

test_that("a picture has a bar a sample, and the differences with their intervals", {
    skip_without_python()
    found <- compare()
    drawn <- plotProportions(found)
    expect_s3_class(drawn, "ggplot")
    built <- ggplot2::ggplot_build(drawn)
    expect_identical(nrow(built$data[[1]]), 12L)
    expect_equal(sum(built$data[[1]]$xmax - built$data[[1]]$xmin), 6)
    line <- built$data[[3]]
    expect_equal(line$xmin, found$effects$low / log(2))
    expect_equal(line$xmax, found$effects$high / log(2))
    expect_identical(nrow(built$data[[4]]), 0L) # nothing can be below 0.05
    expect_equal(built$data[[5]]$x, found$effects$difference / log(2))
    expect_identical(levels(built$layout$layout$panel), c(
        "control\nshare of the spots", "case\nshare of the spots",
        "log2 ratio, case to control (95 %)\nfilled: adjusted p < 0.05\nwhole composition: p = 0.1"
    ))
    alone <- plotProportions(domainProportions(spots$domain, spots$sample, verbose = FALSE), c("red", "blue"))
    expect_identical(unique(ggplot2::ggplot_build(alone)$data[[1]]$fill), c("red", "blue"))
    expect_error(plotProportions(list(1)), "x has to be what domainProportions\\(\\) returns")
    expect_error(plotProportions(found, "red"), "1 colours for 2 domains")
})
