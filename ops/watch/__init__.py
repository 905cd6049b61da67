"""Program `watch`: finds programs that run and do not answer."""
