"""Program `guard`: reads Asterisk's security log and has Asterisk refuse who guesses; and the command `./120 bans`.

Nothing of a call passes through it. Dead or frozen, the bans in force stay as they are, and no citizen, agent or trunk
notices anything.
"""
