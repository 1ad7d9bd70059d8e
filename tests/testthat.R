library(testthat)
library(SemST)

test_check("SemST")
