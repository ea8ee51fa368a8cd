"""The classifier of texts: lexical head, encoder, cascade, calibration, and the bundle that holds them."""
