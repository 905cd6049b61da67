"""One blueprint per area of work; each exports `blueprint`."""
