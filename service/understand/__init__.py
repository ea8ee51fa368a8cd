"""The text model: lexical head, encoder head, cascade, calibration, and the bundle that holds them."""
