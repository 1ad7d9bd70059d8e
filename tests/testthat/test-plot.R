# What plotDomains(), plotHistory() and plotChoice() draw.
layer <- function(drawn, k = 1L) ggplot2::ggplot_build(drawn)$data[[k]]

test_that("plotDomains draws points with equal axes, NA in grey", {
    spe <- stripes()
    spe$SemST <- spe$truth
    spe$SemST[1:5] <- NA
    drawn <- plotDomains(spe)
    expect_s3_class(drawn, "ggplot")
    built <- ggplot2::ggplot_build(drawn)
    points <- built$data[[1]]
    expect_identical(nrow(points), ncol(spe))
    expect_identical(unique(points$colour[1:5]), "#D9D9D9")
    expect_length(setdiff(unique(points$colour), "#D9D9D9"), 3)
    expect_equal(drawn$coordinates$ratio, 1)
    both <- ggplot2::ggplot_build(plotDomains(spe, domains = c("SemST", "truth")))
    expect_identical(as.character(both$layout$layout$panel), c("SemST", "truth (ARI 1.00)"))
    expect_error(plotDomains(spe, domains = "nope"), 'domains is "nope", which is no column.*truth')
    named <- plotDomains(spe, domains = "truth", colours = c("3" = "red", "1" = "green", "2" = "blue"))
    points <- ggplot2::ggplot_build(named)$data[[1]]
    expect_identical(unique(points$colour[spe$truth == 1]), "green")
    expect_error(plotDomains(spe, domains = "truth", colours = c("1" = "red")), "none for the domains 2, 3")
})

test_that("plotDomains draws a choice of domains, and a part of the tissue", {
    spe <- stripes()
    spe$SemST <- c("2", "10", "1")[spe$truth]
    points <- function(...) ggplot2::ggplot_build(plotDomains(spe, ...))$data[[1]]
    whole <- points()
    legend <- ggplot2::get_guide_data(plotDomains(spe), "colour")
    expect_identical(legend$.label, c("1", "2", "10"))
    some <- points(groups = c(2, 10))
    expect_identical(some$colour[spe$SemST != "1"], whole$colour[spe$SemST != "1"])
    expect_identical(unique(some$colour[spe$SemST == "1"]), "#D9D9D9")
    expect_error(plotDomains(spe, groups = c("2", "7")), "groups names 7, which is no domain. .*are 1, 2, 10")
    xy <- SpatialExperiment::spatialCoords(spe)
    crop <- c(min(xy[, 1]), stats::median(xy[, 1]), min(xy[, 2]), stats::median(xy[, 2]))
    inside <- xy[, 1] <= crop[2] & xy[, 2] <= crop[4]
    part <- plotDomains(spe, crop = crop)
    built <- ggplot2::ggplot_build(part)
    expect_equal(sort(built$data[[1]]$x), sort(unname(xy[inside, 1])))
    expect_identical(built$data[[1]]$colour, whole$colour[inside])
    expect_equal(built$layout$panel_params[[1]]$x.range, crop[1:2])
    expect_equal(built$layout$panel_params[[1]]$y.range, -crop[4:3])
    expect_error(plotDomains(spe, crop = crop + 1e6), "No spot lies in crop .* x goes from")
    expect_error(plotDomains(spe, crop = crop[1:3]), "crop has to be c\\(x_min, x_max, y_min, y_max\\)")
    spe$slice <- rep(c("s10", "9", "10"), length.out = ncol(spe))
    panels <- ggplot2::ggplot_build(plotDomains(spe, samples = "slice"))$layout$layout
    expect_identical(as.character(panels$panel), sort(unique(spe$slice)))
    spe$slice <- rep(c("9", "10"), length.out = ncol(spe))
    panels <- ggplot2::ggplot_build(plotDomains(spe, samples = "slice"))$layout$layout
    expect_identical(as.character(panels$panel), c("9", "10"))
})

test_that("in several columns matched domains share a colour and a row of the legend", {
    xy <- as.matrix(expand.grid(x = 1:4, y = 1:3))
    both <- data.frame(
        truth = rep(c("a", "b", NA), each = 4),
        found = c("2", "2", "2", "3", "1", "1", "1", "1", "3", "3", "1", "1")
    )
    drawn <- plotDomains(both, xy)
    points <- layer(drawn)
    colour <- function(panel, rows) unique(points$colour[as.integer(points$PANEL) == panel][rows])
    expect_identical(colour(1, 1:4), colour(2, 1:3)) # a and 2
    expect_identical(colour(1, 5:8), colour(2, 5:8)) # b and 1
    expect_false(colour(2, 9) %in% c(colour(1, 1:4), colour(1, 5:8))) # 3 has no partner
    expect_identical(colour(1, 9:12), "#D9D9D9")
    legend <- ggplot2::get_guide_data(drawn, "colour")$.label
    expect_identical(legend, c("a | 2", "b | 1", "\u2013 | 3"))
    ari <- mclust::adjustedRandIndex(both$truth[1:8], both$found[1:8])
    heads <- levels(ggplot2::ggplot_build(drawn)$layout$layout$panel)
    expect_identical(heads, c("truth", sprintf("found (ARI %.2f)", ari)))
    some <- layer(plotDomains(both, xy, groups = "a"))
    expect_identical(sum(some$colour != "#D9D9D9"), 7L) # 4 of a, 3 of 2
})

