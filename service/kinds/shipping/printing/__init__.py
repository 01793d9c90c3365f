"""Labels on paper: fonts for any name, barcodes, 4x6 inch pages, bundles."""
