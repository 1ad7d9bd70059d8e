# One object of every kind with what has to be found in it: `counts` (genes x spots), `xy` and
# `samples`. For test-objects.R and for tests/python/io/test_rds.py, which evaluates this
# file too, so that both doors are held to the same numbers.
known_objects <- function() {
    spots <- paste0("s", 1:6)
    counts <- matrix(c(0, 2, 1, 7, 0, 0, 5, 3, 0, 9, 4, 0, 1, 1, 6, 0, 8, 2), 3,
        dimnames = list(c("MBP", "GFAP", "RORB"), spots))
    xy <- cbind(x = c(1, 2, 3, 11, 12, 13), y = c(9, 8, 7, 6, 5, 4))
    halves <- rep(c("left", "right"), each = 3)
    known <- function(object, xy, samples = NULL) {
        list(object = object, counts = counts, xy = unname(xy), samples = samples)
    }
    sparse <- Matrix::Matrix(counts, sparse = TRUE)

    spe <- SpatialExperiment::SpatialExperiment(
        assays = list(logcounts = log1p(sparse), counts = sparse), spatialCoords = xy, sample_id = halves)
    sce <- SingleCellExperiment::SingleCellExperiment(
        list(counts = sparse), colData = S4Vectors::DataFrame(px = xy[, 1], py = xy[, 2]))
    seurat <- SeuratObject::CreateSeuratObject(sparse)
    fov <- function(shape, key = "f_") SeuratObject::CreateFOV(shape, assay = "RNA", key = key)
    centroids <- function(which) {
        fov(SeuratObject::CreateCentroids(data.frame(xy, cell = spots)[which, ]), paste0(halves[which][1], "_"))
    }
    split_up <- seurat
    split_up[["RNA"]] <- split(split_up[["RNA"]], f = halves)
    split_up[["left"]] <- centroids(halves == "left")
    split_up[["right"]] <- centroids(halves == "right")
    outlined <- seurat
    outlines <- known_outlines()
    corners <- do.call(rbind, Map(function(outline, cell) {
        data.frame(x = outline[, 1], y = outline[, 2], cell = cell)
    }, lapply(outlines, `[[`, "corners"), spots))
    # sp says of those with one and two corners that they have less than four
    outlined[["f"]] <- fov(suppressWarnings(SeuratObject::CreateSegmentation(corners)))

    found <- list(
        "SpatialExperiment, two samples" = known(spe, xy, halves),
        "SingleCellExperiment" = known(sce, xy),
        "Seurat, split layers, two images" = known(split_up, xy, halves),
        "Seurat, outlines" = known(outlined, t(vapply(outlines, `[[`, c(0, 0), "centre")))
    )
    if (!requireNamespace("Seurat", quietly = TRUE)) return(found)
    make <- function(class, ...) methods::new(methods::getClass(class, where = asNamespace("Seurat")), ...)
    corrected <- seurat
    sct <- suppressWarnings(Seurat::CreateSCTAssayObject(counts = floor(sparse / 2))) # it misses a model
    methods::slot(sct, "SCTModel.list") <- list(m = make("SCTModel", umi.assay = "RNA"))
    corrected[["SCT"]] <- sct
    SeuratObject::DefaultAssay(corrected) <- "SCT"
    corrected[["f"]] <- centroids(1:6)
    visium <- seurat
    rows_first <- data.frame(imagerow = xy[, 2], imagecol = xy[, 1], row.names = spots) # as Read10X_Image()
    shape <- SeuratObject::CreateFOV(rows_first, type = "centroids", radius = 1, key = "v_", assay = "RNA")
    visium[["slice"]] <- make("VisiumV2",
        boundaries = methods::slot(shape, "boundaries"), assay = "RNA", key = "v_", image = array(0, c(2, 2, 3)),
        scale.factors = Seurat::scalefactors(spot = 1, fiducial = 1, hires = 1, lowres = 1))
    c(found, list(
        "Seurat, SCTransform()" = known(corrected, xy),
        "Seurat, VisiumV2" = known(visium, xy)
    ))
}

# Outlines of cells and their centres. Those that enclose an area are not symmetrical, or
# have more corners on one side: the mean of corners is elsewhere.
known_outlines <- function() {
    square <- cbind(c(95, 105, 105, 95), c(95, 95, 105, 105))
    angle <- cbind(c(0, 4, 4, 1, 1, 0), c(0, 0, 1, 1, 3, 3)) # 4 x 1 and, above it, 1 x 2
    list(
        open = list(corners = square, centre = c(100, 100)),
        closed = list(corners = square[c(1:4, 1), ], centre = c(100, 100)),
        "other direction" = list(corners = angle[6:1, ], centre = c(1.5, 1)),
        "not convex" = list(corners = angle + 1e5, centre = c(1.5, 1) + 1e5),
        "one corner" = list(corners = cbind(3, 8), centre = c(3, 8)),
        "two corners" = list(corners = cbind(c(1, 2), c(2, 4)), centre = c(1.5, 3))
    )
}