test_that("the matching is the best one, not the greedy one", {
    # greedy takes (p, 1) with 5, and leaves (q, 2) with 0; the best is 4 + 4
    labels <- rep(c("p", "p", "q"), c(5, 4, 4))
    reference <- rep(c("1", "2", "1"), c(5, 4, 4))
    expect_identical(SemST:::.partners(factor(labels), factor(reference)), c(p = "2", q = "1"))
})

test_that("measurements are drawn as a scale", {
    spe <- stripes()
    spe$SemST_uncertainty <- seq(0, 0.4, length.out = ncol(spe))
    spe$SemST_uncertainty[3] <- NA
    drawn <- plotDomains(spe, domains = "SemST_uncertainty")
    expect_identical(drawn$scales$get_scales("colour")$limits, c(0, 0.4))
    expect_identical(layer(drawn)$colour[3], "#D9D9D9")
    expect_error(plotDomains(spe, domains = c("truth", "SemST_uncertainty")), "a picture has one of both")
    expect_error(plotDomains(spe, domains = "SemST_uncertainty", groups = "1"), "groups and colours are about")
})

test_that("slices far apart lie side by side, each in the middle of its panel", {
    xy <- rbind(cbind(1:10, 1:10), cbind(1:4, 1:4) + 1e6)
    drawn <- plotDomains(rep("1", 14), xy, samples = rep(c("near", "far"), c(10, 4)))
    points <- layer(drawn)
    middles <- vapply(split(points$x, points$PANEL), function(x) mean(range(x)), 0)
    expect_equal(middles[[1]], middles[[2]])
    expect_lte(diff(range(points$x)), 9)
    one <- layer(plotDomains(rep("1", 4), xy[11:14, ]))
    expect_equal(one$x, xy[11:14, 1]) # a slice alone stays where it is
    part <- plotDomains(rep("1", 14), xy, samples = rep(c("near", "far"), c(10, 4)), crop = c(2, 5, 2, 5))
    expect_identical(nrow(layer(part)), 4L)
    expect_equal(ggplot2::ggplot_build(part)$layout$panel_params[[1]]$x.range, c(2, 5))
    twice <- plotDomains(rep("1", 8), rbind(xy[1:4, ], xy[1:4, ]), samples = rep(1:2, each = 4), crop = c(2, 5, 2, 5))
    expect_equal(ggplot2::ggplot_build(twice)$layout$panel_params[[1]]$x.range, c(0, 3))
    expect_equal(layer(twice)$x, c(0:2, 0:2))
})

test_that("coordinates that say that the row comes first are turned", {
    xy <- cbind(pxl_row_in_fullres = 1:3, pxl_col_in_fullres = c(5, 7, 9))
    expect_equal(layer(plotDomains(rep("1", 3), xy))$x, c(5, 7, 9))
    spe <- stripes()[, 1:3]
    for (names in list(c("array_row", "array_col"), c("y", "x"), c("imagerow", "imagecol"))) {
        colnames(xy) <- names
        SpatialExperiment::spatialCoords(spe) <- xy
        expect_equal(SemST:::.speCoordinates(spe)[, 1], c(5, 7, 9))
    }
    for (names in list(c("x", "y"), c("array_col", "array_row"), c("y_1", "rows"), NULL)) {
        colnames(xy) <- names
        SpatialExperiment::spatialCoords(spe) <- unname(xy)
        expect_equal(SemST:::.acrossFirst(xy)[, 1], 1:3)
    }
})

