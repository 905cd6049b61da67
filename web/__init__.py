"""PROGRAM 3, `web`: the centre's pages. Short requests only; what must be live comes from `ari_app`'s stream.

app        create_app: one function that says what a request goes through
access     who may open which route, said at the route
people     who is logged in: the signed cookie, checked against the store while there is one
areas/     one blueprint per area of work
"""
