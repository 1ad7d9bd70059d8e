# Before R CMD build: the Python core goes into the package from python/, its only source.
# pkgbuild (and so remotes and devtools) runs this by itself; scripts/build-r.sh does it too.
version <- read.dcf("DESCRIPTION", "Version")[[1]]
project <- readLines("pyproject.toml")
python_version <- sub('^version = "(.*)"$', "\\1", grep("^version = ", project, value = TRUE)[1])
if (python_version != version) {
  stop("DESCRIPTION has version ", version, " and pyproject.toml ", python_version, "; make them equal.")
}
target <- file.path("inst", "python")
unlink(target, recursive = TRUE)
files <- list.files("python/semst", recursive = TRUE)
files <- files[!grepl("__pycache__|\\.py[co]$", files)]
for (folder in unique(dirname(files))) {
  dir.create(file.path(target, "semst", folder), recursive = TRUE, showWarnings = FALSE)
}
stopifnot(file.copy(file.path("python/semst", files), file.path(target, "semst", files)))
# a link, which a checkout on Windows may hold as a text
stopifnot(file.copy("R/objects.R", file.path(target, "semst/io"), overwrite = TRUE))
# What importlib.metadata asks for the version.
metadata <- file.path(target, paste0("semst-", version, ".dist-info"))
dir.create(metadata)
writeLines(c("Metadata-Version: 2.1", "Name: semst", paste("Version:", version)), file.path(metadata, "METADATA"))
