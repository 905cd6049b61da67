"""What a 120 centre knows and decides: values in, values out; no clock, no socket."""
