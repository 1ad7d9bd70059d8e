# The number of domains, finer and coarser ones, and their names.
spe <- stripes()

test_that("the number of domains is chosen as Python chooses it, from every kind of object", {
    skip_without_python()
    found <- quick(spe)
    choice <- chooseNDomains(found, 2:5, n_subsamples = 4, n_starts = 3, verbose = FALSE)
    z <- SingleCellExperiment::reducedDim(found, "SemST")
    there <- reticulate::import("semst.cluster")$choose_n_domains(unname(z) + 0, 2:5, n_subsamples = 4L, n_starts = 3L,
        progress = FALSE)
    expect_identical(choice$n_domains, as.integer(there$n_domains))
    expect_equal(choice$curves$stability, unname(unlist(there$curves$stability)), tolerance = 1e-12)
    expect_identical(choice$curves$k, 2:5)
    expect_named(choice$curves, c("k", "stability", "stability_se", "bic", "icl", "silhouette"))
    expect_named(choice$peaks, c("n_domains", "stability", "stability_se"))
    expect_s3_class(plotChoice(choice), "ggplot")
    expect_output(print(choice), "domains by stability.*a resolution, not a fact of the tissue")
    again <- function(x, ...) chooseNDomains(x, 2:5, n_subsamples = 4, n_starts = 3, verbose = FALSE, ...)
    expect_identical(again(z), choice)
    expect_identical(again(found, dimred = 1), choice)
    object <- quick(seurat_of(spe))
    expect_identical(again(object)$n_domains, choice$n_domains)
    joint <- quick(list(a = spe, b = spe))
    expect_s3_class(again(joint), "semstChoice")
    expect_error(again(found, criterion = "aic"), 'criterion has to be one of "stability"')
    expect_error(chooseNDomains(z, 1:3), "k has to be whole numbers of 2 or more")
    expect_error(again(found, dimred = "PCA"), 'dimred is "PCA", which is no reduced dimension. There are: SemST')
    expect_error(again(list(found, quick(spe, n_pcs = 5, preset = "network", n_latent = 3))), "dimensions; those of one run")
})

