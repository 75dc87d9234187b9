"""GraphQL: how people and machines ask and command.

limits      what a document may cost, decided before anything runs
documents   parse and check a document once, then remember it
execution   run a checked document; `Ready` marks a subtree that is already an answer
shapes      which SQL column stands behind which field; a selection becomes columns and a row builder
paging      cursors, page arguments, connections
listing     a list field: selection + filters + order -> one SQL statement -> the answer
scalars     how times, dates, decimals and positions are written
problems    the ways a command or query says no, as data
principal   who is asking
context     what a resolver may reach
http        the route, its status codes and headers
"""