test_that("the image lies under the spots, cut to where they are", {
    spe <- stripes()
    spe$SemST <- spe$truth
    expect_error(plotDomains(spe, tissue = TRUE), "no image of the tissue")
    # 100 x 100 pixels, two for a unit; the spots take x and y from 1 to 12
    pixels <- grDevices::as.raster(matrix(rep(c("#000000", "#FF0000"), each = 5000), 100))
    SpatialExperiment::imgData(spe) <- S4Vectors::DataFrame(
        sample_id = "sample01", image_id = "lowres",
        data = I(list(SpatialExperiment::SpatialImage(pixels))), scaleFactor = 2
    )
    drawn <- plotDomains(spe, tissue = TRUE)
    picture <- drawn$layers[[1]]
    expect_s3_class(picture$geom, "GeomRasterAnn")
    expect_equal(dim(picture$geom_params$raster), c(26, 26)) # from 0 to 13
    expect_equal(picture$geom_params[c("xmin", "xmax", "ymin", "ymax")],
        list(xmin = 0, xmax = 13, ymin = -13, ymax = 0))
    expect_identical(unique(as.vector(picture$geom_params$raster)), "#7F7F7F") # black, half way to white
    part <- plotDomains(spe, tissue = TRUE, crop = c(2, 6, 3, 4))$layers[[1]]
    expect_equal(dim(part$geom_params$raster), c(2, 8))
})

test_that("a Seurat object's image is drawn, too", {
    objects <- known_objects()
    skip_if_not("Seurat, VisiumV2" %in% names(objects), "Seurat is not installed")
    object <- objects[["Seurat, VisiumV2"]]$object
    object$semst_domain <- rep(1:2, 3)
    image <- object[["slice"]]
    image@image <- array(0.5, c(20, 20, 3))
    object[["slice"]] <- image
    drawn <- plotDomains(object, tissue = TRUE)
    picture <- drawn$layers[[1]]$geom_params
    expect_s3_class(drawn$layers[[1]]$geom, "GeomRasterAnn")
    xy <- objects[["Seurat, VisiumV2"]]$xy
    expect_lte(picture$xmin, min(xy[, 1]))
    expect_gte(-picture$ymin, max(xy[, 2]))
    expect_error(plotDomains(seurat_of(stripes()), domains = "orig.ident", tissue = TRUE), "no image")
})

test_that("many points are drawn as pixels", {
    skip_if_not_installed("scattermore")
    n <- 100001L
    xy <- cbind(seq_len(n) %% 317, seq_len(n) %/% 317)
    drawn <- plotDomains(rep(1:2, length.out = n), xy)
    expect_s3_class(drawn$layers[[1]]$geom, "GeomScattermore")
})

test_that("pictures lie on white", {
    drawn <- plotDomains(rep("1", 3), cbind(1:3, 1))
    expect_identical(drawn$theme$plot.background$fill, "white")
})

test_that("plotHistory draws every curve, and says where nothing was trained", {
    record <- list(history = list(zinb = c(2, 1), loss = c(3, 2), own = c(1, 1)))
    panels <- ggplot2::ggplot_build(plotHistory(record))$layout$layout$part
    expect_identical(as.character(panels), c("total loss", "ZINB", "own"))
    spe <- stripes()
    S4Vectors::metadata(spe)$SemST <- record
    expect_s3_class(plotHistory(spe), "ggplot")
    expect_error(plotHistory(spe, "other"), 'has no record "other"; it has SemST')
    expect_error(plotHistory(list(history = list())), "nothing was trained. .*preset = \"network\"")
})

test_that("plotChoice marks what was chosen, and by which criterion", {
    choice <- list(
        k = 2:5, n_domains = 3, choices = list(stability = 3), peaks = list(n_domains = c(3, 5)),
        stability = c(0.5, 0.9, 0.4, 0.6), stability_se = rep(0.1, 4), silhouette = 4:1 / 9,
        bic = 4:1, icl = 4:1
    )
    spe <- stripes()
    S4Vectors::metadata(spe)$SemST <- list(choice = choice)
    expect_s3_class(plotChoice(choice), "ggplot")
    drawn <- plotChoice(spe)
    built <- ggplot2::ggplot_build(drawn)
    expect_length(levels(built$layout$layout$title), 4)
    expect_match(levels(built$layout$layout$title)[2], "no optimum in this range")
    rings <- Filter(function(data) "shape" %in% names(data) && all(data$shape == 21), built$data)
    expect_equal(vapply(rings, function(data) data$x, 0), c(3, 5)) # chosen, and the other peak
    expect_error(plotChoice(list(history = 1)), 'kept by n_domains = "auto"')
})

test_that("colours that an object keeps are drawn, unless others are given", {
    spe <- stripes()
    S4Vectors::metadata(spe)$truth_colors <- c("1" = "#010101", "2" = "#020202", "3" = "#030303")
    expect_setequal(layer(plotDomains(spe, domains = "truth"))$colour, c("#010101", "#020202", "#030303"))
    given <- layer(plotDomains(spe, domains = "truth", colours = c("red", "green", "blue")))
    expect_setequal(given$colour, c("red", "green", "blue"))
})

test_that("what is neither domains nor an object that holds them is told", {
    expect_error(plotDomains(NULL), "x is NULL. plotDomains\\(\\) takes domains, one per spot")
    expect_error(plotDomains(mean), "x is a function")
})