test_that("domains are split, drawn as a tree and cut", {
    skip_without_python()
    whole <- quick(spe)
    for (x in list(whole, quick(seurat_of(spe)))) {
        sce <- !is(x, "Seurat")
        column <- function(x, name) if (sce) SummarizedExperiment::colData(x)[[name]] else unname(x[[]][[name]])
        domains <- if (sce) "SemST" else "semst_domain"
        split_name <- if (sce) "SemST_split" else "semst_split"
        expect_message(finer <- splitDomains(x, "2", 2), "domain 2 of 48 spots")
        expect_identical(levels(column(finer, split_name)), c("1", "2.1", "2.2", "3"))
        expect_identical(column(finer, domains), column(x, domains))
        expect_identical(as.character(sub("\\..*", "", column(finer, split_name))), as.character(column(x, domains)))
        finest <- splitDomains(finer, "3", 2, domains = split_name, verbose = FALSE)
        expect_identical(levels(column(finest, split_name)), c("1", "2.1", "2.2", "3.1", "3.2"))
        held <- if (sce) S4Vectors::metadata(finest) else slot(finest, "misc")
        expect_identical(vapply(held[[split_name]]$splits, `[[`, "", "domain"), c("2", "3"))
        colours <- held[[paste0(split_name, "_colors")]]
        expect_identical(names(colours), levels(column(finest, split_name)))
        expect_identical(colours[["1"]], SemST:::.colours[1])
        expect_length(unique(colours), 5L)
        shades <- grDevices::convertColor(t(grDevices::col2rgb(colours[c("2.1", "2.2")])) / 255, "sRGB", "Luv")
        expect_gt(abs(diff(shades[, "L"])), 5) # of one hue, a lighter and a darker one
        tree <- domainTree(finest, domains = split_name)
        expect_s3_class(tree, "hclust")
        expect_identical(tree$labels, c("1", "2.1", "2.2", "3.1", "3.2"))
        expect_setequal(tree$order, 1:5)
        grDevices::pdf(NULL)
        expect_no_error(plot(tree))
        grDevices::dev.off()
        expect_identical(sort(unname(stats::cutree(tree, 3)[c("2.1", "3.1")])), 2:3)
        expect_identical(stats::cutree(tree, 3)[["2.1"]], stats::cutree(tree, 3)[["2.2"]])
        coarser <- cutDomains(finest, 3, domains = split_name, name = "back", verbose = FALSE)
        expect_identical(as.character(column(coarser, "back")), as.character(column(x, domains)))
        two <- cutDomains(x, 2, verbose = FALSE)
        cut_name <- if (sce) "SemST_cut" else "semst_cut"
        merged <- stats::cutree(domainTree(x), 2)
        expect_identical(nlevels(column(two, cut_name)), 2L)
        expect_match(levels(column(two, cut_name)), "^[123](\\+[123])?$")
        expect_error(cutDomains(x, 9), "n is 9.*3 domains")
        expect_error(splitDomains(x, "9"), "no domain '9'")
        expect_error(splitDomains(x, "1", 9), "9 sub-domains need at least 90")
        expect_error(splitDomains(x, "1", epoch = 2), "no setting 'epoch'. Did you mean 'epochs'")
        mine <- x
        if (sce) mine$SemST_split <- 1 else mine$semst_split <- 1
        expect_error(splitDomains(mine, "1"), "would be replaced, which holds other domains")
        explained <- explainDomains(finer, domains = split_name, n_null = 0, verbose = FALSE)
        expect_s3_class(plotDomains(finer, domains = split_name), "ggplot")
    }
    plain <- splitDomains(SummarizedExperiment::assay(spe), "2", 2, domains = whole$SemST,
        coordinates = SpatialExperiment::spatialCoords(spe), verbose = FALSE)
    expect_identical(levels(plain), c("1", "2.1", "2.2", "3"))
})

test_that("a split is that of Python, with the run's own model and settings", {
    skip_without_python()
    found <- runSemST(spe, 3, "graphst", epochs = 2, refine = FALSE, seed = 4, verbose = FALSE)
    parts <- splitDomains(found, "1", 2, domains = "GraphST", verbose = FALSE)
    record <- S4Vectors::metadata(parts)$GraphST_split$splits[[1]]
    expect_identical(record$params[c("model", "epochs", "random_state")],
        list(model = "graphst", epochs = 2L, random_state = 4L))
    longer <- splitDomains(found, "1", 2, domains = "GraphST", epochs = 3, seed = 5, verbose = FALSE)
    record <- S4Vectors::metadata(longer)$GraphST_split$splits[[1]]
    expect_identical(record$params[c("epochs", "random_state")], list(epochs = 3L, random_state = 5L))
})

test_that("domains get the names of another labelling", {
    skip_without_python()
    found <- quick(spe)
    named <- found
    named$layer <- factor(c("x", "y", "z")[spe$truth])
    matched <- matchLabels(named, "layer")
    expect_identical(as.character(matched$SemST_matched), as.character(named$layer))
    expect_identical(levels(matched$SemST_matched), c("x", "y", "z"))
    object <- quick(seurat_of(spe))
    object$layer <- named$layer
    expect_identical(unname(as.character(matchLabels(object, "layer")$semst_matched)), as.character(named$layer))
    renamed <- matchLabels(c("1", "1", "2", "2", "3", NA), c("b", "b", "a", "a", NA, "a"))
    expect_identical(as.character(renamed), c("b", "b", "a", "a", "3", NA))
    expect_identical(levels(renamed), c("a", "b", "3"))
    expect_error(matchLabels(1:3, 1:2), "reference has 2 entries for 3 domains")
    expect_error(matchLabels(found, "Layer"), 'reference is "Layer", which is no column')
})
