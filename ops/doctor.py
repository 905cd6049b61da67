def version_lines(settings):
    return ["x"]
