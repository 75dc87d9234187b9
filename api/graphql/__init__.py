"""GraphQL: how people and machines ask and command.

limits      what a document may cost, decided before anything runs
documents   parse and check a document once, then remember it
execution   run a checked document; `Ready` marks a subtree that is already an answer
straight    the short way for queries that were nothing but finished subtrees before
shapes      which SQL column stands behind which field
selection   what a query selects becomes columns and a builder of rows
paging      cursors, page arguments, connections
listing     a list field: selection + filters + order -> one SQL statement -> the answer
scalars     how times, dates, decimals and positions are written
problems    the ways a command or query says no, as data
principal   who is asking
context     what a resolver may reach
request     one request as it came, and the shape of what goes back
http        the route and its status codes
headers     the headers every answer has
health      is the database there, and how far behind are the projections
"""
